"""A climbing site (登高操作场地): the paved, marked ground before a tower where ladders stand up.

The tower's facade is the plane y = 0, the site lies at y < 0, x -long/2..long/2.
"""

from __future__ import annotations

import numpy as np

from cameras import View, look_at
from materials import facade_picture, glyphs
from mesh import Build, box, panel, tube
from place_lane import _hedge, _tree
from places import Ground, wall

__all__ = ["build_site", "climbing_site"]


def _marks(s, long, deep, near):
    """The yellow frame, hatching and words that keep a site free."""
    m, rng = s.m, s.rng
    y = m.mottled((0.62, 0.42, 0.03), (0.3, 0.25, 0.12), 9, 0.75)
    b = Build()
    far = near + deep
    for at, size in (
        ((0, -near, 0.012), (long, 0.15, 0.006)),
        ((0, -far, 0.012), (long, 0.15, 0.006)),
        ((-long / 2, -(near + far) / 2, 0.012), (0.15, deep, 0.006)),
        ((long / 2, -(near + far) / 2, 0.012), (0.15, deep, 0.006)),
    ):
        b.add(box(at, size, 0.001), y)
    kind = str(rng.choice(["frame", "hatch", "cross"], p=[0.3, 0.45, 0.25]))
    if kind == "hatch":
        for x in np.arange(-long / 2, long / 2 - deep, rng.uniform(1.6, 2.6)):
            b.add(tube([(x, -far, 0.01), (x + deep, -near, 0.01)], [(0.07, 0.006)] * 2, 4), y)
    elif kind == "cross":
        for sx in (1, -1):
            ends = [(-sx * long / 2, -far, 0.01), (sx * long / 2, -near, 0.01)]
            b.add(tube(ends, [(0.08, 0.006)] * 2, 4), y)
    s.place(b, "markings")
    img = np.full((64, 384, 3), (70, 75, 75), np.uint8)
    glyphs(img, rng, 6, 6, 50, 6, (60, 190, 230))
    words = Build().add(panel(4.8, 0.8), m.picture(img, 4.8, 0.8, 0.8))
    s.place(words, "words", (rng.uniform(-0.2, 0.2) * long, -(near + far) / 2, 0.014))
    return kind


def build_site(s, light="day", size=None, gap=None):
    """Tower, ground, markings, green, lamps; returns (length, depth, gap to the facade)."""
    m, rng = s.m, s.rng
    long, deep = size or (rng.uniform(12, 22), rng.uniform(6, 10.5))
    drawn = rng.uniform(0.8, 3.5)
    near = drawn if gap is None else gap
    g = rng.uniform(0.08, 0.3) * np.array([1, 0.99, 0.95])
    paved = (
        m.tiles(g, g * 0.6, 0.6, 0.3, 0.8, 0.5)
        if rng.random() < 0.5
        else m.mottled(g, g * 0.6, float(rng.uniform(1, 10)), 0.9, 0, 0.1)
    )
    wall(s, 140, 120, (0, -40, -0.02), (0, 0, 1), m.plain((0.17, 0.19, 0.13), 0.95), "ground")
    wall(s, long + 8, deep + near + 3, (0, -(deep + near + 3) / 2, 0.0), (0, 0, 1), paved, "site")
    floors = int(rng.integers(8, 14))
    img = facade_picture(rng, 12, floors)
    front = Build().add(panel(42, floors * 2.9), m.picture(img, 42, floors * 2.9, 0.7))
    s.place(front, "tower", (0, 0, floors * 1.45), np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]))
    other = m.picture(facade_picture(rng), 40, 24, 0.8)
    wall(s, 40, 24, (rng.uniform(-12, 12), -deep - near - 26, 12), (0, 1, 0), other, "block")
    base = Build().add(box((0, -0.15, 0.3), (40, 0.3, 0.6), 0.02), m.plain((0.3, 0.28, 0.26), 0.7))
    s.place(base, "plinth")
    for _ in range(int(rng.integers(1, 6))):
        at = (rng.uniform(-25, 25), -deep - near - rng.uniform(4, 14), 0)
        s.place(_tree(m, rng), "tree", at, rz=rng.uniform(0, 6))
    for _ in range(int(rng.integers(0, 4))):
        at = (rng.uniform(-16, 16), -deep - near - rng.uniform(3.5, 6), 0)
        s.place(_hedge(m, rng, rng.uniform(4, 12)), "hedge", at)
    kind = _marks(s, long, deep, near) if rng.random() < 0.85 else "none"
    if light == "night":
        s.world((0.03, 0.045, 0.08), 0.6)
        for x in np.arange(-long / 2, long / 2 + 1, rng.uniform(7, 12)):
            tint = (1, rng.uniform(0.7, 0.95), rng.uniform(0.45, 0.9))
            s.light("AREA", (x, -near - deep - 1, 5.0), rng.uniform(200, 480), tint, (0.5, 0.3))
    else:
        cloudy, dusk = rng.random() < 0.5, light == "dusk"
        s.world((0.62, 0.72, 0.9), 0.3 if dusk else float(rng.uniform(0.6, 1.1)))
        e, a = (
            np.radians(rng.uniform(14, 26) if dusk else rng.uniform(30, 75)),
            rng.uniform(3.3, 6.1),
        )
        sun = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
        tint = (1, 0.72, 0.5) if dusk else (1, 0.95, 0.88)
        power = 0.4 if cloudy else (1.2 if dusk else float(rng.uniform(2, 4)))
        s.light(
            "SUN", (0, 0, 30), power, tint, (0.6 if cloudy else 0.02, 0), look_at((0, 0, 0), -sun)
        )
    s.card |= {
        "site_m": [round(float(v), 2) for v in (long, deep, near)],
        "light": light,
        "markings": kind,
    }
    return long, deep, near


def climbing_site(s):
    """A climbing site but its contents; returns (view, ground, pose chooser)."""
    rng = s.rng
    light = str(rng.choice(["day", "dusk", "night"], p=[0.68, 0.12, 0.2]))
    long, deep, near = build_site(s, light)
    if rng.random() < 0.5:  # on the tower, looking out and along
        sx = float(rng.choice([-1, 1]))
        eye = np.array([sx * long * rng.uniform(0.25, 0.55), -0.5, rng.uniform(3.2, 7)])
        to = np.array([-sx * long * rng.uniform(0.05, 0.25), -near - deep * 0.5, 0.3])
    else:  # on a pole at the far edge
        eye = np.array(
            [rng.uniform(-0.6, 0.6) * long, -near - deep - rng.uniform(1, 3), rng.uniform(3, 6)]
        )
        to = np.array([rng.uniform(-0.15, 0.15) * long, -near - deep * 0.4, 0.4])
    view = View(
        eye=eye,
        rot=look_at(eye, to, rng.normal(0, 0.02)),
        fov_deg=float(rng.uniform(58, 98)),
        size_px=[(448, 256), (416, 256), (384, 288), (352, 352)][int(rng.integers(0, 4))],
        name="climbing_site",
        stretch=(1.2, 1.2),
    )
    s.card["view"] = "climbing_site"

    def allowed(v):
        return bool(
            v[:, 1].max() < -0.4
            and v[:, 1].min() > -near - deep - 3
            and np.linalg.norm(v - eye, axis=1).min() > 1.6
        )

    def pose(long_thing):
        x, y = rng.uniform(-0.5, 0.5) * long, -near - deep * rng.random()
        if long_thing == "vehicle":
            rz = rng.choice([0, np.pi / 2, np.pi, -np.pi / 2]) + rng.normal(0, 0.06)
            return x, y, float(rz)
        if long_thing:
            if rng.random() < 0.6:  # in a row along the plinth
                return x, -rng.uniform(1.2, 1.8), float(np.pi / 2 + rng.normal(0, 0.15))
            return x, y, rng.uniform(0, 6.28)
        return x, y, rng.uniform(0, 6.28)

    return view, Ground(allowed), pose
