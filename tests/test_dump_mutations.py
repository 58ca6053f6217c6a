"""No figure of a spoiled dump is read into a wrong cell: mutations of generated dumps and of the shared ones.

``MINGZHANG_MUTATIONS=500`` tries so many of each; in ``make test`` some of each are tried.
"""

from __future__ import annotations

import os
import random
from decimal import Decimal

import pytest

from pipelines.documents import open_bytes
from pipelines.extract.report import extract
from samples.generator import render
from samples.generator.provinces import PROVINCES
from tests import dump_mutations as mutations
from tests.support import NO_SHARED, SHARED, dump, read_text, shared_path
from tests.test_provinces import dumped

COUNT = int(os.environ.get("MINGZHANG_MUTATIONS", "25"))
SHARED_DUMPS = ("qingshan-human-resources-2023-final", "dongxihu-human-resources-2021-final")
"""Those that print their tables; in the other three they are pictures."""
GENERATED = (41, 42, 43)


def nothing_wrong(text: str, seed: int) -> None:
    text = mutations.tables_only(text)
    before = extract(open_bytes("dump.txt", text.encode()))
    truth, lines = mutations.truth_of(before), mutations.figure_lines(text)
    assert len(truth) > 20 and len(lines) > 15
    rng = random.Random(seed)
    for _ in range(COUNT):
        mutation = mutations.mutate(rng, text, lines)
        found = mutations.wrong(mutation, truth, before)
        assert not found, f"{mutation.kind} in line {mutation.line}: {mutation.before} → {mutation.after}: {found[:3]}"


@pytest.mark.parametrize("seed", GENERATED)
def test_generated_dumps(seed: int) -> None:
    nothing_wrong(render("dump", seed).data.decode(), seed)


@pytest.mark.parametrize("name", sorted(set(PROVINCES) - {"guangxi"}))
def test_dumps_of_provinces(name: str) -> None:
    """All but the one that prints whole 元, whose figures are not told from codes by their form."""
    data = dumped(name, 1).data
    nothing_wrong(data.decode(open_bytes("dump.txt", data).encoding or "utf-8"), 11)


@pytest.mark.skipif(not SHARED.exists(), reason=NO_SHARED)
@pytest.mark.parametrize("stem", SHARED_DUMPS)
def test_shared_dumps(stem: str) -> None:
    nothing_wrong(shared_path(stem).read_text("utf-8"), 7)


@pytest.mark.parametrize(("sign", "kept"), [("", "16.35"), ("-", None)])
def test_parts_that_cancel_out_are_no_reason_to_leave_the_total_blank(sign: str, kept: str | None) -> None:
    """A total with a wrong sign and one part as large: the part does not become the other part's opposite."""
    heads = ["预算数 决算数", "合计 因公出国（境）费 公务用车购置及运行维护费 公务接待费 合计 因公出国（境）费 公务用车购置及运行维护费 公务接待费",
             "小计 公务用车购置费 公务用车运行维护费 小计 公务用车购置费 公务用车运行维护费"]  # fmt: skip
    extraction = read_text(dump(("three_public_expenses", [*heads, f"{sign}16.35 16.35 12.00 12.00", "注：本表反映"])))
    read = {c: v for c, v in mutations.truth_of(extraction).items() if c[1] == ("budget",)}
    assert not any(v == -Decimal("16.35") for c, v in read.items() if c[2] != "total")
    if kept:
        assert read["three_public_expenses", ("budget",), "total"] == Decimal(kept)
