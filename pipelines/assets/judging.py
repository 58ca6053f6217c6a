"""Every published resource, held against every rule: one asset per resource, one asset check per rule.

The middle step of a build. One function gives them all, because the rules hold between tables and the reports carry
the count of their findings; the dependencies say which resource follows from which.
"""

from collections.abc import Iterator

import polars as pl
from dagster import (
    AssetCheckResult,
    AssetIn,
    AssetKey,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from pipelines import joining, sound
from pipelines.assets import checks
from pipelines.assets.metadata import (
    frame_metadata,
    published,
    resource_description,
    resource_metadata,
)
from pipelines.assets.reading import (
    ACCOUNTING,
    CORPUS,
    NOTICES,
    READINGS,
    REFUSALS,
    nothing_published,
    refusals_of,
    refused_result,
)
from pipelines.assets.settings import BuildSettings
from pipelines.schema import Resource

KEPT_BACK = AssetKey("kept_back")
_FOLLOWING = ("findings", "rule_results", "reports")
"""Resources that follow from other ones, in this order."""


def _deps(resource: Resource) -> list[AssetKey]:
    """One way: corpus → tables → findings → reports. Code lists and rules follow from nothing that was read."""
    if not resource.by_report:
        return []
    read = [r.name for r in published().values() if r.by_report and r.name not in _FOLLOWING]
    if resource.name in ("findings", "rule_results"):
        return [CORPUS, READINGS, NOTICES, ACCOUNTING, *map(AssetKey, read)]
    if resource.name == "reports":
        return [CORPUS, AssetKey("findings")]
    return [CORPUS]


def _group(resource: Resource) -> str:
    if not resource.by_report:
        return "catalogues"
    return "tables" if resource.table_no is not None else "reports"


def _spec(resource: Resource) -> AssetSpec:
    return AssetSpec(
        resource.name,
        deps=_deps(resource),
        description=resource_description(resource),
        metadata=resource_metadata(resource),
        group_name=_group(resource),
        kinds={"polars", "parquet"},
    ).with_io_manager_key("io_manager")


_KEPT_BACK = AssetSpec(
    KEPT_BACK,
    deps=[CORPUS, READINGS, NOTICES, ACCOUNTING, REFUSALS],
    description="**未放行报告** Refused files, and reports that the gate keeps back, each with its stage and reason.",
    metadata={"title": "未放行报告"},
    group_name="reports",
    kinds={"polars", "parquet"},
).with_io_manager_key("io_manager")


@multi_asset(
    name="judge_reports",
    specs=[*(_spec(resource) for resource in published().values()), _KEPT_BACK],
    ins={key.path[-1]: AssetIn(key) for key in (CORPUS, READINGS, NOTICES, ACCOUNTING, REFUSALS)},
    check_specs=checks.specs(),
)
def judged_resources(
    settings: BuildSettings,
    corpus: dict[str, pl.DataFrame],
    readings: pl.DataFrame,
    notices: pl.DataFrame,
    accounting: pl.DataFrame,
    refusals: pl.DataFrame,
) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Judge the corpus and complete what is published, as the command line does."""
    judged = sound.judge(joining.Corpus(corpus, readings, notices, accounting))
    kept_back = [*refusals_of(refusals), *judged.refusals]
    quality, frames = judged.quality, judged.frames
    if quality is None:
        raise nothing_published(settings, kept_back)
    # Dagster wants an asset after those that it depends on.
    for name in [*(n for n in published() if n not in _FOLLOWING), *_FOLLOWING]:
        resource, frame = published()[name], frames[name]
        yield MaterializeResult(asset_key=name, value=frame, metadata=frame_metadata(frame, resource))
    yield refused_result(KEPT_BACK, kept_back)
    yield from checks.results(quality)
