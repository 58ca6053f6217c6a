"""The expectations: what the YAML states, that it is run as stated, and that a crash is never a finding."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from test_quality_support import GENERAL, corpus, mixed

from pipelines import schema
from pipelines.quality import catalogue, check, rules, suites
from pipelines.quality.suites import Expectation, Suite


def expectations(name: str) -> list[Expectation]:
    return [e for suite in suites.resource_suites() if suite.frame == name for e in suite.expectations]


def test_the_library_is_not_imported_with_the_room() -> None:
    code = "import sys, pipelines.quality; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_rule_stands_in_a_suite_and_every_suite_knows_its_rules() -> None:
    stated = {
        e.rule_id for suite in (*suites.families(), *suites.resource_suites()) for e in suite.expectations
    }
    assert stated == set(rules())


def test_severities_agree_with_the_catalogue() -> None:
    for suite in (*suites.families(), *suites.resource_suites()):
        for expectation in suite.expectations:
            if expectation.on_failure == "finding" and expectation.severity != "info":
                assert expectation.severity == rules()[expectation.rule_id].severity, suite.name


def test_every_per_value_rule_has_a_guard_against_nulls_and_empty_frames() -> None:
    for suite in suites.families():
        if suite.frame == "reconciliations":
            guards = {e.type for e in suite.expectations if e.on_failure == "broken"}
            assert {"expect_table_row_count_to_be_between", "expect_column_values_to_not_be_null"} <= guards


@pytest.mark.parametrize("name", ["reports", *schema.tables()])
def test_the_suites_cover_the_declaration(name: str) -> None:
    declared = schema.resources()[name]
    later = {"finding_count", "rule_coverage"}
    required = {f.name for f in declared.fields if f.required} - later
    by_type: dict[str, set[str]] = {}
    for expectation in expectations(name):
        column = expectation.arguments.get("column")
        by_type.setdefault(expectation.type, set()).update({column} if column else set())
    assert required <= by_type["expect_column_values_to_not_be_null"]
    patterns = {f.name for f in declared.fields if "pattern" in f.constraints}
    assert patterns <= by_type["expect_column_values_to_match_regex"]
    enums = {f.name for f in declared.fields if "enum" in f.constraints}
    assert enums <= by_type.get("expect_column_values_to_be_in_set", set())
    limited = {f.name for f in declared.fields if {"minimum", "maximum"} & set(f.constraints)} - later
    assert limited | {f.name for f in declared.amounts} <= by_type["expect_column_values_to_be_between"]


def test_the_catalogue_is_the_published_frame() -> None:
    published = catalogue.published()
    assert published.columns == schema.resources()["rules"].names
    assert published.get_column("rule_id").to_list() == sorted(rules())
    assert published.null_count().sum_horizontal().item() == 0


def test_a_wrong_name_in_the_yaml_is_refused() -> None:
    with pytest.raises(catalogue.CatalogueError):
        list(suites._expectation({"type": "x", "rule_id": "T99", "severity": "error"}, None, None))
    with pytest.raises(catalogue.CatalogueError):
        suites._declared(GENERAL, "total", "regex")


# --- running ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine() -> suites.Engine:
    return suites.Engine()


def suite(**arguments: Any) -> Suite:
    kind = arguments.pop("type", "expect_column_values_to_be_between")
    return Suite("test", "frame", ("T05.1",), (Expectation(kind, "T05.1", "error", "finding", arguments),))


def test_the_rows_that_fail_are_named(engine: suites.Engine) -> None:
    frame = pl.DataFrame({"row": [7, 8, 9], "excess": [0, 5, None]})
    (verdict,) = engine.run(suite(column="excess", max_value=0), frame)
    assert (verdict.success, verdict.rows, verdict.crash, verdict.broken) == (False, [8], None, False)
    severity = engine._build(verdict.expectation).severity
    assert str(severity.value) == "critical"


def test_integers_beyond_a_float_are_compared_exactly(engine: suites.Engine) -> None:
    big = 2**53
    frame = pl.DataFrame({"row": [1, 2], "excess": [big + 1, big], "tolerance": [big, big]})
    pair = suite(
        type="expect_column_pair_values_a_to_be_greater_than_b",
        column_A="tolerance",
        column_B="excess",
        or_equal=True,
    )
    (verdict,) = engine.run(pair, frame)
    assert verdict.rows == [1]


def test_amounts_reach_the_engine_as_integers() -> None:
    frame, *_ = corpus([mixed()])
    seen = suites.exact(frame[GENERAL])
    assert seen.schema["total"] == pl.Int64
    assert seen.get_column("row").to_list() == list(range(seen.height))
    assert seen.filter(pl.col("function_code") == "2080505").get_column("total").item() == 40_070_000


def test_a_crash_is_a_crash(engine: suites.Engine) -> None:
    (verdict,) = engine.run(suite(column="no_such_column", max_value=0), pl.DataFrame({"row": [1]}))
    assert verdict.crash
    assert verdict.broken
    assert verdict.rows == []


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ({"raised_exception": False, "exception_message": None}, None),
        ({"raised_exception": True, "exception_message": "flat"}, "flat"),
        ({"metric": {"raised_exception": True, "exception_message": "nested"}}, "nested"),
        ({"metric": {"raised_exception": False}}, None),
        ({}, None),
        (None, None),
    ],
)
def test_both_shapes_of_a_crash_are_known(info: dict[str, Any] | None, message: str | None) -> None:
    assert suites._crash(SimpleNamespace(exception_info=info)) == message


def test_a_result_that_skips_rows_is_a_crash() -> None:
    between = Expectation("expect_column_values_to_be_between", "T05.1", "error", "finding", {})
    partial = SimpleNamespace(success=True, result={"element_count": 2})
    assert suites._lost(partial, 3, between)
    silent = SimpleNamespace(success=False, result={"element_count": 3, "unexpected_index_list": []})
    assert suites._lost(silent, 3, between)
    assert suites._lost(SimpleNamespace(success=True, result={"element_count": 3}), 3, between) is None


def test_a_rule_that_breaks_ends_in_error_and_accuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"T05.1": "no_such_column", "X05.1": "difference"}

    def damaged() -> list[Suite]:
        found = []
        for one in FAMILIES:
            if one.rule_id == "T05.1":
                entries = tuple(
                    replace(e, arguments={"column": "no_such_column"}) for e in one.expectations[1:2]
                )
                one = replace(one, expectations=entries)
            found.append(one)
        return [one for one in found if one.rule_id != "X05.1"]

    monkeypatch.setattr(suites, "families", damaged)
    book = mixed().add(GENERAL, "2010350", "total", 500).add(GENERAL, "total", "basic", 500)
    quality = check(*corpus([book]))
    states = dict(quality.results.select("rule_id", "state").iter_rows())
    # T05.1 crashed, X05.1 was looked at by no suite: neither is a pass, and neither is a finding.
    assert {rule: states[rule] for rule in broken} == {"T05.1": "error", "X05.1": "error"}
    assert not set(quality.findings.get_column("rule_id")) & set(broken)
    assert states["T05.2"] == "fail"
    assert quality.expectations.filter(pl.col("crash").is_not_null()).get_column("rule_id").to_list() == [
        "T05.1"
    ]
    assert quality.coverage.get_column("rule_coverage").item() < 100


FAMILIES = suites.families()
