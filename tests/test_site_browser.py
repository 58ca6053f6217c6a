"""The portal in a real Chromium: what a reader does on it, over ``mingzhang serve`` and from disk.

The portal is the one that a build makes of the samples, with the libraries vendored from npm.
"""

from __future__ import annotations

import hashlib
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import polars as pl
import pytest

from pipelines import run
from samples.generator.catalogue import REPORTS
from tests.browser import Browser, chromium, needs_chromium, served

pytestmark = needs_chromium
NAMES = (
    "wuhan-jiangan-civic-2023-final-national.pdf",
    "wuhan-jiangan-civic-2024-budget-national.pdf",
    "wuhan-jiangan-talent-2023-final-dump.txt",
    "wuhan-jiangan-water-2023-final-planted.pdf",
)
PHONE = 390


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("portal") / "发布"
    run.build([REPORTS / name for name in NAMES], folder, jobs=1)
    return folder


@pytest.fixture(scope="module")
def reports(out: Path) -> dict[str, str]:
    """Source file → report_id."""
    found = {}
    for path in out.glob("*/*/data/reports.parquet"):
        found |= dict(pl.read_parquet(path).select("source_file", "report_id").iter_rows())
    return found


@pytest.fixture(scope="module")
def url(out: Path) -> Iterator[str]:
    with served(out) as address:
        yield address


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with chromium(tmp_path) as window:
        yield window
        window.check_clean()


def pages(out: Path) -> list[str]:
    site = out / "site"
    return sorted(str(path.relative_to(site)) for path in site.rglob("*.html"))


def test_search_finds_departments_and_projects_while_typing(
    browser: Browser, url: str, reports: dict[str, str]
) -> None:
    browser.open(url)
    browser.click("#q")
    browser.type("#q", "民生")
    browser.until(lambda: browser.count("[data-search-hits] a") >= 2)
    assert "示例民生服务局" in browser.text("[data-search-hits]")
    browser.type("#q", "宣传培训")
    browser.until(lambda: "示例宣传培训经费" in browser.text("[data-search-hits]"))
    browser.click("[data-search-hits] a")
    browser.wait_for("h1")
    assert reports[NAMES[2]] in browser.driver.current_url


def hits(browser: Browser, query: str) -> list[str]:
    """What a query shows, when the list has settled."""
    browser.type("#q", query)
    browser.until(lambda: browser.text("[data-search-status]"))
    return browser.texts("[data-search-hits] a")


def test_search_finds_what_people_type(browser: Browser, url: str) -> None:
    """Any part of the hierarchy, short names, no blanks, pinyin and initials, codes and their names, concepts."""
    browser.open(url)
    browser.click("#q")
    browser.type("#q", "民生")
    browser.until(lambda: browser.count("[data-search-hits] a") >= 2)
    for query, expected in {
        "湖北": "示例", "武汉 江岸": "示例", "水务局": "示例水务管理局", "示水局": "示例水务管理局", "民生局2024预算": "示例民生服务局",
        "slminshengfuwuju": "", "shilishuiwu": "示例水务管理局", "slswglj": "示例水务管理局", "2080505": "2080505", "养老保险": "养老保险", "三公": "三公",
    }.items():  # fmt: skip
        found = hits(browser, query)
        assert bool(found) == bool(expected), (query, found)
        assert not expected or expected in found[0], (query, found[:3])
    first = hits(browser, "民生局2024预算")
    assert "2024" in first[0] and "预算" in first[0]
    assert "示例街巷整治经费" in "".join(hits(browser, "街巷整治"))


def test_a_page_begins_with_the_answer_and_terms_explain_themselves(
    browser: Browser, url: str, reports: dict[str, str]
) -> None:
    browser.open(urljoin(url, f"report/{reports[NAMES[0]]}.html"))
    answer = browser.text(".answer")
    assert "2023 年度支出决算" in answer and "项目支出" in answer and "“三公”经费" in answer
    assert not browser.find(".answer .tip").is_displayed()
    browser.script("document.querySelector('.answer .term').focus()")
    browser.until(lambda: browser.find(".answer .term .tip").is_displayed())
    assert "公用经费" in browser.text(".answer .term .tip")
    assert browser.count("svg.sankey .flow") > 4 and browser.count("svg.treemap rect") > 4
    browser.click("[data-lang]")
    assert "Expenditure of 2023" in browser.text(".answer")


def test_charts_are_taken_away_as_pictures_and_data(browser: Browser, url: str, reports: dict[str, str]) -> None:
    browser.open(urljoin(url, f"report/{reports[NAMES[0]]}.html"))
    browser.until(lambda: browser.count(".take button") > 4)
    kinds = set(browser.texts(".take button"))
    assert kinds == {"SVG", "PNG", "CSV"}

    def press(kind: str) -> Path:
        # A reader's own click: a second download by a script alone is blocked.
        button = next(b for b in browser.driver.find_elements("css selector", ".take button") if b.text == kind)
        browser.script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", button)
        return browser.download(button.click)

    drawn = press("SVG").read_text("utf-8")
    assert drawn.startswith("<svg") and 'xmlns="' in drawn and "rgb(" in drawn and "<path" in drawn
    assert press("PNG").read_bytes().startswith(b"\x89PNG")
    assert "支出" in press("CSV").read_text("utf-8-sig").splitlines()[0]


def test_rankings_are_sorted_by_the_head_that_is_pressed(browser: Browser, url: str) -> None:
    browser.open(urljoin(url, "functions.html"))
    page = browser.script("return [...document.querySelectorAll('a[href*=\"function/208\"]')].pop().getAttribute('href')")
    browser.open(urljoin(url, page))
    for press in range(2):
        browser.click("th:nth-child(5) .sort")
        shown = [float(text.replace(",", "")) for text in browser.texts("tbody td:nth-child(5)") if text]
        assert shown == sorted(shown, reverse=press == 0) and shown
    assert "份列有此科目" in browser.text("main")
    browser.click("tbody a")
    browser.until(lambda: "report/" in browser.driver.current_url and browser.count("tr:target") == 1)


def test_a_page_is_dark_where_the_reader_wants_it(browser: Browser, url: str) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    browser.open(url)
    background = browser.script("return getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", background)[:3])) < 150, background


def test_the_language_is_switched_and_remembered(browser: Browser, url: str) -> None:
    browser.open(url)
    assert browser.script("return document.documentElement.lang") == "zh-CN"
    heading = browser.text("h1")
    browser.click("[data-lang]")
    assert browser.script("return document.documentElement.lang") == "en"
    english = browser.text("main")
    assert browser.text("h1") != heading and "Data packages" in english and "数据包" not in english
    browser.open(urljoin(url, "rules.html"))
    assert browser.script("return document.documentElement.lang") == "en"
    browser.click("[data-lang]")
    assert "规则" in browser.text("h1")


def test_a_department_page_draws_its_charts(browser: Browser, url: str, reports: dict[str, str]) -> None:
    browser.open(urljoin(url, f"report/{reports[NAMES[0]]}.html"))
    browser.until(lambda: browser.count("[data-chart] canvas") >= 4)
    for number in range(browser.count("[data-chart]")):
        chart = f"figure:nth-of-type({number + 1}) [data-chart] canvas"
        browser.script("document.querySelector(arguments[0]).scrollIntoView()", chart)
        browser.until(lambda chart=chart: browser.painted(chart))
    text = browser.text("main")
    assert "支出决算表" in text and "示例街巷整治经费" in text
    assert browser.count("section.official") == 9


def test_a_finding_leads_to_its_row(browser: Browser, url: str, reports: dict[str, str]) -> None:
    browser.open(urljoin(url, "findings.html"))
    browser.until(lambda: browser.count("[data-findings-list] li") > 5)
    browser.script(
        "const s = document.querySelector('#severity'); s.value = 'error'; s.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    browser.until(lambda: all("错误" in text for text in browser.texts("[data-findings-list] li")))
    browser.open(urljoin(url, f"report/{reports[NAMES[3]]}.html"))
    link = next(
        a
        for a in browser.driver.find_elements("css selector", ".findings .where a")
        if "#" in a.get_attribute("href")
    )
    anchor = link.get_attribute("href").partition("#")[2]
    browser.driver.execute_script("arguments[0].click()", link)
    browser.until(lambda: browser.driver.current_url.endswith(f"#{anchor}"))
    row = f"[id='{anchor}']"
    assert browser.script("return document.querySelector(arguments[0]).matches(':target')", row)
    top = browser.script("return document.querySelector(arguments[0]).getBoundingClientRect().top", row)
    assert 0 <= top < 900
    # The row (its head, where a line holds two) is marked: it has a colour that what stands beside it does not have.
    colours = browser.script(
        "const row = document.querySelector(arguments[0]); const of = r => getComputedStyle(r.querySelector('td, th') || r).backgroundColor;"
        "return [of(row), of(row.nextElementSibling || row.previousElementSibling)]",
        row,
    )
    assert colours[0] != colours[1]


def test_a_download_has_the_checksum_that_its_page_prints(browser: Browser, url: str) -> None:
    browser.open(urljoin(url, "package/final-accounts.html"))
    rows = browser.script(
        "return [...document.querySelectorAll('#downloads tbody tr')].map(r => [r.querySelector('td a').href, r.querySelector('.hash').textContent])"
    )
    assert len(rows) > 60
    for href, digest in rows[:9]:
        with urllib.request.urlopen(href) as answer:
            assert hashlib.sha256(answer.read()).hexdigest() == digest
    saved = browser.download(
        lambda: browser.script("document.querySelector('#downloads tbody tr td a').click()")
    )
    assert hashlib.sha256(saved.read_bytes()).hexdigest() == rows[0][1]


def test_no_page_complains_or_asks_another_host(browser: Browser, url: str, out: Path) -> None:
    for page in pages(out):
        browser.open(urljoin(url, page))
        browser.wait_for("h1")
        browser.check_clean()
    assert len(pages(out)) >= 4 + 4 + 3


def test_pages_work_from_disk(browser: Browser, out: Path) -> None:
    site = out / "site"
    browser.open((site / "index.html").as_uri())
    browser.click("#q")
    browser.type("#q", "水务")
    browser.until(lambda: "示例水务管理局" in browser.text("[data-search-hits]"))
    browser.click("[data-search-hits] a")
    browser.until(lambda: browser.count("[data-chart] canvas") >= 2)
    browser.open((site / "findings.html").as_uri())
    browser.until(lambda: browser.count("[data-findings-list] li") > 5)
    browser.open((site / "sql.html").as_uri())
    browser.wait_for("#sql-from-disk")
    assert "mingzhang serve" in browser.text("#sql-from-disk")


def test_a_phone_reads_without_scrolling_sideways(
    tmp_path: Path, url: str, out: Path, reports: dict[str, str]
) -> None:
    with chromium(tmp_path, width=PHONE, height=844) as phone:
        for page in (
            "index.html",
            "findings.html",
            "rules.html",
            "sql.html",
            "package/performance.html",
            f"report/{reports[NAMES[0]]}.html",
            "region/42.html",
            "functions.html",
            "quarantine.html",
        ):
            phone.open(urljoin(url, page))
            phone.wait_for("h1")
            width = phone.script("return document.documentElement.scrollWidth")
            assert width <= PHONE, (page, width)
        phone.check_clean()


def test_everything_can_be_reached_with_the_keyboard(browser: Browser, url: str) -> None:
    browser.open(url)
    assert (
        browser.script("document.body.focus(); return document.querySelector('a').getAttribute('href')")
        == "#main"
    )
    unnamed = browser.script(
        "return [...document.querySelectorAll('a[href], button, input, select, textarea')]"
        ".filter(n => !(n.textContent.trim() || n.getAttribute('aria-label') || (n.labels && n.labels.length))).length"
    )
    assert unnamed == 0
    heads = browser.script("return [...document.querySelectorAll('th')].filter(n => !n.scope).length")
    assert heads == 0


def test_the_home_page_is_small(out: Path) -> None:
    site = out / "site"
    own = [site / "index.html", *(site / "assets").glob("site.*")]
    assert sum(path.stat().st_size for path in own) < 300_000
    assert re.search(r"<script[^>]+src=\"assets/site.js\"", (site / "index.html").read_text("utf-8"))
