"""A stairwell landing: e-bikes in rows, half covered, among what people keep there.

The landing spans x 0..length, y -width/2..width/2; the flight up leaves it at x = length for y > 0,
the flight down (or, on the ground floor, the nook below the stairs) lies at y < 0.
"""

from __future__ import annotations

import numpy as np

from cameras import View, look_at
from mesh import Build, box, panel, tube
from places import Ground, door, label_box, poster, wall

__all__ = ["build_stairwell", "stairwell"]

STEPS, RUN_M = 9, 0.27


def _flight(s, x0, y, z0, width, rise, mat, nose, dx=RUN_M, dz=1):
    """Nine steps from (x0, z0); `dz` -1 leads down, negative `dx` leads back."""
    b = Build()
    for i in range(STEPS):
        x = x0 + (i + 0.5) * dx
        top = z0 + (i + 1 if dz > 0 else -i - 1) * rise
        b.add(box((x, y, top - 0.14), (abs(dx) + 0.02, width, 0.28), 0.004), mat)
        edge = x - dz * dx / 2
        b.add(box((edge + dz * np.sign(dx) * 0.025, y, top + 0.001), (0.04, width, 0.006)), nose)
    s.place(b, "flight")


def _rail(s, points, steel, wood, gap):
    """A banister along a sloped line of two floor points."""
    a, z = np.asarray(points, float)
    b = Build()
    up = np.array([0, 0, 0.92])
    b.add(tube([a + up, z + up], 0.028), wood)
    n = max(2, round(np.linalg.norm(z - a) / gap))
    for t in np.linspace(0, 1, n):
        p = a + (z - a) * t
        b.add(tube([p, p + up], 0.009 if 0 < t < 1 else 0.025, 6), steel)
    s.place(b, "banister")


def _shell(s, ln, w, h, end, mid, grounded, plaster, floor):
    """Walls, floors, ceilings, and the painted lower part of the walls."""
    m, rng = s.m, s.rng
    low, top = (0.0 if grounded else -mid - 0.3), 2 * h
    wall(s, ln, w, (ln / 2, 0, 0), (0, 0, 1), floor, "floor")
    if grounded:
        wall(s, end - ln, w, ((ln + end) / 2, 0, 0), (0, 0, 1), floor, "floor")
    else:
        wall(s, w, mid + 0.3, (ln, 0, -(mid + 0.3) / 2), (1, 0, 0), plaster)
        wall(s, end - ln, w, ((ln + end) / 2, 0, low), (0, 0, 1), floor, "floor")
    slab = m.plain((0.72, 0.72, 0.7), 0.85)
    s.place(Build().add(box((ln / 2, 0, h + 0.05), (ln, w, 0.3), 0.01), slab), "slab")
    wall(s, end, w, (end / 2, 0, top), (0, 0, -1), slab, "ceiling")
    for sy in (1, -1):
        at = (end / 2, sy * w / 2, (low + top) / 2)
        wall(s, end, top - low, at, (0, -sy, 0), plaster)
    for x, nx in ((0.0, 1), (end, -1)):
        wall(s, w, top - low, (x, 0, (low + top) / 2), (nx, 0, 0), plaster)
    if rng.random() < 0.65:  # oil paint up to the chest
        c = np.asarray([(0.12, 0.3, 0.2), (0.25, 0.33, 0.4), (0.4, 0.36, 0.28), (0.3, 0.3, 0.3)])
        paint = m.plain(c[int(rng.integers(0, 4))] * rng.uniform(0.7, 1.4), 0.4)
        for sy in (1, -1):
            wall(s, ln, 1.2, (ln / 2, sy * (w / 2 - 0.004), 0.6), (0, -sy, 0), paint)
        wall(s, w, 1.2, (0.004, 0, 0.6), (1, 0, 0), paint)


def build_stairwell(s, night=False):
    """Landing, flights, banisters, doors, lamps; returns (length, width, height, end, mid, nook).

    `end` is the far wall's x, `mid` the height of the half landing, `nook` whether the floor goes
    on below the stairs.
    """
    m, rng = s.m, s.rng
    ln, w, rise = rng.uniform(2.6, 4.6), rng.uniform(2.6, 4.4), rng.uniform(0.155, 0.175)
    mid = STEPS * rise
    h, end = 2 * mid - 0.1, ln + STEPS * RUN_M + rng.uniform(1.1, 1.5)
    grounded = rng.random() < 0.45
    c = rng.uniform(0.4, 0.8) * np.array([1, rng.uniform(0.93, 1), rng.uniform(0.82, 1)])
    plaster = m.mottled(c, c * rng.uniform(0.6, 0.9), 1.8, 0.85, 0, 0.05)
    g = rng.uniform(0.15, 0.5) * np.array([1, rng.uniform(0.94, 1), rng.uniform(0.82, 1)])
    floor = (
        m.tiles(g, g * 0.5, 0.6, 0.6, float(rng.uniform(0.15, 0.5)))
        if rng.random() < 0.5
        else m.mottled(g, g * 0.55, 4, 0.8)
    )
    _shell(s, ln, w, h, end, mid, grounded, plaster, floor)
    concrete = m.mottled(g * 1.1, g * 0.7, 5, 0.8)
    nose = m.plain(g * 0.45, 0.6)
    fw, y = w / 2 - 0.08, w / 4 + 0.04
    far = ln + STEPS * RUN_M
    _flight(s, ln, y, 0, fw, rise, concrete, nose)
    half = Build().add(
        box(((far + end) / 2, 0, mid - 0.14), (end - far + 0.02, w, 0.28), 0.004), concrete
    )
    s.place(half, "half landing")
    _flight(s, far, -y, mid, fw, rise, concrete, nose, -RUN_M)
    if not grounded:
        _flight(s, ln, -y, 0, fw, rise, concrete, nose, RUN_M, -1)
    steel = m.plain((0.06, 0.07, 0.07) if rng.random() < 0.6 else (0.5, 0.5, 0.5), 0.4, 0.6)
    wood = m.plain((0.22, 0.07, 0.03) if rng.random() < 0.5 else (0.45, 0.45, 0.44), 0.35)
    gap = float(rng.uniform(0.13, 0.3))
    _rail(s, [(ln, 0.06, 0), (far, 0.06, mid)], steel, wood, gap)
    _rail(s, [(far, -0.06, mid), (ln, -0.06, 2 * mid)], steel, wood, gap)
    if not grounded:
        _rail(s, [(ln, -0.06, 0), (far, -0.06, -mid)], steel, wood, gap)
    for sy in (1, -1):
        if rng.random() < 0.7:
            x = rng.uniform(0.7, ln - 0.6)
            door(s, (x, sy * (w / 2 - 0.02), 0), (0, -sy, 0), rng.uniform(0.85, 1.05))
        at = (rng.uniform(0.4, ln - 0.3), sy * w / 2)
        if rng.random() < 0.4:
            size = (rng.uniform(0.4, 0.8), rng.uniform(0.4, 0.9))
            label_box(s, (*at, 1.6), (0, -sy, 0), size, 0.1, (0.55, 0.55, 0.53))
        elif rng.random() < 0.6:
            poster(s, (*at, 1.55), (0, -sy, 0))
    if rng.random() < 0.6:
        door(s, (0.02, rng.uniform(-0.5, 0.5), 0), (1, 0, 0), rng.uniform(0.85, 1.1))
    _lights(s, ln, w, h, end, mid, night)
    s.card |= {
        "stairwell_m": [round(float(q), 2) for q in (ln, w, h)],
        "nook": grounded,
        "night": night,
    }
    return ln, w, h, end, mid, grounded


def _lights(s, ln, w, h, end, mid, night):
    m, rng = s.m, s.rng
    glass = m.plain((0.75, 0.85, 1.0), 0.5, emit=0.1 if night else float(rng.uniform(1.5, 5)))
    rot = np.array([[0, 0, -1.0], [-1, 0, 0], [0, 1, 0]])
    z, wide = mid + 1.6, w * float(rng.uniform(0.35, 0.6))
    s.place(Build().add(panel(wide, 1.3), glass), "window", (end - 0.02, 0, z), rot)
    frame = Build()
    for y in (-wide / 2, 0, wide / 2):
        frame.add(box((end - 0.03, y, z), (0.05, 0.05, 1.35), 0.006), m.plain((0.5, 0.5, 0.5), 0.4))
    s.place(frame, "window frame")
    if not night:
        turn = np.array([[0, 0, 1.0], [-1, 0, 0], [0, -1, 0]])
        power = float(rng.uniform(25, 110))
        s.light("AREA", (end - 0.08, 0, z), power, (0.85, 0.92, 1), (wide, 1.3), turn)
    tint = np.array([1, rng.uniform(0.9, 1), rng.uniform(0.72, 1.05)])
    power = rng.uniform(24, 60) * (0.4 if night else 1)
    x = ln * rng.uniform(0.4, 0.6)
    s.light("AREA", (x, 0, h - 0.16), power, tint, (0.3, 0.3))
    lamp = Build().add(box((x, 0, h - 0.125), (0.3, 0.3, 0.05), 0.02), m.plain(tint, 0.5, emit=4.0))
    s.place(lamp, "lamp")
    s.light("AREA", ((ln + end) / 2, 0, 2 * h - 0.1), power, tint, (0.4, 0.4))
    s.card["light_w"] = round(float(power), 2)


def _view(s, ln, w, h, end, mid):
    """A camera in the landing's corner, on the half landing looking down, or at the door."""
    rng = s.rng
    kind = str(rng.choice(["landing corner", "from the stairs", "landing door"], p=[0.5, 0.3, 0.2]))
    fish = False
    if kind == "landing corner":
        sy = int(rng.choice([-1, 1]))
        eye = np.array([0.12, sy * (w / 2 - 0.14), h - rng.uniform(0.2, 0.4)])
        to = np.array([ln * rng.uniform(0.5, 0.9), -sy * w * rng.uniform(0, 0.3), 0.4])
        fish = rng.random() < 0.35
        fov = rng.uniform(130, 175) if fish else rng.uniform(80, 108)
    elif kind == "from the stairs":
        eye = np.array([end - 0.25, w * rng.uniform(0.12, 0.4), mid + rng.uniform(1.7, 2.2)])
        to = np.array([ln * rng.uniform(0.35, 0.6), rng.uniform(-0.3, 0.3), 0.3])
        fov = rng.uniform(55, 78)
    else:
        eye = np.array([0.15, rng.uniform(-0.5, 0.5) * w * 0.8, rng.uniform(1.4, 2.0)])
        to = np.array([ln, rng.uniform(-0.4, 0.4), rng.uniform(0.3, 0.8)])
        fov = rng.uniform(72, 98)
    s.card["view"] = kind + (" fisheye" if fish else "")
    return View(
        eye=eye,
        rot=look_at(eye, to, rng.normal(0, 0.03)),
        fov_deg=float(fov),
        size_px=[(480, 288), (384, 384), (432, 336), (448, 336)][int(rng.integers(0, 4))],
        fisheye=bool(fish),
        name=kind,
    )


def stairwell(s):
    """A stairwell landing but its contents; returns (view, ground, pose chooser)."""
    rng = s.rng
    night = rng.random() < 0.25
    s.world((0.6, 0.65, 0.7), 0.06)
    ln, w, h, end, mid, nook = build_stairwell(s, night)
    view = _view(s, ln, w, h, end, mid)

    def allowed(v):
        deep = ln + (STEPS * RUN_M * 0.55 if nook and v[:, 1].max() < -0.02 else -0.05)
        return bool(
            (np.abs(v[:, 1]) < w / 2 - 0.03).all()
            and v[:, 0].min() > 0.04
            and v[:, 0].max() < deep
            and np.linalg.norm(v - view.eye, axis=1).min() > 0.55
        )

    along = rng.random() < 0.4  # bikes along the walls, else side by side with a wheel to the wall
    wall_side = int(rng.choice([-1, 1]))
    nose_in = int(rng.choice([-1, 1]))
    slant, gap = float(rng.choice([0.0, 0.0, 0.4, -0.4])), rng.uniform(0.6, 0.8)  # of a row

    def pose(long):
        side = wall_side if rng.random() < 0.75 else -wall_side
        x = rng.uniform(0.25, ln + (0.9 if nook else 0.0))
        if long and along:
            out = rng.uniform(0.36, 0.9)
            return x, side * (w / 2 - out), float(np.pi * int(rng.integers(0, 2)))
        if long:
            rz = side * nose_in * np.pi / 2 + rng.normal(0, 0.07) + slant
            x = 0.4 + gap * int(x / gap) + rng.normal(0, 0.03)
            return x, side * (w / 2 - rng.uniform(0.84, 1.05)), float(rz)
        if rng.random() < 0.75:
            out = rng.uniform(0.2, 0.45)
            return x, side * (w / 2 - out), float(-side * np.pi / 2 + rng.normal(0, 0.15))
        return x, rng.uniform(-w / 2, w / 2) * 0.8, rng.uniform(0, 6.28)

    return view, Ground(allowed), pose
