"""Workbooks, web pages, Word files and archives: read as what they show, refused with the reason, nothing executed."""

from __future__ import annotations

import io
import random
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import docx
import openpyxl
import pytest
import xlsxwriter
import xlwt
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.documents import Document, DocumentError, open_bytes, unpack
from pipelines.documents.number_format import is_date, show
from pipelines.extract.result import NotAReport
from samples.generator import (
    Sample,
    layout,
    make_ledger,
    office,
    options_for,
    press,
    prose,
    vary,
    vary_options,
)
from samples.generator.office import Office
from tests.support import conserved, differences, read_sample, status_of, table_notices
from tests.test_roundtrip import unflagged

FEW = settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


# --- the same ledger in every format --------------------------------------------------------------------------


def clerk(rng: random.Random) -> Office:
    """A way of keeping figures drawn by lot."""
    return Office(
        numbers=rng.choice(("numbers", "text", "noise")),
        blanks=rng.choice(("empty", "zero")),
        codes=rng.choice(("text", "numbers")),
        sheet_names=rng.choice(("title", "number", "plain")),
        spare_sheets=rng.random() < 0.5,
        hidden_rows=rng.random() < 0.4,
        encoding=rng.choice(("utf-8", "gb18030", "utf-8-sig")),
        nested=rng.random() < 0.5,
    )


def written(family: str, kind: office.Kind, seed: int) -> Sample:
    """A report of any form as a file of one kind; its frames are those of the PDF."""
    rng = random.Random(f"{seed} {family}")
    form = vary(layout(family), rng)
    chosen = vary_options(rng) | {"rows": rng.choice((15, 25, 40))}
    ledger = make_ledger(seed, options_for(family, **chosen, year=rng.randint(2021, 2025)))
    data = office.render(prose.report(ledger, form), kind, clerk(rng))
    sample = press(family, ledger, form)
    return replace(sample, name=file_name(family, kind, sample), data=data)


def file_name(family: str, kind: office.Kind, sample: Sample) -> str:
    """National budget tables alone do not say whether they are 决算 or 预算: the name of a workbook of them does."""
    if family != "budget-national" or kind not in ("xlsx", "xls"):
        return f"report.{kind}"
    word = "部门" if sample.identity["level"] == "department" else "单位"
    return f"{sample.identity['institution']}{sample.identity['fiscal_year']}年{word}预算公开表.{kind}"


@pytest.mark.parametrize("kind", ["xlsx", "xls", "html", "docx"])
@pytest.mark.parametrize("family", ["national", "shanghai", "budget-shanghai", "budget-national"])
@FEW
@given(st.integers(0, 2**32))
def test_every_format_gives_the_frames_of_the_pdf(family: str, kind: office.Kind, seed: int) -> None:
    sample = written(family, kind, seed)
    extraction = read_sample(sample)
    assert set(status_of(extraction).values()) <= {"found", "empty"}
    assert unflagged(sample) == []
    assert {n.code for n in table_notices(extraction)} <= {"E07", "E41"}
    assert not conserved(extraction)
    assert {k: getattr(extraction.identity, k) for k in sample.identity} == sample.identity
    assert {t.method for t in extraction.tables} <= {"cells"}


@pytest.mark.parametrize("kind", ["html", "docx"])
@pytest.mark.parametrize("family", ["national", "budget-shanghai"])
def test_narrative_parts_and_forms_are_those_of_the_pdf(family: str, kind: office.Kind) -> None:
    ledger = make_ledger(7, options_for(family, rows=25, forms=2))
    form = layout(family)
    printed = press(family, ledger, form)
    expected = read_sample(printed)
    data = office.render(prose.report(ledger, form), kind, Office(nested=True))
    read = read_sample(replace(printed, name=f"report.{kind}", data=data))
    for name, frame in expected.frames.items():
        # Three resources say of the file what it is: name, pages, method.
        if name not in ("reports", "sources", "tables"):
            place = [c for c in ("source_no", "page", "line") if c in frame.columns]
            assert frame.drop(place).equals(read.frames[name].drop(place)), name


# --- numbers as they are shown --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "code", "text", "exact"),
    [
        (1234.4999999999998, "#,##0.00", "1,234.50", True),
        (99.995, "0.00", "100.00", True),
        (0, "#,##0.00;-#,##0.00;;@", "", True),
        (-1234.5, "#,##0.00;-#,##0.00;;@", "-1,234.50", True),
        (0.0, "#,##0.00", "0.00", True),
        (0, '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ ', "-", True),
        (1234567.8, '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ ', "1,234,567.80", True),
        (-3, "#,##0.00_);(#,##0.00)", "(3.00)", True),
        (0.635, "0.0%", "63.5%", True),
        (12.5, "0.0#", "12.5", True),
        (3.0, "#.##", "3", True),
        (7, "00", "07", True),
        (1.1 + 2.2, "General", "3.3", True),
        (123456789.12, "General", "123456789.12", True),
        (1234.5, "[Red]¥#,##0.00", "¥1,234.50", True),
        (123456, "0!.0,", "12.3", False),
        (123456.78, '#,##0.00,"千元"', "123.46千元", False),
        (55.5, ";;;", "", False),
        (1500, '[>=1000]0.0,"千";0', "1.5千", False),
        (12, '[>=1000]0.0,"千";0', "12", True),
    ],
)
def test_a_number_reads_as_its_format_shows_it(value: float, code: str, text: str, exact: bool) -> None:
    shown = show(value, code)
    assert shown is not None
    assert (shown.text.strip(), shown.exact) == (text, exact)


def test_formats_that_are_not_understood_say_so() -> None:
    assert show(0.5, "# ?/?") is None
    assert show(12345.6, "0.00E+00") is None
    assert is_date('yyyy"年"m"月"d"日"')
    assert not is_date("#,##0.00")


@given(st.decimals(-(10**10), 10**10, places=2), st.booleans())
def test_two_decimals_stay_what_they_are(value: Any, grouped: bool) -> None:
    shown = show(float(value), "#,##0.00" if grouped else "0.00")
    assert shown is not None
    assert shown.exact
    assert shown.text.lstrip("-") == f"{abs(value):{',' if grouped else ''}.2f}"


# --- workbooks ------------------------------------------------------------------------------------------------

HEAD = ("科目编码", "科目名称", "合计", "基本支出", "项目支出")
BODY = (("合计", "", 214.98, 14.98, 200), ("221", "住房保障支出", 214.98, 14.98, 200), ("22102", "住房改革支出", 214.98, 14.98, 200),
        ("2210201", "住房公积金", 200, None, 200), ("2210202", "提租补贴", 14.98, 14.98, None))  # fmt: skip
TITLE = "2023年度一般公共预算财政拨款支出决算表"
OWNER, UNIT = "部门：武汉市江岸区示例民生服务局", "单位：万元"


def workbook(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def table(sheet: Any, title: str | None = TITLE, top: int = 1) -> int:
    """The five rows under their captions; gives the row after the last."""
    if title:
        sheet.cell(top, 1).value = title
        sheet.merge_cells(start_row=top, end_row=top, start_column=1, end_column=5)
        top += 1
    sheet.cell(top, 1).value, sheet.cell(top, 5).value = OWNER, UNIT
    for i, row in enumerate((HEAD, *BODY), start=top + 1):
        for j, value in enumerate(row, start=1):
            cell = sheet.cell(i, j)
            cell.value = value
            if isinstance(value, float | int):
                cell.number_format = "#,##0.00"
    return top + 2 + len(BODY)


def only_table(data: bytes, name: str = "a.xlsx") -> Any:
    from pipelines.extract.report import extract

    return extract(open_bytes(name, data))


def figures(extraction: Any, resource: str = "general_budget_expenditure") -> list[tuple[Any, ...]]:
    frame = extraction.frames[resource]
    return [(r["function_code"], *(None if r[c] is None else float(r[c]) for c in ("total", "basic", "project"))) for r in frame.iter_rows(named=True)]


EXPECTED = [("total", 214.98, 14.98, 200.0), ("221", 214.98, 14.98, 200.0), ("22102", 214.98, 14.98, 200.0),
            ("2210201", 200.0, None, 200.0), ("2210202", 14.98, 14.98, None)]  # fmt: skip


def test_title_unit_and_institution_stand_in_the_sheet() -> None:
    extraction = only_table(workbook(lambda b: (table(b.active), None)[1]))
    assert figures(extraction) == EXPECTED
    assert extraction.identity.institution == "武汉市江岸区示例民生服务局"
    reading = next(t for t in extraction.tables if t.resource == "general_budget_expenditure")
    assert (reading.method, reading.page, reading.line, reading.unit) == ("cells", 1, 1, "万元")
    assert extraction.frames["general_budget_expenditure"]["line"].to_list() == [4, 5, 6, 7, 8], "rows of the sheet"


def test_the_sheets_name_is_the_title_where_the_sheet_has_none() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        table(book.active)
        table(book.create_sheet("支出决算表"), None)

    extraction = only_table(workbook(fill))
    assert figures(extraction, "expenditure_by_function")[0][:4] == ("total", 214.98, 14.98, 200.0)


def test_two_tables_on_one_sheet_with_notes_between() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        end = table(book.active)
        book.active.cell(end, 1).value = "注：本表反映一般公共预算财政拨款实际支出情况。"
        table(book.active, "2023年度支出决算表", end + 2)

    extraction = only_table(workbook(fill))
    assert figures(extraction) == EXPECTED
    assert figures(extraction, "expenditure_by_function")[1][:3] == ("221", 214.98, 14.98)
    assert not conserved(extraction)


def test_a_sheet_without_title_is_no_continuation_of_the_sheet_before() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        table(book.active)
        other = book.create_sheet("Sheet2")
        for j in range(1, 6):
            other.cell(1, j).value, other.cell(2, j).value = f"栏{j}", 4711.5

    assert figures(only_table(workbook(fill))) == EXPECTED


def test_hidden_sheets_rows_and_columns_are_listed_and_not_read() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.active
        table(sheet)
        sheet.insert_rows(6)
        for j, value in enumerate(("205", "教育支出", 1.0, 1.0, None), start=1):
            sheet.cell(6, j).value = value
        sheet.row_dimensions[6].hidden = True
        sheet.cell(3, 7).value, sheet.cell(4, 7).value = "核对", 999.99
        sheet.column_dimensions["G"].hidden = True
        draft = book.create_sheet("底稿")
        table(draft, "2023年度支出决算表")
        draft.sheet_state = "veryHidden"

    extraction = only_table(workbook(fill))
    assert [r[0] for r in figures(extraction)] == [r[0] for r in EXPECTED]
    assert extraction.frames["expenditure_by_function"].height == 0
    told = " ".join(n.message_en for n in extraction.notices if n.code == "E41")
    assert "底稿" in told
    assert "row 6" in told
    assert "column G" in told


def test_formulas_count_by_their_stored_result_and_never_as_blanks() -> None:
    def with_results(stored: bool) -> bytes:
        buffer = io.BytesIO()
        book = xlsxwriter.Workbook(buffer, {"in_memory": True})
        sheet = book.add_worksheet("表")
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.merge_range(0, 0, 0, 4, TITLE)
        sheet.write(1, 0, OWNER)
        sheet.write(1, 4, UNIT)
        for i, row in enumerate((HEAD, *BODY), start=2):
            for j, value in enumerate(row):
                if isinstance(value, float | int) and i == 3:
                    sheet.write_formula(i, j, f"={value}+0", money, value)
                elif value is not None:
                    sheet.write(i, j, value, money if not isinstance(value, str) else None)
        book.close()
        data = buffer.getvalue()
        return data if stored else _without_results(data)

    assert figures(only_table(with_results(True))) == EXPECTED
    with pytest.raises(DocumentError, match=r"3 formulas without a stored result \(C4, D4, E4\)"):
        open_bytes("a.xlsx", with_results(False))


def _without_results(data: bytes) -> bytes:
    import re

    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", content) if "sheet1" in name else content)
    return buffer.getvalue()


def test_what_is_shown_is_read_and_another_stored_figure_is_flagged() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        table(book.active)
        cell = book.active.cell(5, 3)
        cell.value, cell.number_format = 214980, '0.00,"千元"'
        book.active.cell(6, 3).value = "#REF!"

    notices = {n.actual for n in only_table(workbook(fill)).notices if n.code == "E42"}
    assert notices == {"C5", "C6"}


def test_old_workbooks_are_read_alike_and_a_hidden_sheet_is_not() -> None:
    book = xlwt.Workbook()
    money = xlwt.easyxf(num_format_str="#,##0.00;-#,##0.00;;@")
    for name, hidden in (("公开05表", 0), ("底稿", 1)):
        sheet = book.add_sheet(name)
        sheet.write_merge(0, 0, 0, 4, TITLE if not hidden else "2023年度支出决算表")
        sheet.write(1, 0, OWNER)
        sheet.write(1, 4, UNIT)
        for i, row in enumerate((HEAD, *BODY), start=2):
            for j, value in enumerate(row):
                # a blank that is kept as zero, in a format that shows nothing for it
                sheet.write(i, j, 0 if value is None else value, money if not isinstance(value, str) else xlwt.Style.default_style)
        sheet.visibility = hidden
    buffer = io.BytesIO()
    book.save(buffer)
    extraction = only_table(buffer.getvalue(), "a.xls")
    assert figures(extraction) == EXPECTED
    assert extraction.frames["expenditure_by_function"].height == 0
    assert [n.actual for n in extraction.notices if n.code == "E41"] == ["底稿"]


# --- web pages ------------------------------------------------------------------------------------------------


def page(body: str, head: str = "", encoding: str = "utf-8") -> bytes:
    return f"<html><head>{head}</head><body>{body}</body></html>".encode(encoding)


def lines(document: Document) -> list[str]:
    return [ln.text for p in document.pages for ln in p.lines]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (page("<p>部门决算公开</p>", '<meta charset="gb2312">', "gb18030"), "gb18030"),
        (page("<p>部门决算公开</p>", '<meta http-equiv="Content-Type" content="text/html; charset=GBK">', "gb18030"), "gb18030"),
        (page("<p>部门决算公开</p>", "", "gb18030"), "gb18030"),
        (page("<p>部门决算公开</p>", '<meta charset="gb2312">', "utf-8"), "utf-8"),
        (b"\xef\xbb\xbf" + page("<p>部门决算公开</p>", '<meta charset="gbk">'), "utf-8-sig"),
        (page("<p>部门决算公开</p>", "", "utf-16"), "utf-16"),
        (page("<p>部门决算公开</p>", '<meta charset="nonsense">'), "utf-8"),
    ],
)
def test_encodings_of_web_pages(data: bytes, encoding: str) -> None:
    document = open_bytes("a.html", data)
    assert lines(document) == ["部门决算公开"]
    assert document.encoding == encoding


def test_navigation_scripts_and_hidden_text_are_left_out_and_attachments_noted() -> None:
    menu = "".join(f'<li><a href="/{i}">栏目{i}</a></li>' for i in range(8))
    document = open_bytes(
        "a.html",
        page(
            f'<ul>{menu}</ul><div class="breadcrumb">首页</div><script>var a = "1.00元";</script><p style="display:none">旧稿1.00</p>'
            '<form><table><tr><td><table><tr><td>正文<br>第二行</td></tr></table></td></tr></table>'
            '<p>附件：<a href="../P02023.xls?id=1" title="公开表.xls">决算公开表</a></p></form>',
            "<title>某局2023年度部门决算-某区政府</title>",
        ),
    )
    assert lines(document) == ["某局2023年度部门决算", "正文", "第二行", "附件：决算公开表"]
    assert document.attachments == ("P02023.xls", "决算公开表", "公开表.xls")
    assert [r.code for r in document.remarks] == ["E41"]


def test_spans_of_web_tables() -> None:
    document = open_bytes(
        "a.html",
        page("<table><tr><td rowspan=2>甲</td><td colspan='2'>乙</td></tr><tr><td>丙</td><td rowspan=0>丁</td></tr><tr><td>1</td><td>2</td></tr></table>"),
    )
    (grid,) = document.pages[0].grids
    assert {(c.row0, c.row1, c.col0, c.col1, c.text) for c in grid.cells} == {
        (0, 1, 0, 0, "甲"), (0, 0, 1, 2, "乙"), (1, 1, 1, 1, "丙"), (1, 2, 2, 2, "丁"), (2, 2, 0, 0, "1"), (2, 2, 1, 1, "2"),
    }  # fmt: skip


def test_a_page_named_xls_and_a_web_archive_are_read_as_pages_and_the_suffix_is_remarked() -> None:
    body = page("<table><tr><td>科目</td><td>金额</td></tr><tr><td>合计</td><td>1.00</td></tr></table>")
    document = open_bytes("表.xls", body)
    assert document.format == "html"
    assert [r.code for r in document.remarks] == ["E40"]
    archive = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: text/html; charset=\"utf-8\"\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\n" + body + b"\r\n--x--\r\n"
    )
    again = open_bytes("a.mht", archive)
    assert lines(again) == lines(document)
    assert again.remarks == []


def test_deep_nests_and_wild_spans_end() -> None:
    deep = open_bytes("a.html", page("<div>" * 5000 + "决算" + "</div>" * 5000))
    assert deep.format == "html"
    with pytest.raises(DocumentError, match="places"):
        open_bytes("a.html", page("<table><tr><td colspan=1000 rowspan=3000>x</td><td>y</td></tr>" + "<tr></tr>" * 3000 + "</table>"))


@pytest.mark.parametrize(
    ("place", "reason"), [("XFD1048576", "spreads over"), ("merge", "merged cells of the workbook cover")]
)
def test_cells_at_the_end_of_the_world(place: str, reason: str) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        table(book.active)
        if place != "merge":
            book.active[place].value = "x"

    data = workbook(fill)
    if place == "merge":
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            files = {n: source.read(n) for n in source.namelist()}
        files["xl/worksheets/sheet1.xml"] = files["xl/worksheets/sheet1.xml"].replace(b'ref="A1:E1"', b'ref="A1:XFD1048576"')
        data = packed(files)
    with pytest.raises(DocumentError, match=reason):
        open_bytes("a.xlsx", data)


# --- Word files -----------------------------------------------------------------------------------------------


def word(fill: Callable[[Any], None]) -> bytes:
    document = docx.Document()
    fill(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_numbers_of_lists_text_boxes_and_hidden_text() -> None:
    def fill(document: Any) -> None:
        numbering = document.part.numbering_part.element
        numbering.append(parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="91"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>'
            '<w:lvlText w:val="%1、"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>'
            '<w:lvlText w:val="（%2）"/></w:lvl></w:abstractNum>'))  # fmt: skip
        numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="91"><w:abstractNumId w:val="91"/></w:num>'))
        for text, level in (("收入支出决算总体情况说明", 0), ("收入", 1), ("支出", 1), ("收入决算情况说明", 0), ("其中", 1)):
            paragraph = document.add_paragraph(text)
            paragraph._p.get_or_add_pPr().append(parse_xml(
                f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="91"/></w:numPr>'))  # fmt: skip
        run = document.add_paragraph().add_run("不给人看")
        run.font.hidden = True
        box = parse_xml(
            f'<w:r {nsdecls("w")}><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox><w:txbxContent><w:p><w:r><w:t>框中文字'
            "</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>")  # fmt: skip
        document.add_paragraph("段落")._p.append(box)

    document = open_bytes("a.docx", word(fill))
    assert lines(document) == [
        "一、收入支出决算总体情况说明", "（一）收入", "（二）支出", "二、收入决算情况说明", "（一）其中", "段落", "框中文字",
    ]  # fmt: skip
    assert [r.code for r in document.remarks] == ["E41"]


def test_merged_cells_of_word_tables() -> None:
    def fill(document: Any) -> None:
        drawn = document.add_table(3, 3)
        drawn.cell(0, 0).merge(drawn.cell(1, 0)).text = "甲"
        drawn.cell(0, 1).merge(drawn.cell(0, 2)).text = "乙"
        drawn.cell(1, 1).text, drawn.cell(1, 2).text = "丙", "丁"
        drawn.cell(2, 0).text, drawn.cell(2, 2).text = "1", "2"

    (grid,) = open_bytes("a.docx", word(fill)).pages[0].grids
    assert {(c.row0, c.row1, c.col0, c.col1, c.text) for c in grid.cells} == {
        (0, 1, 0, 0, "甲"), (0, 0, 1, 2, "乙"), (1, 1, 1, 1, "丙"), (1, 1, 2, 2, "丁"),
        (2, 2, 0, 0, "1"), (2, 2, 1, 1, ""), (2, 2, 2, 2, "2"),
    }  # fmt: skip


def old_word() -> bytes:
    """The signature and the stream name that a .doc has; LibreOffice itself refuses it."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "WordDocument".encode("utf-16-le") + bytes(1000)


def test_old_word_files_need_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(DocumentError, match="only where LibreOffice is installed"):
        open_bytes("a.doc", old_word())


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_old_word_files_through_libreoffice(tmp_path: Any) -> None:
    import subprocess

    (tmp_path / "a.docx").write_bytes(word(lambda d: (d.add_paragraph("某局2023年度部门决算"), None)[1]))
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "doc", "--outdir",
         str(tmp_path), str(tmp_path / "a.docx")], check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    document = open_bytes("a.doc", (tmp_path / "a.doc").read_bytes())
    assert (document.format, lines(document)) == ("docx", ["某局2023年度部门决算"])


# --- archives and what is refused -----------------------------------------------------------------------------


def packed(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_files_of_an_archive_with_folders_and_gbk_names() -> None:
    files = {"说明/公开说明.txt": b"a", "公开表.txt": b"b", "__MACOSX/._x": b"c"}
    expected = [("a.zip/公开表.txt", b"b"), ("a.zip/说明/公开说明.txt", b"a")]
    for data in (packed(files), office.pack_gbk({k: v for k, v in files.items() if "MAC" not in k})):
        assert list(unpack("a.zip", data)) == expected
    inner = packed({"外/内.zip": packed({"表.txt": b"x"})})
    assert list(unpack("a.zip", inner)) == [("a.zip/外/内.zip/表.txt", b"x")]


def test_names_lead_nowhere() -> None:
    names = [name for name, _ in unpack("a.zip", packed({"../../etc/passwd.txt": b"x", "/root/b.txt": b"y", "c\\d.txt": b"z"}))]
    assert all(name.startswith("a.zip/") and ".." not in name.split("/") for name in names)


BOMB = b"0" * 300_000_000
DTD = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def with_entities(data: bytes, part: str) -> bytes:
    """An Office file whose main part declares entities."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        files = {n: source.read(n) for n in source.namelist()}
    xml = files[part]
    files[part] = DTD + xml[xml.index(b"?>") + 2 :] if xml.startswith(b"<?xml") else DTD + xml
    return packed(files)


def encrypted_zip() -> bytes:
    data = bytearray(packed({"a.txt": b"secret"}, zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: packed({"a.txt": BOMB}), "packed more than 200:1"),
        (lambda: packed({f"{i}.txt": b"x" for i in range(201)}), "holds 201 files"),
        (encrypted_zip, "encrypted"),
        (lambda: packed({"a.txt": b"x"})[:-10], "corrupt or truncated"),
    ],
)
def test_archives_beyond_the_limits(make: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        list(unpack("a.zip", make()))


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("a.xlsx", lambda: with_entities(workbook(lambda b: None), "xl/workbook.xml"), "declares XML entities"),
        ("a.docx", lambda: with_entities(word(lambda d: None), "word/document.xml"), "declares XML entities"),
        ("a.xlsx", lambda: workbook(lambda b: None)[:-200], "corrupt or truncated"),
        ("a.xlsx", lambda: packed({"xl/workbook.xml": b"<workbook/>"}), "corrupt or truncated"),
        ("a.xlsx", lambda: b"\xd0\xcf\x11\xe0" + bytes(99) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("a.xls", lambda: b"\xd0\xcf\x11\xe0" + bytes(999) + "Workbook".encode("utf-16-le"), "corrupt or truncated"),
        ("a.ofd", lambda: packed({"OFD.xml": b"<x/>", "Doc_0/Document.xml": b"<x/>"}), "names no document inside"),
        ("a.odt", lambda: packed({"mimetype": b"x", "content.xml": b"<x/>"}), "an OpenDocument file"),
        ("a.rtf", lambda: b"{\\rtf1 x}", "an RTF document"),
        ("a.rar", lambda: b"Rar!\x1a\x07\x00", "a RAR archive"),
        ("a.7z", lambda: b"7z\xbc\xaf\x27\x1c\x00", "a 7z archive"),
        ("a.wps", lambda: b"\xd0\xcf\x11\xe0" + bytes(99) + "WpsCustomData".encode("utf-16-le"), "a WPS document"),
        ("a.jpg", lambda: b"\xff\xd8\xff\xe0", "a JPEG image"),
        ("a.xml", lambda: b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "Excel 2003"),
        ("a.zip", lambda: packed({"a.txt": b"x"}), "a ZIP archive of other files"),
    ],
)
def test_refused_with_the_reason(name: str, make: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(DocumentError, match=reason) as raised:
        open_bytes(name, make())
    assert "\n" not in str(raised.value)


def test_external_entities_of_a_web_page_are_not_read(tmp_path: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("秘密文字")
    data = f'<!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}">]><html><body><p>开头&x;</p><iframe src="{secret.as_uri()}"></iframe></body></html>'
    assert "秘密" not in "".join(lines(open_bytes("a.html", data.encode())))


def test_a_workbook_of_a_sample_differs_in_nothing_when_only_its_suffix_lies() -> None:
    sample = written("national", "xlsx", 3)
    named = replace(sample, name="report.xls")
    assert differences(read_sample(named), sample.frames) == []
    assert "E40" in {n.code for n in read_sample(named).notices}


# --- workbooks that only their name or a line 部门： identifies -----------------------------------------------------

BARE = "一般公共预算支出表"
NAMED = "武汉市江岸区示例民生服务局2024年部门预算公开表.xlsx"


def bare_workbook(owner: str | None) -> bytes:
    def fill(book: openpyxl.Workbook) -> None:
        table(book.active, BARE)
        book.active.cell(2, 1).value = owner

    return workbook(fill)


@pytest.mark.parametrize(
    "owner", [OWNER, "部门：[201]武汉市江岸区示例民生服务局", "单位名称：201001-武汉市江岸区示例民生服务局"]
)
def test_a_workbook_of_bare_tables_takes_year_and_kind_from_its_name_and_says_so(owner: str) -> None:
    extraction = only_table(bare_workbook(owner), NAMED)
    identity = extraction.identity
    assert (identity.institution, identity.fiscal_year, identity.kind, identity.level) == ("武汉市江岸区示例民生服务局", 2024, "budget", "department")
    assert figures(extraction) == EXPECTED
    told = [n.locator for n in extraction.notices if n.code == "E13"]
    assert told == ["title"]


@pytest.mark.parametrize(
    ("name", "owner", "reason"),
    [
        ("2024年部门预算公开表.xlsx", None, "the institution cannot be told"),
        (NAMED, None, "the institution cannot be told"),
        ("武汉市江岸区示例民生服务局2024年预算公开表.xlsx", OWNER, "neither 部门决算 nor 部门预算"),
        ("附件.xlsx", OWNER, "neither 部门决算 nor 部门预算"),
        ("武汉市江岸区示例水务局2024年部门预算公开表.xlsx", OWNER, "the institution is not sure"),
    ],
)  # fmt: skip
def test_a_name_that_does_not_say_all_or_says_another_body_identifies_nothing(name: str, owner: str | None, reason: str) -> None:
    with pytest.raises(NotAReport, match=reason):
        only_table(bare_workbook(owner), name)


def test_the_sheets_say_more_than_the_name() -> None:
    """A year or kind that the file prints is never overruled by its name."""
    data = workbook(lambda b: (table(b.active), None)[1])
    identity = only_table(data, NAMED).identity
    assert (identity.fiscal_year, identity.kind) == (2023, "final")
