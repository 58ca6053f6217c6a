"""Printed numbers: what they are worth exactly, what is a blank, and what is neither."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract.numbers import is_blank, parse_amount, quantum


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [("1,234.56", "1234.56", 2), ("1234.5", "1234.5", 1), ("-3.20", "-3.20", 2), ("－3.20", "-3.20", 2),
     ("—3.20", "-3.20", 2), ("(3.20)", "-3.20", 2), ("（3.20）", "-3.20", 2), ("0", "0", 0), ("0.00", "0.00", 2),
     ("１２３．４５", "123.45", 2), ("1，234.56", "1234.56", 2), ("￥3.20", "3.20", 2), ("+3.2", "3.2", 1),
     (".5", "0.5", 1), ("1 234.50", "1234.50", 2), ("20218.21", "20218.21", 2), ("20,323.21", "20323.21", 2)],
)  # fmt: skip
def test_numbers(text: str, value: str, decimals: int) -> None:
    amount = parse_amount(text)
    assert amount is not None
    assert (str(amount.value), amount.decimals) == (value, decimals)
    assert not is_blank(text)


@pytest.mark.parametrize("text", ["", " ", "　", "-", "—", "——", "－", "/", "无", "*"])
def test_blanks_are_neither_numbers_nor_zero(text: str) -> None:
    assert is_blank(text)
    assert parse_amount(text) is None


@pytest.mark.parametrize(
    "text", ["12,34.5", "1.2.3", "3.2%", "3.2元", "5.", "12a", "N/A", "--3.2", "-(3.2)", "14.98 14.98."]
)
def test_what_is_no_number_is_never_coerced(text: str) -> None:
    assert parse_amount(text) is None
    assert not is_blank(text)


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=2, allow_nan=False))
def test_print_and_parse(value: Decimal) -> None:
    for text in (f"{value:.2f}", f"{value:,.2f}"):
        amount = parse_amount(text)
        assert amount is not None
        assert amount.value == value
        assert amount.in_wan_yuan("元") * 10_000 == value
        assert amount.micro("元") == int(value * 100)


def test_units_are_exact_and_a_loss_is_an_error() -> None:
    amount = parse_amount("371,514,655.01")
    assert amount is not None
    assert str(amount.in_wan_yuan("元")) == "37151.465501"
    assert str(amount.in_wan_yuan("千元")) == "37151465.501000"
    finer = parse_amount("0.001")
    assert finer is not None
    with pytest.raises(ValueError, match="six decimals"):
        finer.in_wan_yuan("元")


@pytest.mark.parametrize(
    ("decimals", "unit", "micro"),
    [(2, "万元", 10_000), (0, "万元", 1_000_000), (2, "元", 1), (0, "元", 100), (8, "万元", 1)],
)
def test_display_unit(decimals: int, unit: str, micro: int) -> None:
    assert quantum(decimals, unit) == micro
