"""One appliance and one browser for the tests of a module: the synchronous Playwright must not outlive it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.flows.appliance import Appliance
from tests.flows.browser import Companion, chromium, open_page


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    running = Appliance(tmp_path_factory.mktemp("appliance"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def opened(appliance: Appliance, browser: Browser) -> Iterator[Companion]:
    with open_page(browser, appliance) as page:
        yield page


@pytest.fixture
def companion(opened: Companion) -> Iterator[Companion]:
    """The page of the module, silent and with the focus nowhere."""
    opened.page.evaluate("document.activeElement.blur()")
    opened.forget()
    yield opened
    opened.silence()
