"""Writes the whole portal into an empty folder.

The folder is called ``site`` and stands beside the packages: downloads are reached as
``../<package>/<version>/<path>``. Same input, same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from pipelines.forms import forms
from pipelines.publish.catalogue import schema_org_report
from pipelines.publish.citation import of_report
from pipelines.publish.contents import figures
from pipelines.publish.headline import MEASURES, Headline, headlines
from pipelines.publish.open_cells import units_of
from pipelines.publish.site import compare
from pipelines.publish.site.cells import Sheets, both
from pipelines.publish.site.feed import FEED, feed
from pipelines.publish.site.packages import PackageInfo, package_context
from pipelines.publish.site.quarantine import quarantine_context
from pipelines.publish.site.render import page
from pipelines.publish.site.reports import Places, report_context
from pipelines.publish.site.rules import rules_context
from pipelines.publish.site.severity import GROUPS, NONE, Count, counted, ordered
from pipelines.publish.site.shards import FindingShards, search_index
from pipelines.publish.site.sql import write_sql_page
from pipelines.publish.site.summary import summary
from pipelines.schema import packages, resources

HERE = "pipelines.publish.site"
_FOLDERS = ("assets", "data", "function", "institution", "package", "region", "report", "vendor")


def build_site(
    folder: Path,
    frames: Mapping[str, pl.DataFrame],
    infos: Sequence[PackageInfo],
    created: datetime | None,
    refused: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write every page of the portal into ``folder``, which is empty or does not exist yet.

    ``frames``: all published frames by name of their resource. ``infos``: the newest release of each package.
    ``created``: when the data were released; None leaves the date out. ``refused``: the entries of ``quarantine.json``.
    Raises ``OSError``.
    """
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    held = dict(frames) | {"findings": ordered(frames["findings"])}
    counts = counted(held["findings"], "report_id")
    date = _day(created)
    reports = held["reports"].sort("report_id").to_dicts()
    _copy_assets(folder)
    lines = headlines(held)
    _write_reports(folder, held, reports, counts, lines, releases_of_kinds(infos), created)
    for name, own in compare.institutions(lines).items():
        _write(folder / "institution" / f"{name}.html", "institution.html", "../", date, counts=counts, zero=NONE, **compare.institution_context(own))
    listed = []
    for code, context in compare.function_pages(held, lines):
        listed.append((code, context["name"], context["count"]))
        _write(folder / "function" / f"{code}.html", "function.html", "../", date, **context)
    _write(folder / "functions.html", "functions.html", "", date, classes=compare.function_index(listed))
    (folder / "data" / "search.js").write_bytes(search_index(reports, held, listed, _pages(held, infos)))
    for info in infos:
        _write(folder / "package" / f"{info.name}.html", "package.html", "../", date, **package_context(info, held))
    provinces = _provinces(held, reports, counts)
    for province in provinces:
        own = [lines[report["report_id"]] for report in province["all"]]
        _write(
            folder / "region" / f"{province['code']}.html", "region.html", "../", date, province=province, counts=counts, zero=NONE,
            rankings=compare.rankings(own), lines=lines, figure=compare.figure, measures=MEASURES,
        )  # fmt: skip
    _write(folder / "rules.html", "rules.html", "", date, **rules_context(held))
    _write(folder / "quarantine.html", "quarantine.html", "", date, **quarantine_context(refused))
    _write(folder / "findings.html", "findings.html", "", date)
    by_id = {report["report_id"]: report for report in reports}
    errors = held["findings"].filter((pl.col("severity") == "error") & pl.col("cause")).to_dicts()
    (folder / FEED).write_bytes(feed(infos, errors, by_id, created))
    write_sql_page(folder, [info.name for info in infos], date)
    _write(folder / "index.html", "index.html", "", date, **_home(held, reports, infos, provinces, sum(counts.values(), NONE), lines))


def _day(created: datetime | None) -> str | None:
    return f"{created.astimezone(UTC):%Y-%m-%d}" if created else None


def releases_of_kinds(infos: Sequence[PackageInfo]) -> dict[str, tuple[str, str]]:
    """Kind of report → name and version of the package that holds its official tables."""
    held = [(packages()[info.name], info) for info in infos]
    return {
        str(package.reports["kind"]): (info.name, info.version)
        for package, info in held
        if info.has_takeaway and "kind" in package.reports and set(forms()) <= set(package.resources)
    }


def _write(path: Path, template: str, root: str, date: str | None, **context: Any) -> None:
    path.write_bytes(page(template, root=root, date=date, **context))


def _copy_assets(folder: Path) -> None:
    """The style sheet, the script, and the libraries that stand in ``vendor/`` (see its lock file)."""
    for name in ("assets", "vendor"):
        with as_file(files(HERE) / name) as source:
            for path in sorted(source.glob("*")) if source.is_dir() else ():
                shutil.copyfile(path, folder / name / path.name)


# --- reports ------------------------------------------------------------------------------------------------------


def _write_reports(
    folder: Path, frames: Mapping[str, pl.DataFrame], reports: Sequence[dict[str, Any]], counts: Mapping[str, Count],
    lines: Mapping[str, Headline], releases: Mapping[str, tuple[str, str]], created: datetime | None,
) -> None:  # fmt: skip
    """The page of every report, and the findings by year (both need to know which rows the pages have)."""
    date = _day(created)
    rules = {row["rule_id"]: row for row in frames["rules"].iter_rows(named=True)}
    shards = FindingShards(frames["rules"])
    sources: dict[str, list[dict[str, Any]]] = {}
    for row in frames["sources"].iter_rows(named=True) if "sources" in frames else ():
        sources.setdefault(row["report_id"], []).append(row)
    for context in report_pages(frames, reports):
        for finding in context["findings"]:
            rule = rules[finding["rule_id"]]
            finding["rule"] = both(rule["title_zh"], rule["title_en"])
        report = context["report"]
        context["sources"] = sources.get(report["report_id"], [])
        context["count"] = counts.get(report["report_id"], NONE)
        context["summary"] = summary(lines[report["report_id"]], context["count"])
        release = releases.get(report["kind"])
        context["release"] = "/".join(release) if release else None
        context["citation"] = of_report(report, *release, created) if release else None
        context["json_ld"] = schema_org_report(report, "../../")
        _write(folder / "report" / f"{report['report_id']}.html", "report.html", "../", date, **context)
        shards.add(report, context["findings"])
    shards.write(folder / "data")


def report_pages(frames: Mapping[str, pl.DataFrame], reports: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The contexts of the pages of reports, in the order of ids."""
    sheets = Sheets({name: frame for name, frame in frames.items() if name != "findings"})
    concepts = _concepts(frames)
    findings: dict[str, list[dict[str, Any]]] = {}
    for finding in ordered(frames["findings"]).iter_rows(named=True):
        findings.setdefault(finding["report_id"], []).append(finding)
    by_id = {report["report_id"]: report for report in reports}
    units = units_of(frames)
    bodies: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for report in sorted(reports, key=lambda r: (r["fiscal_year"], r["kind"], r["report_id"])):
        bodies.setdefault(_body(report), []).append(report)
    for report_id, rows in sheets.of_reports([*by_id]):
        places = Places(rows)
        own = findings.get(report_id, [])
        for finding in own:
            finding["anchor"] = places.of(finding["resource"], finding["locator"])
            finding["rank"] = GROUPS.index(finding["group"])
        report = by_id[report_id]
        others = [other for other in bodies[_body(report)] if other is not report]
        yield report_context(report, rows, own, concepts, others, units.get(report_id))


def _pages(frames: Mapping[str, pl.DataFrame], infos: Sequence[PackageInfo]) -> list[tuple[str, str, str]]:
    """Titles that people search for and that are no report: tables, concepts of the narrative, rules."""
    found: dict[str, tuple[str, str, str]] = {}
    for info in sorted(infos, key=lambda info: info.name != "final-accounts"):
        for name in packages()[info.name].resources:
            resource = resources()[name]
            found.setdefault(name, (resource.title, resource.title_en, f"package/{info.name}.html#d-{name}"))
    pages = list(found.values())
    if "statements" in found and "concepts" in frames:
        pages += [(zh, en, found["statements"][2]) for zh, en in frames["concepts"].select("title_zh", "title_en").iter_rows()]
    rules = frames["rules"].sort("rule_id").select("rule_id", "title_zh", "title_en").iter_rows()
    return pages + [(f"{rule} {zh}", f"{rule} {en}", f"rules.html#{rule}") for rule, zh, en in rules]


def _body(report: Mapping[str, Any]) -> tuple[str, str, str]:
    """Who reports: the same over the years."""
    return report["region_code"], report["institution"], report["institution_level"]


def _concepts(frames: Mapping[str, pl.DataFrame]) -> dict[str, Markup]:
    if "concepts" not in frames:
        return {}
    return {c: both(zh, en) for c, zh, en in frames["concepts"].select("concept", "title_zh", "title_en").iter_rows()}


# --- home ---------------------------------------------------------------------------------------------------------


def _provinces(
    frames: Mapping[str, pl.DataFrame], reports: Sequence[dict[str, Any]], counts: Mapping[str, Count]
) -> list[dict[str, Any]]:
    """Reports by province and district, in the order of codes."""
    names = dict(frames["regions"].select("code", "name").iter_rows()) if "regions" in frames else {}
    found: dict[str, list[dict[str, Any]]] = {}
    for report in reports:
        found.setdefault(report["region_code"][:2], []).append(report)
    provinces = []
    for code, own in sorted(found.items()):
        districts: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for report in sorted(own, key=lambda r: (r["region_code"], r["institution"], -r["fiscal_year"], r["report_id"])):
            districts.setdefault((report["region_code"], report["region_name"]), []).append(report)
        provinces.append(
            {
                "code": code, "name": names.get(f"{code}0000", own[0]["region_name"]), "reports": len(own),
                "institutions": len({r["institution"] for r in own}), "years": _span(own),
                "all": own, "count": sum((counts.get(r["report_id"], NONE) for r in own), NONE), "districts": list(districts.items()),
            }
        )  # fmt: skip
    return provinces


def _span(reports: Sequence[dict[str, Any]]) -> str:
    years = sorted({report["fiscal_year"] for report in reports})
    return f"{years[0]}–{years[-1]}" if len(years) > 1 else "".join(map(str, years))


def _home(
    frames: Mapping[str, pl.DataFrame],
    reports: Sequence[dict[str, Any]],
    infos: Sequence[PackageInfo],
    provinces: Sequence[dict[str, Any]],
    count: Count,
    lines: Mapping[str, Headline],
) -> dict[str, Any]:
    newest = sorted(reports, key=lambda r: (-r["fiscal_year"], r["report_id"]))[:10]
    by_report = {name: frame for name, frame in frames.items() if "report_id" in frame.columns}
    names = dict(frames["regions"].select("code", "name").iter_rows()) if "regions" in frames else {}
    return {
        "infos": [(info, packages()[info.name]) for info in infos],
        "provinces": provinces,
        "picture": compare.contents_picture(reports, names),
        "largest": compare.largest(lines),
        "newest": newest,
        "totals": {
            "reports": len(reports),
            "institutions": len({report["institution"] for report in reports}),
            "regions": len({report["region_code"] for report in reports}),
            "years": _span(reports),
            "figures": figures(by_report),
            "count": count,
            "rules": frames["rules"].height,
        },
    }
