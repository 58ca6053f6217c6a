"""Sets of ten to twelve tables as provinces print them: every official cell, no wrong one, no table disturbs another.

The layouts (``samples.generator.provinces``) are written from what provinces print and know nothing of
``datapackages/forms``.
"""

from __future__ import annotations

import io
import random
from dataclasses import replace

import pypdfium2 as pdfium
import pytest

from pipelines.documents import open_bytes
from pipelines.extract.report import extract
from samples.generator import (
    Dump,
    Sample,
    layout,
    make_ledger,
    options_for,
    press,
    render,
    vary,
    vary_dump,
    vary_options,
)
from samples.generator.ledger import Change, Planted
from samples.generator.provinces import PROVINCES, SPENDING, Node
from tests.support import conserved, differences, dump, read_sample, read_text, rows_of, status_of

NAMES = sorted(PROVINCES)


def varied(name: str, number: int) -> Sample:
    """One of many reports of a province, by number: another department, other rulings, pages and codes."""
    rng = random.Random(f"{name} {number}")
    form = vary(layout(name), rng)
    options = options_for(name, **vary_options(rng) | {"rows": rng.choice((15, 25, 40)), "printed_zeros": False, "blank_rows": 0},
                          year=rng.randint(2021, 2025))  # fmt: skip
    return press(name, make_ledger(rng.randrange(2**32), options), form)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_official_cell_and_no_wrong_one(name: str, number: int) -> None:
    sample = varied(name, number)
    extraction = read_sample(sample)
    assert differences(extraction, sample.frames) == []
    assert set(status_of(extraction).values()) <= {"found", "empty"}, "recall on the nine"
    assert not conserved(extraction)


@pytest.mark.parametrize("name", NAMES)
def test_all_tables_are_listed_in_their_order(name: str) -> None:
    sample = render(name, seed=5, rows=20, government_fund=True, carry_over=True)
    extraction = read_sample(sample)
    listed = extraction.frames["tables"]
    province = PROVINCES[name]
    year = f"{sample.ledger.year}年" + ("" if sample.layout.budget else "度")
    assert listed["title"].to_list() == [year + province.titles[entry] for entry in province.order]
    assert [r is None for r in listed["resource"].to_list()] == [isinstance(entry, str) for entry in province.order]
    assert listed["table_seq"].to_list() == list(range(1, len(province.order) + 1))
    others = extraction.frames["other_tables"]
    unread = listed.filter(listed["status"] == "other").join(others, on="table_seq", how="anti")
    assert unread.is_empty(), "a table that is none of the nine is published cell by cell"


def test_columns_of_last_years_balance_are_kept_and_never_this_years_spending() -> None:
    sample = render("yunnan", seed=9, rows=20)
    extraction = read_sample(sample)
    kept = extraction.frames["other_tables"]["column_label"].drop_nulls().unique().to_list()
    assert {"年初结转和结余›合计", "本年收入›基本支出", "本年支出›基本支出›人员经费", "年末结转和结余›基本支出结转"} <= set(kept)
    assert [n for n in extraction.notices if n.code == "E07" and n.resource == "general_budget_expenditure"]


@pytest.mark.parametrize("name", ["jiangsu", "zhejiang", "inner-mongolia"])
@pytest.mark.parametrize("seed", [1, 2])
def test_without_rulings_a_figure_is_right_or_its_table_withheld(name: str, seed: int) -> None:
    sample = render(name, seed=seed, rows=20, ruling="none")
    found = [line for line in differences(read_sample(sample), sample.frames) if " read " in line]
    assert found == []


@pytest.mark.parametrize(("name", "number"), [(name, 0) for name in NAMES] + [("zhejiang", 2), ("jiangsu", 2)])
def test_without_rulings_no_table_takes_rows_of_another(name: str, number: int) -> None:
    """Rows of 收入决算表（分单位） on the next page are not those of the table before it."""
    rng = random.Random(f"unruled {name} {number}")
    form = replace(vary(layout(name), rng), ruling="none")
    options = options_for(name, **vary_options(rng) | {"rows": rng.choice((15, 25))}, year=rng.randint(2021, 2025))  # fmt: skip
    sample = press(name, make_ledger(rng.randrange(2**32), options), form)
    found = differences(read_sample(sample), sample.frames)
    assert [line for line in found if " read " in line and "read None" not in line] == []


@pytest.mark.parametrize("options", [{}, {"unit": "元"}, {"three_public": False}])
def test_three_public_without_rulings_is_read(options: dict[str, object]) -> None:
    sample = render("borderless", seed=4, rows=20, **options)
    extraction = read_sample(sample)
    assert status_of(extraction)["three_public_expenses"] in ("found", "empty")
    assert differences(extraction, sample.frames) == []


@pytest.mark.parametrize("style", ["borderless", "national"])
def test_a_row_that_does_not_add_up_is_published_and_not_withheld(style: str) -> None:
    """A planted error of 0.05 without rulings: the figure is read as printed, the rule finds it."""
    whole = render(style, seed=3, rows=20)
    resource, key = "expenditure_by_function", ("total",)
    value = whole.ledger.figures[resource][key]["total"]
    assert value is not None
    wrong = Change(resource, key, "total", value + 50_000)
    ledger = whole.ledger.with_planted(Planted("T03.1", (), "error", "a total off by 0.05", (wrong,)))
    sample = press(style, ledger, whole.layout)
    extraction = read_sample(sample)
    assert status_of(extraction)[resource] == "found"
    assert differences(extraction, sample.frames) == []


@pytest.mark.parametrize("turn", [0, 180, 270])
def test_pages_are_read_whichever_way_up_they_are_printed(turn: int) -> None:
    """Tables stand sideways on their sheets with the right /Rotate, with another, and with none."""
    sample = render("national", seed=3, rows=20, rotated=True)
    document = pdfium.PdfDocument(sample.data)
    for page in document:
        if page.get_rotation():
            page.set_rotation(turn)
    data = io.BytesIO()
    document.save(data)
    assert differences(extract(open_bytes("turned.pdf", data.getvalue())), sample.frames) == []


def pressed(name: str, base: str, monkeypatch: pytest.MonkeyPatch, **changes: object) -> Sample:
    """A report of a province that differs from another one."""
    monkeypatch.setitem(PROVINCES, name, replace(PROVINCES[base], **changes))  # type: ignore[arg-type]
    form = layout(base, province=name)
    return press(base, make_ledger(11, options_for(base, rows=20, carry_over=True)), form)


def test_columns_of_an_earlier_year_are_never_this_years(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier: list[Node] = [("合计", "?a"), ("基本支出", "?b"), ("项目支出", "?c")]
    heads: list[Node] = [("2023年执行数", earlier), ("2024年预算数", list(SPENDING)), ("比上年增减", "?d")]
    sample = pressed("two-years", "guangxi", monkeypatch, general=heads)
    extraction = read_sample(sample)
    assert status_of(extraction)["general_budget_expenditure"] == "found"
    assert differences(extraction, sample.frames) == []


@pytest.mark.parametrize("title", ["财政拨款项目结余明细", "项目经费", ""])
def test_a_table_without_a_title_that_is_one_never_feeds_the_table_before_it(
    title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = PROVINCES["jiangsu"]
    sample = pressed(
        "untitled", "jiangsu", monkeypatch, mark="", order=(1, 2, 3, "财政拨款", 4, 5, "财政基本", 6, 9, 7, 8),
        titles=base.titles | {"财政拨款": title, "财政基本": title},
    )  # fmt: skip
    extraction = read_sample(sample)
    wrong = [line for line in differences(extraction, sample.frames) if " read " in line and "read None" not in line]
    assert wrong == []
    withheld = {r for r, s in status_of(extraction).items() if s == "withheld"}
    assert withheld <= {"expenditure_by_function", "general_budget_expenditure"}


# --- as text dumps ------------------------------------------------------------------------------------------------


def dumped(name: str, number: int) -> Sample:
    """A province's report as a dump, with another kind of damage each time."""
    rng = random.Random(f"dump {name} {number}")
    form = replace(vary(layout(name), rng), split_codes=False)
    damage = vary_dump(rng)
    options = options_for(name, **vary_options(rng) | {"rows": rng.choice((15, 25))}, year=rng.randint(2021, 2025))
    return press("dump", make_ledger(rng.randrange(2**32), options), form, damage)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", range(4))
def test_no_figure_of_a_dump_is_read_into_a_wrong_cell(name: str, number: int) -> None:
    """Tables that are none of the nine stand between the nine: none of their rows is a row of these."""
    sample = dumped(name, number)
    found = differences(extract(open_bytes("dump.txt", sample.data)), sample.frames)
    assert [line for line in found if " read " in line and "read None" not in line] == []


@pytest.mark.parametrize("name", ["inner-mongolia", "jiangsu", "zhejiang"])
def test_tables_between_the_nine_cost_none_of_them(name: str) -> None:
    sample = press("dump", make_ledger(2, options_for(name, rows=20, carry_over=True, government_fund=True)), layout(name), Dump())
    extraction = extract(open_bytes("dump.txt", sample.data))
    assert differences(extraction, sample.frames) == []
    # 三公 in two blocks with heads in different orders is withheld, and with it the table before it that shows no figure.
    lost = {resource for resource, status in status_of(extraction).items() if status not in ("found", "empty")}
    assert lost <= {"three_public_expenses", "state_capital"}


def test_a_table_whose_name_nobody_knows_keeps_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words above a 单位 line name a table; the official title behind its rows is not theirs."""
    base = PROVINCES["jiangsu"]
    monkeypatch.setitem(PROVINCES, "unknown", replace(base, titles=base.titles | {"财政拨款": "项目经费安排", "财政基本": "按用途列示"}))
    for seed in (1, 2, 3):
        sample = press("dump", make_ledger(seed, options_for("jiangsu", rows=20, government_fund=True)), layout("jiangsu", province="unknown"), Dump())
        found = differences(extract(open_bytes("dump.txt", sample.data)), sample.frames)
        assert [line for line in found if " read " in line and "read None" not in line] == []


@pytest.mark.parametrize("between", [" ", ""])
def test_two_items_that_run_together_share_no_figure(between: str) -> None:
    """上年结转结余 stands blank beside 年终结转结余: the figure behind them is the right item's, or of none."""
    body = ["项目 决算数 项目 决算数", "一、一般公共预算拨款收入 300.00 一、一般公共服务支出 148.83", "本年收入合计 300.00 本年支出合计 148.83",
            f"上年结转结余{between}年终结转结余 151.17", "收入总计 300.00 支出总计 300.00"]  # fmt: skip
    extraction = read_text(dump(("revenue_expenditure_summary", body)))
    rows = rows_of("revenue_expenditure_summary", extraction.frames["revenue_expenditure_summary"])
    assert ("income", "opening_balance") not in rows or rows["income", "opening_balance"]["amount"] is None
    if between:
        assert f"{rows['expenditure', 'closing_balance']['amount']:.2f}" == "151.17"
    else:
        assert status_of(extraction)["revenue_expenditure_summary"] == "withheld"
