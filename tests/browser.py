"""A real Chromium for the tests of the portal: over ``mingzhang serve``, with everything it asks and complains of.

How to use it::

    @needs_chromium
    def test_home(out: Path, tmp_path: Path) -> None:
        with served(out) as url, chromium(tmp_path) as browser:
            browser.open(url)                                  # waits for the page to load
            browser.wait_for("#search")                        # a CSS selector that is displayed
            browser.click("#search"); browser.type("#search", "民政")
            assert "民政局" in browser.text("#results")
            browser.until(lambda: browser.count("tr") > 3)     # any condition, else fails after 30 seconds
            assert browser.painted("canvas")                   # a canvas that holds more than one colour
            file = browser.download(lambda: browser.click("#download"))
            browser.screenshot(tmp_path / "phone.png")         # chromium(tmp_path, width=390, height=844)
            browser.check_clean()                              # no console error, no request to another host

``browser.driver`` is Selenium's driver for everything else. ``browser.requested()`` gives every address that the
pages asked, their workers too: it reads Chromium's network log, where what the browser asks for itself (Debian's
asks for its start page and the time) has no origin. Names of hosts are not resolved, so that nothing leaves the
machine. When the block ends, the whole log is looked through once more. The tests are skipped where Debian's
``chromium`` and ``chromium-driver`` are not installed.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from pipelines.serve import Preview

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
DRIVER = os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver")
TIMEOUT_SECONDS = 30
LOADING_SECONDS = 60

needs_chromium = pytest.mark.skipif(
    not (shutil.which(CHROMIUM) and shutil.which(DRIVER)),
    reason="no Chromium: apt-get install -y chromium chromium-driver",
)

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--no-default-browser-check", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--disable-domain-reliability", "--no-pings", "--lang=zh-CN",
    "--disable-client-side-phishing-detection", "--metrics-recording-only", "--password-store=basic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--force-color-profile=srgb", "--hide-scrollbars", "--force-prefers-reduced-motion",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,CertificateTransparencyComponentUpdater",
)  # fmt: skip

_NO_PAGE = "not an origin"
_HERE = "http://127.0.0.1:"


@contextmanager
def served(root: Path) -> Iterator[str]:
    """Serve a folder of releases on a free port; gives the address of the site, which ends with ``/site/``."""
    with Preview(root, port=0) as preview:
        thread = threading.Thread(target=preview.run, daemon=True)
        thread.start()
        try:
            yield preview.url
        finally:
            preview.stop()
            thread.join(TIMEOUT_SECONDS)


class Browser:
    """One window of Chromium with an empty profile. Selectors are CSS; a missing element fails the test."""

    def __init__(self, driver: Chrome, downloads: Path, network_log: Path) -> None:
        self.driver = driver
        self.downloads = downloads
        self._network_log = network_log
        self._errors: list[str] = []

    # What the page does

    def open(self, address: str) -> None:
        """Open an address and wait until the page has loaded."""
        self.driver.get(address)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def count(self, selector: str) -> int:
        return len(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def text(self, selector: str) -> str:
        """The text that a reader sees: what is hidden, another language say, is not in it."""
        return self.find(selector).text

    def texts(self, selector: str) -> list[str]:
        return [element.text for element in self.driver.find_elements(By.CSS_SELECTOR, selector)]

    def click(self, selector: str) -> None:
        element = self.find(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def type(self, selector: str, *keys: str) -> None:
        """Type into a field in place of what stands there."""
        element = self.find(selector)
        element.clear()
        element.send_keys(*keys)

    def press(self, selector: str, *keys: str) -> None:
        """Keys as they are (``Keys.CONTROL, Keys.ENTER``: held together)."""
        *held, key = keys
        self.find(selector).send_keys("".join(held) + key + (Keys.NULL if held else ""))

    def script(self, source: str, *arguments: Any) -> Any:
        """Run JavaScript; ``return`` gives a value."""
        return self.driver.execute_script(source, *arguments)

    def until(self, condition: Callable[[], Any], seconds: float = TIMEOUT_SECONDS) -> Any:
        """Wait until a condition holds and give its value."""
        return WebDriverWait(self.driver, seconds, poll_frequency=0.1).until(lambda _: condition())

    def wait_for(self, selector: str, seconds: float = TIMEOUT_SECONDS) -> WebElement:
        """Wait until an element is displayed."""
        self.until(lambda: self.count(selector) and self.find(selector).is_displayed(), seconds)
        return self.find(selector)

    def painted(self, selector: str = "canvas") -> bool:
        """Whether a canvas shows more than one colour."""
        return bool(
            self.script(
                "const c = document.querySelector(arguments[0]);"
                "const d = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);"
                "return d.some((pixel) => pixel !== d[0]);",
                selector,
            )
        )

    def download(self, action: Callable[[], object]) -> Path:
        """The file that an action makes the browser save, when it is whole."""
        before = set(self.downloads.iterdir())
        action()

        def saved() -> Path | None:
            new = set(self.downloads.iterdir()) - before
            whole = [p for p in new if p.suffix not in (".crdownload", ".tmp") and not p.name.startswith(".")]
            return whole[0] if whole and len(whole) == len(new) else None

        return self.until(saved)

    def screenshot(self, path: Path, whole_page: bool = True) -> None:
        """A PNG of the page as this window shows it, down to its end unless ``whole_page`` is false."""
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": whole_page})
        path.write_bytes(base64.b64decode(shot["data"]))

    # What it asked and complained of

    def requested(self) -> list[str]:
        """Addresses that pages and their workers have asked so far, ``data:`` and ``blob:`` apart."""
        return [address for address in _asked(self._network_log) if not address.startswith(("data:", "blob:"))]

    def errors(self) -> list[str]:
        """Errors of the console so far: exceptions, files not found, what the policy refused."""
        self._errors += [e["message"] for e in self.driver.get_log("browser") if e["level"] == "SEVERE"]
        return list(self._errors)

    def foreign(self) -> list[str]:
        """Requests to another host than this machine."""
        return [a for a in self.requested() if not a.startswith((_HERE, "file:", "chrome:", "about:"))]

    def check_clean(self) -> None:
        """Fail if the page complained in the console or asked another host."""
        _none("errors in the console", self.errors())
        _none("requests to other hosts", self.foreign())


def _none(what: str, found: list[str]) -> None:
    if found:
        raise AssertionError(f"{what}: {found}")


def _asked(network_log: Path) -> list[str]:
    """Addresses in a network log of Chromium, which may still be written, that have a page for their origin."""
    text = network_log.read_text(encoding="utf-8", errors="replace") if network_log.exists() else ""
    constants, _, events = text.partition('"events": [')
    if not events:
        return []
    started = json.loads(constants.rstrip().rstrip(",") + "}")["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    found = []
    for line in events.splitlines():
        try:
            event = json.loads(line.rstrip().rstrip(","))
        except ValueError:
            continue  # the first, the last or an unfinished line
        params = event.get("params", {})
        address = params.get("url", "")
        by_page = params.get("initiator", _NO_PAGE) != _NO_PAGE or address.startswith(_HERE)
        if event["type"] == started and address and by_page:
            found.append(address)
    return found


@contextmanager
def chromium(folder: Path, width: int = 1280, height: int = 900) -> Iterator[Browser]:
    """Chromium with a new profile and its downloads in ``folder``; ends with the block.

    A width below 500 is shown as a phone: the real width of the window, touch, and twice the pixels.
    """
    downloads = folder / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    network_log = folder / "network.json"
    options = _options(folder, downloads, network_log, width, height)
    driver = Chrome(options=options, service=ChromeService(DRIVER))
    browser = Browser(driver, downloads, network_log)
    try:
        driver.set_page_load_timeout(LOADING_SECONDS)
        yield browser
    finally:
        driver.quit()
    _none("requests to other hosts", browser.foreign())


def _options(folder: Path, downloads: Path, network_log: Path, width: int, height: int) -> ChromeOptions:
    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in _FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={folder / 'profile'}")
    options.add_argument(f"--log-net-log={network_log}")
    options.add_argument(f"--window-size={width},{height}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.add_experimental_option(
        "prefs", {"download.default_directory": str(downloads), "download.prompt_for_download": False}
    )
    if width < 500:
        metrics = {"width": width, "height": height, "pixelRatio": 2.0}
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    return options
