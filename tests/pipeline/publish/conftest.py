"""A server that answers as told, a store, and deliverers with short waits."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted_api import ScriptedApi

from pipeline.publish import Deliverer, HttpSink, SiteStore

KEY = "llk_very-secret-key"


@pytest.fixture
def key() -> str:
    """The API key of the deliverers."""
    return KEY


@pytest.fixture
def api() -> Iterator[ScriptedApi]:
    with ScriptedApi() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SiteStore]:
    with SiteStore(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def deliver(store: SiteStore, api: ScriptedApi) -> Iterator[Callable[..., Deliverer]]:
    """Start a deliverer with short waits; it is stopped at the end."""
    started: list[Deliverer] = []

    def start(**options: Any) -> Deliverer:
        of_sink = {"url": api.url, "api_key": KEY} | {
            name: options.pop(name)
            for name in ("url", "api_key", "timeout_s", "use_environment_proxy", "ca_file")
            if name in options
        }
        waits: dict[str, Any] = {"backoff_min_s": 0.02, "backoff_max_s": 0.1} | options
        deliverer = Deliverer(store, HttpSink(**of_sink), **waits)
        deliverer.start()
        started.append(deliverer)
        return deliverer

    yield start
    for deliverer in started:
        deliverer.stop(drain_s=0.0)
