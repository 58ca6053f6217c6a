"""The page of files that were refused: which, at which stage, why in words, and what their operator can do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from markupsafe import Markup

from pipelines.publish.site.cells import both

STAGES = {
    "finding files": ("查找文件", "Finding files"), "reading": ("打开文件", "Opening the file"), "extracting": ("读取表格", "Reading its tables"),
    "choosing": ("选取版本", "Choosing versions"), "checking": ("核查", "Checking"), "publishing": ("发布", "Publishing"),
}  # fmt: skip


@cache
def _declared() -> list[tuple[re.Pattern[str], dict[str, str]]]:
    entries = yaml.safe_load((files("datapackages") / "refusals.yaml").read_text(encoding="utf-8"))
    return [(re.compile(entry["match"], re.IGNORECASE), entry) for entry in entries]


def advice(reason: str) -> dict[str, str]:
    """What a reason means in Chinese (``zh``) and what the operator can do (``do_zh``, ``do_en``)."""
    return next(entry for pattern, entry in _declared() if pattern.search(reason))


def quarantine_context(refused: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The refused files by stage, each with its reason and advice."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in refused:
        known = advice(entry["reason"])
        zh = Markup('{} <span lang="en" class="meta">{}</span>').format(known["zh"], entry["reason"])
        groups.setdefault(entry["stage"], []).append(
            {
                "file": entry["file"], "sha256": entry["sha256"],
                "why": Markup('<span class="zh" lang="zh-CN">{}</span><span class="en" lang="en">{}</span>').format(zh, entry["reason"]),
                "do": both(known["do_zh"], known["do_en"]),
            }
        )  # fmt: skip
    stages = [(both(*STAGES.get(stage, (stage, stage))), own) for stage, own in sorted(groups.items(), key=lambda g: [*STAGES, g[0]].index(g[0]))]
    return {"stages": stages, "total": len(refused)}
