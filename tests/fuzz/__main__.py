"""``python -m tests.fuzz --count N --seed S``: N mutated files on every core; exit code 1 if one was bad."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.fuzz.run import Outcome, read_case


def main() -> int:
    """Read the cases, write what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    # A page of pictures takes seconds by design, and has its own allowance of time (``pool.more_time``).
    os.environ["MINGZHANG_OCR"] = "off"
    write = sys.stdout.write
    kinds: Counter[str] = Counter()
    slowest: list[Outcome] = []
    bad: list[Outcome] = []
    started = time.monotonic()
    numbers = range(chosen.first, chosen.first + chosen.count)
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for done, outcome in enumerate(pool.map(partial(read_case, chosen.seed), numbers, chunksize=20), start=1):
            kinds[outcome.kind] += 1
            slowest = sorted([*slowest, outcome], key=lambda o: -o.seconds)[:5]
            if outcome.bad:
                bad.append(outcome)
                if len(bad) <= 20:
                    write(f"case {outcome.number} ({outcome.name}): {outcome.kind}\n{outcome.detail}\n")
            if done % 1_000 == 0:
                write(f"{done:,} files, {len(bad)} bad, {time.monotonic() - started:.0f} s\n")
                sys.stdout.flush()
    write(f"seed {chosen.seed}: {chosen.count:,} files in {time.monotonic() - started:.0f} s\n")
    for kind, count in kinds.most_common():
        write(f"  {kind:24} {count:8,}\n")
    for outcome in slowest:
        write(f"  slowest: {outcome.seconds:.1f} s, case {outcome.number} ({outcome.name}), {outcome.kind}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
