"""``make bench``: reading speed beside pdfplumber and pdftotext in the same run, on the shared PDFs and dumps.

Not a test: timings are printed and written to ``docs/benchmarks.md``, equality of cells is counted. CPU seconds
of one process, best of several runs. ``--formats``: workbooks and web pages beside their libraries alone.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import pdfplumber
import xlrd
from lxml import etree

from pipelines.documents import open_bytes
from pipelines.documents.normalise import squeeze
from pipelines.extract.dump import read_text_tables
from pipelines.extract.report import extract
from pipelines.extract.result import NotAReport
from pipelines.extract.tables import read_grid_tables
from samples.generator import layout, make_ledger, office, options_for, prose

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "reports"
TARGET = ROOT / "docs" / "benchmarks.md"
RUNS = 5


def cpu_seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Best CPU time of one process."""
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def read(name: str, data: bytes) -> None:
    """Open and extract one report; a refused template has been read all the same."""
    with suppress(NotAReport):
        extract(open_bytes(name, data))


def read_tables(name: str, data: bytes) -> None:
    """Open one report and read its nine tables: no narrative, no other parts."""
    document = open_bytes(name, data)
    if document.format == "pdf":
        read_grid_tables(document)
    else:
        read_text_tables(document)


def plumb(path: Path) -> list[list[list[list[str | None]]]]:
    """pdfplumber's tables per page."""
    with pdfplumber.open(path) as pdf:
        return [page.extract_tables() for page in pdf.pages]


def layout_seconds(path: Path) -> float:
    """Wall time of ``pdftotext -layout`` (its own process)."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
        best = min(best, time.perf_counter() - start)
    return best


def equal_cells(path: Path) -> tuple[int, int]:
    """(cells with text that both readers have on the same page, cells that pdfplumber has)."""
    document = open_bytes(path.name, path.read_bytes())
    both = total = 0
    for page, tables in zip(document.pages, plumb(path), strict=True):
        theirs = Counter(squeeze(c) for table in tables for row in table for c in row if c and squeeze(c))
        ours = Counter(squeeze(c.text) for grid in page.grids for c in grid.cells if squeeze(c.text))
        both += sum((theirs & ours).values())
        total += sum(theirs.values())
    return both, total


def formats() -> list[str]:
    """Opening a file to grids of cells, beside its library: its parse alone, and with the text of every cell."""
    ledger = make_ledger(3, options_for("national", rows=120))
    blocks = list(prose.report(ledger, layout("national")))

    def page(data: bytes) -> Any:
        return etree.fromstring(data, parser=etree.HTMLParser(encoding="utf-8"))

    def page_cells(data: bytes) -> object:
        return [[["".join(c.itertext()) for c in r.iter("td", "th")] for r in t.iter("tr")] for t in page(data).iter("table")]

    def xls(data: bytes) -> Any:
        return xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=io.StringIO())

    def xlsx(data: bytes) -> Any:
        return openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)

    def shown(book: Any, sheet: Any, i: int) -> list[object]:
        """xlrd's cells of a row with the formats without which a figure is not known as it is printed."""
        return [(c.value, book.format_map[book.xf_list[c.xf_index].format_key].format_str) for c in sheet.row(i)]

    def xls_cells(data: bytes) -> object:
        return [[shown(book, s, i) for i in range(s.nrows)] for book in (xls(data),) for s in book.sheets()]

    def xlsx_cells(data: bytes) -> object:
        return [[[(c.value, c.number_format) for c in row] for row in sheet.iter_rows()] for sheet in xlsx(data).worksheets]

    rows = ["| file | kB | library | to grids, ms | parse alone, ms | ratio | parse and cells, ms | ratio |", "|---|---:|---|---:|---:|---:|---:|---:|"]
    libraries: list[tuple[office.Kind, str, Callable[[bytes], object], Callable[[bytes], object]]] = [
        ("html", "lxml", page, page_cells), ("xls", "xlrd", xls, xls_cells), ("xlsx", "openpyxl", xlsx, xlsx_cells),
    ]  # fmt: skip
    for kind, name, parse, cells in libraries:
        data = office.render(blocks, kind)
        # Turn by turn, so that what else the machine does meets all of them.
        best = [float("inf")] * 3
        for _ in range(5 * RUNS):
            for k, work in enumerate((lambda d=data, k=kind: open_bytes(f"a.{k}", d), lambda d=data, p=parse: p(d), lambda d=data, c=cells: c(d))):
                best[k] = min(best[k], cpu_seconds(work, 1))
        ours, bare, full = best
        rows.append(
            f"| {kind} | {len(data) >> 10} | {name} | {1000 * ours:.1f} | {1000 * bare:.1f} | {bare / ours:.2f} | {1000 * full:.1f} | {full / ours:.2f} |"
        )
    return rows


def main() -> int:
    """Measure, print, and rewrite the table in docs/benchmarks.md."""
    if "--formats" in sys.argv[1:]:
        sys.stdout.write("\n".join(formats()) + "\n")
        return 0
    if not SHARED.exists():
        sys.stderr.write("the shared reports are not here (../shared/reports): nothing to measure\n")
        return 1
    rows = ["| report | pages | mingzhang pages/s | pdfplumber pages/s | ratio | pdftotext -layout pages/s | equal cells |"]
    rows.append("|---|---:|---:|---:|---:|---:|---:|")
    poppler = shutil.which("pdftotext") is not None
    pages = ours_all = theirs_all = bare_all = 0.0
    for path in sorted(SHARED.glob("*/*.pdf")):
        data = path.read_bytes()
        count = len(open_bytes(path.name, data).pages)
        ours = cpu_seconds(lambda path=path, data=data: read(path.name, data))
        theirs = cpu_seconds(lambda path=path: plumb(path), 2)
        layout = f"{count / layout_seconds(path):.0f}" if poppler else "not installed"
        both, total = equal_cells(path)
        rows.append(
            f"| {path.name} | {count} | {count / ours:.0f} | {count / theirs:.0f} | {theirs / ours:.1f} | {layout} | {both}/{total} |"
        )
        bare_all += cpu_seconds(lambda path=path, data=data: read_tables(path.name, data))
        pages, ours_all, theirs_all = pages + count, ours_all + ours, theirs_all + theirs
    rows.append(
        f"| **all** | {pages:.0f} | {pages / ours_all:.0f} | {pages / theirs_all:.0f} | {theirs_all / ours_all:.1f} | | |"
    )
    texts = [(p.name, p.read_bytes()) for p in sorted(SHARED.glob("*/*.txt"))]
    spent = sum(cpu_seconds(lambda n=n, d=d: read(n, d)) for n, d in texts)
    rows.append("")
    bare = sum(cpu_seconds(lambda n=n, d=d: read_tables(n, d)) for n, d in texts)
    rows.append(
        f"PDF: identity, frames, narrative and the other parts of a report add {100 * (ours_all / bare_all - 1):.0f} % to"
        " opening it and reading its tables."
    )
    rows.append(
        f"\nPlain-text reports ({len(texts)}): {len(texts) / bare:.0f} per second for reading and tables,"
        f" {len(texts) / spent:.0f} with narrative and all other parts."
    )
    rows += ["", "## Workbooks and web pages", "", *formats()]
    text = "\n".join(rows)
    sys.stdout.write(text + "\n")
    head = TARGET.read_text("utf-8").split("<!-- results -->")[0]
    TARGET.write_text(f"{head}<!-- results -->\n\n{text}\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
