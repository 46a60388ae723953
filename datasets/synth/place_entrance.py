"""The entrance of a compound: a fire lane that passes a guard's booth and a barrier."""

from __future__ import annotations

import numpy as np

from cameras import View, look_at
from mesh import Build, box, euler, tube
from place_lane import build_lane
from places import Ground

__all__ = ["entrance"]


def _gate(s, w, x):
    """Booth, barrier, posts and the beam across the road at `x`."""
    m, rng = s.m, s.rng
    side = float(rng.choice([-1, 1]))
    white, glass = m.plain((0.7, 0.7, 0.68), 0.5), m.plain((0.05, 0.08, 0.1), 0.1)
    y = side * (w / 2 + 1.1)
    booth = Build().add(box((x, y, 1.25), (1.8, 1.5, 2.5), 0.03), white)
    booth.add(box((x, y, 1.6), (1.84, 1.1, 0.9), 0.01), glass)
    booth.add(box((x, y, 1.6), (1.3, 1.54, 0.9), 0.01), glass)
    booth.add(box((x, y, 2.6), (2.2, 1.9, 0.15), 0.03), m.plain(tuple(rng.uniform(0.03, 0.4, 3))))
    s.place(booth, "booth")
    case = m.plain((0.6, 0.35, 0.02), 0.5)
    post = Build().add(box((x - 1.4, side * (w / 2 + 0.3), 0.5), (0.35, 0.3, 1.0), 0.03), case)
    s.place(post, "barrier post")
    red = m.plain((0.5, 0.03, 0.03), 0.5)
    arm, raised = Build(), rng.random() < 0.5
    for k in range(8):
        at = (0, (k + 0.5) * w / 8.5, 0)
        arm.add(box(at, (0.05, w / 8.5, 0.1), 0.01), red if k % 2 else white)
    up = rng.uniform(1.1, 1.4) if raised else 0.0
    turn = euler(up, 0, 0) if side < 0 else euler(0, 0, np.pi) @ euler(up, 0, 0)
    s.place(arm, "barrier", (x - 1.4, side * (w / 2 + 0.15), 0.95), turn)
    if rng.random() < 0.6:
        beam = Build()
        for sy in (1, -1):
            beam.add(box((x + 1.5, sy * (w / 2 + 2.2), 2.4), (0.6, 0.6, 4.8), 0.05), white)
        beam.add(box((x + 1.5, 0, 4.9), (0.7, w + 5.2, 0.6), 0.05), white)
        s.place(beam, "portal")
    bollards = Build()
    for sy in (1, -1):
        for k in range(int(rng.integers(0, 5))):
            at = (x + 2 + k * 1.1, sy * (w / 2 + 0.4), 0)
            bollards.add(tube([at, (at[0], at[1], 0.75)], 0.06), case)
    if bollards.parts:
        s.place(bollards, "bollards")
    return raised


def entrance(s):
    """An entrance but its contents; returns (view, ground, pose chooser)."""
    rng = s.rng
    light = str(rng.choice(["day", "dusk", "night"], p=[0.65, 0.12, 0.23]))
    w = build_lane(s, light, float(rng.uniform(4.5, 8.0)))
    gate_x = rng.uniform(6, 12)
    raised = _gate(s, w, gate_x)
    sy = int(rng.choice([-1, 1]))
    eye = np.array(
        [rng.uniform(-2, 1), sy * (w / 2 + rng.uniform(-0.3, 1.0)), rng.uniform(2.6, 4.5)]
    )
    to = np.array([gate_x + rng.uniform(-2, 2), rng.uniform(-1, 1), rng.uniform(0.2, 0.9)])
    view = View(
        eye=eye,
        rot=look_at(eye, to, rng.normal(0, 0.02)),
        fov_deg=float(rng.uniform(52, 92)),
        size_px=[(448, 256), (416, 256), (384, 288), (352, 352)][int(rng.integers(0, 4))],
        name="entrance",
        stretch=(1.2, 1.2),
    )
    s.card |= {"view": "entrance", "barrier_up": raised}

    def allowed(v):
        over_gate = v[:, 0].min() < gate_x - 1.0 and v[:, 0].max() > gate_x - 1.8
        return bool(
            v[:, 0].min() > 1.5
            and not (over_gate and not raised)
            and np.linalg.norm(v - eye, axis=1).min() > 1.6
            and np.abs(v[:, 1]).max() < w / 2 + (0.1 if v[:, 0].max() < gate_x + 2 else 1.5)
        )

    def pose(long):
        x = 3 + 18 * rng.random() ** 1.3
        if long == "vehicle":
            rz = float(rng.choice([0, np.pi]) + rng.normal(0, 0.06))
            return x + 2, float(rng.choice([-1, 1])) * rng.uniform(0.6, w / 2 - 1.1), rz
        if long:
            y = rng.uniform(-w / 2, w / 2)
            return x, y, float(rng.choice([0, np.pi]) + rng.normal(0, 0.35))
        return x, rng.uniform(-w / 2 - 1, w / 2 + 1), rng.uniform(0, 6.28)

    return view, Ground(allowed), pose
