"""``mingzhang verify`` finds every damage of an output folder and mends what is proven, byte for byte."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import duckdb
import pytest
from test_publish import tree, two_reports
from test_versions import one_figure_changed, small_site, versions

from pipelines import cli
from pipelines.publish import DATABASE, PublishError, publish, repair
from pipelines.publish import release as release_module
from pipelines.publish.files import checksums, sha256_of

NEWEST = "final-accounts/1.0.1"


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_module, "validate", lambda _: None)
    monkeypatch.setattr(release_module, "build_site", small_site)
    monkeypatch.setattr(repair, "build_site", small_site)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases of the final accounts, one of each other package."""
    out = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(release_module, "validate", lambda _: None)
        patched.setattr(release_module, "build_site", small_site)
        publish(two_reports(), out)
        publish(one_figure_changed(), out)
    return out


@pytest.fixture
def out(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "out"))


def _digit(path: Path) -> None:
    content = path.read_bytes()
    place = next(i for i in range(len(content) - 1, 0, -1) if content[i : i + 1].isdigit())
    path.write_bytes(content[:place] + (b"1" if content[place : place + 1] != b"1" else b"2") + content[place + 1 :])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))


def _sql(path: Path, statement: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)


def _cut(path: Path) -> None:
    path.write_text("".join(path.read_text("utf-8").splitlines(True)[:3]), "utf-8")


def _digest(path: Path) -> None:
    content = path.read_text("utf-8")
    path.write_text(("0" if content[0] != "0" else "1") + content[1:], "utf-8")


def _earlier_site(out: Path) -> None:
    """A site that is whole in itself, of the release before."""
    site = out / "site"
    shown = json.loads((site / "releases.json").read_text("utf-8"))
    shown["final-accounts"]["version"] = "1.0.0"
    (site / "releases.json").write_text(json.dumps(shown), "utf-8")
    (site / "SHA256SUMS").write_bytes(checksums(site))


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "digit in a CSV": (lambda out: _digit(out / NEWEST / "data" / "expenditure_by_function.csv"), "data/expenditure_by_function.csv"),
    "byte of a Parquet": (lambda out: _flip(out / NEWEST / "data" / "reports.parquet"), "data/reports.parquet"),
    "excel/ missing": (lambda out: shutil.rmtree(out / NEWEST / "excel"), "excel/reports.csv"),
    "workbook": (lambda out: _flip(out / NEWEST / "final-accounts.xlsx"), "final-accounts.xlsx"),
    "checksums missing": (lambda out: (out / NEWEST / "SHA256SUMS").unlink(), "SHA256SUMS"),
    "descriptor deleted": (lambda out: (out / NEWEST / "datapackage.json").unlink(), "datapackage.json"),
    "change log cut": (lambda out: (out / NEWEST / "CHANGELOG.md").write_text("#", "utf-8"), "CHANGELOG.md"),
    "an older release": (lambda out: _flip(out / "final-accounts" / "1.0.0" / "data" / "reports.csv"), "1.0.0/data/reports.csv"),
    "row of the database": (
        lambda out: _sql(out / DATABASE, "UPDATE expenditure_by_function SET total = total + 1 WHERE function_code = '201'"),
        DATABASE,
    ),
    "row too many": (
        lambda out: _sql(out / DATABASE, "INSERT INTO expenditure_by_function SELECT * REPLACE ('999' AS function_code, '420107-2020-final-0123abcd' AS report_id) FROM expenditure_by_function LIMIT 1"),
        DATABASE,
    ),
    "database lost": (lambda out: (out / DATABASE).unlink(), DATABASE),
    "database cut": (lambda out: (out / DATABASE).write_bytes(b"no"), DATABASE),
    "page of the site": (lambda out: _flip(out / "site" / "index.html"), "site/index.html"),
    "site lost": (lambda out: shutil.rmtree(out / "site"), "site"),
    "latest": (lambda out: (out / "budgets" / "latest").write_text("9.9.9\n"), "budgets/latest"),
    "catalogue": (lambda out: (out / "catalog.jsonld").unlink(), "catalog.jsonld"),
    "digit in the catalogue": (lambda out: _digit(out / "catalog.jsonld"), "catalog.jsonld"),
    "checksums cut": (lambda out: _cut(out / NEWEST / "SHA256SUMS"), "data/"),
    "digit in the checksums": (lambda out: _digest(out / NEWEST / "SHA256SUMS"), NEWEST),
    "checksums and excel/ missing": (
        lambda out: ((out / NEWEST / "SHA256SUMS").unlink(), shutil.rmtree(out / NEWEST / "excel")),
        "SHA256SUMS",
    ),
    "view that lies": (
        lambda out: _sql(out / DATABASE, "CREATE OR REPLACE VIEW facts AS SELECT * REPLACE (total * 2 AS total) FROM expenditure_by_function"),
        DATABASE,
    ),
    "table too many": (lambda out: _sql(out / DATABASE, "CREATE TABLE more AS SELECT 1 AS one"), DATABASE),
    "site of an earlier build": (_earlier_site, "site"),
}  # fmt: skip


def test_a_sound_folder_is_sound(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(out)
    assert cli.main(["verify", str(out)]) == 0
    assert "sound" in capsys.readouterr().out
    assert cli.main(["verify", "--repair", str(out)]) == 0
    assert tree(out) == before


@pytest.mark.parametrize("kind", DAMAGE)
def test_each_damage_is_found_and_mended(out: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    whole = tree(out)
    damage, path = DAMAGE[kind]
    damage(out)
    assert cli.main(["verify", str(out)]) == 1
    assert path in capsys.readouterr().out
    assert cli.main(["verify", "--repair", str(out)]) == 0
    assert f"{path}" in capsys.readouterr().out
    assert cli.main(["verify", str(out)]) == 0
    assert {n: d for n, d in tree(out).items() if n != DATABASE} == {n: d for n, d in whole.items() if n != DATABASE}
    publish(one_figure_changed(), out)
    assert versions(out)["final-accounts"] == "1.0.1", "no false version follows"


def test_damage_is_never_made_content(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both forms of a table changed alike, and the list of checksums away: the descriptor's hashes still tell."""
    place = out / NEWEST
    _digit(place / "data" / "expenditure_by_function.csv")
    _digit(place / "data" / "expenditure_by_function.parquet")
    changed = {name: digest for name, digest in tree(place).items() if "expenditure_by_function" in name}
    assert cli.main(["verify", "--repair", str(out)]) == 1
    assert "neither its Parquet nor its CSV is whole" in capsys.readouterr().out
    (place / "SHA256SUMS").unlink()
    assert cli.main(["verify", "--repair", str(out)]) == 1
    assert not (place / "SHA256SUMS").exists()
    assert {n: d for n, d in tree(place).items() if n in changed} == changed


def test_a_copy_made_to_fit_its_checksums_is_found(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed CSV whose checksums were made again contradicts the descriptor, and with that made to fit, the Parquet."""
    place = out / NEWEST
    path = place / "data" / "expenditure_by_function.csv"
    before = sha256_of(path)
    path.write_bytes(path.read_bytes().replace(b",100.01,", b",700.01,", 1))
    (place / "SHA256SUMS").write_bytes(checksums(place))
    assert cli.main(["verify", str(out)]) == 1
    assert "names another checksum than SHA256SUMS for data/expenditure_by_function.csv" in capsys.readouterr().out
    text = (place / "datapackage.json").read_text("utf-8").replace(before, sha256_of(path))
    (place / "datapackage.json").write_text(text, "utf-8")
    (place / "SHA256SUMS").write_bytes(checksums(place))
    assert cli.main(["verify", str(out)]) == 1
    assert "expenditure_by_function.csv: 2 rows differ between Parquet and CSV" in capsys.readouterr().out
    changed = tree(place)
    assert cli.main(["verify", "--repair", str(out)]) == 1
    assert tree(place) == changed


@pytest.mark.parametrize("lost", ["final-accounts/1.0.0", "final-accounts/1.0.1", "budgets"])
def test_a_release_that_is_gone_is_named_and_nothing_is_made_without_it(out: Path, lost: str, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(out / lost)
    before = tree(out)
    assert cli.main(["verify", "--repair", str(out)]) == 1
    assert f"{lost}{'' if '/' in lost else '/1.0.0'}: is missing, and the catalogue lists it" in capsys.readouterr().out
    assert tree(out) == before


def test_one_lost_table_does_not_keep_the_others_damaged(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = tree(out)
    place = out / NEWEST
    _flip(place / "data" / "expenditure_by_function.csv")
    _flip(place / "data" / "expenditure_by_function.parquet")
    shutil.rmtree(place / "excel")
    (out / DATABASE).unlink()
    assert cli.main(["verify", "--repair", str(out)]) == 1
    said = capsys.readouterr().out
    assert "expenditure_by_function: neither its Parquet nor its CSV is whole" in said
    assert f"{DATABASE}: cannot be made again while a release is not whole" in said
    left = {name for name, digest in whole.items() if tree(out).get(name) != digest}
    assert left == {DATABASE, *(f"{NEWEST}/{path}" for path in (
        "data/expenditure_by_function.csv", "data/expenditure_by_function.parquet", "excel/expenditure_by_function.csv"))}  # fmt: skip


def test_the_published_address_outlives_repair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made again names the address of the build, not that of the shell in which repair is run."""
    monkeypatch.setenv("MINGZHANG_BASE_URL", "https://data.example.gov.cn/mingzhang/")
    publish(two_reports(), tmp_path)
    whole = tree(tmp_path)
    monkeypatch.delenv("MINGZHANG_BASE_URL")
    assert cli.main(["verify", str(tmp_path)]) == 0
    _digit(tmp_path / "catalog.jsonld")
    (tmp_path / "budgets" / "1.0.0" / "ckan.json").unlink()
    assert cli.main(["verify", "--repair", str(tmp_path)]) == 0
    assert tree(tmp_path) == whole


def test_an_older_release_without_its_descriptor_stops_the_build_by_name(out: Path) -> None:
    whole = tree(out)
    (out / "final-accounts" / "1.0.0" / "datapackage.json").unlink()
    with pytest.raises(PublishError, match=r"final-accounts 1\.0\.0 in .* is damaged: .*verify --repair"):
        publish(two_reports(), out)
    assert cli.main(["verify", "--repair", str(out)]) == 0
    assert tree(out) == whole


def test_what_a_file_manager_leaves_stops_no_build(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / NEWEST / "data" / ".DS_Store").write_bytes(b"x")
    assert not any(release.changed for release in publish(one_figure_changed(), out))
    assert cli.main(["verify", str(out)]) == 1
    assert "data/.DS_Store: is not listed" in capsys.readouterr().out


def test_what_another_program_made_is_named(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A release whose workbook this program would write otherwise cannot be put back, and says so."""
    place = out / NEWEST
    (place / "final-accounts.xlsx").write_bytes(b"made elsewhere")
    (place / "SHA256SUMS").write_bytes(checksums(place))
    (place / "final-accounts.xlsx").unlink()
    assert cli.main(["verify", "--repair", "--json", str(out)]) == 1
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (left,) = (event for event in events if event["event"] == "left")
    assert left["path"] == f"{NEWEST}/final-accounts.xlsx" and "restore it from a copy" in left["what"]


def test_a_file_that_is_no_part_is_named_and_kept(out: Path) -> None:
    (out / NEWEST / "notes.txt").write_text("x", "utf-8")
    assert cli.main(["verify", "--repair", str(out)]) == 1
    assert (out / NEWEST / "notes.txt").is_file()


def test_several_damages_at_once(out: Path) -> None:
    whole = tree(out)
    for kind in Random(20261128).sample(sorted(set(DAMAGE) - {name for name in DAMAGE if "checksums" in name} - {"descriptor deleted"}), 6):
        DAMAGE[kind][0](out)
    assert cli.main(["verify", "--repair", str(out)]) == 0
    assert {n: d for n, d in tree(out).items() if n != DATABASE} == {n: d for n, d in whole.items() if n != DATABASE}


def test_no_folder_and_no_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", str(tmp_path / "away")]) == 2
    assert cli.main(["verify", str(tmp_path)]) == 2
    assert "holds no release" in capsys.readouterr().err
