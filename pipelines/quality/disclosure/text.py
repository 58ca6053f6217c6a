"""The items that ask what the text and the lists behind it say: 三公, procurement, comparisons, tasks, glossary.

What was not read fails nothing. Not for what tables print (``tables``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from pipelines import schema
from pipelines.extract.result import MICRO
from pipelines.quality.disclosure.model import OPEN, PASS, ItemResult, Report, fail, plain, spent


def three_public(report: Report) -> ItemResult:
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
) -> ItemResult:
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
        f"{what[0]}支出 {plain(spent)} 万元，未说明{'、'.join(words[0] for words in lost)}。",
        f"{plain(spent)} 万元 were spent on {what[1]}, without stating {' and '.join(words[1] for words in lost)}.",
        len(lost), "three_public",
    )  # fmt: skip


def abroad(report: Report) -> ItemResult:
    """20."""
    wanted = {
        "three_public.overseas_groups": ("团组数", "the number of groups"),
        "three_public.overseas_persons": ("人数", "the number of persons"),
    }
    return _with_counts(report, "overseas_trips", wanted, ("因公出国（境）", "overseas trips"))


def vehicle_split(report: Report) -> ItemResult:
    """21."""
    wanted = {
        "three_public.vehicle_purchase.final": ("购置费", "purchase"),
        "three_public.vehicle_operation.final": ("运行维护费", "operation"),
    }
    row = next((r for r in report.rows["three_public_expenses"] if r["basis"] == "final"), {})
    if row.get("vehicle_purchase") is not None or row.get("vehicle_operation") is not None:
        return PASS
    return _with_counts(report, "vehicles", wanted, ("公务用车购置及运行维护", "vehicles"))


def vehicles_held(report: Report) -> ItemResult:
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
            f"“三公”经费说明未写公务用车保有量，而国有资产部分列有车辆 {plain(held)} 辆。",
            f"The text on the three public expenses does not state the vehicles held; the section on assets has {plain(held)}.",
            section="three_public",
        )
    wanted = {"three_public.vehicle_count": ("保有量", "the number held")}
    return _with_counts(report, "vehicles", wanted, ("公务用车购置及运行维护", "vehicles"))


def receptions(report: Report) -> ItemResult:
    """23."""
    wanted = {
        "three_public.reception_batches": ("批次", "the number of receptions"),
        "three_public.reception_persons": ("人数", "the number of persons"),
    }
    return _with_counts(report, "reception", wanted, ("公务接待", "official reception"))


def small_firms(report: Report) -> ItemResult:
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
        f"政府采购支出 {plain(bought)} 万元，未说明授予{'、'.join(words[0] for words in lost)}的合同金额。",
        f"Procurement is {plain(bought)} 万元, but the contracts of {' and of '.join(words[1] for words in lost)} are not stated.",
        len(lost), "procurement",
    )  # fmt: skip


def small_firms_by_kind(report: Report) -> ItemResult:
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


def number_format(report: Report) -> ItemResult:
    """3: percentages have one decimal at most."""
    rates = [r for rows in report.stated.values() for r in rows if r["unit"] == "%"]
    long = [r for r in rates if int(r["value"] * MICRO) % (MICRO // 10)]
    if not rates:
        return OPEN
    if not long:
        return PASS
    first = min(long, key=lambda r: r["statement_no"])
    found = fail(
        f"{len(rates)}个百分比中有{len(long)}个保留了一位以上小数（例：{plain(first['value'])} %）。",
        f"{len(long)} of {len(rates)} percentages have more than one decimal (for example {plain(first['value'])} %).",
        len(long), first["section"],
    )  # fmt: skip
    found.source_no, found.page, found.line = first["source_no"], first["page"], first["line"]
    return found


def comparisons(report: Report) -> ItemResult:
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


def task_table(report: Report) -> ItemResult:
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


def explained(report: Report) -> ItemResult:
    """39: the glossary explains the functional items that the report uses."""
    terms = " ".join(f"{row['term']} {row['definition'] or ''}" for row in report.rows["glossary"])
    name = "general_budget_expenditure"
    used = {
        row["function_code"]: row["function_name"] or ""
        for row in report.rows[name]
        if len(row["function_code"]) == 7 and spent(row, name)
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


def text_detail(report: Report) -> ItemResult:
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
    found.source_no, found.page, found.line = short[0]["source_no"], short[0]["page"], short[0]["line"]
    return found


def consistent(report: Report) -> ItemResult:
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


def faults(report: Report) -> ItemResult:
    """42 asks whether sums or ratios are wrong: it fails where an error was found."""
    return (
        fail(f"发现{report.errors}处错误。", f"{report.errors} error(s) were found.")
        if report.errors
        else PASS
    )


def other_vehicles(report: Report) -> ItemResult:
    """35 asks for words on other vehicles: only their absence can be told."""
    value = report.value("assets.vehicles.other")
    return PASS if value is not None and not value else OPEN
