"""The Dagster door: its names, that it publishes what the command line publishes, and what stops it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetCheckSeverity,
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    ExecuteInProcessResult,
    RunRequest,
    SensorResult,
    SkipReason,
    build_input_context,
    build_output_context,
    build_schedule_context,
    build_sensor_context,
    materialize,
)

from pipelines import joining, run, schema
from pipelines.assets import checks, daily_build, inbox, report
from pipelines.assets.parquet import ParquetStore
from pipelines.assets.settings import BuildSettings
from pipelines.definitions import defs
from pipelines.publish import DATABASE, release
from pipelines.quality import Quality, catalogue, rules
from pipelines.quarantine import quarantine_of, write_quarantine

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden" / "dagster.txt"
SAMPLES = ROOT / "samples" / "reports"
PLANTED = "wuhan-jiangan-water-2023-final-planted.pdf"
DUMP = "wuhan-jiangan-talent-2023-final-dump.txt"
BLANK = "shanghai-jingan-2023-final-blank-template.pdf"


# --- names ----------------------------------------------------------------------------------------------------


def names() -> str:
    """Every name that users, dashboards and schedules hold on to, one a line."""
    repository = defs.get_repository_def()
    graph = repository.asset_graph
    lines = [
        f"asset {key.to_user_string()} ({graph.get(key).group_name})" for key in graph.get_all_asset_keys()
    ]
    for key in graph.asset_check_keys:
        blocking = " (blocking)" if graph.get_check_spec(key).blocking else ""
        lines.append(f"check {key.asset_key.to_user_string()}:{key.name}{blocking}")
    lines += [f"job {name}" for name in repository.job_names if not name.startswith("__")]
    lines += [
        f"schedule {schedule.name} ({schedule.job_name}, {schedule.cron_schedule}, {schedule.execution_timezone})"
        for schedule in repository.schedule_defs
    ]
    lines += [f"sensor {sensor.name} ({sensor.job_name})" for sensor in repository.sensor_defs]
    return "\n".join(sorted(lines)) + "\n"


def test_names_are_the_golden_ones() -> None:
    assert names() == GOLDEN.read_text("utf-8"), (
        "after a wanted change: .venv/bin/python -m tests.test_dagster"
    )


def test_every_published_resource_package_and_rule_is_there() -> None:
    graph = defs.get_repository_def().asset_graph
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    held = {name for package in schema.packages().values() for name in package.resources}
    assert held <= keys
    assert {f"packages/{name}" for name in schema.packages()} <= keys
    assert sorted(key.name for key in graph.asset_check_keys) == sorted([*rules(), checks.QUARANTINED])


def test_dependencies_run_one_way() -> None:
    order = {"reading": 0, "tables": 1, "reports": 1, "catalogues": 1, "releases": 2}
    graph = defs.get_repository_def().asset_graph
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert all(
            order[graph.get(parent).group_name] <= order[node.group_name] for parent in node.parent_keys
        )


def test_no_check_blocks() -> None:
    """The gate keeps back reports; a check that blocked would keep back the batch."""
    graph = defs.get_repository_def().asset_graph
    assert not [key for key in graph.asset_check_keys if graph.get_check_spec(key).blocking]


def test_assets_are_described() -> None:
    graph = defs.get_repository_def().asset_graph
    for name, resource in schema.resources().items():
        if not graph.has(AssetKey(name)):
            continue
        node = graph.get(AssetKey(name))
        assert resource.title in (node.description or "")
        columns = node.metadata["dagster/column_schema"].columns
        assert [column.name for column in columns] == resource.names
        assert all(column.description for column in columns)


# --- a run ------------------------------------------------------------------------------------------------------


def execute(paths: list[Path], out: Path, jobs: int = 1, manifest: Path | None = None, **options: Any) -> ExecuteInProcessResult:
    """The job as the launchpad starts it, in this process."""
    config: dict[str, Any] = {"paths": [str(path) for path in paths], "out": str(out), "jobs": jobs}
    config |= {"manifest": str(manifest)} if manifest else {}
    job = defs.resolve_job_def("build_all")
    with DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(
            run_config={"resources": {"settings": {"config": config}}}, instance=instance, **options
        )


def evaluations(result: ExecuteInProcessResult) -> dict[str, AssetCheckEvaluation]:
    return {evaluation.check_name: evaluation for evaluation in result.get_asset_check_evaluations()}


def metadata(result: ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """The metadata of the one materialisation of an asset."""
    (event,) = [
        event
        for event in result.get_asset_materialization_events()
        if event.asset_key and event.asset_key.to_user_string() == asset
    ]
    return {name: value.value for name, value in event.materialization.metadata.items()}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[ExecuteInProcessResult, Path, Path]:
    """The same samples through both doors: the run, what Dagster wrote, what the command line's build wrote."""
    paths = [SAMPLES / name for name in (PLANTED, DUMP, BLANK)]
    ours, theirs = tmp_path_factory.mktemp("dagster"), tmp_path_factory.mktemp("command-line")
    origins = tmp_path_factory.mktemp("manifest") / "origins.csv"
    origins.write_text(f"path,url,publisher,published_on,retrieved_on\n{PLANTED},https://example.org/{PLANTED},示例,2024-08-30,2024-09-01\n", "utf-8")
    result = execute(paths, ours, jobs=2, manifest=origins)
    run.build(paths, theirs, jobs=1, origins=origins)
    return result, ours, theirs


def test_both_doors_publish_the_same_bytes(outputs: tuple[ExecuteInProcessResult, Path, Path]) -> None:
    result, ours, theirs = outputs
    assert result.success
    written, expected = (
        {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
        for out in (ours, theirs)
    )
    assert written.keys() == expected.keys()
    assert "final-accounts/1.0.0/data/expenditure_by_function.csv" in written
    assert b"https://example.org/" in written["final-accounts/1.0.0/data/sources.csv"]
    # The bytes of a DuckDB file differ at each build; that it equals the Parquet was proven while publishing.
    differing = [name for name in written if written[name] != expected[name]]
    assert differing in ([], [DATABASE])


def test_a_planted_error_fails_the_check_of_its_rule_and_stops_nothing(
    outputs: tuple[ExecuteInProcessResult, Path, Path],
) -> None:
    found = evaluations(outputs[0])
    assert found.keys() == {*rules(), checks.QUARANTINED}
    assert not found["T01.1"].passed
    assert found["T01.1"].severity == AssetCheckSeverity.ERROR
    assert not found["T01.1"].blocking
    assert found["T01.1"].metadata["findings"].value == 1
    assert "“本年收入合计”" in str(found["T01.1"].metadata["messages"].value)
    assert found["E93"].passed


def test_the_quarantine_is_in_the_metadata(outputs: tuple[ExecuteInProcessResult, Path, Path]) -> None:
    shown = metadata(outputs[0], "quarantine")
    assert shown["dagster/row_count"] == 1
    assert BLANK in shown["files"]
    assert "blank template" in shown["files"]
    assert BLANK in metadata(outputs[0], "refusals")["refusals"]
    check = evaluations(outputs[0])[checks.QUARANTINED]
    assert (check.passed, check.blocking, check.severity) == (False, False, AssetCheckSeverity.WARN)
    assert check.metadata["stages"].value == {"extracting": 1}
    assert BLANK in str(check.metadata["files"].value)


def test_metadata_count_rows_and_show_the_first(outputs: tuple[ExecuteInProcessResult, Path, Path]) -> None:
    result, ours, _ = outputs
    table = pl.read_parquet(ours / "final-accounts/1.0.0/data/expenditure_by_function.parquet")
    shown = metadata(result, "expenditure_by_function")
    assert shown["dagster/row_count"] == table.height
    assert shown["preview"].startswith("| 报告编号 |")
    assert metadata(result, "packages/final-accounts")["reports"] == 2
    assert metadata(result, "mingzhang_duckdb")["bytes"] > 0


def test_a_package_without_a_report_is_skipped(outputs: tuple[ExecuteInProcessResult, Path, Path]) -> None:
    made = {event.asset_key.to_user_string() for event in outputs[0].get_asset_materialization_events()}
    assert "packages/final-accounts" in made
    assert "packages/budgets" not in made


def test_nothing_to_publish_is_a_failed_run_with_its_quarantine(tmp_path: Path) -> None:
    result = execute([SAMPLES / BLANK], tmp_path / "out", raise_on_error=False)
    assert not result.success
    assert [entry["file"] for entry in quarantine_of(tmp_path / "out")] == [BLANK]
    assert not (tmp_path / "out" / DATABASE).exists()


def test_a_manifest_of_other_files_is_a_failed_run_before_anything_is_read(tmp_path: Path) -> None:
    origins = tmp_path / "origins.csv"
    origins.write_text("path,url,publisher,published_on,retrieved_on\nother.pdf,https://example.org/a,,,\n", "utf-8")
    result = execute([SAMPLES / BLANK], tmp_path / "out", manifest=origins, raise_on_error=False)
    assert not result.success and not (tmp_path / "out").exists()


# --- what blocks --------------------------------------------------------------------------------------------------


def quality_with(report_id: str, rule_id: str, resource: str) -> Quality:
    """One error of one rule; everything else is well."""
    declared = schema.resources()["findings"]
    finding = {
        **dict.fromkeys(declared.names), "finding_id": "0" * 16, "report_id": report_id, "rule_id": rule_id,
        "severity": "error", "resource": resource, "locator": "table", "source_no": 1, "message_zh": "有误。", "message_en": "Wrong.",
    }  # fmt: skip
    result = {"report_id": report_id, "rule_id": rule_id, "state": "fail", "severity": "error"}
    return Quality(
        findings=pl.DataFrame([finding], schema=declared.polars_schema()),
        reconciliations=pl.DataFrame(),
        rules=catalogue.published(),
        coverage=pl.DataFrame(
            {"report_id": [report_id], "rule_coverage": [Decimal(100)]},
            schema={"report_id": pl.String, "rule_coverage": schema.AMOUNT},
        ),
        results=pl.DataFrame([result]),
        rule_results=schema.resources()["rule_results"].empty(),
        expectations=pl.DataFrame(),
        checklist=schema.resources()["disclosure_checklist"].empty(),
    )


def test_the_gate_quarantines_a_report_and_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = joining.judge

    def judge(corpus: joining.Corpus, *, fast: bool = False) -> Quality:
        first = corpus.frames["reports"].filter(pl.col("source_file").str.contains(DUMP, literal=True))
        if first.is_empty():
            return whole(corpus, fast=True)
        return quality_with(first["report_id"][0], "E93", "reports")

    monkeypatch.setattr(joining, "judge", judge)
    result = execute([SAMPLES / DUMP, SAMPLES / PLANTED], tmp_path / "out")
    assert result.success
    (entry,) = quarantine_of(tmp_path / "out")
    assert (entry["file"], entry["stage"]) == (DUMP, "checking")
    assert "E93" in entry["reason"]
    assert metadata(result, "packages/final-accounts")["reports"] == 1
    assert metadata(result, "kept_back")["dagster/row_count"] == 1
    assert not evaluations(result)[checks.QUARANTINED].passed


def test_a_report_that_publishing_breaks_on_is_quarantined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge, whole = joining.judge, release.build_site

    def broken(out: Path, contents: Any, *rest: Any) -> None:
        if contents["reports"]["source_file"].str.contains(DUMP, literal=True).any():
            raise KeyError("no page")
        whole(out, contents, *rest)

    monkeypatch.setattr(joining, "judge", lambda corpus, **_: judge(corpus, fast=True))
    monkeypatch.setattr(release, "build_site", broken)
    result = execute([SAMPLES / DUMP, SAMPLES / PLANTED], tmp_path / "out")
    assert result.success
    (entry,) = quarantine_of(tmp_path / "out")
    assert (entry["file"], entry["stage"]) == (DUMP, "publishing")
    assert metadata(result, "packages/final-accounts")["reports"] == 1


def test_an_error_of_the_reading_is_a_warning_for_it_is_withheld() -> None:
    quality = quality_with("420107-2023-final-0123abcd", "E01", "three_public_expenses")
    found = {r.check_name: r for r in checks.results(quality)}["E01"]
    assert not found.passed
    assert found.severity == AssetCheckSeverity.WARN


# --- parts --------------------------------------------------------------------------------------------------------


def test_frames_come_back_as_they_went(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"code": ["01", None], "amount": [Decimal("0.01"), None]},
        schema={"code": pl.String, "amount": schema.AMOUNT},
    )
    store = ParquetStore(tmp_path)
    for given in (frame, {"one": frame, "none": frame.clear()}, frame.clear()):
        store.handle_output(build_output_context(asset_key=AssetKey(["a", "b"])), given)
        back = store.load_input(build_input_context(asset_key=AssetKey(["a", "b"])))
        pairs = [(given, back)] if isinstance(given, pl.DataFrame) else [(given[n], back[n]) for n in given]
        assert all(one.equals(other) and one.schema == other.schema for one, other in pairs)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINGZHANG_REPORTS", raising=False)
    monkeypatch.delenv("MINGZHANG_OUT", raising=False)
    monkeypatch.delenv("MINGZHANG_MANIFEST", raising=False)
    assert BuildSettings.from_environment() == BuildSettings(paths=["samples/reports"], out="releases")
    monkeypatch.setenv("MINGZHANG_REPORTS", "/data/one:/data/two")
    monkeypatch.setenv("MINGZHANG_OUT", "/data/out")
    assert BuildSettings.from_environment().report_paths == [Path("/data/one"), Path("/data/two")]
    monkeypatch.setenv("MINGZHANG_MANIFEST", "/data/origins.csv")
    assert BuildSettings.from_environment().out_path == Path("/data/out")
    assert BuildSettings.from_environment().manifest_path == Path("/data/origins.csv")


# --- the inbox and its files -----------------------------------------------------------------------------------------


class Inbox:
    """A folder of reports with a Dagster of its own, in which runs only seem to run."""

    def __init__(self, folder: Path, instance: DagsterInstance) -> None:
        self.folder, self.instance = folder / "inbox", instance
        self.folder.mkdir()
        self.settings = BuildSettings(paths=[str(self.folder)], out=str(folder / "out"), jobs=1, timeout=60.0, memory=2048)
        self.cursor: str | None = None

    def put(self, *names: str) -> None:
        for name in names:
            shutil.copy(SAMPLES / name, self.folder / name)

    def look(self) -> dict[str, str] | str:
        """The tags of the run that the sensor asks for, or why it asks for none."""
        context = build_sensor_context(instance=self.instance, cursor=self.cursor, resources={"settings": self.settings})
        told = inbox(context)
        if isinstance(told, SkipReason):
            return told.skip_message or ""
        assert isinstance(told, SensorResult)
        self.cursor = told.cursor
        requests = list(told.run_requests or [])
        assert len(requests) <= 1
        return dict(requests[0].tags) if requests else (told.skip_reason or SkipReason()).skip_message or ""

    def run(self, tags: dict[str, str], status: DagsterRunStatus = DagsterRunStatus.SUCCESS) -> None:
        self.instance.create_run_for_job(defs.resolve_job_def("build_all"), tags=tags, status=status)
        if status == DagsterRunStatus.SUCCESS:
            write_quarantine(self.settings.out_path, [])

    def nightly(self) -> RunRequest | SkipReason:
        context = build_schedule_context(instance=self.instance, resources={"settings": self.settings})
        return cast("RunRequest | SkipReason", daily_build(context))


@pytest.fixture
def arrivals(tmp_path: Path) -> Iterator[Inbox]:
    (tmp_path / "out").mkdir()
    (tmp_path / "dagster").mkdir()
    with DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        yield Inbox(tmp_path, instance)


def test_the_sensor_starts_one_run_for_all_files_once_they_rest(arrivals: Inbox) -> None:
    assert arrivals.look() == f"no file in {arrivals.folder}"
    arrivals.put(PLANTED)
    assert "waiting" in arrivals.look()
    arrivals.put(DUMP)
    assert "waiting" in arrivals.look()  # still arriving
    asked = arrivals.look()
    assert isinstance(asked, dict) and set(asked) == {"mingzhang/inbox"}
    arrivals.run(asked)
    assert "nothing changed" in arrivals.look()
    (arrivals.folder / DUMP).unlink()
    assert "waiting" in arrivals.look()
    without = arrivals.look()
    assert isinstance(without, dict) and without != asked
    arrivals.run(without)
    arrivals.put(DUMP)  # as before, later: what stands published is not that
    assert "waiting" in arrivals.look()
    assert isinstance(arrivals.look(), dict)


def test_a_failed_run_is_tried_again_by_the_schedule_and_not_by_the_sensor(arrivals: Inbox) -> None:
    arrivals.put(PLANTED)
    arrivals.look()
    asked = arrivals.look()
    assert isinstance(asked, dict)
    arrivals.run(asked, DagsterRunStatus.FAILURE)
    assert "failed" in arrivals.look()
    again = arrivals.nightly()
    assert isinstance(again, RunRequest) and again.tags == asked
    arrivals.run(asked)
    skipped = arrivals.nightly()
    assert isinstance(skipped, SkipReason) and "nothing changed" in (skipped.skip_message or "")
    shutil.rmtree(arrivals.settings.out_path)
    assert isinstance(arrivals.nightly(), RunRequest)  # the releases are gone


def test_each_file_is_a_partition_that_says_what_became_of_it(tmp_path: Path) -> None:
    folder, out = tmp_path / "inbox", tmp_path / "out"
    folder.mkdir()
    for name in (PLANTED, BLANK):
        shutil.copy(SAMPLES / name, folder / name)
    settings = BuildSettings(paths=[str(folder)], out=str(out), jobs=1, timeout=60.0, memory=2048)
    (tmp_path / "dagster").mkdir()
    with DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        instance.add_dynamic_partitions("files", ["gone.pdf"])
        job = defs.resolve_job_def("build_all")
        config = {"paths": [str(folder)], "out": str(out), "jobs": 1}
        job.execute_in_process(run_config={"resources": {"settings": {"config": config}}}, instance=instance)
        assert sorted(instance.get_dynamic_partitions("files")) == sorted([PLANTED, BLANK])
        assert instance.get_materialized_partitions(AssetKey("report")) == {PLANTED}
        told = instance.fetch_materializations(AssetKey("report"), limit=1).records[0].asset_materialization
        published = pl.read_parquet(out / "final-accounts/1.0.0/data/findings.parquet")["severity"].to_list()
        assert told is not None and told.metadata["findings_error"].value == published.count("error") > 0
        assert "T01.1" in str(told.metadata["findings"].value)
        seen = instance.fetch_observations(AssetKey("report"), limit=5).records
        assert [(r.partition_key, r.asset_observation.metadata["stage"].value) for r in seen if r.asset_observation] == [
            (BLANK, "extracting")
        ]
        before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
        alone = materialize([report], partition_key=PLANTED, instance=instance, resources={"settings": settings})
        (event,) = alone.get_asset_materialization_events()
        assert event.materialization.metadata == told.metadata
        refused = materialize([report], partition_key=BLANK, instance=instance, resources={"settings": settings}, raise_on_error=False)
        assert not refused.success
        assert "blank template" in str(refused.failure_data_for_node("report"))
        assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before  # nothing is published


if __name__ == "__main__":
    GOLDEN.write_text(names(), "utf-8")
