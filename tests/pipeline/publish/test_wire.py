"""The wire format: what docs/wire.md shows is what is written."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from event_samples import make_event, make_picture
from hypothesis import given
from hypothesis import strategies as st

from pipeline.publish.wire import event_from_json, event_to_json, event_to_text
from pipeline.types import HazardEvent, HazardKind, Phase, SubjectBox

SHARE = st.floats(0, 1, allow_nan=False)
MOMENT = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001  (hypothesis wants naive bounds)
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
)
EVENTS = st.builds(
    HazardEvent,
    kind=st.sampled_from(HazardKind),
    phase=st.sampled_from(Phase),
    site=st.text(min_size=1),
    camera_id=st.text(min_size=1),
    zone_id=st.text(min_size=1),
    camera_name=st.text(),
    incident_key=st.text("0123456789abcdef", min_size=8, max_size=64),
    sequence=st.integers(1, 10**6),
    occurred_at=MOMENT,
    first_seen=MOMENT,
    last_seen=MOMENT,
    raised_at=MOMENT,
    media_time_s=st.floats(0, 1e7),
    confidence=SHARE,
    measures=st.dictionaries(st.text(min_size=1), st.floats(-1e9, 1e9)),
    subjects=st.lists(
        st.builds(
            SubjectBox,
            class_name=st.text(min_size=1),
            confidence=SHARE,
            xyxy_norm=st.tuples(SHARE, SHARE, SHARE, SHARE),
        ),
        max_size=3,
    ).map(tuple),
    reason=st.text(),
)


@given(EVENTS)
def test_an_event_survives_the_wire(event: HazardEvent) -> None:
    assert event_from_json(json.loads(event_to_text(event))) == event


def test_the_page_and_the_code_name_the_same_fields_in_the_same_order(repo_root: Path) -> None:
    page = (repo_root / "docs" / "wire.md").read_text(encoding="utf-8")
    example = json.loads(re.search(r"```json\n(.*?)```", page, re.DOTALL)[1])
    ref, _ = make_picture(b"picture")
    written = event_to_json(make_event(evidence=(ref,)))
    assert list(written) == list(example)
    assert list(written["subjects"][0]) == list(example["subjects"][0])
    assert list(written["evidence"][0]) == list(example["evidence"][0])
    for name in ("occurred_at", "first_seen", "raised_at", "media_time_s", "confidence"):
        assert written[name] == example[name]
    assert written["subjects"] == example["subjects"]
    assert written["measures"] == example["measures"]


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 5, 2, 11, 9, 200_000, tzinfo=UTC), "2026-01-05T02:11:09.200Z"),
        (datetime(2026, 1, 5, 2, 11, 9, tzinfo=UTC), "2026-01-05T02:11:09.000Z"),
        (datetime(2026, 1, 5, 2, 11, 9, 200_001, tzinfo=UTC), "2026-01-05T02:11:09.200001Z"),
        (
            datetime(2026, 1, 5, 10, 11, 9, tzinfo=timezone(timedelta(hours=8))),
            "2026-01-05T02:11:09.000Z",
        ),
    ],
)
def test_times_are_utc_and_lose_nothing(moment: datetime, text: str) -> None:
    assert event_to_json(make_event(occurred_at=moment))["occurred_at"] == text


def test_numbers_of_numpy_become_plain_numbers() -> None:
    event = make_event(confidence=np.float32(0.5), measures={"dwell_s": np.float64(3.25)})
    assert json.loads(event_to_text(event))["measures"] == {"dwell_s": 3.25}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"measures": {"dwell_s": float("nan")}}, "measures.dwell_s: expected a finite"),
        ({"media_time_s": float("inf")}, "media_time_s: expected a finite"),
        ({"incident_key": "车道"}, "incident_key: expected printable ASCII"),
        ({"incident_key": "a\r\nX-Evil: 1"}, "incident_key: expected printable ASCII"),
    ],
)
def test_what_cannot_travel_is_refused_by_name(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        event_to_json(make_event(**changes))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "lifelane.event/2"}, "schema: expected 'lifelane.event/1'"),
        ({"event_id": "other:1"}, "event_id: expected"),
        ({"surprise": 1}, "surprise: unknown field"),
    ],
)
def test_reading_back_is_strict(change: dict[str, object], message: str) -> None:
    body = event_to_json(make_event()) | change
    with pytest.raises(ValueError, match=re.escape(message)):
        event_from_json(body)
    del body["zone_id"]
    with pytest.raises(ValueError, match=r"zone_id: missing|schema"):
        event_from_json(body)
