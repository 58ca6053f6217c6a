"""The corpus: reports found, read in a process pool and joined. The first of the three steps of a build."""

from collections.abc import Iterator
from dataclasses import asdict

import polars as pl
from dagster import AssetExecutionContext, AssetKey, AssetSpec, Failure, MaterializeResult, multi_asset

from pipelines import joining, manifest, run, sound
from pipelines.assets.files import register
from pipelines.assets.metadata import counts, frame_metadata, refusals_table
from pipelines.assets.settings import BuildSettings
from pipelines.finding import find_files
from pipelines.manifest import ManifestError
from pipelines.pool import PoolError
from pipelines.publish import PublishError
from pipelines.publish.output import ready
from pipelines.quarantine import Refusal, write_quarantine

CORPUS, READINGS, NOTICES, ACCOUNTING, REFUSALS = (
    AssetKey(name) for name in ("corpus", "readings", "notices", "accounting", "refusals")
)
_DESCRIPTIONS = {
    CORPUS: "**报告语料** What was read from every report, by resource, before it is judged.",
    READINGS: "**读表记录** How each official table was read: status, unit, method, page and line.",
    NOTICES: "**读取提示** What the reading noticed: ambiguous numbers, new codes, withheld tables.",
    ACCOUNTING: "**数字去向** Every number of the table regions and what it was used for.",
    REFUSALS: "**未采用文件** Files that are not published, each with its reason.",
}
REFUSAL_SCHEMA = {name: pl.String for name in ("file", "reason", "sha256", "stage", "report_id")}


@multi_asset(
    name="read_reports",
    group_name="reading",
    specs=[
        AssetSpec(key, description=description, kinds={"polars", "parquet"}).with_io_manager_key("io_manager")
        for key, description in _DESCRIPTIONS.items()
    ],
)
def read_reports(context: AssetExecutionContext, settings: BuildSettings) -> Iterator[MaterializeResult]:
    """Find, read and join the reports, as the command line does."""
    files, missing = find_files(settings.report_paths)
    register(context.instance, files)
    try:
        known = manifest.of_files(settings.manifest_path, (file.name for file in files))
        with ready(settings.out_path, run.size_of(files)):
            context.log.info(f"{len(files)} files; {settings.out_path} can be written to")
        extractions, refused = run.read_files(
            files,
            settings.jobs,
            lambda event: context.log.info(f"read {event.done}/{event.total} {event.name} {event.doing}".rstrip()),
            settings.limits,
        )
    except (ManifestError, PublishError, PoolError) as error:
        raise Failure(str(error), allow_retries=False) from error
    chosen, duplicates = joining.choose(extractions)
    chosen = [manifest.with_origins(one, known) for one in chosen] if known else chosen
    mended, unsound = sound.mend(chosen)
    refusals = [*missing, *refused, *duplicates, *unsound]
    if not mended:
        raise nothing_published(settings, refusals)
    corpus = joining.join(mended)
    rows = {name: frame.height for name, frame in corpus.frames.items()}
    yield MaterializeResult(
        asset_key=CORPUS,
        value=corpus.frames,
        metadata={"files": len(files), "reports": len(mended), "rows": counts(rows, "resource", "rows")},
    )
    for key, frame in ((READINGS, corpus.tables), (NOTICES, corpus.notices), (ACCOUNTING, corpus.accounting)):
        yield MaterializeResult(asset_key=key, value=frame, metadata=frame_metadata(frame))
    yield refused_result(REFUSALS, refusals)


def refused_result(key: AssetKey, refusals: list[Refusal]) -> MaterializeResult:
    """An asset that lists what is not published."""
    return MaterializeResult(
        asset_key=key,
        value=pl.DataFrame([{k: v for k, v in asdict(item).items() if k in REFUSAL_SCHEMA} for item in refusals], schema=REFUSAL_SCHEMA),
        metadata={"dagster/row_count": len(refusals), "refusals": refusals_table(refusals)},
    )


def refusals_of(frame: pl.DataFrame) -> list[Refusal]:
    """What :func:`refused_result` stored."""
    return [Refusal(**row) for row in frame.iter_rows(named=True)]


def nothing_published(settings: BuildSettings, refusals: list[Refusal]) -> Failure:
    """The failure of a run of which no report is left, with ``quarantine.json`` written."""
    settings.out_path.mkdir(parents=True, exist_ok=True)
    write_quarantine(settings.out_path, refusals)
    return Failure("no report could be published", {"refusals": refusals_table(refusals)}, allow_retries=False)
