"""What several tests share: where the real reports are, how frames are compared, how small dumps are written."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines import schema
from pipelines.documents import open_bytes, open_document
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction, Notice, NumberUse
from samples.generator import Sample
from samples.generator.ledger import AMOUNTS, KEYS

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"
SHARED = ROOT.parent / "shared" / "reports"
NO_SHARED = "the real reports (../shared/reports) are not on this machine"

WAN = Decimal(10_000)
Key = tuple[str, ...]
Rows = dict[Key, dict[str, Any]]


# --- persons ---------------------------------------------------------------------------------------------------


def printed_persons() -> set[str]:
    """Names and phone numbers that the shared dumps print in the fields for them and in explanations."""
    found: set[str] = set()
    for path in sorted(SHARED.rglob("*.txt")):
        text = path.read_text("utf-8")
        found.update(re.findall(r"负责人\s+([\u4e00-\u9fff]{2,4})\s+联系", text))
        found.update(re.findall(r"联系电话\s*[:：]?\s*(\d[\d-]{6,})", text))
        found.update(re.findall(r"\d\s*人（([\u4e00-\u9fff]{2,3})）", text))
        found.update(re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", text))
        found.update(re.findall(r"共建([\u4e00-\u9fff]{3})技能大师工作室", text))
    return found


# --- golden transcriptions ------------------------------------------------------------------------------------


def golden_stems() -> list[str]:
    """The seven filled shared reports that were transcribed by hand."""
    return sorted(p.name for p in GOLDEN.iterdir() if (p / "report.yaml").exists())


def golden_report(stem: str) -> dict[str, Any]:
    """``report.yaml`` of a transcription."""
    return yaml.safe_load((GOLDEN / stem / "report.yaml").read_text("utf-8"))


def golden_tables(stem: str) -> dict[str, list[dict[str, str]]]:
    """Resource → transcribed rows, as text."""
    tables = {}
    for resource in KEYS:
        path = GOLDEN / stem / f"{resource}.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as handle:
                tables[resource] = list(csv.DictReader(handle))
    return tables


def shared_path(stem: str) -> Path:
    """The shared report of that name."""
    return next(p for p in SHARED.rglob(f"{stem}.*"))


# --- frames -----------------------------------------------------------------------------------------------------


def rows_of(resource: str, frame: pl.DataFrame) -> Rows:
    """Rows by key; a repeated key is an error of the test's subject."""
    rows: Rows = {}
    for record in frame.iter_rows(named=True):
        key = tuple(str(record[k]) for k in KEYS[resource])
        assert key not in rows, f"{resource}: key {key} twice"
        rows[key] = record
    return rows


def amounts_of(resource: str, frame: pl.DataFrame) -> dict[tuple[Key, str], Decimal]:
    """Every figure of a frame by key and column, in 万元."""
    return {
        (key, column): record[column]
        for key, record in rows_of(resource, frame).items()
        for column in AMOUNTS[resource]
        if record.get(column) is not None
    }


def labels(resource: str) -> tuple[str, ...]:
    """The columns of a resource that are neither key, amount, provenance nor report_id."""
    names = schema.resources()[resource].polars_schema()
    return tuple(
        n for n in names if n not in (*KEYS[resource], *AMOUNTS[resource], "report_id", "source_no", "page", "line")
    )


def read_sample(sample: Sample) -> Extraction:
    """Open and extract a generated report."""
    return extract(open_bytes(sample.name, sample.data))


def read_bytes(data: bytes, name: str = "report.pdf") -> Extraction:
    """Open and extract a report from its bytes."""
    return extract(open_bytes(name, data))


def read_text(text: str, name: str = "report.txt") -> Extraction:
    """Open and extract a dump given as text."""
    return extract(open_bytes(name, text.encode("utf-8")))


def read_path(path: Path) -> Extraction:
    """Open and extract a file."""
    return extract(open_document(path))


def status_of(extraction: Extraction) -> dict[str, str]:
    """Resource → how it was read."""
    return {t.resource: t.status for t in extraction.tables}


def ambiguous_cells(extraction: Extraction, resource: str) -> set[tuple[Key, str]]:
    """Cells that a reader said it could not decide: (key, candidate column)."""
    cells: set[tuple[Key, str]] = set()
    for notice in extraction.notices:
        if notice.code != "E02" or notice.resource != resource:
            continue
        parts = dict(part.split("=", 1) for part in notice.locator.split(";"))
        key = tuple(parts[k] for k in KEYS[resource])
        cells |= {(key, column) for column in parts["column"].split("|")}
    return cells


def differences(extraction: Extraction, truth: Mapping[str, pl.DataFrame]) -> list[str]:
    """Where the published frames differ from what the report prints: wrong, missing, invented, other rows.

    A cell that is flagged ambiguous may be null; a withheld table has no rows. Neither may be wrong.
    """
    found: list[str] = []
    state = status_of(extraction)
    for resource, printed in truth.items():
        if state[resource] == "withheld":
            if extraction.frames[resource].height:
                found.append(f"{resource}: withheld, yet it has rows")
            continue
        read = amounts_of(resource, extraction.frames[resource])
        open_cells = ambiguous_cells(extraction, resource)
        expected = amounts_of(resource, printed)
        for cell in sorted(read.keys() | expected.keys(), key=str):
            have, want = read.get(cell), expected.get(cell)
            if have == want or (have is None and cell in open_cells):
                continue
            found.append(f"{resource} {cell}: read {have}, printed {want}")
        mine, theirs = set(rows_of(resource, extraction.frames[resource])), set(rows_of(resource, printed))
        found += [
            f"{resource}: row {key} {'invented' if key in mine else 'lost'}" for key in sorted(mine ^ theirs)
        ]
    return found


def table_uses(extraction: Extraction) -> list[NumberUse]:
    """The account of the nine tables' regions (the narrative keeps its own)."""
    return [u for u in extraction.accounting if u.resource in KEYS]


def table_notices(extraction: Extraction) -> list[Notice]:
    """What reading noticed of the nine tables or of the report as a whole."""
    return [n for n in extraction.notices if n.resource is None or n.resource in KEYS]


def conserved(extraction: Extraction) -> Counter[tuple[str, str]]:
    """Leftover and double uses by table: empty where every number has one place."""
    return Counter((u.resource, u.role) for u in table_uses(extraction) if u.role in ("leftover", "double"))


# --- small dumps ------------------------------------------------------------------------------------------------

HEAD = (
    "武汉市江岸区示例民生服务局2023年度部门决算",
    "第二部分 武汉市江岸区示例民生服务局2023年度部门决算表",
)
OWNER = "部门：武汉市江岸区示例民生服务局 金额单位：万元"
TITLES = {
    "revenue_expenditure_summary": "2023年度收入支出决算总表",
    "revenue_by_function": "2023年度收入决算表",
    "expenditure_by_function": "2023年度支出决算表",
    "appropriation_summary": "2023年度财政拨款收入支出决算总表",
    "general_budget_expenditure": "2023年度一般公共预算财政拨款支出决算表",
    "basic_expenditure_by_economy": "2023年度一般公共预算财政拨款基本支出决算明细表",
    "government_fund": "2023年度政府性基金预算财政拨款收入支出决算表",
    "state_capital": "2023年度国有资本经营预算财政拨款支出决算表",
    "three_public_expenses": "2023年度财政拨款“三公”经费支出决算表",
}
HEADS = {
    "general_budget_expenditure": ("功能分类科目编码 科目名称 小计 基本支出 项目支出", "栏次 1 2 3"),
    "expenditure_by_function": (
        "科目编码 科目名称 本年支出合计 基本支出 项目支出 上缴上级支出 经营支出 对附属单位补助支出",
        "栏次 1 2 3 4 5 6",
    ),
    "revenue_by_function": (
        "科目编码 科目名称 本年收入合计 财政拨款收入 上级补助收入 事业收入 经营收入 附属单位上缴收入 其他收入",
        "栏次 1 2 3 4 5 6 7",
    ),
}


def dump(*tables: tuple[str, Iterable[str]], tail: Iterable[str] = ("第三部分 情况说明",)) -> str:
    """A dump of a few tables: ``(resource, its lines below the head)``."""
    lines = [*HEAD]
    for number, (resource, body) in enumerate(tables, start=1):
        lines += [TITLES[resource], f"公开{number:02d}表", OWNER, *HEADS.get(resource, ()), *body]
    return "\n".join([*lines, *tail]) + "\n"


HOUSING_DUMP = dump(
    (
        "general_budget_expenditure",
        [
            "合计 214.98 14.98 200.00",
            "221 住房保障支出 214.98 14.98 200.00",
            "22102 住房改革支出 214.98 14.98 200.00",
            "2210201 住房公积金 200.00 200.00",
            "2210202 提租补贴 14.98 14.98",
        ],
    )
)
"""The smallest table that the sums decide."""
