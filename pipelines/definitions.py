"""The Dagster door: ``make dev``, or ``dagster job execute -m pipelines.definitions -j build_all``.

Wiring only, see :mod:`pipelines.assets`; the command line is the other door to the same functions.
"""

from dagster import (
    AssetSelection,
    Definitions,
    ScheduleDefinition,
    define_asset_job,
    in_process_executor,
)

from pipelines.assets import BuildSettings, ParquetIOManager, judged_resources, read_reports, releases

build_all = define_asset_job(
    "build_all",
    AssetSelection.all(),
    description="读取、核查并发布全部报告。 Read, check and publish all reports.",
)

daily_build = ScheduleDefinition(
    name="daily_build",
    job=build_all,
    cron_schedule="0 3 * * *",
    execution_timezone="Asia/Shanghai",
    description="每日重建。 The whole build, every night; switched on in Dagster.",
)

defs = Definitions(
    assets=[read_reports, judged_resources, releases],
    jobs=[build_all],
    schedules=[daily_build],
    resources={
        "settings": BuildSettings.from_environment(),
        "io_manager": ParquetIOManager(),
    },
    # Three steps, one after another, and the reading has its own process pool.
    executor=in_process_executor,
)
