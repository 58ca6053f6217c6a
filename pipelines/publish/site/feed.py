"""The portal's Atom feed: releases, and the errors that the newest release of each package brought.

An entry is known by its id, so that readers show it once. A release without a date states the beginning of time instead:
Atom asks for one, and the present would make every build differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from pipelines.publish.catalogue import base_address
from pipelines.publish.places import PUBLISHER
from pipelines.publish.site.packages import PackageInfo
from pipelines.schema import packages

FEED = "feed.xml"
_ATOM = "http://www.w3.org/2005/Atom"
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
_FINDINGS = 30
"""New findings of one release; the page of findings has all."""


def feed(
    infos: Sequence[PackageInfo], findings: Sequence[Mapping[str, Any]], reports: Mapping[str, Mapping[str, Any]],
    created: datetime | None,
) -> bytes:  # fmt: skip
    """The feed as XML. ``findings``: the errors that are causes, the largest first; ``reports`` by their id."""
    root = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": "zh-CN"})
    updated = _date(created)
    _text(root, "id", "urn:x-mingzhang:feed")
    _text(root, "title", "明账：新版本与新发现 Mingzhang: releases and new findings")
    _text(root, "updated", updated)
    _text(ElementTree.SubElement(root, "author"), "name", PUBLISHER)
    base = f"{base_address()}site/" if base_address() else ""
    ElementTree.SubElement(root, "link", {"rel": "self", "href": f"{base}{FEED}"})
    ElementTree.SubElement(root, "link", {"rel": "alternate", "href": f"{base}index.html"})
    for info in infos:
        package = packages()[info.name]
        own = info.descriptor.get("created")
        dated = own or updated
        entry = _entry(root, f"release:{info.name}:{info.version}", f"{package.title} {info.version} · {package.title_en} {info.version}",
                       f"{base}package/{info.name}.html#changes", dated)  # fmt: skip
        _text(entry, "summary", _newest(info.changelog) or package.description_zh)
        for finding in _new(info, package.reports.get("kind"), findings, reports):
            report = reports[finding["report_id"]]
            title = f"{report['institution']} {report['fiscal_year']}：{finding['rule_id']}"
            href = f"{base}report/{finding['report_id']}.html#f-{finding['finding_id']}"
            entry = _entry(root, f"finding:{finding['finding_id']}", title, href, dated)
            _text(entry, "summary", f"{finding['message_zh']} {finding['message_en']}")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _new(
    info: PackageInfo, kind: Any, findings: Sequence[Mapping[str, Any]], reports: Mapping[str, Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """The causes at severity error that the newest release has and the one before had not."""
    if kind is None:
        return
    added = (info.diff or {}).get("changes", {}).get("findings", {}).get("added", [])
    fresh = {key["finding_id"] for key in added if "finding_id" in key} if (info.diff or {}).get("from") else None
    told = 0
    for finding in findings:
        if told == _FINDINGS:
            return
        if reports[finding["report_id"]]["kind"] == kind and (fresh is None or finding["finding_id"] in fresh):
            told += 1
            yield finding


def _newest(changelog: str) -> str:
    """The lines of the newest entry of a change log."""
    newest = changelog.partition("\n## ")[2].partition("\n## ")[0]
    return "\n".join(line.removeprefix("- ") for line in newest.splitlines()[1:] if line.strip()).replace("`", "")


def _entry(root: ElementTree.Element, key: str, title: str, href: str, updated: str) -> ElementTree.Element:
    entry = ElementTree.SubElement(root, "entry")
    _text(entry, "id", f"urn:x-mingzhang:{key}")
    _text(entry, "title", title)
    ElementTree.SubElement(entry, "link", {"href": href})
    _text(entry, "updated", updated)
    return entry


def _text(above: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(above, name).text = text


def _date(created: datetime | None) -> str:
    return f"{(created or _UNDATED).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
