"""The files of a release: exact where programs read, harmless where people open them, and all accounted for."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest
from frictionless import Package
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.forms import forms
from pipelines.publish import PublishError, citation, excel, workbook
from pipelines.publish.database import DATABASE
from pipelines.publish.descriptor import write_package
from pipelines.publish.dictionary import package_dictionary
from pipelines.publish.examples import examples
from pipelines.publish.files import csv_bytes, parquet_bytes
from pipelines.publish.form_order import ordered_frame
from pipelines.publish.places import csv_path, excel_path, parquet_path
from pipelines.publish.proof import differences
from pipelines.schema import Resource, packages, resources, tables
from tests.release_support import VERSION, sample_frames, sample_release
from tests.support import ROOT

PACKAGES = sorted(packages())
EVIL = [
    "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a", "'=1", "'quoted",
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://example.invalid","x")', "001", "007.5", "1234567890123456",
    "1234e567", "3-5", "5/5", "2023-01-15", "12:30", "1,2",
]  # fmt: skip
HARMLESS = ["合计", "2010101", "-3.5", "-100", "95%", "≥90%", "3.14", "1,234.56", "a=b", "2023年", " =1", "0", "0.5", "x'"]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_release(tmp_path_factory.mktemp("release"))


def folder(out: Path, package: str) -> Path:
    return out / package / VERSION


def described(out: Path, package: str) -> dict[str, Any]:
    return json.loads((folder(out, package) / "datapackage.json").read_text("utf-8"))


def held(package: str) -> list[Resource]:
    return [resources()[name] for name in packages()[package].resources]


def source(out: Path, package: str, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder(out, package) / parquet_path(name))


def rules(*texts: str | None) -> pl.DataFrame:
    """A frame of ``rules`` whose text column ``formula`` holds the given cells."""
    declared = resources()["rules"]
    rows = [
        {"rule_id": f"T{n:02}", "title_zh": "合计", "title_en": "Total", "formula": text, "severity": "error"}
        for n, text in enumerate(texts)
    ]
    return declared.conform(pl.DataFrame([dict.fromkeys(declared.names) | row for row in rows], infer_schema_length=None))


# --- The folder ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", PACKAGES)
def test_the_folder_holds_these_files_and_no_others(out: Path, package: str) -> None:
    found = {p.relative_to(folder(out, package)).as_posix() for p in folder(out, package).rglob("*") if p.is_file()}
    tables = {place(r.name) for r in held(package) for place in (csv_path, parquet_path, excel_path)}
    more = set()
    if package != "classifications":
        more.add(f"{package}-classifications.xlsx")
    if package in ("final-accounts", "budgets"):
        ids = source(out, package, "reports")["report_id"]
        more |= {f"reports/{report}.{form}" for report in ids for form in ("xlsx", "zip")}
    assert found == tables | more | {
        f"{package}.xlsx", f"{package}-{VERSION}.zip", "README.md", "DATA_DICTIONARY.md", "CHANGELOG.md", "diff.json", "datapackage.json",
        "examples.sql", "ckan.json", "SHA256SUMS",
    }  # fmt: skip


@pytest.mark.parametrize("package", PACKAGES)
def test_sha256sum_accepts_every_file_and_sees_a_change(out: Path, package: str, tmp_path: Path) -> None:
    copy = shutil.copytree(folder(out, package), tmp_path / "copy")
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(command, cwd=copy, check=False).returncode == 0
    listed = {line.split("  ", 1)[1] for line in (copy / "SHA256SUMS").read_text("utf-8").splitlines()}
    assert listed == {p.relative_to(copy).as_posix() for p in copy.rglob("*") if p.is_file()} - {"SHA256SUMS"}
    (copy / "diff.json").write_text("[]")
    assert subprocess.run(command, cwd=copy, check=False, capture_output=True).returncode == 1


def test_an_extra_file_replaces_nothing(tmp_path: Path) -> None:
    frames = {name: resources()[name].empty() for name in packages()["classifications"].resources}
    with pytest.raises(PublishError, match=r"would replace README\.md"):
        write_package(tmp_path, packages()["classifications"], "1.0.0", None, frames, {"README.md": b""})


@pytest.mark.parametrize("package", PACKAGES)
def test_every_link_in_the_readme_leads_to_a_file(out: Path, package: str) -> None:
    text = (folder(out, package) / "README.md").read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert len(links) > 3 * len(held(package))
    assert [link for link in links if not (folder(out, package) / link).exists()] == []


WRITE = """
import os, pickle, sys
from pathlib import Path
os.umask(int(sys.argv[3], 8))
from pipelines.publish.descriptor import write_package
from pipelines.schema import packages
held = pickle.loads(Path(sys.argv[1]).read_bytes())
write_package(Path(sys.argv[2]), packages()["final-accounts"], "1.2.0", None, held, {"diff.json": b"{}"})
"""


def test_the_same_frames_give_the_same_bytes_anywhere(tmp_path: Path) -> None:
    """In another folder, time zone, locale, umask, hash seed and at another time."""
    import pickle

    from pipelines.publish.contents import package_frames

    frames = {
        name: frame.head(40) for name, frame in package_frames(packages()["final-accounts"], sample_frames()).items()
    }
    (tmp_path / "frames").write_bytes(pickle.dumps(frames))
    trees = []
    for place, changes, umask in (
        ("a", {"TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}, "022"),
        ("an other/folder", {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "2"}, "077"),
    ):
        command = [sys.executable, "-c", WRITE, str(tmp_path / "frames"), str(tmp_path / place), umask]
        environment = {k: v for k, v in os.environ.items() if k != "MINGZHANG_BASE_URL"} | changes
        subprocess.run(command, env=environment | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path, check=True)
        top = tmp_path / place
        trees.append(
            {p.relative_to(top): hashlib.sha256(p.read_bytes()).hexdigest() for p in top.rglob("*") if p.is_file()}
        )
    assert len(trees[0]) > 70
    assert trees[0] == trees[1]


# --- The descriptor -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def official() -> jsonschema.protocols.Validator:
    schema = json.loads((ROOT / "tests" / "vendored" / "datapackage-2.0.json").read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("package", PACKAGES)
def test_the_official_schema_accepts_the_descriptor(out: Path, package: str, official: Any) -> None:
    descriptor = described(out, package)
    assert [error.message for error in official.iter_errors(descriptor)] == []
    # And it does look.
    descriptor["resources"][0]["schema"]["fields"][0]["constraints"] = {"required": "yes"}
    del descriptor["resources"][1]["path"]
    assert len(list(official.iter_errors(descriptor))) >= 2


@pytest.mark.parametrize("package", PACKAGES)
def test_frictionless_reads_every_csv_and_every_excel_copy(out: Path, package: str) -> None:
    report = Package(str(folder(out, package) / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "note"])
    counted = {task.name: task.stats.get("rows", 0) for task in report.tasks if task.type == "table"}
    rows = {r.name: source(out, package, r.name).height for r in held(package)}
    assert counted == rows | {f"{name}-excel": height for name, height in rows.items()}


def test_frictionless_finds_a_label_that_is_not_declared(out: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder(out, "classifications"), tmp_path / "copy")
    path = copy / excel_path("functional_codes")
    path.write_text(path.read_text("utf-8").replace(",类,", ",纲,", 1), "utf-8")
    types = {row[0] for row in Package(str(copy / "datapackage.json")).validate().flatten(["type"])}
    assert "constraint-error" in types


@pytest.mark.parametrize("package", PACKAGES)
def test_the_descriptor_lists_each_data_file_with_its_size_and_hash(out: Path, package: str) -> None:
    listed = described(out, package)["resources"]
    for entry in listed:
        content = (folder(out, package) / entry["path"]).read_bytes()
        assert entry["bytes"] == len(content)
        assert entry["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    tables = {entry["name"]: entry for entry in listed if entry.get("type") == "table"}
    for resource in held(package):
        for name in (resource.name, f"{resource.name}-excel"):
            assert tables[name].get("usageWarnings", []) == list(resource.usage_warnings)
    names = {r.name for r in held(package)}
    suffixed = {f"{name}{suffix}" for name in names for suffix in ("", "-parquet", "-excel")}
    assert {entry["name"] for entry in listed} == suffixed | {f"{package}-xlsx"} | (
            {f"{package}-classifications-xlsx"} if package != "classifications" else set()
        )


def test_the_descriptor_says_what_the_reports_cover(out: Path) -> None:
    assert described(out, "final-accounts")["coverage"] == {
        "reports": 2, "institutions": 2, "fiscalYears": [2023], "regions": [{"code": "420102", "name": "江岸区"}],
    }  # fmt: skip
    assert "coverage" not in described(out, "classifications")


# --- Parquet ------------------------------------------------------------------------------------------------------


def test_parquet_explains_itself(out: Path) -> None:
    path = folder(out, "final-accounts") / parquet_path("expenditure_by_function")
    metadata = {k.decode(): v.decode() for k, v in pq.read_metadata(path).metadata.items()}
    declared = resources()["expenditure_by_function"]
    assert (metadata["title_zh"], metadata["title_en"]) == ("支出表", "Expenditure by function")
    assert metadata["license"] == "CC-BY-4.0"
    assert metadata["description"] == declared.description
    assert json.loads(metadata["column_titles"])["total"] == "本年支出合计"
    assert json.loads(metadata["column_units"])["basic"] == "万元"
    assert json.loads(metadata["primary_key"]) == ["report_id", "function_code"]
    assert json.loads(metadata["usage_warnings"]) == list(declared.usage_warnings)
    assert json.loads(metadata["table_schema"]) == declared.table_schema()
    # The same rows are the same bytes in every version.
    assert VERSION not in str(metadata)
    with duckdb.connect() as connection:
        found = connection.execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(path)]).fetchall()
    assert (b"title_zh", "支出表".encode()) in found


def test_parquet_metadata_changes_no_row_and_is_stable() -> None:
    frame = sample_frames()["expenditure_by_function"]
    facts = {"title": "支出表", "b": "2"}
    assert pl.read_parquet(parquet_bytes(frame, facts)).equals(frame)
    assert parquet_bytes(frame, facts) == parquet_bytes(frame, dict(facts))


# --- The Excel copy -----------------------------------------------------------------------------------------------


def excel_rows(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("resource", resources().values(), ids=list(resources()))
def test_headers_and_labels_can_be_told_apart(resource: Resource) -> None:
    headers = excel.headers(resource)
    assert len(set(headers)) == len(headers)
    assert all(re.search("[\u4e00-\u9fff]", header) for header in headers)
    for declared in resource.fields:
        assert len(set(declared.labels.values())) == len(declared.labels), declared.name
    assert [field["name"] for field in excel.excel_schema(resource)["fields"]] == headers


@pytest.mark.parametrize("package", PACKAGES)
def test_excel_copies_are_chinese_and_hold_the_same_figures(out: Path, package: str) -> None:
    for resource in held(package):
        plain = list(csv.reader((folder(out, package) / csv_path(resource.name)).open(encoding="utf-8", newline="")))
        heads, *rows = excel_rows((folder(out, package) / excel_path(resource.name)).read_bytes())
        if resource.by_report:
            assert heads[:4] == ["地区", "单位名称", "年度", "报告类型"]
            whose = {r["report_id"]: r for r in source(out, package, "reports").to_dicts()}
            at = heads.index("报告编号")
            for row in rows:
                report = whose[row[at]]
                kind = {"final": "部门决算", "budget": "部门预算"}[report["kind"]]
                assert row[:4] == [report["region_name"], report["institution"], str(report["fiscal_year"]), kind]
        own = {column.name: column.header for column in excel.columns(resource.name) if column.name}
        assert set(own) == set(resource.names) and len(rows) == len(plain) - 1 == source(out, package, resource.name).height
        key = [plain[0].index(name) for name in resource.primary_key]
        order = {tuple(row[at] for at in key): number for number, row in enumerate(plain[1:])}
        inverse = {f.name: {label: value for value, label in f.labels.items()} for f in resource.fields}
        names = [(heads.index(own[name]), inverse[name]) for name in resource.primary_key]
        rows.sort(key=lambda row: order[tuple(known.get(row[at].removeprefix("'"), row[at].removeprefix("'")) for at, known in names)])
        for column, field in enumerate(resource.fields):
            before, after = [row[column] for row in plain[1:]], [row[heads.index(own[field.name])] for row in rows]
            if field.labels:
                assert after == ["" if value == "" else field.labels[value] for value in before]
            elif field.type == "boolean":
                assert after == ["" if value == "" else {"true": "是", "false": "否"}[value] for value in before]
            elif field.type == "string":
                assert [a.removeprefix("'") for a in after] == before
            else:
                assert after == before


def test_keys_read_in_chinese_beside_their_code(out: Path) -> None:
    heads, *rows = excel_rows((folder(out, "final-accounts") / excel_path("revenue_expenditure_summary")).read_bytes())
    side, code = heads.index("收支方向"), heads.index("项目代码")
    assert heads[code + 1] == "项目代码（中文）"
    read = {(row[side], row[code]): row[code + 1] for row in rows}
    assert (read["收入", "current_total"], read["支出", "current_total"]) == ("本年收入合计", "本年支出合计")
    assert read["支出", "201"] == "一般公共服务支出" and all(read.values())
    heads, *rows = excel_rows((folder(out, "final-accounts") / excel_path("findings")).read_bytes())
    assert rows[0][heads.index("数据资源（中文）")] == "支出表"
    words = excel.shown(resources()["findings"], finding("revenue_expenditure_summary", "side=income;item_code=current_total;column=amount"), None)
    assert words["位置（中文）"].to_list() == ["收支方向：收入；项目代码：本年收入合计；栏目：金额"]


@pytest.mark.parametrize("name", ["revenue_expenditure_summary", "appropriation_summary"])
def test_every_code_of_the_summaries_has_its_words(name: str) -> None:
    pattern = resources()[name].field("item_code").constraints["pattern"]
    codes = [code for code in re.findall(r"[a-z_]{4,}", pattern)]
    assert len(codes) > 8 and all(excel.key_word(code, side) for code in codes for side in ("income", "expenditure"))


def finding(resource: str, locator: str) -> pl.DataFrame:
    declared = resources()["findings"]
    row = dict.fromkeys(declared.names) | {"rule_id": "T01.1", "severity": "error", "resource": resource, "locator": locator}
    return pl.DataFrame([row], schema=declared.polars_schema())


@pytest.mark.parametrize("name", ["revenue_expenditure_summary", "appropriation_summary"])
def test_rows_of_the_summaries_stand_in_the_order_of_the_form(out: Path, name: str) -> None:
    """Also where the report prints them otherwise; what the form does not name follows what it follows in print."""
    frame = source(out, "final-accounts", name)
    layout = forms()[name].official_layout
    assert layout.parts
    for seed in range(3):
        mixed = ordered_frame(name, frame.sample(fraction=1.0, shuffle=True, seed=seed))
        assert mixed.height == frame.height
        for (_, part), rows in mixed.group_by("report_id", "side", maintain_order=True):
            places = [layout.place(str(part), code) for code in rows["item_code"]]
            named = [place for place in places if place is not None]
            assert named == sorted(named) and len(named) > 3
        assert mixed["side"].rle().struct.field("len").len() == 2 * mixed["report_id"].n_unique()


def test_no_text_can_become_a_formula() -> None:
    shown = excel_rows(excel.excel_bytes(resources()["rules"], rules(*EVIL, *HARMLESS, None)))
    column = excel.headers(resources()["rules"]).index("公式")
    assert [row[column] for row in shown[1:]] == [*(f"'{text}" for text in EVIL), *HARMLESS, ""]


def test_no_published_text_starts_a_formula(out: Path) -> None:
    """Every cell of every Excel copy: what begins like a formula is a number."""
    looked = 0
    for package in PACKAGES:
        for resource in held(package):
            for row in excel_rows((folder(out, package) / excel_path(resource.name)).read_bytes()):
                for cell in row:
                    looked += 1
                    if cell[:1] and cell[0] in "=+-@\t\r＝＋－＠":
                        assert re.fullmatch(r"-\d+(\.\d+)?", cell), (resource.name, cell)
    assert looked > 10_000


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="=+-@'＝\t\r\n01259eE./:,\"x是表 ", min_size=1, max_size=18), min_size=1, max_size=30))
def test_any_text_is_given_back_exactly(texts: list[str]) -> None:
    import tempfile

    declared, frame = resources()["rules"], rules(*texts)
    with tempfile.TemporaryDirectory() as place, duckdb.connect() as connection:
        path = Path(place) / "rules.csv"
        path.write_bytes(excel.excel_bytes(declared, frame))
        found = connection.execute(excel.as_published(path, declared)).fetchall()
    assert found == frame.rows()


def test_the_excel_copy_of_a_hash_that_looks_like_a_number_is_valid() -> None:
    """Its pattern allows the apostrophe that keeps Excel from reading 1234567890e12345 as a number."""
    fields = {field["name"]: field for field in excel.excel_schema(resources()["findings"])["fields"]}
    pattern = fields["发现编号"]["constraints"]["pattern"]
    assert re.fullmatch(pattern, "'1234567890e12345") and re.fullmatch(pattern, "0123456789abcdef")
    assert not re.fullmatch(pattern, "''0123456789abcdef") and not re.fullmatch(pattern, "xyz")


def test_the_proof_sees_a_changed_cell_of_an_excel_copy(out: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(out, tmp_path / "copy")
    folders = {name: folder(copy, name) for name in packages()}
    assert differences(folders, packages(), copy / DATABASE) == []
    path = folders["final-accounts"] / excel_path("expenditure_by_function")
    lines = path.read_text("utf-8").splitlines(keepends=True)
    cells = lines[1].split(",")
    cells[8] = str(Decimal(cells[8]) + Decimal("0.000001"))
    path.write_text("".join([lines[0], ",".join(cells), *lines[2:]]), "utf-8")
    found = differences(folders, packages(), copy / DATABASE)
    assert found == ["final-accounts: expenditure_by_function: 2 rows differ between Parquet and Excel copy"]


# --- The workbook -------------------------------------------------------------------------------------------------


def sheet_xml(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet"):
                yield archive.read(name).decode()


@pytest.fixture(scope="module")
def books(out: Path) -> dict[str, openpyxl.Workbook]:
    return {package: openpyxl.load_workbook(folder(out, package) / f"{package}.xlsx") for package in PACKAGES}


def in_workbook(package: str) -> list[Resource]:
    """What stands in the package's own workbook: without the code lists, where it has reports."""
    return [r for r in held(package) if r.by_report or package == "classifications"]


def first_row(resource: Resource) -> int:
    """The first row of data on a sheet: below the heads, and below the title of an official table."""
    form = forms().get(resource.name)
    if form is None:
        return 2
    return 2 + max(map(len, form.official_layout.heads("final").values()))


@pytest.mark.parametrize("package", PACKAGES)
def test_the_workbook_has_a_sheet_for_each_resource(books: dict[str, Any], package: str) -> None:
    book = books[package]
    assert book.sheetnames == ["说明", *(r.title for r in in_workbook(package))]
    for resource in in_workbook(package):
        sheet = book[resource.title]
        shown = excel.columns(resource.name)
        titles = [c.header + (f"（{c.declared.unit}）" if c.declared.unit and not c.is_reading else "") for c in shown]
        first = first_row(resource)
        if resource.table_no is None:
            assert [cell.value for cell in sheet[first - 1]] == titles
        if resource.by_report:
            assert [cell.value for cell in sheet[first - 1]][:4] == ["地区", "单位名称", "年度", "报告类型"]
        assert all(cell.font.bold and cell.comment.text for cell in sheet[first - 1])
        assert sheet.freeze_panes == f"{'E' if resource.by_report else 'A'}{first}"
        assert sheet.auto_filter.ref == f"A{first - 1}:{openpyxl.utils.get_column_letter(len(titles))}{sheet.max_row}"


OFFICIAL_HEADS: dict[str, list[Any]] = {
    "支出表": ["公开03表 支出决算表    金额单位：万元", [*[None] * 5, "项目", None, *[None] * 10],
               ["地区", "单位名称", "年度", "报告类型", "报告编号", "科目编码", "科目名称", "科目级次", "本年支出合计", "基本支出", "项目支出", "上缴上级支出", "经营支出",
                "对附属单位补助支出", "来源文件序号", "页码", "行号"]],
    "收入支出总表": ["公开01表 收入支出决算总表    金额单位：万元", ["地区", "单位名称", "年度", "报告类型", "报告编号", "收支方向", "项目代码", "项目代码（中文）", "项目", "行次", "金额", "来源文件序号", "页码", "行号"]],
    "一般公共预算财政拨款支出表": ["公开05表 一般公共预算财政拨款支出决算表    金额单位：万元",
                     [*[None] * 5, "项目", None, None, "本年支出", *[None] * 5],
                     ["地区", "单位名称", "年度", "报告类型", "报告编号", "科目编码", "科目名称", "科目级次", "小计", "基本支出", "项目支出", "来源文件序号", "页码", "行号"]],
    "财政拨款“三公”经费支出表": ["公开09表 财政拨款“三公”经费支出决算表    金额单位：万元",
                    [*[None] * 8, "公务用车购置及运行维护费", *[None] * 7],
                    ["地区", "单位名称", "年度", "报告类型", "报告编号", "口径", "合计", "因公出国（境）费", "小计", "公务用车购置费", "公务用车运行维护费", "公务接待费", "机关运行经费",
                     "来源文件序号", "页码", "行号"]],
}  # fmt: skip
"""What an official sheet prints above its rows, as the official forms print it."""


@pytest.mark.parametrize("name", OFFICIAL_HEADS)
def test_official_sheets_print_number_title_and_groups(books: dict[str, Any], name: str) -> None:
    sheet = books["final-accounts"][name]
    title, *rows = OFFICIAL_HEADS[name]
    assert sheet["A1"].value == title
    for number, texts in enumerate(rows, start=2):
        assert [cell.value for cell in sheet[number]] == texts
    assert len(rows) + 2 == first_row(next(r for r in tables().values() if r.title == name))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_cell_of_the_workbook_is_the_published_value(out: Path, books: dict[str, Any], package: str) -> None:
    numbers = 0
    for resource in in_workbook(package):
        frame = ordered_frame(resource.name, source(out, package, resource.name))
        rows = list(books[package][resource.title].iter_rows(min_row=first_row(resource)))
        assert len(rows) == frame.height
        shown = [column.name for column in workbook._ordered(resource)]
        own = [(at, resource.field(name)) for at, name in enumerate(shown) if name]
        assert {field.name for _, field in own} == set(resource.names)
        for row, values in zip(rows, frame.iter_rows(named=True), strict=True):
            for cell, field, value in ((row[at], field, values[field.name]) for at, field in own):
                if value is None:
                    assert cell.value is None
                elif field.type == "number":
                    assert (cell.data_type, Decimal(str(cell.value))) == ("n", value)
                    numbers += 1
                elif field.type == "integer":
                    assert (cell.data_type, cell.value) == ("n", value)
                elif field.type == "date":
                    assert cell.value == datetime.combine(value, datetime.min.time())
                elif field.type == "boolean":
                    assert cell.value == ("是" if value else "否")
                else:
                    assert cell.data_type in ("s", "inlineStr")
                    assert cell.value == field.labels.get(value, value)
    assert numbers > 50 or package == "classifications"


def test_number_formats_follow_the_declarations(books: dict[str, Any]) -> None:
    book = books["final-accounts"]
    row = next(r for r in book["支出表"].iter_rows(min_row=4) if r[8].value is not None)
    formats = [cell.number_format for cell in row]
    assert formats[4:9] == ["@", "@", "General", "General", "#,##0.00####"]
    assert formats[-1] == "0"
    assert row[5].data_type in ("s", "inlineStr")
    sheet = book["公开报告"]
    coverage = next(sheet.iter_rows(min_row=2))[-1]
    assert (coverage.number_format, sheet.cell(1, sheet.max_column).value) == ("General", "规则覆盖率（%）")
    widths = {letter: d.width for letter, d in book["支出表"].column_dimensions.items()}
    # A code of 26 letters and a title of six ideographs fit.
    assert widths["E"] >= 26 and widths["I"] >= 12


@pytest.mark.parametrize("package", PACKAGES)
def test_no_sheet_has_a_formula(out: Path, package: str) -> None:
    found = list(sheet_xml(folder(out, package) / f"{package}.xlsx"))
    assert len(found) == len(in_workbook(package)) + 1
    assert [xml for xml in found if re.search(r"<f[ >/]", xml)] == []


def test_the_first_sheet_explains_and_leads_on(out: Path, books: dict[str, Any]) -> None:
    sheet = books["final-accounts"]["说明"]
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)
    for expected in (VERSION, "万元", "2 份报告", "CC BY 4.0", "data/*.csv", "部门决算公开数据", "15 位有效数字"):
        assert expected in text
    listed = {row[0].value: row for row in sheet.iter_rows() if row[0].hyperlink}
    assert list(listed) == [r.title for r in in_workbook("final-accounts")]
    assert not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{3,}", text), "the sheet speaks Chinese"
    for resource in in_workbook("final-accounts"):
        name, rows, about = listed[resource.title][:3]
        assert name.hyperlink.location == f"'{resource.title}'!A1"
        assert rows.value == source(out, "final-accounts", resource.name).height
        assert resource.description_zh in about.value and resource.name in about.value
    # Nothing was cut or split here, so it does not say so.
    assert "截断" not in text and "几张工作表" not in text


def test_nothing_that_a_sheet_cannot_hold_is_lost_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    texts = [*EVIL, "长" * 40_000, "𠮷" * 20_000, "<r>x</r>", "_x0041_", "a\x0bb\x1f", "<f>1</f>", "</t></is></c>"]
    written = rules(*texts)
    path = tmp_path / "x.xlsx"
    package = packages()["classifications"]
    workbook.write_workbook(path, package, "1.0.0", None, {"rules": written, "regions": resources()["regions"].empty()})
    book = openpyxl.load_workbook(path)
    parts = -(-len(texts) // 3)
    assert book.sheetnames == ["说明", *(f"核查规则 ({n})" for n in range(1, parts + 1)), "行政区划"]
    column = resources()["rules"].names.index("formula")
    read = [row[column] for name in book.sheetnames[1:-1] for row in book[name].iter_rows(min_row=2)]
    assert {cell.data_type for cell in read} <= {"s", "inlineStr"}
    found = [cell.value for cell in read]
    assert [openpyxl.utils.escape.unescape(text) for text in found[: len(EVIL)]] == EVIL
    long, rare, markup, escaped, control, formula, closing = found[len(EVIL) :]
    for cut, whole in ((long, "长"), (rare, "𠮷")):
        assert cut.removesuffix("……（文本过长，此处截断，全文见 CSV）").strip(whole) == ""
        assert cut.endswith("全文见 CSV）") and len(cut.encode("utf-16-le")) // 2 <= 32_767
    assert (markup.rstrip(), formula, closing) == ("<r>x</r>", "<f>1</f>", "</t></is></c>")
    assert openpyxl.utils.escape.unescape(escaped) == "_x0041_" or escaped == "_x0041_"
    assert control is not None
    assert not any(re.search(r"<f[ >/]", xml) for xml in sheet_xml(path))
    notes = "\n".join(str(row[2].value) for row in book["说明"].iter_rows())
    assert "2 个单元格的文本超过 32,767 字" in notes
    assert "超过 3 行的表分在几张工作表中：核查规则" in notes


def test_numbers_beyond_excels_precision_are_counted(tmp_path: Path) -> None:
    declared = resources()["findings"]
    values = ["123456789012.345678", "-999999999.999999", "1000000000.1", "0.000001", "100", "123456789.123456", None]
    row = dict.fromkeys(declared.names) | {"severity": "error"}
    frame = pl.DataFrame(
        [row | {"difference": None if v is None else Decimal(v)} for v in values],
        schema=declared.polars_schema(),
    )
    path = tmp_path / "x.xlsx"
    workbook.write_workbook(path, packages()["final-accounts"], "1.0.0", None, {"findings": frame})
    book = openpyxl.load_workbook(path)
    column = excel.headers(declared).index("差额")
    found = [r[column].value for r in book["核查发现"].iter_rows(min_row=2)]
    assert [Decimal(str(v)) for v in found[1:6]] == [Decimal(v) for v in values[1:6] if v]
    assert found[6] is None
    notes = "\n".join(str(row[2].value) for row in book["说明"].iter_rows())
    assert "1 个数字超过 15 位有效数字" in notes


def test_dates_are_dates(tmp_path: Path) -> None:
    declared = resources()["evaluations"]
    row = dict.fromkeys(declared.names) | {"reported_on": date(2024, 3, 15), "scope": "project"}
    frame = pl.DataFrame([row], schema=declared.polars_schema())
    path = tmp_path / "x.xlsx"
    created = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    workbook.write_workbook(path, packages()["final-accounts"], "1.0.0", created, {"evaluations": frame})
    book = openpyxl.load_workbook(path)
    cell = book["绩效自评表"].cell(2, excel.headers(declared).index(declared.field("reported_on").title) + 1)
    assert (cell.value, cell.number_format, cell.is_date) == (datetime(2024, 3, 15), "yyyy-mm-dd", True)
    assert book.properties.created == datetime(2026, 1, 2, 3, 4, 5)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is absent: apt-get install libreoffice-calc-nogui")
def test_libreoffice_opens_the_workbook_and_the_excel_copy(out: Path, tmp_path: Path) -> None:
    """Numbers are numbers there (they sum up), headers are Chinese, and text stays text."""
    evil = tmp_path / "evil.csv"
    evil.write_bytes(excel.excel_bytes(resources()["rules"], rules(*EVIL)))
    # A CSV is read as UTF-8 with cells guessed; every sheet is written as CSV, values as stored.
    guessed = "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,0,true"
    as_csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    for given_file in (folder(out, "final-accounts") / "final-accounts.xlsx", evil):
        command = ["soffice", profile, "--headless", *([guessed] if given_file == evil else []), "--convert-to", as_csv, "--outdir", str(tmp_path / "lo"), str(given_file)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    for resource in in_workbook("final-accounts"):
        lines = list(csv.reader((tmp_path / "lo" / f"final-accounts-{resource.title}.csv").open(encoding="utf-8", newline="")))
        frame = ordered_frame(resource.name, source(out, "final-accounts", resource.name))
        above = first_row(resource) - 1
        assert len(lines) == frame.height + above
        assert lines[above - 1][0] == "地区"
        for column, shown_column in enumerate(workbook._ordered(resource)):
            field = shown_column.declared
            if field.type == "number" and shown_column.name:
                seen = [Decimal(line[column]) if line[column] else None for line in lines[above:]]
                assert seen == frame[field.name].to_list(), (resource.name, field.name)
    shown = list(csv.reader((tmp_path / "lo" / "evil-evil.csv").open(encoding="utf-8", newline="")))
    column = excel.headers(resources()["rules"]).index("公式")
    assert [line[column].replace("\r", "\n") for line in shown[1:]] == [f"'{text}".replace("\r", "\n") for text in EVIL]


# --- What a reader takes away of one report ------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["final-accounts", "budgets"])
def test_a_report_is_a_workbook_like_the_official_forms(out: Path, package: str) -> None:
    """Number, title and unit above, every figure in its cell, A4, heads repeated, all columns on one page."""
    for report in source(out, package, "reports").to_dicts():
        book = openpyxl.load_workbook(folder(out, package) / "reports" / f"{report['report_id']}.xlsx")
        assert report["institution"] in book["目录"]["A1"].value
        seen = 0
        for name, form in forms().items():
            rows = source(out, package, name).filter(pl.col("report_id") == report["report_id"])
            if rows.is_empty():
                continue
            sheet = book[f"公开{form.number:02}表"]
            assert sheet["A1"].value == form.title[report["kind"]]
            texts = [cell.value for row in sheet.iter_rows(max_row=3) for cell in row if cell.value]
            assert "金额单位：万元" in texts and any(report["institution"] in text for text in texts)
            assert (form.official_layout.number in texts) == (report["kind"] == "final")
            assert sheet.page_setup.paperSize == 9 and sheet.print_title_rows and sheet.sheet_properties.pageSetUpPr.fitToPage
            assert sheet.page_setup.fitToHeight == 0
            figures = Counter(Decimal(str(c.value)) for row in sheet.iter_rows(min_row=4) for c in row if c.data_type == "n" and c.value is not None)
            amounts = [value for amount in tables()[name].amounts for value in rows[amount.name] if value is not None]
            assert not Counter(amounts) - figures, name
            seen += len(amounts)
        assert seen > 40


def test_the_order_of_the_forms_holds_in_the_workbook(out: Path) -> None:
    (report, *_) = source(out, "final-accounts", "reports")["report_id"]
    sheet = openpyxl.load_workbook(folder(out, "final-accounts") / "reports" / f"{report}.xlsx")["公开01表"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    (total,) = [line for line in lines if line[0] == "本年收入合计"]
    assert "本年支出合计" in total, "the totals of both halves stand on one line"


@pytest.mark.parametrize("package", ["final-accounts", "budgets"])
def test_the_archive_of_a_report_holds_its_rows_and_its_citation(out: Path, package: str) -> None:
    for report in source(out, package, "reports")["report_id"]:
        with zipfile.ZipFile(folder(out, package) / "reports" / f"{report}.zip") as archive:
            assert archive.testzip() is None
            for resource in (r for r in held(package) if r.by_report):
                rows = source(out, package, resource.name).filter(pl.col("report_id") == report)
                path = f"data/{resource.name}.csv"
                assert (path in archive.namelist()) == (rows.height > 0)
                if rows.height:
                    assert archive.read(path) == csv_bytes(rows)
            (item,) = json.loads(archive.read("citation.json"))
            assert item["version"] == VERSION and report in item["note"] and item["type"] == "dataset"
            assert report.encode() in archive.read("citation.bib") and report in archive.read("README.txt").decode()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_archive_of_a_package_holds_its_files(out: Path, package: str) -> None:
    place = folder(out, package)
    with zipfile.ZipFile(place / f"{package}-{VERSION}.zip") as archive:
        names = set(archive.namelist())
        assert names == {
            path for p in place.rglob("*") if p.is_file() and not (path := p.relative_to(place).as_posix()).startswith("reports/")
        } - {"SHA256SUMS", f"{package}-{VERSION}.zip"}
        assert all(archive.read(name) == (place / name).read_bytes() for name in names)


def test_what_bibtex_would_read_as_its_own_is_escaped() -> None:
    report = source_report() | {"institution": "甲{乙}%&_局\\"}
    cited = citation.of_report(report, "budgets", "1.0.0", datetime(2024, 5, 6, tzinfo=UTC))
    assert r"甲\{乙\}\%\&\_局\textbackslash{}" in cited.bibtex and cited.bibtex.count("{") == cited.bibtex.count("}")
    assert "year = {2024}" in cited.bibtex and json.loads(cited.csl)[0]["issued"] == {"date-parts": [[2024, 5, 6]]}
    undated = citation.of_report(report, "budgets", "1.0.0", None)
    assert "year" not in undated.bibtex and "issued" not in undated.csl


def source_report() -> dict[str, Any]:
    return sample_frames()["reports"].row(0, named=True)


# --- Dictionary and examples --------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", PACKAGES)
def test_the_dictionary_names_every_field_in_both_languages(out: Path, package: str) -> None:
    text = (folder(out, package) / "DATA_DICTIONARY.md").read_text("utf-8")
    assert text == package_dictionary(packages()[package], VERSION)
    sections = dict(re.findall(r"^## `(\w+)` [^\n]+\n(.*?)(?=^## |\Z)", text, re.S | re.M))
    assert list(sections) == [r.name for r in held(package)]
    for resource in held(package):
        section = sections[resource.name]
        assert resource.title_en in section and resource.description in section
        assert all(warning in section for warning in resource.usage_warnings)
        for key in resource.foreign_keys:
            assert f"→ `{key.resource or resource.name}`" in section
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert len(rows) == len(resource.fields)
        for field, row in zip(resource.fields, rows, strict=True):
            cells = [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
            assert cells[0] == f"`{field.name}`"
            assert (cells[1], cells[3]) == (field.title, field.unit or "")
            assert field.type in cells[2]
            assert all(f"`{value}` {label}" in cells[4] for value, label in field.labels.items())
            assert str(field.constraints.get("pattern", "")) in cells[4]
            assert cells[5] == field.description.replace("\n", " ")


def test_every_package_has_examples() -> None:
    assert {name: len(examples(packages()[name])) >= 3 for name in PACKAGES} == dict.fromkeys(PACKAGES, True)


@pytest.mark.parametrize(
    ("package", "example"),
    [(name, e) for name in PACKAGES for e in examples(packages()[name])],
    ids=lambda v: v if isinstance(v, str) else v.title_en[:40],
)
def test_every_example_runs_and_both_forms_agree(
    out: Path, package: str, example: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder(out, package))
    with duckdb.connect(str(out / DATABASE), read_only=True) as connection:
        rows = connection.execute(example.database).fetchall()
    assert rows
    if example.parquet:
        assert duckdb.connect().execute(example.parquet).fetchall() == rows


@pytest.mark.parametrize("package", PACKAGES)
def test_the_file_of_examples_runs_as_a_whole(out: Path, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder(out, package))
    text = Path("examples.sql").read_text("utf-8")
    found = examples(packages()[package])
    with duckdb.connect() as connection:
        statements = duckdb.extract_statements(text)
        assert len(statements) == len(found) + sum(e.parquet is not None for e in found) + 2
        for statement in statements:
            connection.execute(statement)
    assert all(e.title in text and e.title_en in text for e in found)


def test_csv_bytes_are_untouched_by_guards() -> None:
    assert "=1+1" in csv_bytes(rules("=1+1")).decode().splitlines()[1].split(",")
