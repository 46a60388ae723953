"""The three demo scenes: a lift, a fire lane, a corridor, each with its timeline and truth."""

from __future__ import annotations

import bpy
import cv2
import numpy as np
from mathutils import Matrix

import things_objects as to
import things_people as tp
import things_two_wheelers as tw
import things_vehicles as tv
from cameras import View, look_at
from mesh import Build, euler
from place_corridor import build_corridor
from place_lane import build_lane
from place_lift import build_car
from scene import Scene

__all__ = ["CLIPS", "Corridor", "Lane", "Lift", "Stage"]

SIZE_PX = (640, 360)


def _ramp(t, t0, t1, a, b, ease=True):
    u = float(np.clip((t - t0) / (t1 - t0), 0, 1))
    return a + (b - a) * (u * u * (3 - 2 * u) if ease else u)


class Stage:
    """A built scene whose movers are swapped from state to state."""

    def __init__(self, scene, makers, whole_frame=False):
        self.s, self.makers, self.whole_frame = scene, makers, whole_frame
        self._shown = []

    def apply(self, state):
        """Show a state {mover: [x, y, rz, phase], door: open}; returns the movers' vertices."""
        for obj in self._shown:
            mesh = obj.data
            bpy.data.objects.remove(obj)
            bpy.data.meshes.remove(mesh)
        self._shown, verts = [], []
        if "door" in state:
            for obj, sx in zip(self.s.leaves, (1, -1), strict=True):
                m = np.eye(4)
                m[0, 3] = sx * (self.s.door_w / 4 + state["door"] * (self.s.door_w / 2 - 0.02))
                obj.matrix_world = Matrix(m.tolist())
        for n, (name, pose) in enumerate(sorted((k, v) for k, v in state.items() if k != "door")):
            x, y, rz, phase = pose
            build = self.makers[name](self.s.m, phase)
            self._shown.append(self.s.place(build, name, (x, y, 0), None, rz, n + 1))
            verts.append(build.verts() @ euler(0, 0, rz).T + (x, y, 0))
        return verts


def _floor_hull(view, xs, ys):
    """The part of a floor rectangle that the camera sees, as a normalised polygon."""
    w, h = view.size_px
    gx, gy = np.meshgrid(np.linspace(*xs, 120), np.linspace(*ys, 120))
    uv, ok = view.project(np.stack([gx.ravel(), gy.ravel(), np.zeros(gx.size)], -1))
    uv = uv[ok & (uv[:, 0] >= 0) & (uv[:, 0] <= w) & (uv[:, 1] >= 0) & (uv[:, 1] <= h)]
    hull = cv2.convexHull(uv.astype(np.float32))
    hull = cv2.approxPolyDP(hull, 3.0, True)[:, 0] / (w, h)
    # a thing cut off by the frame has its foot on the very edge: the zone must reach it
    hull = np.where(hull > 0.985, 1.0, np.where(hull < 0.015, 0.0, hull))
    return [[round(float(x), 3), round(float(y), 3)] for x, y in hull]


class Lift:
    """A moped is pushed in, rides along, leaves."""

    name, place, camera = "lift", "elevator", "lift-1"
    duration_s, rate, version, exposure, preview_s = 28.0, 5, 1, 0.55, 12.0
    size_m = (1.75, 2.25, 2.4)
    inside_y, outside_y = 1.12, -1.75

    def view(self):
        w, d, h = self.size_m
        eye = np.array([-w / 2 + 0.1, d - 0.1, h - 0.08])
        return View(
            eye=eye,
            rot=look_at(eye, (0.22, 0.55, 0.35)),
            fov_deg=98,
            size_px=SIZE_PX,
            name="lift-1",
        )

    def build(self):
        s = Scene(4)
        s.world((0.5, 0.55, 0.6), 0.15)
        s.door_w = 1.2
        build_car(s, size=self.size_m, opened=0.0, door_w=1.2)
        s.view = self.view()
        s.view.install()
        bike = tw.ebike(s.m, np.random.default_rng(40), "moped")

        def who(m, phase):
            return tp.pushing(m, np.random.default_rng(5), bike, -1, phase, False)

        return Stage(s, {"bike": lambda _m, _p: bike, "person": who}, whole_frame=True)

    def _y(self, t):
        if t < 14:
            return _ramp(t, 4.6, 8.4, self.outside_y, self.inside_y)
        return _ramp(t, 19.8, 23.4, self.inside_y, self.outside_y)

    def state(self, t):
        door = (
            _ramp(t, 3.2, 4.4, 0, 1)
            if t < 6
            else _ramp(t, 9.2, 10.4, 1, 0)
            if t < 14
            else _ramp(t, 18.4, 19.6, 0, 1)
            if t < 21
            else _ramp(t, 24.0, 25.2, 1, 0)
        )
        state = {"door": round(door, 2)}
        y = self._y(t)
        if door > 0.02 or 4 < t < 24:
            phase = round((y / 1.3) % 1.0, 2)
            state |= {
                "bike": [-0.12, round(y, 3), round(np.pi / 2, 4), 0],
                "person": [-0.12, round(y, 3), round(np.pi / 2, 4), phase],
            }
        return state

    def zone(self):
        w, d, _ = self.size_m
        return _floor_hull(self.view(), (-w / 2, w / 2), (0.0, d))

    def events(self):
        ts = np.arange(0, self.duration_s, 0.05)
        inside = [
            t for t in ts if 4 < t < 24 and self._y(t) > 0.0
        ]  # more than half of it is in the car
        return [
            {
                "kind": "ebike_in_elevator",
                "begins_s": round(float(inside[0]), 1),
                "ends_s": round(float(inside[-1]), 1),
                "zone": self.zone(),
            }
        ]


class Lane:
    """One car drives through; the next one parks and stays."""

    name, place, camera = "lane", "fire_lane", "lane-1"
    duration_s, rate, version, exposure, preview_s = 38.0, 6, 1, 0.9, 24.0
    seed = 3

    def view(self, w=6.0):
        eye = np.array([-1.5, -(w / 2 + 0.9), 4.6])
        return View(
            eye=eye, rot=look_at(eye, (10.5, 0.2, 0.0)), fov_deg=60, size_px=SIZE_PX, name="lane-1"
        )

    def build(self):
        s = Scene(self.seed)
        build_lane(s, "day", width=6.0, kind="hatch")
        s.view = self.view()
        s.view.install()
        first = tv.car(s.m, np.random.default_rng(3), "suv")
        second = tv.car(s.m, np.random.default_rng(8), "sedan")

        def walker(m, phase):
            return tp.person(m, np.random.default_rng(12), walk=phase)

        return Stage(
            s, {"through": lambda _m, _p: first, "parks": lambda _m, _p: second, "walker": walker}
        )

    def state(self, t):
        state = {}
        if 3.0 <= t <= 8.4:
            state["through"] = [
                round(_ramp(t, 3.0, 8.4, 46, -6, False), 2),
                -1.1,
                round(np.pi, 4),
                0,
            ]
        if t >= 9.6:
            x, y = _ramp(t, 9.6, 13.0, 44, 9.6) if t < 13 else 9.6, _ramp(t, 10.5, 13.0, -0.9, 1.35)
            turn = 0.0 if t >= 12.9 or t < 10.6 else -0.09
            state["parks"] = [round(x, 2), round(y, 2), round(np.pi + turn, 4), 0]
        if 22 <= t <= 30:
            x = _ramp(t, 22, 30, 20, 9.5, False)
            state["walker"] = [round(x, 2), 4.1, round(np.pi, 4), round((x / 1.35) % 1.0, 2)]
        return state

    def zone(self):
        return _floor_hull(self.view(), (2.0, 26.0), (-2.9, 2.9))

    def events(self):
        return [
            {"kind": "fire_lane_blocked", "begins_s": 13.0, "ends_s": None, "zone": self.zone()}
        ]


class Corridor:
    """Somebody walks past; cartons are put down and stay."""

    name, place, camera = "corridor", "corridor", "corridor-1"
    duration_s, rate, version, exposure, preview_s = 36.0, 6, 1, 0.35, 7.8
    seed = 6

    def view(self, w=2.2):
        eye = np.array([-0.2, w / 2 - 0.35, 2.4])
        return View(
            eye=eye,
            rot=look_at(eye, (4.2, -0.15, 0.25)),
            fov_deg=72,
            size_px=SIZE_PX,
            name="corridor-1",
        )

    def build(self):
        s = Scene(self.seed)
        s.world((0.6, 0.65, 0.7), 0.12)
        build_corridor(s, size=(11.0, 2.2, 2.65))
        s.view = self.view()
        s.view.install()
        stack = Build()
        stack.merge(to.carton(s.m, np.random.default_rng(2), (0.55, 0.48, 0.42)))
        stack.merge(
            to.carton(s.m, np.random.default_rng(3), (0.5, 0.45, 0.36)),
            euler(0, 0, 0.12),
            (0.01, 0.0, 0.42),
        )
        other = to.carton(s.m, np.random.default_rng(9), (0.6, 0.5, 0.5))

        def carrier(m, phase):
            return tp.person(
                m,
                np.random.default_rng(31),
                ((0.36, 0.24, 0.98), (0.36, -0.24, 0.98)),
                walk=phase,
                lean=0.05,
            )

        return Stage(
            s,
            {
                "passer": lambda m, p: tp.person(m, np.random.default_rng(14), walk=p),
                "carrier": carrier,
                "free": lambda m, p: tp.person(m, np.random.default_rng(31), walk=p),
                "stack_up": lambda _m, _p: stack.moved(0, (0, 0, 0.78)),
                "stack": lambda _m, _p: stack,
                "other_up": lambda _m, _p: other.moved(0, (0, 0, 0.8)),
                "other": lambda _m, _p: other,
            },
        )

    def state(self, t):
        state = {}

        def walk(name, x, y, rz):
            state[name] = [round(x, 2), y, rz, round((x / 1.35) % 1.0, 2)]

        if 1.0 <= t <= 6.0:
            walk("passer", _ramp(t, 1.0, 6.0, 10.0, 0.2, False), 0.3, round(np.pi, 4))
        for start, thing, x_to, y in ((6.4, "stack", 3.4, -0.55), (11.4, "other", 3.4, 0.02)):
            put = start + 2.0
            if start <= t < put:
                x = _ramp(t, start, put - 0.2, 0.2, x_to - 0.6, False)
                walk("carrier", x, y, 0.0)
                state[thing + "_up"] = [round(x + 0.55, 2), y, 0.0, 0]
            elif t >= put:
                state[thing] = [x_to, y, 0.0, 0]
                if t < put + 2.0:
                    walk(
                        "free",
                        _ramp(t, put + 0.3, put + 2.0, x_to - 0.6, 0.0, False),
                        y + _ramp(t, put, put + 0.6, 0, 0.5),
                        round(np.pi if t > put + 0.3 else 0.0, 4),
                    )
        for v in state.values():
            v[1] = round(v[1], 2)
        return state

    def zone(self):
        return _floor_hull(self.view(), (1.6, 9.0), (-1.1, 1.1))

    def events(self):
        return [{"kind": "corridor_clutter", "begins_s": 8.4, "ends_s": None, "zone": self.zone()}]


CLIPS = [Lift(), Lane(), Corridor()]
