"""One cause, one finding: findings that the change of one printed figure would settle stand in one cluster.

Two findings have one cause where they compare a common figure (same place, same value) and are off by the same
amount. In each cluster the finding that is judged at that figure is the cause, the others are its consequences.
Nothing is hidden or re-judged here; a finding that shares its cause with no other is its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from pipelines.quality.terms import KEY

Place = tuple[str, int | None, int | None, int]
"""Resource, page, line and value of a printed figure."""


def clustered(findings: pl.DataFrame, reconciliations: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """The findings with ``cluster`` (the identifier of its cause) and ``is_cause``."""
    figures = _figures(reconciliations, terms)
    groups = _Groups(findings.get_column("finding_id"))
    own: dict[str, set[Place]] = {}
    by_figure: dict[tuple[str, Place], list[tuple[str, int, int]]] = defaultdict(list)
    for one in findings.iter_rows(named=True):
        known = figures.get(_place(one), [])
        own[one["finding_id"]] = {place for places, _, _ in known for place in places}
        for places, gap, tolerance in known:
            for place in places:
                by_figure[one["report_id"], place].append((one["finding_id"], gap, tolerance))
    for (_, place), members in by_figure.items():
        for (first, gap, allowed), (other, another, more) in zip(members, members[1:], strict=False):
            if place[3] and abs(abs(gap) - abs(another)) <= allowed + more:
                groups.join(first, other)
    causes = _causes(findings, groups, own)
    ids = findings.get_column("finding_id").to_list()
    return findings.with_columns(
        pl.Series("cluster", [causes[groups.root(i)] for i in ids], dtype=pl.String),
        pl.Series("is_cause", [causes[groups.root(i)] == i for i in ids], dtype=pl.Boolean),
    )


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["report_id"], row["rule_id"], row["resource"], row["page"], row["line"]


def _figures(reconciliations: pl.DataFrame, terms: pl.DataFrame) -> dict[tuple[Any, ...], list[tuple[list[Place], int, int]]]:
    """By the place of a finding: the figures that a failed comparison holds, how far it is off, and its tolerance."""
    failed = reconciliations.filter((pl.col("verdict") == "fail") & pl.col("difference").is_not_null())
    cells: dict[tuple[Any, ...], list[Place]] = defaultdict(list)
    wanted = terms.join(failed.select(KEY), on=KEY, how="semi").filter(pl.col("value").is_not_null())
    for term in wanted.iter_rows(named=True):
        cells[tuple(term[name] for name in KEY)].append((term["source"] or term["resource"], term["page"], term["line"], term["value"]))
    found: dict[tuple[Any, ...], list[tuple[list[Place], int, int]]] = defaultdict(list)
    for row in failed.iter_rows(named=True):
        places = cells.get(tuple(row[name] for name in KEY)) or _two(row)
        if places:
            found[_place(row)].append((places, row["difference"], row["tolerance"] or 0))
    return found


def _two(row: Mapping[str, Any]) -> list[Place]:
    """The two figures of a comparison that is no sum of cells."""
    if row["actual"] is None or row["expected"] is None or row["actual"] - row["expected"] != row["difference"]:
        return []
    first = (row["resource"], row["page"], row["line"], row["actual"])
    second = (row["other_resource"] or row["resource"], row["other_page"], row["other_line"], row["expected"])
    return [first, second] if row["other_line"] is not None else [first]


def _causes(findings: pl.DataFrame, groups: _Groups, own: Mapping[str, set[Place]]) -> dict[str, str]:
    """The cause of each group: the finding judged at the figure that most of its findings share."""
    members: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for one in findings.iter_rows(named=True):
        members[groups.root(one["finding_id"])].append(one)
    causes = {}
    for root, group in members.items():
        shared = Counter(place for one in group for place in own[one["finding_id"]] if place[3])
        most = max(shared.values(), default=0)
        common = [place for place, count in shared.items() if count == most]
        at = [one for one in group if any(place[1:3] == (one["page"], one["line"]) for place in common)]
        causes[root] = (at or group)[0]["finding_id"]
    return causes


class _Groups:
    """Findings joined into groups."""

    def __init__(self, names: Iterable[str]) -> None:
        self.above = {name: name for name in names}

    def root(self, name: str) -> str:
        while self.above[name] != name:
            name = self.above[name]
        return name

    def join(self, first: str, other: str) -> None:
        self.above[self.root(other)] = self.root(first)


__all__ = ["clustered"]
