"""What a source may be asked for, and how long it pauses."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sources_stage import spec

from pipeline.errors import ConfigError
from pipeline.sources import SourceKind, SourceSpec
from pipeline.sources.backoff import Backoff
from pipeline.sources.job import decode_job, encode_job

WRONG = [
    ({"url": "ftp://10.0.0.1/x"}, "expected a path, rtsp://, http:// or webcam:N"),
    ({"url": "rtsp://admin:geheim@10.0.0.1:99999/x"}, "expected rtsp://host[:port]/path"),
    ({"url": "rtsp:///x"}, "expected rtsp://host[:port]/path"),
    ({"url": "webcam:front"}, "expected webcam:N with a number"),
    ({"url": ""}, "expected an address, got none"),
    ({"sample_fps": 0.0}, "sample_fps: expected a number above 0, got 0.0"),
    ({"sample_fps": float("nan")}, "sample_fps: expected a number above 0"),
    ({"stall_timeout_s": -1.0}, "stall_timeout_s: expected a number above 0, got -1.0"),
    ({"backoff_min_s": 5.0, "backoff_max_s": 2.0}, "backoff_max_s: expected at least"),
    ({"pace": "slow"}, "pace: expected 'live' or 'fast', got 'slow'"),
    ({"url": "rtsp://a:geheim@10.0.0.1/x", "pace": "fast"}, "'fast' is for recordings"),
    ({"start_at": datetime(2026, 1, 1)}, "start_at: expected a time with a timezone"),  # noqa: DTZ001
]


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_work_is_refused_at_once(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        spec(**({"url": "clip.mp4"} | changes))
    assert message in str(caught.value)
    assert str(caught.value).startswith("camera lane-1: ")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("clips/lane.mp4", SourceKind.FILE),
        ("rtsp://10.0.0.1/x?channel=1&subtype=1", SourceKind.RTSP),
        ("RTSPS://10.0.0.1/x", SourceKind.RTSP),
        ("https://10.0.0.1/x.m3u8", SourceKind.HTTP),
        ("webcam:0", SourceKind.WEBCAM),
    ],
)
def test_kinds(url: str, kind: SourceKind) -> None:
    assert spec(url).kind is kind


def test_the_password_is_not_in_the_repr() -> None:
    assert "geheim" not in repr(spec("rtsp://admin:geheim@10.0.0.1/x"))


def test_a_job_crosses_the_pipe_unchanged() -> None:
    asked = SourceSpec(
        camera_id="电梯-1",
        url="clips/电梯.mp4",
        sample_fps=2.5,
        pace="fast",
        start_at=datetime(2026, 5, 1, tzinfo=UTC),
    )
    line = json.dumps(encode_job(asked, skip_s=1.25)).encode()
    assert decode_job(json.loads(line)) == (asked, 1.25)


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 200.0), min_size=1, max_size=80), st.randoms(use_true_random=False))
def test_pauses_stay_between_the_bounds_and_grow(healthy: list[float], random) -> None:
    ceilings: list[float] = []

    def uniform(low: float, high: float) -> float:
        assert low == 1.0
        ceilings.append(high)
        return random.uniform(low, high)

    backoff = Backoff(min_s=1.0, max_s=60.0, uniform=uniform)
    failures = 0
    for healthy_s in healthy:
        pause_s = backoff.next_s(healthy_s=healthy_s)
        failures = 1 if healthy_s >= 60.0 else failures + 1
        assert ceilings[-1] == min(60.0, 2.0**failures)
        assert 1.0 <= pause_s <= ceilings[-1]
