"""How commands speak: one line for a message, progress for each stage, one JSON line for an event."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from pipelines.printable import printable

if TYPE_CHECKING:
    from pipelines.quarantine import Stage
    from pipelines.run import Event

LINES = 20
"""About how many lines of progress a stage prints where there is no terminal."""

_DOING: dict[Stage, str] = {
    "finding files": "finding files 查找文件",
    "reading": "reading 读取",
    "checking": "checking 核查",
    "publishing": "publishing 发布",
}


def say(console: Console, message: str) -> None:
    """A message from inside or outside: no markup, nothing that a terminal would obey, never broken into lines."""
    console.print(Text("\n".join(map(printable, message.split("\n")))), soft_wrap=True)


def emit(event: str, **values: Any) -> None:
    """One JSON line on standard output."""
    sys.stdout.write(json.dumps({"event": event, **values}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def as_json(event: Event) -> None:
    """An event of a build as a JSON line. A search that goes on is none: it would be a line for each file."""
    if event.stage == "finding files" and not event.total:
        return
    values: dict[str, Any] = {"stage": event.stage, "done": event.done, "total": event.total}
    if event.name:
        values["name"] = printable(event.name)
    if event.doing:
        values["doing"] = event.doing
    if event.report_id:
        values["report_id"] = event.report_id
    emit("progress", **values)


class Bars:
    """Progress by stage: bars on a terminal, plain lines elsewhere; with ``verbose`` a line for each step."""

    def __init__(self, console: Console, verbose: bool = False) -> None:
        self.console = console
        self.verbose = verbose
        self.bars: Progress | None = None
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Callable[[Event], None]:
        if self.console.is_terminal:
            columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
            self.bars = Progress(*columns, console=self.console)
            self.bars.start()
        return self.step

    def __exit__(self, *_: object) -> None:
        if self.bars:
            self.bars.stop()

    def step(self, event: Event) -> None:
        if self.bars:
            self._move(self.bars, event)
        if self.verbose or not self.bars:
            self._line(event)

    def _move(self, bars: Progress, event: Event) -> None:
        if event.stage not in self.tasks:
            self.tasks[event.stage] = bars.add_task(_DOING.get(event.stage, event.stage), total=None)
        task = _DOING.get(event.stage, event.stage) + (f" ({event.doing})" if event.doing else "")
        bars.update(self.tasks[event.stage], description=task, completed=event.done, total=event.total or None)

    def _line(self, event: Event) -> None:
        if event.stage == "finding files":
            if event.total:
                say(self.console, f"{_DOING[event.stage]}: {event.done:,}")
            return
        if event.doing:
            say(self.console, f"{_DOING[event.stage]} {event.name} ({event.doing})")
            return
        every = 1 if self.verbose else max(1, -(-event.total // LINES))
        if event.done % every == 0 or event.done == event.total:
            tail = [event.name, event.report_id or "", event.refusal.reason if event.refusal else ""]
            shown = tail if self.verbose else tail[:1]
            say(self.console, " ".join([f"{_DOING[event.stage]} {event.done:,}/{event.total:,}", *filter(None, shown)]))


def cell(value: object) -> str:
    """A value of a frame as it is shown: numbers without trailing zeros, null as nothing."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = f"{value:f}".rstrip("0").rstrip(".")
        return text or "0"
    return str(value)
