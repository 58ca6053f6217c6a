"""The ``README.md`` of a release: a person understands the package in one minute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from pipelines.forms import forms
from pipelines.publish.coverage import covers
from pipelines.publish.places import (
    CHECKSUMS,
    CKAN,
    DESCRIPTOR,
    DICTIONARY,
    EXAMPLES,
    LICENSE,
    archive_path,
    csv_path,
    excel_path,
    lists_path,
    parquet_path,
    workbook_path,
)
from pipelines.schema import Package, resources

_REPORTS_TO_READ = """\
- 金额单位为万元，换算无舍入；空白为空值，印出的 0 为零，二者不同。百分比以百分点计。
  Amounts are exact, in 万元 (10,000 CNY), percentages in percent points. A blank cell is null and a printed 0
  is zero: they are different facts.
- 表中每行都带来源报告（`report_id`）、来源文件（`source_no`）、页码（`page`）和行号（`line`），可回到原文核对。
  Every row of a table names its report (`report_id`), file (`source_no`), page and line, enough to find the figure by eye.
- 数据按原文发布，不作更正；原文的疑点列在 `findings`。
  Figures are published as printed and never corrected; doubts about the source stand in `findings`.
"""
_EXTRA = {
    "CHANGELOG.md": "各版本的变化 What changed in each version",
    "diff.json": "与上一版本的逐项差异 Differences from the version before, by key",
}


def package_readme(
    package: Package, version: str, frames: Mapping[str, pl.DataFrame], extra: Iterable[str] = ()
) -> str:
    """The text; ``extra`` are the paths of further files in the folder."""
    reports = frames.get("reports")
    how_to_read = _REPORTS_TO_READ if reports is not None else ""
    contents = f"\n{covers(reports)}\n" if reports is not None else ""
    rows = "\n".join(
        f"| `{name}` | {resources()[name].title} | {resources()[name].title_en} | {frame.height:,} "
        f"| [CSV]({csv_path(name)}) · [Parquet]({parquet_path(name)}) · [Excel]({excel_path(name)}) |"
        for name, frame in frames.items()
    )
    warnings = "\n".join(
        f"- `{name}`: {warning}" for name in frames for warning in resources()[name].usage_warnings
    )
    return f"""# {package.title} {package.title_en}

`{package.name}` {version}

{package.description_zh}

{package.description}
{contents}
| resource | 表 | table | rows | files |
|---|---|---|---:|---|
{rows}

## 文件 · Files

{_files(package, version, frames, extra)}

## 怎么读 · How to read it

{how_to_read}- 字段的中文名称、说明、类型、取值和主键见 [`{DICTIONARY}`]({DICTIONARY})。
  Column titles, descriptions, types, values and keys are in [`{DICTIONARY}`]({DICTIONARY}).

{_note(warnings)}## 许可 · Licence

[CC BY 4.0]({LICENSE["path"]})
"""


def _files(package: Package, version: str, frames: Mapping[str, pl.DataFrame], extra: Iterable[str]) -> str:
    workbook = workbook_path(package.name)
    listed = {
        workbook: "Excel 工作簿，每个资源一张工作表 Workbook with a sheet for each resource",
        **({lists_path(package.name): "科目、地区、概念和规则目录 Code lists and catalogues"} if "reports" in frames else {}),
        **(
            {"reports/": "每份报告：按官方格式排版、可打印的工作簿，和它在各表中的行（ZIP） Each report as a workbook like the official forms, and its rows (ZIP)"}
            if set(forms()) <= set(frames) else {}
        ),
        archive_path(package.name, version): "整个数据包（ZIP） The whole package",
        "data/": "CSV（UTF-8，精确值）与 Parquet，供程序读取 CSV (UTF-8, exact) and Parquet, for programs",
        "excel/": "供 Excel 双击打开的 CSV 副本：中文表头，带 BOM；会被当作公式的文本前加单引号 "
        "Copies of the CSV for Excel: Chinese headers, byte order mark; text like a formula stands behind an apostrophe",
        DICTIONARY: "数据字典 Data dictionary",
        EXAMPLES: "可运行的 SQL 示例 SQL examples that run",
        DESCRIPTOR: "元数据（Data Package v2） Metadata",
        CKAN: "CKAN `package_create` 的内容 What a CKAN portal takes in",
        **{path: _EXTRA.get(path, "") for path in sorted(extra)},
        CHECKSUMS: f"校验和 Checksums: `sha256sum -c {CHECKSUMS}`",
    }
    return "\n".join(f"- [`{path}`]({path}) {text}".rstrip() for path, text in listed.items())


def _note(warnings: str) -> str:
    return f"## 使用须知 · Before you use it\n\n{warnings}\n\n" if warnings else ""
