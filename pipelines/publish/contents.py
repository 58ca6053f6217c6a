"""What goes into each package: the frames, checked against their declarations and shared out by report.

Checks here are of form (types, keys, references, personal data). Whether the figures are right was judged
before, in ``quality``.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines import personal
from pipelines.publish.errors import PublishError
from pipelines.quality import findings as found
from pipelines.schema import Package, SchemaError, packages, resources

Frames = dict[str, pl.DataFrame]

_SHOWN = 20


def published_resources() -> list[str]:
    """Every resource that some package holds, in the order of declaration."""
    held = {name for package in packages().values() for name in package.resources}
    return [name for name in resources() if name in held]


def checked(frames: Mapping[str, pl.DataFrame]) -> Frames:
    """The frames in declared shape and in a stable order. Raises ``PublishError`` with all that is wrong."""
    expected = published_resources()
    problems = [f"no frame for {name}" for name in expected if name not in frames]
    problems += [f"a frame that no package holds: {name}" for name in frames if name not in expected]
    conformed: Frames = {}
    for name in expected:
        if name not in frames:
            continue
        try:
            conformed[name] = _stable(resources()[name].conform(frames[name]))
        except SchemaError as error:
            problems.append(str(error))
    stop_if(problems)
    conformed = without_personal_data(conformed)
    for name, frame in conformed.items():
        problems += resources()[name].violations(frame)
    problems += broken_references(conformed)
    stop_if(problems)
    return conformed


def without_personal_data(frames: Frames) -> Frames:
    """The proof that no text holds personal data: a cell that does is withheld, and a finding of its report says so."""
    shown, told = dict(frames), []
    for name, frame in frames.items():
        shown[name], hits = personal.guard(frame, name)
        if not hits or name == "findings" or not ({"report_id"} & set(frame.columns)):
            continue
        for (report_id,), rows in frame.group_by("report_id", maintain_order=True):
            told += [found.of_notice(str(report_id), notice, "info") for notice in personal.guard(rows, name)[1]]
    if told:
        added = found.frame(told).join(shown["findings"], on="finding_id", how="anti")
        shown["findings"] = _stable(pl.concat([shown["findings"], added]))
        counts = shown["findings"].group_by("report_id").len("finding_count").cast({"finding_count": pl.Int64})
        shown["reports"] = shown["reports"].drop("finding_count").join(
            counts, on="report_id", how="left", maintain_order="left"
        ).with_columns(pl.col("finding_count").fill_null(0)).select(shown["reports"].columns)
    return shown


def stop_if(problems: list[str]) -> None:
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise PublishError("nothing was published:\n  " + "\n  ".join(problems[:_SHOWN] + more))


def broken_references(frames: Frames) -> list[str]:
    """Foreign keys without their row, one sentence each."""
    problems = []
    for name, frame in frames.items():
        for key in resources()[name].foreign_keys:
            target = frames[key.resource or name].select(key.reference)
            # A key with a null in it refers to nothing.
            orphans = (
                frame.select(key.fields)
                .drop_nulls()
                .join(target, left_on=key.fields, right_on=key.reference, how="anti")
            )
            if orphans.height:
                problems.append(
                    f"{name}: {orphans.height} rows refer to no row of {key.resource or name}, "
                    f"first {orphans.row(0, named=True)}"
                )
    return problems


def _stable(frame: pl.DataFrame) -> pl.DataFrame:
    """Reports in order of their ids, rows of a report as they are printed: the pool's order does not show."""
    return frame.sort("report_id", maintain_order=True) if "report_id" in frame.columns else frame


def package_frames(package: Package, frames: Frames) -> Frames:
    """The frames of one package: its reports' rows, and the catalogues whole."""
    reports = frames["reports"]
    for column, value in package.reports.items():
        reports = reports.filter(pl.col(column) == value)
    if package.holding:
        reports = reports.join(frames[package.holding], on="report_id", how="semi", maintain_order="left")
    ids = reports.select("report_id")
    held = {
        name: frames[name].join(ids, on="report_id", how="semi", maintain_order="left")
        if resources()[name].by_report
        else frames[name]
        for name in package.resources
    }
    for name, condition in package.rows.items():
        held[name] = held[name].filter(pl.sql_expr(condition))
    return held


def figures(frames: Frames) -> int:
    """How many figures of money (non-null cells) the frames hold."""
    return sum(
        frame.height - frame[amount.name].null_count()
        for name, frame in frames.items()
        for amount in resources()[name].amounts
    )
