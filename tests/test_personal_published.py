"""Personal data that the shared reports print never reaches a published file: every file of a build is searched.

The names and numbers are taken from the sources themselves (负责人, 联系电话, names in brackets behind a head count,
mobile numbers), not from our reader.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import duckdb
import polars as pl
import pytest
from personal_payloads import PAYLOADS, PLACES, planted
from support import NO_SHARED, ROOT, SHARED, printed_persons

from pipelines import personal, run, schema
from pipelines.documents import open_document
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction, NotAReport
from pipelines.publish import DATABASE

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason=NO_SHARED)


def texts(path: Path) -> str:
    """Everything that a reader of a published file can see."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path).write_csv()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(name).decode("utf-8") for name in book.namelist())
    if path.name == DATABASE:
        return _database(path)
    return path.read_bytes().decode("utf-8", errors="ignore")


def _database(path: Path) -> str:
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [
            row[0]
            for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
        ]
        return "\n".join(
            str(row) for name in names for row in connection.execute(f'SELECT * FROM "{name}"').fetchall()
        )


@needs_shared
def test_no_person_of_the_sources_is_in_any_published_file(tmp_path: Path) -> None:
    persons = printed_persons()
    assert len(persons) >= 5
    out = tmp_path / "out"
    build = run.build([SHARED], out, jobs=2)
    assert {"budgets", "final-accounts", "performance"} <= {release.package for release in build.releases}
    searched, found = 0, []
    vendored = out / "site" / "vendor"
    for path in sorted(p for p in out.rglob("*") if p.is_file() and vendored not in p.parents):
        content = texts(path)
        searched += bool(content)
        found += [(path.relative_to(out), person) for person in persons if person in content]
    assert not found
    # Both kinds of form are there, so the search was over what could hold them.
    assert searched > 100
    evaluations = pl.read_parquet(
        out / "performance" / build.releases[0].version / "data" / "evaluations.parquet"
    )
    assert evaluations.height == 37


# --- made-up data in every form and place ----------------------------------------------------------------------

SECRETS = sorted({secret for _, secrets in PAYLOADS.values() for secret in secrets}, key=len, reverse=True)
LEAK = re.compile("|".join(map(re.escape, SECRETS)))
REACHED = 16
"""Places from which at least something reaches a frame or a message of a dump where nothing is masked."""
PDF_PLACES = ("function_name", "economic_name", "figures", "institutions.remark", "key_tasks", "indicators.indicator")


def told(extraction: Extraction) -> str:
    """Every text that leaves the reading."""
    frames = extraction.frames.values()
    cells = [str(cell) for frame in frames for row in frame.iter_rows() for cell in row if cell is not None]
    notices = [f"{n.message_zh} {n.message_en} {n.actual} {n.locator}" for n in extraction.notices]
    return "\n".join([*cells, *notices, *(use.token for use in extraction.accounting)])


def test_there_are_enough_kinds_and_places() -> None:
    assert len(PAYLOADS) >= 52 and len(PLACES) >= 13


@pytest.mark.parametrize("kind", PAYLOADS)
@pytest.mark.parametrize("around", ["{}", "示例工作（{}）", "示例经费{}，按计划完成。", "1.负责示例事务{}"])
def test_every_kind_is_masked_in_a_sentence(kind: str, around: str) -> None:
    payload, secrets = PAYLOADS[kind]
    shown, hits = personal.mask(around.format(payload))
    assert hits and not [secret for secret in secrets if secret in shown]
    assert personal.mask(shown) == (shown, 0)
    assert shown.startswith(around.split("{}", maxsplit=1)[0])


def test_no_payload_is_in_any_published_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = tmp_path / "reports"
    files.mkdir()
    for seed, place in enumerate(PLACES, start=1):
        for style in ("dump", "national") if place in PDF_PLACES else ("dump",):
            name, data = planted(place, style, seed if style == "dump" else 50 + seed)
            (files / name).write_bytes(data)
    (files / "王建军13800001111.txt").write_text("联系人：张建军 13800001111\n", "utf-8")
    with monkeypatch.context() as patched:
        # What the payloads would do: the search below looks at something.
        patched.setattr(personal, "clean", lambda *_: None)
        dumps = sorted(path for path in files.glob("*.txt") if path.stem.partition("-")[0] in PLACES)
        assert sum(bool(LEAK.search(told(extract(open_document(path))))) for path in dumps) >= REACHED
    out = tmp_path / "out"
    build = run.build([files], out, jobs=1)
    assert sum(release.reports for release in build.releases if release.package == "final-accounts") >= len(PLACES)
    searched, leaks = 0, []
    for path in sorted(p for p in out.rglob("*") if p.is_file() and out / "site" / "vendor" not in p.parents):
        content = texts(path)
        searched += bool(content)
        leaks += [(str(path.relative_to(out)), hit) for hit in sorted(set(LEAK.findall(content)))]
    assert searched > 100 and not leaks


# --- nothing else is masked ---------------------------------------------------------------------------------------


def sources() -> list[Path]:
    found = [p for folder in ("reports", "formats") for p in sorted((ROOT / "samples" / folder).glob("*-*.*")) if p.suffix != ".zip"]
    return found + sorted(p for p in SHARED.rglob("*") if p.suffix in (".pdf", ".txt"))


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.stem)
def test_no_word_is_taken_for_a_person(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that masking changes holds a person that the source prints in a place for persons."""
    persons = printed_persons() | {"张三丰", "13800000000"}
    monkeypatch.setattr(personal, "clean", lambda *_: None)
    try:
        raw = extract(open_document(path))
    except NotAReport:
        pytest.skip("not a report")
    monkeypatch.undo()
    shown = extract(open_document(path))
    for resource, frame in raw.frames.items():
        for column in personal.texts_of(schema.resources()[resource]):
            for before, after in zip(frame[column], shown.frames[resource][column], strict=True):
                if before != after:
                    assert [person for person in persons if person in before], (resource, column)


@pytest.mark.parametrize(
    "text",
    [
        "公务用车购置及运行维护费", "王府井街道", "高新区", "安全生产", "常住人口", "负责人高度重视，任务完成", "（高校）", "（万元）", "填报单位（盖章）：", "余额（余款）",
        "以习近平同志为核心的党中央", "学习雷锋同志", "全体党员同志", "方面同志", "领导班子成员同志", "联系人：办公室", "审核人： 填表人：", "主任任期", "居民文化活动",
        "合计13,812,345.67元", "13812345678.00", "64840547", "138,123.45", "150 2023 2024", "2023年度执行数138.0013", "420106202301010012", "12345热线",
        "手机12000000元", "电话费1380000元", "咨询1000000人次", "微信公众号", "微信小程序", "鄂A级景区", "粤B2-20090059", "20230915123456789.pdf",
        "位于中山大道123号", "解放大道1号", "居住地址管理", "黄陂区、江岸区等2个区", "新技术、新工艺等3项", "支付宝、微信等", "由方案确定", "等同志愿服务",
    ],
)  # fmt: skip
def test_words_and_figures_stay(text: str) -> None:
    assert personal.mask(text) == (text, 0)


def test_the_code_lists_are_no_persons() -> None:
    for name in ("functional_codes", "economic_codes", "regions"):
        for text in schema.codes(name)["name"]:
            assert personal.mask(text) == (text, 0)


# --- the guard ----------------------------------------------------------------------------------------------------


def test_the_guard_withholds_the_cell_and_does_not_repeat_it() -> None:
    declared = schema.resources()["institutions"]
    rows = [
        {"report_id": "420102-2023-final-0123abcd", "seq": 1, "name": "示例局", "remark": "联系人：张建军", "page": 3, "line": 4},
        {"report_id": "420102-2023-final-0123abcd", "seq": 2, "name": "示例站13800001111", "remark": None, "page": 3, "line": 5},
    ]  # fmt: skip
    frame = declared.conform(pl.DataFrame(rows, schema=declared.polars_schema()))
    shown, notices = personal.guard(frame, "institutions")
    assert shown["remark"].to_list() == [None, None]
    assert shown["name"].to_list() == ["示例局", personal.MARK]
    assert [(n.code, n.page, n.line) for n in notices] == [("E11", 3, 4), ("E11", 3, 5)]
    assert not LEAK.search(str(notices))
    assert personal.guard(shown, "institutions") == (shown, []) or personal.guard(shown, "institutions")[1] == []
