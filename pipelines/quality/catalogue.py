"""The rule catalogue: what each rule is called, what it says, where it comes from, and how severe it is.

The rules are stated in ``expectations/rules/*.yaml``; the published frame ``rules`` derives from them.
Nothing is judged here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import polars as pl

from pipelines import schema

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Worst first."""


class CatalogueError(Exception):
    """A file of ``expectations/`` contradicts itself or names something that does not exist."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue."""

    rule_id: str
    title_zh: str
    title_en: str
    formula: str
    basis: str
    scope: str
    severity: Severity
    tables: tuple[str, ...] = ()
    """Resources without which the rule cannot be judged."""
    same_as: str | None = None
    """A rule that says the same thing where both find the same figures: only its finding is kept."""

    @property
    def family(self) -> str:
        return self.rule_id[0]

    @property
    def on_report(self) -> bool:
        """It judges the report (T, X, N, P, D, C), not our reading (E)."""
        return self.family != "E"


def folder(name: str) -> Traversable:
    """A folder of ``expectations/``, in the checkout and in an installed wheel."""
    return files("expectations") / name


def read_yaml(name: str) -> dict[str, Any]:
    """Every YAML file of a folder of ``expectations/`` by its stem, in the order of names."""
    entries = sorted(folder(name).iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".yaml"): schema.load_yaml(entry.read_text(encoding="utf-8"))
        for entry in entries
        if entry.name.endswith(".yaml")
    }


@cache
def _rules() -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for stem, entry in read_yaml("rules").items():
        for declared in entry["rules"]:
            rule = Rule(**{**declared, "tables": tuple(declared.get("tables", ()))})
            if rule.rule_id in found or rule.family != stem:
                raise CatalogueError(f"rules/{stem}.yaml: {rule.rule_id} stands twice or in the wrong file")
            if rule.severity not in SEVERITIES or not set(rule.tables) <= set(schema.tables()):
                raise CatalogueError(f"rules/{stem}.yaml: {rule.rule_id} has a wrong severity or table")
            found[rule.rule_id] = rule
    if lost := {rule.same_as for rule in found.values() if rule.same_as} - set(found):
        raise CatalogueError(f"rules: same_as names {sorted(lost)}, which do not exist")
    return dict(sorted(found.items()))


def rules() -> dict[str, Rule]:
    """Every rule by id, in the order of ids."""
    return dict(_rules())


def published() -> pl.DataFrame:
    """The catalogue as the published frame ``rules``."""
    declared = schema.resources()["rules"]
    rows = [{name: getattr(rule, name) for name in declared.names} for rule in _rules().values()]
    return declared.conform(pl.DataFrame(rows, schema=declared.polars_schema()))
