"""A real service and a real browser."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

API_KEY = "llk_browser_0123456789abcdef"
PASSWORD = "browser-test-password"


@dataclass(frozen=True)
class Served:
    """A running `lifelane serve`."""

    url: str
    headers: dict[str, str]
    password: str


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "pipeline.cli.main", "serve", "--port", str(port)]
    environment = os.environ | {"LIFELANE_API_KEY": API_KEY, "LIFELANE_DESK_PASSWORD": PASSWORD}
    log = folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--data-dir", str(folder / "data"), "--site", "browser"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline_s = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}/api/v1/health", timeout=2).is_success:
                    break
            if process.poll() is not None or time.monotonic() > deadline_s:
                pytest.fail(f"the service did not start:\n{log.read_text()}")
            time.sleep(0.1)
        yield Served(url=url, headers={"Authorization": f"Bearer {API_KEY}"}, password=PASSWORD)
    finally:
        process.terminate()
        process.wait(20)


def _find_chromium() -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


@pytest.fixture(scope="session")
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
