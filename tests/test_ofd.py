"""OFD (GB/T 33190): the same frames as the PDF of the same report, the standard's notation, and hostile packages."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.documents import Document, DocumentError, ofd, open_bytes
from pipelines.extract.report import extract
from samples.generator import layout, layout_name, make_ledger, options_for, pdf, prose
from samples.generator import ofd as writer

_OWN = {"source_file", "source_sha256", "source_format", "sha256", "format", "page", "line"}
_NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'


@pytest.mark.parametrize("style", ["national", "shanghai", "budget-national", "borderless"])
@pytest.mark.parametrize("seed", [3, 8])
def test_a_report_reads_as_its_pdf_does(style: str, seed: int) -> None:
    look = layout(layout_name(style))
    blocks = list(prose.report(make_ledger(seed, options_for(style, rows=15)), look))
    printed, found = extract(open_bytes("a.pdf", pdf.render(blocks, look))), extract(open_bytes("a.ofd", writer.render(blocks, look)))
    assert found.source_format == "ofd" and set(found.frames["sources"]["format"]) == {"ofd"}
    for name, frame in printed.frames.items():
        kept = [c for c in frame.columns if c not in _OWN]
        assert found.frames[name].select(kept).equals(frame.select(kept)), name


def package(content: str, template: str = "", **parts: str | bytes) -> bytes:
    """A document of one page with this content."""
    files: dict[str, str | bytes] = {
        "OFD.xml": f"<ofd:OFD {_NS}><ofd:DocBody><ofd:DocRoot>/Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {_NS}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 200 100</ofd:PhysicalBox>"
        '</ofd:PageArea><ofd:TemplatePage ID="7" BaseLoc="Tpl.xml"/></ofd:CommonData>'
        '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/Tpl.xml": f"<ofd:Page {_NS}><ofd:Content><ofd:Layer>{template}</ofd:Layer></ofd:Content></ofd:Page>",
        "Doc_0/Pages/Content.xml": f'<ofd:Page {_NS}><ofd:Template TemplateID="7"/><ofd:Content><ofd:Layer>{content}</ofd:Layer>'
        "</ofd:Content></ofd:Page>",
        **{name.replace("__", "/") + ".xml": part for name, part in parts.items()},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in files.items():
            packed.writestr(name, part)
    return buffer.getvalue()


def opened(content: str, template: str = "", **parts: str | bytes) -> Document:
    return open_bytes("a.ofd", package(content, template, **parts))


def text(words: str, x: float, y: float, more: str = "", code: str = "") -> str:
    return (
        f'<ofd:TextObject Boundary="{x} {y} 100 10" Size="5" {more}>'
        f'<ofd:TextCode X="0" Y="5" {code}>{words}</ofd:TextCode></ofd:TextObject>'
    )


def test_glyphs_stand_where_the_steps_say() -> None:
    # 收入 | 合计, the second word 20 mm further
    (line,) = opened(text("收入合计", 10, 10, code='DeltaX="5 20 g 1 5"') + text("甲乙丙丁", 10, 50)).pages[0].lines[:1]
    assert [w.text for w in line.words] == ["收入", "合计"]
    assert line.words[1].box[0] == pytest.approx((10 + 25) * 72 / 25.4)


@pytest.mark.parametrize(
    ("steps", "most", "found"),
    [
        ("1.5 g 3 2 4", 9, [1.5, 2, 2, 2, 4]),
        ("g 2 1 g 2 3", 9, [1, 1, 3, 3]),
        ("g 1000000 2", 3, [2, 2, 2]),
        ("g", 3, []),
        ("g -4 2 7", 3, [7]),
        ("x nan 1e999", 9, [0, 0, 0]),
    ],
)
def test_step_lists(steps: str, most: int, found: list[float]) -> None:
    assert ofd._steps(steps, most) == found


def test_a_matrix_moves_and_scales_an_object() -> None:
    document = opened(text("四字词语", 10, 10, 'CTM="2 0 0 2 4 6"') + text("四字词语", 10, 70))
    large, small = document.pages[0].lines
    assert large.box is not None and small.box is not None
    assert large.box[0] == pytest.approx(14 * 72 / 25.4)
    assert large.box[2] - large.box[0] > 1.2 * (small.box[2] - small.box[0])


def test_templates_curves_and_rectangles_rule_a_grid() -> None:
    frame = (
        '<ofd:PathObject Boundary="10 10 80 40"><ofd:AbbreviatedData>M 0 0 L 80 0 L 80 40 L 0 40 C</ofd:AbbreviatedData></ofd:PathObject>'
        '<ofd:PathObject Boundary="10 30 80 0"><ofd:AbbreviatedData>S 0 0 L 80 0</ofd:AbbreviatedData></ofd:PathObject>'
    )
    thin = '<ofd:PathObject Boundary="50 10 0.2 40" Stroke="false" Fill="true"><ofd:AbbreviatedData>M 0 0 L 0.2 0 L 0.2 40 L 0 40 C</ofd:AbbreviatedData></ofd:PathObject>'
    curve = '<ofd:PathObject Boundary="0 0 9 9"><ofd:AbbreviatedData>M 0 0 Q 1 1 2 3 B 1 1 2 2 5 6 A 3 3 0 0 1 7 9</ofd:AbbreviatedData></ofd:PathObject>'
    words = text("项目", 12, 15) + text("金额", 55, 15) + text("合计", 12, 35) + text("12.34", 55, 35)
    (grid,) = opened(words + thin + curve, frame).pages[0].grids
    assert {(c.row0, c.col0): c.text for c in grid.cells} == {(0, 0): "项目", (0, 1): "金额", (1, 0): "合计", (1, 1): "12.34"}


def test_a_page_of_pictures_is_a_picture() -> None:
    picture = '<ofd:ImageObject Boundary="0 0 200 100" ResourceID="9"/>'
    assert [p.kind for p in opened(picture).pages] == ["image"]
    assert [p.kind for p in opened(picture + text("这一页还有八个字的文字", 10, 10)).pages] == ["text"]


def test_hidden_and_turned_text_is_not_read() -> None:
    hidden = text("隐藏的文字在此", 10, 30, 'Visible="false"') + text("竖排的文字在此", 10, 60, 'CharDirection="90"')
    assert [ln.text for ln in opened(text("可以看见的文字", 10, 10) + hidden).pages[0].lines] == ["可以看见的文字"]


_MANY = '<ofd:Page BaseLoc="a"/>' * 700
_BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"Doc_0__Document": _BOMB}, "entities"),
        ({"Doc_0__Pages__Content": " " * 5000 + _BOMB}, "entities|corrupt"),
        ({"Doc_0__Pages__Content": b"\xff\xfe\x00<"}, "corrupt"),
        ({"OFD": f"<ofd:OFD {_NS}/>"}, "no document inside"),
        ({"OFD": "<O><DocRoot>../../etc/passwd</DocRoot></O>"}, "outside of itself"),
        ({"OFD": "<O><DocRoot>Doc_0/None.xml</DocRoot></O>"}, "lacks its part"),
        ({"Doc_0__Document": f"<ofd:Document {_NS}><ofd:Pages/></ofd:Document>"}, "no pages"),
        ({"Doc_0__Document": f"<ofd:Document {_NS}><ofd:Pages>{_MANY}</ofd:Pages></ofd:Document>"}, "700 pages"),
    ],
)
def test_hostile_packages_are_refused_with_their_reason(parts: dict[str, str | bytes], reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        opened("", **parts)


def test_nested_blocks_end() -> None:
    deep = "<ofd:PageBlock>" * 500 + text("很深的文字在这里面", 1, 1) + "</ofd:PageBlock>" * 500
    assert not opened(deep).pages[0].lines


@given(st.text(alphabet="SMLQBAC 0123456789.-eg,", max_size=60))
def test_any_path_data_is_read(data: str) -> None:
    for points, _ in ofd._subpaths(data):
        assert len(points) > 1
