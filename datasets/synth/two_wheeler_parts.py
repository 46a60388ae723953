"""Parts that two-wheelers share: wheels, bars, baskets, plates, boxes, windshields."""

from __future__ import annotations

import numpy as np

from mesh import box, ellipsoid, euler, loft, revolve, ring, tube

__all__ = [
    "BOXES",
    "PAINTS",
    "bars",
    "box_cargo",
    "plate",
    "wheel",
    "windshield",
    "wire_basket",
]

PAINTS = [
    (0.75, 0.74, 0.7),
    (0.02, 0.02, 0.025),
    (0.45, 0.02, 0.03),
    (0.03, 0.1, 0.35),
    (0.25, 0.25, 0.27),
    (0.7, 0.45, 0.03),
    (0.05, 0.25, 0.18),
    (0.75, 0.35, 0.4),
    (0.35, 0.5, 0.6),
    (0.5, 0.42, 0.3),
    (0.8, 0.8, 0.82),
    (0.12, 0.03, 0.15),
]


BOXES = [
    (0.85, 0.6, 0.02),
    (0.02, 0.2, 0.75),
    (0.7, 0.03, 0.03),
    (0.02, 0.02, 0.02),
    (0.02, 0.35, 0.2),
]


def wheel(b, m, x, radius, tyre, spokes, hub, rim_color=(0.55, 0.55, 0.56)):
    rubber = m.plain((0.018, 0.018, 0.018), 0.85)
    rim = m.plain(rim_color, 0.3, 0.9)
    t = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    r_mid = radius - tyre
    b.add(
        revolve(np.stack([r_mid + tyre * np.cos(t), tyre * np.sin(t)], -1)),
        rubber,
        at=(x, 0, radius),
    )
    r_in = r_mid - tyre * 0.75
    w = tyre * 0.55
    b.add(
        revolve([(r_in, -w), (r_in + 0.02, -w), (r_in + 0.02, w), (r_in, w)]),
        rim,
        at=(x, 0, radius),
    )
    b.add(
        revolve([(0.0, -hub[1]), (hub[0], -hub[1]), (hub[0], hub[1]), (0.0, hub[1])], sides=18),
        rim if hub[0] < 0.06 else m.plain((0.08, 0.08, 0.085), 0.4, 0.6),
        at=(x, 0, radius),
    )
    thin = spokes > 8
    for k in range(spokes):
        a = 2 * np.pi * k / spokes
        y0 = hub[1] * (1 if k % 2 else -1) * (0.9 if thin else 0.3)
        p = (x + hub[0] * 0.8 * np.cos(a), y0, radius + hub[0] * 0.8 * np.sin(a))
        q = (x + r_in * np.cos(a), 0, radius + r_in * np.sin(a))
        b.add(tube([p, q], 0.0022 if thin else 0.016, 4 if thin else 6), rim)


def bars(b, m, x, z, half, rise, back, mirrors, rng, basket=False):
    dark = m.plain((0.02, 0.02, 0.022), 0.6)
    steel = m.plain((0.5, 0.5, 0.5), 0.25, 1.0)
    for s in (1, -1):
        pts = [
            (x, 0, z),
            (x - back * 0.2, s * half * 0.35, z + rise),
            (x - back, s * half, z + rise),
        ]
        b.add(tube(pts, 0.013), steel if basket else dark)
        b.add(
            tube(
                [(x - back * 0.72, s * half * 0.7, z + rise), (x - back, s * half, z + rise)], 0.018
            ),
            dark,
        )
        lever = [
            (x - back * 0.6, s * half * 0.55, z + rise + 0.005),
            (x - back * 0.5 + 0.03, s * half * 0.75, z + rise),
            (x - back + 0.045, s * half * 0.95, z + rise - 0.01),
        ]
        b.add(tube(lever, 0.006, 6), steel)
        b.marks["grip_l" if s > 0 else "grip_r"] = np.array(
            [x - back * 0.9, s * half * 0.88, z + rise + 0.01]
        )
        if mirrors:
            out, up = mirrors
            root = (x - back * 0.5, s * half * 0.5, z + rise)
            tip = np.array([x - back * 0.5, s * half * (0.5 + out), z + rise + up])
            b.add(
                tube(
                    [root, (root[0] + 0.03, root[1] + s * 0.02, root[2] + up * 0.6), tip], 0.006, 6
                ),
                dark,
            )
            shape = rng.choice([0, 1])
            rad = (0.018, 0.062, 0.05) if shape else (0.018, 0.055, 0.055)
            b.add(ellipsoid(tip + (0.006, 0, 0.03), rad), dark)
            b.add(
                ellipsoid(tip + (-0.004, 0, 0.03), (0.014, rad[1] * 0.86, rad[2] * 0.86)),
                m.plain((0.7, 0.74, 0.78), 0.04, 1.0),
            )


def wire_basket(b, m, at, size):
    wire = m.plain((0.06, 0.06, 0.065), 0.45, 0.6)
    dx, dy, dz = size
    x, y, z = at
    for k in range(6):
        h, f = z + dz * k / 5, 0.82 + 0.18 * k / 5
        loop = [
            (x + sx * dx / 2 * f, y + sy * dy / 2 * f, h)
            for sx, sy in ((1, 1), (-1, 1), (-1, -1), (1, -1), (1, 1))
        ]
        for p, q in zip(loop, loop[1:], strict=False):
            b.add(tube([p, q], 0.006 if k == 5 else 0.0035, 5), wire)
    for t in np.linspace(-1, 1, 7):
        for s in (1, -1):
            b.add(
                tube(
                    [
                        (x + t * dx * 0.41, y + s * dy * 0.41, z),
                        (x + t * dx / 2, y + s * dy / 2, z + dz),
                    ],
                    0.003,
                    4,
                ),
                wire,
            )
            b.add(
                tube(
                    [
                        (x + s * dx * 0.41, y + t * dy * 0.41, z),
                        (x + s * dx / 2, y + t * dy / 2, z + dz),
                    ],
                    0.003,
                    4,
                ),
                wire,
            )
    b.add(box((x, y, z), (dx * 0.8, dy * 0.8, 0.006), 0.002), wire)


def plate(b, m, x, z, rng, tilt=-0.35):
    color = [(0.75, 0.76, 0.75), (0.1, 0.4, 0.15), (0.05, 0.15, 0.55)][int(rng.integers(0, 3))]
    rot = euler(0, tilt, 0)
    b.add(box((0, 0, 0), (0.006, 0.21, 0.13), 0.002), m.plain(color, 0.35), rot, (x, 0, z))
    ink = m.plain((0.03, 0.03, 0.03) if color[0] > 0.5 else (0.75, 0.75, 0.75), 0.5)
    for y in np.linspace(-0.07, 0.07, 5):
        b.add(box((-0.004, y, -0.012), (0.003, 0.02, 0.055), 0.0005), ink, rot, (x, 0, z))


def box_cargo(b, m, rng, x, z, family):
    if family == "trunk":
        w, d, h = rng.uniform(0.34, 0.46), rng.uniform(0.3, 0.4), rng.uniform(0.22, 0.32)
        col = [(0.02, 0.02, 0.022), (0.3, 0.02, 0.03), (0.6, 0.6, 0.6)][
            int(rng.choice(3, p=[0.7, 0.15, 0.15]))
        ]
        paint = m.plain(col, 0.25, 0, 0.6)
        b.add(
            loft(
                [
                    ring((x, 0, z + h * t), d / 2 * s, w / 2 * s, "z", 4.0, 20)
                    for t, s in (
                        (0, 0.72),
                        (0.12, 0.86),
                        (0.45, 0.97),
                        (0.55, 1.0),
                        (0.6, 0.99),
                        (0.85, 0.9),
                        (0.97, 0.66),
                        (1.0, 0.4),
                    )
                ]
            ),
            paint,
        )
        red = m.plain((0.55, 0.01, 0.02), 0.15, 0, 1.0)
        b.add(box((x - d * 0.46, 0, z + h * 0.42), (0.05, w * 0.72, 0.06), 0.018), red)
        for s in (1, -1):
            b.add(box((x - d * 0.3, s * w * 0.46, z + h * 0.42), (0.1, 0.03, 0.045), 0.012), red)
    else:
        size = rng.uniform(0.38, 0.5, 3)
        paint = m.plain(BOXES[int(rng.integers(0, len(BOXES)))], 0.6)
        b.add(box((x, 0, z + size[2] / 2), size, 0.03, 3), paint)
        b.add(
            box((x, 0, z + size[2] * 0.86), size * (1.02, 1.02, 0.06), 0.01),
            m.plain((0.04, 0.04, 0.04), 0.7),
        )
        b.add(
            box((x - size[0] / 2, 0, z + size[2] / 2), (0.01, size[1] * 0.6, size[2] * 0.3), 0.003),
            m.plain((0.8, 0.8, 0.8), 0.5),
        )


def windshield(b, m, rng, xs, hz):
    h = rng.uniform(0.35, 0.55)
    rows = []
    for t in np.linspace(0, 1, 6):
        w = 0.24 * (1 - 0.35 * t)
        a = np.linspace(-1, 1, 9)
        front = np.stack(
            [xs + 0.18 - 0.12 * t - 0.06 * a**2, a * w, np.full(9, hz + 0.02 + h * t)], -1
        )
        rows.append(np.vstack([front, front[::-1] + (-0.004, 0, 0)]))
    b.add(loft(rows), m.plain((0.85, 0.88, 0.9), 0.1, alpha=0.28))
