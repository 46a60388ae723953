"""Who may be sent when: pure, with a clock that the test turns."""

import pytest

from pipeline.publish.backoff import Schedule, full_jitter_s


class ManualClock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def schedule(clock: ManualClock) -> Schedule:
    # A share of 1 makes every wait as long as its upper bound.
    return Schedule(parallel=2, min_s=1.0, max_s=8.0, clock=clock, random_share=lambda: 1.0)


@pytest.mark.parametrize(
    ("failures", "share", "expected_s"),
    [
        (1, 1.0, 0.5),
        (2, 1.0, 1.0),
        (5, 0.5, 4.0),
        (8, 1.0, 60.0),
        (5000, 1.0, 60.0),
        (3, 0.0, 0.02),
    ],
)
def test_the_wait_doubles_up_to_its_cap(failures: int, share: float, expected_s: float) -> None:
    assert full_jitter_s(
        failures, min_s=0.5, max_s=60.0, random_share=lambda: share
    ) == pytest.approx(expected_s)


def test_one_incident_that_fails_waits_and_the_others_go(
    schedule: Schedule, clock: ManualClock
) -> None:
    schedule.sent("bad")
    schedule.postponed("bad")
    assert schedule.choose(["bad", "good"]) == ["good"]
    assert schedule.has_room
    clock.now_s += 1.0
    assert schedule.choose(["bad", "good"]) == ["good", "bad"]


def test_waits_grow_and_a_success_ends_them(schedule: Schedule, clock: ManualClock) -> None:
    dues = []
    for _ in range(5):
        schedule.postponed("bad")
        due_s = schedule.next_due_s(after_s=clock.now_s)
        assert due_s is not None
        dues.append(due_s - clock.now_s)
        clock.now_s = due_s
    assert dues == [1.0, 2.0, 4.0, 8.0, 8.0]
    schedule.settled("bad")
    assert schedule.next_due_s(after_s=clock.now_s) is None


def test_at_most_so_many_on_their_way_and_each_incident_once(schedule: Schedule) -> None:
    schedule.sent("a")
    assert schedule.choose(["a", "b"]) == ["b"]
    schedule.sent("b")
    assert not schedule.has_room
    schedule.settled("a")
    assert schedule.has_room


def test_when_the_api_is_away_everything_waits_then_one_goes_first(
    schedule: Schedule, clock: ManualClock
) -> None:
    for key in ("a", "b"):
        schedule.sent(key)
    for key in ("a", "b"):
        schedule.unanswered(key)
    assert schedule.is_closed
    assert not schedule.has_room
    # Two that failed together are one failure: the first wait, not the second.
    assert schedule.next_due_s(after_s=clock.now_s) == clock.now_s + 1.0
    clock.now_s += 1.0
    assert schedule.has_room
    schedule.sent("a")
    assert not schedule.has_room
    schedule.settled("a")
    schedule.sent("a")
    assert schedule.has_room


def test_many_different_failures_in_a_row_close_the_gate(schedule: Schedule) -> None:
    for number in range(7):
        schedule.postponed(f"incident-{number}")
    assert not schedule.is_closed
    schedule.postponed("incident-7")
    assert schedule.is_closed


def test_one_incident_that_always_fails_never_closes_the_gate(
    schedule: Schedule, clock: ManualClock
) -> None:
    for _ in range(50):
        schedule.postponed("poison")
        clock.now_s += 8.0
    assert not schedule.is_closed


@pytest.mark.parametrize(("asked_s", "expected_s"), [(30.0, 31.0), (1e9, 301.0), (-5.0, 1.0)])
def test_retry_after_is_honoured_within_bounds(
    schedule: Schedule, clock: ManualClock, asked_s: float, expected_s: float
) -> None:
    schedule.postponed("a", retry_after_s=asked_s)
    assert schedule.next_due_s(after_s=clock.now_s) == clock.now_s + expected_s


def test_waits_of_incidents_that_are_gone_are_forgotten(
    schedule: Schedule, clock: ManualClock
) -> None:
    schedule.postponed("gone")
    schedule.postponed("here")
    schedule.keep_only(["here"])
    assert schedule.choose(["gone", "here"]) == ["gone"]
