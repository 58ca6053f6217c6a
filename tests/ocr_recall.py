"""``python -m tests.ocr_recall --dpi 200 --scan --cells 5000``: what OCR reads of generated reports made pictures.

Not a test: every printed figure of the official tables is held against what is published from the picture. One line a
report, then the sums and where the lost figures are lost. The exit code is 1 where a published figure is wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from pipelines.documents import DocumentError, ocr, open_bytes
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction, NotAReport
from samples.generator import Sample, layout, make_ledger, options_for, press, vary, vary_options
from samples.generator.scans import photograph
from tests.support import amounts_of

FAMILIES = ("national", "shanghai", "budget-national", "budget-shanghai")
"""Layouts with ruling lines: a picture of a table without them gives no grid."""


@dataclass
class Score:
    """Printed figures, and what became of them; CPU seconds of the pages that were recognised."""

    printed: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    pages: int = 0
    seconds: float = 0.0
    lost: Counter[str] = field(default_factory=Counter)
    names: int = 0
    wrong_names: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        self.printed += other.printed
        self.right += other.right
        self.wrong += other.wrong
        self.pages += other.pages
        self.seconds += other.seconds
        self.lost += other.lost
        self.names += other.names
        self.wrong_names += other.wrong_names

    def line(self) -> str:
        share = 100 * self.right / self.printed if self.printed else 0
        names = f"{self.names:,} names {len(self.wrong_names)} wrong" if self.names else ""
        null = self.printed - self.right - len([w for w in self.wrong if "invented" not in w])
        return f"{self.printed:6,} printed {self.right:6,} right ({share:.1f} %) {null:5,} null {len(self.wrong)} wrong {names}, {self.seconds / max(self.pages, 1):.2f} s/page ({self.pages} pages)"


def pictured(family: str, seed: int, dpi: int, scan: bool) -> tuple[Sample, bytes, int]:
    """A report and the same with its pages of tables as pictures; how many of these."""
    rng = random.Random(f"{seed} {family}")
    form = vary(layout(family), rng)
    chosen = vary_options(rng) | {"rows": rng.choice((15, 25))}
    sample = press(family, make_ledger(seed, options_for(family, **chosen, year=rng.randint(2021, 2025))), form)
    tables = {k for k, page in enumerate(open_bytes(sample.name, sample.data).pages) if page.grids}
    data = photograph(sample.data, dpi, seed=seed if scan else None, pages=lambda k, _: k in tables)
    return sample, data, len(tables)


def scored(sample: Sample, data: bytes, pages: int) -> Score:
    """Read the pictures and hold every printed figure against what comes out."""
    started = time.process_time()
    score = Score(pages=pages)
    document = open_bytes(sample.name, data)
    score.seconds = time.process_time() - started
    truth = {resource: amounts_of(resource, frame) for resource, frame in sample.frames.items()}
    try:
        extraction = extract(document)
    except (DocumentError, NotAReport) as error:
        score.printed = sum(map(len, truth.values()))
        score.lost[f"report refused: {error}"] += score.printed
        return score
    for resource, printed in truth.items():
        read = amounts_of(resource, extraction.frames[resource])
        score.printed += len(printed)
        score.right += sum(printed.get(place) == value for place, value in read.items())
        for place, value in read.items():
            if printed.get(place) != value:
                score.wrong.append(f"{sample.name} {resource} {place}: {value}, " + (f"printed {printed[place]}" if place in printed else "invented"))
        missing = [place for place in printed if place not in read]
        score.lost.update(_causes(extraction, resource, missing))
    _names(sample, extraction, score)
    return score


def _names(sample: Sample, extraction: Extraction, score: Score) -> None:
    for resource, frame in sample.frames.items():
        keys = [c for c in ("function_code", "economic_code") if c in frame.columns]
        names = [c for c in ("function_name", "economic_name") if c in frame.columns]
        if not keys or not names:
            continue
        printed = dict(frame.select(keys[0], names[0]).iter_rows())
        for code, name in extraction.frames[resource].select(keys[0], names[0]).iter_rows():
            score.names += name is not None
            if name is not None and printed.get(code) != name:
                score.wrong_names.append(f"{sample.name} {resource} {code}: {name}, printed {printed.get(code)}")


def _causes(extraction: Extraction, resource: str, missing: list[tuple[tuple[object, ...], str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    listed = extraction.frames["tables"]
    status = dict(listed.select("resource", "status").iter_rows()).get(resource, "absent")
    notices = [n for n in extraction.notices if n.resource == resource]
    rows = extraction.frames[resource].height
    for key, column in missing:
        if status not in ("published", "empty") or not rows:
            why = next((f"{n.code} {n.message_en[:90]}" for n in notices if n.code not in ("E47", "E48", "E07")), "")
            found[f"table {status}: {resource} {why}"] += 1
            continue
        here = [n for n in notices if n.code == "E48" and n.locator.endswith(f"column={column}") and all(str(k) in n.locator for k in key if k)]
        if not here:
            loose = sum(n.code == "E48" and n.locator in ("table", f"column={column}") for n in notices)
            found["row or cell not read" + (" (open figures without a place)" if loose else "")] += 1
        else:
            found["open figure: " + ("readings differ or unsure" if "one digit" not in here[0].message_en else "a slip")] += 1
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ocr_recall", description=__doc__)
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--scan", action="store_true", help="askew, stamped, soft, grey, noisy; otherwise clean")
    parser.add_argument("--cells", type=int, default=1_000, metavar="N", help="stop after N printed figures")
    parser.add_argument("--first", type=int, default=1, help="seed of the first report")
    chosen = parser.parse_args()
    if ocr.state() != "on":
        sys.stderr.write("OCR is not installed (make ocr)\n")
        return 2
    whole, seed = Score(), chosen.first
    while whole.printed < chosen.cells:
        family = FAMILIES[seed % len(FAMILIES)]
        score = scored(*pictured(family, seed, chosen.dpi, chosen.scan))
        whole.add(score)
        sys.stdout.write(f"{seed:4} {family:16}{score.line()}\n" + "".join(f"       {n:4} {why}\n" for why, n in score.lost.most_common(8)))
        sys.stdout.write("".join(f"     WRONG {w}\n" for w in score.wrong + score.wrong_names))
        sys.stdout.flush()
        seed += 1
    look = "scan" if chosen.scan else "clean"
    sys.stdout.write(f"{look}, {chosen.dpi} dpi, {seed - chosen.first} reports: {whole.line()}\n")
    sys.stdout.write("".join(f"  {n:5} {why}\n" for why, n in whole.lost.most_common(30)))
    return int(bool(whole.wrong))


if __name__ == "__main__":
    sys.exit(main())
