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
from dataclasses import dataclass, field, replace

from pipelines.extract.result import Extraction
from samples.generator.wordings import PATTERNS, Told, linked, tell
from tests.test_narrative_provinces import errors_of, ledger, read, stated

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


_STEMS = "甲乙丙丁戊己庚辛壬癸"


def _own_body(told: Told, number: int) -> Told:
    """The narrative as that of a body of its own, so that many can be judged together."""
    tens, ones = divmod(number, len(_STEMS))
    name = f"{told.name}{''.join(_STEMS[n] for n in (tens // len(_STEMS), tens % len(_STEMS), ones))}分中心"
    return replace(told, name=name, text=told.text.replace(told.name, name))


def run(province: str, seeds: Iterable[int], plants: int) -> Run:
    """Clean and planted narratives of a province; ``plants`` per seed, going round all linked figures."""
    counts, turn = Run(province), 0
    every: list[tuple[str, Told]] = []
    for seed in seeds:
        every.append((f"seed {seed}", tell(province, seed)))
        number = linked(province, seed)
        for _ in range(min(plants, number)):
            every.append((f"seed {seed}", tell(province, seed, turn % number)))
            turn += 1
    every = [(seed, _own_body(told, number)) for number, (seed, told) in enumerate(every)]
    read_all = [read(told) for _, told in every]
    wrong = errors_of(read_all)
    for (seed, told), extraction in zip(every, read_all, strict=True):
        found = wrong.get(extraction.identity.report_id, [])
        if told.planted is None:
            _clean(counts, told, seed, extraction, found)
            continue
        counts.planted += 1
        counts.found += bool(found)
        if not found:
            counts.misses.append(f"{seed}: planted {told.planted} not found")
    return counts


def _clean(counts: Run, told: Told, seed: str, extraction: Extraction, wrong: list[tuple[str, str]]) -> None:
    wanted, found = ledger(told), stated(extraction)
    counts.told += wanted.total()
    counts.read += found.total()
    counts.same += (wanted & found).total()
    counts.false += len(wrong)
    counts.misses += [f"{seed}: false {one}" for one in wrong]
    counts.misses += [f"{seed}: told {one}" for one in wanted - found]
    counts.misses += [f"{seed}: read {one}" for one in found - wanted]
    printed = Counter((abs(value), unit) for _, _, value, unit, _ in told.facts)
    every = extraction.frames["statements"].select("value", "unit").iter_rows()
    lost = printed - Counter((abs(value), unit) for value, unit in every)
    counts.lost += lost.total()
    counts.misses += [f"{seed}: lost {one}" for one in lost]


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
