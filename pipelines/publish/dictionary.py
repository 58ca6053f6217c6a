"""The data dictionary in Chinese and English, as Markdown, made from the declarations and nothing else.

A release carries the part for its package. ``python -m pipelines.publish.dictionary`` rewrites the whole in
``docs/data-dictionary.md``; a test keeps it current.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipelines.schema import Field, ForeignKey, Package, Resource, packages, resources, topic_views

TARGET = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"

_CONVENTIONS = """金额一律为万元，精确小数；百分比以百分点计；空白为空值，印出的 0 为零。带 * 的字段必填。
Amounts are exact, in 万元 (10,000 CNY); percentages in percent points; a blank is null, a printed 0 is zero.
A field with * is never null.
"""
_HEAD = f"""# 数据字典 · Data dictionary

由 `datapackages/` 的声明生成，请勿手改。Generated from the declarations in `datapackages/`; do not edit.

{_CONVENTIONS}"""
_TYPES = {"string": "文本", "integer": "整数", "number": "小数", "boolean": "是否", "date": "日期"}


def dictionary() -> str:
    """Every published resource with its fields, keys and warnings."""
    held = {name: [p.name for p in packages().values() if name in p.resources] for name in resources()}
    parts = [_HEAD]
    parts += [
        section(resource, [f"- 数据包 packages: {', '.join(held[name])}"])
        for name, resource in resources().items()
        if held[name]
    ]
    parts.append("## DuckDB 视图 · Views of one row per report\n")
    for name, view in topic_views().items():
        columns = ", ".join(f"`{column}`" for column in view["columns"])
        parts.append(f"- `{name}` {view['title']}: {view['title_en']} {columns}")
    return "\n".join(parts) + "\n"


def package_dictionary(package: Package, version: str) -> str:
    """``DATA_DICTIONARY.md`` of a release: the resources of its package."""
    contents = "\n".join(
        f"- [`{name}`](#{_anchor(resources()[name])}) {resources()[name].title} {resources()[name].title_en}"
        for name in package.resources
    )
    head = f"""# 数据字典 · Data dictionary

{package.title} {package.title_en}: `{package.name}` {version}

{_CONVENTIONS}
`excel/` 中的 Excel 副本以中文名称为表头、以中文标签为取值，行数相同。
The Excel copies in `excel/` hold the same rows under the Chinese names, coded values by their labels.

{contents}
"""
    return "\n".join([head, *(section(resources()[name]) for name in package.resources)])


def _anchor(resource: Resource) -> str:
    """The anchor that Markdown viewers give to the heading of a section."""
    kept = (c for c in f"{resource.name} {resource.title}".lower() if c.isalnum() or c in " -_")
    return "".join(kept).replace(" ", "-")


def section(resource: Resource, facts: Iterable[str] = ()) -> str:
    """One resource: what it is, its keys and warnings, and each field in a row."""
    lines = [f"## `{resource.name}` {resource.title}", "", f"*{resource.title_en}.* {resource.description}", ""]
    if resource.source:
        lines.append(f"- 来源 source: {resource.source}")
    lines += facts
    lines.append(f"- 主键 key: {_names(resource.primary_key)}")
    lines += [f"- 外键 foreign key: {_reference(key, resource)}" for key in resource.foreign_keys]
    lines += [f"- 须知 warning: {warning}" for warning in resource.usage_warnings]
    lines += [
        "",
        "| 字段 field | 名称 title | 类型 type | 单位 unit | 约束与取值 constraints, values | 说明 description |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_row(field) for field in resource.fields]
    return "\n".join([*lines, ""])


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _reference(key: ForeignKey, resource: Resource) -> str:
    return f"{_names(key.fields)} → `{key.resource or resource.name}` ({_names(key.reference)})"


def _row(field: Field) -> str:
    kind = f"{_TYPES[field.type]} {field.type}{' *' if field.required else ''}"
    cells = (f"`{field.name}`", field.title, kind, field.unit or "", _allowed(field), field.description)
    return f"| {' | '.join(_cell(text) for text in cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _allowed(field: Field) -> str:
    """What a value may be: the enum with its labels, the pattern, the range."""
    parts = []
    if enum := field.constraints.get("enum"):
        parts.append("; ".join(f"`{v}` {field.labels[v]}" if v in field.labels else f"`{v}`" for v in enum))
    if pattern := field.constraints.get("pattern"):
        parts.append(f"`{pattern}`")
    parts += [
        f"{sign} {field.constraints[name]}" for name, sign in (("minimum", "≥"), ("maximum", "≤")) if name in field.constraints
    ]
    return ", ".join(parts)


if __name__ == "__main__":
    TARGET.write_text(dictionary(), encoding="utf-8")
