"""The reports that are kept in ``samples/reports``: a few departments of two regions, every form once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from samples.generator import (
    Sample,
    forms,
    layout,
    layout_name,
    make_ledger,
    ofd,
    office,
    options_for,
    planted,
    press,
    prose,
)
from samples.generator.ledger import Ledger
from samples.generator.text import Dump

HERE = Path(__file__).parent
REPORTS = HERE.parent / "reports"
FORMATS = HERE.parent / "formats"
PLANTED = HERE.parent / "planted.yaml"
PICTURES = HERE / "pictures"

WUHAN, SHANGHAI = "420102", "310106"


def committed() -> dict[str, Sample]:
    """File name → report. Always the same bytes."""
    samples: dict[str, Sample] = {}

    def add(name: str, style: str, ledger: Ledger, dump: Dump | None = None, **form: Any) -> Ledger:
        shown = kept_pictures() if style == "images" else None
        look = layout(layout_name(style), **form)
        samples[name] = replace(press(style, ledger, look, dump, shown, fast=False), name=name)
        return ledger

    civic: dict[str, Any] = {"region": WUHAN, "rows": 34, "other_income": True, "carry_over": True}
    before = books(11, "national", "示例民生服务局", year=2022, **civic)
    add("wuhan-jiangan-civic-2022-final-national.pdf", "national", before)
    civic |= {"blank_rows": 1, "printed_zeros": True}
    after = books(11, "national", "示例民生服务局", before, year=2023, forms=2, **civic)
    add("wuhan-jiangan-civic-2023-final-national.pdf", "national", after, trim_zeros=True)
    plan = books(11, "budget-national", "示例民生服务局", region=WUHAN, year=2024, rows=34, forms=2)
    add("wuhan-jiangan-civic-2024-budget-national.pdf", "budget-national", plan)

    water: dict[str, Any] = {"region": WUHAN, "year": 2023, "rows": 38}
    add("wuhan-jiangan-water-2023-final-planted.pdf", "planted", planting_ground(**water))
    talent = books(
        12, "dump", "示例人才服务中心", region=WUHAN, level="unit", rows=24,
        forms=3, forms_twice=True, forms_planted=True,
    )  # fmt: skip
    add(
        "wuhan-jiangan-talent-2023-final-dump.txt",
        "dump",
        talent,
        Dump(
            detached_codes=True,
            stuck=True,
            scattered_heads=True,
            title_after=(5,),
            furniture="— {} —",
            letter_spaced=True,
        ),
        thousands=True,
        numbering="（表1）",
        spare_line=False,
        order=(1, 2, 3, 4, 5, 6, 9, 7, 8),
    )
    parks = books(
        13, "dump", "示例公园绿地局", region=WUHAN, rows=28, government_fund=True, state_capital=True
    )
    add(
        "wuhan-jiangan-parks-2023-final-dump-gb18030.txt",
        "dump",
        parks,
        Dump(encoding="gb18030", double_spaced=True),
        trim_zeros=True,
    )
    add("wuhan-jiangan-museum-2023-final-images.pdf", "images", photographed())
    elderly = books(15, "dump-without-tables", "示例老龄事业局", region=WUHAN, rows=20)
    add("wuhan-jiangan-elderly-2023-final-no-tables.txt", "dump-without-tables", elderly)

    culture: dict[str, Any] = {"region": SHANGHAI, "rows": 30}
    past = books(16, "shanghai", "示例文化促进局", year=2023, carry_over=True, other_income=True, **culture)
    add("shanghai-jingan-culture-2023-final-shanghai.pdf", "shanghai", past)
    next_plan = books(
        16, "budget-shanghai", "示例文化促进局", year=2024, institutional_income=True, **culture
    )
    add("shanghai-jingan-culture-2024-budget-shanghai.pdf", "budget-shanghai", next_plan)
    market = books(
        17, "borderless", "示例市场服务局", region=SHANGHAI, year=2023, rows=26, government_fund=True
    )
    add("shanghai-jingan-market-2023-final-borderless.pdf", "borderless", market, thousands=True)
    blank = books(18, "template", "示例开放合作局", region=SHANGHAI, year=2023, rows=20)
    add("shanghai-jingan-2023-final-blank-template.pdf", "template", blank)
    return samples


def formats() -> dict[str, tuple[bytes, Sample]]:
    """File name → (bytes, the same report as PDF): one department of Wuhan and one of Shanghai as others publish them."""
    wuhan = books(19, "national", "示例图书馆", region=WUHAN, level="unit", rows=18, forms=1)
    shanghai = books(20, "shanghai", "示例档案管理局", region=SHANGHAI, year=2023, rows=18, carry_over=True)
    look, other = layout("national", thousands=True), layout("shanghai")
    told, tables = prose.report(wuhan, look), prose.report(shanghai, other)
    sealed = books(21, "national", "示例地方志馆", region=WUHAN, level="unit", rows=18)
    third = prose.report(sealed, look)
    first, second = press("national", wuhan, look), press("shanghai", shanghai, other)
    return {
        "wuhan-jiangan-library-2023-final.zip": (
            office.pack_gbk(office.apart(told, office.Office(nested=True, encoding="gb18030"))), first,
        ),
        "wuhan-jiangan-library-2023-final.html": (office.render(told, "html"), first),
        "wuhan-jiangan-library-2023-final.docx": (office.render(told, "docx"), first),
        "shanghai-jingan-archives-2023-final.xlsx": (
            office.render(tables, "xlsx", office.Office(numbers="noise", blanks="zero", spare_sheets=True, hidden_rows=True)), second,
        ),
        "wuhan-jiangan-annals-2023-final.ofd": (ofd.render(third, look), press("national", sealed, look)),
        "shanghai-jingan-archives-2023-final.xls": (office.render(tables, "xls", office.Office(sheet_names="number")), second),
    }  # fmt: skip


def books(seed: int, style: str, name: str, previous: Ledger | None = None, **options: Any) -> Ledger:
    """A department's books."""
    return make_ledger(seed, options_for(style, institution=name, **options), previous)


def photographed() -> Ledger:
    """The books of the report whose tables are images."""
    return books(14, "images", "示例科普馆", region=WUHAN, level="unit", rows=15)


def planting_ground(**options: Any) -> Ledger:
    """The first ledger, by seed, that has room for every kind of mistake."""
    most: Ledger | None = None
    for seed in range(100, 140):
        ledger = planted.plant(books(seed, "planted", "示例水务管理局", **options))
        if most is None or len(ledger.planted) > len(most.planted):
            most = ledger
        if len(ledger.planted) == planted.KINDS:
            break
    assert most is not None
    return most


def kept_pictures() -> list[bytes]:
    """The images of tables, taken once: a photograph shows the fonts of the machine that took it."""
    return [path.read_bytes() for path in sorted(PICTURES.glob("table-*.jpg"))]


def planted_yaml(samples: dict[str, Sample]) -> str:
    """What was planted in which report, for people and for tests."""
    listed = {
        name: [*planted.describe(s.ledger), *forms.planted_in_forms(s.ledger)]
        for name, s in samples.items()
        if s.planted or s.ledger.options.forms_planted
    }
    head = (
        "# Mistakes planted in the samples: each must come out as a finding of `rule`; `also` lists the\n"
        "# other rules that it trips. Amounts in 万元. Written by `python -m samples.generator build`.\n"
    )
    return head + yaml.safe_dump(listed, allow_unicode=True, sort_keys=False, width=110)
