"""A fire lane between residential buildings: the road runs along x, its middle is y = 0."""

from __future__ import annotations

import cv2
import numpy as np

from cameras import View, look_at
from materials import facade_picture, glyphs
from mesh import Build, box, ellipsoid, panel, tube
from places import Ground, wall

__all__ = ["build_lane", "lane", "paint_marks"]


def _tree(m, rng):
    b, h = Build(), rng.uniform(2.2, 3.6)
    b.add(
        tube(
            [(0, 0, 0), (rng.uniform(-0.1, 0.1), 0.05, h * 0.6), (rng.uniform(-0.2, 0.2), 0, h)],
            [0.13, 0.1, 0.06],
        ),
        m.plain((0.12, 0.08, 0.05), 0.9),
    )
    g = np.array([0.05, 0.1, 0.025]) * rng.uniform(0.6, 1.5)
    leaf = m.mottled(g, g * 0.4, 5, 0.9, 0, 0.8)
    for _ in range(int(rng.integers(6, 11))):
        v, f = ellipsoid(
            rng.normal(0, 0.75, 3) * (1, 1, 0.6) + (0, 0, h + 0.5), rng.uniform(0.5, 1.05, 3), 14
        )
        b.add((v + rng.normal(0, 0.06, v.shape), f), leaf)
    return b


def _hedge(m, rng, length):
    v, f = box((0, 0, 0.4), (length, 0.7, 0.8), 0.15, 3)
    g = np.array([0.04, 0.085, 0.02]) * rng.uniform(0.6, 1.6)
    return Build().add((v, f), m.mottled(g, g * 0.35, 12, 0.95, 0, 1.0))


def paint_marks(s, w, x0, x1, kind):
    """Yellow fire-lane markings: edge lines, hatching and the words on the ground."""
    m, rng = s.m, s.rng
    y = m.mottled((0.62, 0.42, 0.03), (0.3, 0.25, 0.12), 9, 0.75)
    b = Build()
    for sy in (1, -1):
        b.add(box(((x0 + x1) / 2, sy * (w / 2 - 0.2), 0.004), (x1 - x0, 0.15, 0.006), 0.001), y)
    if kind == "hatch":
        for x in np.arange(x0, x1 - w, 2.2):
            b.add(
                tube(
                    [(x, -w / 2 + 0.25, 0.002), (x + w - 0.5, w / 2 - 0.25, 0.002)],
                    [(0.075, 0.006), (0.075, 0.006)],
                    4,
                ),
                y,
            )
    s.place(b, "markings")
    if kind in ("words", "hatch"):
        img = np.zeros((128, 512, 3), np.uint8)
        glyphs(img, rng, 14, 14, 95, 4, (255, 255, 255))
        ys, xs = np.nonzero(cv2.resize(img[..., 0], (128, 32), interpolation=cv2.INTER_AREA) > 90)
        words = Build()
        px = 3.6 / 128
        verts, faces = [], []
        cx = rng.uniform(5, 10)
        for i, (r, c) in enumerate(zip(ys, xs, strict=True)):
            u, v = -(c - 64) * px, -(r - 16) * px * 1.6
            verts += [
                (cx + v, u, 0.007),
                (cx + v, u + px, 0.007),
                (cx + v - px * 1.6, u + px, 0.007),
                (cx + v - px * 1.6, u, 0.007),
            ]
            faces.append((4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3))
        words.add((np.array(verts), faces), y)
        s.place(words, "words")


def build_lane(s, light="day", width=None, kind=None):
    """Road, kerbs, pavements, facades, trees, lamps, markings; returns the road's width."""
    m, rng = s.m, s.rng
    w = width or (rng.uniform(7.4, 9.0) if s.unseen else rng.uniform(4.2, 7.0))
    g = rng.uniform(0.05, 0.17) * np.array([1, 0.99, 0.96])
    wall(
        s,
        90,
        w,
        (25, 0, 0),
        (0, 0, 1),
        m.mottled(g, g * 0.55, float(rng.uniform(1, 14)), 0.9, 0, 0.1),
        "road",
    )
    wall(s, 160, 160, (25, 0, -0.02), (0, 0, 1), m.plain((0.2, 0.2, 0.19), 0.9), "ground")
    kerb = m.mottled((0.4, 0.4, 0.38), (0.25, 0.25, 0.24), 2, 0.85)
    p = rng.uniform(0.15, 0.45) * np.array([1, rng.uniform(0.85, 1), rng.uniform(0.75, 1)])
    for sy in (1, -1):
        s.place(
            Build().add(box((25, sy * (w / 2 + 0.07), 0.05), (90, 0.14, 0.14), 0.02), kerb), "kerb"
        )
        side = rng.uniform(1.5, 3.5)
        wall(
            s,
            90,
            side,
            (25, sy * (w / 2 + 0.14 + side / 2), 0.1),
            (0, 0, 1),
            m.tiles(p, p * 0.6, 0.4, 0.2, 0.8, 0.5),
            "pavement",
        )
        green = m.mottled((0.05, 0.09, 0.025), (0.1, 0.09, 0.05), 5, 0.95, 0, 0.5)
        deep = rng.uniform(1.0, 4)
        wall(
            s, 90, deep, (25, sy * (w / 2 + 0.14 + side + deep / 2), 0.1), (0, 0, 1), green, "grass"
        )
        edge = w / 2 + 0.14 + side + deep
        x = rng.uniform(-14, -6)
        while x < 60:
            ln, floors = rng.uniform(16, 30), int(rng.integers(5, 12))
            cols = int(ln / 3.2)
            img = facade_picture(rng, cols, floors)
            hh = floors * 2.9
            b = Build().add(panel(ln, hh), m.picture(img, ln, hh, 0.7))
            rot = np.array([[-1.0 * -sy, 0, 0], [0, 0, -sy], [0, 1, 0]])
            s.place(b, "facade", (x + ln / 2, sy * edge, hh / 2), rot)
            flank = Build().add(
                box((0, 0, hh / 2), (ln - 0.02, 11.9, hh), 0.05), m.plain((0.45, 0.43, 0.4), 0.8)
            )
            s.place(flank, "block", (x + ln / 2, sy * (edge + 6), 0))
            x += ln + rng.uniform(3, 9)
        for _ in range(int(rng.integers(1, 7))):
            s.place(
                _tree(m, rng),
                "tree",
                (rng.uniform(4, 45), sy * (w / 2 + rng.uniform(1.2, side + deep)), 0.1),
                rz=rng.uniform(0, 6),
            )
        if rng.random() < 0.5:
            s.place(
                _hedge(m, rng, rng.uniform(4, 12)),
                "hedge",
                (rng.uniform(5, 25), sy * (w / 2 + 0.3 + side), 0.1),
            )
    kind = kind or str(rng.choice(["edges", "hatch", "words", "none"], p=[0.25, 0.4, 0.2, 0.15]))
    if kind != "none":
        paint_marks(s, w, rng.uniform(1, 4), rng.uniform(15, 35), kind)
    if light == "night":
        s.world((0.03, 0.045, 0.08), 0.6)
        for x in np.arange(rng.uniform(2, 8), 40, rng.uniform(9, 14)):
            sy = int(rng.choice([-1, 1]))
            s.light(
                "AREA",
                (x, sy * (w / 2 - 0.3), 5.0),
                rng.uniform(180, 420),
                (1, rng.uniform(0.7, 0.95), rng.uniform(0.4, 0.9)),
                (0.5, 0.3),
            )
            post = Build().add(
                tube([(0, sy * 0.5, 0), (0, sy * 0.5, 5.0), (0, -sy * 0.3, 5.1)], 0.06),
                m.plain((0.2, 0.2, 0.2), 0.5),
            )
            s.place(post, "post", (x, sy * w / 2, 0))
    else:
        dusk, cloudy = light == "dusk", rng.random() < 0.5
        s.world(
            (0.62, 0.72, 0.9) if not dusk else (0.45, 0.4, 0.5),
            0.3 if dusk else rng.uniform(0.6, 1.1),
        )
        e, a = (
            np.radians(rng.uniform(12, 25) if dusk else rng.uniform(30, 75)),
            rng.uniform(0, 6.28),
        )
        d = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
        s.light(
            "SUN",
            (0, 0, 30),
            0.4 if cloudy else (1.2 if dusk else rng.uniform(2, 4)),
            (1, 0.7, 0.5) if dusk else (1, 0.95, 0.88),
            (0.6 if cloudy else 0.02, 0),
            look_at((0, 0, 0), -d),
        )
    s.card |= {"road_m": round(float(w), 2), "light": light, "markings": kind}
    return w


def lane(s):
    """A fire lane but its contents; returns (view, ground, pose chooser)."""
    rng = s.rng
    light = str(rng.choice(["day", "dusk", "night"], p=[0.68, 0.12, 0.2]))
    w = build_lane(s, light)
    sy = int(rng.choice([-1, 1]))
    eye = np.array(
        [rng.uniform(-2.5, 1), sy * (w / 2 + rng.uniform(-0.5, 1.2)), rng.uniform(2.6, 5.5)]
    )
    to = np.array([rng.uniform(7, 14), rng.uniform(-1.2, 1.2), rng.uniform(0, 1)])
    size = [(544, 304), (480, 288), (432, 336), (384, 384)][int(rng.integers(0, 4))]
    view = View(
        eye=eye,
        rot=look_at(eye, to, rng.normal(0, 0.02)),
        fov_deg=float(rng.uniform(50, 92)),
        size_px=size,
        name="lane",
    )
    s.card["view"] = "lane"

    def allowed(v):
        return bool(
            v[:, 0].min() > 1.5
            and np.linalg.norm(v - eye, axis=1).min() > 1.6
            and np.abs(v[:, 1]).max() < w / 2 + 1.5
        )

    def pose(long):
        x = 3 + 22 * rng.random() ** 1.4
        if long == "vehicle":
            side = float(rng.choice([-1, 0, 1], p=[0.4, 0.2, 0.4]))
            rz = (
                float(rng.choice([0, np.pi]) + rng.normal(0, 0.05))
                if rng.random() < 0.85
                else rng.uniform(0, 6.28)
            )
            return x + 2, side * (w / 2 - 1.15), rz
        if long:
            side = float(rng.choice([-1, 1]))
            across = rng.random() < 0.6
            return (
                x,
                side * (w / 2 - rng.uniform(-0.9, 0.9)),
                float(
                    (np.pi / 2 if across else 0) * side
                    + rng.normal(0, 0.2)
                    + np.pi * int(rng.integers(0, 2))
                ),
            )
        return x, rng.uniform(-w / 2 - 1, w / 2 + 1), rng.uniform(0, 6.28)

    return view, Ground(allowed), pose
