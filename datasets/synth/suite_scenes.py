"""The fixed cameras of the event suite: what they look at, and who can move there.

Names and paths are plain data; only `build` needs Blender.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cameras import View, look_at
from suite_movers import (
    UP,
    corridor_movers,
    indoor_movers,
    lane_movers,
    lift_movers,
    line,
    site_movers,
)

__all__ = ["SCENES", "SIZE_PX", "SuiteScene"]

SIZE_PX = (640, 360)


@dataclass(frozen=True)
class SuiteScene:
    """One camera. `floor` is the zone's rectangle on the ground: (x0, x1, y0, y1) in metres."""

    name: str
    place: str
    kind: str
    mode: str
    build: Callable
    floor: tuple
    movers: dict = field(default_factory=dict)
    doors: bool = False
    along: str = "x"  # the direction in which one walks or drives through the zone
    exposure: float = 0.5
    version: int = 1


def _lift(seed, size, view, night=False, mirror=False):
    def build():
        from place_lift import build_car
        from scene import Scene

        s = Scene(seed)
        s.world((0.5, 0.55, 0.6), 0.02 if night else 0.15)
        s.door_w = 1.2
        finish = "mirror" if mirror else "steel"
        build_car(s, night, size=size, opened=1.0, door_w=1.2, finish=finish)
        s.view = view(*size)
        return s

    return build


def _corner(w, d, h):
    eye = np.array([-w / 2 + 0.1, d - 0.1, h - 0.08])
    to_ = (0.22, 0.55, 0.35)
    return View(eye=eye, rot=look_at(eye, to_), fov_deg=98, size_px=SIZE_PX, name="corner")


def _ceiling(_w, d, h):
    eye = np.array([0.05, d * 0.55, h - 0.05])
    rot = look_at(eye, (0.05, d * 0.55 - 0.12, 0), 0.0)
    return View(
        eye=eye, rot=rot, fov_deg=168, size_px=SIZE_PX, fisheye=True, name="ceiling", span="width"
    )


CAR_M = (1.75, 2.25, 2.4)


CAR_FLOOR = (-CAR_M[0] / 2, CAR_M[0] / 2, 0.0, CAR_M[1])


def _corridor(seed, size, eye, aim, night=False, fov=72):
    def build():
        from place_corridor import build_corridor
        from scene import Scene

        s = Scene(seed)
        s.world((0.6, 0.65, 0.7), 0.03 if night else 0.12)
        build_corridor(s, night, size=size)
        e = np.asarray(eye, float)
        s.view = View(eye=e, rot=look_at(e, aim), fov_deg=fov, size_px=SIZE_PX, name="corridor")
        return s

    return build


def _lane(seed, light, eye, aim, fov=60, kind="hatch"):
    def build():
        from place_lane import build_lane
        from scene import Scene

        s = Scene(seed)
        build_lane(s, light, width=6.0, kind=kind)
        e = np.asarray(eye, float)
        s.view = View(eye=e, rot=look_at(e, aim), fov_deg=fov, size_px=SIZE_PX, name="lane")
        return s

    return build


def _site(seed, light):
    def build():
        from place_climbing import build_site
        from scene import Scene

        s = Scene(seed)
        build_site(s, light, size=(16.0, 8.0), gap=2.0)
        e = np.array([-8.5, -0.6, 5.2])
        s.view = View(
            eye=e, rot=look_at(e, (1.0, -6.2, 0)), fov_deg=78, size_px=SIZE_PX, name="site"
        )
        return s

    return build


def _overhead(seed):
    def build():
        from place_overhead import build_overhead
        from scene import Scene

        s = Scene(seed)
        build_overhead(s, False, size=(14.0, 6.0, 3.2))
        e = np.array([0.2, -2.3, 2.85])
        s.view = View(
            eye=e, rot=look_at(e, (5.2, 0.7, 0.3)), fov_deg=78, size_px=SIZE_PX, name="overhead"
        )
        return s

    return build


def _unit(seed):
    def build():
        from place_unit_door import build_unit_door
        from scene import Scene

        s = Scene(seed)
        build_unit_door(s, False)
        e = np.array([3.4, -6.2, 3.3])
        s.view = View(
            eye=e, rot=look_at(e, (0.2, -1.0, 0.5)), fov_deg=62, size_px=SIZE_PX, name="unit"
        )
        return s

    return build


def _stairs(seed):
    def build():
        from place_stairwell import build_stairwell
        from scene import Scene

        s = Scene(seed)
        s.world((0.6, 0.65, 0.7), 0.08)
        ln, w, h, *_ = build_stairwell(s, False)
        s.card["landing_m"] = [ln, w, h]
        e = np.array([0.12, w / 2 - 0.12, h - 0.12])
        s.view = View(
            eye=e,
            rot=look_at(e, (ln * 0.62, -w * 0.12, 0.2)),
            fov_deg=100,
            size_px=SIZE_PX,
            name="stairs",
        )
        return s

    return build


SCENES = {
    s.name: s
    for s in (
        SuiteScene(
            "lift-a",
            "elevator",
            "elevator",
            "day",
            _lift(4, CAR_M, _corner),
            CAR_FLOOR,
            lift_movers(),
            doors=True,
            along="y",
        ),
        SuiteScene(
            "lift-b",
            "elevator",
            "elevator",
            "day",
            _lift(11, CAR_M, _ceiling),
            CAR_FLOOR,
            lift_movers(
                [
                    "moped",
                    "commuter_quilt",
                    "raincoat",
                    "bicycle",
                    "wheelchair",
                    "pram",
                    "person_a",
                    "person_b",
                ]
            ),
            doors=True,
            along="y",
        ),
        SuiteScene(
            "lift-c",
            "elevator",
            "elevator",
            "day",
            _lift(12, CAR_M, _corner, mirror=True),
            CAR_FLOOR,
            lift_movers(["moped", "bicycle", "person_a", "person_b"], whole=True),
            doors=True,
            along="y",
        ),
        SuiteScene(
            "lift-d",
            "elevator",
            "elevator",
            "infrared",
            _lift(13, CAR_M, _corner, night=True),
            CAR_FLOOR,
            lift_movers(["moped", "commuter_quilt", "bicycle", "pram", "person_a", "person_b"]),
            doors=True,
            along="y",
        ),
        SuiteScene(
            "corridor-a",
            "corridor",
            "corridor",
            "day",
            _corridor(6, (11.0, 2.2, 2.65), (-0.2, 0.75, 2.4), (4.2, -0.15, 0.25)),
            (1.6, 9.0, -1.1, 1.1),
            corridor_movers(2.2, 3.4, 9.0),
        ),
        SuiteScene(
            "corridor-b",
            "corridor",
            "corridor",
            "infrared",
            _corridor(15, (9.0, 1.8, 2.6), (-0.2, 0.6, 2.35), (3.8, -0.1, 0.25), night=True),
            (1.5, 7.5, -0.9, 0.9),
            {
                k: v
                for k, v in corridor_movers(1.8, 3.2, 7.5).items()
                if k
                in ("passer", "carrier", "free", "stack", "moped", "sacks", "sheeted", "parcel")
            },
            exposure=0.9,
        ),
        SuiteScene(
            "exit-a",
            "exit",
            "exit",
            "day",
            _corridor(17, (5.4, 2.2, 2.65), (-0.3, 0.8, 2.4), (2.9, -0.1, 0.3)),
            (3.3, 5.3, -1.1, 1.1),
            {
                k: v
                for k, v in corridor_movers(2.2, 3.6, 5.0, 7).items()
                if k in ("passer", "carrier", "free", "stack", "sofa", "sacks", "cabinet", "parcel")
            },
        ),
        SuiteScene(
            "lane-a",
            "fire_lane",
            "fire_lane",
            "day",
            _lane(3, "day", (-1.5, -3.9, 4.6), (10.5, 0.2, 0.0)),
            (4.0, 24.0, -3.0, 3.0),
            lane_movers(),
            exposure=0.9,
        ),
        SuiteScene(
            "lane-b",
            "fire_lane",
            "fire_lane",
            "night",
            _lane(21, "night", (-1.5, 3.6, 4.4), (10.5, -0.2, 0.0), kind="edges"),
            (4.0, 22.0, -3.0, 3.0),
            {
                k: v
                for k, v in lane_movers(6.0).items()
                if k in ("through", "parks", "middle", "walker", "truck")
            },
            exposure=1.6,
        ),
        SuiteScene(
            "site-a",
            "climbing_site",
            "climbing_site",
            "day",
            _site(23, "day"),
            (-6.0, 6.0, -10.0, -2.0),
            site_movers(),
            exposure=0.7,
        ),
        SuiteScene(
            "overhead-a",
            "overhead_floor",
            "overhead_floor",
            "day",
            _overhead(25),
            (1.5, 11.0, -2.2, 2.8),
            indoor_movers(
                ((4.2, 1.75, UP), (5.1, 1.75, UP)),
                (*line((8.5, -0.6), (4.6, 0.3), 6, 2.7), (4.3, 1.0, 2.1), (4.2, 1.75, UP)),
                line((9.0, -0.8), (2.0, -0.5), 9),
            ),
            exposure=0.8,
        ),
        SuiteScene(
            "unit-a",
            "unit_door",
            "unit_door",
            "day",
            _unit(27),
            (-2.6, 2.6, -3.0, -0.1),
            indoor_movers(
                ((1.7, -1.2, UP), (-1.6, -1.2, UP)),
                (*line((-2.4, -4.2), (1.2, -3.2), 6), (1.7, -2.2, UP), (1.7, -1.2, UP)),
                line((-3.0, -4.0), (0.1, -0.6), 8),
            ),
            exposure=0.7,
        ),
        SuiteScene(
            "stairs-a",
            "stairwell",
            "stairwell",
            "day",
            _stairs(29),
            (0.3, 2.4, -1.1, 1.1),
            indoor_movers(
                ((1.5, -0.5, 0.1), (0.9, 0.1, 0.1)),
                line((2.6, 0.45), (1.5, -0.45), 6, 3.3),
                line((2.6, 0.5), (0.7, 0.4), 7),
            ),
            exposure=0.6,
        ),
    )
}
