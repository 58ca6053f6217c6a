"""The declarations and what derives from them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import polars as pl
import pytest
from frictionless import Schema

from pipelines import schema
from pipelines.schema import AMOUNT, SchemaError, resources

# The contract of data-model.md, parts A, B and E: a rename must show here as a diff.
COLUMNS = {
    "reports": "report_id kind fiscal_year region_code region_name city province institution institution_id institution_level title "
    "unit_as_published "
    "source_file source_sha256 source_format page_count tables_found tables_as_images tables_withheld status "
    "finding_count rule_coverage",
    "revenue_expenditure_summary": "report_id side item_code item line_no amount source_no page line",
    "revenue_by_function": "report_id function_code function_name level total fiscal_appropriation "
    "higher_level_subsidy institutional business affiliate_remittance other source_no page line",
    "expenditure_by_function": "report_id function_code function_name level total basic project "
    "remitted_to_higher_level business affiliate_subsidy source_no page line",
    "appropriation_summary": "report_id side item_code item line_no amount total general_public_budget "
    "government_fund state_capital source_no page line",
    "general_budget_expenditure": "report_id function_code function_name level total basic project source_no page line",
    "basic_expenditure_by_economy": "report_id economic_code economic_name level amount personnel public "
    "source_no page line",
    "government_fund": "report_id function_code function_name level opening_balance revenue total basic "
    "project closing_balance source_no page line",
    "state_capital": "report_id function_code function_name level opening_balance revenue total basic "
    "project closing_balance source_no page line",
    "three_public_expenses": "report_id basis total overseas_trips vehicles vehicle_purchase "
    "vehicle_operation reception agency_operation source_no page line",
    "tables": "report_id table_seq number title resource source_no page_from page_to unit method status figures "
    "unassigned",
    "other_tables": "report_id table_seq row_no column_no row_label column_label text value source_no page line",
    "institutions": "report_id seq name remark source_no page line",
    "staffing": "report_id measure category headcount source_no page line",
    "duties": "report_id seq text source_no page line",
    "annual_goals": "report_id seq title text source_no page line",
    "key_tasks": "report_id seq task target result completion_rate source_no page line",
    "glossary": "report_id seq term definition source_no page line",
    "disclosure_checklist": "report_id item_no declared verdict finding_ids source_no page line",
    "findings": "finding_id report_id rule_id severity resource locator expected actual difference tolerance "
    "source_no page line cluster is_cause message_zh message_en",
    "rule_results": "report_id rule_id state checked failed",
    "rules": "rule_id title_zh title_en formula basis scope severity",
    "functional_codes": "code name level parent",
    "economic_codes": "code name level parent",
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_the_contract(name: str) -> None:
    assert resources()[name].names == COLUMNS[name].split()


def test_nine_tables_in_official_order() -> None:
    assert [t.table_no for t in schema.tables().values()] == list(range(1, 10))
    assert schema.tables()["expenditure_by_function"].view == "支出决算表"


@pytest.mark.parametrize("name", resources())
def test_every_field_is_documented(name: str) -> None:
    resource = resources()[name]
    assert resource.title and resource.title_en and resource.description
    for field in resource.fields:
        assert any("\u4e00" <= c <= "\u9fff" for c in field.title), field.name
        assert len(field.description) > 10, field.name
        assert field.description.rstrip().endswith((".", "%.")), field.name
        if field.is_amount:
            assert "万元" in field.description, field.name
            assert "blank cell is null" in field.comment
    # A view shows these titles side by side.
    assert len({f.title for f in resource.fields}) == len(resource.fields)


@pytest.mark.parametrize("name", resources())
def test_table_schema_is_valid_for_frictionless(name: str) -> None:
    Schema.from_descriptor(resources()[name].table_schema())


@pytest.mark.parametrize("name", resources())
def test_ddl_and_comments_run_in_duckdb(name: str) -> None:
    resource = resources()[name]
    with duckdb.connect() as connection:
        connection.execute(resource.ddl())
        for statement in resource.comments():
            connection.execute(statement)
        rows = connection.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE NOT internal ORDER BY column_index"
        ).fetchall()
    assert [r[0] for r in rows] == resource.names
    assert all(comment for _, comment in rows)


def test_packages_hold_what_their_keys_need() -> None:
    packages = schema.packages()
    assert set(packages) == {"final-accounts", "budgets", "performance", "classifications"}
    final, budgets = packages["final-accounts"].resources, packages["budgets"].resources
    assert set(final) <= set(budgets)
    assert {name for name in budgets if name not in final} == {
        name for name in schema.resources() if name.startswith("project_")
    }
    assert {"evaluations", "indicators", "project_mentions"} <= set(packages["performance"].resources)


def test_empty_has_the_declared_types() -> None:
    empty = resources()["expenditure_by_function"].empty()
    assert empty.schema["total"] == AMOUNT
    assert empty.schema["line"] == pl.Int64


def rules_row(**changes: object) -> dict[str, object]:
    return {
        "rule_id": "T03", "title_zh": "合计", "title_en": "Total", "formula": None, "basis": None,
        "scope": None, "severity": "error", **changes,
    }  # fmt: skip


def test_conform_orders_casts_and_makes_blank_text_null() -> None:
    rules = resources()["rules"]
    row = rules_row(formula="")
    frame = rules.conform(pl.DataFrame([dict(reversed(row.items()))]))
    assert frame.columns == rules.names
    assert frame["formula"].to_list() == [None]
    assert frame.schema["basis"] == pl.String


def test_conform_refuses_unknown_and_missing_columns() -> None:
    rules = resources()["rules"]
    with pytest.raises(SchemaError, match=r"unknown columns \['extra'\], missing columns \['severity'\]"):
        row = rules_row(extra=1)
        row.pop("severity")
        rules.conform(pl.DataFrame([row]))


THREE_PUBLIC = resources()["three_public_expenses"]


def three_public_row(total: object) -> pl.DataFrame:
    row = dict.fromkeys(THREE_PUBLIC.names, None)
    return pl.DataFrame([{**row, "total": total}])


def test_conform_keeps_amounts_exact() -> None:
    assert THREE_PUBLIC.conform(three_public_row(Decimal("1.20")))["total"].to_list() == [Decimal("1.2")]
    assert THREE_PUBLIC.conform(three_public_row(3))["total"].to_list() == [Decimal(3)]
    exact = THREE_PUBLIC.conform(three_public_row(Decimal("0.12345600")))
    assert exact["total"].to_list() == [Decimal("0.123456")]


@pytest.mark.parametrize("value", [1.2, "1.20", Decimal("0.1234567"), date(2024, 1, 1), True])
def test_conform_refuses_what_is_not_an_exact_amount(value: object) -> None:
    with pytest.raises(SchemaError):
        THREE_PUBLIC.conform(three_public_row(value))


def test_violations_name_field_and_example() -> None:
    rules = resources()["rules"]
    rows = [rules_row(), rules_row(severity="fatal"), rules_row(rule_id="T04", title_zh=None)]
    found = rules.violations(rules.conform(pl.DataFrame(rows)))
    assert len(found) == 3
    assert any("severity" in f and "fatal" in f for f in found)
    assert any("title_zh" in f and "T04" in f for f in found)
    assert any("not unique" in f for f in found)
    assert rules.violations(rules.conform(pl.DataFrame([rules_row()]))) == []


@pytest.mark.parametrize("resource", resources().values(), ids=lambda r: r.name)
def test_constraints_are_checked_on_large_frames(resource: schema.Resource) -> None:
    """polars evaluates a large frame in parallel, where expressions of literals once lost their length."""
    blank = pl.DataFrame({f.name: [None] * 100_000 for f in resource.fields}, schema=resource.polars_schema())
    found = resource.violations(blank)
    required = [f.name for f in resource.fields if f.required]
    assert [f.split(":")[0] for f in found] == [
        *(f"{resource.name}.{name}" for name in required),
        *([resource.name] if resource.primary_key else []),
    ]


@pytest.mark.parametrize(
    ("resource", "field", "good", "bad"),
    [
        ("expenditure_by_function", "function_code", "2080505", "20805050"),
        ("expenditure_by_function", "function_code", "total", "合计"),
        ("basic_expenditure_by_economy", "economic_code", "30101", "3010101"),
        ("revenue_expenditure_summary", "item_code", "201", "2010101"),
        ("appropriation_summary", "item_code", "opening_state_capital", "surplus_used"),
        ("reports", "report_id", "420107-2023-final-0123abcd", "420107-2023-final-0123ABCD"),
        ("reports", "tables_withheld", "1,9", "1, 9"),
    ],
)
def test_patterns_agree_in_polars_and_duckdb(resource: str, field: str, good: str, bad: str) -> None:
    declared = resources()[resource].field(field)
    frame = pl.DataFrame({field: [good, bad, good + "\n"]})
    violation = declared.violation()
    assert violation is not None
    assert frame.select(violation).to_series().to_list() == [False, True, True]
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({declared.ddl()})")
        connection.execute("INSERT INTO t VALUES (?)", [good])
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("INSERT INTO t VALUES (?)", [bad])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "money"}, "unknown type"),
        ({"titel": "x"}, "unknown keys"),
        ({"constraints": {"enums": []}}, "unknown constraints"),
        ({"labels": {"a": "甲"}}, "labels and enum differ"),
        ({"use": "no_such"}, "no shared field"),
    ],
)
def test_a_wrong_declaration_is_refused(change: dict[str, object], message: str) -> None:
    entry = {"name": "a", "title": "甲", "description": "A field.", "type": "string", **change}
    with pytest.raises(SchemaError, match=message):
        schema._field(entry, "test")


@pytest.mark.parametrize("name", ["functional_codes", "economic_codes", "regions"])
def test_code_lists_meet_their_declaration(name: str) -> None:
    frame = schema.codes(name)
    assert frame.height > 50
    assert resources()[name].violations(frame) == []


def test_unknown_code_list() -> None:
    with pytest.raises(SchemaError):
        schema.codes("no_such_list")


def test_the_data_dictionary_is_current() -> None:
    from pipelines.publish.dictionary import TARGET, dictionary

    assert TARGET.read_text(encoding="utf-8") == dictionary(), "run: python -m pipelines.publish.dictionary"
