"""``python -m tests.fuzz --count N --seed S``: N mutated files on every core; exit code 1 if one was bad.

``--formats``: N files of each format other than PDF and text, or of those that are named.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.fuzz.formats import KINDS, read_mutated
from tests.fuzz.run import Outcome, read_case


def main() -> int:
    """Read the cases, write what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--formats", nargs="*", choices=KINDS, help="workbooks, web pages and the others (default: all of them)")
    chosen = parser.parse_args()
    # A page of pictures takes seconds by design, and has its own allowance of time (``pool.more_time``).
    os.environ["MINGZHANG_OCR"] = "off"
    numbers = range(chosen.first, chosen.first + chosen.count)
    if chosen.formats is None:
        return int(_run("texts and PDF", partial(read_case, chosen.seed), numbers, chosen))
    # A converter that happens to be installed is not what is tried here.
    os.environ["PATH"] = ""
    bad = [_run(kind, partial(read_mutated, kind, chosen.seed), numbers, chosen) for kind in chosen.formats or KINDS]
    return int(any(bad))


def _run(what: str, case: Callable[[int], Outcome], numbers: range, chosen: argparse.Namespace) -> bool:
    """Read the cases, write what came of them; True if one was bad."""
    write = sys.stdout.write
    kinds: Counter[str] = Counter()
    slowest: list[Outcome] = []
    bad: list[Outcome] = []
    started = time.monotonic()
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for done, outcome in enumerate(pool.map(case, numbers, chunksize=20), start=1):
            kinds[outcome.kind] += 1
            slowest = sorted([*slowest, outcome], key=lambda o: -o.seconds)[:5]
            if outcome.bad:
                bad.append(outcome)
                if len(bad) <= 20:
                    write(f"case {outcome.number} ({outcome.name}): {outcome.kind}\n{outcome.detail}\n")
            if done % 1_000 == 0:
                write(f"{done:,} files, {len(bad)} bad, {time.monotonic() - started:.0f} s\n")
                sys.stdout.flush()
    write(f"{what}, seed {chosen.seed}: {len(numbers):,} files in {time.monotonic() - started:.0f} s\n")
    for kind, count in kinds.most_common():
        write(f"  {kind:24} {count:8,}\n")
    for outcome in slowest:
        write(f"  slowest: {outcome.seconds:.1f} s, case {outcome.number} ({outcome.name}), {outcome.kind}\n")
    sys.stdout.flush()
    return bool(bad)


if __name__ == "__main__":
    raise SystemExit(main())
