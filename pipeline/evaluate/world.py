"""Days in front of a camera, made up: what stands, passes, waits and leaves, and what is true.

Times are seconds of the day's stream, boxes are shares of the frame. The truth holds only what
leaves no doubt: things stay either well below or well above the dwell.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.evaluate.truth import TrueEvent
from pipeline.geometry import Box
from pipeline.types import HazardKind, ZoneKind
from pipeline.zones import Zone

__all__ = ["Actor", "Day", "make_day"]

_DAY_S = 86400.0
#: What raises which hazard in a kind of zone.
_HAZARDS: dict[ZoneKind, tuple[tuple[str, HazardKind], ...]] = {
    ZoneKind.FIRE_LANE: tuple(
        (name, HazardKind.FIRE_LANE_BLOCKED) for name in ("car", "car", "truck", "tricycle")
    ),
    ZoneKind.CLIMBING_SITE: tuple(
        (name, HazardKind.CLIMBING_SITE_BLOCKED) for name in ("car", "truck", "furniture", "bundle")
    ),
    ZoneKind.ELEVATOR: (("ebike", HazardKind.EBIKE_IN_ELEVATOR),),
    ZoneKind.CORRIDOR: (
        ("ebike", HazardKind.EBIKE_INDOORS),
        ("carton", HazardKind.CORRIDOR_CLUTTER),
        ("furniture", HazardKind.CORRIDOR_CLUTTER),
    ),
    ZoneKind.EXIT: (("carton", HazardKind.EXIT_BLOCKED), ("ebike", HazardKind.EXIT_BLOCKED)),
}
_HARMLESS: dict[ZoneKind, tuple[str, ...]] = {
    ZoneKind.ELEVATOR: ("bicycle", "wheelchair", "pram", "trolley", "luggage"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Something that can be seen for a while.

    Attributes:
        class_name: What it is.
        from_s, to_s: When it is in the picture; not at ``to_s`` itself.
        where: Its box at a moment.
    """

    class_name: str
    from_s: float
    to_s: float
    where: Callable[[float], Box]


@dataclass(slots=True, kw_only=True)
class Day:
    """One camera's day.

    Attributes:
        actors: Everything that comes into the picture.
        events: What must be raised, no more and no less.
        outages: From and to: the camera shows nothing.
        restarts: From and to: the process is away.
    """

    actors: list[Actor] = field(default_factory=list)
    events: list[TrueEvent] = field(default_factory=list)
    outages: list[tuple[float, float]] = field(default_factory=list)
    restarts: list[tuple[float, float]] = field(default_factory=list)


def make_day(zone: Zone, dice: random.Random) -> Day:
    """Make a day up: a dozen episodes, traffic around them, outages and restarts."""
    day = Day()
    now_s = dice.uniform(60, 1800)
    lift = zone.kind is ZoneKind.ELEVATOR
    # At start-up something may be there already.
    if not lift and dice.random() < 0.2:
        now_s = 0.0
    while now_s < _DAY_S - 10800:
        now_s = _ride(day, zone, dice, now_s) if lift else _episode(day, zone, dice, now_s)
        now_s += 600 + dice.expovariate(1 / 4000)
    for _ in range(2):
        _interrupt(day, day.outages, dice, zone, dice.uniform(20, 600))
    for _ in range(3):
        _interrupt(day, day.restarts, dice, zone, dice.uniform(5, 90))
    return day


def _spot(dice: random.Random) -> Box:
    """A place well inside of the zone; the zone of a simulation fills most of the picture."""
    width, height = dice.uniform(0.14, 0.28), dice.uniform(0.18, 0.3)
    left, bottom = dice.uniform(0.16, 0.84 - width), dice.uniform(0.62, 0.9)
    return left, bottom - height, left + width, bottom


def _shifted(box: Box, x: float, y: float = 0.0) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _stand(day: Day, class_name: str, box: Box, from_s: float, to_s: float) -> None:
    """Comes in from the side within four seconds, stands, and goes the same way."""

    def where(at_s: float) -> Box:
        if at_s < from_s:
            return _shifted(box, -0.25 * (from_s - at_s) / 4)
        if at_s > to_s:
            return _shifted(box, 0.25 * (at_s - to_s) / 4)
        return box

    day.actors.append(Actor(class_name=class_name, from_s=from_s - 4, to_s=to_s + 4, where=where))


def _pass(day: Day, class_name: str, from_s: float, seconds: float, dice: random.Random) -> None:
    box = _spot(dice)
    way = dice.choice((-1, 1))

    def where(at_s: float) -> Box:
        share = (at_s - from_s) / seconds
        return _shifted(box, way * (1.4 * share - 0.7) - (box[0] + box[2]) / 2 + 0.5)

    day.actors.append(
        Actor(class_name=class_name, from_s=from_s, to_s=from_s + seconds, where=where)
    )


def _apart(dice: random.Random, other: Box) -> Box:
    for _ in range(50):
        box = _spot(dice)
        if box[2] < other[0] - 0.02 or box[0] > other[2] + 0.02:
            return box
    return (0.12, 0.6, 0.2, 0.8) if other[0] > 0.3 else (0.8, 0.6, 0.88, 0.8)


def _episode(day: Day, zone: Zone, dice: random.Random, begins_s: float) -> float:
    """One thing that happens in a lane, a corridor or a door; gives its end."""
    class_name, kind = dice.choice(_HAZARDS[zone.kind])
    least_s, clear_s = zone.raise_after_s + 30, zone.clear_after_s
    stay_s = least_s + dice.expovariate(1 / 900)
    ends_s = begins_s + stay_s
    box = _spot(dice)

    def true(from_s: float, to_s: float) -> None:
        day.events.append(TrueEvent(kind=kind, zone_id=zone.id, begins_s=from_s, ends_s=to_s))

    story = dice.random()
    if begins_s > 0 and story < 0.2:
        # A short stop: somebody gets out, or puts a parcel down and fetches it.
        ends_s = begins_s + zone.raise_after_s * dice.uniform(0.15, 0.75)
        _stand(day, class_name, box, begins_s, ends_s)
    elif begins_s > 0 and story < 0.25 and class_name in ("car", "truck", "tricycle"):
        ends_s = _queue(day, class_name, dice, begins_s)
    elif story < 0.35:
        # One goes, another takes its place.
        gap_s = dice.uniform(-10, 0.3 * clear_s)
        _stand(day, class_name, box, begins_s, ends_s)
        end_s = ends_s + gap_s + least_s + dice.expovariate(1 / 300)
        _stand(day, class_name, _shifted(box, dice.uniform(-0.02, 0.02)), ends_s + gap_s, end_s)
        true(begins_s, end_s)
        ends_s = end_s
    elif story < 0.45:
        # Two at once: one incident.
        _stand(day, class_name, box, begins_s, ends_s)
        later_s = begins_s + dice.uniform(0, stay_s / 2)
        end_s = later_s + stay_s
        _stand(day, class_name, _apart(dice, box), later_s, end_s)
        true(begins_s, max(ends_s, end_s))
        ends_s = max(ends_s, end_s)
    elif story < 0.55:
        # It leaves and comes back: two incidents.
        _stand(day, class_name, box, begins_s, ends_s)
        true(begins_s, ends_s)
        again_s = ends_s + 4 * clear_s + dice.uniform(20, 300)
        _stand(day, class_name, box, again_s, again_s + stay_s)
        true(again_s, again_s + stay_s)
        ends_s = again_s + stay_s
    else:
        _stand(day, class_name, box, begins_s, ends_s)
        true(begins_s, ends_s)
    _traffic(day, zone, dice, begins_s, ends_s)
    return ends_s


def _queue(day: Day, class_name: str, dice: random.Random, begins_s: float) -> float:
    """Stop and go: each vehicle rests a few seconds here and there on its way through."""
    now_s = begins_s
    while now_s < begins_s + 150:
        rest_s = dice.uniform(8, 25)
        _stand(day, class_name, _spot(dice), now_s, now_s + rest_s)
        now_s += rest_s + dice.uniform(6, 12)
    return now_s


def _traffic(day: Day, zone: Zone, dice: random.Random, from_s: float, to_s: float) -> None:
    """People and vehicles that pass, before, after and in front of what stands."""
    outdoors = zone.kind in (ZoneKind.FIRE_LANE, ZoneKind.CLIMBING_SITE)
    now_s = from_s - 300
    while now_s < to_s + 300:
        now_s += dice.expovariate(1 / 60)
        name = dice.choice(("person", "person", "car", "ebike") if outdoors else ("person",))
        _pass(day, name, now_s, dice.uniform(4, 9), dice)


def _ride(day: Day, zone: Zone, dice: random.Random, begins_s: float) -> float:
    """A lift ride: an e-bike half of the time, else something that may go along."""
    ends_s = begins_s + dice.uniform(12, 60)
    box = _spot(dice)
    hazard = dice.random() < 0.5
    names = ("ebike",) if hazard else _HARMLESS[zone.kind]
    wander = dice.uniform(2, 6)

    def where(at_s: float) -> Box:
        # Turned and pushed about while people find their place.
        share = ((at_s - begins_s) / wander) % 2
        return _shifted(box, 0.06 * (share if share < 1 else 2 - share))

    day.actors.append(
        Actor(class_name=dice.choice(names), from_s=begins_s, to_s=ends_s, where=where)
    )
    for _ in range(dice.randrange(3)):
        # The rider stands aside: hides the bike now and then.
        _pass(day, "person", dice.uniform(begins_s, ends_s), dice.uniform(2, 5), dice)
    if hazard:
        _, kind = _HAZARDS[zone.kind][0]
        day.events.append(TrueEvent(kind=kind, zone_id=zone.id, begins_s=begins_s, ends_s=ends_s))
    return ends_s


def _interrupt(
    day: Day,
    kept: list[tuple[float, float]],
    dice: random.Random,
    zone: Zone,
    seconds: float,
) -> None:
    """An interruption while a hazard is open, never at a doubtful moment.

    Doubtful is just before the dwell is reached or just before the thing leaves.
    """
    settled_s = zone.raise_after_s + 60
    long = [
        event
        for event in day.events
        if event.ends_s is not None and event.ends_s - event.begins_s > 2 * settled_s + seconds
    ]
    if not long or dice.random() < 0.3:
        return
    event = dice.choice(long)
    end_s = event.ends_s or 0.0
    begin_s = dice.uniform(event.begins_s + settled_s, end_s - seconds - 30)
    if any(
        begin_s < other_to and begin_s + seconds > other_from
        for other_from, other_to in (*day.outages, *day.restarts)
    ):
        return
    kept.append((begin_s, begin_s + seconds))
