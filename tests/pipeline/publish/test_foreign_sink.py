"""Other systems get every event too: CloudEvents or their own words, each with its own queue."""

import base64
import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from event_samples import make_event
from scripted_api import Reply, ScriptedApi, wait_until

from pipeline.errors import ConfigError
from pipeline.publish import Deliverer, ForeignSink, HttpSink, Outbox, SiteStore
from pipeline.publish.database import _MIGRATIONS, Database
from pipeline.publish.foreign_body import KINDS_ZH, unknown_names
from pipeline.types import EvidenceRef, HazardKind

SECRET = "whsec-very-secret"
TOKEN = "platform-token"


@pytest.fixture
def platform() -> Iterator[ScriptedApi]:
    """Answers 204 to everything, and keeps what it got."""
    with ScriptedApi(lambda _: Reply(status=204, body="")) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SiteStore]:
    with SiteStore(tmp_path / "state", sinks=["city"]) as opened:
        yield opened


@pytest.fixture
def deliver(store: SiteStore) -> Iterator[Callable[..., Deliverer]]:
    started: list[Deliverer] = []

    def start(platform: ScriptedApi, **options: Any) -> Deliverer:
        sink = ForeignSink(name="city", url=f"{platform.url}/hazards?key=robot-key", **options)
        deliverer = Deliverer(store, sink, name="city", backoff_min_s=0.02, backoff_max_s=0.05)
        deliverer.start()
        started.append(deliverer)
        return deliverer

    yield start
    for deliverer in started:
        deliverer.stop(drain_s=0.0)


def _record(store: SiteStore, key: str, *sequences: int, **changes: Any) -> None:
    for sequence in sequences:
        event = replace(make_event(incident_key=key, sequence=sequence), **changes)
        store.record(camera_id="cam", state=None, events=[event])


def test_a_cloud_event_is_whole_signed_and_in_order(
    store: SiteStore, platform: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    _record(store, "k" * 32, 1, 2, 3)
    deliver(platform, token=TOKEN, secret=SECRET)
    wait_until(lambda: store.counts("city").delivered == 3)
    posts = platform.posts
    assert [post.event["id"] for post in posts] == [f"{'k' * 32}:{n}" for n in (1, 2, 3)]
    first, event = posts[0], posts[0].event
    # The required attributes of CloudEvents 1.0, by hand from its text.
    assert event["specversion"] == "1.0"
    assert event["type"] == "lifelane.hazard.start"
    assert event["source"] == f"/lifelane/sites/{event['data']['site']}/cameras/lane-1"
    assert event["subject"] == "k" * 32
    assert event["time"].endswith("Z")
    assert event["datacontenttype"] == "application/json"
    assert event["data"]["event_id"] == event["id"]
    assert first.path == "/hazards?key=robot-key"
    assert first.headers["Content-Type"].startswith("application/cloudevents+json")
    assert first.headers["Authorization"] == f"Bearer {TOKEN}"
    assert first.headers["Idempotency-Key"] == first.headers["webhook-id"] == event["id"]
    signed = f"{first.headers['webhook-id']}.{first.headers['webhook-timestamp']}.".encode()
    expected = hmac.new(SECRET.encode(), signed + first.text.encode(), hashlib.sha256).digest()
    assert first.headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"


def test_a_template_speaks_the_platforms_words(
    store: SiteStore, platform: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    template = {
        "msgtype": "text",
        "text": {"content": "【{kind_zh}】{camera_name} {phase_zh}，已{measures.dwell_s}秒"},
        "score": "{confidence}",
        "width": "{measures.clear_width_m}",
        "tags": ["{site}", "fire"],
    }
    _record(store, "k" * 32, 1, camera_name="东门", measures={"dwell_s": 181.0})
    deliver(platform, template=template)
    wait_until(lambda: platform.posts)
    post = platform.posts[0]
    assert post.headers["Content-Type"].startswith("application/json")
    body = post.event
    assert body["text"]["content"] == "【消防车道被占用】东门 发生，已181.0秒"
    assert isinstance(body["score"], float)
    assert body["width"] is None
    assert body["tags"][1] == "fire"


def test_pictures_travel_inside_only_when_asked(
    store: SiteStore, platform: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    content = b"\xff\xd8 a picture"
    sha256 = hashlib.sha256(content).hexdigest()
    ref = EvidenceRef(
        role="snapshot", sha256=sha256, media_type="image/jpeg", size_bytes=len(content)
    )
    event = replace(make_event(incident_key="k" * 32, sequence=1), evidence=(ref,))
    store.record(camera_id="cam", state=None, events=[event], pictures={sha256: content})
    deliver(platform, pictures=True)
    wait_until(lambda: platform.posts)
    evidence = platform.posts[0].event["data"]["evidence"][0]
    assert base64.b64decode(evidence["content_base64"]) == content


def test_a_platform_that_is_down_holds_up_nobody_and_loses_nothing(
    store: SiteStore, platform: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    down = {"is": True}
    platform.script = lambda _: Reply(status=503 if down["is"] else 200, body="")
    deliver(platform)
    with ScriptedApi() as api:
        own = Deliverer(store, HttpSink(url=api.url, api_key="llk_x"))
        own.start()
        _record(store, "a" * 32, 1, 2)
        _record(store, "b" * 32, 1)
        wait_until(lambda: len(api.taken) == 3)
        assert store.counts("city").delivered == 0
        assert store.counts("city").pending == 3
        down["is"] = False
        wait_until(lambda: store.counts("city").delivered == 3)
        own.stop()
    ids = [post.event["id"] for post in platform.posts]
    # Tries repeat an id; first arrivals of one incident are in its order.
    first = list(dict.fromkeys(each for each in ids if each.startswith("a")))
    assert first == [f"{'a' * 32}:1", f"{'a' * 32}:2"]


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ('{"errcode": 0}', True),
        ('{"errcode": 93000}', False),
        ("", False),
        ('{"errcode": false}', False),
    ],
)
def test_a_no_within_a_200_is_a_no(
    body: str,
    taken: bool,
    store: SiteStore,
    platform: ScriptedApi,
    deliver: Callable[..., Deliverer],
) -> None:
    platform.script = lambda _: Reply(status=200, body=body)
    _record(store, "k" * 32, 1)
    deliver(platform, success_field="errcode", success_value=0)
    wait_until(lambda: store.counts("city").pending == 0)
    assert store.counts("city").delivered == int(taken)
    assert len(platform.posts) == (1 if taken else 10)
    if not taken:
        assert "errcode" in Outbox(store._database, "city").dead_letters()[0].last_reason


def test_a_refusal_is_a_dead_letter_of_that_receiver_alone(
    store: SiteStore, platform: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    platform.script = lambda _: Reply(status=422, body=f"no: {TOKEN} robot-key")
    _record(store, "k" * 32, 1)
    deliver(platform, token=TOKEN)
    wait_until(lambda: store.counts("city").dead == 1)
    assert store.counts().pending == 1
    reason = Outbox(store._database, "city").dead_letters()[0].last_reason
    assert "422" in reason
    assert TOKEN not in reason
    assert "robot-key" not in reason
    platform.script = lambda _: Reply(status=200, body="")
    Outbox(store._database, "city").retry()
    wait_until(lambda: store.counts("city").delivered == 1)
    store.clean_up()
    # The incident API has not had it yet: the event stays.
    assert store.counts().pending == 1


def test_what_waits_for_a_receiver_that_is_gone_becomes_a_dead_letter(store: SiteStore) -> None:
    _record(store, "k" * 32, 1, 2)
    assert store.outbox.retire(["city"]) == 0
    assert store.outbox.retire([]) == 2
    assert store.counts("city").dead == 2
    assert store.counts().pending == 2
    assert store.outbox.sinks() == ["incident_api", "city"]


def test_an_old_state_database_keeps_its_queue(tmp_path: Path) -> None:
    file = tmp_path / "lifelane.sqlite3"
    with sqlite3.connect(file) as old:
        old.executescript(_MIGRATIONS[0])
        for number, condition in enumerate(("pending", "dead", "delivered"), start=1):
            old.execute(
                "INSERT INTO outbox (event_id, incident_key, sequence, body, condition,"
                " recorded_at, settled_at, attempts, last_reason)"
                " VALUES (?, 'k', ?, '{\"evidence\": []}', ?, 1.0, 2.0, 3, 'why')",
                (f"k:{number}", number, condition),
            )
        old.execute("PRAGMA user_version = 1")
    old.close()
    database = Database(tmp_path, create=True)
    outbox = Outbox(database)
    assert (outbox.counts().pending, outbox.counts().dead, outbox.counts().delivered) == (1, 1, 1)
    dead = outbox.dead_letters()[0]
    assert (dead.event_id, dead.attempts, dead.last_reason) == ("k:2", 3, "why")
    head = outbox.head("k")
    assert head is not None
    assert head.event_id == "k:1"
    database.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "ftp://x/y"}, "got ftp"),
        ({"url": "http://x/", "token": "a\nb"}, "the token holds characters"),
        ({"url": "http://x/", "ca_file": Path("/nowhere.pem")}, "sinks: city: ca_file"),
    ],
)
def test_a_wrong_setting_is_told(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        ForeignSink(name="city", **options)


def test_a_template_names_only_what_an_event_has() -> None:
    assert unknown_names({"a": "{kind} {severity}", "b": ["{measures.x}", {"c": "{oops}"}]}) == [
        "oops",
        "severity",
    ]
    assert json.dumps(unknown_names({"a": 1})) == "[]"


def test_every_hazard_has_a_chinese_name() -> None:
    assert {kind.value for kind in HazardKind} == set(KINDS_ZH)
