"""Rules D: what a final account must disclose, and the 53 items of the official checklist that say so.

Rule ``Dnn`` is item nn of 部门决算公开工作情况自查表. Items of the national template are held against every final
account; the others only against reports of Wuhan or those that print the form. A verdict is given only on what
was read: a part that was not found may be one that we cannot read, so it fails nothing. The department's own
answer, where it is printed, is compared with the verdict (D90). Nothing here is a verdict of its own making: the
counts become comparisons, and Great Expectations judges them.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from pipelines import schema
from pipelines.extract.result import MICRO
from pipelines.quality.claims import Claims, Note
from pipelines.quality.completeness import GAP_RULES
from pipelines.quality.gate import described
from pipelines.quality.stated import concepts, in_narrative

log = logging.getLogger(__name__)

Verdict = Literal["pass", "fail", "not_checkable"]
ITEMS = 53
WUHAN = "4201"
LABELS: dict[int, tuple[str, str]] = {
    1: ("各部分顺序", "order of the parts"), 2: ("排版", "layout"), 3: ("数字格式", "format of numbers"),
    4: ("决算表格式", "form of the tables"), 5: ("报表零值", "zeros in the tables"),
    6: ("职能与单位构成", "duties and institutions"), 7: ("九张决算表", "the nine tables"),
    8: ("01、04表功能分类", "classes in tables 01 and 04"), 9: ("功能分类细化至项", "functional detail to 项"),
    10: ("04表零值指标", "zero lines of table 04"), 11: ("06表细化至款", "table 06 detailed to 款"),
    12: ("空表及说明", "empty tables with a note"), 13: ("表格数据完整", "complete table data"),
    14: ("说明与表格一致", "text agrees with the tables"), 15: ("与上年及年初预算对比", "comparison with last year and the budget"),
    16: ("四张情况图", "the four figures"), 17: ("项目支出成效", "results of the projects"),
    18: ("“三公”经费说明", "the three public expenses"), 19: ("“三公”增减原因", "why they changed"),
    20: ("出国团组数和人数", "groups and persons abroad"), 21: ("用车购置与运行", "vehicles: purchase and operation"),
    22: ("用车购置数与保有量", "vehicles bought and held"), 23: ("接待批次和人数", "receptions: batches and persons"),
    24: ("预算绩效情况", "performance"), 25: ("绩效管理工作", "performance management"),
    26: ("整体支出自评", "overall self-evaluation"), 27: ("项目支出自评", "project self-evaluations"),
    28: ("自评结果应用", "use of the results"), 29: ("自评表附件", "evaluation forms"),
    30: ("机关运行经费", "agency operation"), 31: ("政府采购", "procurement"),
    32: ("中小企业政策", "small and medium enterprises"), 33: ("中小企业分类占比", "their shares by kind"),
    34: ("国有资产占用", "state assets"), 35: ("其他用车说明", "other vehicles explained"),
    36: ("重点工作", "key tasks"), 37: ("重点工作列表", "key tasks as a table"), 38: ("名词解释", "glossary"),
    39: ("功能分类科目解释", "functional items explained"), 40: ("按实际解释", "explained as they are"),
    41: ("审核退回次数", "returned once"), 42: ("散总不符等问题", "sums and ratios that are wrong"),
    43: ("用语", "wording"), 44: ("报送时间", "date of filing"), 45: ("公开时间", "date of publication"),
    46: ("所属单位公开", "publication by units"), 47: ("公开情况反馈", "reporting back"), 48: ("门户网站", "own website"),
    49: ("统一平台", "common platform"), 50: ("目录", "index"), 51: ("长期公开", "kept online"),
    52: ("文件格式", "file format"), 53: ("咨询电话", "telephone"),
}  # fmt: skip
NATIONAL = (7, 9, 11, 18, 20, 21, 22, 23, 32)
LOCAL = (37, 39)
"""Items with a rule of their own that bind Wuhan's departments."""
RULES = tuple(f"D{item:02d}" for item in (*NATIONAL, *LOCAL, 90, 91))
FUNCTIONAL = (
    "revenue_by_function",
    "expenditure_by_function",
    "general_budget_expenditure",
    "government_fund",
    "state_capital",
)
ASKS_FOR_FAULTS = 42
STATE_CAPITAL_SINCE = 2020
"""The first year whose final accounts print the table of the state capital budget everywhere."""


@dataclass(slots=True)
class Judged:
    """What an item comes to."""

    verdict: Verdict
    zh: str = ""
    en: str = ""
    count: int = 0
    section: str | None = None
    page: int | None = None
    line: int | None = None


PASS, OPEN = Judged("pass"), Judged("not_checkable")


def fail(zh: str, en: str, count: int = 1, section: str | None = None) -> Judged:
    return Judged("fail", zh, en, max(count, 1), section)


@dataclass(slots=True)
class Disclosed:
    """The comparisons of the family D, and the verdict of every item of every report."""

    claims: Claims = field(default_factory=Claims)
    verdicts: dict[tuple[str, int], Judged] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    """Reports that the checklist is for."""


@dataclass(slots=True)
class Report:
    """One final account, as far as its disclosure is concerned."""

    report_id: str
    status: Mapping[str, str]
    titles: Mapping[str, str]
    stated: Mapping[str, list[dict[str, Any]]]
    rows: Mapping[str, list[dict[str, Any]]]
    codes: set[str]
    """Rule ids of its findings and notices."""
    errors: int
    declared: Mapping[int, str]

    @property
    def year(self) -> int:
        return int(self.report_id.split("-")[1])

    def has(self, *names: str) -> bool:
        return any(self.stated.get(name) for name in names)

    def some(self, prefix: str) -> bool:
        return any(name.startswith(prefix) and rows for name, rows in self.stated.items())

    def value(self, concept: str) -> Any:
        rows = self.stated.get(concept)
        return rows[0]["value"] if rows else None

    def read(self, resource: str) -> bool:
        return self.status.get(resource) in ("found", "empty")

    def three_public(self, column: str) -> Any:
        """What was spent on a 三公 item: by the text, or else by table 09."""
        name = f"three_public.{column}.final" if column != "total" else "three_public.final"
        value = self.value(name)
        if value is not None:
            return value
        row = next((r for r in self.rows["three_public_expenses"] if r["basis"] == "final"), None)
        return row[column] if row else None


# --- items ------------------------------------------------------------------------------------------------


def tables(report: Report) -> Judged:
    """7: all nine tables are there; one in pictures is there too."""
    lost = [
        name
        for name in schema.tables()
        if report.status.get(name, "missing") == "missing"
        and not (name == "state_capital" and report.year < STATE_CAPITAL_SINCE)
    ]
    if any(status == "image" for status in report.status.values()):
        return OPEN
    if not lost:
        return PASS
    titles = [schema.tables()[name].title for name in lost]
    return fail(
        f"九张决算表中未见{len(lost)}张：{'、'.join(f'《{title}》' for title in titles)}。",
        f"{len(lost)} of the nine tables are not in the report: {', '.join(lost)}.",
        len(lost),
    )


def _spent(row: Mapping[str, Any], resource: str) -> bool:
    return any(row.get(amount.name) for amount in schema.tables()[resource].amounts)


def classes(report: Report) -> Judged:
    """8: tables 01 and 04 print figures for functional classes."""
    halves = ("revenue_expenditure_summary", "appropriation_summary")
    if not all(report.read(name) for name in halves):
        return OPEN
    for name in halves:
        known = [r for r in report.rows[name] if r["side"] == "expenditure" and str(r["item_code"]).isdigit()]
        if not any(_spent(row, name) for row in known):
            title = report.titles[name]
            return fail(
                f"《{title}》的支出功能分类没有数据。", f"{name} prints no figures for functional classes."
            )
    return PASS


def functional_detail(report: Report) -> Judged:
    """9: rows of the functional tables go down to 项."""
    short: dict[str, list[str]] = {}
    for name in FUNCTIONAL:
        codes = [
            r["function_code"] for r in report.rows[name] if _spent(r, name) and r["function_code"].isdigit()
        ]
        # An item that is listed without a figure is a gap of the table (T02.4...), not a lack of detail.
        listed = [r["function_code"] for r in report.rows[name]]
        leaves = [c for c in codes if len(c) < 7 and not any(o != c and o.startswith(c) for o in listed)]
        if leaves:
            short[name] = leaves
    if not any(report.status.get(name) == "found" for name in FUNCTIONAL):
        return OPEN
    if not short:
        return PASS
    zh = "；".join(f"《{report.titles[name]}》{'、'.join(codes)}" for name, codes in short.items())
    en = "; ".join(f"{name} {', '.join(codes)}" for name, codes in short.items())
    return fail(f"功能分类未细化至项：{zh}。", f"Not detailed to 项: {en}.", sum(map(len, short.values())))


def economic_detail(report: Report) -> Judged:
    """11: table 06 goes down to 款."""
    name = "basic_expenditure_by_economy"
    rows = report.rows[name]
    if report.status.get(name) != "found":
        return OPEN
    codes = {r["economic_code"] for r in rows if r["amount"]}
    short = sorted(
        c
        for c in codes
        if len(c) == 3 and c.isdigit() and not any(len(o) == 5 and o.startswith(c) for o in codes)
    )
    if not short:
        return PASS
    return fail(
        f"《{report.titles[name]}》的{'、'.join(short)}类未细化至款。",
        f"Classes {', '.join(short)} of {name} are not detailed to 款.",
        len(short),
    )


def three_public(report: Report) -> Judged:
    """18: each of the three items is named, in the text or in table 09."""
    if not report.has("three_public.final"):
        return OPEN
    names = {
        "overseas_trips": ("因公出国（境）费", "overseas trips"),
        "vehicles": ("公务用车购置及运行维护费", "official vehicles"),
        "reception": ("公务接待费", "official reception"),
    }
    lost = [
        words
        for column, words in names.items()
        if not report.some(f"three_public.{column}") and report.status.get("three_public_expenses") != "found"
    ]
    if not lost:
        return PASS
    return fail(
        f"“三公”经费说明未提及{'、'.join(words[0] for words in lost)}，其决算表亦未读到。",
        f"The text on the three public expenses does not mention {', '.join(words[1] for words in lost)}, nor is there a table of them.",
        len(lost), "three_public",
    )  # fmt: skip


def _with_counts(
    report: Report, column: str, wanted: Mapping[str, tuple[str, str]], what: tuple[str, str]
) -> Judged:
    """An item that money was spent on is told with its counts."""
    spent = report.three_public(column)
    lost = [words for concept, words in wanted.items() if not report.has(concept)]
    if spent is None:
        return OPEN if lost else PASS
    if not spent or not lost:
        return PASS
    if not report.some("three_public."):
        return OPEN
    return fail(
        f"{what[0]}支出 {_plain(spent)} 万元，未说明{'、'.join(words[0] for words in lost)}。",
        f"{_plain(spent)} 万元 were spent on {what[1]}, without stating {' and '.join(words[1] for words in lost)}.",
        len(lost), "three_public",
    )  # fmt: skip


def _plain(value: Any) -> str:
    return format(value.normalize(), "f")


def abroad(report: Report) -> Judged:
    """20."""
    wanted = {
        "three_public.overseas_groups": ("团组数", "the number of groups"),
        "three_public.overseas_persons": ("人数", "the number of persons"),
    }
    return _with_counts(report, "overseas_trips", wanted, ("因公出国（境）", "overseas trips"))


def vehicle_split(report: Report) -> Judged:
    """21."""
    wanted = {
        "three_public.vehicle_purchase.final": ("购置费", "purchase"),
        "three_public.vehicle_operation.final": ("运行维护费", "operation"),
    }
    row = next((r for r in report.rows["three_public_expenses"] if r["basis"] == "final"), {})
    if row.get("vehicle_purchase") is not None or row.get("vehicle_operation") is not None:
        return PASS
    return _with_counts(report, "vehicles", wanted, ("公务用车购置及运行维护", "vehicles"))


def vehicles_held(report: Report) -> Judged:
    """22."""
    if report.has("three_public.vehicle_count"):
        bought = {"three_public.vehicle_purchase_count": ("购置数", "the number bought")}
        return _with_counts(report, "vehicle_purchase", bought, ("公务用车购置", "the purchase of vehicles"))
    held = report.value("assets.vehicles")
    if held is None:
        types = [
            r["value"]
            for name, rows in report.stated.items()
            if name.startswith("assets.vehicles.")
            for r in rows
        ]
        held = sum(types) if types else None
    if not report.some("three_public."):
        return OPEN
    if held:
        return fail(
            f"“三公”经费说明未写公务用车保有量，而国有资产部分列有车辆 {_plain(held)} 辆。",
            f"The text on the three public expenses does not state the vehicles held; the section on assets has {_plain(held)}.",
            section="three_public",
        )
    wanted = {"three_public.vehicle_count": ("保有量", "the number held")}
    return _with_counts(report, "vehicles", wanted, ("公务用车购置及运行维护", "vehicles"))


def receptions(report: Report) -> Judged:
    """23."""
    wanted = {
        "three_public.reception_batches": ("批次", "the number of receptions"),
        "three_public.reception_persons": ("人数", "the number of persons"),
    }
    return _with_counts(report, "reception", wanted, ("公务接待", "official reception"))


def small_firms(report: Report) -> Judged:
    """32: contracts of small, medium and micro enterprises are stated."""
    bought = report.value("procurement.total")
    if bought is None:
        return OPEN
    wanted = {
        "procurement.sme": ("中小企业", "small and medium enterprises"),
        "procurement.micro": ("小微企业", "small and micro enterprises"),
    }
    lost = [
        words for name, words in wanted.items() if not report.has(name, f"{name}_share", f"{name}_reserved")
    ]
    if not bought or not lost:
        return PASS
    return fail(
        f"政府采购支出 {_plain(bought)} 万元，未说明授予{'、'.join(words[0] for words in lost)}的合同金额。",
        f"Procurement is {_plain(bought)} 万元, but the contracts of {' and of '.join(words[1] for words in lost)} are not stated.",
        len(lost), "procurement",
    )  # fmt: skip


def small_firms_by_kind(report: Report) -> Judged:
    """33."""
    kinds = [kind for kind in ("goods", "works", "services") if report.value(f"procurement.{kind}")]
    if not kinds:
        return PASS if report.has("procurement.total") else OPEN
    lost = [
        kind for kind in kinds if not report.has(f"procurement.{kind}_sme_share", f"procurement.{kind}_sme")
    ]
    if not lost:
        return PASS
    return fail(
        "未按货物、工程、服务说明授予中小企业的合同。",
        f"Contracts of small firms are not stated for {', '.join(lost)}.",
        len(lost),
        "procurement",
    )


def number_format(report: Report) -> Judged:
    """3: percentages have one decimal at most."""
    rates = [r for rows in report.stated.values() for r in rows if r["unit"] == "%"]
    long = [r for r in rates if int(r["value"] * MICRO) % (MICRO // 10)]
    if not rates:
        return OPEN
    if not long:
        return PASS
    first = min(long, key=lambda r: r["statement_no"])
    found = fail(
        f"{len(rates)}个百分比中有{len(long)}个保留了一位以上小数（例：{_plain(first['value'])} %）。",
        f"{len(long)} of {len(rates)} percentages have more than one decimal (for example {_plain(first['value'])} %).",
        len(long), first["section"],
    )  # fmt: skip
    found.page, found.line = first["page"], first["line"]
    return found


def zeros(report: Report) -> Judged:
    """5: tables list no zeros."""
    count: dict[str, int] = {}
    for name in (*FUNCTIONAL, "basic_expenditure_by_economy"):
        amounts = [amount.name for amount in schema.tables()[name].amounts]
        zero = sum(
            1
            for row in report.rows[name]
            for amount in amounts
            if row[amount] is not None and not row[amount]
        )
        if zero:
            count[name] = zero
    if not any(report.status.get(name) == "found" for name in FUNCTIONAL):
        return OPEN
    if not count:
        return PASS
    zh = "、".join(f"《{report.titles[name]}》{n}处" for name, n in count.items())
    return fail(
        f"表内列有零值：{zh}。",
        f"Zeros are printed: {', '.join(f'{k} {n}' for k, n in count.items())}.",
        sum(count.values()),
    )


def comparisons(report: Report) -> Judged:
    """15: finals are compared with the initial budget, item by item."""
    items: dict[tuple[Any, Any], set[str]] = defaultdict(set)
    for name in ("initial_budget", "final", "completion_rate"):
        for row in report.stated.get(f"general_budget.item.{name}", ()):
            if name != "initial_budget" or row["value"]:
                items[row["function_code"], row["subject"]].add(name)
    both = {key: names for key, names in items.items() if {"initial_budget", "final"} <= names}
    if not both or not any("completion_rate" in names for names in both.values()):
        return OPEN
    lost = [key for key, names in both.items() if "completion_rate" not in names]
    if not lost:
        return PASS
    zh = "、".join(str(code or subject) for code, subject in lost)
    return fail(
        f"{len(lost)}个科目有年初预算和决算而未写完成率：{zh}。",
        f"{len(lost)} item(s) with budget and final have no completion rate: {zh.replace('、', ', ')}.",
        len(lost),
        "general_budget",
    )


def task_table(report: Report) -> Judged:
    """37: key tasks stand in a table."""
    tasks = report.rows["key_tasks"]
    if not tasks or "E10" in report.codes:
        return OPEN
    if any(row["target"] or row["completion_rate"] is not None for row in tasks):
        return PASS
    return fail(
        f"重点工作（{len(tasks)}项）以文字叙述，未列表说明事项、目标和完成情况。",
        f"The key tasks ({len(tasks)}) are told in prose, not in a table of task, target and result.",
    )


def explained(report: Report) -> Judged:
    """39: the glossary explains the functional items that the report uses."""
    terms = " ".join(f"{row['term']} {row['definition'] or ''}" for row in report.rows["glossary"])
    name = "general_budget_expenditure"
    used = {
        row["function_code"]: row["function_name"] or ""
        for row in report.rows[name]
        if len(row["function_code"]) == 7 and _spent(row, name)
    }
    if not report.rows["glossary"] or not used:
        return OPEN
    official = dict(schema.codes("functional_codes").select("code", "name").iter_rows())
    lost = {
        code: printed
        for code, printed in used.items()
        if printed not in terms and official.get(code, printed) not in terms
    }
    if not lost:
        return PASS
    zh = "、".join(f"{code} {printed}" for code, printed in lost.items())
    return fail(
        f"名词解释未涉及所用{len(used)}个项级科目中的{len(lost)}个：{zh}。",
        f"The glossary leaves out {len(lost)} of the {len(used)} items used: {', '.join(lost)}.",
        len(lost),
    )


def text_detail(report: Report) -> Judged:
    """No item of its own (D91): the text goes down to 项 where it explains the general budget."""
    rows = report.stated.get("general_budget.item.final", [])
    short = [row for row in rows if row["function_code"] and len(row["function_code"]) < 7]
    if not rows:
        return OPEN
    if not short:
        return PASS
    zh = "、".join(f"{row['function_code']} {row['subject'] or ''}".strip() for row in short)
    codes = ", ".join(row["function_code"] for row in short)
    found = fail(
        f"一般公共预算支出逐项说明共{len(rows)}段，其中{len(short)}段止于类或款：{zh}。",
        f"{len(short)} of {len(rows)} paragraphs on items stop above 项: {codes}.",
        len(short),
        "general_budget",
    )
    found.page, found.line = short[0]["page"], short[0]["line"]
    return found


def _present(*names: str) -> Callable[[Report], Judged]:
    """Something of a section was read: it is there."""
    return lambda report: (
        PASS if report.has(*names) or any(report.some(f"{n}.") for n in names if "." not in n) else OPEN
    )


def _parts(*resources: str) -> Callable[[Report], Judged]:
    return lambda report: PASS if all(report.rows[name] for name in resources) else OPEN


def complete_tables(report: Report) -> Judged:
    """13, from the findings on completeness and on figures without a column."""
    if not any(status == "found" for status in report.status.values()):
        return OPEN
    gaps = sorted(report.codes & {*GAP_RULES.values(), "E02"})
    return (
        fail(
            f"表格数据不完整（规则{'、'.join(gaps)}）。",
            f"Table data are incomplete (rules {', '.join(gaps)}).",
        )
        if gaps
        else PASS
    )


def consistent(report: Report) -> Judged:
    """14, from the findings of the text against the tables."""
    if not any(status == "found" for status in report.status.values()) or not report.stated:
        return OPEN
    off = sorted(code for code in report.codes if code.startswith("N01"))
    return (
        fail(
            f"说明与表格不一致（规则{'、'.join(off)}）。",
            f"The text disagrees with the tables (rules {', '.join(off)}).",
        )
        if off
        else PASS
    )


def faults(report: Report) -> Judged:
    """42 asks whether sums or ratios are wrong: it fails where an error was found."""
    return (
        fail(f"发现{report.errors}处错误。", f"{report.errors} error(s) were found.")
        if report.errors
        else PASS
    )


def other_vehicles(report: Report) -> Judged:
    """35 asks for words on other vehicles: only their absence can be told."""
    value = report.value("assets.vehicles.other")
    return PASS if value is not None and not value else OPEN


ITEM_RULES: dict[int, Callable[[Report], Judged]] = {
    3: number_format, 5: zeros, 6: _parts("duties", "institutions"), 7: tables, 8: classes, 9: functional_detail,
    11: economic_detail, 13: complete_tables, 14: consistent, 15: comparisons, 18: three_public,
    19: _present("three_public.change", "three_public.completion_rate"), 20: abroad, 21: vehicle_split,
    22: vehicles_held, 23: receptions, 24: _present("performance"), 25: _present("performance.project_count"),
    26: _present("performance.overall.executed", "performance.unit_count"), 30: _present("agency_operation.total"),
    31: _present("procurement.total"), 32: small_firms, 33: small_firms_by_kind, 34: _present("assets"),
    35: other_vehicles, 36: _parts("key_tasks"), 37: task_table, 38: _parts("glossary"), 39: explained, 42: faults,
}  # fmt: skip
"""The items that a machine can judge."""


# --- all reports ------------------------------------------------------------------------------------------


def reconcile(
    frames: Mapping[str, pl.DataFrame], readings: pl.DataFrame, notices: pl.DataFrame, found: pl.DataFrame
) -> Disclosed:
    """Every comparison of the family D, and the verdicts behind it."""
    disclosed = Disclosed()
    if "statements" not in frames:
        return disclosed
    withheld = set(notices.filter(pl.col("code") == "E08").get_column("report_id"))
    for report in _reports(frames, readings, notices, found):
        own = Disclosed()
        try:
            _disclose(report, own, report.report_id in withheld)
        except MemoryError:
            raise
        except (Exception, pl.exceptions.PanicException) as error:
            log.warning("the rules D broke on %s: %s", report.report_id, described(error))
            log.debug("where they broke", exc_info=error)
            own = Disclosed()
            for rule_id in RULES:
                own.claims.add(report.report_id, rule_id, "report", state="error")
        disclosed.claims.rows += own.claims.rows
        disclosed.claims.notes |= own.claims.notes
        disclosed.verdicts |= own.verdicts
        disclosed.bound |= own.bound
    return disclosed


def _disclose(report: Report, disclosed: Disclosed, withheld: bool) -> None:
    """The comparisons and verdicts of one report."""
    form = bool(report.declared)
    local = form or report.report_id.startswith(WUHAN)
    if local:
        disclosed.bound.add(report.report_id)
    for item, judge in ITEM_RULES.items():
        if local or item in NATIONAL:
            disclosed.verdicts[report.report_id, item] = _sure(judge(report), withheld)
    for item in (*NATIONAL, *(LOCAL if local else ())):
        _claim(disclosed.claims, report, item, disclosed.verdicts[report.report_id, item])
    _claim(disclosed.claims, report, 91, _sure(text_detail(report), withheld))
    if form:
        _answers(disclosed, report)


def _sure(judged: Judged, withheld: bool) -> Judged:
    """Nothing is missing from a report of which a part could not be read (E08)."""
    return OPEN if withheld and judged.verdict == "fail" else judged


def _claim(claims: Claims, report: Report, item: int, judged: Judged) -> None:
    """A rule on a report: what it lacks, counted."""
    answer = report.declared.get(item)
    own = (
        (f"自查表第{item}项自答“是”。", f" The department's own answer to item {item} is yes.")
        if answer == "yes"
        else ("", "")
    )
    where = in_narrative(judged.section, judged.page, judged.line) if judged.section else ("", "")
    if judged.page is None and judged.line is None:
        where = ("", "")
    head = (f"{where[0]}：" if where[0] else "", f"{where[1]}: " if where[1] else "")
    claims.add(
        report.report_id, f"D{item:02d}", f"item_no={item}" if item <= ITEMS else "section=general_budget",
        difference=judged.count, state="insufficient" if judged.verdict == "not_checkable" else "compared",
        reason="missing" if judged.verdict == "not_checkable" else None,
        resource="disclosure_checklist" if item <= ITEMS else "statements",
        note=Note(f"{head[0]}{judged.zh}{own[0]}", f"{head[1]}{judged.en}{own[1]}"),
    )  # fmt: skip
    if judged.line is not None or judged.page is not None:
        claims.rows[-1] |= {"page": judged.page, "line": judged.line}


def _answers(disclosed: Disclosed, report: Report) -> None:
    """D90: the department's answers, one comparison for each item that was judged."""
    places = {row["item_no"]: row for row in report.rows["disclosure_checklist"]}
    for item, answer in report.declared.items():
        judged = disclosed.verdicts.get((report.report_id, item), OPEN)
        if judged.verdict == "not_checkable" or (item in (*NATIONAL, *LOCAL) and answer == "yes"):
            # An item with a rule of its own says there what was answered.
            continue
        good = judged.verdict == "pass"
        wrong = (
            (good if answer == "yes" else not good) if item == ASKS_FOR_FAULTS else good != (answer == "yes")
        )
        if item == ASKS_FOR_FAULTS and good:
            # That no error was found does not prove that there is none.
            continue
        zh, en = LABELS[item]
        word = ("是", "yes") if answer == "yes" else ("否", "no")
        what = (
            (judged.zh, judged.en)
            if judged.zh
            else ("核查所见与此不符，报告中有该内容。", "The report has it.")
        )
        claims, row = disclosed.claims, places[item]
        line = f"第{row['line']}行" if row["line"] else ""
        claims.add(
            report.report_id, "D90", f"item_no={item}", difference=int(wrong), resource="disclosure_checklist",
            note=Note(
                f"自查表{line}第{item}项（{zh}）自答“{word[0]}”：{what[0]}",
                f"Checklist item {item} ({en}) is answered {word[1]}: {what[1]}",
            ),
        )  # fmt: skip
        claims.rows[-1] |= {"page": row["page"], "line": row["line"]}


def _reports(
    frames: Mapping[str, pl.DataFrame], readings: pl.DataFrame, notices: pl.DataFrame, found: pl.DataFrame
) -> Iterable[Report]:
    """Every final account with what its items are judged by."""
    names = (*schema.tables(), "duties", "institutions", "key_tasks", "glossary", "disclosure_checklist")
    finals = frames["reports"].filter(pl.col("kind") == "final").get_column("report_id").sort().to_list()
    rows = {name: _by_report(frames.get(name), finals) for name in names}
    stated = _by_report(frames["statements"], finals)
    read = _by_report(readings, finals)
    said = _by_report(found.select("report_id", "rule_id", "severity"), finals)
    noticed = _by_report(notices.select("report_id", "code"), finals)
    for report_id in finals:
        by_concept: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in stated[report_id]:
            if row["concept"] in concepts():
                by_concept[row["concept"]].append(row)
        errors = [r for r in said[report_id] if r["severity"] == "error" and r["rule_id"][0] in "TXN"]
        checklist_rows = rows["disclosure_checklist"][report_id]
        yield Report(
            report_id,
            {r["resource"]: r["status"] for r in read[report_id]},
            {r["resource"]: r["title"] for r in read[report_id]},
            by_concept,
            {name: rows[name][report_id] for name in names},
            {r["rule_id"] for r in said[report_id]} | {r["code"] for r in noticed[report_id]},
            len(errors),
            {r["item_no"]: r["declared"] for r in checklist_rows if r["declared"]},
        )


def _by_report(frame: pl.DataFrame | None, ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if frame is not None and frame.height:
        for row in frame.filter(pl.col("report_id").is_in(ids)).iter_rows(named=True):
            found[row["report_id"]].append(row)
    return found


# --- the checklist ----------------------------------------------------------------------------------------


def _behind(item: int, rule_id: str, locator: str, severity: str) -> bool:
    """Whether a finding stands behind the verdict of an item."""
    if rule_id in (f"D{item:02d}", "D90") and f"{locator};".startswith(f"item_no={item};"):
        return True
    if item == 13:
        return rule_id in {*GAP_RULES.values(), "E02"}
    if item == 14:
        return rule_id.startswith("N01")
    return item == ASKS_FOR_FAULTS and severity == "error" and rule_id[0] in "TXN"


def checklist(disclosed: Disclosed, frames: Mapping[str, pl.DataFrame], found: pl.DataFrame) -> pl.DataFrame:
    """The frame ``disclosure_checklist``: what was declared, the verdict, the findings behind a fail."""
    declared = schema.resources()["disclosure_checklist"]
    given = frames.get("disclosure_checklist", declared.empty())
    printed = {(r["report_id"], r["item_no"]): r for r in given.iter_rows(named=True)}
    by_report = _by_report(found, sorted(disclosed.bound))
    rows: list[dict[str, Any]] = []
    keys = set(printed) | {(report_id, item) for report_id in disclosed.bound for item in LABELS}
    for report_id, item in sorted(keys):
        judged = disclosed.verdicts.get((report_id, item), OPEN) if report_id in disclosed.bound else None
        ids = [
            f["finding_id"]
            for f in by_report[report_id]
            if judged and _behind(item, f["rule_id"], f["locator"] or "", f["severity"])
        ]
        blank = {"declared": None, "page": None, "line": None}
        row = printed.get((report_id, item), {**blank, "report_id": report_id, "item_no": item})
        verdict = judged.verdict if judged else None
        rows.append({**row, "verdict": verdict, "finding_ids": ",".join(ids) or None})
    return declared.conform(pl.DataFrame(rows, schema=declared.polars_schema(), orient="row"))
