"""Every answer of docs/wire.md's table, and some that no table foresees."""

import json
from collections.abc import Callable

import pytest
from event_samples import make_event
from scripted_api import Post, Reply, ScriptedApi, wait_until
from structlog.testing import capture_logs

from pipeline.publish import Deliverer, SiteStore


def record(store: SiteStore, key: str, *sequences: int) -> None:
    events = [make_event(key * 32, sequence) for sequence in sequences]
    store.record(camera_id="lane-1", state=None, events=events)


def is_empty(store: SiteStore) -> Callable[[], bool]:
    return lambda: store.counts().pending == 0


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(Reply(status=500), id="500"),
        pytest.param(Reply(status=503), id="503"),
        pytest.param(Reply(status=404), id="404"),
        pytest.param(Reply(status=408), id="408"),
        pytest.param(Reply(status=425), id="425"),
        pytest.param(Reply(status=429), id="429"),
        pytest.param(Reply(status=401), id="401"),
        pytest.param(Reply(status=403), id="403"),
        pytest.param(Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}), id="302"),
        pytest.param(Reply(status=308, headers={"Location": "http://127.0.0.1:1/"}), id="308"),
        pytest.param(Reply(status=200, body="<html>please log in</html>"), id="login page"),
        pytest.param(Reply(status=201, body='{"event_id": "other:1"}'), id="another event"),
        pytest.param(Reply(status=204, body=""), id="204"),
        pytest.param(Reply(close=True), id="closed"),
        pytest.param(Reply(hang_s=30.0), id="hangs"),
    ],
)
def test_what_means_not_now_is_tried_again_in_order_until_it_is_taken(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer], trouble: Reply
) -> None:
    failures = iter([trouble] * 3)
    api.script = lambda _: next(failures, None)
    record(store, "a", 1, 2, 3)
    deliverer = deliver(timeout_s=0.3)
    wait_until(is_empty(store))
    assert api.sequences("a" * 32) == [1, 2, 3]
    assert [post.event["sequence"] for post in api.posts] == [1, 1, 1, 1, 2, 3]
    # The same bytes every time: a retry can never pass for other content.
    assert len({post.text for post in api.posts[:4]}) == 1
    assert store.counts().dead == 0
    assert deliverer.status.last_error != ""
    assert store.outbox.entries("delivered")[0].attempts == 4


@pytest.mark.parametrize("status", [409, 413, 415, 422, 400])
def test_a_refusal_for_good_becomes_a_dead_letter_and_the_next_event_still_goes(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer], status: int
) -> None:
    refusal = json.dumps({"detail": "measures.dwell: unknown field\n\x1b[31m" + "x" * 2000})
    api.script = lambda post: (
        Reply(status=status, body=refusal) if post.event["sequence"] == 1 else None
    )
    record(store, "a", 1, 2, 3)
    deliver()
    wait_until(is_empty(store))
    assert api.sequences("a" * 32) == [2, 3]
    (letter,) = store.dead_letters()
    assert letter.sequence == 1
    assert letter.last_reason.startswith(f"HTTP {status}: ")
    assert "measures.dwell: unknown field" in letter.last_reason
    assert "\x1b" not in letter.last_reason
    assert len(letter.last_reason) < 600


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(status=500), id="500"),
        pytest.param(Reply(close=True), id="closed"),
        # The site of this event alone may be the wrong one for the key.
        pytest.param(Reply(status=403), id="403"),
        pytest.param(Reply(status=302, headers={"Location": "/login"}), id="302"),
        pytest.param(Reply(status=429, headers={"Retry-After": "0"}), id="429"),
    ],
)
def test_one_incident_in_trouble_does_not_hold_up_the_others(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer], reply: Reply
) -> None:
    trouble = {"is": True}

    def script(post: Post) -> Reply | None:
        poisoned = post.event["incident_key"].startswith("a")
        return reply if poisoned and trouble["is"] else None

    api.script = script
    record(store, "a", 1, 2)
    for key in "bcdef":
        record(store, key, 1, 2, 3)
    deliver()
    wait_until(lambda: len(api.taken) == 15)
    assert api.sequences("a" * 32) == []
    trouble["is"] = False
    wait_until(is_empty(store))
    assert api.sequences("a" * 32) == [1, 2]


def test_retry_after_is_honoured(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    replies = iter([Reply(status=429, headers={"Retry-After": "1"})])
    api.script = lambda _: next(replies, None)
    record(store, "a", 1)
    deliver()
    wait_until(is_empty(store))
    assert 1.0 <= api.posts[1].at_s - api.posts[0].at_s < 3.0


def test_a_redirect_is_not_followed(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer]
) -> None:
    with ScriptedApi() as elsewhere:
        api.script = lambda _: Reply(
            status=307, headers={"Location": f"{elsewhere.url}/api/v1/events"}
        )
        record(store, "a", 1)
        deliverer = deliver()
        wait_until(lambda: len(api.posts) >= 3)
        assert elsewhere.posts == []
        assert "never followed; set incident_api.url" in deliverer.status.last_error
        assert store.counts().pending == 1


def test_a_wrong_key_is_said_loudly_and_not_at_every_try_and_never_shown(
    store: SiteStore, api: ScriptedApi, deliver: Callable[..., Deliverer], key: str
) -> None:
    api.script = lambda post: Reply(
        status=401, body=f'{{"detail": "not a key: {post.headers["Authorization"]}"}}'
    )
    record(store, "a", 1)
    with capture_logs() as lines:
        deliverer = deliver()
        wait_until(lambda: len(api.posts) >= 4)
    loud = [line for line in lines if line["log_level"] == "error"]
    assert len(loud) == 1
    assert "the API key is missing, wrong or of another site" in loud[0]["reason"]
    everything = f"{lines} {deliverer.status} {store.outbox.entries('pending')}"
    assert "not a key: Bearer ***" in everything
    assert key not in everything
    assert store.counts().pending == 1
