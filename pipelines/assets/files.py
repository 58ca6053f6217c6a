"""Every file of the inbox as a partition of the asset ``report``: what became of it, and a run for some of them alone.

A build says of each file that it published how it was read and what was found, and of each that it did not why. A run
of ``report`` reads and judges the chosen files in the same way and publishes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    BackfillPolicy,
    DagsterInstance,
    DynamicPartitionsDefinition,
    Failure,
    MetadataValue,
    asset,
)

from pipelines import joining, run, sound
from pipelines.assets.metadata import Metadata, markdown_table, refusals_table
from pipelines.assets.settings import BuildSettings
from pipelines.finding import Source, find_files
from pipelines.pool import PoolError
from pipelines.quarantine import Refusal

REPORT = AssetKey("report")
FILES = DynamicPartitionsDefinition(name="files")
_SHOWN = 20
"""Findings that are listed of a report."""
_SEVERITIES = ("error", "warning", "info")


def register(instance: DagsterInstance, sources: Iterable[Source]) -> None:
    """The partitions are the files that a build is given; one that is gone is no partition any more."""
    name = FILES.name or ""
    known, found = set(instance.get_dynamic_partitions(name)), {source.name for source in sources}
    if found - known:
        instance.add_dynamic_partitions(name, sorted(found - known))
    for gone in sorted(known - found):
        instance.delete_dynamic_partition(name, gone)


def events(
    frames: Mapping[str, pl.DataFrame], refusals: Iterable[Refusal], files: Iterable[str]
) -> Iterator[AssetMaterialization | AssetObservation]:
    """What a build says of each of its files: how it was published, or why it was not."""
    known = set(files)
    for file, metadata in _of_files(frames, known).items():
        yield AssetMaterialization(REPORT, partition=file, metadata=metadata)
    for refusal in refusals:
        if (inside := _partition(refusal.file, known)) is not None:
            told = {"file": refusal.file, "status": "quarantined", "stage": refusal.stage, "reason": refusal.reason}
            yield AssetObservation(REPORT, partition=inside, metadata=told)


def _partition(file: str, known: set[str]) -> str | None:
    """The file of the inbox that a file is, or that it lies in."""
    while file and file not in known:
        file = file.rpartition("/")[0]
    return file or None


def _of_files(frames: Mapping[str, pl.DataFrame], known: set[str]) -> dict[str, Metadata]:
    """File → what is published of its reports (an archive may hold many)."""
    findings = {key[0]: part for key, part in frames["findings"].group_by("report_id", maintain_order=True)}
    none = frames["findings"].clear()
    described = {
        row["report_id"]: _described(row, findings.get(row["report_id"], none))
        for row in frames["reports"].iter_rows(named=True)
    }
    held: dict[str, list[str]] = {}
    for report_id, name in frames["sources"].select("report_id", "source_file").iter_rows():
        if (file := _partition(name, known)) is not None:
            held.setdefault(file, []).append(report_id)
    return {file: _together([described[report_id] for report_id in dict.fromkeys(ids)]) for file, ids in held.items()}


def _together(reports: list[Metadata]) -> Metadata:
    if len(reports) == 1:
        return reports[0]
    columns = [name for name in reports[0] if name != "findings"]
    rows = [[report.get(name) for name in columns] for report in reports]
    return {"dagster/row_count": len(reports), "reports": MetadataValue.md(markdown_table(columns, rows))}


def _described(report: Mapping[str, object], findings: pl.DataFrame) -> Metadata:
    named = ("report_id", "institution", "fiscal_year", "kind", "status", "tables_withheld", "rule_coverage")
    found = findings["severity"].to_list()
    shown = sorted(findings.iter_rows(named=True), key=lambda row: _SEVERITIES.index(row["severity"]))[:_SHOWN]
    listed = markdown_table(
        ["rule", "severity", "page", "message"], [(r["rule_id"], r["severity"], r["page"], r["message_zh"]) for r in shown]
    )
    return {
        **{name: str(report[name]) for name in named if report[name] is not None},
        **{f"findings_{severity}": found.count(severity) for severity in _SEVERITIES},
        "findings": MetadataValue.md(listed),
    }


@asset(
    key=REPORT,
    partitions_def=FILES,
    group_name="reading",
    kinds={"python"},
    backfill_policy=BackfillPolicy.single_run(),
    description=(
        "**单份报告** One file of the inbox: how it was read and what was found. A build fills it in; materialising some of "
        "the files reads and judges these alone, in one run, and publishes nothing."
    ),
)
def report(context: AssetExecutionContext, settings: BuildSettings) -> None:
    """Read and judge the chosen files alone. Fails where one of them cannot be published; the others are told of first."""
    wanted = set(context.partition_keys)
    found, _ = find_files(settings.report_paths)
    files = [source for source in found if source.name in wanted]
    refusals = [Refusal(name, "the file is not there any more") for name in sorted(wanted - {f.name for f in files})]
    try:
        read, refused = run.read_files(files, settings.jobs, None, settings.limits)
    except PoolError as error:
        raise Failure(str(error), allow_retries=False) from error
    chosen, duplicates = joining.choose(read)
    mended, unsound = sound.mend(chosen)
    refusals += [*refused, *duplicates, *unsound]
    told: dict[str, Metadata] = {}
    if mended:
        judged = sound.judge(joining.join(mended))
        refusals += judged.refusals
        told = _of_files(judged.frames, wanted) if judged.frames else {}
    for file, metadata in told.items():
        if refusals:
            context.log_event(AssetMaterialization(REPORT, partition=file, metadata=metadata))
        else:
            context.add_asset_metadata(metadata, partition_key=file)
    if refusals:
        raise Failure(
            f"{len(refusals)} of {len(wanted)} files cannot be published: {refusals[0].reason}",
            {"refusals": refusals_table(refusals)},
            allow_retries=False,
        )
