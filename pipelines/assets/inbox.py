"""Whether there is anything to do: one run for all files that arrived, none where nothing changed.

The sensor ``inbox`` and the schedule ``daily_build`` decide by the same fingerprint of the reports, the settings and the
code, which each run that they start carries as a tag. Not for reading files: that is the run's.
"""

import hashlib
import os
from functools import cache
from importlib.resources import files
from pathlib import Path

from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    RunRequest,
    RunsFilter,
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    schedule,
    sensor,
)

from pipelines.assets.settings import BuildSettings
from pipelines.finding import find_files
from pipelines.quarantine import QUARANTINE

TAG = "mingzhang/inbox"
"""The tag of a run that says what it was started for."""
JOB = "build_all"
_RECENT = 100
"""Runs among which the newest of ours is looked for."""
_LOST = (DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)


@cache
def _code() -> str:
    """The code and declarations of this process: after an upgrade everything is built anew."""
    digest = hashlib.sha256()
    for package in ("pipelines", "datapackages", "expectations"):
        root = Path(str(files(package)))
        for path in sorted(root.rglob("*")):
            if path.suffix in (".py", ".yaml", ".csv"):
                digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def fingerprint(settings: BuildSettings) -> str | None:
    """What a build of these settings would be made of, by names, sizes and times; None where there is no file."""
    found, _ = find_files(settings.report_paths)
    digest = hashlib.sha256(f"{_code()} {settings.out_path.absolute()}".encode())
    for source in found:
        try:
            status = source.path.stat()
        except OSError:
            continue  # it went while we looked: the next look sees the rest
        digest.update(os.fsencode(source.path) + f"\0{status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:32] if found else None


def _newest(instance: DagsterInstance) -> DagsterRun | None:
    """The newest run that was started for an inbox."""
    return next((run for run in instance.get_runs(RunsFilter(job_name=JOB), limit=_RECENT) if TAG in run.tags), None)


def decide(instance: DagsterInstance, settings: BuildSettings, again: bool) -> RunRequest | SkipReason:
    """A run, or why there is none. ``again``: a run of the same files that failed is tried once more."""
    now = fingerprint(settings)
    if now is None:
        return SkipReason(f"no file in {', '.join(settings.paths)}")
    last = _newest(instance)
    is_published = last is None or last.status != DagsterRunStatus.SUCCESS or (settings.out_path / QUARANTINE).exists()
    if last is not None and last.tags[TAG] == now and is_published:
        if last.status not in _LOST:
            return SkipReason(f"nothing changed since run {last.run_id}")
        if not again:
            return SkipReason(f"run {last.run_id} of these files failed: see why, mend it, and start it again")
    return RunRequest(tags={TAG: now})


@sensor(
    job_name=JOB,
    minimum_interval_seconds=30,
    description="收件箱：有新文件时启动一次构建。 One run for all files that arrived; it waits until two looks agree.",
)
def inbox(context: SensorEvaluationContext, settings: BuildSettings) -> SensorResult | SkipReason:
    """A run is started once the files are the same at two looks: none is read that is still being copied."""
    seen = fingerprint(settings) or ""
    if seen != (context.cursor or ""):
        return SensorResult(skip_reason=SkipReason("files changed; waiting until they rest"), cursor=seen)
    decided = decide(context.instance, settings, again=False)
    return SensorResult(run_requests=[decided], cursor=seen) if isinstance(decided, RunRequest) else decided


@schedule(
    job_name=JOB,
    cron_schedule="0 3 * * *",
    execution_timezone="Asia/Shanghai",
    description="每日重建，无变化时跳过。 Every night; skipped where nothing changed. Switched on in Dagster.",
)
def daily_build(context: ScheduleEvaluationContext, settings: BuildSettings) -> RunRequest | SkipReason:
    """Tried again every night while it fails."""
    return decide(context.instance, settings, again=True)
