"""Delivery against a real server on a real socket that answers as told."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from event_samples import make_event, make_picture
from scripted_api import Reply, ScriptedApi, wait_until
from structlog.testing import capture_logs

from pipeline.errors import ConfigError
from pipeline.publish import Deliverer, HttpSink, SiteStore, event_to_json

KEY = "llk_very-secret-key"  # as in conftest.py


def record(store: SiteStore, key: str, *sequences: int) -> None:
    events = [make_event(key * 32, sequence) for sequence in sequences]
    store.record(camera_id="lane-1", state=None, events=events)


def is_empty(store: SiteStore) -> Callable[[], bool]:
    return lambda: store.counts().pending == 0


def test_a_fresh_event_arrives_within_a_second_as_the_page_has_it(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    deliverer = deliver()
    wait_until(lambda: deliverer.status.running)
    snapshot, first = make_picture(b"boxes drawn")
    clean, second = make_picture(b"as seen", role="clean")
    event = make_event(evidence=(snapshot, clean))
    told_s = time.monotonic()
    store.record(camera_id="lane-1", state={}, events=[event], pictures=first | second)
    wait_until(is_empty(store))
    (post,) = api.posts
    assert post.at_s - told_s < 1.0
    assert post.path == "/api/v1/events"
    assert post.headers["Authorization"] == f"Bearer {KEY}"
    assert post.headers["Idempotency-Key"] == "a" * 32 + ":1"
    assert post.headers["Content-Type"].startswith("multipart/form-data")
    assert post.event == event_to_json(event)
    assert post.files == {
        f"{snapshot.sha256}.jpg": b"boxes drawn",
        f"{clean.sha256}.jpg": b"as seen",
    }
    status = deliverer.status
    assert (status.pending, status.dead, status.delivered, status.last_error) == (0, 0, 1, "")
    assert status.last_success_at is not None


def test_an_event_without_pictures_goes_as_plain_json(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    record(store, "a", 1)
    deliver()
    wait_until(is_empty(store))
    assert api.posts[0].headers["Content-Type"] == "application/json"


def test_what_an_earlier_run_has_left_goes_out_at_the_start(
    tmp_path: Path, api: ScriptedApi
) -> None:
    with SiteStore(tmp_path) as store:
        record(store, "a", 1, 2, 3)
    with SiteStore(tmp_path) as store:
        deliverer = Deliverer(store, HttpSink(url=api.url, api_key=KEY))
        deliverer.start()
        deliverer.stop(drain_s=10.0)
        assert api.sequences("a" * 32) == [1, 2, 3]
        assert store.counts().pending == 0


def test_a_dead_letter_that_is_put_back_is_delivered_without_a_restart(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    api.script = lambda _: Reply(status=422)
    record(store, "a", 1)
    deliver()
    wait_until(lambda: store.counts().dead == 1)
    api.script = None
    store.outbox.retry()
    record(store, "b", 1)  # anything that wakes it; on its own it looks every few seconds
    wait_until(lambda: len(api.taken) == 2)
    wait_until(is_empty(store))
    assert store.counts().dead == 0


def test_one_post_that_hangs_does_not_hold_up_the_others(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    api.script = lambda post: (
        Reply(hang_s=30.0) if post.event["incident_key"].startswith("a") else None
    )
    for key in "abcde":
        record(store, key, 1, 2)
    told_s = time.monotonic()
    deliver(timeout_s=20.0)
    wait_until(lambda: len(api.taken) == 8)
    assert time.monotonic() - told_s < 5.0


def test_an_api_that_is_away_is_asked_rarely_and_all_goes_out_when_it_is_back(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    api.stop()
    for key in "abcdefgh":
        record(store, key, 1, 2, 3)
    deliverer = deliver(backoff_min_s=0.05, backoff_max_s=0.2)
    wait_until(lambda: deliverer.status.last_error != "")
    record(store, "a", 4)
    asked = sum(entry.attempts for entry in store.outbox.entries("pending"))
    time.sleep(1.0)  # a second of outage: how often it asks is the matter here
    asked = sum(entry.attempts for entry in store.outbox.entries("pending")) - asked
    assert 2 <= asked <= 50
    api.start()
    wait_until(is_empty(store))
    assert api.sequences("a" * 32) == [1, 2, 3, 4]
    assert all(api.sequences(key * 32) == [1, 2, 3] for key in "bcdefgh")
    assert len(api.taken) == 25
    assert deliverer.status.delivered == 25


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_lost_picture_costs_the_picture_and_not_the_event(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer], damage: str
) -> None:
    kept, first = make_picture(b"kept")
    lost, second = make_picture(b"lost", role="clean")
    event = make_event(evidence=(kept, lost))
    store.record(camera_id="lane-1", state=None, events=[event], pictures=first | second)
    if damage == "missing":
        store.pictures.delete(lost.sha256)
    else:
        store.pictures.path(lost.sha256).write_bytes(b"lo5t")
    with capture_logs() as lines:
        deliver()
        wait_until(is_empty(store))
    assert list(api.posts[0].files) == [f"{kept.sha256}.jpg"]
    # The API refuses an event that lists a picture which does not come.
    assert api.posts[0].event == event_to_json(replace(event, evidence=(kept,)))
    (line,) = [line for line in lines if "picture missing" in line["event"]]
    assert lost.sha256 in line["path"]


def test_proxies_of_the_environment_are_ignored_unless_asked_for(
    store: SiteStore,
    api: ScriptedApi,
    deliver: Callable[..., Deliverer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    record(store, "a", 1)
    asking = deliver(use_environment_proxy=True)
    wait_until(lambda: asking.status.last_error != "")
    asking.stop(drain_s=0.0)
    assert api.posts == []
    deliver()
    wait_until(is_empty(store))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"api_key": ""}, r"API key is empty; set the variable .*LIFELANE_API_KEY"),
        ({"api_key": "llk\nx"}, "characters that no key has"),
        ({"api_key": "密钥"}, "characters that no key has"),
        ({"url": "127.0.0.1:8000"}, r"incident_api.url: expected an address such as http://"),
        ({"url": "ftp://host"}, r"incident_api.url: .* got ftp"),
        ({"url": "http://user:pw@host"}, "no user or password in the address"),
        ({"url": "http://host/?a=1"}, r"without \? and #"),
        ({"ca_file": Path("missing.pem")}, "expected a PEM file"),
    ],
)
def test_what_cannot_work_is_said_at_once(
    store: SiteStore, options: dict[str, Any], message: str
) -> None:
    chosen = {"url": "http://127.0.0.1:1", "api_key": KEY} | options
    with pytest.raises(ConfigError, match=message) as caught:
        HttpSink(**chosen)
    assert "pw" not in str(caught.value).split()


def test_a_base_address_with_a_path_keeps_it(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    record(store, "a", 1)
    deliver(url=f"{api.url}/behind/a/proxy/")
    wait_until(is_empty(store))
    assert api.posts[0].path == "/behind/a/proxy/api/v1/events"


class TestStop:
    def test_it_delivers_what_it_can(
        self, store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
    ) -> None:
        deliverer = deliver()
        for key in "abcdef":
            record(store, key, *range(1, 11))
        deliverer.stop(drain_s=20.0)
        assert len(api.taken) == 60
        assert store.counts().pending == 0
        assert not deliverer.status.running

    def test_it_does_not_wait_for_an_api_that_hangs(
        self, store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
    ) -> None:
        api.script = lambda _: Reply(hang_s=30.0)
        record(store, "a", 1)
        deliverer = deliver(timeout_s=20.0)
        wait_until(lambda: api.posts)
        told_s = time.monotonic()
        deliverer.stop(drain_s=0.3)
        assert time.monotonic() - told_s < 1.5
        assert store.counts().pending == 1

    def test_it_does_not_wait_for_a_try_that_comes_too_late_anyway(
        self, store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
    ) -> None:
        api.script = lambda _: Reply(status=429, headers={"Retry-After": "60"})
        record(store, "a", 1)
        deliverer = deliver()
        wait_until(lambda: deliverer.status.last_error != "")
        told_s = time.monotonic()
        deliverer.stop(drain_s=20.0)
        assert time.monotonic() - told_s < 2.0

    def test_twice_or_without_a_start_is_fine(self, store: SiteStore, api: ScriptedApi) -> None:
        deliverer = Deliverer(store, HttpSink(url=api.url, api_key=KEY))
        deliverer.stop()
        deliverer.stop()
        assert not deliverer.status.running


def test_a_full_disk_does_not_end_delivery(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    deliverer = deliver()
    database = deliverer._database
    with database.reading() as connection:
        connection.execute("PRAGMA query_only = ON")  # this connection may not write any more
    record(store, "a", 1)
    wait_until(lambda: "cannot be written" in deliverer.status.last_error)
    assert store.counts().pending == 1
    with database.reading() as connection:
        connection.execute("PRAGMA query_only = OFF")
    record(store, "b", 1)
    wait_until(is_empty(store))
    assert len(api.taken) == 2


def test_a_store_that_closes_first_does_not_hang_the_deliverer(
    tmp_path: Path, api: ScriptedApi
) -> None:
    store = SiteStore(tmp_path)
    deliverer = Deliverer(store, HttpSink(url=api.url, api_key=KEY))
    with closing(store):
        deliverer.start()
        record(store, "a", 1)
        wait_until(lambda: api.taken)
    deliverer.stop(drain_s=2.0)
    assert not deliverer._thread.is_alive()
