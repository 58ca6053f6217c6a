"""The ``mingzhang`` command: build packages, look into one report, compare it with the paper, preview the portal.

Wiring only: it calls :mod:`pipelines.run` and :mod:`pipelines.serve` and prints. Exit codes: 0 done (also where
nothing had changed), 1 nothing could be published or served, 2 wrong usage, 130 stopped by Ctrl-C. ``diff`` answers as
``diff`` does: 0 the same, 1 different, 2 trouble. Whatever goes wrong is one line on standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.commands import build, status, store, verify
from pipelines.commands.screen import cell as _cell
from pipelines.commands.screen import emit, say
from pipelines.pool import PoolError

if TYPE_CHECKING:
    import polars as pl

    from pipelines.publish.versions import Diff
    from pipelines.reading import Reading

OK, NOTHING_PUBLISHED, USAGE, INTERRUPTED = 0, 1, 2, 130
_DIFF_ROWS = 50
"""Rows of one kind that ``diff`` prints of a resource."""
_SEVERITY_STYLE = {"error": "bold red", "warning": "yellow", "info": "dim"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character shows its number.
            stream.reconfigure(errors="backslashreplace")
    arguments = _parser().parse_args(argv)
    console = Console(highlight=False)
    errors = Console(stderr=True, highlight=False)
    commands: dict[str, Callable[[argparse.Namespace, Console, Console], int]] = {
        "build": build.run, "status": status.run, "store": store.run, "verify": verify.run, "serve": _serve, "diff": _diff, "inspect": _inspect,
    }  # fmt: skip
    try:
        return commands[arguments.command](arguments, console, errors)
    except BrokenPipeError:
        # Whoever read our output has gone. Nothing is left to flush into the closed pipe.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOTHING_PUBLISHED
    except KeyboardInterrupt:
        return _ended(arguments, errors, "stopped; earlier output is untouched 已中断，原有产出不变", INTERRUPTED)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - a crash of Polars is no Exception; no traceback reaches a user
        if getattr(arguments, "verbose", False):
            errors.print_exception()
        return _ended(arguments, errors, _sentence(error), NOTHING_PUBLISHED)


def _ended(arguments: argparse.Namespace, errors: Console, message: str, code: int) -> int:
    say(errors, f"mingzhang {arguments.command}: {message}")
    if arguments.command == "build" and arguments.json:
        emit("error", message=message, exit=code)
    return code


def _sentence(error: BaseException) -> str:
    """What a user is told of an exception."""
    from pipelines.publish.errors import PublishError

    if isinstance(error, PublishError):
        message = str(error)
        stopped = "nothing was published"
        return message if message.startswith(stopped) else f"{stopped}; earlier output is untouched.\n{message}"
    if isinstance(error, PoolError):
        return f"{error}; give more with --memory, or fewer processes with --jobs"
    if isinstance(error, OSError):
        return f"{error.filename or 'input or output'}: {error.strerror or type(error).__name__}"
    said = str(error).partition("\n")[0]
    return f"internal error ({type(error).__name__}: {said}); earlier output is untouched. build -v shows where"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mingzhang", description="明账 Mingzhang: 把部门预决算公开报告变成经过验证的开放数据。"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parser.add_argument("--version", action="version", version=f"mingzhang {version('mingzhang')}")
    build.add(commands)
    status.add(commands)
    verify.add(commands)
    store.add(commands)
    diff = commands.add_parser("diff", help="what changed between two releases of a package, or two output folders")
    diff.add_argument("old", type=Path, metavar="A", help="a release (<package>/<version>) or an output folder")
    diff.add_argument("new", type=Path, metavar="B")
    diff.add_argument("--json", action="store_true", help="as diff.json")
    inspect = commands.add_parser("inspect", help="show what is read from one report")
    inspect.add_argument("report", type=Path, metavar="REPORT")
    inspect.add_argument("--table", metavar="NAME", help="only this table (03, 公开03表, 支出决算表, 支出表, expenditure_by_function)")
    inspect.add_argument("--statements", action="store_true", help="only the figures that sentences state")
    inspect.add_argument("--no-ocr", action="store_true", help="leave pages that are pictures alone")
    inspect.add_argument("--findings", action="store_true", help="only the findings")
    preview = commands.add_parser("serve", help="show a built portal in the browser, on this machine only")
    preview.add_argument("folder", type=Path, metavar="DIR", help="folder of releases, as given to build --out")
    preview.add_argument("--port", type=_port, metavar="N", help="port (default: 8000; 0: any free one)")
    return parser


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError("must be a port, 0 to 65535")
    return value


# --- diff ----------------------------------------------------------------------------------------------------


def _diff(arguments: argparse.Namespace, console: Console, errors: Console) -> int:
    import json

    from pipelines.publish import PublishError, differences_between

    try:
        diffs = differences_between(arguments.old, arguments.new)
    except PublishError as error:
        errors.print(Text(f"mingzhang diff: {error}"))
        return USAGE
    if arguments.json:
        console.print_json(json.dumps([diff.document() for diff in diffs], ensure_ascii=False))
    else:
        for diff in diffs:
            _print_diff(diff, console)
    return NOTHING_PUBLISHED if any(diff.level or diff.before is None for diff in diffs) else OK


def _print_diff(diff: Diff, console: Console) -> None:
    console.print(Text(f"{diff.package}: {diff.before} → {diff.after}: {diff.level or 'the same 相同'}", style="bold"))
    for line in (*diff.schema, *(f"new resource 新增: {n}" for n in diff.new_resources), *(f"described 说明: {n}" for n in diff.described)):
        console.print(Text(f"  {line}"))
    for kind, entries in diff.reports.items():
        for entry in entries:
            console.print(Text(f"  report {kind}: {entry['report_id']}"))
    for name, rows in diff.resources.items():
        counts = ", ".join(f"{count:,} {kind}" for kind, count in rows.counts.items() if count)
        console.print(Text(f"  {name}: {counts}", style="dim"))
        for sign, keys in (("+", rows.added), ("-", rows.removed)):
            for key in keys[:_DIFF_ROWS]:
                console.print(Text(f"    {sign} {_key(key)}"), soft_wrap=True)
        for cell in rows.changed[:_DIFF_ROWS]:
            console.print(Text(f"    {_key(cell['key'])} · {cell['column']}: {cell['old']} → {cell['new']}"), soft_wrap=True)
        if max(rows.counts.values()) > _DIFF_ROWS:
            console.print(Text("    … (--json lists all)", style="dim"))


def _key(key: dict[str, str | None]) -> str:
    return ", ".join(f"{name}={value}" for name, value in key.items())


# --- inspect -------------------------------------------------------------------------------------------------


def _inspect(arguments: argparse.Namespace, console: Console, errors: Console) -> int:
    from pipelines import read_report
    from pipelines.documents import DocumentError, ocr
    from pipelines.extract.result import NotAReport

    if not (arguments.report.is_file() or arguments.report.is_dir()):
        errors.print(f"mingzhang inspect: no such file: {arguments.report}")
        return USAGE
    if arguments.no_ocr:
        ocr.switch_off()
    try:
        reading = read_report(arguments.report)
    except (DocumentError, NotAReport) as error:
        errors.print(Text(f"{arguments.report.name}: {error}"))
        return NOTHING_PUBLISHED
    names = _wanted(arguments.table)
    if names is None:
        errors.print(f"mingzhang inspect: no table {arguments.table!r}; names: {', '.join(_table_names())}")
        return USAGE
    only = arguments.statements or arguments.findings
    source = _source_lines(arguments.report) if only and reading.frames["sources"].height == 1 else {}
    if arguments.statements:
        _print_statements(reading, source, console)
    if not only:
        _print_identity(reading, console)
        if reading.frames["sources"].height > 1:
            _print_rows(reading.frames["sources"], "sources", ("source_no", "source_file", "format", "role", "page_count", "sha256"), console)
        for name in names:
            _print_table(reading, name, console)
        if arguments.table is None:
            _print_forms(reading, console)
        _print_unassigned(reading, names, console)
    if arguments.findings or (arguments.table is None and not only):
        _print_findings(reading, source, console)
    return OK


def _table_names() -> list[str]:
    from pipelines import schema

    return list(schema.tables())


def _wanted(text: str | None) -> list[str] | None:
    """The tables to print: all, or the one of that name."""
    from pipelines import schema

    if text is None:
        return _table_names()
    found = schema.find_table(text)
    return [found.name] if found else None


def _print_identity(reading: Reading, console: Console) -> None:
    from pipelines import schema

    row = reading.frames["reports"].row(0, named=True)
    table = Table(show_header=False, box=None, pad_edge=False)
    for declared in schema.resources()["reports"].fields:
        value = row[declared.name]
        if value is not None and declared.name not in ("finding_count",):
            table.add_row(Text(declared.title, style="dim"), Text(declared.name, style="dim"), Text(str(value)))
    console.print(table)


def _print_table(reading: Reading, name: str, console: Console) -> None:
    from pipelines import schema

    resource = schema.resources()[name]
    status = reading.tables.filter(reading.tables["resource"] == name).row(0, named=True)
    where = f"page {status['page']}" if status["page"] else f"line {status['line']}" if status["line"] else ""
    files = reading.frames["sources"]
    if files.height > 1 and status["status"] != "missing":
        where += f" of {files.row(status['source_no'] - 1, named=True)['source_file']}"
    heading = f"\n{resource.table_no or ''} {resource.title} · {name} · {status['status']} · {status['method']} · {where}"
    console.print(Text(heading, style="bold"))
    frame = reading.frames[name]
    if not frame.height:
        return
    opened = reading.opened
    unsure = {column for (table_name, _), cells in opened.items() if table_name == name for column in cells}
    shown = [
        f for f in resource.fields
        if f.name != "report_id" and (not f.is_amount or f.name in unsure or frame[f.name].null_count() < frame.height)
    ]  # fmt: skip
    table = Table(box=None, pad_edge=False, header_style="dim")
    for declared in shown:
        table.add_column(declared.title, justify="right" if declared.is_amount else "left", overflow="fold")
    keys = [key for key in resource.primary_key if key != "report_id"]
    lines = []
    for row in frame.iter_rows(named=True):
        cells = opened.get((name, tuple(str(row[key]) for key in keys)), {})
        cells = {column: cell for column, cell in cells.items() if row[column] is None}
        table.add_row(*(Text("?" if f.name in cells else _cell(row[f.name])) for f in shown))
        for cell in dict.fromkeys(cells.values()):
            where = "、".join(f.title for f in shown if cells.get(f.name) == cell)
            label = (row[resource.row_name] if resource.row_name else None) or "/".join(str(row[key]) for key in keys)
            lines.append(f"  ? {label}: {cell.zh} ({cell.en}) [{where}]")
    console.print(table)
    for line in lines:
        console.print(Text(line), soft_wrap=True)


_FORM_COLUMNS = {
    "evaluations": ("evaluation_no", "name", "budget", "executed", "execution_rate", "execution_score", "total_score", "page", "line"),
    "project_applications": ("project_no", "project_code", "name", "total_budget", "current_year_budget", "page", "line"),
}  # fmt: skip


def _print_forms(reading: Reading, console: Console) -> None:
    """The performance forms, one row each; their indicators and items are in the packages."""
    for name, columns in _FORM_COLUMNS.items():
        if reading.frames[name].height:
            _print_rows(reading.frames[name], name, columns, console)


def _print_rows(frame: pl.DataFrame, name: str, columns: Sequence[str], console: Console) -> None:
    from pipelines import schema

    resource = schema.resources()[name]
    console.print(Text(f"\n{resource.title} · {name} · {frame.height}", style="bold"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    shown = [resource.field(column) for column in columns if frame[column].null_count() < frame.height]
    for declared in shown:
        table.add_column(declared.title, justify="right" if declared.type == "number" else "left", overflow="fold")
    for row in frame.iter_rows(named=True):
        table.add_row(*(Text(_cell(row[declared.name])) for declared in shown))
    console.print(table)


def _print_unassigned(reading: Reading, names: list[str], console: Console) -> None:
    rows = reading.unassigned.filter(reading.unassigned["resource"].is_in(names))
    uses = reading.accounting.filter(reading.accounting["resource"].is_in(names))
    console.print(f"\nnumbers in table regions 表内数字: {uses.height}; unassigned 未归入单元格: {rows.height}")
    for row in rows.iter_rows(named=True):
        place = f"page {row['page']} line {row['line']}" if row["page"] else f"line {row['line']}"
        detail = f"{row['token']} ({place}, {row['resource']}) {row['role']}: {row['column'] or row['reason']}"
        console.print(Text("  " + detail), soft_wrap=True)


def _source_lines(path: Path) -> dict[tuple[int | None, int], str]:
    """The source's lines by page and number, to stand beside what was read."""
    from pipelines.documents import open_document

    return {(page.number, ln.number): ln.text.strip() for page in open_document(path).pages for ln in page.lines}


def _print_statements(reading: Reading, source: dict[tuple[int | None, int], str], console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("no.", "concept", "code", "subject", "value", "unit", "page", "line", "source 原文"):
        table.add_column(head, justify="right" if head in ("no.", "value", "page", "line") else "left", overflow="fold")
    for row in reading.frames["statements"].iter_rows(named=True):
        beside = source.get((row["page"], row["line"]), "")
        names = ("statement_no", "concept", "function_code", "subject", "value", "unit", "page", "line")
        table.add_row(*(Text(_cell(row[name])) for name in names), Text(beside, style="dim"))
    console.print(table)


def _print_findings(
    reading: Reading, source: dict[tuple[int | None, int], str], console: Console
) -> None:
    findings: pl.DataFrame = reading.findings
    causes = sum(is_cause is not False for is_cause in findings["is_cause"])
    console.print(Text(f"\nfindings 核查发现: {findings.height} (causes 原因: {causes})", style="bold"))
    place = {finding_id: number for number, finding_id in enumerate(findings["finding_id"])}
    rows = sorted(findings.iter_rows(named=True), key=lambda r: (place.get(r["cluster"], place[r["finding_id"]]), r["is_cause"] is False))
    for row in rows:
        console.print(Text("  └ 同因 same cause:" if row["is_cause"] is False else "", style="dim"), end="")
        console.print(Text(f"  {row['rule_id']} {row['severity']}", style=_SEVERITY_STYLE[row["severity"]]), end=" ")
        console.print(Text(row["message_zh"]), soft_wrap=True)
        console.print(Text("    " + row["message_en"], style="dim"), soft_wrap=True)
        if beside := source.get((row["page"], row["line"] or 0)):
            console.print(Text("    原文 " + beside, style="dim"), soft_wrap=True)


# --- serve ---------------------------------------------------------------------------------------------------


def _serve(arguments: argparse.Namespace, console: Console, errors: Console) -> int:
    from pipelines.serve import PORT, ServeError, serve

    def announce(url: str) -> None:
        console.print(Text(f"明账 Mingzhang: {url}   (Ctrl-C 停止 stops)"), soft_wrap=True)

    if not arguments.folder.is_dir():
        errors.print(f"mingzhang serve: no such folder: {arguments.folder}")
        return USAGE
    try:
        serve(arguments.folder, PORT if arguments.port is None else arguments.port, announce)
    except ServeError as error:
        errors.print(Text(f"mingzhang serve: {error}"), soft_wrap=True)
        return NOTHING_PUBLISHED
    return OK


if __name__ == "__main__":
    sys.exit(main())
