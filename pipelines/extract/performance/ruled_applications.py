"""项目申报表 as ruled tables of a PDF: parts are told by the labels that open them, amounts by their column.

Not for forms without ruling lines (``applications``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.documents.model import Document
from pipelines.documents.normalise import squeeze
from pipelines.extract.parts.lines import join
from pipelines.extract.performance import words
from pipelines.extract.performance.applications import HEAD_FIELDS, SOURCES, TOTALS, UNIT, history, in_wan
from pipelines.extract.performance.model import Application, Target
from pipelines.extract.performance.ruled_rows import RuledRow, ruled_rows


def read_ruled_applications(document: Document) -> list[Application]:
    """Every 项目申报表 that stands in ruled tables."""
    forms: list[tuple[Application, list[RuledRow], str]] = []
    title = ""
    for row in ruled_rows(document):
        title = (title + row.title)[-300:] if row.title else title
        texts = [t.rstrip(":：") for t in row.texts()]
        if "项目名称" in texts and any(
            re.fullmatch(r"项目(?:代码|编码|编号)|项目?主管部门", t) for t in texts
        ):
            units = UNIT.findall(title)
            forms.append((Application("", row.place), [], units[-1] if units else "元"))
            title = ""
        if forms:
            forms[-1][1].append(row)
    for form, rows, unit in forms:
        _application(form, rows, unit)
    return [form for form, _, _ in forms if form.name]


def _application(form: Application, rows: Sequence[RuledRow], unit: str) -> None:
    columns: dict[str, tuple[float, float]] = {}
    part = ""
    level1 = level2 = None
    for row in rows:
        bare = [re.sub(r"^\d[.、．]", "", t).rstrip(":：") for t in row.texts()]
        for name, label in HEAD_FIELDS.items():
            text = row.behind(re.compile(label))
            if text and not getattr(form, name if name != "code" else "code"):
                setattr(form, name, text)
        for name, label in TOTALS.items():
            text = row.behind(re.compile(label))
            if text and getattr(form, name) is None:
                setattr(form, name, in_wan(text, unit))
        text = row.behind(re.compile(r"项目前两年预算及当年预算变动情况"))
        if text:
            form.history = history(squeeze(text), unit, lambda _, place=row.place: place)  # type: ignore[misc]
        part = _part(row, bare, part)
        if part == "targets":
            found = _target_columns(row)
            if found:
                columns = found
                continue
            if columns:
                level1, level2 = _target(form, row, columns, level1, level2)
            continue
        if part == "funding":
            for name, pattern in SOURCES:
                index = next((i for i, t in enumerate(bare) if re.fullmatch(pattern, t)), None)
                if index is not None and index + 1 < len(row.cells):
                    form.funding.append((name, in_wan(row.cells[index + 1].text, unit), row.place))
        elif part == "costs":
            _cost(form, row, unit)


def _part(row: RuledRow, bare: list[str], part: str) -> str:
    for text in bare:
        if re.fullmatch(r"资金来源项目?", text):
            return "funding"
        if re.fullmatch(r"项目支出明细", text):
            return "costs"
        if re.match(r"测算依据|项目绩效总?目标", text):
            return "other"
        if re.fullmatch(r"一级指标", text):
            return "targets"
        if re.match(r"说明", text) and part == "targets" and len(row.cells) <= 2:
            return "other"
    return part


def _cost(form: Application, row: RuledRow, unit: str) -> None:
    own = [c for c in row.cells if row.begins(c) and squeeze(c.text)]
    if (
        not own
        or squeeze(own[0].text) in ("合计", "项目支出明细")
        or any(squeeze(c.text) == "合计" for c in own)
    ):
        return
    amount = in_wan(own[-1].text, unit) if len(own) > 1 else None
    texts = [join(c.lines) for c in (own[:-1] if amount is not None else own)]
    if texts and re.fullmatch(r"\d{1,2}[.、]?", texts[0]):
        texts = texts[1:]
    item = re.sub(r"^\d{1,2}[.、．]?(?=[^\d.,])", "", "".join(texts))
    if item and item != "金额":
        form.cost_items.append((item, amount, row.place))


def _target_columns(row: RuledRow) -> dict[str, tuple[float, float]] | None:
    found: dict[str, tuple[float, float]] = {}
    for cell, text in zip(row.cells, row.texts(), strict=True):
        span = (cell.box[0], cell.box[2])
        if text in ("一级指标", "二级指标"):
            found["level1" if text[0] == "一" else "level2"] = span
        elif re.fullmatch(r"三级指标|指标内容|指标名称|绩效指标|指标说明|指标解释", text):
            found["content" if "indicator" in found else "indicator"] = span
        elif re.fullmatch(r"(?:年度|预期|年初)?(?:绩效)?(?:指标|目标)值", text):
            found["target"] = span
    return found if {"level1", "level2", "indicator", "target"} <= set(found) else None


def _target(
    form: Application,
    row: RuledRow,
    columns: dict[str, tuple[float, float]],
    level1: str | None,
    level2: str | None,
) -> tuple[str | None, str | None]:
    cells = {name: row.at(span) for name, span in columns.items()}
    own = {n: join(c.lines) for n, c in cells.items() if c and row.begins(c)}
    if own.get("level1"):
        level1, level2 = squeeze(own["level1"]), None
    if own.get("level2"):
        level2 = squeeze(own["level2"])
    if cells.get("content") is cells.get("indicator"):
        own.pop("content", None)
    indicator, content = own.get("indicator"), own.get("content")
    if indicator or content:
        form.targets.append(
            Target(
                words.label_name(level1), words.label_name(level2), indicator or content or "",
                content if indicator else None, own.get("target") or None, row.place,
            )
        )  # fmt: skip
    return level1, level2
