"""The portal as a reader's browser gets it: every figure, every link, every anchor, both languages, no other host."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import polars as pl
import pytest

from pipelines import joining, run
from pipelines.publish.contents import package_frames
from pipelines.publish.descriptor import write_package
from pipelines.publish.site import PackageInfo, build_site
from pipelines.publish.site.cells import as_text
from pipelines.publish.site.feed import feed
from pipelines.publish.site.packages import changes, size_text
from pipelines.publish.site.quarantine import advice
from pipelines.publish.site.reports import TOP, Places, report_context
from pipelines.publish.site.severity import GROUPS, Count, counted, ordered
from pipelines.publish.site.shards import PIECE
from pipelines.quality.catalogue import published
from pipelines.schema import Field, codes, packages, resources, tables
from tests.support import ROOT

SAMPLES = ("wuhan-jiangan-civic-2023-final-national.pdf", "wuhan-jiangan-parks-2023-final-dump-gb18030.txt")
EVIL = '<script>alert("1")</script>&\'局'
VERSION = "1.1.0"
CREATED = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
VOID = {"meta", "link", "input", "br"}
DIFF = {"from": "1.0.0", "to": VERSION, "counts": {"reports": {"added": 1234, "removed": 0, "changed": 2}}}
CHANGELOG = "# 变更记录 · Changelog\n\n## 1.1.0\n\n- `reports` 公开报告: +1,234 行 rows\n\n## 1.0.0\n\n- 首次发布 First release <b>\n"


REFUSED = [
    {"file": f"坏{EVIL}.pdf", "stage": "reading", "reason": "the PDF is encrypted (a password is needed)", "report_id": None, "sha256": "ab" * 32},
    {"file": "模板.pdf", "stage": "extracting", "reason": "blank template: placeholders (174 × XX) stand where figures should", "report_id": None, "sha256": None},
    {"file": "别的.bin", "stage": "choosing", "reason": "something nobody thought of", "report_id": None, "sha256": None},
]  # fmt: skip


# --- the corpus -----------------------------------------------------------------------------------------------------


def _row(resource: str, /, **values: Any) -> pl.DataFrame:
    declared = resources()[resource]
    row = dict.fromkeys(declared.names) | values
    return declared.conform(pl.DataFrame([row], schema=declared.polars_schema()))


def _finding(number: int, report: str, **values: Any) -> pl.DataFrame:
    words = {"message_zh": f"第{number}项有误。", "message_en": f"Item {number} is wrong."}
    return _row("findings", **{"finding_id": f"{number:016x}", "report_id": report, "page": 3, "line": 9} | words | values)


@cache
def corpus() -> dict[str, pl.DataFrame]:
    """Two generated reports as they are read, one with a name that must be escaped, with forms and findings."""
    read, refused = run.read_files([ROOT / "samples" / "reports" / name for name in SAMPLES], jobs=1)
    assert not refused
    frames = dict(joining.join(read).frames)
    frames["reports"] = frames["reports"].sort("report_id").with_columns(
        institution=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(EVIL)).otherwise(pl.col("institution"))
    )  # fmt: skip
    first, second = frames["reports"]["report_id"]
    extra = {
        "evaluations": [
            _row("evaluations", report_id=first, evaluation_no=91, scope="project", name=f"一号{EVIL}", budget=Decimal("1234567.5"),
                 executed=Decimal("1200000.125"), execution_rate=Decimal("97.2"), page=9, line=1),
            _row("evaluations", report_id=first, evaluation_no=92, scope="overall", name="整个部门", line=1),
        ],
        "indicators": [
            _row("indicators", report_id=first, evaluation_no=91, seq=1, level1="产出指标", indicator="数量<i>", target="≥5",
                 actual="6", score=Decimal("9.5"), page=9, line=4),
        ],
        "project_applications": [_row("project_applications", report_id=first, project_no=81, name="二号项目", total_budget=Decimal(80), line=2)],
        "project_history": [_row("project_history", report_id=first, project_no=81, fiscal_year=2020, basis="final", amount=Decimal("89.6"), line=3)],
        "tables": [_row("tables", report_id=first, table_seq=91, number="1<b>", title=f"表{EVIL}", source_no=1, unit="元<i>", status="other",
                        figures=1, unassigned=0)],
        "other_tables": [
            _row("other_tables", report_id=first, table_seq=91, row_no=2, column_no=1, text=f"甲{EVIL}", column_label=f"组{EVIL}›头<i>", source_no=1),
            _row("other_tables", report_id=first, table_seq=91, row_no=2, column_no=3, text="1,200", value=Decimal(1200), row_label=f"甲{EVIL}",
                 column_label=f"组{EVIL}›尾<i>", source_no=1, page=9, line=4),
        ],
        "project_mentions": [_row("project_mentions", report_id=second, seq=71, mention_no=71, name="三号项目", match="exact", budget=Decimal(7), line=3)],
    }  # fmt: skip
    for name, rows in extra.items():
        frames[name] = pl.concat([frames[name], *rows])
    frames["findings"] = pl.concat(
        [
            _finding(1, first, rule_id="T01.1", severity="error", resource="revenue_expenditure_summary",
                     locator="side=income;item_code=current_total;column=amount", message_zh=f"合计{EVIL}有误。"),
            _finding(2, first, rule_id="T03.1", severity="error", resource="expenditure_by_function", locator="function_code=total;column=total|basic"),
            _finding(3, first, rule_id="N01.1", severity="warning", resource="statements", locator="statement_no=2;concept=summary.change"),
            _finding(4, first, rule_id="P01.1", severity="info", resource="evaluations", locator="evaluation_no=91;by=level2", page=None),
            _finding(5, first, rule_id="D07", severity="warning", locator="tables", page=None, line=None),
            _finding(6, second, rule_id="T04.1", severity="error", resource="appropriation_summary", locator="item_code=grand_total;column=total"),
            _finding(7, second, rule_id="T09.1", severity="error", resource="three_public_expenses", locator="basis=budget|final;column=total"),
            _finding(8, second, rule_id="P02.7", severity="info", resource="project_mentions", locator="seq=71;column=budget"),
            _finding(9, second, rule_id="E11", severity="info", resource="glossary", locator="personal_data"),
        ]
    )  # fmt: skip
    frames["rules"] = published()
    counts = frames["findings"].group_by("report_id").len("found")
    frames["reports"] = frames["reports"].join(counts, on="report_id", maintain_order="left").with_columns(
        finding_count=pl.col("found").cast(pl.Int64), rule_coverage=pl.lit(Decimal("87.65"), pl.Decimal(18, 6))
    ).drop("found")  # fmt: skip
    for package in packages().values():
        frames |= {name: codes(name) for name in package.resources if name not in frames}
    frames["rule_results"] = results(*frames["reports"]["report_id"])
    return frames


def results(first: str, second: str) -> pl.DataFrame:
    rows = [
        (first, "T01.1", "fail", 3, 1), (second, "T01.1", "pass", 3, 0), (first, "T03.1", "insufficient", 0, 0),
        (second, "T03.1", "error", 0, 0), (first, "T02.1", "rounding", 9, 2),
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=resources()["rule_results"].polars_schema(), orient="row")


# --- the pages --------------------------------------------------------------------------------------------------------


@dataclass
class Page(HTMLParser):
    """What is on a page: its links, ids, cells, and its text."""

    path: Path
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    cells: dict[str, list[str]] = field(default_factory=dict)
    """Texts of the cells after the row (or the head of a half) with that id."""
    languages: dict[str, int] = field(default_factory=dict)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, dict[str, str]]] = []
        self._row: list[str] | None = None
        self.feed(self.path.read_text(encoding="utf-8"))
        assert not self._open, f"{self.path}: {self._open} stay open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.handlers += [name for name in given if name.startswith("on")]
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        if "src" in given or tag == "link":
            self.loaded.append(given.get("src") or given["href"])
        for name in given.get("class", "").split():
            if name in ("zh", "en"):
                self.languages[name] = self.languages.get(name, 0) + 1
        # A row, the head of a half, or the first figure of a part that has no head.
        if tag == "tr" or (tag in ("th", "td") and "id" in given):
            self._row = self.cells.setdefault(given["id"], []) if "id" in given else None
        if tag in ("td", "th") and self._row is not None:
            self._row.append("")
        if tag not in VOID:
            self._open.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, f"{self.path}: {opened} is closed by {tag}"

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] in ("script", "style"):
            return
        self.text += data
        # The sign that leads to a finding is no part of the cell.
        if self._row and not any("mark" in given.get("class", "").split() for _, given in self._open):
            self._row[-1] += data


def _write(out: Path) -> Path:
    infos = []
    for name in ("final-accounts", "classifications"):
        package = packages()[name]
        folder = out / name / VERSION
        if not folder.exists():
            extra = {"CHANGELOG.md": CHANGELOG.encode(), "diff.json": b"{}\n"}
            # The names that test the escaping are no part of what a release accepts as clean; only files matter here.
            write_package(folder, package, VERSION, CREATED, package_frames(package, corpus()), extra, "")
        (out / name / "1.0.0").mkdir(exist_ok=True)
        (out / name / "1.0.0" / "datapackage.json").write_text("{}")
        descriptor = json.loads((folder / "datapackage.json").read_text("utf-8"))
        infos.append(PackageInfo(name, VERSION, ["1.0.0", VERSION], descriptor, DIFF, CHANGELOG))
    (out / "mingzhang.duckdb").touch()
    (out / "quarantine.json").touch()
    build_site(out / "site", corpus(), infos, CREATED, REFUSED)
    return out / "site"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write(tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path) for path in sorted(site.rglob("*.html"))}


def report_pages(pages: dict[str, Page]) -> Iterator[tuple[str, Page]]:
    for report in corpus()["reports"]["report_id"]:
        yield report, pages[f"report/{report}.html"]


def printed(value: Any, declared: Field) -> str:
    """A value as a page must print it, written without the code under test."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        whole, _, part = f"{value:,.6f}".partition(".")
        part = part.rstrip("0")
        if declared.is_amount:
            part = part.ljust(2, "0")
        return f"{whole}.{part}" if part else whole
    return str(value)


def data(site: Path, name: str) -> Any:
    """What a script of ``data/`` puts under its key."""
    text = (site / "data" / f"{name}.js").read_text("utf-8")
    found = re.fullmatch(rf'\(window\.MZ=window\.MZ\|\|\{{}}\)\.data=MZ\.data\|\|\{{}};MZ\.data\["{name}"\]=(.*);\n', text, re.S)
    assert found, text[:100]
    return json.loads(found[1])


# --- figures ----------------------------------------------------------------------------------------------------------


def test_every_figure_of_the_official_tables_stands_in_its_row(pages: dict[str, Page]) -> None:
    seen = 0
    for report, page in report_pages(pages):
        for name, resource in tables().items():
            keys = [key for key in resource.primary_key if key != "report_id"]
            for row in corpus()[name].filter(pl.col("report_id") == report).iter_rows(named=True):
                cells = page.cells["-".join([name, *(row[key] for key in keys)])]
                amounts = [printed(row[f.name], f) for f in resource.amounts]
                assert not [a for a in amounts if a and a not in cells], (row, cells)
                if resource.row_name:
                    assert any((row[resource.row_name] or "") in cell for cell in cells), (row, cells)
                seen += sum(amount != "" for amount in amounts)
    assert seen > 300


def test_blanks_stay_blank_and_columns_keep_their_order(pages: dict[str, Page]) -> None:
    resource = resources()["expenditure_by_function"]
    columns = [f.name for f in resource.amounts]
    for report, page in report_pages(pages):
        for row in corpus()[resource.name].filter(pl.col("report_id") == report).iter_rows(named=True):
            cells = page.cells[f"{resource.name}-{row['function_code']}"]
            assert cells[2:-1] == [printed(row[name], resource.field(name)) for name in columns]


def test_statements_and_forms_are_on_the_page(pages: dict[str, Page]) -> None:
    statement = resources()["statements"].field("value")
    for report, page in report_pages(pages):
        for row in corpus()["statements"].filter(pl.col("report_id") == report).iter_rows(named=True):
            assert printed(row["value"], statement) in page.cells[f"statements-{row['statement_no']}"]
    first = next(report_pages(pages))[1]
    for text in ("1,234,567.50", "1,200,000.125", "97.2", "数量<i>", "≥5", "二号项目", "89.60", f"表{EVIL}", f"甲{EVIL}", "尾<i>", "元<i>"):
        assert text in first.text


@pytest.mark.parametrize(
    ("value", "amount", "plain"),
    [
        ("0", "0.00", "0"),
        ("5506.46", "5,506.46", "5,506.46"),
        ("-1234567.1234", "-1,234,567.1234", "-1,234,567.1234"),
        ("100", "100.00", "100"),
        ("999999999999.999999", "999,999,999,999.999999", "999,999,999,999.999999"),
        ("37151.4655", "37,151.4655", "37,151.4655"),
        ("-0.5", "-0.50", "-0.5"),
    ],
)
def test_figures_are_set_with_commas_and_never_rounded(value: str, amount: str, plain: str) -> None:
    money = resources()["expenditure_by_function"].field("total")
    other = resources()["statements"].field("value")
    column = pl.Series([Decimal(value), None], dtype=pl.Decimal(18, 6))
    assert as_text(column, money).to_list() == [amount, ""]
    assert as_text(column, other).to_list() == [plain, ""]


def test_the_halves_of_a_table_end_on_one_line(site: Path) -> None:
    report = corpus()["reports"]["report_id"][0]
    lines = (site / "report" / f"{report}.html").read_text("utf-8").splitlines()
    for name in ("revenue_expenditure_summary", "appropriation_summary"):
        for code in ("current_total", "grand_total"):
            line = next(line for line in lines if f'id="{name}-income-{code}"' in line)
            assert f'id="{name}-expenditure-{code}"' in line


# --- links ------------------------------------------------------------------------------------------------------------


def test_every_link_leads_to_a_file_and_an_anchor(site: Path, pages: dict[str, Page]) -> None:
    checked = 0
    for name, page in pages.items():
        for link in page.links:
            target, _, anchor = link.partition("#")
            path = (page.path.parent / target).resolve() if target else page.path
            relative = path.relative_to(site.parent.resolve()).as_posix()
            assert path.is_file(), f"{name}: {link}"
            # A query of the findings page is no anchor.
            if anchor and "=" not in anchor:
                ids = pages[relative.removeprefix("site/")].ids
                assert unquote(anchor) in ids, f"{name}: {link}"
                checked += 1
    assert checked > 100


def test_ids_are_unique(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        twice = {i for i in page.ids if page.ids.count(i) > 1}
        assert not twice, f"{name}: {twice}"


def test_findings_lead_to_their_rows() -> None:
    expected = {
        1: "revenue_expenditure_summary-income-current_total", 2: "expenditure_by_function-total", 3: "statements-2",
        4: "evaluations-91", 5: TOP, 6: "appropriation_summary-expenditure-grand_total", 7: "three_public_expenses-budget",
        8: "project_mentions-71", 9: "glossary",
    }  # fmt: skip
    from pipelines.publish.site.build import report_pages as contexts

    found = {}
    for context in contexts(corpus(), corpus()["reports"].to_dicts()):
        found |= {int(f["finding_id"], 16): f["anchor"] for f in context["findings"]}
    assert found == expected


def test_a_report_leads_to_the_other_years_and_a_mention_to_its_form() -> None:
    from pipelines.publish.site.build import report_pages as contexts

    frames = dict(corpus())
    report = frames["reports"].row(1, named=True)
    later = report | {"report_id": "420102-2024-final-00000001", "fiscal_year": 2024}
    elsewhere = report | {"report_id": "420102-2024-final-00000002", "region_code": "420103"}
    reports = [report, later, elsewhere]
    found = {c["report"]["report_id"]: [o["report_id"] for o in c["others"]] for c in contexts(frames, reports)}
    assert found == {report["report_id"]: [later["report_id"]], later["report_id"]: [report["report_id"]], elsewhere["report_id"]: []}
    form, mention = "evaluations-1", ("project_mentions-1", "L3", "1", "1", "项目", "1", "exact", "1.00", "", "")
    context = report_context(report, {"evaluations": [(form, *["1"] * 17)], "project_mentions": [mention]}, [], {})
    assert f'<a href="#{form}">1</a>' in context["mentions"].body


def test_a_locator_that_names_no_row_leads_to_its_table() -> None:
    rows = {"expenditure_by_function": [("expenditure_by_function-201", "L1", "201", "一般", "class", "1.00", "", "", "", "", "")]}
    places = Places(rows)
    assert places.of("expenditure_by_function", "function_code=999;column=total") == "expenditure_by_function"
    assert places.of("expenditure_by_function", None) == "expenditure_by_function"
    assert places.of("government_fund", "function_code=201") == TOP
    assert places.of("expenditure_by_function", "function_code=201|202;column=total") == "expenditure_by_function-201"


def test_findings_data_hold_every_finding_and_its_place(site: Path, pages: dict[str, Page]) -> None:
    index = data(site, "findings")
    assert sum(index["counts"]) == corpus()["findings"].height and index["piece"] == PIECE
    known = {row["finding_id"]: row for row in corpus()["findings"].iter_rows(named=True)}
    for year in index["years"]:
        shard = data(site, f"findings-{year}")
        sentences = data(site, f"findings-{year}-0")
        for i, key in enumerate(shard["id"]):
            row = known.pop(key)
            report, _, region, _, source = shard["reports"][shard["report"][i]]
            assert (report, index["rules"][shard["rule"][i]][0], GROUPS[shard["group"][i]]) == (
                row["report_id"], row["rule_id"], row["severity"],
            )  # fmt: skip
            assert (shard["page"][i] or None, shard["line"][i] or None) == (row["page"], row["line"])
            assert sentences[i] == [row["message_zh"], row["message_en"]]
            ids = pages[f"report/{report}.html"].ids
            assert shard["anchor"][i] in ids and f"f-{key}" in ids
            assert shard["regions"][region][0] == report[:6] and source in SAMPLES
    assert not known


def some_findings(seed: int) -> pl.DataFrame:
    """Findings of three reports and two rules, of every severity, with and without cause and difference."""
    rng = random.Random(seed)
    rows = []
    for number in range(40):
        severity = rng.choice(["error", "warning", "info"])
        difference = rng.choice([None, Decimal(rng.randint(-900, 900)) / 100])
        tolerance = None if difference is None else abs(difference) + (1 if severity == "info" and rng.random() < 0.6 else -1)
        rows.append(_finding(number, f"r{rng.randint(1, 3)}", rule_id=rng.choice(["T01.1", "N01.1"]), severity=severity,
                             is_cause=rng.choice([True, False, None]), difference=difference, tolerance=tolerance))  # fmt: skip
    return pl.concat(rows)


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_of_causes_and_errors_stand_first(seed: int) -> None:
    frame = some_findings(seed)
    rows = list(ordered(frame).iter_rows(named=True))
    keys = [(GROUPS.index(row["group"]), row["is_cause"] is False, -abs(row["difference"] or 0)) for row in rows]
    assert keys == sorted(keys) and len(rows) == frame.height
    for row in rows:
        within = row["severity"] == "info" and row["difference"] is not None and abs(row["difference"]) <= row["tolerance"]
        assert row["group"] == ("rounding" if within else row["severity"])
    counts = counted(ordered(frame), "report_id")
    for report, count in counts.items():
        own = [row for row in rows if row["report_id"] == report]
        serious = [row for row in own if row["severity"] != "info"]
        causes = [row["severity"] for row in serious if row["is_cause"] is not False]
        rounding = sum(row["group"] == "rounding" for row in own)
        assert count == Count(causes.count("error"), causes.count("warning"), len(serious) - len(causes), rounding,
                              len(own) - len(serious) - rounding)  # fmt: skip
        assert count.all == len(own) and count.causes == len(causes)
    assert ordered(ordered(frame)).equals(ordered(frame))


def test_a_report_without_findings_stands_on_the_page_of_its_region(tmp_path: Path) -> None:
    frames = corpus() | {"findings": corpus()["findings"].clear()}
    build_site(tmp_path, frames, [], None)
    for report in frames["reports"].iter_rows(named=True):
        text = (tmp_path / "region" / f"{report['region_code'][:2]}.html").read_text("utf-8")
        assert report["report_id"] in text


def test_search_finds_every_department_and_project(site: Path, pages: dict[str, Page]) -> None:
    index = data(site, "search")
    reports = [line.split("\t") for line in index["reports"].split("\n")]
    assert {line[0] for line in reports} == set(corpus()["reports"]["report_id"])
    bodies = [line.split("\t") for line in index["bodies"].split("\n")]
    for line in reports:
        place, pinyin, initials = bodies[int(line[5])]
        row = corpus()["reports"].row(by_predicate=pl.col("report_id") == line[0], named=True)
        assert all((row[part] or "") in place for part in ("province", "city", "region_name"))
        assert re.fullmatch("[a-z]*", pinyin) and len(initials) == sum("\u4e00" <= c <= "\u9fff" for c in row["institution"])
    codes_found = {line.split("\t")[0] for line in index["codes"].split("\n")}
    assert codes_found == {c for c in corpus()["expenditure_by_function"].drop_nulls("total")["function_code"] if c.isdigit()}
    assert all(f"function/{code}.html" in pages for code in codes_found)
    for line in index["pages"].split("\n"):
        target, _, anchor = line.split("\t")[2].partition("#")
        assert anchor in pages[target].ids, line
    projects = {}
    for line in index["projects"].split("\n"):
        name, *places = line.split("\t")
        projects[name] = places
        for place in places:
            number, anchor = place.split(":")
            assert anchor in pages[f"report/{reports[int(number)][0]}.html"].ids
    named = corpus()["evaluations"].filter(pl.col("scope") == "project")["name"].to_list()
    assert set(projects) >= {*named, f"一号{EVIL}", "二号项目", "三号项目"} and "整个部门" not in projects


# --- safety and reach --------------------------------------------------------------------------------------------------


def test_published_text_cannot_become_markup(site: Path, pages: dict[str, Page]) -> None:
    for path in site.rglob("*.html"):
        assert "<script>" not in path.read_text("utf-8"), path
    page = next(report_pages(pages))[1]
    assert page.text.count(EVIL) >= 3, "the name stands in the heading, a form and a finding"


def test_nothing_is_loaded_from_another_host(site: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert not page.handlers, name
        for address in page.loaded:
            assert address.startswith("data:") or not re.match(r"[a-z]+:|//", address), (name, address)
            if not address.startswith(("data:",)) and "vendor/" not in address:
                assert (page.path.parent / address).is_file(), (name, address)
        assert not [link for link in page.links if re.match(r"[a-z]+:|//", link)], name
    for path in (site / "assets").iterdir():
        text = path.read_text("utf-8")
        if path.name.startswith(("site.", "arrow.")):
            # The page of queries needs a server, and has its own tests.
            assert not re.search(r"https?:|@import|url\(|\bfetch\(|XMLHttpRequest|innerHTML|document\.write|eval\(", text), path


def test_both_languages_are_complete(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert page.languages["zh"] == page.languages["en"] > 10, name
    for path in (Path(page.path) for page in pages.values()):
        text = path.read_text("utf-8")
        pairs = re.findall(r'<span class="zh" lang="zh-CN">(.*?)</span><span class="en" lang="en">(.*?)</span>', text, re.S)
        for zh, en in pairs:
            assert zh.strip() and en.strip(), (path.name, zh, en)
        assert re.search(r'<title data-en="[^"]+Mingzhang">[^<]+明账</title>', text), path
        for value in re.findall(r"<option[^>]*>", text):
            assert "data-en=" in value, path


def test_pages_can_be_used_by_all(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        text = page.path.read_text("utf-8")
        assert '<a class="skip" href="#main">' in text and '<main id="main"' in text and "<nav" in text, name
        assert len(re.findall(r"<h1", text)) == 1, name
        assert len(re.findall(r"<table", text)) == len(re.findall(r"<caption", text)) == len(re.findall(r'<div class="scroll"', text)), name
        assert not re.findall(r"<th(?![^>]*scope=)(?:\s[^>]*)?>", text), name
        for control in re.findall(r"<(?:input|select) id=\"(\w+)\"", text):
            assert f'<label for="{control}">' in text, (name, control)
    assert 'aria-live="polite"' in pages["index.html"].path.read_text("utf-8")
    assert 'aria-live="polite"' in pages["findings.html"].path.read_text("utf-8")


# --- packages and rules -----------------------------------------------------------------------------------------------


def test_a_package_lists_its_files_with_size_and_checksum(site: Path, pages: dict[str, Page]) -> None:
    descriptor = json.loads((site.parent / "final-accounts" / VERSION / "datapackage.json").read_text("utf-8"))
    page = pages["package/final-accounts.html"]
    for entry in descriptor["resources"]:
        assert f"../../final-accounts/{VERSION}/{entry['path']}" in page.links
        assert entry["hash"].removeprefix("sha256:") in page.text and size_text(entry["bytes"]) in page.text
    for resource in packages()["final-accounts"].resources:
        assert all(f.name in page.text and f.description in page.text for f in resources()[resource].fields)
    assert "1,234" in page.text and "首次发布 First release <b>" in page.text and "1.0.0" in page.text
    described = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.path.read_text("utf-8"), re.S)
    assert described and json.loads(described[1])["@type"] == "Dataset"


def test_rules_say_how_many_reports_pass_and_fail(pages: dict[str, Page]) -> None:
    page = pages["rules.html"]
    assert {row["rule_id"] for row in corpus()["rules"].to_dicts()} <= set(page.ids)
    assert [cell.strip() for cell in page.cells["T01.1"][3:]] == ["1", "0", "1", "0", "0", "1"]
    assert page.cells["T03.1"][6] == "1" and "1" in page.cells["T03.1"][7], "insufficient, and one that crashed"
    assert page.cells["T02.1"][4:6] == ["1", "0"], "rounding is no failure"
    for rule in corpus()["rules"].iter_rows(named=True):
        assert all(rule[name] in page.text for name in ("title_zh", "title_en", "formula", "basis", "scope") if rule[name])


def test_without_dates_or_changes_the_pages_leave_them_out(site: Path, tmp_path: Path) -> None:
    descriptor = json.loads((site.parent / "classifications" / VERSION / "datapackage.json").read_text("utf-8"))
    descriptor.pop("created")
    build_site(tmp_path, corpus(), [PackageInfo("classifications", VERSION, [VERSION], descriptor)], None)
    assert "2024-05-06" in (site / "index.html").read_text("utf-8")
    for path in tmp_path.rglob("*.html"):
        assert "2024-05-06" not in path.read_text("utf-8"), path
    assert "自上一版本" not in (tmp_path / "package" / "classifications.html").read_text("utf-8")


def test_home_counts_what_there_is(pages: dict[str, Page]) -> None:
    text = pages["index.html"].text
    frames = corpus()
    amounts = sum(
        frame.height - frame[a.name].null_count()
        for name, frame in frames.items() if "report_id" in frame.columns for a in resources()[name].amounts
    )  # fmt: skip
    causes = sum(severity != "info" for severity in frames["findings"]["severity"])
    for count in (frames["reports"].height, causes, frames["rules"].height, amounts):
        assert f"{count:,}" in text
    assert "2024-05-06" in text


def test_sizes_are_cut_not_rounded_up() -> None:
    assert [size_text(n) for n in (0, 1023, 1024, 1_048_575, 1_048_576, 5 * 2**30)] == [
        "0 B", "1023 B", "1.0 KiB", "1023.9 KiB", "1.0 MiB", "5.0 GiB",
    ]  # fmt: skip


def test_a_changelog_becomes_lists() -> None:
    assert changes(CHANGELOG) == [
        ("1.1.0", [["", "reports", " 公开报告: +1,234 行 rows"]]),
        ("1.0.0", [["首次发布 First release <b>"]]),
    ]


def test_refused_files_are_told_with_reason_and_advice(pages: dict[str, Page]) -> None:
    text = pages["quarantine.html"].text
    for expected in (f"坏{EVIL}.pdf", "文件加密，需要密码", "另存为不加密的文件", "空白模板", "something nobody thought of", "174 × XX", "打开文件"):
        assert expected in text, expected
    assert "未发布的文件" in pages["index.html"].text


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("unknown file type .md; PDF, OFD, XLSX are read", "类型"), ("the PDF is corrupt or truncated and cannot be opened", "损坏"),
        ("the file is empty (0 bytes)", "没有可读"), ("the PDF has 4,000 pages (limit 2,000); it is not one report", "大于"),
        ("the text is in UTF-16; UTF-8 and GB18030 are read", "编码"), ("the file is a WPS document (.wps); save it as DOCX", "格式"),
        ("reading took more than 60 seconds", "远大于|超出"), ("the file is an encrypted Office file (a password is needed)", "密码"),
    ],
)  # fmt: skip
def test_reasons_are_said_in_chinese(reason: str, word: str) -> None:
    assert re.search(word, advice(reason)["zh"]), advice(reason)


def test_the_feed_tells_releases_and_their_new_errors(site: Path, pages: dict[str, Page]) -> None:
    space = {"a": "http://www.w3.org/2005/Atom"}
    root = ElementTree.parse(site / "feed.xml").getroot()
    entries = root.findall("a:entry", space)
    ids = [entry.findtext("a:id", namespaces=space) for entry in entries]
    assert len(set(ids)) == len(ids) and f"urn:x-mingzhang:release:final-accounts:{VERSION}" in ids
    assert root.findtext("a:updated", namespaces=space) == "2024-05-06T07:08:09Z"
    for entry in entries:
        link = entry.find("a:link", space)
        assert link is not None and entry.findtext("a:title", namespaces=space) and entry.findtext("a:updated", namespaces=space)
        path, _, anchor = link.attrib["href"].partition("#")
        assert unquote(anchor) in pages[path].ids, link.attrib
    assert not [i for i in ids if i and ":finding:" in i], "the diff since 1.0.0 names no new finding"


def test_the_feed_of_a_first_release_has_its_errors_and_of_a_later_one_the_new() -> None:
    frames = corpus()
    errors = ordered(frames["findings"]).filter(pl.col("severity") == "error").to_dicts()
    reports = {row["report_id"]: row for row in frames["reports"].to_dicts()}

    def told(diff: dict[str, Any] | None) -> list[str]:
        text = feed([PackageInfo("final-accounts", "1.0.0", ["1.0.0"], {}, diff)], errors, reports, None).decode()
        assert "1970-01-01T00:00:00Z" in text and "<script>" not in text
        return re.findall(r"urn:x-mingzhang:finding:(\w+)", text)

    assert told(None) == [row["finding_id"] for row in errors]
    new = errors[2]["finding_id"]
    diff = {"from": "0.9.0", "changes": {"findings": {"added": [{"finding_id": new}]}}}
    assert told(diff) == [new] and told({"from": "0.9.0", "changes": {}}) == []


# --- bytes ------------------------------------------------------------------------------------------------------------


def test_a_second_run_writes_the_same_bytes(site: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for name in ("final-accounts", "classifications"):
        (tmp_path / "out" / name).symlink_to(site.parent / name)
    again = _write(tmp_path / "out")
    first = {p.relative_to(site): p.read_bytes() for p in site.rglob("*") if p.is_file()}
    second = {p.relative_to(again): p.read_bytes() for p in again.rglob("*") if p.is_file()}
    assert first == second and len(first) > 12
    assert not any(str(site.parent).encode() in content for content in first.values())


def test_every_page_carries_its_dataset(site: Path) -> None:
    """schema.org: a package page its release, a report page its report, every other page the whole."""
    kinds = {"package": 0, "report": 0, "": 0}
    for path in sorted(site.rglob("*.html")):
        (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', path.read_text("utf-8"))
        data = json.loads(found)
        assert (data["@context"], data["@type"]) == ("https://schema.org/", "Dataset")
        assert data["name"] and data["description"] and data["license"].startswith("https://creativecommons.org/")
        folder = path.parent.name if path.parent.name in kinds else ""
        kinds[folder] += 1
        if folder == "report":
            assert data["identifier"] == path.stem
        else:
            assert ("distribution" in data) == (folder == "package") and ("hasPart" in data) == (folder == "")
    assert all(kinds.values())
