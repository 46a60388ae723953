"""Bumper-to-bumper traffic is no parked vehicle, however short the patience of the zone."""

import random

import pytest
from builders import Camera, Seen, Thing, make_monitor, make_zone, parked

Box = tuple[float, float, float, float]
LENGTH, SPACING = 0.22, 0.26
WHOLE = ((0.0, 0.2), (1.0, 0.2), (1.0, 1.0), (0.0, 1.0))


def queue(seed: int, *, until_s: float, longest_s: float = 14.0) -> list[Thing]:
    """Vehicles that all move up by one place at a time and stop where the one before stood."""
    dice = random.Random(seed)  # noqa: S311  (a story, no secret)
    stops: list[tuple[float, float]] = []
    now_s = 0.0
    while now_s < until_s:
        rest_s, roll_s = dice.uniform(5, longest_s), dice.uniform(2, 4)
        stops.append((now_s + rest_s, roll_s))
        now_s += rest_s + roll_s

    def offset(at_s: float) -> float:
        moved = 0.0
        for leaves_s, roll_s in stops:
            moved += SPACING * min(max((at_s - leaves_s) / roll_s, 0.0), 1.0)
        return moved

    def vehicle(place: int) -> Thing:
        wide = LENGTH * dice.uniform(0.92, 1.08)
        tall = 0.2 * dice.uniform(0.9, 1.15)
        slip = dice.uniform(-0.02, 0.02)

        def where(at_s: float) -> Box | None:
            left = offset(at_s) - place * SPACING + slip
            if left >= 1.0 or left + wide <= 0.02:
                return None
            return (max(left, 0.0), 0.8 - tall, min(left + wide, 1.0), 0.8)

        return Thing(where=where)

    return [vehicle(place) for place in range(-4, len(stops) + 1)]


def lane(raise_after_s: float, fps: float, seed: int, misses: float = 0.0) -> Camera:
    dice = random.Random(seed)  # noqa: S311  (a story, no secret)

    def spoil(_: int, seen: list[Seen]) -> list[Seen]:
        return [each for each in seen if dice.random() >= misses]

    zone = make_zone(polygon_norm=WHOLE, raise_after_s=raise_after_s, clear_after_s=10.0)
    return Camera(monitor=make_monitor(zone), fps=fps, spoil=spoil)


@pytest.mark.parametrize("fps", [1.0, 5.0])
@pytest.mark.parametrize("raise_after_s", [15.0, 20.0])
def test_a_queue_that_moves_up_raises_nothing(raise_after_s: float, fps: float) -> None:
    for seed in range(2):
        # At one frame a second a roll is two or three frames: there none of them may be missed.
        watched = lane(raise_after_s, fps, seed, misses=0.1 if fps > 1 else 0.0)
        watched.watch(queue(seed, until_s=120, longest_s=raise_after_s - 6), until_s=120)
        assert watched.events == [], f"seed {seed}"


@pytest.mark.parametrize("fps", [1.0, 5.0])
def test_one_that_is_parked_beside_the_queue_is_raised_all_the_same(fps: float) -> None:
    kerb = (0.4, 0.25, 0.65, 0.5)
    for seed in range(2):
        watched = lane(20.0, fps, seed, misses=0.2)
        watched.watch([parked(kerb), *queue(seed, until_s=60)], until_s=60)
        (subject,) = watched.events[0].subjects
        assert subject.xyxy_norm == pytest.approx(kerb)
        assert watched.raised_at_s[0] <= 30.0, f"seed {seed}"
        assert len(watched.raised_at_s) == 1


def test_the_one_at_which_the_queue_has_ended_is_raised() -> None:
    watched = lane(20.0, 2.0, 1)
    things = queue(1, until_s=60)
    last = next(box for thing in reversed(things) if (box := thing.where(59.9)) is not None)
    stays = parked(last, from_s=60.0)
    watched.watch(things, until_s=60)
    watched.watch([stays], until_s=120)
    assert len(watched.raised_at_s) == 1
    assert 70.0 <= watched.raised_at_s[0] <= 82.0
