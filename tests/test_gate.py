"""One bad report never stops the others: at every stage it loses the smallest thing, and the rest is as without it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines import joining, run, schema, sound
from pipelines.extract.result import Extraction, Notice, NumberUse
from pipelines.personal import guard, looks_personal
from pipelines.publish import DATABASE, PublishError, release
from pipelines.publish.contents import broken_references
from pipelines.quality import cells, evaluate, gate, inside, mending, suites
from pipelines.quality.gate import Trouble, culprits
from pipelines.quality.mending import Unsound, mend
from pipelines.quarantine import QUARANTINE, quarantine_of
from samples.generator import render
from tests.support import read_sample

PHONE = "13800138000"
SPENDING, FOUR, THREE = "expenditure_by_function", "appropriation_summary", "three_public_expenses"
BAD = 2
"""Which of the five reports something is wrong with."""


@cache
def _five() -> tuple[Extraction, ...]:
    styles = ("national", "shanghai", "dump", "budget-national", "national")
    found = [read_sample(render(style, seed, rows=12)) for seed, style in enumerate(styles)]
    assert all(e.frames[SPENDING].height and e.frames["statements"].height for e in found)
    return tuple(sorted(found, key=lambda e: e.identity.report_id))


@pytest.fixture
def five() -> list[Extraction]:
    return copy.deepcopy(list(_five()))


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdicts are those of Great Expectations (tests/test_quality_evaluate.py) without its seconds."""
    monkeypatch.setattr(suites, "run", evaluate.run)


def build(extractions: list[Extraction], out: Path, monkeypatch: pytest.MonkeyPatch) -> run.Build:
    """The command line's build of reports that were read before."""
    monkeypatch.setattr(run, "read_files", lambda *_: (extractions, []))
    return run.build([], out)


def published(out: Path) -> dict[str, bytes]:
    """Every published file but the list of refused ones and the page that shows it. A DuckDB file's bytes are not the same twice."""
    files = {str(f.relative_to(out)): f.read_bytes() for f in out.rglob("*") if f.is_file()}
    return {name: data for name, data in files.items() if name not in (DATABASE, QUARANTINE, "site/quarantine.html", "site/SHA256SUMS")}


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What is published of the four good reports alone."""
    out = tmp_path_factory.mktemp("four")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suites, "run", evaluate.run)
        build([copy.deepcopy(e) for i, e in enumerate(_five()) if i != BAD], out, patch)
    return published(out)


# --- a report that cannot be mended ---------------------------------------------------------------------------


def _no_region(report: Extraction, _: pytest.MonkeyPatch) -> None:
    report.frames["reports"] = report.frames["reports"].with_columns(region_code=pl.lit("nowhere"))


def _no_own_row(report: Extraction, _: pytest.MonkeyPatch) -> None:
    report.frames["reports"] = report.frames["reports"].clear()


def _personal_identity(report: Extraction, _: pytest.MonkeyPatch) -> None:
    report.frames["reports"] = report.frames["reports"].with_columns(institution=pl.lit(f"某局（{PHONE}）"))


def _mending_breaks(report: Extraction, patch: pytest.MonkeyPatch) -> None:
    whole = mending._mend_frame

    def broken(extraction: Extraction, *rest: Any) -> None:
        if extraction.identity.report_id == report.identity.report_id:
            raise AssertionError("a frame that nobody foresaw")
        whole(extraction, *rest)

    patch.setattr(mending, "_mend_frame", broken)


def _judging_breaks(report: Extraction, patch: pytest.MonkeyPatch) -> None:
    """Outside of any rule, for the whole corpus."""
    whole = cells.build

    def broken(frames: Any, *rest: Any) -> pl.DataFrame:
        if report.identity.report_id in frames["reports"]["report_id"]:
            raise RuntimeError("no rule")
        return whole(frames, *rest)

    patch.setattr(cells, "build", broken)


def _publishing_breaks(report: Extraction, patch: pytest.MonkeyPatch) -> None:
    whole = release.build_site

    def broken(out: Path, contents: Any, *rest: Any) -> None:
        if report.identity.report_id in contents["reports"]["report_id"]:
            raise KeyError("no page")
        whole(out, contents, *rest)

    patch.setattr(release, "build_site", broken)


@pytest.mark.parametrize(
    ("spoil", "stage", "reason"),
    [
        (_no_region, "checking", "region_code"),
        (_judging_breaks, "checking", "RuntimeError"),
        (_publishing_breaks, "publishing", "KeyError"),
    ],
)
def test_a_report_that_breaks_a_stage_is_quarantined_and_the_others_are_as_without_it(
    five: list[Extraction],
    four: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Extraction, pytest.MonkeyPatch], None],
    stage: str,
    reason: str,
) -> None:
    spoil(five[BAD], monkeypatch)
    result = build(five, tmp_path / "out", monkeypatch)
    (refusal,) = result.quarantine
    assert (refusal.report_id, refusal.file) == (five[BAD].identity.report_id, five[BAD].source_file)
    assert refusal.stage == stage
    assert reason in refusal.reason
    assert PHONE not in refusal.reason
    (listed,) = quarantine_of(tmp_path / "out")
    assert (listed["stage"], listed["reason"]) == (refusal.stage, refusal.reason)
    assert published(tmp_path / "out") == four


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_no_region, "region_code"),
        (_no_own_row, "no row of its own"),
        (_personal_identity, "institution looks like personal data"),
        (_mending_breaks, "AssertionError"),
    ],
)
def test_a_report_that_cannot_be_mended_is_refused_alone(
    five: list[Extraction],
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Extraction, pytest.MonkeyPatch], None],
    reason: str,
) -> None:
    bad = five[BAD]
    spoil(bad, monkeypatch)
    mended, (refusal,) = sound.mend(five)
    assert [e.identity.report_id for e in mended] == [e.identity.report_id for e in five if e is not bad]
    assert (refusal.report_id, refusal.stage, refusal.sha256) == (bad.identity.report_id, "checking", bad.source_sha256)
    assert reason in refusal.reason
    assert PHONE not in refusal.reason


def test_when_no_report_is_left_nothing_is_published_and_each_has_its_reason(
    five: list[Extraction], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for report in five:
        _no_region(report, monkeypatch)
    result = build(five, tmp_path / "out", monkeypatch)
    assert result.releases == []
    assert {entry["report_id"] for entry in quarantine_of(tmp_path / "out")} == {e.identity.report_id for e in five}


def test_what_is_no_reports_fault_is_raised(five: list[Extraction], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(release, "build_site", full)
    with pytest.raises(PublishError, match="no space left"):
        build(five[:1], tmp_path / "out", monkeypatch)


# --- what is lost within a report -----------------------------------------------------------------------------


def test_a_rule_that_breaks_on_one_report_is_in_error_there_and_judged_on_the_others(
    five: list[Extraction], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = five[BAD].identity.report_id
    rule, ids = next((r, i) for r, i in inside.RULES.items() if "T03.1" in i)

    def breaks(figures: pl.DataFrame) -> list[pl.DataFrame]:
        assert bad not in figures["report_id"]
        return rule(figures)

    good = sound.judge(joining.join([e for e in five if e.identity.report_id != bad]))
    monkeypatch.setattr(inside, "RULES", {breaks if r is rule else r: i for r, i in inside.RULES.items()})
    judged = sound.judge(joining.join(five))
    assert judged.refusals == []
    assert judged.quality is not None
    assert good.quality is not None
    states = judged.quality.results.filter(pl.col("rule_id").is_in(ids))
    assert set(states.filter(pl.col("report_id") == bad)["state"]) == {"error"}
    others = judged.quality.results.filter(pl.col("report_id") != bad)
    assert others.equals(good.quality.results)


def test_the_disclosure_of_one_report_breaks_alone(five: list[Extraction], monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.quality import disclosure

    bad = next(e.identity.report_id for e in five if e.identity.kind == "final")
    whole = disclosure._disclose

    def breaks(report: Any, disclosed: Any, withheld: bool) -> None:
        if report.report_id == bad:
            raise RecursionError("too deep")
        whole(report, disclosed, withheld)

    monkeypatch.setattr(disclosure, "_disclose", breaks)
    judged = sound.judge(joining.join(five))
    assert judged.quality is not None
    own = judged.quality.results.filter(pl.col("rule_id") == "D07")
    states = dict(own.select("report_id", "state").iter_rows())
    assert states.pop(bad) == "error"
    assert states and "error" not in states.values()
    assert judged.refusals == []


def test_a_phone_number_is_withheld_with_its_cell_and_never_published(
    five: list[Extraction], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = five[BAD]
    note = Notice("E02", SPENDING, "function_code=total;column=basic", f"表下注：{PHONE}", f"A note: {PHONE}", PHONE, 1, 1)
    report.notices.append(note)
    first = pl.int_range(pl.len()) == 0
    own = report.frames[SPENDING]
    report.frames[SPENDING] = own.with_columns(function_name=pl.when(first).then(pl.lit(PHONE)).otherwise("function_name"))
    for name in ("title", "source_file"):
        report.frames["reports"] = report.frames["reports"].with_columns(pl.lit(f"联系电话 {PHONE}").alias(name))
    result = build(five, tmp_path / "out", monkeypatch)
    assert result.quarantine == []
    assert [name for name, data in published(tmp_path / "out").items() if PHONE.encode() in data] == []
    assert result.corpus is not None
    frames = {name: frame.filter(pl.col("report_id") == report.identity.report_id) for name, frame in result.corpus.frames.items()}
    assert frames[SPENDING].height == own.height
    assert frames[SPENDING]["function_name"][0] is None
    assert frames["reports"]["title"].item() == mending.MARK
    told = result.corpus.notices.filter((pl.col("code") == "E11") & (pl.col("resource") == SPENDING))
    assert told["locator"].to_list() == ["function_code=total;column=function_name"]


def _with(frame: pl.DataFrame, row: int, **values: Any) -> pl.DataFrame:
    at = pl.int_range(pl.len()) == row
    return frame.with_columns(
        pl.when(at).then(pl.lit(value, dtype=frame.schema[name])).otherwise(name).alias(name) for name, value in values.items()
    )


def test_a_figure_beyond_the_limit_leaves_its_cell_open(five: list[Extraction]) -> None:
    report = five[0]
    report.frames[SPENDING] = _with(report.frames[SPENDING], 1, total=Decimal("999999999999.99"))
    mended = mend(report)
    row = mended.frames[SPENDING].row(1, named=True)
    assert row["total"] is None
    (notice,) = [n for n in mended.notices if n.code == "E15"]
    assert notice.locator == f"function_code={row['function_code']};column=total"
    # The cell is open for every rule: no comparison that it takes part in accuses the report.
    judged = sound.judge(joining.join([mended]))
    assert judged.quality is not None
    found = judged.quality.findings.filter((pl.col("resource") == SPENDING) & (pl.col("severity") == "error"))
    assert found.is_empty()
    assert judged.refusals == []


def test_a_table_whose_row_cannot_stand_is_withheld_whole(five: list[Extraction]) -> None:
    report = five[0]
    report.frames[SPENDING] = _with(report.frames[SPENDING], 0, line=None)
    mended = mend(report)
    assert mended.frames[SPENDING].is_empty()
    assert {t.status for t in mended.tables if t.resource == SPENDING} == {"withheld"}
    assert mended.frames["reports"]["tables_withheld"].item().split(",").count("3") == 1
    assert mended.frames["reports"]["status"].item() == "partial"
    assert [n.code for n in mended.notices if n.resource == SPENDING] == ["E01"]
    assert report.frames[SPENDING].height  # the reading itself is not changed
    judged = sound.judge(joining.join([mended]))
    assert judged.refusals == []  # E01 is an error that is local already


def test_a_number_that_fits_nowhere_withholds_the_table_whoever_read_it(five: list[Extraction]) -> None:
    report = five[0]
    report.accounting.append(NumberUse("3.14", 1, 1, "statements", "leftover"))
    mended = mend(report)
    assert mended.frames["statements"].is_empty()
    assert [n.code for n in mended.notices if n.resource == "statements"] == ["E01"]


def test_a_list_loses_the_row_alone(five: list[Extraction]) -> None:
    report = five[0]
    declared = schema.resources()["glossary"]
    rows = [{"report_id": report.identity.report_id, "seq": n, "term": f"词{n}", "source_no": 1, "line": n} for n in (1, 2, 2)]
    blank = dict.fromkeys(declared.names)
    report.frames["glossary"] = pl.DataFrame([{**blank, **r} for r in rows], schema=declared.polars_schema())
    mended = mend(report)
    assert mended.frames["glossary"]["seq"].to_list() == [1, 2]
    assert [n.locator for n in mended.notices if n.resource == "glossary"] == ["seq=2"]


def test_what_refers_to_a_lost_row_goes_with_it(five: list[Extraction]) -> None:
    report = five[0]
    declared = {name: schema.resources()[name] for name in ("evaluations", "indicators")}
    own = {"report_id": report.identity.report_id, "evaluation_no": 1, "line": 1}
    rows = {"evaluations": {**own, "scope": "whole", "name": "项目"}, "indicators": {**own, "seq": 1, "indicator": "数量"}}
    for name, row in rows.items():
        blank = dict.fromkeys(declared[name].names)
        report.frames[name] = pl.DataFrame([{**blank, **row}], schema=declared[name].polars_schema())
    mended = mend(report)
    assert mended.frames["evaluations"].is_empty()  # no such scope
    assert mended.frames["indicators"].is_empty()
    assert sorted(n.resource or "" for n in mended.notices if n.code == "E01" and n.resource in rows) == sorted(rows)


def test_a_frame_of_another_shape_is_withheld(five: list[Extraction]) -> None:
    report = five[0]
    report.frames[SPENDING] = report.frames[SPENDING].with_columns(total=pl.lit(1.5))
    report.frames["statements"] = report.frames["statements"].with_columns(more=pl.lit(1))
    mended = mend(report)
    assert mended.frames[SPENDING].is_empty()
    assert mended.frames["statements"].is_empty()
    assert broken(mended) == []


def broken(report: Extraction) -> list[str]:
    """What the corpus check would find."""
    frames = {name: frame for name, frame in report.frames.items() if schema.resources()[name].by_report}
    catalogues = {name: schema.codes(name) for name in ("concepts",)}
    found = [v for name, frame in frames.items() for v in schema.resources()[name].violations(frame)]
    return found + broken_references(frames | catalogues) + [n.message_zh for name, frame in frames.items() for n in guard(frame, name)[1]]


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.sampled_from([None, "", "nowhere", PHONE, "电话 010-62345678", "total", "999", "x" * 300, "\x00", "元"]),
    "integer": st.sampled_from([None, 0, -1, 1, 2, 2**62, 1989, 3000]),
    "number": st.sampled_from([None, Decimal(0), Decimal("-1"), Decimal("999999999999.999999"), Decimal("-1000000001")]),
    "boolean": st.sampled_from([None, True, False]),
    "date": st.sampled_from([None]),
}


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(st.data())
def test_whatever_stands_in_a_frame_the_mended_report_keeps_to_its_declaration(data: st.DataObject) -> None:
    report = copy.deepcopy(_five()[data.draw(st.integers(0, 4))])
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(sorted(n for n, f in report.frames.items() if f.height)))
        frame = report.frames[name]
        declared = data.draw(st.sampled_from(schema.resources()[name].fields))
        row = data.draw(st.integers(0, frame.height - 1))
        frame = _with(frame, row, **{declared.name: data.draw(VALUES[declared.type])})
        report.frames[name] = pl.concat([frame, frame.slice(row, 1)]) if data.draw(st.booleans()) and name != "reports" else frame
    try:
        mended = mend(report, looks_personal)
    except Unsound as error:
        assert str(error)
        assert PHONE not in str(error)
        return
    assert broken(mended) == []
    assert sound.judge(joining.join([mended])).refusals == []
    said = [text for n in mended.notices for text in (n.message_zh, n.message_en, n.locator, n.actual or "")]
    assert not any(PHONE in text for text in said)
    if [n for n in mended.notices if n not in report.notices] == []:
        assert all(mended.frames[name].equals(schema.resources()[name].conform(f)) for name, f in report.frames.items() if name != "reports")


def test_a_sound_report_is_not_touched(five: list[Extraction]) -> None:
    for report in five:
        mended = mend(report, looks_personal)
        assert mended.notices == report.notices
        assert mended.tables == report.tables
        assert all(frame.equals(report.frames[name]) for name, frame in mended.frames.items())


# --- the gate -------------------------------------------------------------------------------------------------


def finding(report_id: str, rule_id: str, severity: str, resource: str | None) -> dict[str, Any]:
    blank = dict.fromkeys(schema.resources()["findings"].names)
    return {**blank, "finding_id": "0" * 16, "report_id": report_id, "rule_id": rule_id, "severity": severity,
            "resource": resource, "message_zh": "。", "message_en": "."}  # fmt: skip


def test_the_gate_keeps_back_what_cannot_be_withheld_alone() -> None:
    rows = [
        finding("withheld", "E01", "error", SPENDING),
        finding("half-read", "E93", "error", THREE),
        finding("open", "E02", "warning", THREE),
        finding("wrong", "T03.1", "error", THREE),
        finding("unplaced", "E00", "error", None),
    ]
    found = pl.DataFrame(rows, schema=schema.resources()["findings"].polars_schema())
    held = pl.DataFrame({"report_id": ["half-read", "open", "wrong"]})
    ids = ["withheld", "half-read", "open", "wrong", "unplaced", "broke", "good"]
    verdicts = gate.gate(ids, {"broke": Trouble("publishing", "KeyError")}, found, {THREE: held, SPENDING: held.clear()})
    assert [v.report_id for v in verdicts] == ids
    assert {v.report_id for v in verdicts if v.is_published} == {"withheld", "open", "wrong", "good"}
    stages = {v.report_id: v.trouble.stage for v in verdicts if v.trouble}
    assert stages == {"half-read": "checking", "unplaced": "checking", "broke": "publishing"}


@pytest.mark.parametrize("bad", [set(), {"3"}, {"0", "9"}, {"4", "5", "6"}, set("0123456789")])
def test_culprits_are_found_alone_and_in_company(bad: set[str]) -> None:
    def attempt(ids: list[str]) -> None:
        if bad & set(ids):
            raise ValueError("bad")

    assert set(culprits(list("0123456789"), attempt)) == bad

    def company(ids: list[str]) -> None:
        if {"2", "7"} <= set(ids):
            raise ValueError("these two")

    assert set(culprits(list("0123456789"), company)) == {"7"}
