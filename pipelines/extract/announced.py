"""What a report says of tables that could not be read: as notices.

Not for deciding what is published (``report``).
"""

from __future__ import annotations

from pipelines.documents import ocr
from pipelines.documents.model import Document
from pipelines.extract.result import Notice
from pipelines.extract.rows import RawTable
from pipelines.extract.titles import TABLE_NUMBERS


def attached_notice(names: list[str]) -> Notice:
    shown = "、".join(names[:3])
    return Notice(
        "E44", None, "tables", f"官方表格在附件（{shown}）中，附件未一并提供，未读取。",
        f"The official tables stand in attached files ({shown}) that were not given; they are not read.", shown,
    )  # fmt: skip


def unit_notice(table: RawTable, unit: str) -> Notice:
    return Notice(
        "E06", table.resource, "unit", f"《{table.title}》未标明金额单位，按本报告其他表格的单位（{unit}）读取。",
        f"The table names no unit; it is read in the unit of the report's other tables ({unit}).", unit, table.page, table.line,
    )  # fmt: skip


def image_notice(document: Document, present: set[str]) -> Notice:
    missing = [str(n) for r, n in TABLE_NUMBERS.items() if r not in present]
    pages = [str(p.number) for p in document.pages if p.kind == "image"]
    where = f"（图片页：{'、'.join(pages)}）" if pages else ""
    missing_ocr = bool(pages) and ocr.state() == "missing"
    hint_zh, hint_en = (f"{ocr.HINT_ZH}。", f" {ocr.HINT_EN}.") if missing_ocr else ("", "")
    return Notice(
        "E04", None, "tables",
        f"报告所列官方表格（第 {'、'.join(missing)} 表）不是可机读的文字，多为图片{where}，无法提取。{hint_zh}",
        f"The official tables (no. {', '.join(missing)}) are announced but not machine-readable; they are images"
        f"{' on pages ' + ', '.join(pages) if pages else ''}.{hint_en}",
        ",".join(missing),
    )  # fmt: skip


def absent_notice(present: set[str], announced: set[str]) -> Notice:
    """E04 where no page is a picture: the file itself does not say what the tables are."""
    missing = ",".join(str(n) for r, n in TABLE_NUMBERS.items() if r not in present)
    said = ("报告所列官方表格", "are announced, but") if announced - present else ("官方表格", "are neither announced nor printed:")
    return Notice(
        "E04", None, "tables", f"{said[0]}（第 {missing.replace(',', '、')} 表）在本文件中没有可读的内容，无法提取。",
        f"The official tables (no. {missing.replace(',', ', ')}) {said[1]} this file holds nothing of them that can be read.", missing,
    )  # fmt: skip
