"""The suites of ``expectations/``, run by Great Expectations: their results are the verdicts.

This turns the YAML into expectations (ephemeral context, pandas, integers), runs them, and gives back which
rows met which expectation. It computes no difference and writes no sentence. A crash inside an expectation
looks like failed data to Great Expectations; here it is a rule that broke, never a finding.

Great Expectations is imported inside ``run``: it takes seconds.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import polars as pl

from pipelines import schema
from pipelines.quality.catalogue import CatalogueError, Severity, read_yaml, rules

OnFailure = Literal["finding", "broken"]
_KEYS = {"type", "rule_id", "severity", "on_failure", "columns"}
_SEVERITY = {"error": "critical", "warning": "warning", "info": "info"}
_CHUNK = 200
"""Columns of a message that are kept from a crash."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation as the YAML states it, for one column where it names several."""

    type: str
    rule_id: str
    severity: Severity
    on_failure: OnFailure
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Suite:
    """Expectations on one frame. With ``rule_id`` it is run on that rule's rows only."""

    name: str
    frame: str
    rules: tuple[str, ...]
    expectations: tuple[Expectation, ...]
    rule_id: str | None = None


@dataclass(slots=True)
class Verdict:
    """What one expectation said of one batch."""

    suite: str
    frame: str
    expectation: Expectation
    success: bool
    element_count: int
    rows: list[int] = field(default_factory=list)
    """Values of the column ``row`` for which the expectation does not hold."""
    crash: str | None = None

    @property
    def broken(self) -> bool:
        """The rule could not be judged: it crashed, or one of its own guards failed."""
        return self.crash is not None or (not self.success and self.expectation.on_failure == "broken")


def _declared(resource: str, column: str, argument: str) -> Any:
    """The value of ``declared`` for an argument: what ``datapackages/`` says of the field."""
    constraint = {"regex": "pattern", "value_set": "enum", "min_value": "minimum", "max_value": "maximum"}[
        argument
    ]
    constraints = schema.resources()[resource].field(column).constraints
    if constraint not in constraints and argument in ("regex", "value_set"):
        raise CatalogueError(f"resources/{resource}.yaml: {column} declares no {constraint}")
    value = constraints.get(constraint)
    # pandas warns of groups that nobody reads.
    return re.sub(r"\((?!\?)", "(?:", str(value)) if argument == "regex" else value


def _expectation(
    entry: Mapping[str, Any], rule_id: str | None, resource: str | None
) -> Iterator[Expectation]:
    """The expectations of one entry: one for each of its ``columns``."""
    given = {name: value for name, value in entry.items() if name not in _KEYS}
    rule = entry.get("rule_id") or rule_id
    if rule not in rules():
        raise CatalogueError(f"expectations: {entry['type']} names the unknown rule {rule}")
    for column in entry.get("columns", [None]):
        arguments = dict(given) if column is None else {**given, "column": column}
        for name, value in list(arguments.items()):
            if value == "declared" and resource:
                arguments[name] = _declared(resource, arguments["column"], name)
            elif value == "catalogue":
                arguments[name] = list(rules())
        on_failure = entry.get("on_failure", "finding")
        yield Expectation(entry["type"], rule, entry["severity"], on_failure, arguments)


@cache
def families() -> tuple[Suite, ...]:
    """The suites on what was compared and noticed (``expectations/families``), per rule or per frame."""
    found = []
    for stem, entry in read_yaml("families").items():
        for declared in entry["suites"]:
            frame = declared.get("frame", entry["frame"])
            ids = tuple(declared["rules"])
            if frame == "reconciliations":
                for rule_id in ids:
                    entries = [
                        e for one in declared["expectations"] for e in _expectation(one, rule_id, None)
                    ]
                    found.append(Suite(f"{stem}.{rule_id}", frame, (rule_id,), tuple(entries), rule_id))
            else:
                entries = [e for one in declared["expectations"] for e in _expectation(one, None, None)]
                found.append(Suite(f"{stem}.{declared['name']}", frame, ids, tuple(entries)))
    return tuple(found)


@cache
def resource_suites() -> tuple[Suite, ...]:
    """The suites on the published tables (``expectations/resources``)."""
    found = []
    for stem, entry in read_yaml("resources").items():
        entries = [e for one in entry["expectations"] for e in _expectation(one, None, stem)]
        ids = tuple(dict.fromkeys(e.rule_id for e in entries))
        found.append(Suite(f"resource.{stem}", stem, ids, tuple(entries)))
    return tuple(found)


def _crash(result: Any) -> str | None:
    """The message of a crash in an expectation; its two shapes are flat and nested per metric."""
    info = result.exception_info or {}
    nested = [info] if "raised_exception" in info else [one for one in info.values() if isinstance(one, dict)]
    for one in nested:
        if one.get("raised_exception"):
            return str(one.get("exception_message") or "no message")[:_CHUNK]
    return None


def _rows(result: Any) -> list[int]:
    """The values of ``row`` that do not meet the expectation."""
    return [int(entry["row"]) for entry in result.result.get("unexpected_index_list") or []]


def _lost(result: Any, height: int, expectation: Expectation) -> str | None:
    """A guard on the engine itself: every row handed in was looked at, and every failure names its rows."""
    seen = result.result.get("element_count")
    if seen is not None and seen != height:
        return f"{seen} of {height} rows were looked at"
    counts_rows = expectation.type.startswith("expect_table")
    if not result.success and not counts_rows and not _rows(result):
        return "it failed without naming a row"
    return None


class Engine:
    """Great Expectations, set up once per run: ephemeral, silent, no analytics."""

    def __init__(self) -> None:
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig
        from great_expectations.expectations.metadata_types import FailureSeverity
        from great_expectations.expectations.registry import get_expectation_impl

        self._severity = FailureSeverity
        self._suite = gx.ExpectationSuite
        self._impl = get_expectation_impl
        context = gx.get_context(mode="ephemeral")
        context.enable_analytics(False)
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        source = context.data_sources.add_pandas("quality")
        self._batches = source.add_dataframe_asset("batch").add_batch_definition_whole_dataframe("whole")

    def _build(self, expectation: Expectation) -> Any:
        rule = rules()[expectation.rule_id]
        return self._impl(expectation.type)(
            **expectation.arguments,
            severity=self._severity(_SEVERITY[expectation.severity]),
            meta={"rule_id": rule.rule_id, "basis": rule.basis},
        )

    def run(self, suite: Suite, frame: pl.DataFrame) -> list[Verdict]:
        """Every expectation of a suite on one frame, which has an integer column ``row``."""
        batch = self._batches.get_batch({"dataframe": frame.to_pandas(use_pyarrow_extension_array=True)})
        built = [self._build(expectation) for expectation in suite.expectations]
        outcome = batch.validate(
            self._suite(name=suite.name, expectations=built),
            result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["row"]},
        )
        by_id = self._in_order(suite, outcome.results)
        verdicts = []
        for expectation, result in zip(suite.expectations, by_id, strict=True):
            crash = _crash(result) or _lost(result, frame.height, expectation)
            if crash:
                log.error("%s: %s broke: %s", suite.name, expectation.type, crash)
            rows = [] if crash else _rows(result)
            verdicts.append(
                Verdict(suite.name, suite.frame, expectation, bool(result.success), frame.height, rows, crash)
            )
        return verdicts

    @staticmethod
    def _in_order(suite: Suite, results: list[Any]) -> list[Any]:
        """The results in the order of the suite: Great Expectations gives them in its own."""
        rest = list(results)
        ordered = []
        for expectation in suite.expectations:
            for result in rest:
                if _same(expectation, result.expectation_config):
                    ordered.append(result)
                    rest.remove(result)
                    break
            else:
                raise CatalogueError(
                    f"{suite.name}: no result for {expectation.type} {expectation.arguments}"
                )
        return ordered


def _same(expectation: Expectation, config: Any) -> bool:
    if config.type != expectation.type or config.meta.get("rule_id") != expectation.rule_id:
        return False
    # The library leaves out what is null and turns limits into floats: compare by value.
    given = {name: value for name, value in expectation.arguments.items() if value is not None}
    return all(name in config.kwargs and config.kwargs[name] == value for name, value in given.items())


def exact(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame as the engine may see it: amounts as integers, rows numbered in ``row``, no lists."""
    kept = [name for name, dtype in frame.schema.items() if not dtype.is_nested()]
    numbered = frame.select(kept)
    if "row" not in kept:
        numbered = numbered.with_row_index("row")
    return numbered.with_columns(
        pl.col("row").cast(pl.Int64),
        *(
            pl.col(name).to_physical().cast(pl.Int64)
            for name, dtype in frame.schema.items()
            if dtype.is_decimal()
        ),
    )


def _columns(suite: Suite, batch: pl.DataFrame) -> list[str]:
    """The columns that a suite speaks of: the engine is slow on those it need not see."""
    spoken = {"row"}
    for expectation in suite.expectations:
        for value in expectation.arguments.values():
            spoken |= {value} if isinstance(value, str) else set(value) if isinstance(value, list) else set()
    return [name for name in batch.columns if name in spoken]


def batches(frames: Mapping[str, pl.DataFrame]) -> Iterator[tuple[Suite, pl.DataFrame]]:
    """Every suite with the rows that it judges. An empty batch has nothing to be judged and is left out."""
    for suite in [*families(), *resource_suites()]:
        if suite.frame not in frames:
            continue
        batch = frames[suite.frame]
        if suite.rule_id is not None:
            batch = batch.filter((pl.col("rule_id") == suite.rule_id) & (pl.col("state") == "compared"))
        if batch.height:
            yield suite, exact(batch.select(_columns(suite, batch)))


def run(frames: Mapping[str, pl.DataFrame]) -> list[Verdict]:
    """Every suite on the frames it names, judged by Great Expectations.

    A run of the library costs a quarter of a second whatever it looks at: suites that expect the same of their rows
    are run as one, and each gets the verdict on its own rows.
    """
    engine = Engine()
    alike: dict[tuple[Any, ...], list[tuple[Suite, pl.DataFrame]]] = {}
    for suite, batch in batches(frames):
        alike.setdefault(_expects(suite), []).append((suite, batch))
    found: dict[str, list[Verdict]] = {}
    for members in alike.values():
        found |= {suite.name: own for (suite, _), own in zip(members, _together(engine, members), strict=True)}
    return [verdict for suite in (*families(), *resource_suites()) for verdict in found.get(suite.name, [])]


def _expects(suite: Suite) -> tuple[Any, ...]:
    """What suites have in common that can be run as one: all but the rule they speak of."""
    if suite.rule_id is None:
        return (suite.name,)
    entries = [(e.type, e.severity, e.on_failure, repr(sorted(e.arguments.items()))) for e in suite.expectations]
    return (suite.frame, *entries)


def _together(engine: Engine, members: list[tuple[Suite, pl.DataFrame]]) -> list[list[Verdict]]:
    """One run for suites that expect the same; one for each where the common one does not say whose rows broke it."""
    first, _ = members[0]
    if len(members) > 1:
        common = engine.run(first, pl.concat(batch for _, batch in members))
        if all(verdict.crash is None and (verdict.success or verdict.rows) for verdict in common):
            return [_own(suite, batch, common) for suite, batch in members]
    return [engine.run(suite, batch) for suite, batch in members]


def _own(suite: Suite, batch: pl.DataFrame, common: list[Verdict]) -> list[Verdict]:
    own = set(batch["row"])
    verdicts = []
    for expectation, verdict in zip(suite.expectations, common, strict=True):
        rows = [row for row in verdict.rows if row in own]
        verdicts.append(Verdict(suite.name, suite.frame, expectation, not rows, batch.height, rows))
    return verdicts
