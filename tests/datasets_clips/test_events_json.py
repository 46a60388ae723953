"""The demo clips are what events.json says: size, rate, length, budget, no B-frames."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import av
import pytest

CLIPS = Path(__file__).resolve().parents[2] / "datasets" / "clips"
KINDS = {
    "fire_lane": {"fire_lane_blocked"},
    "elevator": {"ebike_in_elevator"},
    "corridor": {"corridor_clutter"},
}
BUDGET_BYTES = 12 * 1024 * 1024


def _clips() -> list[dict[str, Any]]:
    listed = json.loads((CLIPS / "events.json").read_text(encoding="utf-8"))["clips"]
    assert isinstance(listed, list)
    return listed


def test_every_film_is_listed_and_every_listed_film_exists() -> None:
    listed = [str(clip["file"]) for clip in _clips()]
    assert sorted(listed) == sorted(path.name for path in CLIPS.glob("*.mp4"))
    assert len(listed) >= 3


def test_together_they_keep_to_the_budget() -> None:
    assert sum(path.stat().st_size for path in CLIPS.glob("*.mp4")) <= BUDGET_BYTES


@pytest.mark.parametrize("name", [str(clip["file"]) for clip in _clips()])
def test_film_agrees_with_its_entry(name: str) -> None:
    entry = next(clip for clip in _clips() if clip["file"] == name)
    with av.open(str(CLIPS / name)) as film:
        stream = film.streams.video[0]
        time_base = stream.time_base
        assert time_base is not None
        times = []
        keyframes = []
        for packet in film.demux(stream):
            if packet.pts is None:
                continue
            assert packet.pts == packet.dts, "a B-frame: cameras send none, decoders stall on them"
            times.append(float(packet.pts * time_base))
            keyframes.append(packet.is_keyframe)
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert [stream.codec_context.width, stream.codec_context.height] == entry["size_px"]
        assert stream.average_rate == entry["fps"]
    duration_s = float(str(entry["duration_s"]))
    assert times[-1] - times[0] == pytest.approx(duration_s, abs=0.2)
    starts = [i for i, key in enumerate(keyframes) if key]
    assert max(b - a for a, b in itertools.pairwise(starts)) <= 30


@pytest.mark.parametrize("name", [str(clip["file"]) for clip in _clips()])
def test_events_lie_inside_their_film_and_zone_inside_the_frame(name: str) -> None:
    entry = next(clip for clip in _clips() if clip["file"] == name)
    events = entry["events"]
    assert isinstance(events, list)
    assert events
    for event in events:
        assert event["kind"] in KINDS[str(entry["place"])]
        ends_s = entry["duration_s"] if event["ends_s"] is None else event["ends_s"]
        assert 0 < event["begins_s"] < ends_s <= entry["duration_s"]
        assert len(event["zone"]) >= 3
        assert all(0 <= value <= 1 for point in event["zone"] for value in point)
