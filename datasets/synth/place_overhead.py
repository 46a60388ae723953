"""An overhead floor (架空层): a ground floor on columns, open to the yard on one side.

It spans x 0..length, y -width/2..width/2; y = -width/2 is open, y = width/2 has the lobby's door.
"""

from __future__ import annotations

import numpy as np

from cameras import View, look_at
from materials import facade_picture
from mesh import Build, box, panel, tube
from places import Ground, door, label_box, poster, wall

__all__ = ["build_overhead", "overhead_floor"]


def _charging(s, x, y):
    """A charging post with sockets on the wall."""
    tone = [(0.05, 0.3, 0.12), (0.6, 0.6, 0.6), (0.03, 0.15, 0.45)][int(s.rng.integers(0, 3))]
    label_box(s, (x, y, 1.2), (0, -1, 0), (0.4, 0.55), 0.14, tone)
    pipe = Build().add(tube([(x, y - 0.03, 1.5), (x, y - 0.03, 2.6)], 0.015), s.m.plain((0.5,) * 3))
    s.place(pipe, "conduit")


def build_overhead(s, night=False, size=None):
    """Floor, slab, columns, walls, lamps, bay marks; returns (length, width, height)."""
    m, rng = s.m, s.rng
    ln, w, h = size or (rng.uniform(10, 18), rng.uniform(5, 9), rng.uniform(2.8, 3.8))
    c = rng.uniform(0.35, 0.75) * np.array([1, rng.uniform(0.94, 1), rng.uniform(0.85, 1)])
    plaster = m.mottled(c, c * rng.uniform(0.7, 0.95), 2.0, 0.85, 0, 0.04)
    f = rng.uniform(0.12, 0.45) * np.array([1, rng.uniform(0.95, 1), rng.uniform(0.85, 1)])
    floor = (
        m.mottled(f, f * 0.6, float(rng.uniform(1, 6)), 0.8)
        if rng.random() < 0.6
        else m.tiles(f, f * 0.6, 0.6, 0.6, 0.4)
    )
    if rng.random() < 0.2:  # green epoxy
        floor = m.mottled((0.06, 0.22, 0.12), (0.04, 0.15, 0.09), 2, 0.35)
    wall(s, ln + 2, w + 1, (ln / 2, -0.5, 0), (0, 0, 1), floor, "floor")
    wall(
        s, 60, 40, (ln / 2, -w / 2 - 20, -0.05), (0, 0, 1), m.plain((0.25, 0.25, 0.23), 0.9), "yard"
    )
    wall(s, ln + 2, w, (ln / 2, 0, h), (0, 0, -1), m.plain((0.6, 0.6, 0.58), 0.9), "slab")
    wall(s, ln + 2, h, (ln / 2, w / 2, h / 2), (0, -1, 0), plaster)
    wall(s, w, h, (ln + 0.5, 0, h / 2), (-1, 0, 0), plaster)
    wall(s, w, h, (-0.8, 0, h / 2), (1, 0, 0), plaster)
    far = m.picture(facade_picture(rng), 50, 24, 0.8)
    wall(s, 50, 24, (ln / 2, -w / 2 - rng.uniform(14, 22), 12), (0, 1, 0), far, "opposite block")
    paint = m.plain(tuple(c * rng.uniform(0.5, 1.0)), 0.7)
    band = m.plain((0.6, 0.45, 0.02), 0.6)
    gap, thick = rng.uniform(3.2, 5.0), rng.uniform(0.35, 0.6)
    columns = [-w / 2 + 0.2] + ([rng.uniform(-0.12, 0.12) * w] if w > 6.5 else [])
    b = Build()
    for x in np.arange(rng.uniform(0.8, 2.5), ln, gap):
        for y in columns:
            b.add(box((x, y, h / 2), (thick, thick, h), 0.02), paint)
            if rng.random() < 0.4:
                b.add(box((x, y, 0.5), (thick + 0.01, thick + 0.01, 0.25), 0.01), band)
        b.add(box((x, 0, h - 0.2), (thick * 0.8, w, 0.4), 0.01), paint)  # beams
    s.place(b, "columns")
    s.column_gap = gap
    if rng.random() < 0.6:
        door(s, (rng.uniform(0.3, 0.8) * ln, w / 2 - 0.02, 0), (0, -1, 0), 1.2)
    if rng.random() < 0.45:  # an approved place: charging posts and marked bays
        for x in np.arange(1.5, ln - 1, rng.uniform(1.6, 2.6)):
            _charging(s, x, w / 2)
        line = m.plain((0.7, 0.7, 0.68), 0.7)
        marks = Build()
        for x in np.arange(1, ln - 0.5, 0.75):
            marks.add(box((x, w / 2 - 1.0, 0.004), (0.05, 1.8, 0.006), 0.001), line)
        s.place(marks, "bays")
        s.card["charging"] = True
    for _ in range(int(rng.integers(0, 4))):
        poster(s, (rng.uniform(1, ln - 1), w / 2, 1.6), (0, -1, 0))
    if rng.random() < 0.5:
        y = rng.uniform(-0.3, 0.3) * w
        red = m.plain((0.4, 0.03, 0.03), 0.5)
        s.place(Build().add(tube([(-0.5, y, h - 0.5), (ln, y, h - 0.5)], 0.05), red), "main")
    lamps = int(rng.integers(2, 5))
    power = rng.uniform(20, 60) * (1.0 if night else 0.5)
    tint = np.array([1, rng.uniform(0.9, 1), rng.uniform(0.75, 1.05)])
    for i in range(lamps):
        x = ln * (i + 0.5) / lamps
        s.light("AREA", (x, 0.1 * w, h - 0.45), power, tint, (1.1, 0.12))
        glow = Build().add(panel(1.1, 0.12), m.plain(tuple(tint), 0.5, emit=4.0))
        s.place(glow, "lamp", (x, 0.1 * w, h - 0.44), np.diag([1.0, -1, -1]))
    if night:
        s.world((0.03, 0.045, 0.08), 0.5)
    else:
        s.world((0.62, 0.72, 0.9), float(rng.uniform(0.7, 1.4)))
        down = np.array([rng.uniform(-0.5, 0.5), rng.uniform(0.2, 0.8), -1.0])
        s.light(
            "SUN",
            (0, -20, 30),
            float(rng.choice([0.4, rng.uniform(1.5, 3.5)])),
            (1, 0.95, 0.88),
            (0.05, 0),
            look_at((0, 0, 0), down / np.linalg.norm(down)),
        )
    s.card |= {"floor_m": [round(float(v), 2) for v in (ln, w, h)], "night": night}
    return ln, w, h


def overhead_floor(s):
    """An overhead floor but its contents; returns (view, ground, pose chooser)."""
    rng = s.rng
    night = rng.random() < 0.3
    ln, w, h = build_overhead(s, night)
    sy = float(rng.choice([-1, 1]))
    eye = np.array([rng.uniform(-0.4, 0.6), sy * (w / 2 - rng.uniform(0.3, 0.8)), h - 0.35])
    to = np.array([rng.uniform(3.5, 7), -sy * w * rng.uniform(0.0, 0.3), rng.uniform(0.2, 0.7)])
    fish = rng.random() < 0.15
    view = View(
        eye=eye,
        rot=look_at(eye, to, rng.normal(0, 0.025)),
        fov_deg=float(rng.uniform(120, 165) if fish else rng.uniform(62, 100)),
        size_px=[(448, 256), (416, 256), (384, 288), (352, 352)][int(rng.integers(0, 4))],
        fisheye=bool(fish),
        name="overhead_floor",
        stretch=(1.2, 1.2),
    )
    s.card["view"] = "overhead fisheye" if fish else "overhead"

    def allowed(v):
        return bool(
            v[:, 1].max() < w / 2 - 0.1
            and v[:, 1].min() > -w / 2 + 0.55
            and v[:, 0].min() > 0.3
            and v[:, 0].max() < ln - 0.1
            and np.linalg.norm(v - eye, axis=1).min() > 1.1
        )

    slant, gap = float(rng.choice([0.0, 0.0, 0.4, -0.4])), rng.uniform(0.62, 0.85)

    def pose(long):
        x = 1.2 + (min(ln, 12) - 2.0) * rng.random() ** 1.2
        if long and rng.random() < 0.8:  # rows before the wall or along the open edge
            x = gap * round(x / gap) + rng.normal(0, 0.03)
            wall_side = rng.random() < 0.7
            y = w / 2 - rng.uniform(1.0, 1.25) if wall_side else -w / 2 + rng.uniform(1.6, 1.9)
            return x, y, float(np.pi / 2 + slant + rng.normal(0, 0.07))
        return x, rng.uniform(-w / 2 + 0.7, w / 2 - 0.4), rng.uniform(0, 6.28)

    return view, Ground(allowed), pose
