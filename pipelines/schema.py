"""What every published table looks like, derived from the declarations in ``datapackages/``.

This module is for turning one declaration into everything that needs it: Polars dtypes, DuckDB DDL with
comments, the Frictionless table schema, the checks before publishing. It is not for stating a field: a
field that is not declared in ``datapackages/`` does not exist.

Null semantics, the same everywhere: a blank cell is null, a printed zero is zero.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import polars as pl
import yaml

AMOUNT = pl.Decimal(18, 6)
"""Every number that is not an integer: exact, 1 分 = 0.000001 万元."""

AMOUNT_UNIT = "万元"
BLANK = "A blank cell is null; 0 is a printed zero."

_DTYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": AMOUNT,
    "boolean": pl.Boolean(),
    "date": pl.Date(),
}
_SQL_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DECIMAL(18,6)",
    "boolean": "BOOLEAN",
    "date": "DATE",
}
_CONSTRAINTS = {"required", "enum", "pattern", "minimum", "maximum"}
_FIELD_KEYS = {"name", "title", "description", "type", "unit", "identifier", "constraints", "labels"}


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML carries it: the same documents, ten times as fast."""


class SchemaError(Exception):
    """A declaration is wrong, or a frame does not have the shape that is declared."""


def load_yaml(text: str) -> Any:
    """A declaration as plain values."""
    return yaml.load(text, _LOADER)


def quote(identifier: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Field:
    """One declared column."""

    name: str
    title: str
    description: str
    type: str
    unit: str | None = None
    identifier: bool = False
    """A code, hash or id: made of digits by nature, so it is not searched for phone numbers."""
    constraints: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """Chinese labels of the values of an enum."""

    @property
    def required(self) -> bool:
        return bool(self.constraints.get("required"))

    @property
    def is_amount(self) -> bool:
        """A figure of money in 万元."""
        return self.unit == AMOUNT_UNIT

    @property
    def dtype(self) -> pl.DataType:
        return _DTYPES[self.type]

    @property
    def sql_type(self) -> str:
        return _SQL_TYPES[self.type]

    @property
    def meaning(self) -> str:
        """The English description; money says what an empty cell means."""
        return f"{self.description} {BLANK}" if self.is_amount else self.description

    @property
    def comment(self) -> str:
        """Chinese title and English description, for ``COMMENT ON COLUMN``."""
        return f"{self.title}. {self.meaning}"

    def checks(self) -> list[str]:
        """Constraints as SQL conditions that every non-null value meets."""
        column = quote(self.name)
        conditions = []
        if enum := self.constraints.get("enum"):
            conditions.append(f"{column} IN ({', '.join(literal(value) for value in enum)})")
        if pattern := self.constraints.get("pattern"):
            conditions.append(f"regexp_full_match({column}, {literal(pattern)})")
        if "minimum" in self.constraints:
            conditions.append(f"{column} >= {self.constraints['minimum']}")
        if "maximum" in self.constraints:
            conditions.append(f"{column} <= {self.constraints['maximum']}")
        return conditions

    def ddl(self) -> str:
        parts = [quote(self.name), self.sql_type]
        if self.required:
            parts.append("NOT NULL")
        if checks := self.checks():
            parts.append(f"CHECK ({' AND '.join(checks)})")
        return " ".join(parts)

    def table_schema(self) -> dict[str, Any]:
        """The field as Table Schema describes it; ``categories`` carry the Chinese labels."""
        descriptor: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "title": self.title,
            "description": self.meaning,
        }
        if self.unit:
            descriptor["unit"] = self.unit
        if self.labels:
            descriptor["categories"] = [
                {"value": value, "label": label} for value, label in self.labels.items()
            ]
        if self.constraints:
            descriptor["constraints"] = dict(self.constraints)
        return descriptor

    def violation(self) -> pl.Expr | None:
        """True where a value breaks a constraint; None when every value is allowed.

        Never an expression of literals alone: polars 2.1 gets its length wrong on a large frame.
        """
        column = pl.col(self.name)
        broken = []
        if self.required:
            broken.append(column.is_null())
        # A null meets every other constraint.
        if enum := self.constraints.get("enum"):
            broken.append(~column.is_in(list(enum)).fill_null(True))
        if pattern := self.constraints.get("pattern"):
            broken.append(~column.str.contains(pattern).fill_null(True))
        if "minimum" in self.constraints:
            broken.append((column < self.constraints["minimum"]).fill_null(False))
        if "maximum" in self.constraints:
            broken.append((column > self.constraints["maximum"]).fill_null(False))
        return pl.any_horizontal(broken) if broken else None


def _casts_exactly(dtype: pl.DataType, declared_type: str) -> bool:
    """Whether a column of this dtype may become the declared type: no floats, no text read as money."""
    if declared_type == "number":
        return dtype.is_decimal() or dtype.is_integer()
    return not dtype.is_float()


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """``fields`` of a resource hold values of ``reference`` in ``resource`` (None: the resource itself)."""

    fields: tuple[str, ...]
    resource: str | None
    reference: tuple[str, ...]

    def descriptor(self) -> dict[str, Any]:
        target = {"resource": self.resource} if self.resource else {}
        return {"fields": list(self.fields), "reference": {**target, "fields": list(self.reference)}}


@dataclass(frozen=True, slots=True)
class Resource:
    """One declared table."""

    name: str
    title: str
    title_en: str
    description: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    usage_warnings: tuple[str, ...] = ()
    source: str = ""
    table_no: int | None = None
    """Number of the official table (1-9), in its national order."""
    views: Mapping[str, str] = field(default_factory=dict)
    """Chinese names of the DuckDB views, by kind of report; ``all``: one view of both kinds."""
    row_name: str | None = None
    """The field that names a row for a reader."""
    description_zh: str = ""
    """What it is and what to mind, in Chinese."""

    @property
    def view(self) -> str | None:
        """Chinese name of the view of the final accounts."""
        return self.views.get("final")

    @property
    def names(self) -> list[str]:
        return [f.name for f in self.fields]

    @property
    def amounts(self) -> list[Field]:
        """The columns of money, in 万元."""
        return [f for f in self.fields if f.is_amount]

    @property
    def by_report(self) -> bool:
        """Its rows belong to reports (and go to the packages that hold those reports)."""
        return "report_id" in self.names

    @property
    def is_fact(self) -> bool:
        """A large table with many rows per report: its keys are proven before, not enforced in DuckDB."""
        return self.by_report and self.primary_key != ("report_id",)

    def field(self, name: str) -> Field:
        for declared in self.fields:
            if declared.name == name:
                return declared
        raise SchemaError(f"{self.name}: no field {name!r}")

    def polars_schema(self) -> dict[str, pl.DataType]:
        return {f.name: f.dtype for f in self.fields}

    def empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=self.polars_schema())

    def conform(self, df: pl.DataFrame) -> pl.DataFrame:
        """The frame with its columns in declared order and type.

        Raises on unknown or missing columns, on floats and on anything that a cast would change. An empty
        string becomes null: CSV cannot tell them apart, and a blank is null everywhere.
        """
        unknown = [c for c in df.columns if c not in set(self.names)]
        missing = [c for c in self.names if c not in set(df.columns)]
        if unknown or missing:
            raise SchemaError(f"{self.name}: unknown columns {unknown}, missing columns {missing}")
        types = df.schema
        cast = df.select(
            f.name if types[f.name] == f.dtype else self._conform_column(df.get_column(f.name), f) for f in self.fields
        )
        # A column at a time costs more than the work, on frames of a few rows.
        texts = [f.name for f in self.fields if f.type == "string"]
        blank = cast.select(pl.col(texts) == "").sum()
        emptied = [pl.col(c.name).replace("", None) for c in blank if c.item()]
        return cast.with_columns(emptied) if emptied else cast

    def _conform_column(self, column: pl.Series, declared: Field) -> pl.Series:
        if not column.is_null().all() and not _casts_exactly(column.dtype, declared.type):
            raise SchemaError(f"{self.name}.{declared.name}: {column.dtype} cannot be {declared.type}")
        try:
            cast = column.cast(declared.dtype, strict=True)
        except pl.exceptions.PolarsError as error:
            raise SchemaError(f"{self.name}.{declared.name}: not {declared.type}: {error}") from error
        if column.dtype.is_decimal() and not (cast == column).fill_null(True).all():
            raise SchemaError(f"{self.name}.{declared.name}: more than six decimals")
        return cast

    def violations(self, df: pl.DataFrame) -> list[str]:
        """What in a conformed frame breaks the declaration, one sentence each; empty when all is well."""
        found = []
        for declared in self.fields:
            violation = declared.violation()
            broken = df.filter(violation) if violation is not None else df.clear()
            if broken.height:
                example = {c: broken[c][0] for c in dict.fromkeys((*self.primary_key, declared.name))}
                found.append(
                    f"{self.name}.{declared.name}: {broken.height} values break "
                    f"{dict(declared.constraints)}, first {example}"
                )
        if self.primary_key:
            repeated = df.group_by(self.primary_key, maintain_order=True).len().filter(pl.col("len") > 1)
            if repeated.height:
                found.append(
                    f"{self.name}: {repeated.height} keys {list(self.primary_key)} are not unique, "
                    f"first {repeated.row(0, named=True)}"
                )
        return found

    def ddl(self) -> str:
        """``CREATE TABLE`` with types, NOT NULL, CHECKs, and the primary key where the table is small."""
        lines = [f.ddl() for f in self.fields]
        if self.primary_key and not self.is_fact:
            lines.append(f"PRIMARY KEY ({', '.join(quote(c) for c in self.primary_key)})")
        body = ",\n  ".join(lines)
        return f"CREATE TABLE {quote(self.name)} (\n  {body}\n)"

    @property
    def comment(self) -> str:
        """Chinese and English title, description and warnings, for ``COMMENT ON TABLE``."""
        text = f"{self.title}. {self.title_en}. {self.description}"
        return " ".join([text, *(f"Note: {warning}" for warning in self.usage_warnings)])

    def comments(self) -> list[str]:
        """``COMMENT ON`` statements for the table and each of its columns."""
        table = quote(self.name)
        return [f"COMMENT ON TABLE {table} IS {literal(self.comment)}"] + [
            f"COMMENT ON COLUMN {table}.{quote(f.name)} IS {literal(f.comment)}" for f in self.fields
        ]

    def table_schema(self) -> dict[str, Any]:
        """The Frictionless Table Schema."""
        schema: dict[str, Any] = {
            "fields": [f.table_schema() for f in self.fields],
            "missingValues": [""],
        }
        if self.primary_key:
            schema["primaryKey"] = list(self.primary_key)
        if self.foreign_keys:
            schema["foreignKeys"] = [key.descriptor() for key in self.foreign_keys]
        return schema


@dataclass(frozen=True, slots=True)
class Package:
    """One declared data package: which resources, of which reports."""

    name: str
    title: str
    title_en: str
    description: str
    description_zh: str
    resources: tuple[str, ...]
    reports: Mapping[str, str] = field(default_factory=dict)
    """Values that a report's row must have for its rows to be in the package."""
    holding: str | None = None
    """A resource of which a report must have rows to be in the package."""
    rows: Mapping[str, str] = field(default_factory=dict)
    """Resource → SQL condition on its rows, where the package holds a part of those of its reports."""


def _declarations(*folders: str) -> Traversable:
    """A folder of ``datapackages/``: in the checkout and in an installed wheel it is a package's data."""
    place: Traversable = files("datapackages")
    for folder in folders:
        place = place / folder
    return place


def _read_yaml(folder: str) -> dict[str, Any]:
    """Every YAML file of a folder by its stem, in the order of names. A leading ``_`` is no declaration."""
    found = {}
    for entry in sorted(_declarations(folder).iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml") and not entry.name.startswith("_"):
            found[entry.name.removesuffix(".yaml")] = load_yaml(entry.read_text(encoding="utf-8"))
    return found


@cache
def _shared_fields() -> dict[str, dict[str, Any]]:
    text = (_declarations("resources") / "_shared.yaml").read_text(encoding="utf-8")
    return {entry["name"]: entry for entry in load_yaml(text)}


def _field(declared: str | dict[str, Any], resource: str) -> Field:
    """A field from its declaration: its own, a shared one by name, or a shared one with changes."""
    if isinstance(declared, str):
        declared = {"use": declared}
    entry = dict(declared)
    if "use" in entry:
        used = entry.pop("use")
        if used not in _shared_fields():
            raise SchemaError(f"{resource}: no shared field {used!r}")
        entry = {**_shared_fields()[used], **entry}
    # A shared field whose name is taken by another one stands under a longer name in the file.
    entry["name"] = entry.pop("field_name", entry["name"])
    _check_field(entry, resource)
    return Field(**entry)


def _check_field(entry: dict[str, Any], resource: str) -> None:
    where = f"{resource}.{entry.get('name')}"
    if lacking := {"name", "title", "description", "type"} - set(entry):
        raise SchemaError(f"{where}: lacks {sorted(lacking)}")
    if unknown := set(entry) - _FIELD_KEYS:
        raise SchemaError(f"{where}: unknown keys {sorted(unknown)}")
    if entry["type"] not in _DTYPES:
        raise SchemaError(f"{where}: unknown type {entry['type']!r}")
    constraints = entry.get("constraints", {})
    if unknown := set(constraints) - _CONSTRAINTS:
        raise SchemaError(f"{where}: unknown constraints {sorted(unknown)}")
    if "labels" in entry and set(entry["labels"]) != set(constraints.get("enum", ())):
        raise SchemaError(f"{where}: labels and enum differ")


def _resource(entry: dict[str, Any]) -> Resource:
    name = entry["name"]
    keys = tuple(
        ForeignKey(tuple(key["fields"]), key.get("resource") or None, tuple(key["reference"]))
        for key in entry.get("foreign_keys", ())
    )
    resource = Resource(
        name=name,
        title=entry["title"],
        title_en=entry["title_en"],
        description=entry["description"],
        fields=tuple(_field(declared, name) for declared in entry["fields"]),
        primary_key=tuple(entry.get("primary_key", ())),
        foreign_keys=keys,
        usage_warnings=tuple(entry.get("usage_warnings", ())),
        source=entry.get("source", ""),
        table_no=entry.get("table_no"),
        views=entry.get("views", {}),
        row_name=entry.get("row_name"),
        description_zh=entry["description_zh"],
    )
    if len(set(resource.names)) != len(resource.names):
        raise SchemaError(f"{name}: a field is declared twice")
    referred = {*resource.primary_key, *(c for key in keys for c in key.fields)}
    if resource.row_name:
        referred.add(resource.row_name)
    if unknown := referred - set(resource.names):
        raise SchemaError(f"{name}: keys name unknown fields {sorted(unknown)}")
    return resource


@cache
def _resources() -> dict[str, Resource]:
    declared = {stem: _resource(entry) for stem, entry in _read_yaml("resources").items()}
    for stem, resource in declared.items():
        if stem != resource.name:
            raise SchemaError(f"{stem}.yaml declares {resource.name!r}")
        for key in resource.foreign_keys:
            target = declared.get(key.resource or stem)
            if target is None or not set(key.reference) <= set(target.names):
                raise SchemaError(f"{stem}: foreign key to unknown {key.resource}.{key.reference}")
    # Reports first, the official tables in their order, then the rest by name.
    order = sorted(declared.values(), key=lambda r: (r.name != "reports", r.table_no or 99, r.name))
    return {resource.name: resource for resource in order}


def resources() -> dict[str, Resource]:
    """Every declared resource by name: reports, the nine tables in official order, then the others."""
    return dict(_resources())


def tables() -> dict[str, Resource]:
    """The nine official tables by name, in official order."""
    return {name: r for name, r in _resources().items() if r.table_no is not None}


_TABLE_NUMBER = re.compile(r"(?:公开|附)?(?:表)?0?([1-9])表?")


def find_table(text: str) -> Resource | None:
    """An official table by a name that people see: resource, number (``3``, ``公开03表``), title, view, or a part of these."""
    if number := _TABLE_NUMBER.fullmatch(text):
        return next(table for table in tables().values() if table.table_no == int(number[1]))
    named = [(table, (table.name, table.title, *table.views.values())) for table in tables().values()]
    exact = [table for table, names in named if text in names]
    partly = [table for table, names in named if text and any(text in name for name in names)]
    return next(iter([*exact, *partly]), None)


@cache
def _packages() -> dict[str, Package]:
    declared = {}
    for stem, entry in _read_yaml("packages").items():
        package = Package(
            name=entry["name"],
            title=entry["title"],
            title_en=entry["title_en"],
            description=entry["description"],
            description_zh=entry["description_zh"],
            resources=tuple(entry["resources"]),
            reports=entry.get("reports", {}),
            holding=entry.get("holding"),
            rows=entry.get("rows", {}),
        )
        if stem != package.name:
            raise SchemaError(f"{stem}.yaml declares {package.name!r}")
        _check_package(package)
        declared[package.name] = package
    return declared


def _check_package(package: Package) -> None:
    """Every resource exists, and every foreign key stays inside the package: it is self-contained."""
    if package.holding and package.holding not in package.resources:
        raise SchemaError(f"{package.name}: holding names {package.holding!r}, which is not in it")
    for name in (*package.resources, *package.rows):
        if name not in _resources():
            raise SchemaError(f"{package.name}: unknown resource {name!r}")
        for key in _resources()[name].foreign_keys:
            if key.resource and key.resource not in package.resources:
                raise SchemaError(f"{package.name}: {name} refers to {key.resource}, which is not in it")


def packages() -> dict[str, Package]:
    """Every declared package by name."""
    return dict(_packages())


@cache
def topic_views() -> dict[str, dict[str, Any]]:
    """``datapackages/views.yaml``: DuckDB views with one row per report, made from ``statements``.

    View name → ``title``, ``title_en`` and ``columns`` (column → concept). A concept must be in the list.
    """
    views = load_yaml((_declarations() / "views.yaml").read_text(encoding="utf-8"))
    known = set(codes("concepts")["concept"])
    for name, view in views.items():
        unknown = sorted(set(view["columns"].values()) - known)
        if unknown:
            raise SchemaError(f"view {name}: unknown concepts {', '.join(unknown)}")
    return views


@cache
def sql_views() -> dict[str, dict[str, Any]]:
    """``datapackages/sql_views.yaml``: DuckDB views over several resources.

    View name → ``title``, ``title_en``, ``needs`` (resources), ``columns`` (name → meaning) and ``sql``.
    """
    views = load_yaml((_declarations() / "sql_views.yaml").read_text(encoding="utf-8"))
    for name, view in views.items():
        if unknown := sorted(set(view["needs"]) - set(_resources())):
            raise SchemaError(f"view {name}: unknown resources {', '.join(unknown)}")
    return views


@cache
def _codes(name: str) -> pl.DataFrame:
    resource = _resources()[name]
    content = (_declarations("codes") / f"{name}.csv").read_bytes()
    # Read as text first: a code is a string, and its leading zeros are part of it.
    return resource.conform(pl.read_csv(content, infer_schema=False, encoding="utf8"))


def codes(name: str) -> pl.DataFrame:
    """A code list of ``datapackages/codes`` (functional_codes, economic_codes, regions)."""
    if name not in _resources():
        raise SchemaError(f"no code list {name!r}")
    return _codes(name)
