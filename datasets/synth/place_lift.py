"""A lift car seen from its corner, from its ceiling or from the lobby.

The car spans x -w/2..w/2, y 0..d, z 0..h; its door is at y = 0 and the lobby lies at y < 0.
"""

from __future__ import annotations

import numpy as np

from cameras import View, look_at
from mesh import Build, box, panel, revolve, tube
from places import Ground, label_box, poster, wall

__all__ = ["build_car", "choose_view", "lift"]


def _finish(m, rng, kind=None):
    drawn = str(rng.choice(["steel", "mirror", "panel", "stone"], p=[0.55, 0.12, 0.23, 0.1]))
    kind = kind or drawn
    if kind == "steel":
        g = rng.uniform(0.35, 0.7)
        return m.brushed(
            (g, g * rng.uniform(0.94, 1), g * rng.uniform(0.82, 1.0)),
            float(rng.uniform(0.22, 0.45)),
        ), kind
    if kind == "mirror":
        return m.brushed((0.7, 0.68, 0.62), 0.1), kind
    c = rng.uniform(0.25, 0.75, 3) * (1, 0.95, 0.85)
    if kind == "panel":
        return m.mottled(c, c * 0.85, 2.5, 0.5, 0, 0, (1, 6, 1)), kind
    return m.mottled(c, c * 0.5, 18, 0.25), kind


def _boards(m, rng):
    """Upright boards in strong colours: walls of unseen cars only."""
    c = rng.uniform(0.02, 0.6, 3)
    return m.tiles(c, c * 0.4, float(rng.uniform(0.08, 0.2)), 3.0, 0.35, vary=0.35), "boards"


def _floor(m, rng):
    c = rng.uniform(0.12, 0.6, 3) * 0.3 + rng.uniform(0.05, 0.45)
    if rng.random() < 0.5:
        return m.tiles(c, c * 0.5, float(rng.uniform(0.3, 0.6)), float(rng.uniform(0.3, 0.6)), 0.3)
    return m.mottled(c, c * 0.6, float(rng.uniform(3, 30)), float(rng.uniform(0.25, 0.8)))


def build_car(s, night=False, size=None, opened=None, door_w=None, finish=None):
    """Build the car and its lobby; returns its measures. `s.leaves` are the door leaves."""
    m, rng = s.m, s.rng
    w, d, h = rng.uniform(1.3, 1.9), rng.uniform(1.4, 2.3), rng.uniform(2.2, 2.45)
    if s.unseen:  # a slim or a bed lift, higher than any other seed's
        w = rng.uniform(1.08, 1.22) if rng.random() < 0.4 else rng.uniform(1.98, 2.3)
        d, h = rng.uniform(2.38, 2.8), rng.uniform(2.5, 2.75)
    w, d, h = size or (w, d, h)
    dw, dh = door_w or min(w - 0.25, rng.uniform(0.8, 1.1)), 2.1
    drawn = float(rng.choice([1.0, rng.uniform(0.2, 0.9), 0.0], p=[0.76, 0.06, 0.18]))
    opened = drawn if opened is None else opened
    mat, kind = _boards(m, rng) if s.unseen else _finish(m, rng, finish)
    back = _finish(m, rng)[0] if rng.random() < 0.3 else mat
    wall(s, w, d, (0, d / 2, 0), (0, 0, 1), _floor(m, rng), "floor")
    wall(s, w, d, (0, d / 2, h), (0, 0, -1), m.plain((0.5, 0.5, 0.5), 0.4, 0.5), "ceiling")
    wall(s, d, h, (-w / 2, d / 2, h / 2), (1, 0, 0), mat)
    wall(s, d, h, (w / 2, d / 2, h / 2), (-1, 0, 0), mat)
    wall(s, w, h, (0, d, h / 2), (0, -1, 0), back)
    side = (w - dw) / 2
    steel = m.brushed((0.5, 0.5, 0.49), 0.32)
    b = Build()
    for sx in (1, -1):
        b.add(box((sx * (dw / 2 + side / 2), -0.02, h / 2), (side, 0.05, h), 0.004), steel)
    b.add(box((0, -0.02, (dh + h) / 2), (w, 0.05, h - dh), 0.004), steel)
    for x in np.arange(-w / 2 + 0.02, w / 2, w / 3):  # joints of the wall panels
        b.add(
            box((x, d - 0.002, h / 2), (0.006, 0.004, h), 0.001), m.plain((0.05, 0.05, 0.05), 0.6)
        )
    for sx in (1, -1):
        for y in np.arange(d / 3, d, d / 3):
            b.add(
                box((sx * (w / 2 - 0.002), y, h / 2), (0.004, 0.006, h), 0.001),
                m.plain((0.05, 0.05, 0.05), 0.6),
            )
    s.place(b, "front")
    leaf = m.brushed((0.55, 0.55, 0.54), 0.3)
    s.leaves = []
    for sx in (1, -1):
        x = sx * (dw / 4 + opened * (dw / 2 - 0.02))
        s.leaves.append(
            s.place(
                Build().add(box((0, -0.075, dh / 2), (dw / 2, 0.04, dh), 0.004), leaf),
                "leaf",
                (x, 0, 0),
            )
        )
    hz = 0.88
    if rng.random() < 0.65:
        rail = Build()
        for sx in (1, -1):
            rail.add(
                tube([(sx * (w / 2 - 0.05), 0.15, hz), (sx * (w / 2 - 0.05), d - 0.1, hz)], 0.018),
                steel,
            )
        rail.add(tube([(-w / 2 + 0.1, d - 0.05, hz), (w / 2 - 0.1, d - 0.05, hz)], 0.018), steel)
        s.place(rail, "rail")
    _buttons(s, w, dw, steel)
    for _ in range(int(rng.integers(0, 5))):
        sx = int(rng.choice([-1, 0, 1]))
        if sx:
            poster(
                s,
                (sx * w / 2, rng.uniform(0.35, d - 0.35), rng.uniform(1.3, 1.7)),
                (-sx, 0, 0),
                None,
                float(rng.choice([0, 0, 0.8])),
            )
        else:
            poster(
                s,
                (rng.uniform(-w / 4, w / 4), d, rng.uniform(1.3, 1.7)),
                (0, -1, 0),
                None,
                float(rng.choice([0, 0, 0.8])),
            )
    if rng.random() < 0.3:
        c = rng.uniform(0.02, 0.4, 3)
        s.place(
            Build().add(
                box((0, d / 2, 0.006), (w * 0.9, d * 0.9, 0.012), 0.004),
                m.mottled(c, c * 0.7, 40, 0.95, 0, 0.3),
            ),
            "mat",
        )
    _landing(s, dw, dh)
    power = rng.uniform(9, 26) * (0.25 if night else 1)
    tint = np.array([1, rng.uniform(0.88, 1.0), rng.uniform(0.72, 1.05)])
    panels = int(rng.integers(1, 4))
    for i in range(panels):
        y = d * (i + 0.5) / panels
        s.light(
            "AREA", (0, y, h - 0.03), power / panels * 2, tint, (w * 0.7, d * 0.3 / panels + 0.1)
        )
        glow = Build().add(
            panel(w * 0.7, d * 0.3 / panels + 0.1),
            m.plain(tuple(tint), 0.5, emit=float(rng.uniform(1.5, 5))),
        )
        s.place(glow, "lamp", (0, y, h - 0.015), np.diag([1.0, -1, -1]))
    s.card |= {
        "walls": kind,
        "car_m": [round(float(x), 3) for x in (w, d, h)],
        "door_open": round(opened, 2),
        "light_w": round(float(power), 2),
    }
    return w, d, h, dw, opened


def _buttons(s, w, dw, steel):
    m, b = s.m, Build()
    x = dw / 2 + (w - dw) / 4
    b.add(box((x, 0.012, 1.25), (0.16, 0.012, 0.9), 0.004), steel)
    for i in range(9):
        for j in range(2):
            b.add(
                revolve(
                    [(0, -0.004), (0.017, -0.004), (0.017, 0.004), (0, 0.004)],
                    (x - 0.03 + 0.06 * j, 0.022, 0.9 + i * 0.06),
                    10,
                ),
                m.plain((0.8, 0.5, 0.2), 0.4, emit=1.0)
                if s.rng.random() < 0.1
                else m.plain((0.7, 0.7, 0.7), 0.3),
            )
    b.add(
        box((x, 0.02, 1.58), (0.11, 0.006, 0.13), 0.002), m.plain((0.5, 0.03, 0.02), 0.3, emit=0.8)
    )
    s.place(b, "buttons")


def _landing(s, dw, dh):
    m, rng = s.m, s.rng
    c = rng.uniform(0.25, 0.7) * np.array([1, rng.uniform(0.9, 1), rng.uniform(0.75, 1)])
    stone = (
        m.tiles(c, c * 0.6, 0.8, 0.8, 0.25) if rng.random() < 0.6 else m.mottled(c, c * 0.7, 6, 0.6)
    )
    ln, lw, lh = rng.uniform(1.8, 4.0), rng.uniform(2.4, 5), 2.7
    wall(s, lw, ln, (0, -0.1 - ln / 2, 0), (0, 0, 1), _floor(m, rng), "floor")
    wall(s, lw, ln, (0, -0.1 - ln / 2, lh), (0, 0, -1), m.plain((0.7, 0.7, 0.7), 0.8), "ceiling")
    wall(s, lw, lh, (0, -0.1 - ln - 0.6, lh / 2), (0, 1, 0), m.mottled(c, c * 0.8, 3, 0.7))
    wall(s, ln, lh, (-lw / 2, -0.1 - ln / 2, lh / 2), (1, 0, 0), m.plain((0.65, 0.63, 0.6), 0.8))
    wall(s, ln, lh, (lw / 2, -0.1 - ln / 2, lh / 2), (-1, 0, 0), m.plain((0.65, 0.63, 0.6), 0.8))
    for sx in (1, -1):
        fw = lw / 2 - dw / 2
        wall(s, fw, lh, (sx * (dw / 2 + fw / 2), -0.12, lh / 2), (0, -1, 0), stone)
    wall(s, dw, lh - dh, (0, -0.12, (lh + dh) / 2), (0, -1, 0), stone)
    jamb = (
        m.brushed((0.5, 0.5, 0.5), 0.25)
        if rng.random() < 0.7
        else m.plain((0.02, 0.025, 0.03), 0.2)
    )
    b, t = Build(), rng.uniform(0.06, 0.18)
    for sx in (1, -1):
        b.add(box((sx * (dw / 2 + t / 2), -0.12, (dh + t) / 2), (t, 0.1, dh + t), 0.006), jamb)
    b.add(box((0, -0.12, dh + t / 2), (dw, 0.1, t), 0.006), jamb)
    s.place(b, "jamb")
    label_box(s, (dw / 2 + t + 0.2, -0.12, 1.2), (0, -1, 0), (0.12, 0.32), 0.02, (0.45, 0.45, 0.45))
    if rng.random() < 0.6:
        poster(s, (-dw / 2 - t - 0.4, -0.12, 1.5), (0, -1, 0))
    s.light(
        "AREA",
        (0, -0.2 - ln / 2, lh - 0.05),
        float(rng.uniform(15, 60)),
        (1, 0.96, 0.88),
        (0.6, 0.6),
    )
    s.card["lobby_m"] = [round(float(lw), 2), round(float(ln), 2)]


SIZES = [(272, 272), (312, 234), (336, 202), (288, 288), (280, 210)]


def _corner(rng, w, d, h):
    """Ceiling height in a corner, or at the middle of a wall, looking across the car."""
    sx, sy = float(rng.choice([-1, 1])), float(rng.choice([0, 1], p=[0.25, 0.75]))
    if rng.random() < 0.2:
        sx *= float(rng.uniform(0, 0.5))
    eye = np.array([sx * (w / 2 - 0.1), 0.12 + sy * (d - 0.24), h - rng.uniform(0.06, 0.2)])
    to = np.array(
        [
            -sx * w * rng.uniform(0.0, 0.25),
            d * (0.5 + (0.5 - sy) * rng.uniform(0.2, 0.9)),
            rng.uniform(0.2, 0.9),
        ]
    )
    fish = rng.random() < 0.45
    fov = rng.uniform(125, 185) if fish else rng.uniform(70, 108)
    return eye, to, fish, fov, rng.normal(0, 0.04), "diagonal"


def _top(rng, w, d, h):
    """In the ceiling, straight down or nearly so; the frame often cuts off what stands below."""
    eye = np.array([rng.uniform(-0.3, 0.3) * w, d * rng.uniform(0.15, 0.85), h - 0.05])
    reach = 0.9 if rng.random() < 0.3 else 0.35
    to = np.array([*(eye[:2] + rng.normal(0, reach / 2, 2)), 0.0])
    to[:2] = np.clip(to[:2], (-w / 2, -0.3), (w / 2, d))
    kind = str(rng.choice(["pinhole", "diagonal", "width", "height"], p=[0.34, 0.34, 0.2, 0.12]))
    fov = {"pinhole": (58, 112), "diagonal": (95, 180), "width": (110, 180), "height": (145, 190)}
    aligned = rng.random() < 0.65  # most are mounted square to the walls
    roll = int(rng.integers(0, 4)) * np.pi / 2 + rng.normal(0, 0.06)
    roll = roll if aligned else rng.uniform(0, 6.28)
    fish = kind != "pinhole"
    return eye, to, fish, rng.uniform(*fov[kind]), roll, kind if fish else "diagonal"


def _lobby(rng, d, ln):
    """From the landing through the open door: a hand-held phone or the landing's camera."""
    eye = np.array([rng.uniform(-0.8, 0.8), -rng.uniform(0.8, min(3.0, ln)), rng.uniform(1.1, 2.4)])
    to = np.array([rng.uniform(-0.2, 0.2), d * rng.uniform(0.1, 0.5), rng.uniform(0.4, 1.1)])
    return eye, to, False, rng.uniform(45, 82), rng.normal(0, 0.05), "diagonal"


def choose_view(s, w, d, h, opened, kind=None):
    """A camera of the kinds lifts have; returns it. `kind`: corner, top or lobby."""
    rng = s.rng
    kind = kind or str(
        rng.choice(
            ["corner", "top", "lobby"], p=[0.25, 0.48, 0.27] if opened > 0.6 else [0.38, 0.62, 0]
        )
    )
    size = SIZES[int(rng.integers(0, len(SIZES)))]
    if kind == "corner":
        eye, to, fish, fov, roll, span = _corner(rng, w, d, h)
    elif kind == "top":
        eye, to, fish, fov, roll, span = _top(rng, w, d, h)
        if span == "height":  # a whole circle: square pictures waste least of it
            size = SIZES[int(rng.choice([0, 3]))]
    else:
        size = [(248, 320), (288, 288), (320, 248)][int(rng.integers(0, 3))]
        eye, to, fish, fov, roll, span = _lobby(rng, d, s.card["lobby_m"][1])
    # cheap recorders store pictures larger and wider than the sensor saw them
    zoom = float(rng.uniform(1.15, 1.7))
    wide = float(rng.uniform(1.1, 1.4)) if kind != "lobby" and rng.random() < 0.3 else 1.0
    return View(
        eye=eye,
        rot=look_at(eye, to, roll),
        fov_deg=float(fov),
        size_px=size,
        fisheye=bool(fish),
        name=kind,
        span=span,
        stretch=(zoom * wide, zoom),
    )


def lift(s):
    """A whole lift scene but its contents; returns (views, ground, pose chooser)."""
    rng = s.rng
    s.world((0.5, 0.55, 0.6), 0.12)
    w, d, h, dw, opened = build_car(s)
    views = [choose_view(s, w, d, h, opened) for _ in range(2)]
    eyes = [v.eye for v in views]

    def allowed(v):
        body = v[v[:, 2] < 2.0]
        inside = body[:, 1] > -0.1
        if (np.abs(body[inside, 0]) > w / 2 - 0.01).any() or (body[:, 1] > d - 0.01).any():
            return False
        gate = body[(body[:, 1] < 0.02) & (body[:, 1] > -0.2)]
        if len(gate) and ((np.abs(gate[:, 0]) > dw / 2 - 0.01).any() or opened < 0.9):
            return False
        near = min(np.linalg.norm(v - eye, axis=1).min() for eye in eyes)
        return bool(near > 0.22 and (opened > 0.9 or (body[:, 1] > 0).all()))

    def pose(long):
        if long:
            rz = float(rng.choice([1, -1]) * np.pi / 2 + rng.normal(0, 0.3))
            if opened > 0.9 and rng.random() < 0.3:  # half in: front wheel and basket, or the tail
                out = rng.uniform(-0.75, -0.3) - d / 2 + 0.3
            else:
                out = rng.uniform(-0.55, 0.05) if opened > 0.9 else rng.uniform(-0.1, 0.1)
            return rng.uniform(-w / 2, w / 2) * 0.55, d / 2 + out, rz
        if opened > 0.9 and rng.random() < 0.15:
            return rng.uniform(-1, 1), rng.uniform(-0.9, -0.4), rng.uniform(0, 6.28)
        return rng.uniform(-w / 2, w / 2) * 0.75, rng.uniform(0.25, d - 0.25), rng.uniform(0, 6.28)

    return views, Ground(allowed), pose
