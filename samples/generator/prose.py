"""A whole report as a sequence of blocks: cover, contents, parts, narrative, and the tables between them.

The sentences are ours; only headings and terms are the official ones. Knows nothing of pages or files.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from samples.generator import codes, forms
from samples.generator.layouts import Layout
from samples.generator.ledger import INCOME_SOURCES, Ledger
from samples.generator.provinces import provincial_tables
from samples.generator.tables import Cell, Row, Table, official_tables

TextKind = Literal["cover", "part", "heading", "toc", "para", "break"]


@dataclass(slots=True)
class Text:
    """A line or paragraph. ``break`` is an empty one that starts a new page."""

    kind: TextKind
    text: str = ""


@dataclass(slots=True)
class Picture:
    """An image in the place of text or tables, as JPEG bytes."""

    jpeg: bytes


Block = Text | Table | Picture

_SOURCE_NAMES = dict(
    zip(INCOME_SOURCES, ("上级补助收入", "事业收入", "经营收入", "附属单位上缴收入", "其他收入"), strict=True)
)
_KINDS = {
    "basic": "基本支出",
    "project": "项目支出",
    "remitted_to_higher_level": "上缴上级支出",
    "business": "经营支出",
    "affiliate_subsidy": "对附属单位补助支出",
}


def report(ledger: Ledger, layout: Layout) -> list[Block]:
    """The report's blocks in order."""
    tables = provincial_tables(ledger, layout, layout.province) if layout.province else official_tables(ledger, layout)
    if layout.family == "budget-shanghai":
        return _shanghai_budget(ledger, tables)
    if layout.family == "budget-national":
        return _national_budget(ledger, layout, tables)
    return _final(ledger, layout, tables)


def tables_of(blocks: list[Block]) -> list[Table]:
    """The official tables among the blocks."""
    return [b for b in blocks if isinstance(b, Table) and b.resource]


def wan(micro: int | None) -> str:
    """An amount in a sentence: 万元, to two decimals (half up), trailing zeros kept."""
    hundredths = ((micro or 0) + 5_000) // 10_000
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def share(part: int | None, whole: int | None) -> str:
    """A percentage to two decimals, half up."""
    hundredths = (20_000 * (part or 0) + (whole or 1)) // (2 * (whole or 1))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def heads_of_part_three(layout: Layout) -> list[str]:
    """The official headings of the narrative, in the order of the layout's tables."""
    names = {
        1: "收入支出决算总体情况说明",
        2: "收入决算情况说明",
        3: "支出决算情况说明",
        4: "财政拨款收入支出决算总体情况说明",
        5: "一般公共预算财政拨款支出决算情况说明",
        6: "一般公共预算财政拨款基本支出决算情况说明",
        7: "政府性基金预算财政拨款收入支出决算情况说明",
        8: "国有资本经营预算财政拨款支出决算情况说明",
        9: "财政拨款“三公”经费支出决算情况说明",
    }
    heads = [names[n] for n in layout.order]
    if layout.family == "shanghai":
        heads += ["预算绩效管理情况", "其他重要事项说明"]
    else:
        heads += ["机关运行经费支出说明", "政府采购支出说明", "国有资产占用情况说明", "预算绩效情况说明"]
    return [f"{codes.ORDINALS[i]}、{head}" for i, head in enumerate(heads)]


def _final(ledger: Ledger, layout: Layout, tables: list[Table]) -> list[Block]:
    name, year = ledger.institution, ledger.year
    body = "部门" if ledger.options.level == "department" else "单位"
    parts = [
        f"第一部分 {name}概况",
        f"第二部分 {name}{year}年度{body}决算表",
        f"第三部分 {name}{year}年度{body}决算情况说明",
        "第四部分 名词解释",
    ]
    heads = heads_of_part_three(layout)
    outline = [f"一、{body}主要职能", f"二、{body}决算单位构成", f"三、{body}人员构成"]
    titles = [
        f"{codes.ORDINALS[i]}、{t.title}{t.mark if t.mark[:1] == '（' else ''}" for i, t in enumerate(tables)
    ]
    blocks: list[Block] = [Text("cover", name), Text("cover", f"{year}年度{body}决算"), Text("break")]
    blocks.append(Text("cover", "目 录"))
    for part, entries in zip(parts, (outline, titles, heads, []), strict=True):
        blocks += [Text("toc", part), *(Text("toc", "　" + entry) for entry in entries)]
    blocks += [Text("break"), Text("part", parts[0]), *_overview(ledger, outline, layout)]
    blocks += [Text("break"), Text("part", parts[1]), *tables]
    blocks += [Text("break"), Text("part", parts[2])]
    written = _narrative(ledger)
    for head, number in zip(heads, [*layout.order, 10, 11, 12, 13], strict=False):
        blocks += [Text("heading", head), *(Text("para", p) for p in written[number])]
    told = forms.forms_of(ledger)
    blocks += [Text("para", p) for p in forms.summaries(told, year)]
    evaluations = [forms.evaluation_table(form, name, year) for form in told]
    if ledger.options.forms_twice:
        blocks += evaluations
    blocks += [Text("part", parts[3]), *(Text("para", p) for p in _glossary())]
    if evaluations:
        blocks += [Text("break"), Text("part", "第五部分 附件"), *evaluations]
    return blocks


def _overview(ledger: Ledger, heads: list[str], layout: Layout) -> list[Block]:
    name, year = ledger.institution, ledger.year
    rng = random.Random(f"staff {ledger.seed}")
    civil, institutional, retired = rng.randint(5, 40), rng.randint(0, 60), rng.randint(0, 50)
    body = "部门" if ledger.options.level == "department" else "单位"
    blocks: list[Block] = [
        Text("heading", heads[0]),
        Text("para", f"{name}是为演示数据处理而虚构的{body}，职责、人员和金额均系编造。"),
        Text("para", "（一）承担示例事项的日常管理，登记并答复来件。"),
        Text("para", "（二）安排示例项目的资金，逐项核对后入账。"),
        Text("heading", heads[1]),
        Text("para", f"列入{name}{year}年度{body}决算的预算单位如下。"),
    ]
    members = [f"{name}（本级）"]
    if ledger.options.level == "department":
        members += [ledger.region.place + unit for unit in rng.sample(codes.UNITS, k=rng.randint(0, 3))]
    if layout.family == "shanghai":
        blocks.append(_members_table(members))
    else:
        blocks += [Text("para", f"{i + 1}.{member}") for i, member in enumerate(members)]
    blocks += [
        Text("heading", heads[2]),
        Text(
            "para",
            f"编制{civil + institutional}人，分为行政编{civil}人、事业编{institutional}人；"
            f"在职实有{max(0, civil + institutional - 2)}人；离退休人员{retired}人。",
        ),
    ]
    return blocks


def _members_table(members: list[str]) -> Table:
    head = [Row([Cell("序号", 0), Cell("单位名称", 1), Cell("备注", 2)])]
    body = [
        Row([Cell(str(i + 1), 0), Cell(member, 1, align="left"), Cell("", 2)])
        for i, member in enumerate(members)
    ]
    return Table("", "", "", "", "", ["line", "name", "number"], head, head, body, [], wide=False)


def _narrative(ledger: Ledger) -> dict[int, list[str]]:
    """Paragraphs by table number (10 to 13: what stands in no table), each figure from the books."""
    figures, year, name = ledger.figures, ledger.year, ledger.institution
    summary = figures["revenue_expenditure_summary"]
    income = figures["revenue_by_function"].get(("total",), {})
    spent = figures["expenditure_by_function"].get(("total",), {})
    general = figures["general_budget_expenditure"]
    economic = figures["basic_expenditure_by_economy"]
    total = summary["income", "grand_total"]["amount"]
    written: dict[int, list[str]] = {}
    written[1] = [f"{name}{year}年度收、支总计{wan(total)}万元。" + _change(total, ledger.last_year_total)]
    sources = {"财政拨款收入": income.get("fiscal_appropriation")}
    sources |= {label: income.get(source) for source, label in _SOURCE_NAMES.items()}
    written[2] = [
        f"本年收入合计{wan(income.get('total'))}万元，其中：{_parts(sources, income.get('total'))}。"
    ]
    kinds = {label: spent.get(kind) for kind, label in _KINDS.items()}
    written[3] = [f"本年支出合计{wan(spent.get('total'))}万元，其中：{_parts(kinds, spent.get('total'))}。"]
    appropriated = figures["appropriation_summary"]["income", "grand_total"]["amount"]
    written[4] = [f"{name}{year}年度财政拨款收、支总计{wan(appropriated)}万元，由三本预算合并而成。"]
    written[5] = _general_budget(ledger, spent.get("total"))
    basic = general.get(("total",), {}).get("basic")
    written[6] = [
        f"一般公共预算财政拨款基本支出{wan(basic)}万元。其中：人员经费{wan(economic[('personnel_total',)]['amount'])}"
        f"万元，公用经费{wan(economic[('public_total',)]['amount'])}万元。"
    ]
    for number, resource, label in (
        (7, "government_fund", "政府性基金预算"),
        (8, "state_capital", "国有资本经营预算"),
    ):
        row = figures[resource].get(("total",))
        if row:
            text = f"{label}财政拨款本年收入{wan(row['revenue'])}万元，本年支出{wan(row['total'])}万元。"
        else:
            text = f"{name}{year}年度没有{label}财政拨款。"
        written[number] = [text]
    written[9] = _three_public(ledger)
    public = economic[("public_total",)]["amount"]
    written[10] = [f"{year}年度机关运行经费支出{wan(public)}万元，与公用经费口径相同。"]
    written[11] = [f"{year}年度政府采购支出总额0万元。"]
    written[12] = [f"截至{year}年12月31日，共有车辆0辆，单价100万元（含）以上设备0台（套）。"]
    written[13] = ["示例项目均已自评，未发现需要另行说明的事项。"]
    return written


def _parts(parts: dict[str, int | None], whole: int | None) -> str:
    return "；".join(f"{label}{wan(a)}万元，占{share(a, whole)}%" for label, a in parts.items() if a)


def _change(now: int | None, before: int | None) -> str:
    if now is None or not before:
        return "上年没有可比数。"
    change = now - before
    if not change:
        return f"上年为{wan(before)}万元，两年持平。"
    words = ("增加", "增长") if change > 0 else ("减少", "下降")
    rate = share(abs(change), before)
    return f"上年为{wan(before)}万元，本年{words[0]}{wan(abs(change))}万元，{words[1]}{rate}%。"


def _general_budget(ledger: Ledger, spent: int | None) -> list[str]:
    rows = ledger.figures["general_budget_expenditure"]
    names = codes.function_names()
    total = rows.get(("total",), {}).get("total")
    classes = {f"{names[k[0]]}（类）": r["total"] for k, r in rows.items() if len(k[0]) == 3}
    paragraphs = [
        "（一）总体情况",
        f"一般公共预算财政拨款支出{wan(total)}万元，占本年支出合计的{share(total, spent)}%。",
        "（二）结构情况",
        f"按支出功能分类：{_parts(classes, total)}。",
        "（三）具体情况",
    ]
    items = [(k[0], r["total"]) for k, r in rows.items() if len(k[0]) == 7 and r["total"]]
    for i, (code, amount) in enumerate(items):
        path = f"{names[code[:3]]}（类）{names[code[:5]]}（款）{names[code]}（项）"
        paragraphs.append(f"{i + 1}.{path}。支出决算为{wan(amount)}万元，用于与名称相符的工作。")
    return paragraphs


def _three_public(ledger: Ledger) -> list[str]:
    rows = ledger.figures["three_public_expenses"]
    plan, done = rows[("budget",)], rows.get(("final",), {})
    labels = {
        "overseas_trips": "因公出国（境）费",
        "vehicles": "公务用车购置及运行维护费",
        "reception": "公务接待费",
    }
    if not any(done.values()) and not any(plan.values()):
        return [f"{ledger.institution}{ledger.year}年度没有“三公”经费。"]
    parts = "；".join(f"{label}{wan(done.get(column))}万元" for column, label in labels.items())
    return [
        f"“三公”经费全年预算数{wan(plan['total'])}万元，决算数{wan(done.get('total'))}万元。其中：{parts}。"
    ]


def _glossary() -> list[str]:
    return [
        "一、财政拨款收入：当年由本级财政拨给的钱，三本预算都算在内。",
        "二、其他收入：不属于前面各类的零星进账，如利息。",
        "三、基本支出：维持机构运转所花的钱，分人员经费和公用经费。",
        "四、项目支出：为办成某件事单独安排的钱。",
    ]


def _national_budget(ledger: Ledger, layout: Layout, tables: list[Table]) -> list[Block]:
    name, year = ledger.institution, ledger.year
    body = "部门" if ledger.options.level == "department" else "单位"
    parts = [f"第一部分 {body}概况", f"第二部分 {year}年{body}预算表", f"第三部分 {year}年{body}预算情况说明"]
    outline = [f"一、{body}主要职能", f"二、{body}预算单位构成", f"三、{body}人员构成"]
    heads = ["一、收支预算总体安排", "二、一般公共预算支出", "三、“三公”经费"]
    titles = [
        f"{codes.ORDINALS[i]}、{t.title}{t.mark if t.mark[:1] == '（' else ''}" for i, t in enumerate(tables)
    ]
    blocks: list[Block] = [Text("cover", name), Text("cover", f"{year}年{body}预算"), Text("break")]
    blocks.append(Text("cover", "目 录"))
    for part, entries in zip(parts, (outline, titles, heads), strict=True):
        blocks += [Text("toc", part), *(Text("toc", "　" + entry) for entry in entries)]
    blocks += [Text("break"), Text("part", parts[0])]
    for block in _overview(ledger, outline, layout):
        if isinstance(block, Text):
            block.text = block.text.replace("年度" + body + "决算", "年" + body + "预算")
        blocks.append(block)
    blocks += [Text("break"), Text("part", parts[1]), *tables, Text("break"), Text("part", parts[2])]
    for head, text in zip(heads, _budget_paragraphs(ledger), strict=True):
        blocks += [Text("heading", head), Text("para", text)]
    applications = forms.applications(ledger)
    if applications:
        blocks += [Text("break"), Text("part", "第四部分 项目申报表")]
        blocks += [forms.application_table(form, name, year) for form in applications]
    return blocks


def _budget_paragraphs(ledger: Ledger) -> list[str]:
    figures, year = ledger.figures, ledger.year
    total = figures["revenue_expenditure_summary"]["income", "grand_total"]["amount"]
    general = figures["general_budget_expenditure"][("total",)]
    plan = figures["three_public_expenses"][("budget",)]["total"]
    return [
        f"{year}年收入预算{wan(total)}万元，支出预算{wan(total)}万元。"
        + _change(total, ledger.last_year_total),
        f"一般公共预算安排支出{wan(general['total'])}万元，其中：基本支出{wan(general['basic'])}万元，"
        f"项目支出{wan(general['project'])}万元。",
        f"{year}年“三公”经费预算数为{wan(plan)}万元。",
    ]


def _shanghai_budget(ledger: Ledger, tables: list[Table]) -> list[Block]:
    name, year = ledger.institution, ledger.year
    body = "部门" if ledger.options.level == "department" else "单位"
    role = "预算主管部门" if ledger.options.level == "department" else "预算单位"
    outline = [f"一、{body}主要职能", f"二、{body}机构设置", "三、名词解释", f"四、{body}预算编制说明"]
    titles = [f"　{i + 1}. {t.title}" for i, t in enumerate(tables)]
    total, general, plan = _budget_paragraphs(ledger)
    blocks: list[Block] = [
        Text("cover", f"{ledger.region.place}{year}年区级{body}预算"),
        Text("cover", f"{role}：{name}"),
        Text("break"),
        Text("cover", "目 录"),
        *(Text("toc", entry) for entry in [*outline, f"五、{body}预算表", *titles, "六、其他相关情况说明"]),
        Text("break"),
        Text("part", f"{name}主要职能"),
        Text("para", f"{name}是为演示数据处理而虚构的{body}，职责和金额均系编造。"),
        Text("part", f"{name}机构设置"),
        Text("para", f"{name}设示例科室若干，没有下属预算单位。"),
        Text("part", "名词解释"),
        *(Text("para", p) for p in _glossary()),
        Text("break"),
        Text("part", f"{year}年{body}预算编制说明"),
        Text("para", total),
        Text("para", general),
        *tables,
        Text("break"),
        Text("part", "其他相关情况说明"),
        Text("heading", f"一、{year}年“三公”经费预算情况说明"),
        Text("para", plan),
    ]
    return blocks
