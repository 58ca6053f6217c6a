"""What a portal harvests: DCAT 3 as JSON-LD, schema.org for web pages, and a payload for CKAN.

Everything is derived from the ``datapackage.json`` of the releases, so that a catalogue can be made from what
stands in an output folder. Links are relative to that folder; with a base address they are absolute.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines.publish.errors import PublishError
from pipelines.publish.files import json_bytes
from pipelines.publish.places import CATALOGUE, DESCRIPTOR, DICTIONARY, LICENSE, PUBLISHER, README
from pipelines.schema import Package, Resource, packages, resources

BASE_URL = "MINGZHANG_BASE_URL"

TITLE = {"zh": "明账：部门预决算公开数据", "en": "Mingzhang: open data of Chinese department budgets and final accounts"}
DESCRIPTION = {
    "zh": "把政府部门预算、决算公开报告变成经过验证、逐数可溯源的开放数据。",
    "en": "Budget and final-account disclosures of Chinese government departments as proven open data.",
}
_KEYWORDS = {"zh": ("财政信息公开", "政府开放数据"), "en": ("budget transparency", "open government data", "China")}

Descriptor = Mapping[str, Any]

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_THEMES = {
    "http://publications.europa.eu/resource/authority/data-theme/GOVE": ("政府与公共部门", "Government and public sector"),
    "http://publications.europa.eu/resource/authority/data-theme/ECON": ("经济与财政", "Economy and finance"),
}
_LANGUAGES = (
    "http://publications.europa.eu/resource/authority/language/ZHO",
    "http://publications.europa.eu/resource/authority/language/ENG",
)
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
_FORMS = {"-parquet": "Parquet", "-excel": "Excel", "-xlsx": "XLSX"}
_FORMATS = {
    "text/csv": "CSV",
    "application/vnd.apache.parquet": "PARQUET",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
}
_DOCUMENTS = {
    ".md": ("Markdown", "text/markdown"),
    ".json": ("JSON", "application/json"),
    ".sql": ("SQL", "application/sql"),
}


# --- What the catalogue is made from -------------------------------------------------------------------------


def read_descriptors(out: Path) -> dict[str, list[dict[str, Any]]]:
    """The descriptors of the releases that stand in an output folder: package → versions, oldest first.

    Raises ``PublishError`` naming the release whose descriptor is missing or no descriptor of it.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for name in packages():
        folders = [path for path in (out / name).glob("*") if _VERSION.fullmatch(path.name)]
        folders.sort(key=lambda path: _order(path.name))
        if folders:
            found[name] = [_read_descriptor(folder) for folder in folders]
    return found


def _read_descriptor(folder: Path) -> dict[str, Any]:
    try:
        descriptor = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
        if (descriptor["name"], descriptor["version"]) == (folder.parent.name, folder.name):
            return dict(descriptor)
        trouble = f"calls itself {descriptor['name']} {descriptor['version']}"
    except FileNotFoundError:
        trouble = "is missing"
    except (OSError, ValueError, KeyError, TypeError) as error:
        trouble = f"cannot be read ({str(error).splitlines()[0]})"
    raise PublishError(
        f"the release {folder.parent.name} {folder.name} in {folder.parent} is damaged: {DESCRIPTOR} {trouble};"
        f" nothing was published. `mingzhang verify --repair {folder.parent.parent}` mends what can be proven"
    )


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def base_address(given: str | None = None) -> str:
    """Where the output folder is published: what is given, or ``MINGZHANG_BASE_URL``; "" when neither is.

    Ends with a slash. Raises ``PublishError`` when it is no http(s) address.
    """
    address = os.environ.get(BASE_URL, "") if given is None else given
    if not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise PublishError(f"{BASE_URL} {address!r} is not an http(s) address of a folder")
    return address if address.endswith("/") else f"{address}/"


def _folder(descriptor: Descriptor) -> str:
    return f"{descriptor['name']}/{descriptor['version']}/"


def _texts(descriptor: Descriptor) -> tuple[dict[str, str], dict[str, str]]:
    """Title and description in both languages, from the declaration."""
    package: Package = packages()[descriptor["name"]]
    return (
        {"zh": package.title, "en": package.title_en},
        {"zh": package.description_zh, "en": package.description},
    )


def _form(descriptor: Descriptor, resource: Descriptor) -> tuple[dict[str, str], Resource | None]:
    """Title of one file in both languages, and the declared resource that it holds."""
    name, form = resource["name"], "CSV"
    for suffix, label in _FORMS.items():
        if name.endswith(suffix):
            name, form = name.removesuffix(suffix), label
    if name == descriptor["name"]:
        return {language: f"{text} ({form})" for language, text in _texts(descriptor)[0].items()}, None
    declared = resources().get(name)
    if declared is None:
        # Of an older version: what is declared no longer speaks for itself.
        return {"zh": resource["title"]}, None
    return {"zh": f"{declared.title} ({form})", "en": f"{declared.title_en} ({form})"}, declared


def _keywords(descriptor: Descriptor) -> dict[str, list[str]]:
    """The general ones, and the official tables that the package holds under the names people search for."""
    package = packages()[descriptor["name"]]
    kind = package.reports.get("kind")
    views = [resources()[name].views.get(kind, "") for name in package.resources] if kind else []
    return {
        "zh": [package.title, *_KEYWORDS["zh"], *dict.fromkeys(view for view in views if view)],
        "en": [package.title_en, *_KEYWORDS["en"]],
    }


def _years(descriptor: Descriptor) -> tuple[int, int] | None:
    years = descriptor.get("coverage", {}).get("fiscalYears")
    return (years[0], years[-1]) if years else None


def _regions(descriptor: Descriptor) -> list[Descriptor]:
    return list(descriptor.get("coverage", {}).get("regions", ()))


def _digest(resource: Descriptor) -> str:
    return str(resource["hash"]).removeprefix("sha256:")


# --- DCAT 3 -----------------------------------------------------------------------------------------------------


def catalogue_files(
    releases: Mapping[str, Sequence[Descriptor]], base_url: str | None = None
) -> dict[str, bytes]:
    """The files for the top of the output folder: ``catalog.jsonld``.

    ``releases``: package → descriptors of its versions, oldest first (``read_descriptors`` of the folder, with
    those of a release that is being made added). Relative links are relative to the file itself.
    """
    return {CATALOGUE: json_bytes(dcat(releases, base_url))}


def dcat(releases: Mapping[str, Sequence[Descriptor]], base_url: str | None = None) -> dict[str, Any]:
    """A ``dcat:Catalog`` with one ``dcat:Dataset`` per package: the newest version, and links to the others.

    The versions are ``dcat:Resource`` and no datasets of their own, so that a harvester takes in each package
    once. Dates stand only where the releases state one.
    """
    base = base_address(base_url)
    catalogue: dict[str, Any] = {
        "@context": _CONTEXT,
        "@id": f"{base}{CATALOGUE}#catalogue",
        "@type": "dcat:Catalog",
        "dcterms:title": _languages(TITLE),
        "dcterms:description": _languages(DESCRIPTION),
        "dcterms:publisher": _publisher(),
        "dcterms:license": _licence(),
        "dcterms:language": [_typed(iri, "dcterms:LinguisticSystem") for iri in _LANGUAGES],
        "dcat:themeTaxonomy": _concept_scheme(),
    }
    dated = [d["created"] for versions in releases.values() for d in versions if "created" in d]
    if dated:
        catalogue |= {"dcterms:issued": _moment(min(dated)), "dcterms:modified": _moment(max(dated))}
    catalogue["dcat:dataset"] = [_dataset(versions, base) for versions in releases.values() if versions]
    return catalogue


def _dataset(versions: Sequence[Descriptor], base: str) -> dict[str, Any]:
    newest = versions[-1]
    title, description = _texts(newest)
    folder = f"{base}{_folder(newest)}"
    dataset: dict[str, Any] = {
        "@id": f"{base}{newest['name']}/",
        "@type": "dcat:Dataset",
        "dcterms:identifier": newest["name"],
        "dcterms:title": _languages(title),
        "dcterms:description": _languages(description),
        "dcat:keyword": [
            {"@value": word, "@language": language} for language, words in _keywords(newest).items() for word in words
        ],
        "dcat:theme": [_theme(iri) for iri in _THEMES],
        "dcterms:publisher": _publisher(),
        "dcterms:license": _licence(),
        "dcterms:language": [_typed(iri, "dcterms:LinguisticSystem") for iri in _LANGUAGES],
        "dcat:landingPage": _typed(f"{folder}{README}", "foaf:Document"),
        "foaf:page": [_typed(f"{folder}{name}", "foaf:Document") for name in (DICTIONARY, DESCRIPTOR)],
        "dcat:version": newest["version"],
    }
    dates = [d["created"] for d in versions if "created" in d]
    if dates:
        dataset |= {"dcterms:issued": _moment(dates[0]), "dcterms:modified": _moment(dates[-1])}
    if years := _years(newest):
        dataset["dcterms:temporal"] = {
            "@type": "dcterms:PeriodOfTime",
            "dcat:startDate": {"@value": f"{years[0]}-01-01", "@type": "xsd:date"},
            "dcat:endDate": {"@value": f"{years[1]}-12-31", "@type": "xsd:date"},
        }
    if regions := _regions(newest):
        dataset["dcterms:spatial"] = [_place(region) for region in regions]
    dataset["dcat:hasCurrentVersion"] = {"@id": folder}
    dataset["dcat:hasVersion"] = [_version(versions, index, base) for index in range(len(versions))]
    dataset["dcat:distribution"] = [_distribution(newest, file, folder) for file in newest["resources"]]
    return dataset


def _version(versions: Sequence[Descriptor], index: int, base: str) -> dict[str, Any]:
    descriptor = versions[index]
    title, _ = _texts(descriptor)
    folder = f"{base}{_folder(descriptor)}"
    version: dict[str, Any] = {
        "@id": folder,
        "@type": "dcat:Resource",
        "dcterms:title": _languages({language: f"{text} {descriptor['version']}" for language, text in title.items()}),
        "dcterms:description": _languages(_texts(descriptor)[1]),
        "dcat:version": descriptor["version"],
        "dcat:isVersionOf": {"@id": f"{base}{descriptor['name']}/"},
        "dcat:landingPage": _typed(f"{folder}{README}", "foaf:Document"),
    }
    if "created" in descriptor:
        version["dcterms:issued"] = _moment(descriptor["created"])
    if index:
        version["dcat:previousVersion"] = {"@id": f"{base}{_folder(versions[index - 1])}"}
    return version


def _distribution(descriptor: Descriptor, file: Descriptor, folder: str) -> dict[str, Any]:
    title, declared = _form(descriptor, file)
    description = {"en": declared.description} if declared else {}
    if file["name"].endswith(("-excel", "-xlsx")):
        description = {"zh": file["description"]}
    url = f"{folder}{file['path']}"
    distribution: dict[str, Any] = {
        "@id": f"{url}#distribution",
        "@type": "dcat:Distribution",
        "dcterms:identifier": file["name"],
        "dcterms:title": _languages(title),
    }
    if description:
        distribution["dcterms:description"] = _languages(description)
    return distribution | {
        "dcat:accessURL": {"@id": url},
        "dcat:downloadURL": {"@id": url},
        "dcat:mediaType": _typed(f"{_MEDIA_TYPES}{file['mediatype']}", "dcterms:MediaType"),
        "dcat:byteSize": {"@value": str(file["bytes"]), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": _SHA256, "@type": "spdx:ChecksumAlgorithm"},
            "spdx:checksumValue": {"@value": _digest(file), "@type": "xsd:hexBinary"},
        },
        "dcterms:license": _licence(),
    }


def _languages(texts: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": language} for language, text in texts.items()]


def _typed(iri: str, kind: str) -> dict[str, str]:
    return {"@id": iri, "@type": kind}


def _moment(created: str) -> dict[str, str]:
    return {"@value": created, "@type": "xsd:dateTime"}


def _publisher() -> dict[str, Any]:
    return {"@id": "urn:x-mingzhang:publisher", "@type": "foaf:Agent", "foaf:name": PUBLISHER}


def _licence() -> dict[str, Any]:
    return _typed(LICENSE["path"], "dcterms:LicenseDocument")


def _concept_scheme() -> dict[str, Any]:
    iri = "http://publications.europa.eu/resource/authority/data-theme"
    return {**_typed(iri, "skos:ConceptScheme"), "dcterms:title": _languages({"zh": "数据主题", "en": "Data theme"})}


def _theme(iri: str) -> dict[str, Any]:
    zh, en = _THEMES[iri]
    return {**_typed(iri, "skos:Concept"), "skos:prefLabel": _languages({"zh": zh, "en": en})}


def _place(region: Descriptor) -> dict[str, Any]:
    """A division of GB/T 2260; it has no address of its own on the web."""
    return {
        "@id": f"urn:x-gbt2260:{region['code']}",
        "@type": "dcterms:Location",
        "dcterms:identifier": region["code"],
        "skos:prefLabel": {"@value": region["name"], "@language": "zh"},
    }


# --- schema.org -------------------------------------------------------------------------------------------------


def schema_org(descriptor: Descriptor, base: str = "") -> dict[str, Any]:
    """The schema.org ``Dataset`` of a release for a web page (``<script type="application/ld+json">``).

    ``base`` goes before every link: the address of the output folder, or the way to it from the page
    (``../../``). Nothing is fetched by a browser for it.
    """
    title, description = _texts(descriptor)
    folder = f"{base}{_folder(descriptor)}"
    dataset: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": title["zh"],
        "alternateName": title["en"],
        "description": f"{description['zh']} {description['en']}",
        "identifier": descriptor["name"],
        "url": folder,
        "version": descriptor["version"],
        "license": LICENSE["path"],
        "isAccessibleForFree": True,
        "inLanguage": ["zh", "en"],
        "keywords": [word for words in _keywords(descriptor).values() for word in words],
        "creator": {"@type": "Organization", "name": PUBLISHER},
        "publisher": {"@type": "Organization", "name": PUBLISHER},
        "includedInDataCatalog": {"@type": "DataCatalog", "name": TITLE["zh"], "url": f"{base}{CATALOGUE}"},
    }
    if "created" in descriptor:
        dataset["dateModified"] = descriptor["created"]
    if years := _years(descriptor):
        dataset["temporalCoverage"] = f"{years[0]}-01-01/{years[1]}-12-31"
    if regions := _regions(descriptor):
        dataset["spatialCoverage"] = [
            {"@type": "Place", "name": region["name"], "identifier": region["code"]} for region in regions
        ]
    if measured := _measured(descriptor):
        dataset["variableMeasured"] = measured
    dataset["distribution"] = [
        {
            "@type": "DataDownload",
            "name": _form(descriptor, file)[0]["zh"],
            "encodingFormat": file["mediatype"],
            "contentUrl": f"{folder}{file['path']}",
            "contentSize": f"{file['bytes']} B",
            "sha256": _digest(file),
        }
        for file in descriptor["resources"]
    ]
    return dataset


def schema_org_site(base: str = "") -> dict[str, Any]:
    """The schema.org ``Dataset`` of everything that is published, with the packages as its parts."""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": TITLE["zh"],
        "alternateName": TITLE["en"],
        "description": f"{DESCRIPTION['zh']} {DESCRIPTION['en']}",
        "url": f"{base}site/index.html",
        "license": LICENSE["path"],
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": PUBLISHER},
        "hasPart": [
            {"@type": "Dataset", "name": package.title, "url": f"{base}site/package/{name}.html"}
            for name, package in packages().items()
        ],
    }


def schema_org_report(report: Mapping[str, Any], base: str = "") -> dict[str, Any]:
    """The schema.org ``Dataset`` of one report (a row of ``reports``): what its page shows."""
    kind = resources()["reports"].field("kind").labels.get(report["kind"], report["kind"])
    year = report["fiscal_year"]
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": f"{report['institution']}{year}年{kind}",
        "description": f"{report['institution']} {year} {kind}：法定公开表、情况说明和核查发现。"
        "Official tables, stated figures and findings of one disclosure report.",
        "identifier": report["report_id"],
        "url": f"{base}site/report/{report['report_id']}.html",
        "license": LICENSE["path"],
        "isAccessibleForFree": True,
        "isBasedOn": report["source_file"],
        "temporalCoverage": f"{year}-01-01/{year}-12-31",
        "spatialCoverage": {"@type": "Place", "name": report["region_name"], "identifier": report["region_code"]},
        "creator": {"@type": "Organization", "name": PUBLISHER},
        "includedInDataCatalog": {"@type": "DataCatalog", "name": TITLE["zh"], "url": f"{base}{CATALOGUE}"},
    }


def _measured(descriptor: Descriptor) -> list[dict[str, str]]:
    """The figures of money and the percentages, each name once."""
    measured: dict[tuple[str, str], dict[str, str]] = {}
    for file in descriptor["resources"]:
        declared = resources().get(file["name"])
        for field in declared.fields if declared else ():
            if field.unit:
                measured.setdefault(
                    (field.title, field.unit),
                    {
                        "@type": "PropertyValue",
                        "name": field.title,
                        "alternateName": field.name,
                        "description": field.description,
                        "unitText": field.unit,
                    },
                )
    return list(measured.values())


# --- CKAN -------------------------------------------------------------------------------------------------------


def ckan_payload(
    descriptor: Descriptor, documents: Mapping[str, tuple[int, str]] | None = None, base_url: str | None = None
) -> dict[str, Any]:
    """What CKAN's ``package_create`` takes for a release.

    ``documents``: bytes and SHA-256 of the files that are no data, by path. A portal adds its ``owner_org``.
    """
    folder = f"{base_address(base_url)}{_folder(descriptor)}"
    title, description = _texts(descriptor)
    return {
        "name": f"mingzhang-{descriptor['name']}",
        "title": f"{title['zh']} {title['en']}",
        "notes": f"{description['zh']}\n\n{description['en']}",
        "private": False,
        "state": "active",
        "url": folder,
        "version": descriptor["version"],
        "license_id": LICENSE["name"],
        "license_title": LICENSE["title"],
        "license_url": LICENSE["path"],
        "author": PUBLISHER,
        "maintainer": PUBLISHER,
        "tags": [{"name": _tag(word)} for words in _keywords(descriptor).values() for word in words],
        "extras": [{"key": key, "value": value} for key, value in _extras(descriptor).items()],
        "resources": [
            *(_ckan_resource(descriptor, file, folder) for file in descriptor["resources"]),
            *(_ckan_document(path, size, digest, folder) for path, (size, digest) in (documents or {}).items()),
        ],
    }


def _tag(word: str) -> str:
    """A tag as CKAN allows it: letters, digits, blanks and ``-_.``."""
    return re.sub(r"[^\w .-]", "", word)[:100]


def _extras(descriptor: Descriptor) -> dict[str, str]:
    extras = {"language": "zh, en"}
    if "created" in descriptor:
        extras["modified"] = descriptor["created"]
    if years := _years(descriptor):
        extras |= {"temporal_start": f"{years[0]}-01-01", "temporal_end": f"{years[1]}-12-31"}
    if regions := _regions(descriptor):
        extras["spatial_text"] = "、".join(region["name"] for region in regions)
        extras["spatial_codes"] = ", ".join(f"GB/T 2260: {region['code']}" for region in regions)
    if "coverage" in descriptor:
        extras["reports"] = str(descriptor["coverage"]["reports"])
    return extras


def _ckan_resource(descriptor: Descriptor, file: Descriptor, folder: str) -> dict[str, Any]:
    title, _ = _form(descriptor, file)
    return {
        "name": " ".join(title.values()),
        "description": file["description"],
        "url": f"{folder}{file['path']}",
        "format": _FORMATS.get(file["mediatype"], ""),
        "mimetype": file["mediatype"],
        "size": file["bytes"],
        "hash": file["hash"],
    }


def _ckan_document(path: str, size: int, digest: str, folder: str) -> dict[str, Any]:
    label, mediatype = _DOCUMENTS.get(Path(path).suffix, ("", "application/octet-stream"))
    return {
        "name": path,
        "description": "",
        "url": f"{folder}{path}",
        "format": label,
        "mimetype": mediatype,
        "size": size,
        "hash": f"sha256:{digest}",
    }
