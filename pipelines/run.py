"""One build, as plain functions: find files, read them in a pool, join them, check them, publish them.

The command line and Dagster both call these; neither holds logic of its own. A file that cannot be read is one
line in the quarantine list and never stops the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import manifest, pool
from pipelines.bundling import Stray, bundles
from pipelines.extract.result import Extraction
from pipelines.finding import Contents, Source, as_source, find_files
from pipelines.joining import Corpus, choose, join
from pipelines.pool import Limits
from pipelines.quarantine import Refusal, Stage, Unidentified, write_quarantine

if TYPE_CHECKING:
    from pipelines.publish import Release
    from pipelines.quality import Quality


BUNDLE_READER = "pipelines.reader:read_bundle"
READER = "pipelines.reader:read_file"
"""What a worker does with a file (``module:name``)."""


@dataclass(slots=True, frozen=True)
class Event:
    """How far a build is: of ``stage``, ``done`` of ``total`` (0: not known) and what was or is being done."""

    stage: Stage
    done: int
    total: int
    name: str = ""
    report_id: str | None = None
    refusal: Refusal | None = None
    doing: str = ""
    """What takes its time in the file named (``OCR 3/14``); then nothing new is done."""


Progress = Callable[[Event], None]


@dataclass(slots=True)
class Build:
    """What one build did."""

    corpus: Corpus | None
    quality: Quality | None
    releases: list[Release] = field(default_factory=list)
    quarantine: list[Refusal] = field(default_factory=list)


def read_files(
    files: Sequence[Source | Path],
    jobs: int = 0,
    progress: Progress | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> tuple[list[Extraction], list[Refusal]]:
    """Read reports in worker processes (``jobs`` 0: one per core) under limits, in the order of ``files``.

    Archives are opened, and files that belong to one report are read as one (:mod:`pipelines.bundling`). Raises :class:`pipelines.pool.PoolError` where no process can start.
    """
    sources = [as_source(file) for file in files]
    workers = jobs or os.cpu_count() or 1
    results: dict[Source, Extraction | Contents | Refusal] = {}
    total = len(sources)

    def read(tasks: Sequence[Source], depth: int) -> None:
        nonlocal total

        def recognising(index: int, doing: str) -> None:
            if progress:
                progress(Event("reading", len(results), total, tasks[index].name, doing=doing))

        for index, answer in pool.each(READER, tasks, min(workers, len(tasks)), limits, recognising) if tasks else ():
            source = tasks[index]
            if isinstance(answer, Contents) and depth:
                answer = Refusal(source.name, "an archive in an archive in an archive is not opened")
            result = Refusal(source.name, _why_lost(answer, limits)) if isinstance(answer, pool.Lost) else answer
            results[source] = result
            total += len(result.files) if isinstance(result, Contents) else 0
            if progress:
                refusal = result if isinstance(result, Refusal) else None
                report_id = result.identity.report_id if isinstance(result, Extraction) else None
                progress(Event("reading", len(results), total, source.name, report_id, refusal))

    read(sources, 0)
    read([inside for source in sources for inside in _inside(results[source])], 1)
    ordered: list[tuple[Source, Extraction | Refusal]] = []
    for source in sources:
        for one in _inside(results[source]) or (source,):
            result = results[one]
            assert not isinstance(result, Contents)
            ordered.append((one, result))
    return _bundled(ordered, workers, limits)


def _inside(result: Extraction | Contents | Refusal) -> tuple[Source, ...]:
    """The files in an archive; of any other file none."""
    return result.files if isinstance(result, Contents) else ()


def _bundled(
    read: Sequence[tuple[Source, Extraction | Refusal]], jobs: int, limits: Limits
) -> tuple[list[Extraction], list[Refusal]]:
    """Reports of several files read again as one, in the place of their first file; refusals say what was tried."""
    sources = {source.name: source for source, _ in read}
    items = {source.name: item for source, item in read}
    strays = [Stray(s.name, item.evidence) for s, item in read if isinstance(item, Unidentified)]
    extractions = [item for item in items.values() if isinstance(item, Extraction)]
    found, reasons = bundles(extractions, strays, {name: source.folder for name, source in sources.items()})
    for name, reason in reasons.items():
        stray = items[name]
        assert isinstance(stray, Refusal)
        items[name] = replace(stray, reason=f"{stray.reason}; {reason}")
    tasks = [(tuple(sources[name] for name in bundle.names), bundle.borrowed) for bundle in found]
    for index, answer in pool.each(BUNDLE_READER, tasks, min(jobs, len(tasks)), limits) if tasks else ():
        if isinstance(answer, Extraction):
            first = min(found[index].names, key=list(items).index)
            items = {k: answer if k == first else v for k, v in items.items() if k == first or k not in found[index].names}
    kept = list(items.values())
    return [r for r in kept if isinstance(r, Extraction)], [r for r in kept if isinstance(r, Refusal)]


def _why_lost(lost: pool.Lost, limits: Limits) -> str:
    if lost.cause == "time":
        return f"reading the file takes longer than {limits.seconds:g} s (--timeout); it was tried {pool.TRIES} times"
    if lost.cause == "memory":
        return f"reading the file takes more than {limits.memory >> 20:,} MiB of memory (--memory); it was tried {pool.TRIES} times"
    return f"reading the file crashed its process ({lost.detail}); it was tried {pool.TRIES} times"


def build(
    paths: Iterable[Path],
    out: Path,
    jobs: int = 0,
    progress: Progress | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    origins: Path | None = None,
) -> Build:
    """Read, check and publish. Raises ``PublishError`` or ``PoolError``; earlier output stays untouched then.

    ``origins``: a manifest of the files (:mod:`pipelines.manifest`); a bad one raises ``ManifestError`` before
    anything is read.
    ``quarantine.json`` is written in every case: where nothing could be published, it holds every file.
    """
    from pipelines import sound
    from pipelines.publish.output import ready

    tell = progress or (lambda event: None)
    files, missing = find_files(paths, lambda number: tell(Event("finding files", number, 0)))
    tell(Event("finding files", len(files), len(files)))
    known = manifest.of_files(origins, (file.name for file in files))
    with ready(out, size_of(files)):
        extractions, refused = read_files(files, jobs, tell, limits)
        chosen, duplicates = choose(extractions)
        chosen = [manifest.with_origins(one, known) for one in chosen] if known else chosen
        mended, unsound = sound.mend(chosen)
        result = Build(None, None, [], [*missing, *refused, *duplicates, *unsound])
        try:
            if mended:
                tell(Event("checking", 0, 1))
                judged = sound.judge(join(mended))
                tell(Event("checking", 1, 1))
                result.releases, judged = sound.publish(
                    judged, out, lambda done, total, part: tell(Event("publishing", done, total, part)), result.quarantine
                )
                result.corpus, result.quality = judged.corpus, judged.quality
                result.quarantine += judged.refusals
        except Exception as error:
            reason = f"nothing was published ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
            lost = [Refusal(e.source_file, reason, e.source_sha256, "publishing", e.identity.report_id) for e in mended]
            write_quarantine(out, [*result.quarantine, *lost])
            raise
        write_quarantine(out, result.quarantine)
    return result


def size_of(files: Iterable[Source]) -> int:
    """Bytes of all input; a file that is gone has none."""

    def size(path: Path) -> int:
        try:
            return path.stat().st_size
        except OSError:
            return 0

    return sum(size(source.path) for source in files)
