"""Reports that other producers printed: LibreOffice from a workbook and a Word file, Chromium from web pages.

``python -m samples.generator producers`` prints them again where both are installed (``soffice``, ``chromium``); their
bytes differ from version to version, so that the files in ``samples/producers`` are kept and not rebuilt. Beside each
stands what its ledger holds (``.csv``), written without any reader.
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import tempfile
from pathlib import Path

from samples.generator import Sample, layout, make_ledger, office, options_for, press, prose
from samples.generator.ledger import AMOUNTS, KEYS

FOLDER = Path(__file__).parent.parent / "producers"
_PRINT = office.Office(for_print=True)
_WUHAN = {"region": "420102", "rows": 18}


def sources() -> dict[str, tuple[office.Kind, office.Office, Sample]]:
    """Name of the printed report → the file that was printed, and the report itself."""

    def sample(style: str, seed: int, institution: str, **options: object) -> Sample:
        return press(style, make_ledger(seed, options_for(style, institution=institution, **options)), layout(style))

    return {
        "wuhan-jiangan-sports-2023-final-libreoffice-calc": (
            "xlsx", _PRINT, sample("national", 31, "示例体育局", carry_over=True, government_fund=True, **_WUHAN),
        ),
        "shanghai-jingan-forestry-2023-final-libreoffice-writer": (
            "docx", _PRINT, sample("shanghai", 32, "示例绿化事务局", region="310106", rows=18, carry_over=True),
        ),
        "wuhan-jiangan-statistics-2023-final-chromium": (
            "html", office.Office(), sample("national", 33, "示例统计局", other_income=True, **_WUHAN),
        ),
        "wuhan-jiangan-statistics-2024-budget-chromium-collapsed": (
            "html", _PRINT, sample("budget-national", 34, "示例统计局", **_WUHAN),
        ),
    }  # fmt: skip


def golden(sample: Sample) -> str:
    """Every figure that the report prints, in 万元: resource, key, column, value."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("resource", "key", "column", "value"))
    for resource, columns in AMOUNTS.items():
        rows = sample.frames[resource].to_dicts()
        for row in sorted(rows, key=lambda row: tuple(str(row[k]) for k in KEYS[resource])):
            key = " ".join(str(row[k]) for k in KEYS[resource])
            writer.writerows((resource, key, c, f"{row[c].normalize():f}") for c in columns if row.get(c) is not None)
    return out.getvalue()


def print_all(folder: Path = FOLDER) -> int:
    """Print every report with its producer, and write what it holds. Gives their number."""
    folder.mkdir(parents=True, exist_ok=True)
    reports = sources()
    for name, (kind, look, sample) in reports.items():
        data = office.render(_to_the_tables(prose.report(sample.ledger, sample.layout)), kind, look)
        with tempfile.TemporaryDirectory() as place:
            made = _printed(Path(place), data, kind)
            shutil.copyfile(made, folder / f"{name}.pdf")
        (folder / f"{name}.csv").write_text(golden(sample), encoding="utf-8")
    return len(reports)


def _to_the_tables(blocks: list[prose.Block]) -> list[prose.Block]:
    """Without the narrative: it is the tables that producers draw each in their way."""
    tables = prose.tables_of(blocks)
    return blocks[: next(i for i, b in enumerate(blocks) if b is tables[-1]) + 1]


def _printed(place: Path, data: bytes, kind: office.Kind) -> Path:
    source, made = place / f"report.{kind}", place / "report.pdf"
    source.write_bytes(data)
    if kind == "html":
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", "--disable-pdf-tagging", f"--user-data-dir={place}/profile"]
        command = ["chromium", *options, f"--print-to-pdf={made}", source.as_uri()]
    else:
        command = ["soffice", f"-env:UserInstallation=file://{place}/profile", "--headless", "--convert-to", "pdf", "--outdir", str(place), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return made
