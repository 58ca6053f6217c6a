"""``mingzhang store prune``: take away what a store of readings no longer needs."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from rich.console import Console

from pipelines.commands.screen import emit, say
from pipelines.printable import shown

OK, USAGE = 0, 2


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    store = commands.add_parser("store", help="look after the store that build --store keeps")
    actions = store.add_subparsers(dest="action", required=True, metavar="ACTION")
    prune = actions.add_parser("prune", help="remove what other code has read and what was not asked for in a while")
    prune.add_argument("folder", type=Path, metavar="DIR", help="folder of the store, as given to build --store")
    prune.add_argument("--days", type=_days, default=30, metavar="N", help="keep what was asked for in the last N days (default: 30)")
    prune.add_argument("--json", action="store_true", help="one JSON line")


def _days(text: str) -> float:
    value = float(text)
    if not (value >= 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError("not a number of days")
    return value


def run(arguments: argparse.Namespace, console: Console, errors: Console) -> int:
    """0 when it was pruned, 2 where the folder is no store or files cannot be removed."""
    from pipelines.store import Store

    folder: Path = arguments.folder
    if not folder.is_dir():
        say(errors, f"mingzhang store: no such folder: {shown(folder)}")
        return USAGE
    try:
        pruned = Store(folder).prune(arguments.days)
    except OSError as error:
        say(errors, f"mingzhang store: {shown(folder)} cannot be pruned ({error.strerror})")
        return USAGE
    if arguments.json:
        emit("pruned", removed=pruned.removed, removed_bytes=pruned.removed_bytes, kept=pruned.kept)
    else:
        say(console, f"removed {pruned.removed:,} readings ({pruned.removed_bytes / 1e6:,.1f} MB), kept {pruned.kept:,} 已清理")
    return OK
