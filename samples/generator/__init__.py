"""Writes disclosure reports that never existed, whose every figure is known.

``render("national", seed=7)`` gives a ``Sample``: the bytes of a report and the frames that a perfect reader
gets from it. Styles are ``STYLES``; options of the department and of the layout are passed by name::

    sample = render("dump", seed=3, rows=120, carry_over=True, detached_codes=True)
    sample.data, sample.frames, sample.identity, sample.planted

For tests, demonstrations and benchmarks; nothing in ``pipelines/`` may import it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import polars as pl

from samples.generator import codes, pdf, planted, prose, text, unreadable
from samples.generator.layouts import LAYOUTS, Layout, layout, vary
from samples.generator.ledger import RESOURCES, Ledger, Level, Options, Planted, make_ledger
from samples.generator.tables import printed_frames
from samples.generator.text import Dump

STYLES = (
    "national",
    "shanghai",
    "borderless",
    "budget-shanghai",
    "budget-national",
    "dump",
    "planted",
    "images",
    "dump-without-tables",
    "template",
)
"""``dump`` is plain text, ``planted`` has mistakes; in the last three no table is readable."""

_OPTION_NAMES = {f.name for f in fields(Options)}
_LAYOUT_NAMES = {f.name for f in fields(Layout)}
_DUMP_NAMES = {f.name for f in fields(Dump)}


@dataclass(frozen=True)
class Sample:
    """A report and everything that is known of it."""

    name: str
    data: bytes
    frames: dict[str, pl.DataFrame]
    """What the report prints, by resource: the published columns without report_id, page and line; 万元.
    Rows printed without figures are rows of nulls. Empty frames where no table is readable."""
    identity: dict[str, Any]
    """kind, fiscal_year, region_code, region_name, institution, level, unit_as_published."""
    planted: tuple[Planted, ...]
    ledger: Ledger
    layout: Layout


def render(style: str, seed: int, *, fast: bool = True, **changes: Any) -> Sample:
    """A report in a style. ``changes`` are fields of ``Options``, ``Layout`` or (for dumps) ``Dump``.

    ``fast`` compresses with zlib; without it the bytes are the same on every machine.
    """
    unknown = set(changes) - _OPTION_NAMES - _LAYOUT_NAMES - _DUMP_NAMES
    if unknown:
        raise TypeError(f"no such option: {', '.join(sorted(unknown))}")
    options = options_for(style, **{k: v for k, v in changes.items() if k in _OPTION_NAMES})
    form = layout(layout_name(style), **{k: v for k, v in changes.items() if k in _LAYOUT_NAMES})
    dump = replace(_dump_of(style), **{k: v for k, v in changes.items() if k in _DUMP_NAMES})
    return press(style, make_ledger(seed, options), form, dump, fast=fast)


def press(
    style: str,
    ledger: Ledger,
    form: Layout,
    dump: Dump | None = None,
    pictures: Sequence[bytes] | None = None,
    *,
    fast: bool = True,
) -> Sample:
    """A report of a given ledger in a given layout. ``pictures``: for ``images``, in place of new ones."""
    if style == "planted" and not ledger.planted:
        ledger = planted.plant(ledger)
    blocks = prose.report(ledger, form)
    frames = printed_frames(prose.tables_of(blocks))
    compression = "flate" if fast else "lzw"
    suffix = "pdf"
    if style == "images":
        pictures = unreadable.photograph(blocks, form) if pictures is None else pictures
        blocks = unreadable.with_pictures(blocks, pictures)
    elif style == "dump-without-tables":
        blocks = unreadable.without_tables(blocks)
    elif style == "template":
        blocks = unreadable.blank_template(blocks, ledger.institution)
    if style.startswith("dump"):
        suffix = "txt"
        data = text.render(blocks, dump or _dump_of(style))
    else:
        data = pdf.render(blocks, form, compression)  # type: ignore[arg-type]
    if style in ("images", "dump-without-tables", "template"):
        frames = {resource: frame.clear() for resource, frame in frames.items()}
    options = ledger.options
    return Sample(
        name=f"{ledger.region.code}-{options.year}-{options.kind}-{style}-{ledger.seed}.{suffix}",
        data=data,
        frames=frames,
        identity={
            "kind": options.kind,
            "fiscal_year": options.year,
            "region_code": ledger.region.code,
            "region_name": ledger.region.name,
            "institution": ledger.institution,
            "level": options.level,
            "unit_as_published": options.unit,
        },
        planted=ledger.planted,
        ledger=ledger,
        layout=form,
    )


def options_for(style: str, **changes: Any) -> Options:
    """Options that go with a style: what Shanghai's budget form has no room for is left out."""
    base: dict[str, Any] = {}
    if style.startswith("budget") or style == "guangxi":
        base = {"kind": "budget", "year": 2024, "unit": "元"}
    if style in ("shanghai", "budget-shanghai", "template"):
        base["region"] = "310106"
    if style == "planted":
        base |= {"other_income": True, "government_fund": True, "state_capital": True, "carry_over": True}
    options = Options(**(base | changes))
    if style == "budget-shanghai":
        options = replace(
            options, carry_over=False, higher_level_subsidy=False, affiliates=False, business_activity=False
        )
    return options


def layout_name(style: str) -> str:
    """The layout that a style is printed in, by default."""
    return style if style in LAYOUTS else "shanghai" if style == "template" else "national"


def _dump_of(style: str) -> Dump:
    return Dump(furniture="— {} —") if style == "dump-without-tables" else Dump()


_CORPUS = (
    ("national", 28),
    ("shanghai", 18),
    ("borderless", 6),
    ("budget-shanghai", 8),
    ("budget-national", 8),
    ("dump", 26),
    ("planted", 6),
)
"""Styles of a corpus and how often each comes; those without readable tables come by themselves only."""


def corpus(n: int, seed: int) -> Iterator[Sample]:
    """``n`` reports: a random mix of styles, layouts and departments, no two of one institution."""
    for i in range(n):
        yield corpus_report(seed, i)


def corpus_report(seed: int, i: int) -> Sample:
    """The i-th report of the corpus of a seed, whatever the corpus's size."""
    rng = random.Random(f"corpus {seed} {i}")
    style = rng.choices([s for s, _ in _CORPUS], [w for _, w in _CORPUS])[0]
    form = vary(layout(layout_name(style)), rng)
    dump = vary_dump(rng)
    if style == "dump":
        form = replace(form, split_codes=False)
    region, level, name = _institution(seed, i)
    options = options_for(
        style,
        **vary_options(rng),
        year=rng.randint(2021, 2025),
        region=region.code,
        level=level,
        institution=name,
    )
    sample = press(style, make_ledger(rng.randrange(2**32), options), form, dump)
    return replace(sample, name=f"{i + 1:05d}-{sample.name}")


def _institution(seed: int, i: int) -> tuple[codes.Region, Level, str]:
    """Every i another one: all names in all regions in turn, then their first branches, and so on."""
    names = (*codes.DEPARTMENTS, *codes.UNITS)
    branch, place = divmod(i, len(names) * len(codes.REGIONS))
    at, which = divmod((place + 31 * seed) % (len(names) * len(codes.REGIONS)), len(names))
    suffix = f"第{branch}分部" if branch else ""
    level: Level = "department" if which < len(codes.DEPARTMENTS) else "unit"
    return codes.REGIONS[at], level, names[which] + suffix


def vary_options(rng: random.Random) -> dict[str, Any]:
    """A department drawn by lot."""
    chances = {
        "other_income": 0.4,
        "institutional_income": 0.15,
        "business_activity": 0.08,
        "higher_level_subsidy": 0.1,
        "affiliates": 0.05,
        "government_fund": 0.25,
        "state_capital": 0.15,
        "carry_over": 0.4,
        "printed_zeros": 0.1,
        "three_public": 0.8,
    }
    options: dict[str, Any] = {name: rng.random() < chance for name, chance in chances.items()}
    options["rows"] = rng.choice((15, 20, 30, 30, 40, 60, 100, 200))
    options["blank_rows"] = rng.choice((0, 0, 0, 1, 3))
    return options


def vary_dump(rng: random.Random) -> Dump:
    """The damage of a dump drawn by lot."""
    detached = rng.random() < 0.3
    return Dump(
        detached_codes=detached,
        stuck=detached and rng.random() < 0.7,
        scattered_heads=detached or rng.random() < 0.3,
        title_after=(5,) if rng.random() < 0.2 else (),
        furniture=rng.choice(("— {} —", "- {} -", "{}", " {} ", "")),
        lines_per_page=rng.choice((30, 42, 60)),
        double_spaced=rng.random() < 0.4,
        letter_spaced=rng.random() < 0.3,
        encoding=rng.choice(("utf-8", "utf-8", "utf-8-sig", "gb18030")),
        cover=rng.random() < 0.3,
    )


__all__ = [
    "LAYOUTS",
    "RESOURCES",
    "STYLES",
    "Dump",
    "Layout",
    "Ledger",
    "Options",
    "Planted",
    "Sample",
    "corpus",
    "corpus_report",
    "layout",
    "layout_name",
    "make_ledger",
    "options_for",
    "press",
    "render",
    "vary",
    "vary_dump",
    "vary_options",
]
