"""The releases: one asset per package, the DuckDB file and the quarantine list. The last step of a build.

One function gives them all: they are put in place together or not at all.
"""

from collections.abc import Iterator

import polars as pl
from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from pipelines import joining, schema, sound
from pipelines.assets import checks
from pipelines.assets.files import FILES, events
from pipelines.assets.judging import KEPT_BACK
from pipelines.assets.metadata import Metadata, counts, package_description, published, refusals_table
from pipelines.assets.reading import ACCOUNTING, CORPUS, NOTICES, READINGS, nothing_published, refusals_of
from pipelines.assets.settings import BuildSettings
from pipelines.publish import DATABASE, PublishError, Release
from pipelines.quarantine import QUARANTINE, write_quarantine

DATABASE_KEY, QUARANTINE_KEY = AssetKey("mingzhang_duckdb"), AssetKey("quarantine")


def package_key(name: str) -> AssetKey:
    return AssetKey(["packages", name])


def _package_specs() -> list[AssetSpec]:
    # A package without a report is not published, and that is no failure.
    return [
        AssetSpec(
            package_key(name),
            deps=[*package.resources],
            description=package_description(package),
            metadata={"title": package.title, "title_en": package.title_en},
            kinds={"csv", "parquet"},
            skippable=bool(package.reports),
        )
        for name, package in schema.packages().items()
    ]


def _other_specs() -> list[AssetSpec]:
    return [
        AssetSpec(
            DATABASE_KEY,
            deps=list(published()),
            description="**明账数据库** Every published resource in one documented DuckDB file, built last.",
            metadata={"title": "明账数据库"},
            kinds={"duckdb"},
        ),
        AssetSpec(
            QUARANTINE_KEY,
            deps=[KEPT_BACK, CORPUS, READINGS, NOTICES, ACCOUNTING],
            description="**未发布清单** `quarantine.json`: the files that are not published, with their reasons.",
            metadata={"title": "未发布清单"},
            kinds={"json"},
        ),
    ]


@multi_asset(
    name="publish_releases",
    group_name="releases",
    specs=[*_package_specs(), *_other_specs()],
    ins={
        "kept_back": AssetIn(KEPT_BACK),
        **{key.path[-1]: AssetIn(key) for key in (CORPUS, READINGS, NOTICES, ACCOUNTING)},
        **{name: AssetIn(AssetKey(name)) for name in published()},
    },
    check_specs=[checks.quarantine_spec(QUARANTINE_KEY)],
)
def releases(
    context: AssetExecutionContext,
    settings: BuildSettings,
    kept_back: pl.DataFrame,
    corpus: dict[str, pl.DataFrame],
    readings: pl.DataFrame,
    notices: pl.DataFrame,
    accounting: pl.DataFrame,
    **frames: pl.DataFrame,
) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Publish what passed the gate, as the command line does. When it fails, the earlier output is untouched."""
    out = settings.out_path
    passed = sound.only(joining.Corpus(corpus, readings, notices, accounting), frames["reports"]["report_id"])
    judged = sound.Judged(passed, None, frames)
    try:
        done, judged = sound.publish(judged, out, refused=refusals_of(kept_back))
    except PublishError as error:
        raise Failure(str(error), allow_retries=False) from error
    quarantine = [*refusals_of(kept_back), *judged.refusals]
    if not done:
        raise nothing_published(settings, quarantine)
    write_quarantine(out, quarantine)
    for release in done:
        yield MaterializeResult(asset_key=package_key(release.package), metadata=_release_metadata(release))
    database = (out / DATABASE).resolve()
    yield MaterializeResult(
        asset_key=DATABASE_KEY,
        metadata={"path": MetadataValue.path(str(database)), "bytes": database.stat().st_size},
    )
    yield MaterializeResult(
        asset_key=QUARANTINE_KEY,
        metadata={
            "path": MetadataValue.path(str((out / QUARANTINE).resolve())),
            "dagster/row_count": len(quarantine),
            "files": refusals_table(quarantine),
        },
    )
    yield checks.quarantine_result(QUARANTINE_KEY, quarantine)
    for event in events(judged.frames, quarantine, context.instance.get_dynamic_partitions(FILES.name or "")):
        context.log_event(event)



def _release_metadata(release: Release) -> Metadata:
    return {
        "path": MetadataValue.path(str(release.path.resolve())),
        "version": release.version,
        "previous_version": release.previous or "",
        "change": (release.level or "first") if release.changed else "none",
        "reports": release.reports,
        "figures": release.figures,
        "dagster/row_count": sum(release.rows.values()),
        "rows": counts(release.rows, "resource", "rows"),
    }
