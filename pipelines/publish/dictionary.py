"""The data dictionary in Chinese and English, as Markdown, made from the declarations and nothing else.

``python -m pipelines.publish.dictionary`` rewrites ``docs/data-dictionary.md``; a test keeps it current.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.schema import Field, Resource, packages, resources, topic_views

TARGET = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"

_HEAD = """# 数据字典 · Data dictionary

由 `datapackages/` 的声明生成，请勿手改。Generated from the declarations in `datapackages/`; do not edit.

金额一律为万元，精确小数；百分比以百分点计；空白为空值，印出的 0 为零。
Amounts are exact, in 万元 (10,000 CNY); percentages in percent points; a blank is null, a printed 0 is zero.
"""


def dictionary() -> str:
    """Every published resource with its fields, keys and warnings."""
    held = {name: [p.name for p in packages().values() if name in p.resources] for name in resources()}
    parts = [_HEAD]
    parts += [_section(resource, held[name]) for name, resource in resources().items() if held[name]]
    parts.append("## DuckDB 视图 · Views of one row per report\n")
    for name, view in topic_views().items():
        columns = ", ".join(f"`{column}`" for column in view["columns"])
        parts.append(f"- `{name}` {view['title']}: {view['title_en']} {columns}")
    return "\n".join(parts) + "\n"


def _section(resource: Resource, held: list[str]) -> str:
    lines = [f"## `{resource.name}` {resource.title}", "", f"*{resource.title_en}.* {resource.description}", ""]
    if resource.source:
        lines.append(f"- 来源 source: {resource.source}")
    lines.append(f"- 数据包 packages: {', '.join(held)}")
    lines.append(f"- 主键 key: {', '.join(f'`{c}`' for c in resource.primary_key)}")
    lines += [f"- 须知 warning: {warning}" for warning in resource.usage_warnings]
    lines += ["", "| field | 名称 | type | description |", "|---|---|---|---|"]
    lines += [_row(field) for field in resource.fields]
    return "\n".join([*lines, ""])


def _row(field: Field) -> str:
    text = field.description.replace("|", "\\|").replace("\n", " ")
    return f"| `{field.name}` | {field.title} | {field.type}{' *' if field.required else ''} | {text} |"


if __name__ == "__main__":
    TARGET.write_text(dictionary(), encoding="utf-8")
