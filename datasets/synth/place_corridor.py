"""A corridor of a residential building: x 0..length, y -width/2..width/2, camera near x = 0."""

from __future__ import annotations

import numpy as np

from cameras import View, look_at
from mesh import Build, box, panel, tube
from places import Ground, door, label_box, poster, wall

__all__ = ["build_corridor", "corridor"]


def build_corridor(s, night=False, size=None):
    """Floor, walls, doors, lamps, window, pipes; returns (length, width, height)."""
    m, rng = s.m, s.rng
    ln, w, h = rng.uniform(7, 16), rng.uniform(1.4, 2.6), rng.uniform(2.4, 2.9)
    if s.unseen:  # wide and low, longer than any other seed's
        ln, w, h = rng.uniform(17, 22), rng.uniform(2.8, 3.4), rng.uniform(2.2, 2.35)
    ln, w, h = size or (ln, w, h)
    tone = rng.uniform(0.3, 0.75)
    c = tone * np.array([1, rng.uniform(0.92, 1), rng.uniform(0.8, 1)])
    plaster = m.mottled(c, c * rng.uniform(0.75, 0.95), 2.5, 0.8, 0, 0.03)
    f = rng.uniform(0.12, 0.6) * np.array([1, rng.uniform(0.92, 1), rng.uniform(0.78, 1)])
    if rng.random() < 0.6:
        t = float(rng.choice([0.4, 0.6, 0.8]))
        floor = m.tiles(f, f * 0.5, t, t, float(rng.uniform(0.12, 0.45)))
    else:
        floor = m.mottled(f, f * 0.6, 3, float(rng.uniform(0.4, 0.85)))
    wall(s, ln + 1, w, (ln / 2, 0, 0), (0, 0, 1), floor, "floor")
    wall(s, ln + 1, w, (ln / 2, 0, h), (0, 0, -1), m.plain((0.7, 0.7, 0.69), 0.8), "ceiling")
    for sy in (1, -1):
        wall(s, ln + 1, h, (ln / 2, sy * w / 2, h / 2), (0, -sy, 0), plaster)
    wall(s, w, h, (ln, 0, h / 2), (-1, 0, 0), plaster)
    wall(s, w, h, (-0.5, 0, h / 2), (1, 0, 0), plaster)
    if rng.random() < 0.5:  # painted or tiled lower half
        d = c * rng.uniform(0.4, 0.8) * np.array([rng.uniform(0.6, 1), 1, rng.uniform(0.7, 1)])
        low = m.tiles(d, d * 0.6, 0.3, 0.3, 0.25) if rng.random() < 0.5 else m.plain(d, 0.5)
        for sy in (1, -1):
            wall(s, ln + 1, 1.0, (ln / 2, sy * (w / 2 - 0.004), 0.5), (0, -sy, 0), low)
    skirt = m.plain(c * 0.35, 0.5)
    for sy in (1, -1):
        s.place(
            Build().add(
                box((ln / 2, sy * (w / 2 - 0.008), 0.05), (ln + 1, 0.016, 0.1), 0.004), skirt
            ),
            "skirting",
        )
        x = rng.uniform(0.8, 2.2)
        while x < ln - 0.8:
            if rng.random() < 0.75:
                door(s, (x, sy * (w / 2 - 0.02), 0), (0, -sy, 0), rng.uniform(0.85, 1.1))
            x += rng.uniform(1.7, 3.4)
        for _ in range(int(rng.integers(0, 4))):
            kind, at = rng.random(), (rng.uniform(0.8, ln - 0.5), sy * w / 2)
            if kind < 0.4:
                label_box(
                    s,
                    (*at, 1.3),
                    (0, -sy, 0),
                    (rng.uniform(0.4, 0.8), rng.uniform(0.5, 1.0)),
                    0.06,
                    (0.55, 0.55, 0.53),
                )
            elif kind < 0.6:
                label_box(s, (*at, 0.9), (0, -sy, 0), (0.65, 0.8), 0.1, (0.5, 0.03, 0.03))
            else:
                poster(s, (*at, 1.5), (0, -sy, 0))
    if rng.random() < 0.5:
        x, z = ln - 0.03, 1.5
        light = m.plain((0.75, 0.85, 1.0), 0.5, emit=0.15 if night else float(rng.uniform(1.5, 6)))
        s.place(
            Build().add(panel(w * 0.55, 1.2), light),
            "window",
            (x, 0, z),
            np.array([[0, 0, -1.0], [-1, 0, 0], [0, 1, 0]]),
        )
        if not night:
            s.light(
                "AREA",
                (x - 0.05, 0, z),
                float(rng.uniform(15, 80)),
                (0.85, 0.92, 1),
                (w * 0.55, 1.2),
                np.array([[0, 0, 1.0], [-1, 0, 0], [0, -1, 0]]),
            )
    else:
        door(s, (ln - 0.02, 0, 0), (-1, 0, 0), min(w * 0.7, 1.2))
    if rng.random() < 0.4:
        p, y = (
            m.plain((0.5, 0.5, 0.48) if rng.random() < 0.6 else (0.45, 0.04, 0.04), 0.4),
            rng.choice([-1, 1]) * (w / 2 - 0.1),
        )
        s.place(Build().add(tube([(-0.4, y, h - 0.15), (ln, y, h - 0.15)], 0.05), p), "pipe")
    exit_at = (rng.uniform(2, ln - 1), rng.choice([-1, 1]) * (w / 2 - 0.03), 2.15)
    s.place(
        Build().add(
            box(exit_at, (0.36, 0.04, 0.14), 0.01), m.plain((0.03, 0.5, 0.15), 0.4, emit=1.2)
        ),
        "exit sign",
    )
    lamps, tint = (
        int(rng.integers(2, 6)),
        np.array([1, rng.uniform(0.9, 1), rng.uniform(0.75, 1.05)]),
    )
    power = rng.uniform(10, 32) * (0.3 if night else 1)
    strip = rng.random() < 0.5
    for i in range(lamps):
        if night and rng.random() < 0.4:
            continue
        x, size = ln * (i + 0.5) / lamps, (1.1, 0.12) if strip else (0.35, 0.35)
        s.light("AREA", (x, 0, h - 0.07), power, tint, size)
        s.place(
            Build().add(panel(*size), m.plain(tuple(tint), 0.5, emit=4.0)),
            "lamp",
            (x, 0, h - 0.06),
            np.diag([1.0, -1, -1]),
        )
    s.card |= {
        "corridor_m": [round(float(q), 2) for q in (ln, w, h)],
        "light_w": round(float(power), 2),
        "night": night,
    }
    return ln, w, h


def corridor(s):
    """A corridor but its contents; returns (view, ground, pose chooser)."""
    rng = s.rng
    night = rng.random() < 0.2
    s.world((0.6, 0.65, 0.7), 0.1)
    ln, w, h = build_corridor(s, night)
    high = rng.random() < 0.75
    eye = np.array(
        [
            rng.uniform(-0.35, 0.1),
            rng.uniform(-1, 1) * (w / 2 - 0.15),
            rng.uniform(2.1, h - 0.1) if high else rng.uniform(1.3, 1.8),
        ]
    )
    to = np.array(
        [
            rng.uniform(2.8, 5.5),
            rng.uniform(-0.3, 0.3),
            rng.uniform(0.1, 0.8) if high else rng.uniform(0.6, 1.1),
        ]
    )
    fish = high and rng.random() < 0.15
    fov = rng.uniform(125, 165) if fish else rng.uniform(58, 100)
    size = [(480, 288), (512, 288), (384, 384), (432, 336)][int(rng.integers(0, 4))]
    view = View(
        eye=eye,
        rot=look_at(eye, to, rng.normal(0, 0.025)),
        fov_deg=float(fov),
        size_px=size,
        fisheye=bool(fish),
        name="corridor",
    )
    s.card["view"] = "corridor fisheye" if fish else "corridor"

    def allowed(v):
        return bool(
            (np.abs(v[:, 1]) < w / 2 - 0.02).all()
            and v[:, 0].max() < ln - 0.05
            and v[:, 0].min() > 0.5
            and np.linalg.norm(v - eye, axis=1).min() > 0.9
        )

    def pose(long):
        x = 1.2 + (min(ln, 9) - 1.8) * rng.random() ** 1.3
        side = int(rng.choice([-1, 1]))
        if long:
            return (
                x,
                side * (w / 2 - rng.uniform(0.38, 0.6)),
                float(rng.choice([0, np.pi]) + rng.normal(0, 0.12)),
            )
        if rng.random() < 0.7:  # backs to the wall
            return (
                x,
                side * (w / 2 - rng.uniform(0.22, 0.5)),
                float(-side * np.pi / 2 + rng.normal(0, 0.12)),
            )
        return x, rng.uniform(-w / 2, w / 2) * 0.6, rng.uniform(0, 6.28)

    return view, Ground(allowed), pose
