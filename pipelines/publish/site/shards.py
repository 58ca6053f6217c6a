"""Data of the pages that filter and search: scripts that assign to ``MZ.data``, small enough for a slow line.

Findings are sharded by year: one script says what is needed to filter (column by column, numbers for names), and
the sentences stand in pieces that are loaded for the page that is shown. Nothing here is fetched by a request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from pypinyin import lazy_pinyin

from pipelines.publish.site.cells import anchor_of
from pipelines.publish.site.severity import GROUPS

PIECE = 200
"""Findings per script of sentences."""
_NAMED = (("evaluations", "evaluation_no"), ("project_applications", "project_no"), ("project_mentions", "seq"))


def script(key: str, value: Any) -> bytes:
    """A script that puts ``value`` under ``MZ.data[key]``."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    # Both are line ends to old readers of scripts.
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"(window.MZ=window.MZ||{{}}).data=MZ.data||{{}};MZ.data[{json.dumps(key)}]={text};\n".encode()


class FindingShards:
    """Collects findings report by report and writes them by year."""

    def __init__(self, rules: pl.DataFrame) -> None:
        self._rules = rules.sort("rule_id").select("rule_id", "title_zh", "title_en").rows()
        self._rule_at = {rule[0]: at for at, rule in enumerate(self._rules)}
        self._years: dict[int, list[tuple[dict[str, Any], list[dict[str, Any]]]]] = {}

    def add(self, report: dict[str, Any], findings: list[dict[str, Any]]) -> None:
        """The findings of one report (rows of ``severity.ordered``), each with its ``anchor``."""
        if findings:
            self._years.setdefault(report["fiscal_year"], []).append((report, findings))

    def write(self, folder: Path) -> None:
        years = sorted(self._years, reverse=True)
        counts = [sum(len(findings) for _, findings in self._years[year]) for year in years]
        causes = [
            sum(f["cause"] and f["group"] in ("error", "warning") for _, findings in self._years[year] for f in findings)
            for year in years
        ]
        index = {"years": years, "counts": counts, "causes": causes, "rules": self._rules, "piece": PIECE}
        (folder / "findings.js").write_bytes(script("findings", index))
        for year in years:
            self._write_year(folder, year)

    def _write_year(self, folder: Path, year: int) -> None:
        """Findings in the order in which the page shows them, so that a page needs few pieces of sentences."""
        reports: list[Sequence[Any]] = []
        regions: dict[str, int] = {}
        names: list[tuple[str, str]] = []
        found: list[tuple[int, dict[str, Any]]] = []
        for report, findings in self._years[year]:
            code = report["region_code"]
            if code not in regions:
                regions[code] = len(names)
                names.append((code, report["region_name"]))
            found += [(len(reports), finding) for finding in findings]
            reports.append((report["report_id"], report["institution"], regions[code], report["kind"], report["source_file"]))
        found.sort(key=lambda one: (GROUPS.index(one[1]["group"]), not one[1]["cause"], -abs(one[1]["difference"] or 0)))
        columns = {
            "report": [at for at, _ in found],
            "rule": [self._rule_at[f["rule_id"]] for _, f in found],
            "group": [GROUPS.index(f["group"]) for _, f in found],
            "cause": [int(f["cause"]) for _, f in found],
            "size": [_size(f["difference"]) for _, f in found],
            "page": [f["page"] or 0 for _, f in found],
            "line": [f["line"] or 0 for _, f in found],
            "anchor": [f["anchor"] for _, f in found],
            "id": [f["finding_id"] for _, f in found],
        }
        shard = {"regions": names, "reports": reports, **columns}
        (folder / f"findings-{year}.js").write_bytes(script(f"findings-{year}", shard))
        sentences = [(f["message_zh"], f["message_en"]) for _, f in found]
        for number, start in enumerate(range(0, len(sentences), PIECE)):
            key = f"findings-{year}-{number}"
            (folder / f"{key}.js").write_bytes(script(key, sentences[start : start + PIECE]))


def _size(difference: Decimal | None) -> int:
    """How large a difference is, in whole micro-units: for sorting across years only."""
    return int(abs(difference).scaleb(6)) if difference else 0


def search_index(
    reports: Iterable[dict[str, Any]], frames: dict[str, pl.DataFrame], codes: Sequence[tuple[str, str, int]] = (),
    pages: Sequence[tuple[str, str, str]] = (),
) -> bytes:  # fmt: skip
    """Departments, projects, functional codes and pages for the search on the home page.

    Lines, not objects: a browser reads 55,000 short lines many times faster. A report is ``id, institution, region,
    year, kind`` and the number of its body in ``bodies`` (``place, pinyin, initials``); a project is its name and where
    it stands: ``report:anchor`` for each place. ``codes``: code, name and in how many tables; ``pages``: the Chinese and
    English title of a table, concept or rule, and its address.
    """
    ordered = sorted(reports, key=lambda r: (-r["fiscal_year"], r["region_code"], r["institution"], r["report_id"]))
    at = {report["report_id"]: number for number, report in enumerate(ordered)}
    bodies: dict[str, int] = {}
    lines = []
    for r in ordered:
        body = bodies.setdefault(_body(r), len(bodies))
        lines.append("\t".join((r["report_id"], r["institution"], r["region_name"], str(r["fiscal_year"]), r["kind"][:1], str(body))))
    places: dict[str, dict[int, str]] = {}
    for resource, number in _NAMED:
        if resource not in frames:
            continue
        frame = frames[resource]
        if "scope" in frame.columns:
            # The form of the whole department bears its name.
            frame = frame.filter(pl.col("scope") == "project")
        for report, key, name in frame.select("report_id", number, "name").iter_rows():
            if name:
                # The first place of a name in a report is enough to find it: its form, before a mention of it.
                places.setdefault(_line(name), {}).setdefault(at[report], anchor_of(resource, [str(key)]))
    projects = [
        "\t".join((name, *(f"{number}:{anchor}" for number, anchor in sorted(places[name].items())))) for name in sorted(places)
    ]
    found = {"reports": lines, "bodies": list(bodies), "projects": projects,
             "codes": ["\t".join((code, _line(name), str(count))) for code, name, count in codes],
             "pages": ["\t".join(map(_line, page)) for page in pages]}  # fmt: skip
    return script("search", {name: "\n".join(map(_clean, texts)) for name, texts in found.items()})


def _body(report: Mapping[str, Any]) -> str:
    """Where a body belongs, in every part of the hierarchy, and how its name is typed in Latin letters."""
    parts = [report["province"], report["city"], report["region_name"]]
    place = "".join(dict.fromkeys(part for part in parts if part))
    syllables = lazy_pinyin(report["institution"], errors="ignore")
    return "\t".join((place, "".join(syllables).lower(), "".join(s[:1] for s in syllables).lower()))


def _line(text: str) -> str:
    return " ".join(text.split())


def _clean(line: str) -> str:
    return line.replace("\n", " ")
