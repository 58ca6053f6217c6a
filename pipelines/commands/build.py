"""``mingzhang build``: read reports and publish them."""

from __future__ import annotations

import argparse
import math
import os
import re
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.commands.screen import Bars, as_json, cell, emit, say
from pipelines.documents import ocr
from pipelines.pool import MEMORY, SECONDS, STORE, Limits
from pipelines.printable import shown
from pipelines.quarantine import by_reason

if TYPE_CHECKING:
    import polars as pl

    from pipelines.run import Build, Event

OK, NOTHING_PUBLISHED, USAGE = 0, 1, 2
_REFUSED = 20
"""Refused files that are listed; of more, how many for each reason."""
_STATUSES = ("found", "empty", "withheld", "image", "missing")
_PROJECTS = 5
"""Evaluations that are shown."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    build = commands.add_parser("build", help="read reports and publish data packages and a DuckDB file")
    build.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="report files and folders (recursive)")
    build.add_argument("--out", required=True, type=Path, metavar="DIR", help="where releases go")
    build.add_argument("--jobs", type=_positive, default=0, metavar="N", help="processes (default: one per core)")
    build.add_argument(
        "--timeout", type=_seconds, default=SECONDS, metavar="S",
        help=f"seconds that reading one file may take (default: {SECONDS:g})",
    )  # fmt: skip
    build.add_argument(
        "--memory", type=_bytes, default=MEMORY, metavar="SIZE",
        help=f"memory that reading one file may take: 512M, 2G (default: {MEMORY >> 30}G)",
    )  # fmt: skip
    build.add_argument(
        "--manifest", type=Path, metavar="CSV", help="where the files come from: path, url, publisher, published_on, retrieved_on"
    )
    build.add_argument(
        "--store", type=Path, metavar="DIR",
        help=f"keep what is read there, and read only what is new (default: {STORE}, else nothing is kept)",
    )  # fmt: skip
    build.add_argument("--no-ocr", action="store_true", help="leave pages that are pictures alone, also where OCR is installed")
    build.add_argument("--strict", action="store_true", help="exit 1 when any file was not published")
    build.add_argument("--json", action="store_true", help="one JSON line for each event, and nothing else")
    loudness = build.add_mutually_exclusive_group()
    loudness.add_argument("-v", "--verbose", action="store_true", help="a line for each file")
    loudness.add_argument("-q", "--quiet", action="store_true", help="nothing but errors")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86_400 or math.isnan(value):
        raise argparse.ArgumentTypeError("must be more than 0 and at most a day (86400)")
    return value


def _bytes(text: str) -> int:
    match = re.fullmatch(r"(\d{1,9})([MG])(?:i?B)?", text.strip(), re.IGNORECASE | re.ASCII)
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError("must be a size such as 512M or 2G")
    return int(match[1]) << (20 if match[2] in "Mm" else 30)


def run(arguments: argparse.Namespace, console: Console, errors: Console) -> int:
    """0 done, 1 nothing could be published (with ``--strict``: something was not), 2 wrong usage."""
    from pipelines import run as steps
    from pipelines.manifest import ManifestError
    from pipelines.quarantine import QUARANTINE

    missing = [shown(path) for path in arguments.paths if not path.exists() and not path.is_symlink()]
    if missing:
        say(errors, f"mingzhang build: no such file or folder: {', '.join(missing)}")
        return USAGE
    if arguments.out.exists() and not arguments.out.is_dir():
        say(errors, f"mingzhang build: --out {shown(arguments.out)} is a file, not a folder")
        return USAGE
    if arguments.no_ocr:
        ocr.switch_off()
    limits = Limits(arguments.timeout, arguments.memory)
    if arguments.store:
        os.environ[STORE] = str(arguments.store.absolute())  # for the processes that read
    try:
        with _progress(arguments, console) as tell:
            result = steps.build(arguments.paths, arguments.out, arguments.jobs, tell, limits, arguments.manifest)
    except ManifestError as error:
        say(errors, f"mingzhang build: {error}")
        return USAGE
    code = _code(result, arguments.strict)
    if arguments.json:
        _emit(result, code)
        return code
    if not arguments.quiet:
        _print_quarantine(result, console)
    if not result.releases:
        say(errors, f"mingzhang build: no report could be published (see {shown(arguments.out / QUARANTINE)})")
        return code
    if not arguments.quiet:
        if not any(release.changed for release in result.releases):
            console.print("\nnothing changed since the newest releases: no new release 内容无变化，不发布新版本")
        _print_summary(result, arguments.out, console)
    if arguments.strict and result.quarantine:
        say(errors, f"mingzhang build: {len(result.quarantine):,} not published (--strict)")
    return code


def _progress(arguments: argparse.Namespace, console: Console) -> nullcontext[Callable[[Event], None]] | Bars:
    if arguments.json:
        return nullcontext(as_json)
    if arguments.quiet:
        return nullcontext(lambda event: None)
    return Bars(console, arguments.verbose)


def _code(result: Build, strict: bool) -> int:
    return NOTHING_PUBLISHED if not result.releases or strict and result.quarantine else OK


def _emit(result: Build, code: int) -> None:
    for refusal in result.quarantine:
        emit("refused", **refusal.document())
    for release in result.releases:
        emit(
            "release", package=release.package, version=release.version, changed=release.changed,
            level=release.level, reports=release.reports, figures=release.figures,
        )  # fmt: skip
    reports = len(result.corpus.frames["reports"]) if result.corpus is not None and result.releases else 0
    emit("done", reports=reports, quarantined=len(result.quarantine), exit=code)


def _print_quarantine(result: Build, console: Console) -> None:
    if not result.quarantine:
        return
    say(console, f"\nNot published 未发布 ({len(result.quarantine):,}):")
    if len(result.quarantine) > _REFUSED:
        for stage, reason, number in by_reason((item.stage, item.reason) for item in result.quarantine):
            say(console, f"  {number:,} × {stage}: {reason}")
        say(console, f"the first {_REFUSED}; all are in quarantine.json 前 {_REFUSED} 个，其余见 quarantine.json:")
    for item in result.quarantine[:_REFUSED]:
        say(console, f"  {item.file}: {item.stage}: {item.reason}")


def _print_summary(result: Build, out: Path, console: Console) -> None:
    from pipelines.publish import DATABASE
    from pipelines.publish.places import SITE

    assert result.corpus is not None and result.quality is not None
    findings = result.quality.findings
    table = Table(title="明账 Mingzhang", title_justify="left")
    for head in ("package", "release", "reports", "figures", "findings", "errors"):
        table.add_column(head, justify="left" if head in ("package", "release") else "right", no_wrap=True)
    for release in result.releases:
        change = (release.level or "first") if release.changed else "as before"
        cells = [release.package, f"{release.version} {change}"]
        if release.report_ids:
            own = findings.filter(findings["report_id"].is_in(release.report_ids))
            errors = own.filter(own["severity"] == "error").height
            cells += [f"{n:,}" for n in (release.reports, release.figures, own.height, errors)]
        table.add_row(*cells)
    console.print()
    console.print(table)
    _print_readings(result.corpus.tables, console)
    _print_projects(result.corpus.frames["evaluations"], console)
    say(console, f"quarantined 未发布: {len(result.quarantine):,} (see {out / 'quarantine.json'})")
    say(console, f"packages 数据包:    {out}/<package>/<version>/")
    console.print(Text(f"database 数据库:    {out / DATABASE}   (duckdb: SELECT * FROM 支出决算表)"), soft_wrap=True)
    console.print(Text(f"portal 门户:         {out / SITE / 'index.html'}   (mingzhang serve {out})"), soft_wrap=True)


def _print_readings(readings: pl.DataFrame, console: Console) -> None:
    """How many reports have each official table, by how it was read."""
    from pipelines import schema

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("官方表 official table", no_wrap=True)
    for status in _STATUSES:
        table.add_column(status, justify="right", no_wrap=True)
    for name, resource in schema.tables().items():
        read = readings.filter(readings["resource"] == name)["status"].to_list()
        table.add_row(f"{resource.table_no:02d} {resource.title}", *(f"{read.count(status):,}" for status in _STATUSES))
    console.print()
    console.print(table)


def _print_projects(evaluations: pl.DataFrame, console: Console) -> None:
    """The self-evaluations that left most unspent: what the money of a project came to."""
    if evaluations.is_empty():
        return
    unspent = evaluations["budget"] - evaluations["executed"]
    worst = evaluations.with_columns(unspent=unspent).sort("unspent", descending=True, nulls_last=True, maintain_order=True)
    console.print(f"\n绩效自评 performance: {evaluations.height:,} evaluations, most unspent first (万元)")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("评价对象 evaluation", "预算数", "执行数", "执行率", "总分"):
        table.add_column(head, justify="left" if head.startswith("评价") else "right", no_wrap=True)
    for row in worst.head(_PROJECTS).iter_rows(named=True):
        rate = "" if row["execution_rate"] is None else f"{cell(row['execution_rate'])} %"
        cells = (row["name"], cell(row["budget"]), cell(row["executed"]), rate, cell(row["total_score"]))
        table.add_row(*map(Text, cells))
    console.print(table)
