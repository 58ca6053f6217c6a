"""The seven filled shared reports against their transcriptions by hand: every figure, blank, name and place.

Skipped where the shared reports are not on the machine; what a clean clone proves is in test_roundtrip.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
import yaml

from pipelines.extract.codes import level_of
from pipelines.extract.result import Extraction, NotAReport
from pipelines.extract.titles import TABLE_NUMBERS
from samples.generator.ledger import AMOUNTS, KEYS
from tests.support import (
    GOLDEN,
    NO_SHARED,
    SHARED,
    WAN,
    conserved,
    golden_report,
    golden_stems,
    golden_tables,
    read_path,
    rows_of,
    shared_path,
    status_of,
    table_notices,
)

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason=NO_SHARED)

STEMS = golden_stems()
FILLED = [s for s in STEMS if golden_tables(s)]
IMAGES = [s for s in STEMS if not golden_tables(s)]
TABLES = [(stem, resource) for stem in FILLED for resource in golden_tables(stem)]
PUBLISHED = GOLDEN / "findings_published.csv"


def printed(stem: str, resource: str) -> dict[tuple[str, ...], dict[str, Decimal | None]]:
    """The transcribed figures of a table in 万元, by key; a blank is None."""
    report = golden_report(stem)
    unit = report.get("units", {}).get(resource, report["unit_as_published"])
    divisor = WAN if unit == "元" else Decimal(1)
    return {
        tuple(row[k] for k in KEYS[resource]): {
            column: Decimal(row[column]) / divisor if row.get(column) else None
            for column in AMOUNTS[resource]
        }
        for row in golden_tables(stem)[resource]
    }


def one_of(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


@pytest.mark.parametrize(("stem", "resource"), TABLES)
def test_every_figure_is_right_none_is_extra_and_every_blank_is_null(
    shared: dict[str, Extraction], stem: str, resource: str
) -> None:
    frame = shared[stem].frames[resource]
    read = {
        key: {column: record[column] for column in AMOUNTS[resource]}
        for key, record in rows_of(resource, frame).items()
    }
    assert read == printed(stem, resource)


@pytest.mark.parametrize(("stem", "resource"), TABLES)
def test_names_levels_and_places_are_those_of_the_paper(
    shared: dict[str, Extraction], stem: str, resource: str
) -> None:
    read = rows_of(resource, shared[stem].frames[resource])
    for row in golden_tables(stem)[resource]:
        key = tuple(row[k] for k in KEYS[resource])
        mine = read[key]
        for column in ("item", "function_name", "economic_name", "level"):
            if column in row:
                assert (mine[column] or "") == row[column], key
        for column in ("line_no", "page", "line"):
            if row.get(column):
                assert mine[column] == int(row[column]), (key, column)
        if "function_code" in mine:
            assert mine["level"] == level_of(mine["function_code"])


@pytest.mark.parametrize("stem", STEMS)
def test_identity_is_the_paper_s(shared: dict[str, Extraction], stem: str) -> None:
    identity, report = shared[stem].identity, golden_report(stem)
    assert (identity.kind, identity.fiscal_year) == (report["kind"], report["fiscal_year"])
    assert identity.region_code in one_of(report["region_code"])
    assert identity.region_name in one_of(report["region_name"])
    assert (identity.level, identity.unit_as_published) == (report["level"], report["unit_as_published"])
    assert identity.institution == report["institution"]


@pytest.mark.parametrize("stem", STEMS)
def test_as_many_tables_are_found_as_the_paper_holds(shared: dict[str, Extraction], stem: str) -> None:
    extraction, report = shared[stem], golden_report(stem)
    row = extraction.frames["reports"].row(0, named=True)
    assert row["tables_found"] == report["tables_found"]
    assert row["tables_as_images"] == report.get("tables_as_images", False)
    assert row["tables_withheld"] is None
    if "page_count" in report:
        assert row["page_count"] == report["page_count"]
    state = status_of(extraction)
    for resource in TABLE_NUMBERS:
        if resource not in golden_tables(stem):
            assert state[resource] in ("image", "missing")
            assert extraction.frames[resource].is_empty()
    for resource in report.get("empty_tables", []):
        assert state[resource] == "empty"


@pytest.mark.parametrize("stem", STEMS)
def test_printed_numbers_and_places_of_the_titles(shared: dict[str, Extraction], stem: str) -> None:
    readings = {t.resource: t for t in shared[stem].tables}
    for entry in golden_report(stem).get("table_numbers", []):
        reading = readings[entry["resource"]]
        assert reading.printed_no == "".join(c for c in entry["number"] if c.isdigit()).lstrip("0")
        assert reading.line == entry["title_line"]
        assert reading.title.startswith(entry["title"])
    for resource, pages in golden_report(stem).get("pages", {}).items():
        assert readings[resource].page == pages[0]


@pytest.mark.parametrize("stem", FILLED)
def test_every_number_of_the_tables_has_one_place(shared: dict[str, Extraction], stem: str) -> None:
    assert not conserved(shared[stem])


@pytest.mark.parametrize("stem", FILLED)
def test_units_of_the_tables(shared: dict[str, Extraction], stem: str) -> None:
    units = {t.resource: t.unit for t in shared[stem].tables if t.status in ("found", "empty")}
    report = golden_report(stem)
    assert units == {r: report.get("units", {}).get(r, report["unit_as_published"]) for r in units}


@pytest.mark.parametrize("stem", IMAGES)
def test_tables_that_are_images_give_one_notice_and_no_rows(shared: dict[str, Extraction], stem: str) -> None:
    extraction = shared[stem]
    assert extraction.tables_as_images
    assert [n.code for n in table_notices(extraction)] == ["E04"]
    assert all(extraction.frames[r].is_empty() for r in TABLE_NUMBERS)
    assert set(status_of(extraction).values()) == {"image"}
    assert extraction.frames["reports"]["status"].to_list() == ["partial"]


def test_the_blank_template_is_refused_with_its_reason() -> None:
    with pytest.raises(NotAReport, match=r"blank template: placeholders \(\d+ × XX\)"):
        read_path(shared_path("blank-template-2024-final"))


# --- findings of the seven reports ------------------------------------------------------------------------------


def stems_of(shared: dict[str, Extraction]) -> dict[str, str]:
    return {e.identity.report_id: stem for stem, e in shared.items()}


def listed(path: Any) -> set[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return {tuple(row.values()) for row in csv.DictReader(handle)}


def found(shared: dict[str, Extraction], findings: pl.DataFrame) -> set[tuple[str, ...]]:
    """Findings of families E, T and X on the nine tables (the narrative's have tests of their own)."""
    stems = stems_of(shared)
    return {
        (stems[f["report_id"]], f["rule_id"], f["severity"], f["resource"] or "", f["locator"] or "")
        for f in findings.iter_rows(named=True)
        if f["rule_id"][0] in "ETX" and (f["resource"] is None or f["resource"] in KEYS)
    }


def test_findings_are_those_that_were_checked_by_eye(
    shared: dict[str, Extraction], shared_findings: pl.DataFrame
) -> None:
    """``findings_published.csv`` lists every finding that a person has held against the paper."""
    assert found(shared, shared_findings) == listed(PUBLISHED)


def known_defects() -> list[tuple[str, dict[str, Any]]]:
    """The contradictions that a person found in the transcriptions."""
    known = []
    for stem in FILLED:
        path = GOLDEN / stem / "findings_expected.yaml"
        for entry in yaml.safe_load(path.read_text("utf-8"))["findings"] if path.exists() else ():
            known.append((stem, entry))
    return known


def _key(entry: dict[str, Any]) -> tuple[str, str]:
    """(key value, column) of a known defect, however its file writes them."""
    key = entry["key"]
    if isinstance(key, dict):
        code = key.get("item_code") or key.get("function_code")
        return str(code), str(entry.get("column") or key.get("column") or key.get("expenditure_column"))
    return str(key), str(entry.get("column") or entry["left"]["column"])


@pytest.mark.parametrize(
    ("stem", "entry"), known_defects(), ids=lambda v: v if isinstance(v, str) else "-".join(_key(v))
)
def test_known_defect_comes_out_as_a_finding(
    shared: dict[str, Extraction], shared_findings: pl.DataFrame, stem: str, entry: dict[str, Any]
) -> None:
    code, column = _key(entry)
    resource = entry.get("resource") or entry["tables"][0]
    difference = abs(Decimal(str(entry["difference"])))
    matches = [
        f
        for f in shared_findings.iter_rows(named=True)
        if f["report_id"] == shared[stem].identity.report_id
        and f["resource"] == resource
        and f"={code}" in f["locator"]
        and column in f["locator"].rpartition("column=")[2].split("|")
        and f["rule_id"][0] == entry["family"]
        and f["difference"] is not None
        and abs(f["difference"]) == difference
    ]
    assert len(matches) >= 1
    assert {f["severity"] for f in matches} == {entry["severity"]}


def test_30231_is_larger_than_any_figure_of_the_three_public_table(
    shared: dict[str, Extraction], shared_findings: pl.DataFrame
) -> None:
    identity = shared["qingshan-human-resources-2023-final"].identity
    rules = shared_findings.filter(pl.col("report_id") == identity.report_id)["rule_id"].to_list()
    assert "X09.1" in rules
