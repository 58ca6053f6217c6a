"""What the official tables look like, read from ``datapackages/forms/``: frozen, checked at load.

One YAML per official table states its titles, its columns with their heads, its formulas and its hierarchy;
``variants/`` state only what differs in some place; ``items.yaml`` the rows of tables 01 and 04; ``titles.yaml``
what a table's title is made of and the tables that are none of the nine; ``heads.yaml`` what all tables share.
An unknown key, a pattern that is none or a formula of an unknown column is an error that names file and line.

This module knows nothing of documents: it says what a title, a head or a label *means*. Binding the heads of one
printed table is in ``extract/tables/binding.py``. The sample generator must not read any of it.

All patterns are matched against text without blanks (``squeeze``); those of heads must match the whole head.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ValidationError, model_validator

from pipelines.layouts import Frozen, Kind, Layout, Printed

OUTSIDE = "outside"
"""A head that a form knows and the data model does not hold: its figures go to ``other_tables``."""

RowKind = Literal["functional", "summary", "economy", "three_public"]
Side = Literal["income", "expenditure"]


M = TypeVar("M", bound=BaseModel)


class FormError(Exception):
    """A declaration of ``datapackages/forms`` is wrong. ``str(error)`` names file, line and key."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {text} ({error})") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Patterns = tuple[Pattern, ...]


@cache
def _joined(patterns: Patterns) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{p})" for p in patterns)) if patterns else None


def whole(patterns: Patterns, text: str) -> bool:
    """One of the patterns matches the whole text."""
    joined = _joined(patterns)
    return bool(joined and joined.fullmatch(text))


def within(patterns: Patterns, text: str) -> bool:
    """One of the patterns matches somewhere in the text."""
    joined = _joined(patterns)
    return bool(joined and joined.search(text))


class Head(Frozen):
    """Which printed head is meant: by the head itself and by the groups that stand above it.

    ``head`` must match the whole head; ``group`` somewhere in one of the heads above it (empty: any or none);
    ``not_group`` in none of them. ``kind`` limits it to final accounts or budgets.
    """

    head: Patterns
    not_head: Patterns = ()
    group: Patterns = ()
    not_group: Patterns = ()
    kind: Kind | None = None

    def fits(self, text: str, groups: Sequence[str], kind: str | None) -> bool:
        """True if a head with these groups above it (outermost first) is meant."""
        if self.kind is not None and kind != self.kind:
            return False
        if not whole(self.head, text) or whole(self.not_head, text):
            return False
        if self.group and not any(within(self.group, g) for g in groups):
            return False
        return not any(within(self.not_group, g) for g in groups)


class Column(Head):
    """One published column. ``required``: a table that prints figures and lacks it is withheld."""

    name: str
    title: str
    side: Side | None = None
    required: bool = False


class Formula(Frozen):
    """``total`` = Σ ``parts`` - Σ ``minus``, per row, where all of them are columns of the printed table."""

    rule: str
    total: str
    parts: tuple[str, ...]
    minus: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[tuple[int, str], ...]:
        """(sign, column) of the right side."""
        return (*((1, c) for c in self.parts), *((-1, c) for c in self.minus))


class Hierarchy(Frozen):
    """合计 = Σ 类, 类 = Σ 款, 款 = Σ 项, per column."""

    rule: str


class Titles(Frozen):
    """How a table's title is recognised: one of ``match``, none of ``refuse`` (searched in the bare title).

    ``weak``: titles that mean this table only where the report has no other of it.
    """

    match: Patterns
    refuse: Patterns = ()
    weak: Patterns = ()


class LooseHeads(Frozen):
    """What the heads of a text dump must say, whose pieces come in any order: a stem of every column but the total.

    ``foreign``: words that only other tables' heads print.
    """

    stems: tuple[str, ...]
    foreign: Patterns
    groups: Mapping[str, tuple[str, ...]] = {}
    """What the heads of a group of columns say, and its columns; in the order of the official form."""
    balances: Patterns = ()
    """Words of the heads of balances and revenue, which some places leave out."""


class Form(Frozen):
    """One official table."""

    resource: str
    number: int
    title: Mapping[Kind, str]
    rows: RowKind
    titles: Titles
    columns: tuple[Column, ...]
    details: tuple[Head, ...] = ()
    """Heads that are printed in some places and that the data model does not hold."""
    sums: Patterns = ()
    """Heads that mean the group above them: 基本支出 › 小计 is 基本支出."""
    formulas: tuple[Formula, ...] = ()
    balances: tuple[Formula, ...] = ()
    """Formulas of rows that print a balance or a revenue; others stand in a layout without them."""
    hierarchy: Hierarchy | None = None
    unruled: tuple[frozenset[str], ...] = ()
    """Without ruling lines a head may run into its neighbour's: one of these sets of columns must be found."""
    loose_heads: LooseHeads | None = None
    official_layout: Layout
    """As portal and workbook print the table."""
    witness: Mapping[str, Any] | None = None

    @model_validator(mode="after")
    def _known_columns(self) -> Form:
        names = {c.name for c in self.columns}
        for formula in (*self.formulas, *self.balances):
            if lost := {formula.total, *formula.parts, *formula.minus} - names:
                raise ValueError(f"formula {formula.rule}: no column {', '.join(sorted(lost))}")
        return self

    @cached_property
    def required(self) -> frozenset[str]:
        return frozenset(c.name for c in self.columns if c.required)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The published columns, each once, in their order."""
        return tuple(dict.fromkeys(c.name for c in self.columns))

    def in_numbers(self, columns: Sequence[Printed]) -> list[str]:
        """The formulas between columns as the form's note states them, by column number: 1栏各行＝（2＋3）栏各行."""
        at = self.official_layout.numbers(columns)
        word = "栏各行" if self.official_layout.parts is None or self.rows == "summary" else "栏"
        found = []
        for part in dict.fromkeys(column.part for column in columns):
            for formula in (*self.balances, *self.formulas):
                if all((part, name) in at for name in (formula.total, *formula.parts, *formula.minus)):
                    right = "＋".join(str(at[part, name]) for name in formula.parts)
                    right += "".join(f"－{at[part, name]}" for name in formula.minus)
                    found.append(f"{at[part, formula.total]}{word}＝（{right}）{word}")
        return found

    def bind(self, path: Sequence[str], kind: str | None = None, side: str | None = None) -> str | None:
        """The column that a head with its groups (outermost first) names; OUTSIDE for a known detail; else None."""
        if not path:
            return None
        *groups, leaf = path
        if groups and whole(self.sums, leaf) and (group := self.bind(groups, kind, side)) not in (None, OUTSIDE):
            return group
        for start in range(len(path) - 1, -1, -1):  # a head may be cut over rows: 附属单位上 / 缴收入
            text, above = "".join(path[start:]), path[:start]
            if any(d.fits(text, above, kind) for d in self.details):
                return OUTSIDE
            for column in self.columns:
                if column.side in (None, side) and column.fits(text, above, kind):
                    if start < len(path) - 1 and any(within(column.not_group, p) for p in path):
                        continue
                    return column.name
        return None


class Variant(Frozen):
    """What differs from a form in some place, and where it was seen."""

    extends: str
    witness: Mapping[str, Any]
    columns: tuple[Column, ...] = ()
    """Columns in place of those of the same name and side."""
    details: tuple[Head, ...] = ()
    sums: Patterns = ()

    def applied(self, form: Form) -> Form:
        """The form as this variant prints it."""
        mine = {(c.name, c.side) for c in self.columns}
        kept = tuple(c for c in form.columns if (c.name, c.side) not in mine)
        return form.model_copy(
            update={
                "columns": (*self.columns, *kept),
                "details": (*self.details, *form.details),
                "sums": (*form.sums, *self.sums),
                "witness": self.witness,
            }
        )


class Item(Frozen):
    """A row of table 01 or 04: the labels (searched in the label without its numeral) and its item code."""

    code: str
    labels: Patterns


class ClassWord(Frozen):
    """A word that begins a class's label, whatever the year's wording behind it."""

    code: str
    word: str


class Items(Frozen):
    """The rows of tables 01 and 04, the most special wording first."""

    income: tuple[Item, ...]
    opening_parts: tuple[Item, ...]
    """The rows under 年初结转和结余, which repeat the names of the budgets."""
    expenditure: tuple[Item, ...]
    classes: tuple[ClassWord, ...]


class OtherTable(Frozen):
    """A kind of table that is none of the nine. ``published``: its cells go to ``other_tables``."""

    match: Patterns
    published: bool = True


class TitleWords(Frozen):
    """What a title is made of."""

    must: Patterns
    refuse: Patterns
    """A sentence, a heading or a contents line: no title at all."""
    plain: Patterns
    """Lines that end in 表 and name no table of their own."""
    suffixes: Patterns
    """Brackets behind a title that do not change what it is: （功能科目）."""
    others: tuple[OtherTable, ...]
    private: Patterns
    """Words of forms that may print personal data: never published cell by cell."""


class SharedHeads(Frozen):
    """Heads that all tables share."""

    code: Patterns
    level: Patterns
    """类 款 项: parts of a code."""
    name: Patterns
    name_alone: Patterns
    """Heads of the name column where no other head says 名称."""
    unit: Patterns
    """Heads that name units (bodies), not functions."""
    skipped: Patterns
    summary: Patterns
    """Heads of tables 01 and 04, over items and over figures."""
    economy_foot: Mapping[str, Patterns]
    """Codes of the rows at the foot of table 06, each with its labels."""
    other_half: Patterns
    """Heads of a summary's halves that list expenditure by another classification than by function."""
    item: Patterns
    """Heads over the items of tables 01 and 04."""
    earlier: Patterns
    """Heads of last year's figures and of comparisons."""
    words: tuple[str, ...]
    """All words that heads are made of, for texts that fell apart."""
    english: Mapping[str, str]
    """English of the groups that the official layouts print."""


def _folder() -> Traversable:
    return files("datapackages") / "forms"


def _line_of(node: yaml.Node | None, path: Iterable[int | str]) -> int:
    """The line of a key in a composed YAML document, as far as the path can be followed."""
    line = 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = [(k, v) for k, v in node.value if k.value == str(part)]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(model: type[M], name: str, text: str) -> M:
    """One declaration. Raises :class:`FormError` with file, line and key."""
    try:
        return model.model_validate(yaml.load(text, _LOADER))
    except yaml.YAMLError as error:
        raise FormError(f"datapackages/forms/{name}: {error}") from None
    except ValidationError as error:
        node = yaml.compose(text)
        parts = [
            f"datapackages/forms/{name}:{_line_of(node, e['loc'])}: {'.'.join(map(str, e['loc'])) or '(file)'}: {e['msg']}"
            for e in error.errors()
        ]
        raise FormError("; ".join(parts)) from None


def _read(model: type[M], name: str) -> M:
    return load(model, name, (_folder() / name).read_text("utf-8"))


_SHARED_FILES = {"items.yaml", "titles.yaml", "heads.yaml"}


@cache
def forms() -> dict[str, Form]:
    """All official tables by resource, in the order of their numbers."""
    found = [_read(Form, e.name) for e in _folder().iterdir() if e.name.endswith(".yaml") and e.name not in _SHARED_FILES]
    return {form.resource: form for form in sorted(found, key=lambda f: f.number)}


@cache
def variants(resource: str) -> tuple[Form, ...]:
    """The other ways in which a table is printed, by the names of their files."""
    entries = sorted((e for e in (_folder() / "variants").iterdir() if e.name.endswith(".yaml")), key=lambda e: e.name)
    declared = [_read(Variant, f"variants/{e.name}") for e in entries]
    if lost := {v.extends for v in declared} - set(forms()):
        raise FormError(f"datapackages/forms/variants: no form {', '.join(sorted(lost))}")
    return tuple(v.applied(forms()[resource]) for v in declared if v.extends == resource)


@cache
def items() -> Items:
    """The rows of tables 01 and 04."""
    return _read(Items, "items.yaml")


@cache
def titles() -> TitleWords:
    """What a title is made of."""
    return _read(TitleWords, "titles.yaml")


@cache
def heads() -> SharedHeads:
    """The heads that all tables share."""
    return _read(SharedHeads, "heads.yaml")
