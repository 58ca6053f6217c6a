"""Two figures with one unit and two sides: 收、支总计各是A,B万元, and what changed of each."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from test_narrative_cases import final, of
from test_narrative_provinces import errors

HEADINGS = {
    "summary": ("一、收入支出决算总体情况说明", "{Y}收、支总计", "收、支总计"),
    "appropriation": ("四、财政拨款收入支出决算总体情况说明", "{Y}财政拨款收、支总计", "财政拨款收、支总计"),
}
SEPARATORS = (",", "、", "，", "万元、", "万元，", "万元和")


def rate(change: Decimal, now: Decimal) -> Decimal:
    return (abs(change) / (now - change) * 100).quantize(Decimal("0.01"))


def told(stem: str, seed: int, *, same: bool, wrong: bool = False) -> tuple[list[str], list[Decimal], list[Decimal]]:
    """A paragraph of two sides, the totals and their changes; ``wrong``: the second rate does not follow."""
    rng = random.Random(f"{stem} {seed}")
    totals = [Decimal(rng.randint(100_000, 900_000)) / 100 for _ in range(2)]
    changes = [Decimal(rng.choice((-1, 1))) * Decimal(rng.randint(1_000, 30_000)) / 100] * 2
    changes[1] = abs(changes[0] + Decimal(rng.randint(100, 9_000)) / 100).copy_sign(changes[0])
    if same:
        totals[1], changes[1] = totals[0], changes[0]
    heading, first, second = HEADINGS[stem]
    rates = [rate(change, total) for change, total in zip(changes, totals, strict=True)]
    if wrong:
        rates[1] += Decimal("2.5")
    apart = rng.choice(SEPARATORS)
    up = ("增加", "增长") if changes[0] > 0 else ("减少", "下降")
    word = rng.choice(("各是", "各为", "分别为"))
    text = (
        f"{first.format(Y='2023年度')}{word}{totals[0]}{apart}{totals[1]}万元。与2022年度相比，{second}各{up[0]}{abs(changes[0])}"
        f"{apart}{abs(changes[1])}万元，{up[1]}{rates[0]}%、{rates[1]}%。主要变动原因是项目有变。"
    )
    return [heading, text], totals, changes


@pytest.mark.parametrize("stem", HEADINGS)
@pytest.mark.parametrize("seed", range(10))
def test_two_sides_that_differ_are_bound_in_order_and_are_one_finding(stem: str, seed: int) -> None:
    lines, totals, changes = told(stem, seed, same=False)
    read = final(*lines)
    assert sorted(v for _, v, _ in of(read, f"{stem}.change")) == sorted(changes), lines
    assert {rule for rule, _ in errors(read)} == {"N02.1"}, (lines, totals)


@pytest.mark.parametrize("stem", HEADINGS)
@pytest.mark.parametrize("seed", range(10))
def test_two_sides_that_agree_give_no_error(stem: str, seed: int) -> None:
    lines, _, changes = told(stem, seed, same=True)
    read = final(*lines)
    assert [v for _, v, _ in of(read, f"{stem}.change")] == changes
    assert errors(read) == []


@pytest.mark.parametrize("stem", HEADINGS)
@pytest.mark.parametrize("seed", range(10))
def test_a_rate_of_one_side_that_does_not_follow_is_found(stem: str, seed: int) -> None:
    lines, _, _ = told(stem, seed, same=False, wrong=True)
    assert "N03.3" in {rule for rule, _ in errors(final(*lines))}, lines


def test_one_change_of_two_totals_stays_open() -> None:
    lines = ["一、收入支出决算总体情况说明", "2023年度收、支总计各是4125.49,4143.91万元。与2022年相比，收、支总计各增加125.49万元，增长3.14%。"]
    assert {rule for rule, _ in errors(final(*lines))} == {"N02.1"}
