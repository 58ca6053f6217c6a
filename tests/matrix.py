"""``python -m tests.matrix``: what is read of the nine tables, for every layout of the generator in every format.

Not a test: a table of layouts by formats is printed, each with the share of printed cells that were read and the
number of wrong cells, over ``--seeds`` reports. The exit code is 1 where a cell is lost or wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import replace

from pipelines.documents import DocumentError
from pipelines.extract.result import NotAReport
from samples.generator import (
    LAYOUTS,
    Sample,
    layout,
    make_ledger,
    office,
    options_for,
    press,
    prose,
    vary,
    vary_options,
)
from tests.support import amounts_of, read_sample
from tests.test_formats import clerk, file_name

FORMATS: tuple[office.Kind | None, ...] = (None, "xlsx", "xls", "html", "docx")
"""None: the PDF. An archive holds files of these kinds and is read by the tests on bundles."""


def written(family: str, kind: office.Kind | None, seed: int) -> Sample:
    """A report of a layout in a format; the seed draws department, year, figures and how the file is kept."""
    rng = random.Random(f"{seed} {family}")
    form = vary(layout(family), rng)
    chosen = vary_options(rng) | {"rows": rng.choice((15, 25, 40))}
    ledger = make_ledger(seed, options_for(family, **chosen, year=rng.randint(2021, 2025)))
    sample = press(family, ledger, form)
    if kind is None:
        return sample
    data = office.render(prose.report(ledger, form), kind, clerk(rng))
    return replace(sample, name=file_name(family, kind, sample), data=data)


def counted(sample: Sample) -> tuple[int, int, int, str]:
    """Printed cells, cells read right, cells that are wrong or invented; and why nothing was read."""
    printed = {resource: amounts_of(resource, frame) for resource, frame in sample.frames.items()}
    total = sum(map(len, printed.values()))
    try:
        extraction = read_sample(sample)
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
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="reports of each layout and format")
    parser.add_argument("--layout", action="append", choices=list(LAYOUTS), help="only these (default: all)")
    arguments = parser.parse_args()
    lost = False
    heads = [kind or "pdf" for kind in FORMATS]
    sys.stdout.write(f"{'layout':24}" + "".join(f"{head:>16}" for head in heads) + "\n")
    for family in arguments.layout or LAYOUTS:
        line, why = f"{family:24}", []
        for kind in FORMATS:
            counts = [counted(written(family, kind, seed)) for seed in range(arguments.seeds)]
            total, right, wrong = (sum(c[i] for c in counts) for i in range(3))
            why += [f"    {kind or 'pdf'}: {reason}\n" for *_, reason in counts if reason]
            lost = lost or right < total or wrong > 0
            line += f"{100 * right / total:9.2f} % {wrong:3} w"
        sys.stdout.write(line + "\n" + "".join(dict.fromkeys(why)))
        sys.stdout.flush()
    return int(lost)


if __name__ == "__main__":
    sys.exit(main())
