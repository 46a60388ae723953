"""E-bikes (fairing moped, step-through, delivery, folding) and bicycles, from parameters.

Facing +x, wheels on z = 0, origin midway between the axles. Marks: grip_l, grip_r, seat,
foot_l, foot_r, tail (where a pusher's other hand rests).
"""

from __future__ import annotations

import numpy as np

from mesh import Build, box, ellipsoid, euler, loft, revolve, ring, shell_arc, tube

__all__ = ["bicycle", "cover", "ebike", "random_ebike"]

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


def _wheel(b, m, x, radius, tyre, spokes, hub, rim_color=(0.55, 0.55, 0.56)):
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


def _bars(b, m, x, z, half, rise, back, mirrors, rng, basket=False):
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


def _wire_basket(b, m, at, size):
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


def _plate(b, m, x, z, rng, tilt=-0.35):
    color = [(0.75, 0.76, 0.75), (0.1, 0.4, 0.15), (0.05, 0.15, 0.55)][int(rng.integers(0, 3))]
    rot = euler(0, tilt, 0)
    b.add(box((0, 0, 0), (0.006, 0.21, 0.13), 0.002), m.plain(color, 0.35), rot, (x, 0, z))
    ink = m.plain((0.03, 0.03, 0.03) if color[0] > 0.5 else (0.75, 0.75, 0.75), 0.5)
    for y in np.linspace(-0.07, 0.07, 5):
        b.add(box((-0.004, y, -0.012), (0.003, 0.02, 0.055), 0.0005), ink, rot, (x, 0, z))


def _box_cargo(b, m, rng, x, z, family):
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


def _moped(m, rng, delivery):
    b = Build()
    wb, r = rng.uniform(1.15, 1.34), rng.uniform(0.2, 0.235)
    xf, xr = wb / 2, -wb / 2
    paint = m.plain(PAINTS[int(rng.integers(0, len(PAINTS)))], 0.2, 0, 0.9)
    trim = paint if rng.random() < 0.4 else m.plain((0.025, 0.025, 0.027), 0.45)
    dark = m.plain((0.02, 0.02, 0.022), 0.6)
    steel = m.plain((0.45, 0.45, 0.46), 0.3, 1.0)
    _wheel(b, m, xf, r, 0.046, int(rng.integers(3, 7)), (0.05, 0.04))
    _wheel(b, m, xr, r, 0.052, int(rng.integers(3, 7)), (0.11, 0.05))
    b.add(shell_arc((xf, 0, r), r + 0.045, 0.1, 2.6, 0.15, 0.06), paint)
    for s in (1, -1):  # fork, rear shocks
        b.add(tube([(xf, s * 0.075, r), (xf - 0.13, s * 0.06, r + 0.33)], 0.02), steel)
        b.add(tube([(xr, s * 0.1, r), (xr + 0.1, s * 0.1, r + 0.32)], 0.024), dark)
        b.add(tube([(xr, s * 0.09, r), (xr + 0.38, s * 0.09, r + 0.02)], 0.022), dark)
    hz = rng.uniform(0.92, 1.02)  # handlebar height
    xs = xf - rng.uniform(0.24, 0.3)  # steering column top
    wide = rng.uniform(0.17, 0.22)
    rows = [
        (0.24, xs - 0.02, 0.05, wide * 0.8),
        (0.36, xs + 0.05, 0.075, wide),
        (0.5, xs + 0.12, 0.09, wide * 1.02),
        (0.64, xs + 0.12, 0.1, wide * 0.9),
        (hz - 0.2, xs + 0.07, 0.08, wide * 0.62),
        (hz - 0.1, xs + 0.03, 0.05, wide * 0.3),
    ]
    b.add(loft([ring((x, 0, z), hx, hy, "z", 2.6, 18) for z, x, hx, hy in rows]), paint)
    b.add(box((xs + 0.01, 0, 0.52), (0.03, wide * 1.5, 0.42), 0.012), trim, euler(0, 0.0, 0))
    cow = rng.uniform(0.1, 0.14)
    b.add(ellipsoid((xs + 0.03, 0, hz), (0.15, cow + 0.04, 0.085), 16), paint)
    b.add(ellipsoid((xs - 0.03, 0, hz + 0.045), (0.1, cow, 0.045), 14), dark)
    b.add(
        ellipsoid((xs + 0.15, 0, hz - 0.005), (0.045, cow * 0.8, 0.055), 14),
        m.plain((0.85, 0.87, 0.9), 0.08, 0, 1.0),
    )
    for s in (1, -1):
        b.add(
            ellipsoid((xs + 0.17, s * wide * 0.55, 0.66), (0.04, 0.05, 0.025), 10),
            m.plain((0.7, 0.3, 0.02), 0.15, 0, 1.0),
        )
    _bars(
        b,
        m,
        xs,
        hz + 0.02,
        rng.uniform(0.31, 0.36),
        0.03,
        0.1,
        (rng.uniform(0.2, 0.6), rng.uniform(0.1, 0.22)) if rng.random() < 0.8 else None,
        rng,
    )
    # floorboard, body, seat
    x0, fz = -rng.uniform(0.02, 0.1), rng.uniform(0.27, 0.32)
    b.add(box(((x0 + xs) / 2, 0, fz), (xs - x0 + 0.12, 0.3, 0.07), 0.025), trim)
    b.add(box(((x0 + xs) / 2, 0, fz + 0.04), (xs - x0 - 0.06, 0.25, 0.012), 0.005), dark)
    tail, sh, bw = xr - rng.uniform(0.1, 0.24), rng.uniform(0.72, 0.8), rng.uniform(0.14, 0.18)
    body = [
        (x0 + 0.04, 0.46, 0.17, bw * 0.75),
        (x0 - 0.06, 0.49, 0.2, bw),
        (x0 - 0.25, 0.53, 0.18, bw * 1.05),
        (xr + 0.2, 0.6, 0.13, bw),
        (xr, 0.64, 0.1, bw * 0.85),
        (tail, 0.69, 0.05, bw * 0.4),
    ]
    b.add(loft([ring((x, 0, z), hy, hz_, "x", 3.0, 18) for x, z, hz_, hy in body]), paint)
    b.add(
        loft(
            [
                ring((x, 0, z), hy, h, "x", 2.8, 16)
                for x, z, h, hy in (
                    (x0 + 0.02, sh - 0.05, 0.03, bw * 0.6),
                    (x0 - 0.08, sh - 0.035, 0.055, bw * 0.95),
                    (x0 - 0.28, sh - 0.04, 0.055, bw * 1.08),
                    (x0 - 0.36, sh, 0.07, bw * 1.05),
                    (xr - 0.02, sh + 0.01, 0.06, bw * 0.9),
                    (tail + 0.1, sh, 0.03, bw * 0.5),
                )
            ]
        ),
        m.plain((0.025, 0.022, 0.02), 0.55)
        if rng.random() < 0.8
        else m.plain((0.2, 0.1, 0.05), 0.5),
    )
    b.add(
        ellipsoid((tail + 0.02, 0, 0.66), (0.05, bw * 0.62, 0.05), 12),
        m.plain((0.6, 0.01, 0.015), 0.12, 0, 1.0, float(rng.choice([0, 0, 4.0]))),
    )
    b.add(
        tube(
            [(tail + 0.08, 0, 0.6), (tail - 0.02, 0, 0.5), (tail - 0.05, 0, 0.36)],
            [(0.06, 0.015), (0.075, 0.01), (0.085, 0.008)],
        ),
        dark,
    )
    _plate(b, m, tail - 0.05, 0.5, rng)
    for s in (1, -1):  # grab rail
        b.add(
            tube(
                [
                    (xr + 0.12, s * bw, sh),
                    (xr - 0.1, s * bw * 1.1, sh + 0.03),
                    (tail - 0.06, s * bw * 0.6, sh + 0.05),
                    (tail - 0.07, 0, sh + 0.05),
                ],
                0.011,
            ),
            steel,
        )
    b.add(tube([(xr + 0.35, 0.12, 0.22), (xr + 0.3, 0.22, 0.03)], 0.012), dark)
    if delivery:
        _box_cargo(b, m, rng, tail + 0.12, sh + 0.05, "box")
    elif rng.random() < 0.6:
        _box_cargo(b, m, rng, tail + 0.02, sh + 0.055, "trunk")
    if rng.random() < 0.3:
        _windshield(b, m, rng, xs, hz)
    if rng.random() < 0.22:
        _quilt(b, m, rng, xs, hz)
    if rng.random() < 0.25:  # leg bars in front of the shield, like many older mopeds
        for s in (1, -1):
            b.add(
                tube(
                    [
                        (xs + 0.1, s * 0.1, 0.3),
                        (xs + 0.22, s * 0.2, 0.42),
                        (xs + 0.24, s * 0.2, 0.6),
                        (xs + 0.16, s * 0.12, 0.72),
                    ],
                    0.011,
                ),
                steel,
            )
    if rng.random() < 0.18:
        _wire_basket(b, m, (xs + 0.27, 0, hz - 0.27), (0.24, 0.32, 0.2))
    b.marks |= {
        "seat": np.array([x0 - 0.2, 0, sh + 0.02]),
        "tail": np.array([tail, 0.1, sh + 0.06]),
        "foot_l": np.array([(x0 + xs) / 2, 0.1, fz + 0.05]),
        "foot_r": np.array([(x0 + xs) / 2, -0.1, fz + 0.05]),
    }
    return b


def _windshield(b, m, rng, xs, hz):
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


def _quilt(b, m, rng, xs, hz):
    color = rng.uniform(0.02, 0.5, 3)
    rows = []
    for t in np.linspace(0, 1, 9):
        z = hz + 0.06 - t * (hz - 0.3)
        w = 0.36 - 0.14 * t + rng.uniform(-0.015, 0.015)
        a = np.linspace(-1, 1, 15)
        x = xs + 0.16 - 0.22 * a**2 + 0.012 * np.sin(a * 9 + t * 7) - 0.03 * t
        front = np.stack([x, a * w, np.full(15, z)], -1)
        rows.append(np.vstack([front, front[::-1] + (-0.015, 0, 0)]))
    b.add(loft(rows), m.mottled(color, color * 0.6, 9, 0.9, 0, 0.4))


def _light(m, rng, folding):
    """Step-through with battery and basket (the common shared or home e-bike)."""
    b = Build()
    r = rng.uniform(0.17, 0.2) if folding else rng.uniform(0.2, 0.26)
    wb = rng.uniform(0.82, 0.92) if folding else rng.uniform(1.02, 1.18)
    xf, xr = wb / 2, -wb / 2
    paint = m.plain(PAINTS[int(rng.integers(0, len(PAINTS)))], 0.25, 0, 0.8)
    dark, steel = m.plain((0.02, 0.02, 0.022), 0.6), m.plain((0.5, 0.5, 0.5), 0.28, 1.0)
    _wheel(b, m, xf, r, 0.03, 20 if rng.random() < 0.5 else 5, (0.035, 0.04))
    _wheel(b, m, xr, r, 0.032, 5, (0.09, 0.045))
    for x in (xf, xr):
        b.add(
            shell_arc((x, 0, r), r + 0.025, 0.35 if x > 0 else 0.6, 2.9, 0.085, 0.03),
            paint if rng.random() < 0.6 else dark,
        )
    hz = rng.uniform(0.95, 1.05)
    head = np.array([xf - 0.17, 0, 0.62])
    for s in (1, -1):
        b.add(
            tube(
                [(xf, s * 0.055, r), (xf - 0.07, s * 0.05, r + 0.2), head + (0.0, s * 0.025, -0.1)],
                0.016,
            ),
            steel,
        )
        b.add(tube([(xr, s * 0.06, r), (xr + 0.3, s * 0.05, r + 0.02)], 0.016), paint)
        b.add(tube([(xr, s * 0.06, r + 0.02), (xr + 0.16, s * 0.04, 0.6)], 0.013), paint)
    b.add(tube([head + (0.02, 0, -0.16), head, (head[0] - 0.06, 0, hz)], 0.022), paint)
    b.add(
        tube(
            [head + (0, 0, -0.06), (0.12, 0, 0.34), (-0.06, 0, 0.28), (xr + 0.24, 0, 0.3)],
            [(0.04, 0.05), (0.055, 0.04), (0.07, 0.035), (0.06, 0.035)],
            10,
        ),
        paint,
    )
    seat_x, sh = xr + rng.uniform(0.22, 0.3), rng.uniform(0.72, 0.8)
    b.add(tube([(xr + 0.3, 0, 0.3), (seat_x, 0, sh - 0.05)], 0.02), steel)
    b.add(
        box((seat_x + 0.07, 0, 0.45), (0.12, 0.13, rng.uniform(0.3, 0.4)), 0.03),
        m.plain((0.03, 0.03, 0.03) if rng.random() < 0.7 else (0.5, 0.5, 0.52), 0.35),
        euler(0, -0.15, 0) if rng.random() < 0.5 else None,
    )
    b.add(
        loft(
            [
                ring((seat_x + d, 0, sh + z), w, h, "x", 2.4, 14)
                for d, z, w, h in (
                    (0.15, -0.01, 0.03, 0.02),
                    (0.08, 0, 0.05, 0.035),
                    (-0.05, 0.01, 0.11, 0.04),
                    (-0.12, 0.015, 0.1, 0.035),
                    (-0.15, 0.015, 0.05, 0.02),
                )
            ]
        ),
        dark,
    )
    _bars(
        b,
        m,
        head[0] - 0.07,
        hz,
        rng.uniform(0.27, 0.33),
        0.06,
        0.16,
        (0.35, 0.16) if rng.random() < 0.3 else None,
        rng,
        basket=True,
    )
    b.add(tube([(head[0] - 0.03, 0, hz - 0.1), (head[0] + 0.05, 0, hz - 0.08)], 0.012), dark)
    b.add(
        ellipsoid((head[0] + 0.04, 0, hz - 0.08), (0.05, 0.055, 0.055)),
        m.plain((0.85, 0.87, 0.9), 0.1),
    )
    if rng.random() < 0.75 and not folding:
        _wire_basket(b, m, (head[0] + 0.18, 0, hz - 0.24), (0.25, 0.33, 0.22))
    rack_z = 0.62
    if not folding or rng.random() < 0.3:
        b.add(box((xr - 0.02, 0, rack_z), (0.36, 0.14, 0.02), 0.008), dark)
        for s in (1, -1):
            b.add(tube([(xr, s * 0.07, r), (xr - 0.08, s * 0.07, rack_z)], 0.007, 6), dark)
        if rng.random() < 0.6:
            b.add(box((xr - 0.02, 0, rack_z + 0.06), (0.3, 0.2, 0.08), 0.035), dark)
    b.add(
        tube(
            [(xr + 0.12, 0, 0.55), (xr - 0.12, 0, rack_z - 0.02), (xr - 0.21, 0, rack_z - 0.1)],
            0.012,
        ),
        dark,
    )
    b.add(
        ellipsoid((xr - 0.2, 0, rack_z - 0.03), (0.025, 0.05, 0.03)),
        m.plain((0.6, 0.01, 0.01), 0.15, 0, 1),
    )
    _plate(b, m, xr - 0.22, rack_z - 0.14, rng, -0.2)
    b.add(
        revolve(
            [(0.0, -0.012), (0.08, -0.012), (0.08, 0.012), (0.0, 0.012)], (0.02, -0.08, 0.27), 16
        ),
        dark,
    )
    for s, a in ((1, 0.3), (-1, 3.4)):
        p = np.array([0.02 + 0.15 * np.cos(a), s * 0.11, 0.27 + 0.15 * np.sin(a)])
        b.add(tube([(0.02, s * 0.09, 0.27), p], 0.01, 6), steel)
        b.add(box(p + (0, s * 0.05, 0), (0.09, 0.08, 0.025), 0.008), dark)
    b.add(tube([(-0.1, 0.05, 0.25), (-0.16, 0.2, 0.02)], 0.01), dark)
    b.marks |= {
        "seat": np.array([seat_x, 0, sh + 0.05]),
        "tail": np.array([xr - 0.05, 0.08, rack_z + 0.05]),
        "foot_l": np.array([0.1, 0.14, 0.3]),
        "foot_r": np.array([0.0, -0.14, 0.25]),
    }
    return b


def bicycle(m, rng):
    """Pedal bicycle: big thin spoked wheels, open tube frame. The hard negative."""
    b = Build()
    r, wb = rng.uniform(0.3, 0.34), rng.uniform(0.98, 1.08)
    xf, xr = wb / 2, -wb / 2
    paint = m.plain(PAINTS[int(rng.integers(0, len(PAINTS)))], 0.25, 0, 0.8)
    dark, steel = m.plain((0.02, 0.02, 0.022), 0.6), m.plain((0.6, 0.6, 0.6), 0.22, 1.0)
    for x in (xf, xr):
        _wheel(b, m, x, r, float(rng.uniform(0.014, 0.024)), 24, (0.022, 0.04))
    crank, seat_tube = np.array([-0.1, 0, 0.28]), np.array([-0.25, 0, 0.75])
    head_t, head_b = np.array([xf - 0.2, 0, 0.82]), np.array([xf - 0.14, 0, 0.66])
    step = rng.random() < 0.5
    b.add(tube([crank, head_b] if not step else [crank, (0.1, 0, 0.4), head_b], 0.02), paint)
    b.add(
        tube(
            [seat_tube, head_t] if not step else [crank + (-0.05, 0, 0.2), (0.12, 0, 0.55), head_t],
            0.016,
        ),
        paint,
    )
    b.add(tube([crank, seat_tube + (-0.04, 0, 0.15)], 0.016), paint)
    b.add(tube([head_b, head_t, head_t + (-0.05, 0, 0.14)], 0.018), paint)
    for s in (1, -1):
        b.add(tube([(xf, s * 0.05, r), (xf - 0.08, s * 0.05, r + 0.22), head_b], 0.011), paint)
        b.add(tube([(xr, s * 0.06, r), crank], 0.009), paint)
        b.add(tube([(xr, s * 0.06, r), seat_tube], 0.009), paint)
    sz = 0.92
    b.add(
        loft(
            [
                ring((-0.29 + d, 0, sz + z), w, h, "x", 2.2, 12)
                for d, z, w, h in (
                    (0.14, 0, 0.015, 0.012),
                    (0.05, 0, 0.03, 0.022),
                    (-0.08, 0.005, 0.08, 0.028),
                    (-0.12, 0.01, 0.06, 0.02),
                )
            ]
        ),
        dark,
    )
    _bars(
        b,
        m,
        head_t[0] - 0.05,
        0.95,
        rng.uniform(0.25, 0.32),
        0.05,
        rng.uniform(0.0, 0.2),
        None,
        rng,
        True,
    )
    if rng.random() < 0.5:
        for x in (xf, xr):
            b.add(shell_arc((x, 0, r), r + 0.02, 0.6, 2.9, 0.05, 0.015), steel)
    if rng.random() < 0.5:
        _wire_basket(b, m, (xf - 0.02, 0, 0.72), (0.25, 0.33, 0.2))
    if rng.random() < 0.5:
        b.add(box((xr - 0.02, 0, 0.7), (0.36, 0.12, 0.015), 0.005), dark)
        for s in (1, -1):
            b.add(tube([(xr, s * 0.06, r), (xr - 0.05, s * 0.06, 0.7)], 0.006, 6), dark)
    b.add(
        revolve(
            [(0.07, -0.004), (0.095, -0.004), (0.095, 0.004), (0.07, 0.004)],
            crank + (0, -0.06, 0),
            20,
        ),
        steel,
    )
    for s, a in ((1, 0.9), (-1, 4.04)):
        p = crank + (0.17 * np.cos(a), s * 0.08, 0.17 * np.sin(a))
        b.add(tube([crank + (0, s * 0.06, 0), p], 0.009, 6), steel)
        b.add(box(p + (0, s * 0.05, 0), (0.09, 0.08, 0.02), 0.006), dark)
    b.marks |= {
        "seat": np.array([-0.3, 0, 0.95]),
        "tail": np.array([-0.3, 0.05, 0.93]),
        "foot_l": np.array([0.0, 0.14, 0.42]),
        "foot_r": np.array([-0.2, -0.14, 0.15]),
    }
    return b


def ebike(m, rng, family):
    """One e-bike; family is moped, delivery, light or folding."""
    if family in ("moped", "delivery"):
        return _moped(m, rng, family == "delivery")
    return _light(m, rng, family == "folding")


def random_ebike(m, rng):
    """(family, Build) with mopeds the most common."""
    family = str(rng.choice(["moped", "delivery", "light", "folding"], p=[0.52, 0.12, 0.26, 0.1]))
    return family, ebike(m, rng, family)


def cover(build, m, rng, cell=0.035):
    """A dust sheet or raincoat draped over any Build: a smooth height field over its vertices."""
    import cv2

    v = build.verts()
    low, high = v[:, :2].min(0) - 0.25, v[:, :2].max(0) + 0.25
    nx, ny = (np.ceil((high - low) / cell).astype(int) + 1).tolist()
    top = np.zeros((ny, nx), np.float32)
    flat = ((v[:, :2] - low) / cell * 16).astype(np.int32)
    faces = sorted(build.faces(), key=lambda f: v[list(f), 2].max())
    for f in faces:  # painter's order: the highest face of each cell stays
        cv2.fillPoly(top, [flat[list(f)]], float(v[list(f), 2].max()), shift=4)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    wide = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15))
    raw = cv2.dilate(top, disc)
    bridge = cv2.morphologyEx(top, cv2.MORPH_CLOSE, wide)
    top = np.maximum(raw, bridge * rng.uniform(0.82, 0.97))
    drop = rng.uniform(2.8, 5.0) * cell
    for _ in range(30):  # cloth hangs no steeper than its drop per cell
        top = np.maximum(top, cv2.dilate(top, disc) - drop)
    wrinkle = cv2.GaussianBlur(rng.normal(0, 1, (ny, nx)).astype(np.float32), (0, 0), 2.2)
    top = np.maximum(cv2.GaussianBlur(top, (0, 0), 1.2) + np.abs(wrinkle) * 0.12, raw + 0.012)
    hem = rng.uniform(0.06, 0.35)
    keep = cv2.dilate((top > hem).astype(np.uint8), disc) > 0
    top = np.maximum(top, hem)
    idx = -np.ones((ny, nx), int)
    idx[keep] = np.arange(keep.sum())
    yy, xx = np.nonzero(keep)
    pts = np.stack([low[0] + xx * cell, low[1] + yy * cell, top[keep] + 0.015], -1)
    quads = [
        tuple(int(idx[y + dy, x + dx]) for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1)))
        for y in range(ny - 1)
        for x in range(nx - 1)
        if keep[y : y + 2, x : x + 2].all()
    ]
    color = rng.uniform(0.03, 0.6, 3) if rng.random() < 0.6 else np.full(3, rng.uniform(0.25, 0.6))
    out = Build().merge(build)
    out.marks = dict(build.marks)
    return out.add(
        (pts, quads), m.mottled(color, color * 0.75, 6, 0.45 if rng.random() < 0.5 else 0.9, 0, 0.2)
    )
