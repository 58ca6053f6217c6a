"""How declarations, frames and releases are shown in Dagster: schemas, row counts, previews.

Everything is said in Markdown or in Dagster's own table schema; nothing is computed that is published.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from dagster import (
    MetadataValue,
    TableColumn,
    TableColumnConstraints,
    TableConstraints,
    TableSchema,
)

from pipelines.printable import printable
from pipelines.publish.contents import published_resources
from pipelines.quarantine import Refusal
from pipelines.schema import Field, Package, Resource, resources

PREVIEW_ROWS = 10
_CELL = 60

Metadata = dict[str, Any]


def published() -> dict[str, Resource]:
    """The resources that some package holds: each is an asset. One that is declared later appears by itself."""
    return {name: resources()[name] for name in published_resources()}


def resource_description(resource: Resource) -> str:
    """Chinese title, English title and description, warnings and source, as Markdown."""
    parts = [f"**{resource.title}** {resource.title_en}", resource.description]
    parts += [f"Note: {warning}" for warning in resource.usage_warnings]
    if resource.source:
        parts.append(f"Source: {resource.source}")
    return "\n\n".join(parts)


def resource_metadata(resource: Resource) -> Metadata:
    """What is known of a resource before a run: titles, keys and columns."""
    metadata: Metadata = {
        "title": resource.title,
        "title_en": resource.title_en,
        "dagster/column_schema": table_schema(resource),
    }
    if resource.views:
        metadata["views"] = "、".join(resource.views.values())
    return metadata


def table_schema(resource: Resource) -> TableSchema:
    """The declared columns, as Dagster shows them."""
    keys = ", ".join(resource.primary_key)
    return TableSchema(
        [_column(declared, resource) for declared in resource.fields],
        TableConstraints([f"primary key ({keys})"] if keys else []),
    )


def _column(declared: Field, resource: Resource) -> TableColumn:
    others = [f"{name}: {value}" for name, value in declared.constraints.items() if name != "required"]
    constraints = TableColumnConstraints(
        nullable=not declared.required, unique=resource.primary_key == (declared.name,), other=others
    )
    return TableColumn(declared.name, declared.sql_type, declared.comment, constraints)


def package_description(package: Package) -> str:
    return f"**{package.title}** {package.title_en}\n\n{package.description_zh}\n\n{package.description}"


def frame_metadata(frame: pl.DataFrame, resource: Resource | None = None) -> Metadata:
    """Row count and first rows; of a resource under its Chinese column titles."""
    titles = {declared.name: declared.title for declared in resource.fields} if resource else {}
    return {
        "dagster/row_count": frame.height,
        "preview": MetadataValue.md(preview(frame, titles)),
    }


def preview(frame: pl.DataFrame, titles: Mapping[str, str]) -> str:
    """The first rows as a Markdown table; a null is an empty cell, a long text is cut."""
    head = [titles.get(name, name) for name in frame.columns]
    rows = [[_cut(value) for value in row] for row in frame.head(PREVIEW_ROWS).rows()]
    return markdown_table(head, rows)


def counts(names: Mapping[str, int], what: str, number: str) -> MetadataValue:
    """Names with a number each, as a Markdown table."""
    return MetadataValue.md(markdown_table([what, number], list(names.items())))


def refusals_table(refusals: Iterable[Refusal]) -> MetadataValue:
    """The files that are not published, with their reasons."""
    return MetadataValue.md(
        markdown_table(
            ["file", "stage", "reason"],
            [(printable(item.file), item.stage, printable(item.reason)) for item in refusals],
        )
    )


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    return "" if value is None else " ".join(str(value).split()).replace("|", "\\|")


def _cut(value: object) -> object:
    return f"{value[: _CELL - 1]}…" if isinstance(value, str) and len(value) > _CELL else value
