"""``mingzhang verify``: prove every release of an output folder, its database and its site; ``--repair`` mends them."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from pipelines.commands.screen import emit, say
from pipelines.printable import shown

SOUND, DAMAGED, USAGE = 0, 1, 2


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = commands.add_parser("verify", help="prove that releases, database and site are what was published")
    verify.add_argument("folder", type=Path, metavar="DIR", help="folder of releases, as given to build --out")
    verify.add_argument("--repair", action="store_true", help="make again what can be made again from what is proven")
    verify.add_argument("--json", action="store_true", help="one JSON line for each damage and repair")


def run(arguments: argparse.Namespace, console: Console, errors: Console) -> int:
    """0 where everything is sound (or mended), 1 where damage is left, 2 where the folder holds no release."""
    from pipelines.publish.errors import PublishError
    from pipelines.publish.repair import verify

    folder: Path = arguments.folder
    if not folder.is_dir():
        say(errors, f"mingzhang verify: no such folder: {shown(folder)}")
        return USAGE
    try:
        verdict = verify(folder, arguments.repair)
    except PublishError as error:
        say(errors, f"mingzhang verify: {error}")
        return USAGE
    if arguments.json:
        for damage in verdict.damage:
            emit("damage", path=damage.path, what=damage.what)
        for path in verdict.repaired:
            emit("repaired", path=path)
        for damage in verdict.left if arguments.repair else ():
            emit("left", path=damage.path, what=damage.what)
        emit("verify", releases=verdict.releases, damage=len(verdict.damage), left=len(verdict.left))
        return DAMAGED if verdict.left else SOUND
    for name, versions in verdict.releases.items():
        say(console, f"{name}: {', '.join(versions)}")
    for damage in verdict.damage:
        say(console, f"damaged 损坏: {damage}")
    for path in verdict.repaired:
        say(console, f"repaired 已修复: {path}")
    if arguments.repair:
        for damage in verdict.left:
            say(console, f"left 未能修复: {damage}")
    if not verdict.damage:
        say(console, "sound: every file is what was published, and the database holds the same rows 完好")
    elif not verdict.left:
        say(console, "mended: everything is what was published 已全部修复")
    elif not arguments.repair:
        say(console, f"{len(verdict.left)} damaged; `mingzhang verify --repair {shown(folder)}` mends what can be proven")
    return DAMAGED if verdict.left else SOUND
