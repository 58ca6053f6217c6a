"""The SQL page in a real browser: it reads the database beside the site and asks nobody else."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.publish.database import DATABASE
from pipelines.publish.site import PackageInfo, build_site
from pipelines.publish.site.sql import PAGE
from tests.browser import Browser, Keys, chromium, needs_chromium, served
from tests.release_support import sample_frames, sample_release

pytestmark = needs_chromium


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of three reports with its database and its portal."""
    folder = sample_release(tmp_path_factory.mktemp("发布 releases"))
    infos = [
        PackageInfo(path.parents[1].name, path.parent.name, descriptor=json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*/*/datapackage.json"))
    ]
    build_site(folder / "site", sample_frames(), infos, None)
    return folder


@pytest.fixture(scope="module")
def address(out: Path) -> Iterator[str]:
    with served(out) as url:
        yield url + PAGE


@pytest.fixture(scope="module")
def shared_browser(tmp_path_factory: pytest.TempPathFactory, address: str) -> Iterator[Browser]:
    """One window for all: the database takes some seconds to open."""
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        browser.open(address)
        ready(browser)
        yield browser


@pytest.fixture
def browser(shared_browser: Browser) -> Iterator[Browser]:
    """The window; whatever a test does with it, the page must not complain nor ask another host."""
    yield shared_browser
    shared_browser.check_clean()


def ready(browser: Browser) -> None:
    browser.until(lambda: browser.find("#sql").get_attribute("data-state") in ("ready", "failed"), 60)
    assert browser.find("#sql").get_attribute("data-state") == "ready", browser.text("#sql-error")


def ask(browser: Browser, sql: str) -> list[list[str]]:
    """Write a query, run it from the keyboard, and read the rows shown."""
    browser.script("document.getElementById('sql-editor').value = arguments[0]", sql)
    browser.press("#sql-editor", Keys.CONTROL, Keys.ENTER)
    ready(browser)
    return shown(browser)


def shown(browser: Browser) -> list[list[str]]:
    return browser.script(
        "return [...document.querySelectorAll('#sql-result tbody tr')].map((r) => [...r.cells].map((c) => c.innerText))"
    )


def expected(out: Path, sql: str) -> list[list[str]]:
    """What DuckDB itself answers, as text, decimals without zeros at their end."""
    with duckdb.connect(str(out / DATABASE), read_only=True) as connection:
        texts = connection.execute(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql})").fetchall()
        values = connection.execute(sql).fetchall()
    return [[printed(*pair) for pair in zip(row, own, strict=True)] for row, own in zip(texts, values, strict=True)]


def printed(text: str | None, value: object) -> str:
    if text is None:
        return "NULL"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else text


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 单位名称, 功能分类科目编码, 本年支出合计, 上缴上级支出 FROM 支出决算表 ORDER BY ALL",
        "SELECT finding_id, rule_id, difference, tolerance, message_zh FROM findings ORDER BY finding_id",
        "SELECT report_id, row_key, column_name, value FROM facts ORDER BY ALL LIMIT 500",
        "SELECT * FROM project_underexecution",
        "SELECT * FROM reports ORDER BY report_id",
    ],
)
def test_rows_are_those_of_the_database_to_the_last_digit(browser: Browser, out: Path, sql: str) -> None:
    assert ask(browser, sql) == expected(out, sql)


def test_an_official_table_has_rows(browser: Browser) -> None:
    rows = ask(browser, "SELECT 本年支出合计 FROM 支出决算表 WHERE 功能分类科目编码 = 'total'")
    assert len(rows) == 2
    assert all(Decimal(row[0]) > 0 for row in rows)
    assert "2 行" in browser.text("#sql-status")


def test_every_example_runs(browser: Browser) -> None:
    count = browser.count("[data-example]")
    assert count > 12
    empty = []
    for number in range(count):
        browser.click(f'[data-example="{number}"]')
        ready(browser)
        assert not browser.find("#sql-error").is_displayed(), browser.text("#sql-error")
        if not shown(browser):
            empty.append(browser.text(f'[data-example="{number}"]'))
    assert empty == []


def test_every_view_and_table_opens_in_this_older_duckdb(browser: Browser) -> None:
    """A view keeps the types of its columns; a DuckDB that gives another type to an expression refuses it."""
    names = browser.texts("#sql-views summary code") + browser.texts("#sql-tables summary code")
    assert len(names) > 40
    refused = {}
    for name in names:
        ask(browser, f'SELECT count(*) FROM (SELECT * FROM "{name}")')
        if browser.find("#sql-error").is_displayed():
            refused[name] = browser.text("#sql-error")
    assert refused == {}


def test_exact_decimals(browser: Browser) -> None:
    rows = ask(
        browser,
        "SELECT 12345678901.123456::DECIMAL(18,6), -0.5::DECIMAL(18,6), 1230::DECIMAL(18,6), 0::DECIMAL(18,6), "
        "9007199254740993::BIGINT, [0.10]",
    )
    assert rows == [["12345678901.123456", "-0.5", "1230", "0", "9007199254740993", "[0.10]"]]


def test_a_long_result_is_counted_whole_and_shown_in_part(browser: Browser) -> None:
    assert len(ask(browser, "SELECT range AS n FROM range(123457)")) == 1000
    assert "123,457 行" in browser.text("#sql-status")
    assert "只显示前 1,000 行" in browser.text("#sql-status")


def test_the_download_holds_every_row(browser: Browser) -> None:
    ask(browser, "SELECT range AS n, range / 8 AS x FROM range(5000)")
    file = browser.download(lambda: browser.click("#sql-download"))
    ready(browser)
    rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["n", "x"]
    assert [int(row[0]) for row in rows[1:]] == list(range(5000))
    assert file.suffix == ".csv"


def test_cells_of_the_download_are_no_formulas(browser: Browser) -> None:
    ask(
        browser,
        """SELECT * FROM (VALUES ('=1+1', '合计', -1.50, '3-5'), ('a "b", c', NULL, 0.00, '-12.5'), ('@x', chr(10) || 'y', NULL, '00123'))
        AS v("=head", 文字, 金额, 其他);""",
    )
    file = browser.download(lambda: browser.click("#sql-download"))
    ready(browser)
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as handle:
        assert list(csv.reader(handle)) == [
            ["'=head", "文字", "金额", "其他"],
            ["'=1+1", "合计", "-1.5", "'3-5"],
            ['a "b", c', "", "0", "-12.5"],
            ["'@x", "'\ny", "", "'00123"],
        ]
    assert content.count(b"\r\n") == 4


def test_an_error_is_readable_and_the_next_query_runs(browser: Browser) -> None:
    assert ask(browser, "SELECT no_such_column FROM reports") == []
    assert 'Referenced column "no_such_column" not found' in browser.text("#sql-error")
    assert "LINE 1" in browser.text("#sql-error")
    assert "查询未能完成" in browser.text("#sql-error")
    assert not browser.find("#sql-download").is_enabled()
    assert ask(browser, "SELECT 1") == [["1"]]
    assert not browser.find("#sql-error").is_displayed()


def test_other_statements_run_too(browser: Browser) -> None:
    assert len(ask(browser, "DESCRIBE reports;  ")) > 10
    assert len(ask(browser, "SELECT 1 -- a comment")) == 1
    assert "SEQ_SCAN" in "".join(ask(browser, "EXPLAIN SELECT institution FROM reports")[0])
    assert ask(browser, "WITH x AS (SELECT 2 AS n) SELECT n FROM x") == [["2"]]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM 'https://example.org/data.parquet'",
        "SELECT * FROM read_csv('https://example.org/data.csv')",
        "LOAD spatial",
        "SET autoinstall_known_extensions = true",
        "DELETE FROM reports",
    ],
)
def test_no_query_reaches_another_host_nor_changes_the_data(browser: Browser, sql: str) -> None:
    assert ask(browser, sql) == []
    assert browser.find("#sql-error").is_displayed()
    assert browser.foreign() == []
    assert ask(browser, "SELECT count(*) FROM reports") == [["3"]]


def test_installing_an_extension_asks_nobody(browser: Browser) -> None:
    """This DuckDB only notes the wish; loading it is refused."""
    ask(browser, "INSTALL spatial; LOAD spatial")
    assert browser.find("#sql-error").is_displayed()
    assert browser.foreign() == []


def test_a_running_query_can_be_stopped(browser: Browser) -> None:
    browser.script("document.getElementById('sql-editor').value = arguments[0]", "SELECT count(*) FROM range(100000000) a, range(100000) b")
    browser.click("#sql-run")
    browser.wait_for("#sql-stop").click()
    ready(browser)
    assert not browser.find("#sql-stop").is_displayed()
    assert "已停止" in browser.text("#sql-status")
    assert ask(browser, "SELECT count(*) FROM reports") == [["3"]]


def test_tables_stand_at_the_side_with_their_comments(browser: Browser) -> None:
    assert "支出决算表" in browser.texts("#sql-views summary")
    assert "findings 核查发现" in browser.texts("#sql-tables summary")
    browser.script("[...document.querySelectorAll('#sql-views details')].find((d) => d.querySelector('code').textContent === '支出决算表').id = 'one'")
    browser.click("#one summary")
    browser.until(lambda: browser.count("#one li") > 5)
    assert "功能分类科目编码" in browser.text("#one")
    assert "Final accounts (部门决算)" in browser.text("#one p")
    browser.click("#one button")
    ready(browser)
    assert browser.count("#sql-result tbody tr") > 10


def test_only_files_of_the_site_and_its_database_are_asked(browser: Browser, address: str) -> None:
    root = address.removesuffix(f"site/{PAGE}")
    asked = {a.removeprefix(root).partition("#")[0] for a in browser.requested()}
    assert {f"site/{PAGE}", "site/assets/sql.js", "site/vendor/duckdb-browser.mjs", DATABASE} <= asked
    assert all(a == DATABASE or a.startswith("site/") for a in asked)


def test_english(tmp_path: Path, address: str) -> None:
    with chromium(tmp_path) as browser:
        browser.open(address)
        assert "用 SQL 查询全部数据" in browser.text("h1")
        assert "Query all" not in browser.text("main")
        browser.click("[data-lang]")
        ready(browser)
        assert browser.text("h1") == "Query all data with SQL"
        assert "findings Findings" in browser.texts("#sql-tables summary")
        browser.click("#sql-run")
        ready(browser)
        assert "rows in" in browser.text("#sql-status")
        assert [text for text in browser.texts("#sql .button") if not text.isascii()] == [
            "Institutions by total expenditure (万元)"
        ]
        browser.check_clean()


def test_a_link_can_carry_a_query(tmp_path: Path, address: str) -> None:
    with chromium(tmp_path, width=390, height=844) as browser:
        browser.open(address + "#sql=SELECT%20'%E6%98%8E%E8%B4%A6'")
        ready(browser)
        assert browser.script("return document.getElementById('sql-editor').value") == "SELECT '明账'"
        browser.click("#sql-run")
        ready(browser)
        assert shown(browser) == [["明账"]]
        assert browser.script("return document.documentElement.scrollWidth <= window.innerWidth")
        browser.check_clean()


def test_a_large_database_is_read_in_parts(tmp_path: Path, out: Path, address: str) -> None:
    script = out / "site" / "assets" / "sql.js"
    whole = script.read_text(encoding="utf-8")
    script.write_text(whole.replace("WHOLE_FILE_BYTES = 64 * 1024 * 1024", "WHOLE_FILE_BYTES = 1000"), encoding="utf-8")
    try:
        with chromium(tmp_path) as browser:
            browser.open(address)
            ready(browser)
            sql = "SELECT report_id, institution FROM reports ORDER BY report_id"
            assert ask(browser, sql) == expected(out, sql)
            assert len([a for a in browser.requested() if a.endswith(DATABASE)]) > 3
            browser.check_clean()
    finally:
        script.write_text(whole, encoding="utf-8")


def test_from_disk_the_page_names_the_command(tmp_path: Path, out: Path) -> None:
    with chromium(tmp_path) as browser:
        browser.open((out / "site" / PAGE).as_uri())
        assert "mingzhang serve" in browser.text("#sql-from-disk")
        assert "从磁盘打开" in browser.text("#sql-from-disk")
        assert not browser.find("#sql").is_displayed()
        browser.check_clean()


def test_the_checks_of_these_tests_do_catch(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        """<!doctype html><img src="http://image.example/"><script>
        new Worker(URL.createObjectURL(new Blob(["fetch('http://worker.example/')"])));
        </script>""",
        encoding="utf-8",
    )
    with pytest.raises(AssertionError, match=r"worker\.example"), chromium(tmp_path) as browser:
        browser.open(page.as_uri())
        browser.until(lambda: len(browser.foreign()) == 2)
        assert set(browser.foreign()) == {"http://image.example/", "http://worker.example/"}
        assert any("image.example" in message for message in browser.errors())
