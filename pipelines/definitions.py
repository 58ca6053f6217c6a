"""The Dagster door: ``make dev``, or ``dagster job execute -m pipelines.definitions -j build_all``.

Wiring only, see :mod:`pipelines.assets`; the command line is the other door to the same functions.
"""

from dagster import (
    AssetSelection,
    Definitions,
    define_asset_job,
    in_process_executor,
)

from pipelines.assets import (
    BuildSettings,
    ParquetIOManager,
    daily_build,
    inbox,
    judged_resources,
    read_reports,
    releases,
    report,
)

build_all = define_asset_job(
    "build_all",
    AssetSelection.all() - AssetSelection.assets(report),
    description="读取、核查并发布全部报告。 Read, check and publish all reports.",
)

defs = Definitions(
    assets=[read_reports, judged_resources, releases, report],
    jobs=[build_all],
    schedules=[daily_build],
    sensors=[inbox],
    resources={
        "settings": BuildSettings.from_environment(),
        "io_manager": ParquetIOManager(),
    },
    # Three steps, one after another, and the reading has its own process pool.
    executor=in_process_executor,
)
