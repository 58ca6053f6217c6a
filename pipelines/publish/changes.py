"""``CHANGELOG.md`` of a release: what changed since the last one, in both languages, newest version first.

Derived from the diff; nothing is compared here, and nothing is dated but by the release itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pipelines.publish.excel import key_word
from pipelines.publish.versions import DERIVED, Diff
from pipelines.schema import resources

CHANGELOG, DIFF = "CHANGELOG.md", "diff.json"
_HEAD = "# 变更记录 · Changelog\n"
_SHOWN = 20
_CELLS = 10
"""Corrected cells of one resource that are told one by one."""
_LEVELS = {
    "major": ("结构变更", "the schema changed"),
    "minor": ("新增数据", "data were added"),
    "patch": ("数据订正", "existing data were corrected or removed"),
}


def changelog(diff: Diff, version: str, created: datetime | None, before: Path | None) -> str:
    """The whole ``CHANGELOG.md``: the entry of this release, then those of the release ``before`` it."""
    earlier = ""
    if before is not None and (before / CHANGELOG).is_file():
        earlier = (before / CHANGELOG).read_text(encoding="utf-8").removeprefix(_HEAD).strip("\n")
    entry = "\n".join(_entry(diff, version, created))
    return "\n".join([_HEAD, entry, *([f"\n{earlier}"] if earlier else []), ""])


def _entry(diff: Diff, version: str, created: datetime | None) -> list[str]:
    date = f" ({created.astimezone(UTC):%Y-%m-%d})" if created else ""
    lines = [f"## {version}{date}", ""]
    if diff.before is None:
        total = sum(rows.counts["added"] for rows in diff.resources.values())
        return [*lines, f"- 首次发布，{total:,} 行。First release, {total:,} rows."]
    zh, en = _LEVELS[diff.level or "patch"]
    lines.append(f"- 相对 {diff.before}：{zh}。Since {diff.before}: {en}.")
    lines += [f"- 结构 schema: {what}" for what in diff.schema]
    lines += [f"- 新增数据资源 new resource: `{name}`" for name in diff.new_resources]
    if diff.described:
        names = ", ".join(f"`{name}`" for name in diff.described)
        lines.append(f"- 标题或说明有修改 titles or descriptions changed: {names}")
    words = {"added": "新增报告 reports added", "removed": "移除报告 reports removed", "revised": "重新公开的报告 reports revised"}
    for kind, label in words.items():
        entries = diff.reports.get(kind, [])
        if entries:
            listed = ", ".join(f"`{entry['report_id']}`" for entry in entries[:_SHOWN])
            more = f" … +{len(entries) - _SHOWN}" if len(entries) > _SHOWN else ""
            lines.append(f"- {label}: {len(entries)} ({listed}{more})")
    for name, rows in diff.resources.items():
        title = resources()[name].title if name in resources() else name
        counts = rows.counts
        lines.append(
            f"- `{name}` {title}: +{counts['added']:,} 行 rows, −{counts['removed']:,}, "
            f"{counts['changed']:,} 个单元格订正 cells corrected"
        )
        for cell in rows.changed[:_CELLS] if name not in DERIVED else []:
            key = ", ".join(_key(field, str(value)) for field, value in cell["key"].items())
            lines.append(f"  - 更正 corrected: {key} · {_title(name, cell['column'])}: {_shown(cell['old'])} → {_shown(cell['new'])}")
        if counts["changed"] > _CELLS and name not in DERIVED:
            beyond = counts["changed"] - _CELLS
            lines.append(f"  - 还有 {beyond:,} 处，见 {DIFF}。And {beyond:,} more in {DIFF}.")
    return lines


def _key(field: str, value: str) -> str:
    """A part of a row's key; a code with its official name, a word of the data model in Chinese."""
    if field in ("function_code", "item_code"):
        word = key_word(value)
        return f"{value} {word}" if word else value
    return value


def _title(name: str, column: str) -> str:
    declared = resources().get(name)
    return f"{declared.field(column).title} `{column}`" if declared and column in declared.names else f"`{column}`"


def _shown(value: str | None) -> str:
    text = "（空）" if value is None else value
    return text if len(text) <= 60 else f"{text[:60]}…"
