"""Hypothesis strategies of the pipeline's domain: boxes, polygons, frames of boxes, scenes."""

import math
import random
from typing import Any

from builders import CLASSES, Box, Seen
from hypothesis import strategies as st

__all__ = ["boxes", "frames_of_boxes", "misses", "seen", "star_polygons", "steps_of_time"]


@st.composite
def boxes(draw: st.DrawFn, *, min_side: float = 0.02) -> Box:
    """A box inside the frame with sides of at least ``min_side``."""
    left = draw(st.floats(0, 1 - min_side))
    top = draw(st.floats(0, 1 - min_side))
    right = draw(st.floats(left + min_side, 1))
    bottom = draw(st.floats(top + min_side, 1))
    return (left, top, right, bottom)


@st.composite
def star_polygons(draw: st.DrawFn) -> tuple[tuple[float, float], ...]:
    """A simple polygon, often concave, of 3 to 12 corners, in either direction.

    Corners go around a centre by growing angle, no two more than half a turn apart, so that
    no sides cross.
    """
    count = draw(st.integers(3, 12))
    centre_x, centre_y = draw(st.floats(0.3, 0.7)), draw(st.floats(0.3, 0.7))
    reach = min(centre_x, centre_y, 1 - centre_x, 1 - centre_y)
    turn = draw(st.floats(0, 2 * math.pi))
    points = []
    for corner in range(count):
        # Each corner keeps to the middle of its own sector.
        angle = turn + 2 * math.pi * (corner + draw(st.floats(0.3, 0.7))) / count
        radius = reach * draw(st.floats(0.2, 1.0))
        points.append((centre_x + radius * math.cos(angle), centre_y + radius * math.sin(angle)))
    if draw(st.booleans()):
        points.reverse()
    return tuple(points)


def seen(**fixed: Any) -> st.SearchStrategy[Seen]:
    """One detection of any class, place, confidence and track id, unless ``fixed``."""
    free: dict[str, st.SearchStrategy[Any]] = {
        "class_name": st.sampled_from(CLASSES),
        "box": boxes(),
        "confidence": st.floats(0.05, 1.0),
        "track_id": st.integers(-1, 5),
    }
    return st.builds(Seen, **(free | {name: st.just(value) for name, value in fixed.items()}))


def frames_of_boxes(*, max_frames: int = 60) -> st.SearchStrategy[list[list[Seen]]]:
    """What a mad detector might give over some frames.

    Most boxes come from a few spots, so that footprints do get old.
    """
    spots = st.sampled_from(
        [
            Seen(class_name="car", box=(0.30, 0.40, 0.60, 0.80)),
            Seen(class_name="truck", box=(0.32, 0.40, 0.62, 0.80), track_id=3),
            Seen(class_name="car", box=(0.62, 0.42, 0.88, 0.82), confidence=0.36),
            Seen(class_name="ebike", box=(0.15, 0.50, 0.35, 0.90), confidence=0.6),
            Seen(class_name="bicycle", box=(0.15, 0.50, 0.35, 0.90), confidence=0.5),
            Seen(class_name="person", box=(0.25, 0.30, 0.65, 0.95)),
        ]
    )
    frame = st.lists(st.one_of(spots, spots, spots, seen()), max_size=4)
    # Long runs of the same frame, as in real life.
    runs = st.tuples(frame, st.integers(1, 15))
    return st.lists(runs, min_size=1, max_size=12).map(
        lambda parts: [boxes for boxes, times in parts for _ in range(times)][:max_frames]
    )


def misses(*, frames: int, share: float) -> st.SearchStrategy[frozenset[int]]:
    """Indices of frames in which the detector sees nothing, at random.

    Each frame is missed with the given probability, whatever the others do.
    """

    def dice_for(seed: int) -> frozenset[int]:
        dice = random.Random(seed)  # noqa: S311  (a repeatable scene, no secret)
        return frozenset(index for index in range(frames) if dice.random() < share)

    return st.integers(0, 2**32).map(dice_for)


def steps_of_time(*, max_steps: int = 60) -> st.SearchStrategy[list[float]]:
    """Differences in seconds between the wall clocks of successive frames.

    Mostly an even second; sometimes a repeated frame, a gap, an outage, a clock set back.
    """
    step = st.one_of(
        st.just(1.0),
        st.just(1.0),
        st.just(1.0),
        st.floats(0.04, 3.0),
        st.sampled_from([0.0, 10.0, 45.0, 61.0, 7200.0, -0.3, -4.0, -3600.0]),
    )
    return st.lists(step, min_size=max_steps, max_size=max_steps)
