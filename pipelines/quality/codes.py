"""Rules T10: every code is known, its name fits, and no key stands twice in a table.

The code lists are those of ``datapackages/codes``, the known other spellings in its ``*_aliases.csv``. A new
code that the reading accepted because its prefix chain is sound is reported by its notice (E03), not here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import polars as pl

from pipelines import schema
from pipelines.quality.cells import locator_keys
from pipelines.quality.terms import RECONCILIATION_SCHEMA

_CODED = {
    "revenue_expenditure_summary": ("item_code", "functional"),
    "appropriation_summary": ("item_code", "functional"),
    "basic_expenditure_by_economy": ("economic_code", "economic"),
    **dict.fromkeys(
        (
            "revenue_by_function",
            "expenditure_by_function",
            "general_budget_expenditure",
            "government_fund",
            "state_capital",
        ),
        ("function_code", "functional"),
    ),
}
_NUMERAL = re.compile(
    r"^(?:[（(]?[一二三四五六七八九十]{1,3}[）)]?[、.．]|[（(]?\d{1,2}[）)]|\d{1,2}[、.．])"
)
_MARKS = re.compile(r"[\s()（）\[\]【】、，,。.．·：:；;“”\"'‘’－—\-_/／]")


@cache
def official(classification: str) -> dict[str, tuple[str, ...]]:
    """Every code of a classification with its names: the official one first, then the known spellings."""
    table = schema.codes(f"{classification}_codes")
    names: dict[str, list[str]] = {code: [name] for code, name in table.select("code", "name").iter_rows()}
    aliases = files("datapackages") / "codes" / f"{classification}_aliases.csv"
    if aliases.is_file():
        spelled = pl.read_csv(aliases.read_bytes(), infer_schema=False)
        for code, name in spelled.select("code", "name").iter_rows():
            names.setdefault(code, []).append(name)
    return {code: tuple(spellings) for code, spellings in names.items()}


def plain(name: str) -> str:
    """A name without numbering, marks and blanks, for comparison."""
    return _MARKS.sub("", _NUMERAL.sub("", unicodedata.normalize("NFKC", name).strip()))


def _within(short: str, long: str) -> bool:
    """Whether all characters of ``short`` stand in ``long`` in the same order."""
    rest = iter(long)
    return all(character in rest for character in short)


def fits(printed: str, names: tuple[str, ...]) -> bool:
    """Whether a printed name may stand for a code: equal, cut short, abbreviated, or a longer wording."""
    shown = plain(printed)
    for name in names:
        known = plain(name)
        if shown == known or (len(shown) >= 2 and (_within(shown, known) or _within(known, shown))):
            return True
    return False


def _rows(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every row of every table that carries a code of a classification."""
    found = []
    for resource, (field, classification) in _CODED.items():
        if resource not in frames:
            continue
        declared = schema.tables()[resource]
        side = "side" in declared.names
        prefix = pl.format("side={};", pl.col("side")) if side else pl.lit("")
        found.append(
            frames[resource]
            .filter(pl.col(field).str.contains(r"^\d+$"))
            .select(
                "report_id",
                resource=pl.lit(resource),
                classification=pl.lit(classification),
                code=pl.col(field),
                name=pl.col(declared.row_name or field),
                locator=pl.concat_str(prefix, pl.lit(f"{field}="), pl.col(field)),
                source_no=pl.col("source_no").cast(pl.Int64),
                page=pl.col("page").cast(pl.Int64),
                line=pl.col("line").cast(pl.Int64),
            )
        )
    return pl.concat(found) if found else pl.DataFrame()


def _verdicts(rows: pl.DataFrame) -> pl.DataFrame:
    """Each distinct printed pair of code and name, once: known, fitting, and what the list says."""
    pairs = rows.select("classification", "code", "name").unique(maintain_order=True)
    judged = []
    for classification, code, name in pairs.iter_rows():
        names = official(classification).get(code)
        judged.append(
            {
                "classification": classification,
                "code": code,
                "name": name,
                "known": names is not None,
                "fits": None if names is None or not name else fits(name, names),
                "official": names[0] if names else None,
            }
        )
    return pl.DataFrame(
        judged,
        schema=dict.fromkeys(("classification", "code", "name", "official"), pl.String)
        | {"known": pl.Boolean, "fits": pl.Boolean},
    )


def _announced(notices: pl.DataFrame) -> pl.DataFrame:
    """Codes that the reading already reports as new (E03): report_id, code."""
    rows = []
    new = notices.filter(pl.col("code") == "E03").select("report_id", "locator", "actual")
    for report_id, locator, actual in new.iter_rows():
        keys = locator_keys(locator)
        codes = [
            code for name in ("function_code", "economic_code", "item_code") for code in keys.get(name, [])
        ]
        rows += [{"report_id": report_id, "code": code} for code in {*codes, actual} if code]
    return pl.DataFrame(rows, schema={"report_id": pl.String, "code": pl.String}).unique()


def _reconciliations(rows: pl.DataFrame, rule: str, wrong: pl.Expr, details: pl.Expr) -> pl.DataFrame:
    """Rows as comparisons whose difference is 1 where something is wrong."""
    count = wrong.cast(pl.Int64)
    values = {
        "rule_id": pl.lit(rule),
        "relation": pl.lit("="),
        "difference": count,
        "excess": count,
        "tolerance": pl.lit(0),
        "state": pl.lit("compared"),
        "details": details,
    }
    blank = [name for name in RECONCILIATION_SCHEMA if name not in {*rows.columns, *values}]
    full = rows.with_columns(**values, **{name: pl.lit(None) for name in blank})
    return full.select(pl.col(name).cast(dtype) for name, dtype in RECONCILIATION_SCHEMA.items())


def _repeated(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """T10.3: per report and table, the keys that stand more than once."""
    found = []
    for resource, declared in schema.tables().items():
        if resource not in frames or frames[resource].is_empty():
            continue
        keys = [name for name in declared.primary_key if name != "report_id"]
        key = pl.concat_str([pl.concat_str(pl.lit(f"{name}="), pl.col(name)) for name in keys], separator=";")
        counted = (
            frames[resource]
            .select("report_id", "source_no", "page", "line", key=key)
            .group_by("report_id", "key", maintain_order=True)
            .agg(times=pl.len(), source_no=pl.col("source_no").last(), page=pl.col("page").last(), line=pl.col("line").last())
            .with_columns(again=pl.col("times") > 1)
        )
        again = pl.col("again")
        found.append(
            counted.group_by("report_id", maintain_order=True)
            .agg(
                wrong=again.any(),
                keys=pl.col("key").filter(again),
                source_no=pl.col("source_no").filter(again).first(),
                page=pl.col("page").filter(again).first(),
                line=pl.col("line").filter(again).first(),
            )
            .with_columns(
                resource=pl.lit(resource),
                locator=pl.when("wrong").then(pl.col("keys").list.join(" & ")).otherwise(pl.lit("table")),
            )
        )
    if not found:
        return pl.DataFrame(schema=RECONCILIATION_SCHEMA)
    rows = pl.concat(found).with_columns(pl.col("source_no", "page", "line").cast(pl.Int64))
    return _reconciliations(rows, "T10.3", pl.col("wrong"), pl.col("keys"))


def reconciliations(frames: Mapping[str, pl.DataFrame], notices: pl.DataFrame) -> pl.DataFrame:
    """T10.1 T10.2 T10.3, one row per coded row (per table for T10.3)."""
    rows = _rows(frames)
    if rows.is_empty():
        return _repeated(frames)
    pair = ["classification", "code", "name"]
    rows = rows.join(_verdicts(rows), on=pair, how="left", nulls_equal=True, maintain_order="left")
    new = _announced(notices).with_columns(announced=pl.lit(True))
    rows = rows.join(new, on=["report_id", "code"], how="left", maintain_order="left")
    unknown = ~pl.col("known") & pl.col("announced").is_null()
    details = pl.concat_list("code", pl.col("name").fill_null(""), pl.col("official").fill_null(""))
    named = rows.filter(pl.col("fits").is_not_null())
    return pl.concat(
        [
            _reconciliations(rows, "T10.1", unknown, details),
            _reconciliations(named, "T10.2", ~pl.col("fits"), details),
            _repeated(frames),
        ]
    )
