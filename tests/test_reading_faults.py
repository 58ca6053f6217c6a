"""Of five reports one fails while it is read: the other four are published, as in a build of the four alone."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from pipelines import run
from pipelines.documents import open_bytes
from pipelines.extract import narrative, parts, performance
from pipelines.extract.dump import columns, economy
from pipelines.extract.report import extract
from pipelines.extract.result import Extraction
from pipelines.pool import Limits
from pipelines.publish import DATABASE
from pipelines.quarantine import QUARANTINE, Refusal
from samples.generator import catalogue
from tests import faulty_reader

DUMP = catalogue.REPORTS / "wuhan-jiangan-talent-2023-final-dump.txt"
SOUND = [
    catalogue.REPORTS / name
    for name in (
        "wuhan-jiangan-parks-2023-final-dump-gb18030.txt",
        "wuhan-jiangan-civic-2023-final-national.pdf",
        "wuhan-jiangan-elderly-2023-final-no-tables.txt",
        "wuhan-jiangan-civic-2024-budget-national.pdf",
    )
]
FAULTS = {
    "hang": "takes longer than 6 s (--timeout)",
    "spin": "takes longer than 6 s (--timeout)",
    "crash": "crashed its process (SIGSEGV)",
    "killed": "crashed its process (SIGKILL)",
    "exit": "crashed its process (exit 3)",
    "memory": "takes more than 400 MiB of memory (--memory)",
    "raise": "crashed its process (exit 1, RuntimeError)",
}
LIMITS = Limits(seconds=6, memory=400 << 20)


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Reports are read by ``faulty_reader``; the folder in which it marks its tries."""
    marks = tmp_path / "tries"
    marks.mkdir()
    monkeypatch.setenv(faulty_reader.FAULTS, str(marks))
    monkeypatch.setattr(run, "READER", "tests.faulty_reader:read_file")
    return marks


@pytest.mark.usefixtures("faults")
def test_each_fault_costs_its_file_two_tries_and_nothing_else(faults: Path, tmp_path: Path) -> None:
    files = []
    for fault in (*FAULTS, "noise", "once-crash", "once-memory"):
        files.append(tmp_path / f"{fault}.txt")
        files[-1].write_bytes(DUMP.read_bytes())
    events: list[run.Event] = []
    read, refused = run.read_files(files, 2, events.append, LIMITS)
    assert [e.source_file for e in read] == ["noise.txt", "once-crash.txt", "once-memory.txt"]
    assert [r.file for r in refused] == [f"{fault}.txt" for fault in FAULTS]
    for refusal, reason in zip(refused, FAULTS.values(), strict=True):
        assert reason in refusal.reason
        assert refusal.stage == "reading"
        assert "张某" not in refusal.reason
        assert len(list(faults.glob(f"{refusal.file}.*"))) == 2
    assert len(list(faults.glob("noise.txt.*"))) == 1
    assert [event.done for event in events] == list(range(1, len(files) + 1))
    assert {event.report_id for event in events if not event.refusal} == {read[0].identity.report_id}


@pytest.mark.usefixtures("faults")
def test_one_file_and_one_job_are_under_the_same_limits(tmp_path: Path) -> None:
    (tmp_path / "crash.txt").write_bytes(DUMP.read_bytes())
    read, refused = run.read_files([tmp_path / "crash.txt"], 1)
    assert (read, [r.file for r in refused]) == ([], ["crash.txt"])


@pytest.mark.usefixtures("faults")
def test_four_of_five_are_published_as_the_four_alone(tmp_path: Path) -> None:
    """With a crash, which is as good as any of the faults above; a folder in a folder, as batches come."""
    four, five = tmp_path / "four", tmp_path / "five"
    for folder in (four, five):
        (folder / "2023").mkdir(parents=True)
        for path in SOUND:
            (folder / "2023" / path.name).write_bytes(path.read_bytes())
    (five / "2023" / "crash.txt").write_bytes(DUMP.read_bytes())
    result = run.build([five], tmp_path / "out-five", 1)
    assert [(r.file, r.stage) for r in result.quarantine] == [("2023/crash.txt", "reading")]
    listed = json.loads((tmp_path / "out-five" / QUARANTINE).read_text("utf-8"))
    assert [(entry["file"], entry["stage"]) for entry in listed] == [("2023/crash.txt", "reading")]
    run.build([four], tmp_path / "out-four", 1)
    trees = [
        {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}
        for out in (tmp_path / "out-five", tmp_path / "out-four")
    ]
    differing = {name for name in trees[0].keys() | trees[1].keys() if trees[0].get(name) != trees[1].get(name)}
    # What is refused stands in the list, and in the one page that shows it.
    assert differing <= {QUARANTINE, DATABASE, "site/quarantine.html", "site/SHA256SUMS"}
    assert any(name.startswith("final-accounts/1.0.0/data/") for name in trees[0])


# --- inside a report ------------------------------------------------------------------------------------------------


def boom(*args: object, **kwargs: object) -> None:
    raise KeyError((0, -1))


def panic(*args: object, **kwargs: object) -> None:
    raise pl.exceptions.PanicException("a panic of Polars is no Exception")


def read() -> Extraction:
    return extract(open_bytes("a.txt", DUMP.read_bytes()))


@pytest.mark.parametrize("fault", [boom, panic])
@pytest.mark.parametrize(
    ("module", "name", "withheld", "code"),
    [
        (parts, "sections", set(parts.RESOURCES), "E08"),
        (parts, "staffing", {"staffing"}, None),
        (narrative, "find_passages", {"statements"}, "E08"),
        (performance, "read_stream", set(performance.RESOURCES), "E08"),
        (economy.EconomyReader, "read_rows", {"basic_expenditure_by_economy"}, "E01"),
        (columns, "_economy_amounts", {"basic_expenditure_by_economy"}, "E01"),
        (columns, "place_three_public", {"three_public_expenses"}, "E01"),
    ],
)
def test_a_reader_that_fails_withholds_its_own_part(
    module: object, name: str, withheld: set[str], code: str | None, fault: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read()
    if name == "staffing":
        monkeypatch.setitem(parts._READERS, name, (name, fault))
        code = "E08"
    else:
        monkeypatch.setattr(module, name, fault)
    rest = read()
    assert {n.resource for n in rest.notices if n.code == code} >= withheld
    for resource, frame in whole.frames.items():
        if resource in withheld:
            assert rest.frames[resource].is_empty(), resource
        elif resource not in ("reports", "project_mentions", "tables"):  # which say what became of the part
            assert rest.frames[resource].equals(frame), resource


def test_a_parser_of_a_ruled_table_that_fails_withholds_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.extract import tables

    path = SOUND[1]
    whole = extract(open_bytes(path.name, path.read_bytes()))
    monkeypatch.setitem(tables._PARSERS, "economy", boom)
    rest = extract(open_bytes(path.name, path.read_bytes()))
    status = {t.resource: t.status for t in rest.tables}
    assert status.pop("basic_expenditure_by_economy") == "withheld"
    assert set(status.values()) <= {"found", "empty"}
    assert [n.resource for n in rest.notices if n.code == "E01"] == ["basic_expenditure_by_economy"]
    for resource in status:
        assert rest.frames[resource].equals(whole.frames[resource])


def test_what_could_not_be_read_is_not_held_against_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.reading import Reading

    whole = Reading(read()).findings
    monkeypatch.setattr(parts, "sections", boom)
    monkeypatch.setattr(narrative, "find_passages", boom)
    reading = Reading(read())
    before = {(f["rule_id"], f["locator"]) for f in whole.iter_rows(named=True)}
    found = {(f["rule_id"], f["locator"]) for f in reading.findings.iter_rows(named=True)}
    assert {rule for rule, _ in found - before} == {"E08"}
    assert not {rule for rule, _ in found if rule[0] in "DNP"}


def test_lack_of_memory_goes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise MemoryError

    monkeypatch.setattr(parts, "sections", full)
    with pytest.raises(MemoryError):
        read()


def test_an_exception_is_named_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(document: object) -> None:
        raise ValueError("张某 13800000000")

    monkeypatch.setattr("pipelines.reader.extract", tell)
    from pipelines.reader import read_file

    refusal = read_file(DUMP)
    assert isinstance(refusal, Refusal)
    assert (refusal.stage, len(refusal.sha256 or "")) == ("extracting", 64)
    assert refusal.reason.startswith("the report could not be read (internal error: ValueError at reader.py:")
