"""A real service and a real browser."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_stage import make_people
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from processes import Service

_WAIT_MS = 20_000
expect.set_options(timeout=_WAIT_MS)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running `lifelane serve` with its desk."""
    folder = tmp_path_factory.mktemp("served")
    service = Service(folder, site="browser", desk=True)
    try:
        service.start_and_wait()
        make_people(service, folder)
        yield service
        # uvicorn shuts down in order, then dies of the signal that it was sent.
        assert service.stop() in (0, -signal.SIGTERM), service.log
    finally:
        service.kill()


def _find_chromium() -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


# Ends with its module: Playwright keeps an event loop running in this thread while it lives.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = _find_chromium()
    if path is None:
        reason = "no Chromium on this machine: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    # Without the background switches Chromium looks up hosts of its maker at every start.
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    arguments += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=Path(path), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of its own: no cookie, no history."""
    context = browser.new_context(viewport={"width": 1360, "height": 820}, accept_downloads=True)
    context.set_default_timeout(_WAIT_MS)
    yield context
    context.close()
