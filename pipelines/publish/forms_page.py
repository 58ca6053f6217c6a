"""``docs/forms.md``: the official tables as ``datapackages/forms`` declares them, for people. A test keeps it current."""

from __future__ import annotations

from pathlib import Path

from pipelines.forms import Column, Form, Formula, Head, forms, titles, variants

TARGET = Path(__file__).resolve().parents[2] / "docs" / "forms.md"


def page() -> str:
    """The whole page."""
    head = [
        "# 官方表式 · Official forms",
        "",
        "Printed from `datapackages/forms/` by `python -m pipelines.publish.forms_page`. A head names a column by its whole"
        " path of groups; all patterns are regular expressions over text without blanks. Below each table: the official"
        " layout (`official_layout`) in which portal and workbook print it, with the column numbers (栏次) in brackets.",
        "",
    ]
    parts = [line for form in forms().values() for line in (*_section(form), *_variants(form))]
    return "\n".join([*head, *parts, *_others()]) + "\n"


def _code(patterns: tuple[str, ...]) -> str:
    return "<br>".join(f"`{p.replace('|', chr(92) + '|')}`" for p in patterns) or " "


def _section(form: Form) -> list[str]:
    lines = [f"## {form.number:02d} {form.title['final']} / {form.title['budget']} `{form.resource}`", ""]
    lines += [f"Title: {_code(form.titles.match)}; not: {_code(form.titles.refuse)}.", ""]
    lines += ["| column | 栏目 | head | group | not under |", "|---|---|---|---|---|"]
    lines += [_row(column) for column in form.columns]
    lines += [_row(detail) for detail in form.details]
    lines += ["", *(_formula(f) for f in (*form.formulas, *form.balances))]
    if form.hierarchy:
        lines.append(f"- {form.hierarchy.rule}: 合计 = Σ 类, 类 = Σ 款, 款 = Σ 项")
    return [*lines, "", *_layout(form), ""]


def _layout(form: Form) -> list[str]:
    """The official print: what portal and workbook show."""
    layout = form.official_layout
    columns = layout.printed("final", {part: () for part in (layout.parts.heads if layout.parts else [None])})
    numbers = layout.numbers(columns)
    heads = " · ".join(" › ".join(c.path) + (f" ({numbers[c.part, c.name]})" if (c.part, c.name) in numbers else "") for c in columns)
    optional = [f"{c.head[-1]} (`{c.name}`)" for c in layout.columns if c.optional is True]
    optional += [f"{c.head[-1]} (`{c.name}`; in budgets)" for c in layout.columns if c.optional == "budget"]
    lines = [f"Printed as {layout.number}: {heads}."]
    if optional:
        lines += ["", f"Only where a report fills them: {', '.join(optional)}."]
    if layout.parts:
        lines += ["", f"Side by side by `{layout.parts.field}`: {' | '.join(layout.parts.heads.values())}."]
    notes = [f"注：{note.replace('{body}', '部门（单位）')}" for note in layout.notes] + form.in_numbers(columns)
    return [*lines, "", f"Notes: {' '.join(notes)} Empty: {layout.empty_note}."]


def _row(head: Head) -> str:
    if isinstance(head, Column):
        name = f"`{head.name}`" + (f" ({head.side})" if head.side else "") + (" *" if head.required else "")
        title = head.title
    else:
        name, title = "other_tables", "（数据模型未收录）"
    return f"| {name} | {title} | {_code(head.head)} | {_code(head.group)} | {_code(head.not_group)} |"


def _formula(formula: Formula) -> str:
    right = " + ".join(formula.parts) + "".join(f" - {c}" for c in formula.minus)
    return f"- {formula.rule}: {formula.total} = {right}"


def _variants(form: Form) -> list[str]:
    found = []
    for variant in variants(form.resource):
        witness = variant.witness or {}
        found.append(f"- variant seen in {witness.get('report')}, page {witness.get('page')}")
    return [*found, ""] if found else []


def _others() -> list[str]:
    lines = ["## 其他表 · Tables that are none of the nine", "", "| title | published cell by cell |", "|---|---|"]
    return lines + [f"| {_code(kind.match)} | {'yes' if kind.published else 'no'} |" for kind in titles().others]


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
