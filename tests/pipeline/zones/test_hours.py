"""Hours of the week, Beijing time."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.zones import Hours, Window

ALL = frozenset(range(7))
MONDAY = datetime(2026, 1, 5, tzinfo=UTC) - timedelta(hours=8)  # midnight in Beijing


def at(day: int, hour: float) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)


@pytest.mark.parametrize(
    ("day", "hour", "inside"),
    [(0, 9, True), (0, 8.99, False), (0, 11, False), (4, 10.99, True), (5, 10, False)],
)
def test_a_window_has_its_first_minute_and_not_its_last(
    day: int, hour: float, inside: bool
) -> None:
    window = Window(days=frozenset(range(5)), start_min=9 * 60, end_min=11 * 60)
    assert Hours([window]).covers(at(day, hour)) is inside


@pytest.mark.parametrize(
    ("day", "hour", "inside"),
    [(4, 22, True), (5, 5.9, True), (5, 6, False), (5, 22.5, False), (0, 3, False)],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(day: int, hour: float, inside: bool) -> None:
    night = Window(days=frozenset({4}), start_min=22 * 60, end_min=6 * 60)
    assert Hours([night]).covers(at(day, hour)) is inside


def test_the_week_is_a_ring() -> None:
    night = Window(days=frozenset({6}), start_min=22 * 60, end_min=6 * 60)
    assert Hours([night]).covers(at(7, 3))
    whole = Window(days=ALL, start_min=0, end_min=24 * 60)
    assert all(Hours([whole]).covers(at(0, hour / 4)) for hour in range(4 * 24 * 7))


@pytest.mark.parametrize(
    "changes", [{"days": frozenset()}, {"days": frozenset({7})}, {"start_min": -1}, {"end_min": 0}]
)
def test_windows_that_cannot_be_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"expected|same minute"):
        Window(**({"days": ALL, "start_min": 0, "end_min": 60} | changes))  # type: ignore[arg-type]
