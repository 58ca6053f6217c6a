"""Versions follow from what changed; diffs name it; earlier releases stay; the same inputs give the same bytes."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_publish import BUDGET, FINAL, Frames, dotted, report, rows, spending, tree, two_reports

from pipelines import cli, schema
from pipelines.publish import DATABASE, PublishError, differences_between, publish
from pipelines.publish import release as release_module
from pipelines.publish.files import checksums
from pipelines.publish.versions import FIRST, compare, next_version, of_frames, of_release
from pipelines.schema import packages

NEW_REPORT = "420107-2024-final-0123abcd"


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without frictionless, which takes most of the time of a small build and changes no file."""
    monkeypatch.setattr(release_module, "validate", lambda _: None)
    monkeypatch.setattr(release_module, "build_site", small_site)


def small_site(folder: Path, frames: Frames, *_: object) -> None:
    """A site of two files that change with the data: its pages have their own tests."""
    (folder / "data").mkdir(parents=True)
    (folder / "index.html").write_text("index", "utf-8")
    (folder / "data" / "rows.js").write_text(frames["expenditure_by_function"].write_csv(), "utf-8")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder with a first release of every package."""
    publish(two_reports(), tmp_path / "out")
    return tmp_path / "out"


def one_figure_changed() -> Frames:
    frames = two_reports()
    changed = pl.when((pl.col("report_id") == FINAL) & (pl.col("function_code") == "201"))
    frames["expenditure_by_function"] = frames["expenditure_by_function"].with_columns(
        total=changed.then(pl.lit(Decimal("100.01")).cast(schema.AMOUNT)).otherwise(pl.col("total"))
    )
    return frames


def one_report_more() -> Frames:
    frames = two_reports()
    frames["reports"] = pl.concat([frames["reports"], rows("reports", report(NEW_REPORT))])
    more = rows("expenditure_by_function", spending(NEW_REPORT, 8, "total", "5"))
    frames["expenditure_by_function"] = pl.concat([frames["expenditure_by_function"], more])
    return frames


def released_as(path: Path, descriptor: dict[str, Any]) -> None:
    """A release whose descriptor was another one from the start: its list of checksums knows it."""
    path.write_text(json.dumps(descriptor), "utf-8")
    (path.parent / "SHA256SUMS").write_bytes(checksums(path.parent))


def versions(out: Path) -> dict[str, str]:
    return {name: (out / name / "latest").read_text().strip() for name in packages()}


def diff_of(out: Path, package: str, version: str) -> dict[str, Any]:
    return json.loads((out / package / version / "diff.json").read_text("utf-8"))


# --- which version ------------------------------------------------------------------------------------------


def test_the_first_release_is_1_0_0(out: Path) -> None:
    assert versions(out) == dict.fromkeys(packages(), FIRST)
    first = diff_of(out, "budgets", FIRST)
    assert (first["from"], first["level"], first["counts"]["reports"]) == (
        None,
        "first",
        {"added": 1, "removed": 0, "changed": 0},
    )


def test_nothing_changed_makes_no_release(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {
        name: (path.stat().st_mtime_ns, digest) for name, digest in tree(out).items() for path in [out / name]
    }
    done = publish(two_reports(), out)
    assert not any(release.changed for release in done)
    assert {name: ((out / name).stat().st_mtime_ns, digest) for name, digest in tree(out).items()} == before
    assert dotted(out) == []


def test_a_corrected_figure_is_a_patch_that_names_the_cell(out: Path) -> None:
    before = tree(out)
    done = {release.package: release for release in publish(one_figure_changed(), out)}
    assert versions(out) == {**dict.fromkeys(packages(), FIRST), "final-accounts": "1.0.1"}
    assert (done["final-accounts"].level, done["final-accounts"].previous) == ("patch", FIRST)
    assert not done["budgets"].changed
    diff = diff_of(out, "final-accounts", "1.0.1")
    assert diff["changes"] == {
        "expenditure_by_function": {
            "added": [], "removed": [],
            "changed": [{"key": {"report_id": FINAL, "function_code": "201"}, "column": "total", "old": "100", "new": "100.01"}],
        }
    }  # fmt: skip
    assert (diff["from"], diff["to"], diff["level"], diff["schema"], diff["reports"]) == (
        FIRST,
        "1.0.1",
        "patch",
        [],
        {},
    )
    log = (out / "final-accounts" / "1.0.1" / "CHANGELOG.md").read_text("utf-8")
    assert "100 → 100.01" in log and log.index("## 1.0.1") < log.index("## 1.0.0")
    # The releases before are as they were, and the database has the new figure.
    assert {name: digest for name, digest in tree(out).items() if "/1.0.0/" in name} == {
        name: digest for name, digest in before.items() if "/1.0.0/" in name
    }
    with duckdb.connect(str(out / DATABASE), read_only=True) as connection:
        query = "SELECT total FROM expenditure_by_function WHERE function_code = '201'"
        assert connection.execute(query).fetchall() == [(Decimal("100.01"),)]


def test_findings_that_follow_from_a_correction_leave_it_a_patch(out: Path) -> None:
    frames = one_figure_changed()
    known = frames["findings"].row(0, named=True)
    more = pl.DataFrame([known | {"finding_id": "f" * 16}], schema=frames["findings"].schema)
    frames["findings"] = pl.concat([frames["findings"], more])
    publish(frames, out)
    assert versions(out) == {**dict.fromkeys(packages(), FIRST), "final-accounts": "1.0.1"}
    assert diff_of(out, "final-accounts", "1.0.1")["counts"]["findings"]["added"] == 1


def test_a_new_report_is_minor(out: Path) -> None:
    publish(one_report_more(), out)
    assert versions(out)["final-accounts"] == "1.1.0" and versions(out)["budgets"] == FIRST
    diff = diff_of(out, "final-accounts", "1.1.0")
    assert diff["level"] == "minor"
    assert diff["reports"] == {"added": [{"report_id": NEW_REPORT}]}
    assert diff["counts"]["expenditure_by_function"] == {"added": 1, "removed": 0, "changed": 0}


def test_a_removed_report_is_a_patch_that_says_so(out: Path) -> None:
    publish(one_report_more(), out)
    publish(two_reports(), out)
    diff = diff_of(out, "final-accounts", "1.1.1")
    assert diff["level"] == "patch" and diff["reports"] == {"removed": [{"report_id": NEW_REPORT}]}
    log = (out / "final-accounts" / "1.1.1" / "CHANGELOG.md").read_text("utf-8")
    assert [line.removeprefix("## ") for line in log.splitlines() if line.startswith("## ")] == [
        "1.1.1",
        "1.1.0",
        "1.0.0",
    ]


def test_a_report_published_again_is_revised(out: Path) -> None:
    frames = two_reports()
    other = pl.when(pl.col("report_id") == BUDGET).then(pl.lit("f" * 64)).otherwise(pl.col("source_sha256"))
    frames["reports"] = frames["reports"].with_columns(source_sha256=other)
    publish(frames, out)
    (revised,) = diff_of(out, "budgets", "1.0.1")["reports"]["revised"]
    assert (revised["report_id"], revised["new_sha256"]) == (BUDGET, "f" * 64)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda fields: fields.append({"name": "note", "type": "string"}), "2.0.0"),
        (lambda fields: fields.pop(3), "2.0.0"),
        (lambda fields: fields.reverse(), "2.0.0"),
        (lambda fields: fields[2].update(type="integer"), "2.0.0"),
        (lambda fields: fields[2].update(constraints={"required": True, "enum": ["x"]}), "2.0.0"),
        (lambda fields: fields[2].update(title="另一名称"), "1.0.1"),
    ],
    ids=["new column", "lost column", "order", "type", "constraint", "title"],
)
def test_the_schema_decides_first(out: Path, change: Any, expected: str) -> None:
    """The release that stands there was made with another schema than the one that is declared now."""
    path = out / "final-accounts" / FIRST / "datapackage.json"
    descriptor = json.loads(path.read_text("utf-8"))
    change(
        next(r for r in descriptor["resources"] if r["name"] == "expenditure_by_function")["schema"]["fields"]
    )
    released_as(path, descriptor)
    publish(two_reports(), out)
    assert versions(out)["final-accounts"] == expected


def test_another_key_is_major_and_matches_no_rows(out: Path) -> None:
    path = out / "final-accounts" / FIRST / "datapackage.json"
    descriptor = json.loads(path.read_text("utf-8"))
    resource = next(r for r in descriptor["resources"] if r["name"] == "expenditure_by_function")
    resource["schema"]["primaryKey"] = ["report_id", "function_code", "line"]
    released_as(path, descriptor)
    publish(two_reports(), out)
    assert versions(out)["final-accounts"] == "2.0.0"
    assert diff_of(out, "final-accounts", "2.0.0")["counts"]["expenditure_by_function"] == {
        "added": 4,
        "removed": 4,
        "changed": 0,
    }


def test_a_resource_that_went_is_major_and_one_that_came_is_minor(out: Path) -> None:
    path = out / "budgets" / FIRST / "datapackage.json"
    descriptor = json.loads(path.read_text("utf-8"))
    lost = [r for r in descriptor["resources"] if r["name"] != "project_history"]
    released_as(path, {**descriptor, "resources": lost})
    publish(two_reports(), out)
    assert versions(out)["budgets"] == "1.1.0"
    assert diff_of(out, "budgets", "1.1.0")["new_resources"] == ["project_history"]
    more = [*descriptor["resources"], {**descriptor["resources"][0], "name": "old_table"}]
    newest = out / "budgets" / "1.1.0" / "datapackage.json"
    released_as(newest, {**descriptor, "version": "1.1.0", "resources": more})
    publish(two_reports(), out)
    assert versions(out)["budgets"] == "2.0.0"
    assert diff_of(out, "budgets", "2.0.0")["schema"] == ["old_table: the resource is gone"]


@given(st.tuples(*[st.integers(0, 50)] * 3), st.sampled_from(["major", "minor", "patch"]))
def test_the_next_version_is_later_and_resets_what_is_below(
    version: tuple[int, int, int], level: Any
) -> None:
    later = tuple(int(part) for part in next_version(".".join(map(str, version)), level).split("."))
    place = ("major", "minor", "patch").index(level)
    assert later > version and later[:place] == version[:place] and later[place] == version[place] + 1
    assert not any(later[place + 1 :])


def test_a_blank_and_a_zero_differ(out: Path) -> None:
    frames = two_reports()
    blank = pl.when(pl.col("function_code") == "20126").then(None).otherwise(pl.col("project"))
    frames["expenditure_by_function"] = frames["expenditure_by_function"].with_columns(project=blank)
    package = packages()["final-accounts"]
    from pipelines.publish.contents import checked, package_frames

    diff = compare(
        of_release(out / "final-accounts" / FIRST),
        of_frames(package, package_frames(package, checked(frames))),
    )
    (cell,) = diff.resources["expenditure_by_function"].changed
    assert (cell["old"], cell["new"]) == ("0", None)


@pytest.mark.parametrize("damage", ["descriptor", "csv", "json", "cut", "version"])
def test_a_broken_release_stops_the_build_by_name(out: Path, damage: str) -> None:
    newest = out / "budgets" / FIRST
    if damage == "csv":
        (newest / "data" / "reports.csv").unlink()
    elif damage == "cut":
        whole = (newest / "data" / "expenditure_by_function.csv").read_text("utf-8").splitlines(True)
        (newest / "data" / "expenditure_by_function.csv").write_text("".join(whole[:-1]), "utf-8")
    elif damage == "version":
        path = newest / "datapackage.json"
        path.write_text(path.read_text("utf-8").replace('"version": "1.0.0"', '"version": "1.2.0"'), "utf-8")
    elif damage == "descriptor":
        (newest / "datapackage.json").unlink()
    else:
        (newest / "datapackage.json").write_text("{", "utf-8")
    before = tree(out)
    with pytest.raises(PublishError, match=r"budgets 1\.0\.0 in .* is damaged: .*verify --repair"):
        publish(one_figure_changed(), out)
    assert tree(out) == before and dotted(out) == []


def test_a_changed_digit_in_an_old_file_makes_no_version(out: Path) -> None:
    place = out / "final-accounts" / FIRST / "data" / "expenditure_by_function.csv"
    place.write_bytes(place.read_bytes().replace(b",100,", b",101,", 1))
    with pytest.raises(PublishError, match=r"is damaged: data/expenditure_by_function\.csv is not what SHA256SUMS says"):
        publish(two_reports(), out)
    assert versions(out)["final-accounts"] == FIRST


def test_the_database_and_the_catalogue_come_back_if_they_are_lost(out: Path) -> None:
    (out / DATABASE).write_bytes(b"no database")
    assert not any(release.changed for release in publish(two_reports(), out))
    with duckdb.connect(str(out / DATABASE), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM reports").fetchone() == (2,)
    (out / DATABASE).unlink()
    (out / "catalog.jsonld").unlink()
    assert not any(release.changed for release in publish(two_reports(), out))
    assert (out / DATABASE).is_file() and (out / "catalog.jsonld").is_file()


# --- mingzhang diff -----------------------------------------------------------------------------------------


def test_diff_on_the_command_line(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(one_figure_changed(), out)
    place = out / "final-accounts"
    assert cli.main(["diff", str(place / "1.0.0"), str(place / "1.0.1")]) == 1
    assert "total: 100 → 100.01" in capsys.readouterr().out
    assert cli.main(["diff", str(place / "1.0.0"), str(place / "1.0.0")]) == 0
    assert cli.main(["diff", "--json", str(place / "1.0.1"), str(place / "1.0.0")]) == 1
    (document,) = json.loads(capsys.readouterr().out.partition("\n[")[2].join(["[", ""]) or "[]") or [None]
    assert document["changes"]["expenditure_by_function"]["changed"][0]["new"] == "100"
    assert cli.main(["diff", str(place), str(place / "1.0.0")]) == 2
    assert cli.main(["diff", str(place / "1.0.0"), str(out / "budgets" / "1.0.0")]) == 2


def test_two_output_folders_are_compared_package_by_package(out: Path, tmp_path: Path) -> None:
    publish(one_report_more(), tmp_path / "other")
    levels = {diff.package: diff.level for diff in differences_between(out, tmp_path / "other")}
    assert levels == {
        "final-accounts": "minor",
        "budgets": None,
        "performance": None,
        "classifications": None,
    }


# --- killed at any moment -----------------------------------------------------------------------------------

KILLS = int(os.environ.get("MINGZHANG_KILLS", "24"))

KILLED = """
import os, pickle, signal, sys
from pathlib import Path
from pipelines.publish import publish, release
release.validate = lambda _: None
def small_site(folder, frames, *_):
    (folder / "data").mkdir(parents=True)
    (folder / "index.html").write_text("index", "utf-8")
    (folder / "data" / "rows.js").write_text(frames["expenditure_by_function"].write_csv(), "utf-8")
release.build_site = small_site
def fork():
    # A process of its own for each folder and step of the input; the modules are imported once.
    for line in sys.stdin:
        out, step = line.rstrip("\\n").split("\\t")
        child = os.fork()
        if not child:
            return Path(out), int(step)
        print("ended", os.waitpid(child, 0)[1], flush=True)
    sys.exit()
out, step = fork()
frames = pickle.loads(Path(sys.argv[1]).read_bytes())
count = 0
def watch(event, args):
    # Every change of a name and every file opened to be written below the output folder counts.
    global count
    writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wxa+")
    if writes or event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir"):
        if str(out) in str(args[0]):
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
exchange = release.exchange
def watched(new, place):
    # The call of the system that exchanges two folders is no audited event: right before and right after it count.
    watch("os.rename", (out,))
    done = exchange(new, place)
    watch("os.rename", (out,))
    return done
release.exchange = watched
publish(frames, out)
print("steps", count, flush=True)
os._exit(0)
"""


@contextmanager
def killer(frames: Path) -> Iterator[Callable[[Path, int], tuple[int, int]]]:
    """A function that publishes in a process killed at a step: its wait status, and its steps where it came to its end."""
    command = [sys.executable, "-c", KILLED, str(frames)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        asked, said = server.stdin, server.stdout
        assert asked and said

        def run(out: Path, step: int) -> tuple[int, int]:
            print(out, step, sep="\t", file=asked, flush=True)
            steps = 0
            for line in said:
                word, number = line.split()
                if word == "ended":
                    return int(number), steps
                steps = int(number)
            raise AssertionError("the process that forks has ended")

        yield run
        asked.close()


def test_a_process_killed_at_random_points_leaves_whole_releases(out: Path, tmp_path: Path) -> None:
    """SIGKILL at random ones of all writes and renames: before it commits nothing shows, after it the next build ends it."""
    (tmp_path / "frames").write_bytes(pickle.dumps(one_figure_changed()))
    shutil.copytree(out, tmp_path / "whole")
    with killer(tmp_path / "frames") as run_killed:
        _killed(out, tmp_path, run_killed)


def _killed(out: Path, tmp_path: Path, run_killed: Callable[[Path, int], tuple[int, int]]) -> None:
    status, steps = run_killed(tmp_path / "whole", -1)
    assert status == 0 and steps > 60
    first = {name: digest for name, digest in tree(out).items() if "/1.0.0/" in name}
    points = sorted(Random(20261126).sample(range(1, steps + 1), min(KILLS, steps)))
    for point in [*points, steps]:
        copy = tmp_path / f"killed-{point}"
        shutil.copytree(out, copy)
        assert os.WTERMSIG(run_killed(copy, point)[0]) == signal.SIGKILL
        left = tree(copy)
        assert {
            name: digest for name, digest in left.items() if "/1.0.0/" in name and "/." not in name
        } == first
        assert (copy / "site" / "index.html").is_file(), "the site is never away"
        for name in packages():
            assert (copy / name / (copy / name / "latest").read_text().strip()).is_dir()
        for folder in copy.glob("*/[0-9]*"):
            listed = dict(
                reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines()
            )
            assert {n: d for n, d in tree(folder).items() if n != "SHA256SUMS"} == listed
        with duckdb.connect(str(copy / DATABASE), read_only=True) as connection:
            assert connection.execute("SELECT count(*) FROM reports").fetchone() == (2,)
        publish(one_figure_changed(), copy)
        assert dotted(copy) == []
        assert versions(copy)["final-accounts"] == "1.0.1"
        assert {n: d for n, d in tree(copy).items() if n != DATABASE} == {
            n: d for n, d in tree(tmp_path / "whole").items() if n != DATABASE
        }
        shutil.rmtree(copy)


class Killed(BaseException):
    """The end of the process, as far as the files are concerned."""


@pytest.mark.parametrize("moment", ["before", "after", "between two renames"])
def test_the_site_is_never_away_in_the_window_of_its_exchange(
    out: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped right at the exchange, either site stands whole; where folders cannot be exchanged the next build ends it."""
    real, renamed = release_module.exchange, os.rename

    def stopped(new: Path, place: Path) -> bool:
        if moment == "between two renames":
            return False
        if moment == "after":
            assert real(new, place)
        raise Killed

    def rename(source: Path, target: Path) -> None:
        renamed(source, target)
        if moment == "between two renames" and Path(target).name == ".site.old":
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(release_module, "exchange", stopped)
        patched.setattr(release_module.os, "rename", rename)
        with pytest.raises(Killed):
            publish(one_figure_changed(), out)
    assert (out / "site" / "data" / "rows.js").is_file() == (moment != "between two renames")
    # Also in a copy of what was left, where every inode is another.
    for place in (out, Path(shutil.copytree(out, out.with_name("copy")))):
        release_module.recover(place)
        assert "100.01" in (place / "site" / "data" / "rows.js").read_text("utf-8")
        assert dotted(place) == [] and versions(place)["final-accounts"] == "1.0.1"
        assert not any(release.changed for release in publish(one_figure_changed(), place))


# --- the same bytes -----------------------------------------------------------------------------------------

SAME = """
import pickle, sys
from pathlib import Path
from pipelines.publish import publish, release
release.validate = lambda _: None
publish(pickle.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]))
"""


def test_the_same_build_is_byte_identical_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "frames").write_bytes(pickle.dumps(two_reports()))
    trees = []
    for number, (locale, zone, seed) in enumerate(
        (("C", "UTC", "0"), ("zh_CN.UTF-8", "Asia/Shanghai", "42"))
    ):
        place = tmp_path / f"place-{number}" / ("深" * (number + 1))
        place.mkdir(parents=True)
        changed = {
            "LC_ALL": locale,
            "LANG": locale,
            "TZ": zone,
            "PYTHONHASHSEED": seed,
            "SOURCE_DATE_EPOCH": "1767225600",
        }
        environment = {**os.environ, **changed, "PYTHONPATH": str(Path(cli.__file__).parents[1])}
        command = [sys.executable, "-c", SAME, str(tmp_path / "frames"), str(place / "out")]
        subprocess.run(command, check=True, cwd=place, env=environment)
        trees.append({name: digest for name, digest in tree(place / "out").items() if name != DATABASE})
    assert trees[0] == trees[1]
    assert {Path(name).suffix for name in trees[0]} >= {
        ".csv",
        ".parquet",
        ".xlsx",
        ".json",
        ".jsonld",
        ".md",
        ".sql",
    }
