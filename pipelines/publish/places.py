"""Where the files of a release stand, and who publishes them under which licence. No logic."""

from __future__ import annotations

DESCRIPTOR = "datapackage.json"
SITE = "site"
README = "README.md"
DICTIONARY = "DATA_DICTIONARY.md"
EXAMPLES = "examples.sql"
CKAN = "ckan.json"
CHECKSUMS = "SHA256SUMS"
CATALOGUE = "catalog.jsonld"
"""At the top of the output folder."""
PUBLISHER = "明账 Mingzhang"
LICENSE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0 International",
}


def csv_path(resource: str) -> str:
    return f"data/{resource}.csv"


def parquet_path(resource: str) -> str:
    return f"data/{resource}.parquet"


def excel_path(resource: str) -> str:
    return f"excel/{resource}.csv"


def workbook_path(package: str) -> str:
    return f"{package}.xlsx"


def lists_path(package: str) -> str:
    """The workbook of the code lists and catalogues of a package with reports."""
    return f"{package}-classifications.xlsx"


def report_workbook_path(report_id: str) -> str:
    """A report as a workbook that looks like the official forms."""
    return f"reports/{report_id}.xlsx"


def report_archive_path(report_id: str) -> str:
    """A report's rows, its workbook and how to cite it."""
    return f"reports/{report_id}.zip"


def archive_path(package: str, version: str) -> str:
    """The release as one file."""
    return f"{package}-{version}.zip"
