"""One build, as plain functions: find files, read them in a pool, join them, check them, publish them.

The command line and Dagster both call these; neither holds logic of its own. A file that cannot be read is one
line in the quarantine list and never stops the others.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pipelines import schema
from pipelines.documents import DocumentError, open_document
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction, NotAReport, Notice, NumberUse, TableReading
from pipelines.publish.files import json_bytes, write_atomically

if TYPE_CHECKING:
    from pipelines.publish import Release
    from pipelines.quality import Quality

QUARANTINE = "quarantine.json"

Progress = Callable[[int, int, str], None]
"""Called after each file: done, total, file name."""

_READING_SCHEMA = {
    "report_id": pl.String, "resource": pl.String, "table_no": pl.Int64, "printed_no": pl.String, "title": pl.String,
    "status": pl.String, "unit": pl.String, "quantum": pl.Int64, "method": pl.String, "page": pl.Int64, "line": pl.Int64,
}  # fmt: skip
_NOTICE_SCHEMA = {
    "report_id": pl.String, "code": pl.String, "resource": pl.String, "locator": pl.String, "message_zh": pl.String,
    "message_en": pl.String, "actual": pl.String, "page": pl.Int64, "line": pl.Int64,
}  # fmt: skip
_USE_SCHEMA = {
    "report_id": pl.String, "token": pl.String, "page": pl.Int64, "line": pl.Int64, "resource": pl.String,
    "role": pl.String, "locator": pl.String, "column": pl.String, "reason": pl.String,
}  # fmt: skip


@dataclass(slots=True, frozen=True)
class Refusal:
    """A file that is not published, and why."""

    file: str
    reason: str
    sha256: str | None = None


@dataclass(slots=True)
class Corpus:
    """Many reports joined: every resource's frame, and how each table, notice and number was read."""

    frames: dict[str, pl.DataFrame]
    tables: pl.DataFrame
    notices: pl.DataFrame
    accounting: pl.DataFrame


@dataclass(slots=True)
class Build:
    """What one build did."""

    corpus: Corpus | None
    quality: Quality | None
    releases: list[Release] = field(default_factory=list)
    quarantine: list[Refusal] = field(default_factory=list)


def find_files(paths: Iterable[Path]) -> tuple[list[Path], list[Refusal]]:
    """Files in the given files and folders (recursive), sorted; hidden ones and symbolic links are skipped.

    A path that does not exist is a refusal. Nothing outside the given paths is read.
    """
    found: dict[Path, None] = {}
    refusals: list[Refusal] = []
    for path in paths:
        if path.is_symlink():
            refusals.append(Refusal(path.name, "a symbolic link is not followed"))
        elif path.is_file():
            found[path] = None
        elif path.is_dir():
            found.update(dict.fromkeys(_walk(path)))
        else:
            refusals.append(Refusal(str(path), "no such file or folder"))
    return list(found), refusals


def _walk(folder: Path) -> list[Path]:
    files: list[Path] = []
    for root, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(d for d in folders if not d.startswith(".") and not (Path(root) / d).is_symlink())
        for name in sorted(names):
            path = Path(root) / name
            if not name.startswith(".") and not path.is_symlink() and path.is_file():
                files.append(path)
    return files


def read_file(path: Path) -> Extraction | Refusal:
    """Read one report; every failure becomes a refusal with one sentence."""
    try:
        return extract(open_document(path))
    except (DocumentError, NotAReport) as error:
        return Refusal(path.name, str(error))
    except OSError as error:
        return Refusal(path.name, f"the file cannot be opened ({error.strerror or error})")
    except Exception as error:  # noqa: BLE001 - one report's trouble must not stop the others
        return Refusal(path.name, f"the report could not be read (internal error: {type(error).__name__}: {error})")


def read_files(
    files: Sequence[Path], jobs: int = 0, progress: Progress | None = None
) -> tuple[list[Extraction], list[Refusal]]:
    """Read reports in a process pool (``jobs`` 0: one per core), in the order of ``files``."""
    jobs = jobs or os.cpu_count() or 1
    results: dict[Path, Extraction | Refusal] = {}

    def note(path: Path, result: Extraction | Refusal) -> None:
        results[path] = result
        if progress:
            progress(len(results), len(files), path.name)

    if jobs == 1 or len(files) < 3:
        for path in files:
            note(path, read_file(path))
    else:
        _read_in_pool(files, jobs, note)
    ordered = [results[path] for path in files]
    return [r for r in ordered if isinstance(r, Extraction)], [r for r in ordered if isinstance(r, Refusal)]


def _pool(jobs: int) -> Executor:
    # spawn, not fork: Polars holds threads.
    return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))


def _read_in_pool(files: Sequence[Path], jobs: int, note: Callable[[Path, Extraction | Refusal], None]) -> None:
    done: set[Path] = set()
    try:
        with _pool(jobs) as pool:
            futures = {pool.submit(read_file, path): path for path in files}
            for future in as_completed(futures):
                path = futures[future]
                note(path, future.result())
                done.add(path)
        return
    except BrokenProcessPool:
        pass
    # A file brought its process down: the rest one by one, each in a process of its own.
    for path in files:
        if path in done:
            continue
        try:
            with _pool(1) as pool:
                note(path, pool.submit(read_file, path).result())
        except BrokenProcessPool:
            note(path, Refusal(path.name, "reading the file crashed the PDF library; it is skipped"))


def choose(extractions: Sequence[Extraction]) -> tuple[list[Extraction], list[Refusal]]:
    """One extraction per report: the same bytes once, of several filings the fuller one."""
    refusals: list[Refusal] = []
    by_bytes: dict[str, Extraction] = {}
    for item in extractions:
        first = by_bytes.setdefault(item.source_sha256, item)
        if first is not item:
            refusals.append(Refusal(item.source_file, f"the same bytes as {first.source_file}", item.source_sha256))
    chosen: dict[str, Extraction] = {}
    for item in by_bytes.values():
        key = item.identity.report_id
        rival = chosen.get(key)
        if rival is None:
            chosen[key] = item
            continue
        best, other = (item, rival) if _fullness(item) > _fullness(rival) else (rival, item)
        chosen[key] = best
        refusals.append(
            Refusal(
                other.source_file,
                f"the same report as {best.source_file} ({key}), which holds more tables or figures",
                other.source_sha256,
            )
        )
    return [chosen[key] for key in sorted(chosen)], refusals


def _fullness(item: Extraction) -> tuple[int, int, str]:
    found = sum(t.status == "found" for t in item.tables)
    return found, sum(u.role == "cell" for u in item.accounting), item.source_file


def join(extractions: Sequence[Extraction]) -> Corpus:
    """Concatenate the frames of many reports; every declared resource by report is there, if empty."""
    frames: dict[str, pl.DataFrame] = {}
    for name, resource in _packaged().items():
        parts = [e.frames[name] for e in extractions if name in e.frames and e.frames[name].height]
        if parts:
            frames[name] = pl.concat(parts)
        elif resource.by_report or name == "reports":
            frames[name] = resource.empty()
    return Corpus(
        frames,
        _records(extractions, lambda e: e.tables, _READING_SCHEMA),
        _records(extractions, lambda e: e.notices, _NOTICE_SCHEMA),
        _records(extractions, lambda e: e.accounting, _USE_SCHEMA),
    )


def _packaged() -> dict[str, schema.Resource]:
    """The declared resources that some package holds."""
    held = {name for package in schema.packages().values() for name in package.resources}
    return {name: resource for name, resource in schema.resources().items() if name in held}


def _records(
    extractions: Sequence[Extraction],
    part: Callable[[Extraction], Sequence[TableReading | Notice | NumberUse]],
    columns: dict[str, type[pl.DataType]],
) -> pl.DataFrame:
    rows = [{"report_id": e.identity.report_id, **asdict(item)} for e in extractions for item in part(e)]
    return pl.DataFrame(rows, schema=columns, orient="row").select(list(columns))


def judge(corpus: Corpus) -> Quality:
    """Hold the corpus against the rules (imports Great Expectations: some seconds)."""
    from pipelines.quality import check

    return check(corpus.frames, corpus.tables, corpus.notices, corpus.accounting)


def complete(corpus: Corpus, quality: Quality) -> dict[str, pl.DataFrame]:
    """Every frame that is published: the corpus, its findings and coverage, rules and code lists."""
    counts = quality.findings.group_by("report_id").len("found")
    reports = (
        corpus.frames["reports"]
        .join(counts, on="report_id", how="left", maintain_order="left")
        .join(quality.coverage.rename({"rule_coverage": "covered"}), on="report_id", how="left", maintain_order="left")
        .with_columns(finding_count=pl.col("found").fill_null(0).cast(pl.Int64), rule_coverage=pl.col("covered"))
        .drop("found", "covered")
    )
    frames = dict(corpus.frames)
    frames["reports"] = schema.resources()["reports"].conform(reports)
    frames["findings"] = quality.findings
    frames["rules"] = quality.rules
    frames["disclosure_checklist"] = quality.checklist
    for name, resource in _packaged().items():
        if name not in frames and not resource.by_report:
            frames[name] = schema.codes(name)
    return frames


def build(paths: Iterable[Path], out: Path, jobs: int = 0, progress: Progress | None = None) -> Build:
    """Read, check and publish. Raises :class:`pipelines.publish.PublishError`; earlier output stays untouched then."""
    from pipelines.publish import publish

    files, missing = find_files(paths)
    extractions, refused = read_files(files, jobs, progress)
    chosen, duplicates = choose(extractions)
    quarantine = [*missing, *refused, *duplicates]
    result = Build(None, None, [], quarantine)
    if chosen:
        corpus = join(chosen)
        quality = judge(corpus)
        result.corpus, result.quality = corpus, quality
        result.releases = publish(complete(corpus, quality), out, results=quality.results)
    out.mkdir(parents=True, exist_ok=True)
    write_quarantine(out, quarantine)
    return result


def write_quarantine(out: Path, quarantine: Sequence[Refusal]) -> None:
    """``quarantine.json``: the files that are not published, each with its reason."""
    write_atomically(out / QUARANTINE, json_bytes([asdict(r) for r in quarantine]))


def quarantine_of(out: Path) -> list[dict[str, str]]:
    """The quarantine list of the last build in ``out``."""
    path = out / QUARANTINE
    return json.loads(path.read_text("utf-8")) if path.exists() else []
