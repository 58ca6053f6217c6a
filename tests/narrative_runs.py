"""``python -m tests.narrative_runs --seeds 20``: the acceptance runs of issue 12 on generated narratives, as a table.

Per province: findings of severity error on right narratives (must be 0), contradictions planted and found (98 %),
statements against the generator's ledger (precision 99.8 %, recall 97 %), numbers that nobody accounts for (0).
``-v`` prints each miss. Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from samples.generator.wordings import PATTERNS, Told, linked, tell
from tests.test_narrative_provinces import errors, ledger, read, stated

PRECISION, RECALL, FOUND = 0.998, 0.97, 0.98


@dataclass
class Run:
    """One province's counts."""

    province: str
    told: int = 0
    read: int = 0
    same: int = 0
    false: int = 0
    planted: int = 0
    found: int = 0
    lost: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, other: Run) -> None:
        for name in ("told", "read", "same", "false", "planted", "found", "lost"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def passes(self) -> bool:
        return (
            not self.false
            and not self.lost
            and self.same >= PRECISION * self.read
            and self.same >= RECALL * self.told
            and self.found >= FOUND * self.planted
        )

    def row(self) -> str:
        precision = self.same / self.read if self.read else 1
        recall = self.same / self.told if self.told else 1
        found = self.found / self.planted if self.planted else 1
        return (
            f"{self.province:16}{self.told:8}{self.read:8}{precision:11.4f}{recall:9.4f}{self.false:8}"
            f"{self.planted:9}{self.found:7}{found:9.4f}{self.lost:6}"
        )


HEAD = (
    f"{'province':16}{'told':>8}{'read':>8}{'precision':>11}{'recall':>9}{'false':>8}"
    f"{'planted':>9}{'found':>7}{'share':>9}{'lost':>6}"
)


def run(province: str, seeds: Iterable[int], plants: int) -> Run:
    """Clean and planted narratives of a province; ``plants`` per seed, going round all linked figures."""
    counts, turn = Run(province), 0
    for seed in seeds:
        told = tell(province, seed)
        _clean(counts, told, seed)
        number = linked(province, seed)
        for _ in range(min(plants, number)):
            planted = tell(province, seed, turn % number)
            turn += 1
            counts.planted += 1
            if errors(read(planted)):
                counts.found += 1
            else:
                counts.misses.append(f"seed {seed}: planted {planted.planted} not found")
    return counts


def _clean(counts: Run, told: Told, seed: int) -> None:
    extraction = read(told)
    wanted, found = ledger(told), stated(extraction)
    counts.told += wanted.total()
    counts.read += found.total()
    counts.same += (wanted & found).total()
    wrong = errors(extraction)
    counts.false += len(wrong)
    counts.misses += [f"seed {seed}: false {one}" for one in wrong]
    counts.misses += [f"seed {seed}: told {one}" for one in wanted - found]
    counts.misses += [f"seed {seed}: read {one}" for one in found - wanted]
    printed = Counter((abs(value), unit) for _, _, value, unit, _ in told.facts)
    every = extraction.frames["statements"].select("value", "unit").iter_rows()
    lost = printed - Counter((abs(value), unit) for value, unit in every)
    counts.lost += lost.total()
    counts.misses += [f"seed {seed}: lost {one}" for one in lost]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--plants", type=int, default=6, help="contradictions per narrative")
    parser.add_argument("--provinces", nargs="*", default=list(PATTERNS), choices=list(PATTERNS))
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args(arguments)
    total = Run("all")
    sys.stdout.write(HEAD + "\n")
    for province in options.provinces:
        counts = run(province, range(options.seeds), options.plants)
        total.add(counts)
        sys.stdout.write(counts.row() + "\n")
        if options.verbose:
            sys.stdout.writelines(f"    {miss}\n" for miss in counts.misses)
        sys.stdout.flush()
    sys.stdout.write(total.row() + "\n")
    return 0 if total.passes else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
