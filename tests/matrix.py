"""``python -m tests.matrix``: what is read of the nine tables, for every layout of the generator in every format.

Not a test: a table of layouts by formats is printed, each with the share of printed cells that were read and the
number of wrong cells, over ``--seeds`` reports. The exit code is 1 where a cell is lost or wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pipelines import run
from pipelines.documents import DocumentError
from pipelines.extract.result import Extraction, NotAReport
from samples.generator import (
    LAYOUTS,
    Sample,
    layout,
    make_ledger,
    ofd,
    office,
    options_for,
    press,
    prose,
    vary,
    vary_options,
)
from tests.support import amounts_of, read_sample
from tests.test_formats import clerk, file_name

Format = office.Kind | Literal["pdf", "ofd"]
FORMATS: tuple[Format, ...] = ("pdf", "xlsx", "xls", "html", "docx", "zip", "ofd")


def written(family: str, kind: Format, seed: int) -> Sample:
    """A report of a layout in a format; the seed draws department, year, figures and how the file is kept."""
    rng = random.Random(f"{seed} {family}")
    form = vary(layout(family), rng)
    chosen = vary_options(rng) | {"rows": rng.choice((15, 25, 40))}
    ledger = make_ledger(seed, options_for(family, **chosen, year=rng.randint(2021, 2025)))
    sample = press(family, ledger, form)
    if kind == "pdf":
        return sample
    blocks = prose.report(ledger, form)
    data = ofd.render(blocks, form) if kind == "ofd" else office.render(blocks, kind, clerk(rng))
    return replace(sample, name=f"report.{kind}" if kind in ("ofd", "zip") else file_name(family, kind, sample), data=data)


def opened(sample: Sample) -> Extraction:
    """The report of a file, or of the files of an archive. Raises ``DocumentError`` or ``NotAReport``."""
    if not sample.name.endswith(".zip"):
        return read_sample(sample)
    with TemporaryDirectory() as folder:
        path = Path(folder, sample.name)
        path.write_bytes(sample.data)
        found, refusals = run.read_files([path], jobs=1)
    if len(found) != 1:
        raise NotAReport("; ".join(refusal.reason for refusal in refusals) or f"{len(found)} reports")
    return found[0]


def counted(sample: Sample) -> tuple[int, int, int, str]:
    """Printed cells, cells read right, cells that are wrong or invented; and why nothing was read."""
    printed = {resource: amounts_of(resource, frame) for resource, frame in sample.frames.items()}
    total = sum(map(len, printed.values()))
    try:
        extraction = opened(sample)
    except (DocumentError, NotAReport) as error:
        return total, 0, 0, str(error)
    right = wrong = 0
    for resource, cells in printed.items():
        read = amounts_of(resource, extraction.frames[resource])
        right += sum(cells.get(cell) == value for cell, value in read.items())
        wrong += sum(cells.get(cell) != value for cell, value in read.items())
    return total, right, wrong, ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2, metavar="N", help="reports of each layout and format")
    parser.add_argument("--layout", action="append", choices=list(LAYOUTS), help="only these (default: all)")
    arguments = parser.parse_args()
    lost = False
    sys.stdout.write(f"{'layout':24}" + "".join(f"{kind:>16}" for kind in FORMATS) + "\n")
    for family in arguments.layout or LAYOUTS:
        line, why = f"{family:24}", []
        for kind in FORMATS:
            counts = [counted(written(family, kind, seed)) for seed in range(arguments.seeds)]
            total, right, wrong = (sum(c[i] for c in counts) for i in range(3))
            why += [f"    {kind}: {reason}\n" for *_, reason in counts if reason]
            lost = lost or right < total or wrong > 0
            line += f"{100 * right / total:9.2f} % {wrong:3} w"
        sys.stdout.write(line + "\n" + "".join(dict.fromkeys(why)))
        sys.stdout.flush()
    return int(lost)


if __name__ == "__main__":
    sys.exit(main())
