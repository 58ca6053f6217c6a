"""Mistakes of the kinds that real reports have, planted in what a report prints.

Each names the rule (``expectations/``) that must notice, and the others that it trips on the way.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from samples.generator.ledger import KEYS, Change, Ledger, Planted, Row

_CENT = 10_000
"""0.01 万元 in micro-units."""


def plant(ledger: Ledger) -> Ledger:
    """The ledger with one mistake of every kind that its tables have room for."""
    rng = random.Random(f"planted {ledger.seed}")
    return ledger.with_planted(*_mistakes(ledger, rng))


def describe(ledger: Ledger) -> list[dict[str, object]]:
    """The planted mistakes as plain data, amounts in 万元 as text: for planted.yaml and for test messages."""
    described: list[dict[str, object]] = []
    for plant_ in ledger.planted:
        cells = [
            {
                "resource": c.resource,
                "key": dict(zip(KEYS[c.resource], c.key, strict=True)),
                "column": c.column,
                "printed": _text(c.printed),
                "true": _text(_true(ledger, c)),
            }
            for c in plant_.cells
        ]
        described.append(
            {
                "rule": plant_.rule,
                "also": list(plant_.also),
                "severity": plant_.severity,
                "why": plant_.why,
                "cells": cells,
            }
        )
    return described


def _true(ledger: Ledger, change: Change) -> int | str | None:
    if change.column == "name":
        return ledger.frames()[change.resource].row(by_predicate=None) if False else _own_name(change)
    return ledger.figures[change.resource].get(change.key, {}).get(change.column)
