"""Like failures of one report, tested as our own misreading before anything is published.

A group of failures (one rule, one pair of resources) of at least three different figures is held against hypotheses:
another unit (元 for 万元), another column or basis of the same row, another table of the same code, the year before.
If one and the same hypothesis makes all of them pass, chance cannot be the reason: they become one notice E46, and
none of them is a finding. Fewer than three are never tested, so a single contradiction cannot vanish here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from pipelines.quality import wording
from pipelines.quality.catalogue import rules

LEAST = 3
"""So many different figures must fail alike."""
_UNIT = 10_000
_SHOWN = 12
_CODED = ("expenditure_by_function", "general_budget_expenditure", "government_fund", "state_capital")
"""Tables of one code list: the same row in another of them is another scope or fund."""
_CONCEPT = re.compile(r"concept=([a-z0-9_.]+)(?:;function_code=(\d+))?")
_MEASURE = re.compile(r"\.(?:total|income_total|final|budget)$")

Label = tuple[str, str, str]
"""Kind of hypothesis, read, meant."""
WORDS = {
    "unit": ("单位", "unit"),
    "column": ("栏次", "column"),
    "basis": ("预算数与决算数", "basis"),
    "scope": ("口径", "scope"),
    "year": ("年份", "year"),
}


def withhold(rows: pl.DataFrame, cells: pl.DataFrame, statements: pl.DataFrame | None) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """The comparisons with those in doubt ``insufficient``, and a notice (E46) for each group of them.

    ``rows``: reconciliations (micro-units); ``cells``: every amount of the tables; ``statements``: as published.
    """
    severe = [rule_id for rule_id, rule in rules().items() if rule.severity == "error" and rule_id[0] in "TXN"]
    failing = rows.with_row_index("at").filter(
        pl.col("rule_id").is_in(severe) & (pl.col("state") == "compared") & (pl.col("relation") == "=")
        & (pl.col("excess") > pl.col("tolerance")) & (pl.col("actual").fill_null(0) != 0)
    )  # fmt: skip
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in failing.iter_rows(named=True):
        groups[row["report_id"], row["rule_id"], row["resource"], row["other_resource"]].append(row)
    large = {key: group for key, group in groups.items() if len({row["actual"] for row in group}) >= LEAST}
    if not large:
        return rows, []
    look = _Places(cells, statements, {key[0] for key in large})
    doubtful: list[int] = []
    notices = []
    for group in large.values():
        common = set.intersection(*(look.fitting(row) for row in group))
        if common:
            doubtful += [row["at"] for row in group]
            notices.append(_notice(group, min(common)))
    if not doubtful:
        return rows, []
    at = pl.int_range(pl.len()).is_in(doubtful)
    return rows.with_columns(
        state=pl.when(at).then(pl.lit("insufficient")).otherwise("state"),
        reason=pl.when(at).then(pl.lit("doubt")).otherwise("reason"),
    ), notices


class _Places:
    """Figures by where they stand, and what stands beside them."""

    def __init__(self, cells: pl.DataFrame, statements: pl.DataFrame | None, reports: Iterable[str]) -> None:
        own = pl.col("report_id").is_in(sorted(reports))
        self.at: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
        self.rows: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
        self.codes: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
        for cell in cells.filter(own & pl.col("value").is_not_null()).iter_rows(named=True):
            self.at[cell["report_id"], cell["resource"], cell["page"], cell["line"], cell["value"]].append(cell)
            self.rows[cell["report_id"], cell["resource"], cell["row"]].append(cell)
            self.codes[cell["report_id"], cell["code"], cell["column"]].append(cell)
        self.before: dict[tuple[str, str, str | None], set[int]] = defaultdict(set)
        if statements is not None:
            money = statements.filter(own & pl.col("unit").is_in(["万元", "元"]) & pl.col("concept").str.contains(r"\.last_year$"))
            for one in money.iter_rows(named=True):
                value = int(one["value"] * (1_000_000 if one["unit"] == "万元" else 100))
                self.before[one["report_id"], one["concept"].removesuffix(".last_year"), one["function_code"]].add(value)

    def fitting(self, row: Mapping[str, Any]) -> set[Label]:
        """Every hypothesis under which this comparison passes."""
        return {label for label, near in self._tried(row) if near}

    def _tried(self, row: Mapping[str, Any]) -> Iterator[tuple[Label, bool]]:
        actual, expected, allowed = row["actual"], row["expected"], row["tolerance"] or 0
        if expected is None:
            return
        if row["other_resource"] is not None and expected:
            yield ("unit", "元", "万元"), abs(actual * _UNIT - expected) <= allowed * _UNIT
            yield ("unit", "万元", "元"), abs(actual - expected * _UNIT) <= allowed * _UNIT
        for resource, page, line, value, wanted in (
            (row["other_resource"], row["other_page"], row["other_line"], expected, actual),
            (row["resource"], row["page"], row["line"], actual, expected),
        ):
            for cell in self.at.get((row["report_id"], resource, page, line, value), ()):
                yield from ((label, abs(other - wanted) <= allowed) for label, other in self._beside(cell))
        if found := _CONCEPT.search(row["locator"]):
            stem = _MEASURE.sub("", found.group(1))
            for value in self.before.get((row["report_id"], stem, found.group(2)), ()):
                yield ("year", "本年", "上年"), abs(value - expected) <= allowed

    def _beside(self, cell: Mapping[str, Any]) -> Iterator[tuple[Label, int]]:
        """The other figures that could have been meant instead of a cell's."""
        report, resource, column = cell["report_id"], cell["resource"], cell["column"]
        for other in self.rows[report, resource, cell["row"]]:
            if other["column"] != column:
                yield ("column", f"{resource}.{column}", f"{resource}.{other['column']}"), other["value"]
        if cell["code"] in ("budget", "final"):
            code = "final" if cell["code"] == "budget" else "budget"
            for other in self.codes[report, code, column]:
                if other["resource"] == resource:
                    yield ("basis", f"{resource}.{cell['code']}", f"{resource}.{code}"), other["value"]
        if resource in _CODED:
            for other in self.codes[report, cell["code"], column]:
                if other["resource"] in _CODED and other["resource"] != resource:
                    yield ("scope", resource, other["resource"]), other["value"]


def _notice(group: list[dict[str, Any]], label: Label) -> dict[str, Any]:
    """The one notice that stands for a group."""
    first = group[0]
    figures = sorted({row["actual"] for row in group})
    shown = "、".join(wording.in_wan(value) for value in figures[:_SHOWN]) + ("…" if len(figures) > _SHOWN else "")
    kind_zh, kind_en = WORDS[label[0]]
    return {
        "report_id": first["report_id"], "code": "E46", "resource": first["resource"],
        "locator": f"rule={first['rule_id']};hypothesis={label[0]};other={first['other_resource']}",
        "message_zh": f"规则 {first['rule_id']} 有{len(group)}处不符（{shown}），但只要{kind_zh}换一种读法（{label[1]}→{label[2]}）"
        "便全部相符：疑为读取有误，不作为错误列示。",
        "message_en": f"{len(group)} comparisons of rule {first['rule_id']} fail ({shown.replace('、', ', ')}), but all of them pass if the"
        f" {kind_en} is read otherwise ({label[1]} -> {label[2]}): the reading is in doubt, and they are not listed as errors.",
        "actual": shown, "page": first["page"], "line": first["line"],
    }  # fmt: skip


__all__ = ["LEAST", "withhold"]
