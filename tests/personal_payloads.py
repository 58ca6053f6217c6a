"""Made-up personal data in every form that reports print it: ``PAYLOADS`` maps a kind to text and to what must go.

The secrets of a payload are what a search of the published bytes must not find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from samples.generator import layout_name, options_for, pdf
from samples.generator.codes import ORDINALS
from samples.generator.layouts import layout
from samples.generator.ledger import make_ledger
from samples.generator.pdf import Block
from samples.generator.prose import Text, report, tables_of
from samples.generator.tables import Cell, Row, Table
from samples.generator.text import Dump
from samples.generator.text import render as text_render

# No number is a person's: mobiles of the 0000 blocks, identity numbers without a valid check digit.
PAYLOADS: dict[str, tuple[str, tuple[str, ...]]] = {
    # names
    "name before a number": ("张建军13800001111", ("张建军", "13800001111")),
    "name, blank, number": ("刘美玲 13900002222", ("刘美玲", "13900002222")),
    "name and number in brackets": ("（周国栋13700003333）", ("周国栋", "13700003333")),
    "number before a name": ("13600004444（吴晓燕）", ("吴晓燕", "13600004444")),
    "name in brackets": ("（郑志强）", ("郑志强",)),
    "names in brackets": ("2人（孙桂兰、冯秀珍）", ("孙桂兰", "冯秀珍")),
    "head count and name": ("退休1人（邓永福）", ("邓永福",)),
    "先生": ("请联系许文博先生", ("许文博",)),
    "女士": ("由曹雅琴女士负责", ("曹雅琴",)),
    "同志": ("彭少华同志任组长", ("彭少华",)),
    "同志 in a list": ("曾庆丰、萧玉梅同志", ("曾庆丰", "萧玉梅")),
    "等2人": ("田丽娟、董海涛等2人获奖", ("田丽娟", "董海涛")),
    "等同志": ("潘学军、袁春梅等3名同志", ("潘学军", "袁春梅")),
    "负责人 with colon": ("负责人：蔡明辉", ("蔡明辉",)),
    "负责人 without colon": ("负责人蒋德才", ("蒋德才",)),
    "负责人 runs on": ("项目负责人余国华主持实施", ("余国华",)),
    "联系人 with colon": ("联系人：杜小娟", ("杜小娟",)),
    "联系人 with blank": ("联系人 叶建平", ("叶建平",)),
    "填表人": ("填表人：程思远", ("程思远",)),
    "填表人 without colon": ("填表人魏红梅，", ("魏红梅",)),
    "经办人": ("经办人：苏 伟", ("苏 伟", "苏伟")),
    "审核人": ("审核人吕志明", ("吕志明",)),
    "signatures in a row": ("负责人：丁晓东 经办人：任丽华 审核人：卢建华", ("丁晓东", "任丽华", "卢建华")),
    "two names behind 联系人": ("联系人：姚春花、沈国强", ("姚春花", "沈国强")),
    "compound surname": ("联系人：欧阳晓峰", ("欧阳晓峰",)),
    "rare surname": ("负责人：亓官云", ("亓官云",)),
    "name of a people": ("联系人：阿不都·买买提", ("阿不都", "买买提")),
    "title and name": ("局长钟志文主持工作", ("钟志文",)),
    "workshop": ("新建姜大勇劳模工作室", ("姜大勇",)),
    "born as": ("崔月娥，女，汉族", ("崔月娥",)),
    # mobiles
    "mobile": ("手机13800005555", ("13800005555",)),
    "mobile with blanks": ("138 0000 6666", ("138 0000 6666", "13800006666")),
    "mobile with hyphens": ("138-0000-7777", ("138-0000-7777", "13800007777")),
    "mobile with dots": ("138.0000.8888", ("138.0000.8888", "13800008888")),
    "mobile with middle dots": ("138·0000·9999", ("138·0000·9999", "138.0000.9999")),
    "mobile with en dashes": ("139–0001–1111", ("139–0001–1111", "139-0001-1111")),
    "mobile with em dashes": ("139—0001—2222", ("139—0001—2222",)),
    "mobile with slashes": ("139/0001/3333", ("139/0001/3333",)),
    "mobile in full width": ("１３９０００１４４４４", ("１３９０００１４４４４", "13900014444")),
    "mobile with country code": ("+86 13900015555", ("13900015555",)),
    "mobile with letter spacing": ("1 3 9 0 0 0 1 6 6 6 6", ("1 3 9 0 0 0 1 6 6 6 6", "13900016666")),
    "mobile in two groups": ("139 00017777", ("139 00017777", "13900017777")),
    "mobile over two lines": ("联系电话：1390001\n8888", ("13900018888",)),
    # landlines
    "landline": ("027-80001111", ("80001111",)),
    "landline in brackets": ("（027）80002222", ("80002222",)),
    "landline with blanks": ("027 8000 3333", ("8000 3333", "80003333")),
    "landline with hyphens": ("027-8000-4444", ("8000-4444", "80004444")),
    "landline in full width": ("０２７－８０００５５５５", ("８０００５５５５", "80005555")),
    "extension": ("027-80006666转8001", ("80006666", "转8001")),
    "second number": ("电话：027-80007777、80008888", ("80007777", "80008888")),
    "without area code": ("联系电话：80009999", ("80009999",)),
    "four-digit area code": ("0713-8100111", ("8100111",)),
    # papers, mail, accounts, plates, homes
    "identity number": ("身份证110101199003070011", ("110101199003070011", "19900307")),
    "identity number with blanks": ("110101 19900308 0022", ("110101 19900308 0022", "19900308")),
    "identity number with X": ("11010119900309003X", ("11010119900309003X",)),
    "e-mail": ("邮箱 zhang_w4@example.com", ("zhang_w4", "example.com")),
    "e-mail in full width": ("邮箱：wangw4＠example．cn", ("wangw4",)),
    "QQ": ("QQ：912345601", ("912345601",)),
    "QQ with 号": ("QQ号 912345602", ("912345602",)),
    "微信": ("微信：wx_zhang_w4", ("wx_zhang_w4",)),
    "微信号": ("微信号w4friend88", ("w4friend88",)),
    "number plate": ("车牌鄂A·K9X21", ("K9X21",)),
    "number plate, new energy": ("鄂AD90012", ("AD90012",)),
    "passport": ("护照号码E90012345", ("E90012345",)),
    "home": ("家住汉阳区玫瑰街12号3栋2单元501室", ("玫瑰街12号", "501室")),
    "home with a label": ("家庭住址：青山区和平里7号", ("和平里7号",)),
}  # fmt: skip


# --- planting ----------------------------------------------------------------------------------------------------

Plant = Callable[[list[Block], list[str]], None]


def _spread(texts: list[str], count: int) -> list[str]:
    """All texts shared out over ``count`` places, several to a place where there are fewer places."""
    return ["；".join(texts[i::count]) for i in range(min(count, len(texts)))]


def _names_of(*resources: str, half: int = 0) -> Plant:
    """Behind the names of rows of official tables; ``half``: which of the name columns."""

    def plant(blocks: list[Block], texts: list[str]) -> None:
        cells = [
            cell
            for table in tables_of(blocks)
            if table.resource in resources
            for row in table.body
            if (cell := _name_cell(table, row, half))
        ]
        for cell, text in zip(cells[::-1], _spread(texts, len(cells)), strict=False):
            cell.text += text

    return plant


def _name_cell(table: Table, row: Row, half: int) -> Cell | None:
    names = [c for c in row.cells if table.columns[c.col] == "name" and len(c.text) > 3 and c.span == 1]
    return names[half] if len(names) > half and row.facts else None


def _table_notes(blocks: list[Block], texts: list[str]) -> None:
    tables = tables_of(blocks)
    for table, text in zip(tables, _spread(texts, len(tables)), strict=False):
        table.notes.append("注：" + text)


def _table_titles(blocks: list[Block], texts: list[str]) -> None:
    tables = tables_of(blocks)
    for table, text in zip(tables, _spread(texts, len(tables)), strict=False):
        table.title += f"（{text}）"


def _figures(blocks: list[Block], texts: list[str]) -> None:
    """In cells of figures."""
    cells = [
        cell
        for table in tables_of(blocks)
        for row in table.body
        for cell in row.cells
        if table.columns[cell.col] == "number" and cell.text
    ]
    for cell, text in zip(cells[::3], texts, strict=False):
        cell.text += " " + text


def _after(heading: str, listing: Callable[[int, str], str]) -> Plant:
    """As paragraphs behind a heading of the overview."""

    def plant(blocks: list[Block], texts: list[str]) -> None:
        at = next(
            i for i, b in enumerate(blocks) if isinstance(b, Text) and b.kind != "toc" and b.text.endswith(heading)
        )
        at += 2 if listing(1, "").startswith("1.示例第") else 1
        blocks[at:at] = [Text("para", listing(i, text)) for i, text in enumerate(texts, start=1)]

    return plant


def _part(title: str, listing: Callable[[int, str], str]) -> Plant:
    """As a part of its own at the end."""

    def plant(blocks: list[Block], texts: list[str]) -> None:
        blocks.append(Text("part", title))
        blocks += [Text("para", listing(i, text)) for i, text in enumerate(texts, start=1)]

    return plant


def _remarks(blocks: list[Block], texts: list[str]) -> None:
    at = next(
        i for i, b in enumerate(blocks) if isinstance(b, Text) and b.kind == "heading" and b.text.endswith("单位构成")
    )
    head = [Row([Cell("序号", 0), Cell("单位名称", 1), Cell("备注", 2)])]
    body = [
        Row([Cell(str(i), 0), Cell(f"示例第{i}服务站", 1, align="left"), Cell(text, 2)])
        for i, text in enumerate(texts, start=1)
    ]
    blocks.insert(at + 1, Table("", "", "", "", "", ["line", "name", "name"], head, head, body, [], wide=False))


def _forms(label: int | str) -> Plant:
    """In the evaluation forms: behind a labelled cell, or in a column of the indicators."""

    def plant(blocks: list[Block], texts: list[str]) -> None:
        cells = [cell for b in blocks if isinstance(b, Table) and not b.resource for cell in _form_cells(b, label)]
        for cell, text in zip(cells, _spread(texts, len(cells)), strict=False):
            cell.text += text

    return plant


def _form_cells(table: Table, label: int | str) -> Iterator[Cell]:
    for row in table.body:
        shown = [cell.text for cell in row.cells]
        if isinstance(label, int):
            if len(row.cells) >= 5 and "指标" in "".join(shown[:2]) and "三级指标" not in shown:
                yield row.cells[label]
        elif label in shown[0] and len(row.cells) > 1:
            yield row.cells[1]


def _cover(blocks: list[Block], texts: list[str]) -> None:
    blocks[2:2] = [Text("cover", text) for text in _spread(texts, 12)]


PLACES: dict[str, Plant] = {
    "function_name": _names_of("expenditure_by_function", "general_budget_expenditure"),
    "economic_name": _names_of("basic_expenditure_by_economy"),
    "item": _names_of("revenue_expenditure_summary", half=1),
    "table note": _table_notes,
    "table title": _table_titles,
    "figures": _figures,
    "institutions.name": _after("单位构成", lambda i, text: f"{i}.示例第{i}服务站{text}"),
    "institutions.remark": _remarks,
    "duties": _after("主要职能", lambda i, text: f"{i}.承担示例事项第{i}批{text}。"),
    "glossary.term": _part("第八部分 名词解释", lambda i, text: f"{i}.示例用语{text}：虚构的词。"),
    "glossary.definition": _part("第八部分 名词解释", lambda i, text: f"{i}.示例用语：虚构的词，{text}。"),
    "key_tasks": _part("第九部分 2023年重点工作完成情况", lambda i, text: f"{ORDINALS[i % 9]}、示例任务{text}。完成{i}件，{text}。"),
    "statements.subject": _after(
        "一般公共预算财政拨款支出决算情况说明",
        lambda i, text: f"{i}.示例项目（{text}）。支出决算为{i}.50万元，主要用于示例。",
    ),
    "project_mentions.name": _after(
        "预算绩效情况说明",
        lambda i, text: f"{i}.示例经费（{text}）项目绩效自评综述：项目全年预算数为10万元，执行数为{i % 9}万元，完成预算的{i % 9}0%。",
    ),
    "evaluations.name": _forms("项目名称"),
    "evaluations.executing_unit": _forms("主管部门"),
    "indicators.goal": _forms("年度绩效目标"),
    "indicators.indicator": _forms(-4),
    "indicators.actual": _forms(-2),
    "cover": _cover,
}


def planted(place: str, style: str, seed: int) -> tuple[str, bytes]:
    """A report that prints every payload in one place, and none elsewhere: its file name and bytes."""
    options = options_for(style, forms=4, rows=70, region="420102", institution=f"示例{ORDINALS[seed % 9]}{seed}服务局")
    ledger, form = make_ledger(seed, options), layout(layout_name(style))
    blocks = report(ledger, form)
    PLACES[place](blocks, [text for text, _ in PAYLOADS.values()])
    if style == "dump":
        return f"{place}-{seed}.txt", text_render(blocks, Dump(line_length=60))
    return f"{place}-{seed}.pdf", pdf.render(blocks, form, "flate")
