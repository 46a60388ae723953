"""What happens in every clip of the event suite, and what is therefore true.

Plain data, no Blender: who moves when along which path, and which hazards begin and end when.
`u` runs from 0 to 1 along a mover's path; a thing of one pose is at u = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLIPS", "RAISE_S", "Clip", "Event", "Track"]

RAISE_S = {"elevator": (0.0, 3.0)}  # raise_after_s, clear_after_s by kind; (8, 4) elsewhere
NEVER = "hard_negative"


@dataclass(frozen=True)
class Track:
    """A mover's time table: (t, u) keys; it is seen from the first to the last, or to the end."""

    mover: str
    keys: tuple
    stays: bool = False


@dataclass(frozen=True)
class Event:
    """A hazard; `inside` names the mover whose way into a lift car sets the times."""

    kind: str
    begins_s: float | None = None
    ends_s: float | None = None
    inside: str | None = None


@dataclass(frozen=True)
class Clip:
    """One clip of one camera."""

    name: str
    scene: str
    duration_s: float
    tracks: tuple
    conditions: tuple = ()
    events: tuple = ()
    door: tuple = ()
    reference: bool = False


def _static(mover, t0=0.0, t1=None):
    return Track(mover, ((t0, 0.0), (t1 if t1 is not None else t0, 0.0)), stays=t1 is None)


def _go(mover, t0, dur, u0=0.0, u1=1.0, stays=False):
    return Track(mover, ((t0, u0), (t0 + dur, u1)), stays)


DOOR = ((0, 0), (2, 0), (3, 1), (7.5, 1), (8.5, 0), (15, 0), (16, 1), (20.5, 1), (21.5, 0))


def _ride(mover, t0=3.2, t1=16.2, dur=3.4):
    """In through the open door, along, out again."""
    return Track(mover, ((t0, 0.0), (t0 + dur, 1.0), (t1, 1.0), (t1 + dur, 0.0)))


def _lift(name, scene, movers, conditions=(), hazards=(), door=DOOR, duration=24.0):
    tracks = tuple(m if isinstance(m, Track) else _ride(m) for m in movers)
    events = tuple(Event("ebike_in_elevator", inside=h) for h in hazards)
    return Clip(name, scene, duration, tracks, conditions, events, door)


def _evasion(*names):
    return tuple(f"evasion:{n}" for n in names)


def _lifts():
    for mover, conditions in (
        ("moped", ()),
        ("commuter_quilt", _evasion("quilt")),
        ("raincoat", _evasion("raincoat")),
        ("canopy", _evasion("windshield")),
        ("backwards", _evasion("backwards")),
        ("delivery", ()),
    ):
        yield _lift(f"lift-a-{mover}", "lift-a", [mover], conditions, [mover])
    for mover in ("bicycle", "wheelchair", "pram", "trolley", "suitcase", "scooter", "umbrella"):
        yield _lift(f"lift-a-{mover}", "lift-a", [mover], (NEVER,))
    yield _lift("lift-a-battery", "lift-a", ["battery"], (NEVER, "evasion:battery"))
    four = [_ride("person_b", 3.0, 17.6), _ride("person_d", 3.8, 17.0), _ride("person_a", 4.6)]
    yield _lift("lift-a-crowd", "lift-a", [*four, _ride("person_c", 5.2, 15.9)], (NEVER, "crowd"))
    ride = _ride("moped", 4.2, 16.2, 3.0)
    yield _lift(
        "lift-a-moped-crowd",
        "lift-a",
        [_ride("person_b", 3.0, 17.8, 2.4), _ride("person_d", 3.4, 18.0, 2.4), ride],
        ("crowd", "occlusion", *_evasion("crowd")),
        ["moped"],
    )
    yield _lift(
        "lift-a-moped-umbrella",
        "lift-a",
        [_ride("moped", 3.2), _ride("umbrella", 5.0, 15.9, 2.4)],
        ("occlusion", *_evasion("umbrella")),
        ["moped"],
    )
    waits = Track("moped", ((3.0, 0.0), (4.0, 0.28), (7.4, 0.28), (8.4, 0.0)))
    yield _lift("lift-a-lobby", "lift-a", [waits, _ride("person_a", 4.4)], (NEVER, "passing"))
    twice = (*DOOR[:-2], (28, 1), (29, 0))
    yield _lift(
        "lift-a-two-after-another",
        "lift-a",
        [_ride("moped"), Track("delivery", ((24.0, 0.0), (27.4, 1.0)), True)],
        ("returning",),
        ["moped", "delivery"],
        twice,
        36.0,
    )
    leaves = Track("moped", ((0.0, 1.0), (14.2, 1.0), (17.6, 0.0)))
    out = ((0, 0), (13, 0), (14, 1), (19, 1), (20, 0))
    yield _lift("lift-a-already", "lift-a", [leaves], ("already_there",), ["moped"], out)

    for mover, conditions in (
        ("moped", ()),
        ("commuter_quilt", _evasion("quilt")),
        ("raincoat", _evasion("raincoat")),
    ):
        yield _lift(f"lift-b-{mover}", "lift-b", [mover], ("fisheye", *conditions), [mover])
    for mover in ("bicycle", "wheelchair", "pram"):
        yield _lift(f"lift-b-{mover}", "lift-b", [mover], ("fisheye", NEVER))
    pair = [_ride("person_b", 3.0, 17.6), _ride("person_a", 4.6)]
    yield _lift("lift-b-people", "lift-b", pair, ("fisheye", NEVER, "crowd"))
    crowd = [_ride("person_b", 3.0, 17.8, 2.4), ride]
    yield _lift(
        "lift-b-moped-crowd", "lift-b", crowd, ("fisheye", "crowd", *_evasion("crowd")), ["moped"]
    )

    mirror = ("mirror", *_evasion("mirror"))
    yield _lift("lift-c-moped", "lift-c", ["moped"], mirror, ["moped"])
    yield _lift("lift-c-moped-crowd", "lift-c", crowd, (*mirror, "crowd"), ["moped"])
    yield _lift("lift-c-bicycle", "lift-c", ["bicycle"], ("mirror", NEVER))
    yield _lift("lift-c-people", "lift-c", pair, ("mirror", NEVER))

    for mover, conditions in (("moped", ()), ("commuter_quilt", _evasion("quilt"))):
        yield _lift(f"lift-d-{mover}", "lift-d", [mover], ("infrared", *conditions), [mover])
    yield _lift("lift-d-moped-crowd", "lift-d", crowd, ("infrared", "crowd"), ["moped"])
    for mover in ("bicycle", "pram"):
        yield _lift(f"lift-d-{mover}", "lift-d", [mover], ("infrared", NEVER))
    poster = ("infrared", NEVER, *_evasion("poster"))  # the sign on its wall shows an e-bike
    yield _lift("lift-d-poster", "lift-d", ["person_a"], poster)


LANE = "fire_lane_blocked"


def _lanes():
    def clip(name, scene, duration, tracks, conditions=(), *events):
        return Clip(f"{scene}-{name}", scene, duration, tuple(tracks), conditions, events)

    parks = _go("parks", 3, 5, stays=True)
    yield clip("parks", "lane-a", 30, [parks, _go("walker", 12, 8)], (), Event(LANE, 8.0))
    yield clip(
        "passing", "lane-a", 26, [_go("through", 2, 6), _go("rider", 12, 6)], (NEVER, "passing")
    )
    queue = Track("middle", ((2, 0), (6, 1), (11, 1), (15, 0)))
    yield clip("queueing", "lane-a", 26, [queue], (NEVER, "queueing"))
    second = _go("second", 15, 4, stays=True)
    yield clip("two", "lane-a", 36, [parks, second], ("two_at_once",), Event(LANE, 8.0))
    gone = Track("parks", ((0, 1), (15, 1), (19, 0)))
    yield clip("already", "lane-a", 32, [gone], ("already_there",), Event(LANE, 0.0, 16.0))
    hidden = [parks, _go("truck", 14, 7), _go("truck", 23, 7)]
    yield clip("occluded", "lane-a", 36, hidden, ("occlusion",), Event(LANE, 8.0))
    away = Track("parks", ((3, 0), (8, 1), (22, 1), (25, 0)))
    again = Track("parks", ((40, 0), (45, 1)), True)
    yield clip(
        "returning",
        "lane-a",
        62,
        [away, again],
        ("returning",),
        Event(LANE, 8.0, 23.0),
        Event(LANE, 45.0),
    )
    first = Track("parks", ((3, 0), (8, 1), (24, 1), (27.5, 0)))
    takes = _go("second", 20, 4, stays=True)
    yield clip("replaced", "lane-a", 44, [first, takes], ("replaced",), Event(LANE, 8.0))
    people = [_go("walker", 2, 9), _go("crosser", 8, 6), _go("walker", 14, 9, 1, 0)]
    yield clip("people", "lane-a", 26, people, (NEVER, "passing"))
    yield clip("middle", "lane-a", 30, [_go("middle", 3, 5, stays=True)], (), Event(LANE, 8.0))
    yield clip("tricycle", "lane-a", 30, [_go("tricycle", 3, 6, stays=True)], (), Event(LANE, 9.0))
    night = ("night",)
    yield clip("parks", "lane-b", 30, [parks, _go("walker", 14, 8)], night, Event(LANE, 8.0))
    yield clip(
        "passing",
        "lane-b",
        26,
        [_go("through", 3, 6), _go("walker", 12, 8)],
        (*night, NEVER, "passing"),
    )
    dark = [_go("middle", 3, 5, stays=True), _go("truck", 16, 7)]
    yield clip("occluded", "lane-b", 34, dark, (*night, "occlusion"), Event(LANE, 8.0))
    yield clip("already", "lane-b", 30, [gone], (*night, "already_there"), Event(LANE, 0.0, 16.0))


CLUTTER, INDOORS = "corridor_clutter", "ebike_indoors"


def _brought(item, t0=3.0):
    """Somebody carries it in, puts it down and leaves."""
    return [_go("carrier", t0, 2.6), _static(item, t0 + 2.5), _go("free", t0 + 2.7, 2.4)]


def _indoors():
    def clip(name, scene, duration, tracks, conditions=(), *events, reference=True):
        return Clip(
            f"{scene}-{name}", scene, duration, tuple(tracks), conditions, events, (), reference
        )

    a, b = "corridor-a", "corridor-b"
    yield clip("stack", a, 30, [*_brought("stack"), _go("passer", 18, 5)], (), Event(CLUTTER, 5.6))
    two = [*_brought("stack"), *_brought("carton", 13.0)]
    yield clip("carton-too", a, 34, two, ("two_at_once",), Event(CLUTTER, 5.6))
    yield clip("mattress", a, 26, [_static("mattress")], ("already_there",), Event(CLUTTER, 0.0))
    both = [_static("sofa"), _static("cabinet"), _go("passer", 8, 5), _go("comer", 15, 5)]
    yield clip("furniture", a, 28, both, ("already_there", "occlusion"), Event(CLUTTER, 0.0))
    taken = [_go("carrier", 3, 2.6), _static("stack", 5.5, 22.0), _go("free", 5.7, 2.4)]
    back = [_go("free", 19.4, 2.4, 1, 0), _go("carrier", 22.0, 2.6, 1, 0)]
    yield clip("removed", a, 38, [*taken, *back], (), Event(CLUTTER, 5.6, 22.0))
    short = [_go("passer", 1, 5), _static("parcel", 6.0, 11.0), _go("comer", 10, 5)]
    yield clip("parcel", a, 26, short, (NEVER,))
    many = [_go("passer", 1, 5), _go("comer", 3, 5), _go("passer", 9, 6), _go("comer", 14, 5)]
    yield clip("people", a, 24, many, (NEVER, "crowd"))
    yield clip("pram", a, 22, [_go("pram", 3, 6), _go("pram", 12, 6, 1, 0)], (NEVER, "passing"))
    yield clip(
        "sacks",
        a,
        26,
        [_static("sacks", 0), _static("planter", 0)],
        ("already_there",),
        Event(CLUTTER, 0.0),
    )
    bike = [_go("pusher", 3, 4), _static("moped", 7.0), _go("leaver", 7.2, 3)]
    yield clip("ebike", a, 30, bike, (), Event(INDOORS, 7.0))
    sheet = (*_evasion("raincoat"), "already_there")
    yield clip(
        "ebike-sheet", a, 26, [_static("sheeted"), _go("passer", 8, 5)], sheet, Event(INDOORS, 0.0)
    )
    through = [_go("pusher", 3, 4), _go("pusher", 7, 4, 1, 0)]
    yield clip("ebike-through", a, 22, through, (NEVER, "passing"))

    ir = ("infrared",)
    yield clip("stack", b, 30, _brought("stack"), ir, Event(CLUTTER, 5.6))
    yield clip("people", b, 22, [_go("passer", 2, 5), _go("passer", 11, 5, 1, 0)], (*ir, NEVER))
    yield clip("ebike", b, 26, [_static("moped")], (*ir, "already_there"), Event(INDOORS, 0.0))
    yield clip("sacks", b, 28, [_static("sacks", 2), _go("passer", 9, 5)], ir, Event(CLUTTER, 2.0))

    e = "exit_blocked"
    yield clip("sofa", "exit-a", 26, [_static("sofa")], ("already_there",), Event(e, 0.0))
    yield clip("stack", "exit-a", 30, _brought("stack"), (), Event(e, 5.6))
    yield clip(
        "cabinet", "exit-a", 28, [_static("cabinet", 3.0), _go("passer", 10, 4)], (), Event(e, 3.0)
    )
    people = [_go("passer", 2, 4), _go("passer", 8, 4, 1, 0), _static("parcel", 12.0, 17.0)]
    yield clip("people", "exit-a", 26, people, (NEVER, "passing"))

    for place, scene in (("stairs", "stairs-a"), ("unit", "unit-a"), ("overhead", "overhead-a")):
        del place
        come = [_go("pusher", 3, 4), _static("parked", 7.0), _go("leaver", 7.2, 3)]
        yield clip("ebike", scene, 30, [*come, _go("walker", 15, 6)], (), Event(INDOORS, 7.0))
        there = ("already_there", *_evasion("raincoat"))
        yield clip("sheet", scene, 26, [_static("sheeted")], there, Event(INDOORS, 0.0))
        pair = [_static("parked"), _static("other"), _go("walker", 8, 6)]
        yield clip("two", scene, 26, pair, ("already_there", "two_at_once"), Event(INDOORS, 0.0))
        walk = [_go("walker", 2, 6), _go("walker", 11, 6, 1, 0)]
        yield clip("people", scene, 22, walk, (NEVER, "passing"))
    yield clip("bicycle", "overhead-a", 24, [_static("bicycle"), _static("pram", 4, 20)], (NEVER,))
    yield clip(
        "bicycle", "stairs-a", 24, [_static("bicycle")], ("already_there",), Event(CLUTTER, 0.0)
    )


def _sites():
    kind = "climbing_site_blocked"

    def clip(name, duration, tracks, conditions=(), *events):
        return Clip(
            f"site-a-{name}", "site-a", duration, tuple(tracks), conditions, events, (), True
        )

    yield clip("car", 30, [_go("car", 3, 5, stays=True)], (), Event(kind, 8.0))
    pair = [_go("van", 2, 5, stays=True), _go("car", 14, 5, stays=True)]
    yield clip("two", 36, pair, ("two_at_once",), Event(kind, 7.0))
    yield clip(
        "stall", 26, [_static("stall"), _go("walker", 6, 9)], ("already_there",), Event(kind, 0.0)
    )
    yield clip("bins", 26, [_static("bins", 2.0)], (), Event(kind, 2.0))
    yield clip("planters", 26, [_static("planters", 2.0)], (), Event(kind, 2.0))
    people = [_go("passing", 2, 6), _go("walker", 5, 10), _go("passing", 16, 6, 1, 0)]
    yield clip("passing", 26, people, (NEVER, "passing"))


CLIPS = (*_lifts(), *_lanes(), *_indoors(), *_sites())
