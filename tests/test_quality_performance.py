"""Every rule of the family P on forms that pass, that fail and that cannot be judged; and the real contradictions.

All cases are one corpus that is checked once.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import NO_SHARED, SHARED, shared_path
from test_quality_narrative_support import frames_of, statement
from test_quality_support import EXPENDITURE, Book, corpus

from pipelines import joining, run, schema
from pipelines.quality import Quality, check, rules
from pipelines.quality.performance import RULES

Row = dict[str, Any]
D = Decimal


@dataclass
class Forms:
    """The forms of one report and what its narrative and table 03 say, as plain rows."""

    report_id: str
    rows: dict[str, list[Row]] = field(default_factory=dict)
    points: list[tuple[str, str, str]] = field(default_factory=list)
    statements: list[Row] = field(default_factory=list)
    total: int | None = None
    """Expenditure (final account) or project expenditure (budget) in table 03, in 0.01 万元."""
    doubts: list[str] = field(default_factory=list)
    told: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    """Token, clause, resource, locator, column of what running text tells of forms."""

    def row(self, resource: str, position: int) -> Row:
        return self.rows[resource][position]

    def said(self, concept: str) -> Row:
        return next(row for row in self.statements if row["concept"] == concept)


def evaluation(
    number: int, name: str, budget: str, executed: str, rate: str, score: str, total: str, **more: Any
) -> Row:
    return {
        "evaluation_no": number, "scope": "project", "name": name, "budget": D(budget), "executed": D(executed),
        "execution_rate": D(rate), "execution_score": D(score), "total_score": D(total), "line": 100 * number, **more,
    }  # fmt: skip


def indicator(number: int, seq: int, name: str, weight: str | None, score: str, **more: Any) -> Row:
    return {
        "evaluation_no": number, "seq": seq, "indicator": name, "weight": D(weight) if weight else None,
        "score": D(score), "line": 100 * number + seq, "level1": "产出指标", "level2": "数量指标", **more,
    }  # fmt: skip


def mention(
    number: int, name: str, form: int | None, budget: str, executed: str | None, rate: str | None, **more: Any
) -> Row:
    return {
        "seq": number, "mention_no": number, "name": name, "form_no": form, "match": "exact" if form else None,
        "budget": D(budget), "executed": D(executed) if executed else None,
        "execution_rate": D(rate) if rate else None, "line": 10 + number, **more,
    }  # fmt: skip


AREA = {"target": "≥10公顷", "actual": "12公顷"}
RATE = {"target": "100%", "actual": "100%"}


def final(number: int = 1) -> Forms:
    """One overall form and two project forms, all in agreement with narrative and table."""
    forms = Forms(f"420100-2023-final-{number:08x}", total=15_000)
    forms.rows["evaluations"] = [
        evaluation(
            1,
            "某局",
            "160",
            "150",
            "93.75",
            "18.75",
            "98.75",
            scope="overall",
            basic_total=D(60),
            project_total=D(90),
        ),
        evaluation(2, "绿地养护", "80", "70", "87.5", "17.5", "97.5", type="常年性项目", attribute="持续性项目"),
        evaluation(3, "河道清淤", "20", "20", "100", "20", "98"),
    ]
    forms.rows["indicators"] = [
        indicator(1, 1, "养护面积", "40", "40", **AREA), indicator(1, 2, "完成率", "30", "30", **RATE),
        indicator(2, 1, "养护面积", "40", "40", **AREA), indicator(2, 2, "完成率", "30", "30", **RATE),
        indicator(3, 1, "清淤长度", "50", "50"), indicator(3, 2, "满意度", "30", "28"),
        *(indicator(n, 3, "受理群众诉求", "10", "10", target="≥500件", actual="784件") for n in (1, 2)),
    ]  # fmt: skip
    # What the summary of the project, and the summary behind its form, tell.
    forms.told = [("784", "受理群众诉求784件", "indicators", "evaluation_no=2;seq=3", "actual")]
    forms.told.append(("87.5", "", "evaluations", "evaluation_no=2", "execution_rate"))
    forms.rows["project_mentions"] = [
        mention(1, "绿地养护", 2, "80", "70", "87.5"),
        mention(2, "河道清淤工程", 3, "20", "20", "100", match="contained"),
    ]
    forms.points = [("execution_points", f"evaluation_no={n}", "20") for n in (1, 2, 3)]
    forms.statements = [
        statement(1, "performance.project_count", "2", "个"),
        statement(2, "performance.amount", "90"),
        statement(3, "performance.overall.budget", "160"),
        statement(4, "performance.overall.executed", "150"),
        statement(5, "performance.overall.execution_rate", "93.75", "%"),
        statement(6, "performance.project_count", "2", "个", subject="一级项目"),
    ]
    return forms


def budget(number: int = 2) -> Forms:
    """Two project applications that make the project expenditure."""
    forms = Forms(f"420100-2023-budget-{number:08x}", total=10_000)
    forms.rows["project_applications"] = [
        {"project_no": 1, "name": "绿地养护", "current_year_budget": D(80), "line": 100},
        {"project_no": 2, "name": "河道清淤", "current_year_budget": D(20), "line": 200},
    ]
    forms.rows["project_cost_items"] = [
        {"project_no": 1, "seq": 1, "item": "苗木", "amount": D("55.5"), "line": 101},
        {"project_no": 1, "seq": 2, "item": "人工", "amount": D("24.5"), "line": 102},
        {"project_no": 2, "seq": 1, "item": "清淤", "amount": D(20), "line": 201},
    ]
    forms.rows["project_funding"] = [
        {"project_no": 1, "source": "appropriation", "amount": D(80), "line": 110},
        {"project_no": 1, "source": "other", "amount": None, "line": 111},
        {"project_no": 2, "source": "appropriation", "amount": D(15), "line": 210},
        {"project_no": 2, "source": "carryover", "amount": D(5), "line": 211},
    ]
    forms.rows["project_mentions"] = [mention(1, "绿地养护", 1, "80", None, None)]
    forms.statements = [statement(1, "budget.expenditure", "200")]
    return forms


# --- how each rule is brought to fail, and to be left open ------------------------------------------------

Damage = Callable[[Forms], Any]


def put(resource: str, position: int, **values: Any) -> Damage:
    return lambda forms: forms.row(resource, position).update(values)


def say(concept: str, value: str) -> Damage:
    return lambda forms: forms.said(concept).update(value=D(value), token=value)


def both(*damages: Damage) -> Damage:
    return lambda forms: [damage(forms) for damage in damages]


def pointless(forms: Forms) -> None:
    forms.points = []


def tableless(forms: Forms) -> None:
    forms.total = None


def tells(token: str, clause: str, column: str = "actual") -> Damage:
    def damage(forms: Forms) -> None:
        row = next(row for row in forms.told if row[4] == column)
        forms.told = [(token, clause, *row[2:])]

    return damage


def drop(resource: str, position: int) -> Damage:
    return lambda forms: forms.rows[resource].pop(position)


NOTHING = put("evaluations", 1, budget=None, executed=None)
UNCOVERED = put("evaluations", 0, basic_total=None, project_total=None)
SIMILAR = put("project_mentions", 1, match="similar")
CASES: dict[str, tuple[Callable[[int], Forms], Damage, Damage | None]] = {
    "P01.1": (final, put("evaluations", 1, execution_rate=D("89.5")), NOTHING),
    "P01.2": (final, put("evaluations", 1, execution_score=D("19.5"), total_score=D("99.5")), pointless),
    "P01.3": (final, put("indicators", 2, weight=D(60)), pointless),
    "P01.4": (
        final,
        both(put("indicators", 2, score=D(42)), put("evaluations", 1, total_score=D("99.5"))),
        both(*(put("indicators", row, weight=None) for row in (2, 3, 7))),
    ),
    "P01.5": (final, put("evaluations", 1, total_score=D(99)), put("indicators", 2, score=None)),
    "P01.6": (final, put("evaluations", 0, basic_total=D(61)), put("evaluations", 0, basic_total=None)),
    "P01.7": (final, put("evaluations", 1, type="常年性项目、一次性项目"), None),
    "P02.1": (final, lambda forms: setattr(forms, "total", 14_000), tableless),
    "P02.2": (final, both(UNCOVERED, lambda forms: setattr(forms, "total", 14_000)), both(UNCOVERED, tableless)),
    "P02.3": (final, say("performance.overall.budget", "170"), put("evaluations", 0, budget=None)),
    "P02.4": (final, say("performance.project_count", "3"), None),
    "P02.5": (final, say("performance.project_count", "3"), None),
    "P02.6": (final, say("performance.amount", "95"), say("performance.project_count", "3")),
    "P02.7": (final, put("project_mentions", 0, budget=D(88)), put("evaluations", 1, budget=None)),
    "P02.8": (
        final, both(SIMILAR, put("project_mentions", 1, budget=D(22))), both(SIMILAR, put("evaluations", 2, budget=None)),
    ),
    "P02.9": (final, put("project_mentions", 1, form_no=None, match=None), None),
    "P02.10": (final, put("indicators", 7, actual="713件"), put("indicators", 7, actual="≥500件")),
    "P02.11": (final, tells("712", "受理群众诉求712件"), put("indicators", 7, actual="≥500件")),
    "P02.12": (final, tells("100", "", "execution_rate"), put("evaluations", 1, execution_rate=None)),
    "P02.13": (final, put("project_mentions", 0, match="by_amount"), None),
    "P03.1": (budget, put("project_cost_items", 1, amount=D(25)), put("project_cost_items", 1, amount=None)),
    "P03.2": (budget, put("project_funding", 3, amount=D(6)), put("project_applications", 1, current_year_budget=None)),
    "P03.3": (budget, put("project_mentions", 0, budget=D(81)), put("project_applications", 0, current_year_budget=None)),
    "P03.4": (budget, lambda forms: setattr(forms, "total", 9_000), tableless),
}  # fmt: skip


def case(rule_id: str, kind: str) -> Forms:
    base, fails, unsure = CASES[rule_id]
    forms = base(16 * (list(CASES).index(rule_id) + 1) + ("fails", "unsure").index(kind))
    damage = fails if kind == "fails" else unsure
    assert damage is not None
    damage(forms)
    return forms


def held(many: list[Forms]) -> Quality:
    books = []
    for forms in many:
        book = Book(forms.report_id, kind=forms.report_id.split("-")[2])
        if forms.total is not None:
            column = "total" if book.kind == "final" else "project"
            book.tables = {EXPENDITURE: {"total": {"total": forms.total, column: forms.total}}}
        books.append(book)
    frames, tables, notices, uses = corpus(books)
    for name in (
        "evaluations",
        "indicators",
        "project_mentions",
        "project_applications",
        "project_cost_items",
        "project_funding",
    ):
        declared = schema.resources()[name]
        rows = [
            {**dict.fromkeys(declared.names), "report_id": forms.report_id, **row}
            for forms in many
            for row in forms.rows.get(name, [])
        ]
        frames[name] = pl.DataFrame(rows, schema=declared.polars_schema(), orient="row")
    told = [frames_of(forms.report_id, copy.deepcopy(forms.statements)) for forms in many]
    frames["statements"] = pl.concat(part[0] for part in told)
    labels = [
        {
            **dict.fromkeys(uses.columns), "report_id": forms.report_id, "token": token, "resource": "evaluations",
            "role": "label", "locator": locator, "column": column, "line": 1,
        }
        for forms in many for column, locator, token in forms.points
    ] + [
        {
            **dict.fromkeys(uses.columns), "report_id": forms.report_id, "token": token, "resource": resource, "reason": clause,
            "role": "told", "locator": locator, "column": column, "line": 7,
        }
        for forms in many for token, clause, resource, locator, column in forms.told
    ]  # fmt: skip
    doubts = [
        {**dict.fromkeys(notices.columns), "report_id": forms.report_id, "code": "E31", "resource": "indicators",
         "locator": locator, "message_zh": "分不清。", "message_en": "Unclear."}
        for forms in many for locator in forms.doubts
    ]  # fmt: skip
    uses = pl.concat(
        [uses, *(part[1] for part in told), pl.DataFrame(labels, schema=uses.schema, orient="row")]
    )
    notices = pl.concat([notices, pl.DataFrame(doubts, schema=notices.schema, orient="row")])
    return check(frames, tables, notices, uses)


@pytest.fixture(scope="module")
def quality() -> Quality:
    damaged = [
        case(rule_id, kind)
        for rule_id, (_, _, unsure) in CASES.items()
        for kind in ("fails", "unsure")
        if kind == "fails" or unsure
    ]
    uncovered = final(9_999)
    UNCOVERED(uncovered)
    similar = final(9_998)
    SIMILAR(similar)
    return held([final(1), budget(2), uncovered, similar, *damaged])


def state(quality: Quality, report_id: str, rule_id: str) -> str:
    chosen = (pl.col("report_id") == report_id) & (pl.col("rule_id") == rule_id)
    return quality.results.filter(chosen).get_column("state").item()


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == set(RULES) == {r for r, rule in rules().items() if rule.family == "P"}


@pytest.mark.parametrize("rule_id", CASES)
def test_passes(quality: Quality, rule_id: str) -> None:
    other = {"P02.2": 9_999, "P02.8": 9_998}.get(rule_id)
    base = final(other) if other else CASES[rule_id][0](1 if CASES[rule_id][0] is final else 2)
    assert state(quality, base.report_id, rule_id) == "pass"
    found = quality.findings.filter(
        (pl.col("report_id") == base.report_id) & pl.col("rule_id").str.starts_with("P")
    )
    assert found.get_column("rule_id").to_list() == (["P02.13"] if rule_id == "P02.8" else [])


@pytest.mark.parametrize("rule_id", CASES)
def test_fails(quality: Quality, rule_id: str) -> None:
    forms = case(rule_id, "fails")
    assert state(quality, forms.report_id, rule_id) == "fail"
    said = quality.findings.filter((pl.col("report_id") == forms.report_id) & (pl.col("rule_id") == rule_id))
    assert rules()[rule_id].severity in said.get_column("severity").to_list()
    assert said["message_zh"].str.ends_with("。").all() and said["line"].is_not_null().all()


@pytest.mark.parametrize("rule_id", [rule_id for rule_id, (_, _, unsure) in CASES.items() if unsure])
def test_is_left_open(quality: Quality, rule_id: str) -> None:
    forms = case(rule_id, "unsure")
    assert state(quality, forms.report_id, rule_id) == "insufficient"


def test_rounding_is_told_from_an_error() -> None:
    """One unit of the last printed decimal is info; so is a text that cuts what the form prints."""
    cut = final(1)
    cut.row("evaluations", 1).update(execution_rate=D("87.6"))
    text = final(2)
    text.row("project_mentions", 0).update(executed=D("70.1"))
    text.row("evaluations", 1).update(executed=D("70.06"))
    thirds = final(3)
    thirds.row("indicators", 2).update(score=D("39.99"))
    found = held([cut, text, thirds]).findings
    of = {
        (row["report_id"][-1], row["rule_id"]): row["severity"]
        for row in found.iter_rows(named=True)
        if row["rule_id"][:3] in ("P01", "P02")
    }
    assert of["1", "P01.1"] == "info"
    assert of["2", "P02.7"] == "info"
    assert of["3", "P01.5"] == "info"


def test_a_form_with_cells_that_are_not_told_apart_is_not_added_up() -> None:
    forms = final(1)
    forms.row("indicators", 2).update(score=D(30))
    forms.doubts = ["evaluation_no=2;seq=1"]
    quality = held([forms])
    assert quality.findings.filter(pl.col("rule_id") == "P01.5").is_empty()


def test_points_of_levels_are_added_and_bound_their_scores() -> None:
    forms = final(1)
    for seq, (level, points) in enumerate((("产出指标", "30"), ("效益指标", "30")), start=1):
        forms.row("indicators", seq + 1).update(weight=None, level1=level)
        forms.points.append(("level1_points", f"evaluation_no=2;seq={seq}", points))
    found = held([forms]).findings.filter(pl.col("rule_id").str.starts_with("P"))
    said = {
        (row["rule_id"], row["locator"].rpartition("by=")[2]): row["difference"]
        for row in found.iter_rows(named=True)
    }
    assert said == {("P01.3", "level1"): D(-10), ("P01.4", "level1"): D(-10)}


@given(budget=st.integers(1, 10**9), share=st.integers(0, 1200), decimals=st.integers(0, 2))
def test_a_rate_printed_rightly_is_never_a_finding(budget: int, share: int, decimals: int) -> None:
    from pipelines.extract.result import MICRO
    from pipelines.quality.claims import rate

    executed = budget * share // 1000
    unit = 10 ** (6 - decimals)
    exact = rate(executed, budget, unit)
    assert abs(exact * budget - executed * 100 * MICRO) * 2 <= unit * budget


# --- the real reports -------------------------------------------------------------------------------------

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason=NO_SHARED)
KNOWN = {
    # (rule, severity, actual, expected), from tests/golden/*/performance_findings.yaml, which a person wrote.
    "dongxihu-human-resources-2021-final": [
        ("P01.3", "error", "90", "100"), ("P01.3", "error", "90", "100"), ("P01.4", "error", "20", "30"),
        ("P02.11", "warning", "100", "93"),
    ],
    "dongxihu-talent-center-2023-final": [
        ("P01.4", "info", "80", "80.01"), ("P01.5", "info", "80", "80.01"), ("P02.1", "error", "907.65", "1523.88"),
        ("P02.3", "error", "1491.04", "907.65"), ("P02.3", "error", "48.5", "29.53"), ("P02.4", "warning", "9", "8"),
        ("P02.4", "warning", "10", "8"), ("P02.5", "error", "10", "9"), ("P02.7", "info", "5.6", "5.56"),
        ("P02.7", "error", "10.0", "20.00"), ("P02.8", "warning", "2.5", "2.00"), ("P02.9", "warning", "综合业务", None),
        ("P01.7", "warning", "部门预算项目、区直专项", None), ("P02.13", "info", "微信小程序", "档案微服务小程序年服务费"),
    ],
    "qingshan-human-resources-2023-final": [
        ("P01.1", "error", "100", "98"), ("P01.6", "info", "5506.47", "5506.46511"), ("P02.1", "info", "5506.47", "5506.46"),
        ("P02.3", "error", "4582.85", "5506.47"), ("P02.4", "warning", "8", "9"), ("P02.7", "error", "25.6", "25.00"),
        ("P02.7", "error", "45.98", "12.35"), ("P02.9", "warning", "突发新冠肺炎疫情应急处理专项经费", None),
        ("P01.7", "warning", "常年性项目、一次性项目", None), ("P02.10", "warning", "713", "784"),
        ("P02.11", "warning", "564", "505"), ("P02.11", "warning", "5719", "5527"), ("P02.11", "warning", "15", "80"),
        ("P02.11", "warning", "58", "95"), ("P02.12", "error", "100", "74.77"), ("P02.12", "error", "100", "68.3"),
    ],
    "qingshan-talent-center-2021-final": [],
    "wuchang-talent-center-2022-budget": [("P02.13", "info", "支持区域发展专项", "支持区域经济发展专项经费")],
}  # fmt: skip


@cache
def real() -> tuple[Quality, dict[str, str]]:
    extractions, refused = run.read_files([shared_path(stem) for stem in KNOWN], jobs=1)
    assert not refused
    joined = joining.join(joining.choose(extractions)[0])
    names = dict(joined.frames["reports"].select("report_id", "source_file").iter_rows())
    return joining.judge(joined), {report: name.removesuffix(".txt") for report, name in names.items()}


@needs_shared
@pytest.mark.parametrize("stem", KNOWN)
def test_the_known_contradictions_and_no_others(stem: str) -> None:
    quality, names = real()
    own = [report for report, name in names.items() if name == stem]
    found = quality.findings.filter(pl.col("report_id").is_in(own) & pl.col("rule_id").str.starts_with("P"))
    said = list(found.select("rule_id", "severity", "actual", "expected").iter_rows())
    assert sorted(map(str, said)) == sorted(map(str, KNOWN[stem]))


@needs_shared
def test_no_rule_broke_on_the_real_reports() -> None:
    quality, _ = real()
    assert quality.results.filter(pl.col("state") == "error").is_empty()
    of_forms = quality.results.filter(pl.col("rule_id").str.starts_with("P"))
    # Rates, scores and sums of every form were really compared.
    assert of_forms.filter(pl.col("rule_id") == "P01.1")["passed"].sum() == 36
    assert of_forms.filter(pl.col("rule_id") == "P01.2")["passed"].sum() == 37
    assert of_forms.filter(pl.col("rule_id").is_in(["P03.1", "P03.2"]))["passed"].sum() == 8
