"""The unit door of a residential block, from outside and from its lobby, with bikes beside it.

The facade is the plane y = 0, the yard lies at y < 0, the lobby spans x -w/2..w/2, y 0.24..depth;
the door is centred on x = 0.
"""

from __future__ import annotations

import numpy as np

from cameras import View, look_at
from materials import facade_picture
from mesh import Build, box, euler, panel, tube
from places import Ground, door, label_box, poster, wall

__all__ = ["build_unit_door", "unit_door"]

THICK_M = 0.24
REACH_M = 9.0  # of the facade and yard, to each side


def _leaf(s, width, height, hinge, turn, metal, glazed):
    """A door leaf hung at x = `hinge` on the facade, `turn` radians into the yard."""
    m, b = s.m, Build()
    rail = 0.11 if glazed else 0.16
    for z in (rail / 2 + 0.01, height * 0.45, height - rail / 2):
        b.add(box((width / 2, 0, z), (width - 0.02, 0.044, rail), 0.006), metal)
    for x in (rail / 2, width - rail / 2):
        b.add(box((x, 0, height / 2), (rail, 0.05, height), 0.006), metal)
    if not glazed:
        b.add(box((width / 2, 0, height * 0.24), (width - 0.1, 0.03, height * 0.42), 0.006), metal)
        for x in np.linspace(rail, width - rail, 7):
            b.add(tube([(x, 0, height * 0.45), (x, 0, height - 0.1)], 0.009, 6), metal)
    b.add(
        tube([(width - 0.09, -0.06, 0.85), (width - 0.09, -0.06, 1.25)], 0.014),
        m.plain((0.6, 0.6, 0.6), 0.25, 1),
    )
    sign = 1 if hinge < 0 else -1
    rot = euler(0, 0, -sign * turn) @ (np.eye(3) if sign > 0 else euler(0, 0, np.pi))
    s.place(b, "leaf", (hinge, THICK_M / 2, 0), rot)
    if glazed:  # seen through in the picture, so not in the way of the index pass either
        pane = Build().add(
            box((width / 2, 0, height / 2), (width - 0.1, 0.008, height - 0.1), 0.001),
            m.plain((0.7, 0.8, 0.8), 0.05, alpha=0.14),
        )
        s.place(pane, "pane", (hinge, THICK_M / 2, 0), rot, hide_in_index=True)


def _portal(s, dw, dh):
    """Frame, leaves, canopy, intercom, number plate, ramp; returns how far the door stands open."""
    m, rng = s.m, s.rng
    tone = [(0.05, 0.05, 0.055), (0.45, 0.45, 0.45), (0.12, 0.2, 0.14), (0.28, 0.07, 0.05)]
    metal = m.plain(tone[int(rng.integers(0, 4))], 0.4, 0.4)
    b = Build()
    for sx in (1, -1):
        at = (sx * (dw / 2 + 0.05), THICK_M / 2, dh / 2)
        b.add(box(at, (0.1, THICK_M + 0.04, dh), 0.006), metal)
    b.add(box((0, THICK_M / 2, dh + 0.06), (dw + 0.2, THICK_M + 0.04, 0.12), 0.006), metal)
    s.place(b, "frame")
    glazed = rng.random() < 0.5
    opened = float(rng.choice([0.0, rng.uniform(0.3, 1.0), 1.5], p=[0.4, 0.2, 0.4]))
    for n, sx in enumerate((1, -1)):
        turn = opened if n == 0 or rng.random() < 0.5 else 0.0
        _leaf(s, dw / 2 - 0.005, dh, sx * dw / 2, turn, metal, glazed)
    deep, thick = rng.uniform(1.0, 2.0), rng.uniform(0.12, 0.3)
    grey = m.mottled((0.5, 0.5, 0.48), (0.32, 0.32, 0.3), 2, 0.85)
    top = Build().add(box((0, -deep / 2, dh + 0.75), (dw + 1.6, deep, thick), 0.01), grey)
    if rng.random() < 0.5:
        for sx in (1, -1):
            x = sx * (dw / 2 + 0.6)
            top.add(box((x, -deep + 0.15, dh / 2 + 0.35), (0.22, 0.22, dh + 0.7), 0.01), grey)
    s.place(top, "canopy")
    label_box(s, (dw / 2 + 0.35, 0, 1.35), (0, -1, 0), (0.16, 0.34), 0.04, (0.06, 0.06, 0.07))
    poster(s, (-dw / 2 - 0.5, 0, 1.75), (0, -1, 0), (0.5, 0.25))
    ramp = Build().add(box((0, -0.55, 0.0), (dw + 0.5, 1.1, 0.05), 0.01), grey)
    s.place(ramp, "threshold")
    return opened, deep


def _lobby(s, w, depth, h, night):
    """The room behind the door: mail boxes, notices, a lift door or a flat's, a lamp."""
    m, rng = s.m, s.rng
    c = rng.uniform(0.4, 0.8) * np.array([1, rng.uniform(0.93, 1), rng.uniform(0.82, 1)])
    plaster = (
        m.tiles(c, c * 0.7, 0.6, 0.3, 0.2)
        if rng.random() < 0.4
        else m.mottled(c, c * rng.uniform(0.7, 0.95), 2, 0.8, 0, 0.03)
    )
    f = rng.uniform(0.2, 0.55) * np.array([1, rng.uniform(0.94, 1), rng.uniform(0.82, 1)])
    mid = (THICK_M + depth) / 2
    long = depth - THICK_M
    wall(s, w, long, (0, mid, 0.001), (0, 0, 1), m.tiles(f, f * 0.5, 0.6, 0.6, 0.25), "floor")
    wall(s, w, long, (0, mid, h), (0, 0, -1), m.plain((0.72, 0.72, 0.7), 0.8), "ceiling")
    for sx in (1, -1):
        wall(s, long, h, (sx * w / 2, mid, h / 2), (-sx, 0, 0), plaster)
    wall(s, w, h, (0, depth, h / 2), (0, -1, 0), plaster)
    side = int(rng.choice([-1, 1]))
    steel, dark = m.plain((0.55, 0.55, 0.53), 0.35, 0.5), m.plain((0.08, 0.08, 0.08), 0.5)
    b = Build()  # mail boxes
    cols, rows = int(rng.integers(4, 9)), int(rng.integers(3, 6))
    y0 = rng.uniform(THICK_M + 0.3, max(THICK_M + 0.4, depth - cols * 0.3 - 0.3))
    for i in range(cols):
        for j in range(rows):
            at = (side * (w / 2 - 0.09), y0 + i * 0.29 + 0.15, 0.95 + j * 0.2)
            b.add(box(at, (0.18, 0.28, 0.19), 0.006), steel)
            slot = (side * (w / 2 - 0.181), at[1], at[2] + 0.05)
            b.add(box(slot, (0.005, 0.2, 0.02), 0.001), dark)
    s.place(b, "mail boxes")
    for _ in range(int(rng.integers(1, 4))):
        y = rng.uniform(THICK_M + 0.4, depth - 0.4)
        poster(s, (-side * w / 2, y, 1.55), (side, 0, 0))
    if rng.random() < 0.6:
        leaf = m.brushed((0.55, 0.55, 0.54), 0.28)
        lift = Build().add(box((0, depth - 0.03, 1.08), (1.16, 0.08, 2.16), 0.006), dark)
        for sx in (1, -1):
            lift.add(box((sx * 0.25, depth - 0.06, 1.05), (0.49, 0.06, 2.1), 0.004), leaf)
        s.place(lift, "lift door", (rng.uniform(-0.2, 0.2) * w, 0, 0))
    else:
        door(s, (rng.uniform(-0.25, 0.25) * w, depth - 0.02, 0), (0, -1, 0))
    tint = np.array([1, rng.uniform(0.9, 1), rng.uniform(0.75, 1.05)])
    power = float(rng.uniform(20, 60)) * (0.6 if night else 1)
    s.light("AREA", (0, mid, h - 0.06), power, tint, (0.6, 0.6))
    glow = Build().add(panel(0.6, 0.6), m.plain(tuple(tint), 0.5, emit=4.0))
    s.place(glow, "lamp", (0, mid, h - 0.05), np.diag([1.0, -1, -1]))


def _front(s, dw, dh):
    """The facade around the door, its ground-floor windows, and what stands before it."""
    m, rng = s.m, s.rng
    c = rng.uniform(0.3, 0.65) * np.array([1, rng.uniform(0.85, 1), rng.uniform(0.7, 1)])
    stone = m.tiles(c, c * 0.7, 0.24, 0.06, 0.6, 0.5) if rng.random() < 0.5 else m.plain(c, 0.8)
    b, high = Build(), 6.5
    for sx in (1, -1):
        wide = REACH_M - dw / 2
        at = (sx * (dw / 2 + wide / 2), THICK_M / 2, high / 2)
        b.add(box(at, (wide, THICK_M, high), 0.004), stone)
    b.add(box((0, THICK_M / 2, (dh + 0.12 + high) / 2), (dw, THICK_M, high - dh - 0.12)), stone)
    s.place(b, "facade")
    glass, frame = m.plain((0.05, 0.07, 0.09), 0.08), m.plain((0.6, 0.6, 0.6), 0.4)
    for sx in (1, -1):
        for x in np.arange(dw / 2 + 1.6, REACH_M - 0.8, rng.uniform(2.2, 3.2)):
            for z in (1.75, 4.7):
                win = Build().add(box((sx * x, -0.01, z), (1.4, 0.05, 1.4), 0.006), frame)
                for k in (-1, 1):
                    win.add(box((sx * x + k * 0.34, -0.03, z), (0.62, 0.03, 1.28), 0.004), glass)
                if rng.random() < 0.5:  # burglar bars
                    for q in np.linspace(-0.7, 0.7, 10):
                        ends = [(sx * x + q, -0.14, z - 0.7), (sx * x + q, -0.14, z + 0.7)]
                        win.add(tube(ends, 0.008, 5), frame)
                s.place(win, "window")
            if rng.random() < 0.4:
                unit = Build().add(box((0, -0.2, 0), (0.8, 0.3, 0.55), 0.02), frame)
                s.place(unit, "air conditioner", (sx * (x + 0.2), 0, 3.2))
    g = rng.uniform(0.2, 0.5) * np.array([1, rng.uniform(0.9, 1), rng.uniform(0.8, 1)])
    yard = (
        m.tiles(g, g * 0.6, 0.4, 0.2, 0.8, 0.5)
        if rng.random() < 0.6
        else m.mottled(g * 0.6, g * 0.4, 8, 0.9, 0, 0.1)
    )
    wall(s, 2 * REACH_M, 26, (0, -13 + THICK_M, 0), (0, 0, 1), yard, "yard")
    far = m.picture(facade_picture(rng), 30, 22, 0.8)
    wall(s, 40, 22, (0, -22, 11), (0, 1, 0), far, "opposite block")
    hedge = m.mottled((0.05, 0.12, 0.03), (0.02, 0.06, 0.015), 14, 0.95, 0, 0.6)
    rows = Build()
    for x in np.arange(-REACH_M, REACH_M, 0.8):
        size = (1.0, rng.uniform(0.6, 0.9), rng.uniform(0.6, 1.0))
        rows.add(box((x, -9.5 + rng.normal(0, 0.1), size[2] / 2), size, 0.2, 3), hedge)
    s.place(rows, "hedge")


def build_unit_door(s, night=False):
    """Facade, door, lobby, yard, light; returns (lobby width, depth, height, door width, open)."""
    rng = s.rng
    w, depth, h = rng.uniform(2.8, 5.0), rng.uniform(3.2, 6.0), rng.uniform(2.6, 3.0)
    dw, dh = rng.uniform(1.3, 1.8), rng.uniform(2.1, 2.3)
    _front(s, dw, dh)
    opened, deep = _portal(s, dw, dh)
    _lobby(s, w, depth, h, night)
    if night:
        s.world((0.03, 0.045, 0.08), 0.5)
        glow = (1, rng.uniform(0.75, 0.95), rng.uniform(0.5, 0.9))
        s.light("AREA", (0, -deep / 2, dh + 0.55), float(rng.uniform(25, 80)), glow, (0.3, 0.3))
        s.light("AREA", (rng.uniform(-6, 6), -6, 5), float(rng.uniform(80, 260)), glow, (0.5, 0.3))
    else:
        s.world((0.62, 0.72, 0.9), float(rng.uniform(0.5, 1.0)))
        e, a = np.radians(rng.uniform(25, 65)), rng.uniform(np.pi * 1.1, np.pi * 1.9)
        sun = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
        cloudy = rng.random() < 0.5
        s.light(
            "SUN",
            (0, 0, 30),
            0.5 if cloudy else float(rng.uniform(1.8, 3.5)),
            (1, 0.95, 0.88),
            (0.6 if cloudy else 0.02, 0),
            look_at((0, 0, 0), -sun),
        )
    s.card |= {
        "lobby_m": [round(float(q), 2) for q in (w, depth, h)],
        "door_open": round(opened, 2),
        "night": night,
    }
    return w, depth, h, dw, opened


def _view(s, w, depth, h):
    """A camera in the lobby towards the door, or outside: on the facade or on a pole."""
    rng = s.rng
    kind = str(rng.choice(["lobby door", "yard door", "along facade"], p=[0.45, 0.35, 0.2]))
    fish = False
    if kind == "lobby door":
        sx = int(rng.choice([-1, 1]))
        eye = np.array([sx * (w / 2 - 0.14), depth - 0.14, h - rng.uniform(0.08, 0.3)])
        to = np.array([-sx * w * rng.uniform(0, 0.2), rng.uniform(0.6, 1.4), rng.uniform(0.3, 0.8)])
        fish = rng.random() < 0.25
        fov = rng.uniform(125, 165) if fish else rng.uniform(70, 100)
    elif kind == "yard door":
        eye = np.array([rng.uniform(-4, 4), -rng.uniform(4, 7.5), rng.uniform(2.4, 4.2)])
        to = np.array([rng.uniform(-0.8, 0.8), -0.6, rng.uniform(0.4, 0.9)])
        fov = rng.uniform(50, 80)
    else:
        sx = int(rng.choice([-1, 1]))
        eye = np.array([sx * rng.uniform(1.8, 2.4), -0.55, rng.uniform(2.6, 3.0)])  # on an arm
        to = np.array([sx * rng.uniform(3.4, 5.2), -rng.uniform(1.0, 1.8), 0.3])
        fov = rng.uniform(75, 105)
    s.card["view"] = kind + (" fisheye" if fish else "")
    return View(
        eye=eye,
        rot=look_at(eye, to, rng.normal(0, 0.025)),
        fov_deg=float(fov),
        size_px=[(480, 288), (512, 288), (432, 336), (384, 384)][int(rng.integers(0, 4))],
        fisheye=bool(fish),
        name=kind,
    )


def unit_door(s):
    """A unit door but its contents; returns (view, ground, pose chooser)."""
    rng = s.rng
    w, depth, h, dw, opened = build_unit_door(s, rng.random() < 0.25)
    view = _view(s, w, depth, h)
    inside = view.name == "lobby door"
    around = float(view.eye[0]) if view.name == "along facade" else 0.0

    def allowed(v):
        low, high = v[:, 1].min(), v[:, 1].max()
        if np.linalg.norm(v - view.eye, axis=1).min() < (0.6 if inside else 0.9):
            return False
        if low > THICK_M + 0.03:
            return bool(np.abs(v[:, 0]).max() < w / 2 - 0.2 and high < depth - 0.12)
        if high < -0.16:  # the leaves swing over the threshold
            swing = dw / 2 + 0.1 if opened else 0.0
            clear = v[:, 0].min() > swing or v[:, 0].max() < -swing or high < -dw / 2 - 0.1
            return bool(clear and low > -8.8 and np.abs(v[:, 0]).max() < REACH_M - 0.2)
        return False

    slant, gap = float(rng.choice([0.0, 0.0, 0.45, -0.45])), rng.uniform(0.62, 0.85)
    nose_in = int(rng.choice([-1, 1]))

    def pose(long):
        if inside and rng.random() < 0.75:
            sx = int(rng.choice([-1, 1]))
            y = rng.uniform(THICK_M + 0.3, depth - 0.3)
            if long and w > 3.6:
                x = sx * (w / 2 - rng.uniform(0.5, 0.75))
                return x, y, float(rng.choice([-1, 1]) * np.pi / 2 + rng.normal(0, 0.1))
            if long:
                x = sx * (w / 2 - rng.uniform(0.5, 0.65))
                return x, y, float(rng.choice([-1, 1]) * np.pi / 2 + rng.normal(0, 0.05))
            return rng.uniform(-w / 2, w / 2) * 0.85, y, rng.uniform(0, 6.28)
        side = np.sign(around) if around and rng.random() < 0.85 else float(rng.choice([-1, 1]))
        x = side * (dw / 2 + 0.2 + 5.0 * rng.random() ** 1.3)
        if long and rng.random() < 0.85:  # in a row before the wall
            x = gap * round(x / gap) + rng.normal(0, 0.03)
            rz = nose_in * np.pi / 2 + slant + rng.normal(0, 0.07)
            return x, -rng.uniform(1.05, 1.3), float(rz)
        if long:
            return rng.uniform(-3, 3), -rng.uniform(1.2, 5), rng.uniform(0, 6.28)
        if rng.random() < 0.5:
            return x, -rng.uniform(0.45, 0.9), float(-np.pi / 2 + rng.normal(0, 0.2))
        return rng.uniform(-3.5, 3.5), -rng.uniform(1.0, 4.5), rng.uniform(0, 6.28)

    return view, Ground(allowed), pose
