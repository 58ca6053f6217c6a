"""A figure whose column is open is shown as printed, a blank cell as blank: pages, workbook and ``inspect``."""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipelines import cli, joining
from pipelines.extract.result import Extraction
from pipelines.publish.contents import package_frames
from pipelines.publish.form_order import ordered_frame
from pipelines.publish.open_cells import of_report
from pipelines.publish.site.build import report_pages
from pipelines.publish.workbook import _ordered as ordered
from pipelines.publish.workbook import write_workbook
from pipelines.quality.catalogue import published
from pipelines.schema import Resource, codes, packages, tables
from samples.generator import render
from tests import dump_mutations as mutations
from tests.support import ROOT, ambiguous_cells, read_text

SEEDS = (41, 42, 43)
OPEN = "有数字，栏次不明："


@cache
def read(seed: int) -> Extraction:
    """A generated dump with three of its figures spoiled, so that rows of several tables are ambiguous."""
    text = render("dump", seed).data.decode()
    rng = random.Random(seed)
    for _ in range(3):
        text = mutations.mutate(rng, text, mutations.figure_lines(text)).text
    return read_text(text)


@cache
def frames(seed: int) -> dict[str, pl.DataFrame]:
    corpus = joining.join([read(seed)])
    found = dict(corpus.frames) | {"findings": joining.judge(corpus, fast=True).findings, "rules": published()}
    return found | {name: codes(name) for package in packages().values() for name in package.resources if name not in found}


def printed_open(extraction: Extraction, resource: Resource) -> dict[tuple[str, ...], list[str]]:
    """Key of a row → its open figures as printed, from the account of every number."""
    keys = [name for name in resource.primary_key if name != "report_id"]
    found = {}
    for notice in extraction.notices:
        if notice.code == "E02" and notice.resource == resource.name and notice.actual:
            given = dict(part.partition("=")[::2] for part in notice.locator.split(";"))
            found[tuple(given[key] for key in keys)] = notice.actual.split(";")
    return found


def cells_of(body: str, anchor: str) -> list[tuple[str, int]]:
    """(text in Chinese, span) of the cells of figures after the anchor of a row or half row."""
    at = body.index(f'id="{anchor}"')
    after = body[at : body.index('<td class="p">', at)]
    # A part of one row of figures has no head: its first cell carries the anchor.
    row = after[after.index("</th>") :] if "</th>" in after else "<td " + after
    found = []
    for attributes, inner in re.findall(r"<td([^>]*)>(.*?)</td>", row.replace("●", "")):
        span = re.search(r'colspan="(\d+)"', attributes)
        text = re.sub(r'<span class="en".*?</span>|<a class="mark.*?</a>', "", inner)
        found.append((re.sub(r"<[^>]+>", "", text), int(span[1]) if span else 1))
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_page_tells_open_cells_from_blank_ones(seed: int) -> None:
    (context,) = report_pages(frames(seed), frames(seed)["reports"].to_dicts())
    bodies = {table.name: str(table.body) for table in context["tables"]}
    shown = 0
    for name, resource in tables().items():
        opened = printed_open(read(seed), resource)
        cells = {(key, column) for key, column in ambiguous_cells(read(seed), name)}
        for row in frames(seed)[name].iter_rows(named=True):
            key = tuple(str(row[k]) for k in resource.primary_key if k != "report_id")
            texts = cells_of(bodies[name], "-".join((name, *key)))
            marked = sum(span for text, span in texts if text.startswith(OPEN))
            mine = {column for k, column in cells if tuple(map(str, k)) == key and row[column] is None}
            assert marked == len(mine), (name, key, texts)
            if mine:
                assert {t for t, _ in texts if t.startswith(OPEN)} == {OPEN + "、".join(opened[key])}
                shown += 1
    assert shown, "the dump has no open figure: the test proves nothing"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_workbook_tells_open_cells_from_blank_ones(seed: int, tmp_path: Path) -> None:
    package = packages()["final-accounts"]
    held = package_frames(package, frames(seed))
    write_workbook(tmp_path / "x.xlsx", package, "1.0.0", None, held)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    shown = 0
    for name, resource in tables().items():
        opened = printed_open(read(seed), resource)
        cells = {(tuple(map(str, key)), column) for key, column in ambiguous_cells(read(seed), name)}
        rows = list(book[resource.title].iter_rows(values_only=True))[-held[name].height :] if held[name].height else []
        for values, row in zip(rows, ordered_frame(name, held[name]).iter_rows(named=True), strict=True):
            key = tuple(str(row[k]) for k in resource.primary_key if k != "report_id")
            for column, value in zip((c.name for c in ordered(resource)), values, strict=True):
                if column is not None and row[column] is None:
                    wanted = OPEN + "、".join(opened[key]) if (key, column) in cells else None
                    assert value == wanted, (name, key, column)
                    shown += wanted is not None
    assert shown
    assert "有数字，栏次不明" in "\n".join(str(row[2]) for row in book["说明"].iter_rows(values_only=True))


def test_inspect_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    dump = ROOT / "samples" / "reports" / "wuhan-jiangan-parks-2023-final-dump-gb18030.txt"
    assert cli.main(["inspect", str(dump), "--table", "08"]) == 0
    out = capsys.readouterr().out
    assert f"? 国有企业退休人员社会化管理补助支出: {OPEN}0.44 (printed, column unclear: 0.44) [基本支出、项目支出]" in out
    assert re.search(r"2230105 .* 0\.44 +\? +\? ", out)


def finding(**values: Any) -> dict[str, Any]:
    return {"rule_id": "E02", "resource": "appropriation_summary", "locator": "", "actual": None} | values


@pytest.mark.parametrize(
    ("given", "units", "key", "zh"),
    [
        ({"locator": "side=income;item_code=other;column=amount", "actual": "7;8"}, {}, ("income", "other"), OPEN + "7、8"),
        # In another unit than the column's, the unit is named: a figure is never converted here.
        ({"locator": "side=income;item_code=other;column=amount", "actual": "7"}, {"appropriation_summary": "元"}, ("income", "other"), OPEN + "7 元"),
        ({"rule_id": "E15", "locator": "side=income;item_code=other;column=amount"}, {}, ("income", "other"), "有数字，未发布"),
    ],
)  # fmt: skip
def test_what_a_cell_says(given: dict[str, Any], units: dict[str, str | None], key: tuple[str, ...], zh: str) -> None:
    assert {k: {c: cell.zh for c, cell in cells.items()} for k, cells in of_report([finding(**given)], units).items()} == {
        ("appropriation_summary", key): {"amount": zh}
    }


@pytest.mark.parametrize(
    "given",
    [
        {"locator": "side=income;item_code=other;column=item"},  # no amount
        {"locator": "item_code=other;column=amount"},  # half a key
        {"locator": "〔略〕", "actual": None},
        {"rule_id": "E09", "locator": "side=income;item_code=other;column=amount", "actual": "7"},  # the first row is published
        {"resource": None, "locator": "side=income;item_code=other;column=amount"},
    ],
)
def test_other_findings_open_no_cell(given: dict[str, Any]) -> None:
    assert not any(of_report([finding(**given)], {}).values())
