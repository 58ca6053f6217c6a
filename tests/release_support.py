"""A release of three generated reports, for the tests that look at the files of a release."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl

from pipelines import joining, run
from pipelines.publish.contents import checked, package_frames
from pipelines.publish.database import DATABASE, build_database
from pipelines.publish.descriptor import write_package
from pipelines.quality.catalogue import published
from pipelines.schema import codes, packages, resources
from tests.support import ROOT

VERSION = "1.2.0"
SAMPLES = (
    "wuhan-jiangan-civic-2023-final-national.pdf",
    "wuhan-jiangan-water-2023-final-planted.pdf",
    "shanghai-jingan-culture-2024-budget-shanghai.pdf",
)


@cache
def sample_frames() -> dict[str, pl.DataFrame]:
    """What is published of two final accounts and a budget.

    The findings are made here, not judged: Great Expectations takes longer to load than all the rest.
    """
    read, refused = run.read_files([ROOT / "samples" / "reports" / name for name in SAMPLES], jobs=1)
    assert not refused
    frames = dict(joining.join(read).frames)
    frames["findings"] = _findings(frames["reports"]["report_id"].to_list())
    frames["rules"] = published()
    for package in packages().values():
        frames |= {name: codes(name) for name in package.resources if name not in frames}
    return checked(frames)


def _findings(reports: list[str]) -> pl.DataFrame:
    """Two findings for each report: one with exact figures, one of words alone."""
    declared = resources()["findings"]
    blank = dict.fromkeys(declared.names) | {"source_no": 1}
    rows = []
    for number, report in enumerate(reports):
        rows.append(
            blank | {
                "finding_id": f"{number:08d}e0000001", "report_id": report, "rule_id": "T01.1", "severity": "error",
                "resource": "expenditure_by_function", "locator": "201", "expected": "-0.5", "actual": "0.01",
                "difference": Decimal("0.51"), "tolerance": Decimal("0.000003"), "page": 3, "line": 9,
                "message_zh": "合计应为-0.5，印为0.01。", "message_en": "The total is printed otherwise.",
            }
        )  # fmt: skip
        rows.append(
            blank | {
                "finding_id": f"{number:08d}abcdef01", "report_id": report, "rule_id": "D07", "severity": "warning",
                "expected": "=无", "message_zh": "缺少说明。", "message_en": "A note is missing.",
            }
        )  # fmt: skip
    about_forms = {
        "finding_id": "0" * 7 + "1f00000001", "report_id": reports[0], "rule_id": "P01.1", "severity": "error",
        "resource": "evaluations", "locator": "evaluation_no=1", "difference": Decimal("0.5"), "line": 3, "source_no": 1,
        "message_zh": "执行率有误。", "message_en": "The rate is printed otherwise.",
    }  # fmt: skip
    rows.append(blank | about_forms)
    return declared.conform(pl.DataFrame(rows, schema=declared.polars_schema()))


def sample_release(out: Path) -> Path:
    """Every package in the folder as one version, and the database beside them."""
    frames = sample_frames()
    for name, package in packages().items():
        extra = {"CHANGELOG.md": "# 变更 Changes\n".encode(), "diff.json": b"{}\n"}
        write_package(out / name / VERSION, package, VERSION, None, package_frames(package, frames), extra, "")
    build_database(out / DATABASE, frames)
    return out
