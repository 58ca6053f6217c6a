"""``python -m tests.statement_scores``: recall and precision of the statements against the golden ones.

Golden rows are figures that a person read from the shared reports (tests/golden/<stem>/statements.csv). A row is
found when concept, functional code, value, unit and line (page where the golden row has no line) agree, the place
to ±1. A golden row ``unclassified`` is found by any concept that the first list of concepts did not have.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.documents import open_document
from pipelines.extract.narrative import read_statements
from pipelines.extract.report import extract

GOLDEN = Path(__file__).parent / "golden"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "reports"
ADDED = (
    "expenditure.class", "general_budget.added_budget", "performance.overall.", "performance.result",
    "performance.problem_count", "scope.unit_count", "basic.part", "unclassified",
)  # fmt: skip


@dataclass
class Score:
    """One report's comparison."""

    name: str
    golden: int = 0
    read: int = 0
    found: int = 0
    unclassified: int = 0
    missing: list[dict[str, str]] = field(default_factory=list)
    extra: list[dict[str, object]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / self.golden if self.golden else 1.0

    @property
    def precision(self) -> float:
        return self.found / self.read if self.read else 1.0


def function_names(frames: dict[str, pl.DataFrame]) -> dict[str, str]:
    """code → printed name, from the report's own tables."""
    names: dict[str, str] = {}
    for frame in frames.values():
        if "function_code" in frame.columns and "function_name" in frame.columns:
            for code, name in zip(frame["function_code"], frame["function_name"], strict=True):
                if name and len(name) > len(names.get(code, "")):
                    names[code] = name
    return names


def read_report(path: Path) -> pl.DataFrame:
    """The statements of a report as the build reads them."""
    document = open_document(path)
    extraction = extract(document)
    identity = extraction.identity
    if "statements" in extraction.frames and not extraction.frames["statements"].is_empty():
        return extraction.frames["statements"]
    names = function_names(extraction.frames)
    return read_statements(document, names, identity.fiscal_year, identity.kind, identity.report_id)[0]


def golden_files() -> Iterator[tuple[Path, Path]]:
    """(golden file, report) of every report that both are there for."""
    for golden in sorted(GOLDEN.glob("*/statements.csv")):
        for report in SHARED.glob(f"*/{golden.parent.name}.*"):
            yield golden, report


def compare(golden: Path, frame: pl.DataFrame) -> Score:
    with golden.open(encoding="utf-8", newline="") as file:
        wanted = list(csv.DictReader(file))
    read = list(frame.iter_rows(named=True))
    score = Score(golden.parent.name, len(wanted), len(read))
    score.unclassified = sum(r["concept"] == "unclassified" for r in read)
    left = list(read)
    for row in wanted:
        fitting = [r for r in left if _same(row, r)]
        if fitting:
            best = min(fitting, key=lambda r: _distance(row, r))
            left.remove(best)
            score.found += 1
        else:
            score.missing.append(row)
    score.extra = left
    return score


def _same(golden: dict[str, str], read: dict[str, object]) -> bool:
    if Decimal(golden["value"]) != read["value"] or golden["unit"] != read["unit"]:
        return False
    if golden["concept"] == "unclassified":
        if not str(read["concept"]).startswith(ADDED):
            return False
    elif golden["concept"] != read["concept"] or (golden["function_code"] or None) != read["function_code"]:
        return False
    return _distance(golden, read) <= 1


def _distance(golden: dict[str, str], read: dict[str, object]) -> int:
    """How far apart the places are: lines where the golden row has one, else pages."""
    page, line = golden.get("page") or "", golden.get("line") or ""
    apart = 0
    if page and read["page"] is not None:
        apart = abs(int(page) - int(str(read["page"])))
    if line:
        apart = max(apart, abs(int(line) - int(str(read["line"]))))
    return apart


def scores() -> list[Score]:
    return [compare(golden, read_report(report)) for golden, report in golden_files()]


def main(arguments: list[str]) -> int:
    """Print the table; with ``-v`` every row that is missing or extra."""
    found = scores()
    total = Score("all")
    lines = [f"{'report':42}{'golden':>8}{'read':>8}{'found':>8}{'recall':>9}{'precision':>11}{'unclassified':>14}"]
    for score in [*found, total]:
        if score is total:
            for s in found:
                total.golden, total.read, total.found = total.golden + s.golden, total.read + s.read, total.found + s.found
                total.unclassified += s.unclassified
        share = score.unclassified / score.read if score.read else 0
        lines.append(
            f"{score.name:42}{score.golden:8}{score.read:8}{score.found:8}{score.recall:9.4f}{score.precision:11.4f}"
            f"{score.unclassified:7} {share:6.1%}"
        )
        if "-v" in arguments and score is not total:
            lines += [f"    missing {'  '.join(v for v in row.values() if v)}" for row in score.missing]
            lines += [
                "    extra   " + "  ".join(str(row[k]) for k in ("section", "concept", "function_code", "subject", "value", "unit", "page", "line"))
                for row in score.extra
            ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if total.recall >= 0.98 and total.precision >= 0.98 else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
