"""``mingzhang status``: what stands in an output folder, and what its last build did not publish."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.commands.screen import emit, say
from pipelines.printable import shown
from pipelines.quarantine import QUARANTINE, by_reason, quarantine_of

OK, NOTHING, USAGE = 0, 1, 2


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    status = commands.add_parser("status", help="the newest releases of an output folder, and what was not published")
    status.add_argument("folder", type=Path, metavar="DIR", help="folder of releases, as given to build --out")
    status.add_argument("--json", action="store_true", help="one JSON line for each release and reason")


def run(arguments: argparse.Namespace, console: Console, errors: Console) -> int:
    """0 where a release stands, 1 where none does, 2 where there is no such folder or its list cannot be read."""
    folder: Path = arguments.folder
    if not folder.is_dir():
        say(errors, f"mingzhang status: no such folder: {shown(folder)}")
        return USAGE
    try:
        refused = quarantine_of(folder)
        reasons = by_reason((str(entry.get("stage") or "reading"), str(entry["reason"])) for entry in refused)
    except (ValueError, TypeError, AttributeError, KeyError):
        say(errors, f"mingzhang status: {shown(folder / QUARANTINE)} is damaged; the next build writes it again")
        return USAGE
    releases = _releases(folder)
    built = _built(folder)
    if arguments.json:
        for release in releases:
            emit("release", **release)
        for stage, reason, number in reasons:
            emit("refused", stage=stage, reason=reason, count=number)
        emit("status", built=built, releases=len(releases), quarantined=len(refused))
    else:
        _print(releases, reasons, len(refused), built, console)
    return OK if releases else NOTHING


def _built(folder: Path) -> str | None:
    """When the last build ended (each one writes its list of what it did not publish), UTC."""
    path = folder / QUARANTINE
    if not path.exists():
        return None
    return datetime.fromtimestamp(int(path.stat().st_mtime), tz=UTC).isoformat()


def _releases(folder: Path) -> list[dict[str, Any]]:
    from pipelines.publish.release import newest_version
    from pipelines.schema import packages

    found = []
    for name in packages():
        version = newest_version(folder / name)
        if version:
            when = (folder / name / version).stat().st_mtime
            built = datetime.fromtimestamp(int(when), tz=UTC).isoformat()
            found.append({"package": name, "version": version, "built": built})
    return found


def _print(
    releases: list[dict[str, Any]], reasons: list[tuple[str, str, int]], refused: int, built: str | None, console: Console
) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("package 数据包", "release 版本", "built 生成"):
        table.add_column(head, no_wrap=True)
    for release in releases:
        table.add_row(*map(Text, (release["package"], release["version"], release["built"])))
    console.print(table if releases else "no release 尚无版本")
    say(console, f"last build 最近一次: {built or 'unknown'}; not published 未发布: {refused:,}")
    for stage, reason, number in reasons:
        say(console, f"  {number:,} × {stage}: {reason}")
