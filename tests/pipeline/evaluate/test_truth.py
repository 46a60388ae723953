"""Which claim is about which event, and the figures that follow; worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from builders import Camera, make_monitor, make_zone, parked
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate import Claim, EventReport, TrueEvent
from pipeline.evaluate.claims import fold_claims
from pipeline.evaluate.report import Judged, percentile
from pipeline.evaluate.truth import match_claims
from pipeline.types import HazardKind

LANE = HazardKind.FIRE_LANE_BLOCKED


def truth(begins_s: float, ends_s: float | None = None, **more: object) -> TrueEvent:
    values = {"kind": LANE, "zone_id": "lane", "begins_s": begins_s, "ends_s": ends_s}
    return TrueEvent(**(values | more))  # type: ignore[arg-type]


def claim(raised_at_s: float, ended_at_s: float | None = None, **more: object) -> Claim:
    values = {
        "kind": LANE,
        "zone_id": "lane",
        "first_seen_s": raised_at_s,
        "raised_at_s": raised_at_s,
        "ended_at_s": ended_at_s,
    }
    return Claim(**(values | more))  # type: ignore[arg-type]


def test_a_claim_is_about_an_event_of_its_kind_zone_and_time() -> None:
    event = truth(10, 50)
    assert match_claims([event], [claim(18)]).matches[0].time_to_raise_s == 8
    for stranger in (
        claim(18, zone_id="other"),
        claim(18, kind=HazardKind.EXIT_BLOCKED),
        claim(6.9),
        claim(53.1),
    ):
        outcome = match_claims([event], [stranger])
        assert (outcome.matches, outcome.missed, outcome.false) == ((), (event,), (stranger,))


def test_the_second_claim_about_one_event_is_a_duplicate() -> None:
    outcome = match_claims([truth(10)], [claim(70), claim(18)])
    assert [match.claim.raised_at_s for match in outcome.matches] == [18]
    assert [each.raised_at_s for each in outcome.duplicates] == [70]
    assert outcome.false == ()


def test_two_events_one_after_the_other_take_a_claim_each() -> None:
    outcome = match_claims([truth(10, 20), truth(40, None)], [claim(45), claim(15, 25)])
    assert [match.claim.raised_at_s for match in outcome.matches] == [15, 45]
    assert outcome.matches[0].time_to_clear_s == 5
    assert outcome.matches[1].time_to_clear_s is None


@given(
    st.lists(st.floats(0, 100).map(lambda at: truth(at, at + 5)), max_size=6),
    st.lists(st.floats(0, 120).map(claim), max_size=8),
)
def test_every_event_and_every_claim_is_accounted_for_once(
    truths: list[TrueEvent], claims: list[Claim]
) -> None:
    outcome = match_claims(truths, claims)
    assert len(outcome.matches) + len(outcome.missed) == len(truths)
    assert len(outcome.matches) + len(outcome.false) + len(outcome.duplicates) == len(claims)


def test_figures_by_hand() -> None:
    night = Judged(
        name="a.mp4",
        conditions=("night",),
        duration_s=3600,
        raise_after_s={"lane": 8.0},
        matching=match_claims(
            [truth(10, 50, clear_width_m=2.0), truth(900)],
            [claim(20, 60, clear_width_m=2.25), claim(300)],
        ),
    )
    day = Judged(
        name="b.mp4",
        conditions=(),
        duration_s=7200,
        raise_after_s={"lane": 8.0},
        matching=match_claims([truth(0)], [claim(9)]),
    )
    found = EventReport(suite="s", model="m", judged=(night, day)).to_json()
    assert (found["precision"], found["recall"]) == (0.6667, 0.6667)
    assert found["f1"] == 0.6667
    assert found["false_alarms_per_camera_day"] == pytest.approx(8.0)
    assert (found["time_to_raise_p50_s"], found["time_to_raise_p95_s"]) == (9, 10)
    assert found["beyond_dwell_p95_s"] == 2
    assert found["clear_width_error_p50_m"] == 0.25
    assert found["by_condition"]["night"]["recall"] == 0.5
    assert found["by_kind"]["fire_lane_blocked"]["events"] == 3
    assert found["clips"][0]["missed"] == [
        {"kind": "fire_lane_blocked", "zone": "lane", "begins_s": 900}
    ]


def test_figures_of_nothing_are_none() -> None:
    found = EventReport(suite="s", model="m", judged=()).to_json()
    assert found["precision"] is found["recall"] is found["f1"] is None
    assert found["false_alarms_per_camera_day"] is None


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([3, 1, 2], 50) == 2
    assert percentile(range(1, 101), 95) == 95
    assert percentile([], 95) is None


def test_phases_fold_into_one_claim_an_incident() -> None:
    camera = Camera(monitor=make_monitor(make_zone(raise_after_s=10.0, clear_after_s=10.0)))
    camera.watch([parked(from_s=5, to_s=60)], until_s=100)
    start = datetime(2026, 1, 5, 2, 10, 59, 100000, tzinfo=UTC) - timedelta(seconds=100)
    (only,) = fold_claims(camera.events, start_at=start)
    assert only.raised_at_s == pytest.approx(100 + camera.raised_at_s[0])
    assert only.ended_at_s == pytest.approx(100 + camera.ended_at_s[0])
    assert only.first_seen_s == pytest.approx(105)
