"""E-bikes (fairing moped, delivery, light step-through, folding) and bicycles, from parameters.

Facing +x, wheels on z = 0, origin midway between the axles. Marks: grip_l, grip_r, seat,
foot_l, foot_r, tail (where a pusher's other hand rests).
"""

from __future__ import annotations

import numpy as np

from mesh import Build, box, ellipsoid, euler, loft, revolve, ring, shell_arc, tube
from two_wheeler_commuter import commuter
from two_wheeler_dress import dress
from two_wheeler_parts import PAINTS, bars, box_cargo, plate, wheel, windshield, wire_basket

__all__ = ["bicycle", "ebike", "random_ebike"]


def _moped(m, rng, delivery):
    b = Build()
    wb, r = rng.uniform(1.15, 1.34), rng.uniform(0.2, 0.235)
    xf, xr = wb / 2, -wb / 2
    paint = m.plain(PAINTS[int(rng.integers(0, len(PAINTS)))], 0.2, 0, 0.9)
    trim = paint if rng.random() < 0.4 else m.plain((0.025, 0.025, 0.027), 0.45)
    dark = m.plain((0.02, 0.02, 0.022), 0.6)
    steel = m.plain((0.45, 0.45, 0.46), 0.3, 1.0)
    wheel(b, m, xf, r, 0.046, int(rng.integers(3, 7)), (0.05, 0.04))
    wheel(b, m, xr, r, 0.052, int(rng.integers(3, 7)), (0.11, 0.05))
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
    bars(
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
    plate(b, m, tail - 0.05, 0.5, rng)
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
        box_cargo(b, m, rng, tail + 0.12, sh + 0.05, "box")
    elif rng.random() < 0.6:
        box_cargo(b, m, rng, tail + 0.02, sh + 0.055, "trunk")
    if rng.random() < 0.3:
        windshield(b, m, rng, xs, hz)
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
        wire_basket(b, m, (xs + 0.27, 0, hz - 0.27), (0.24, 0.32, 0.2))
    b.marks |= {
        "bars": np.array([xs, 0, hz]),
        "seat": np.array([x0 - 0.2, 0, sh + 0.02]),
        "tail": np.array([tail, 0.1, sh + 0.06]),
        "foot_l": np.array([(x0 + xs) / 2, 0.1, fz + 0.05]),
        "foot_r": np.array([(x0 + xs) / 2, -0.1, fz + 0.05]),
    }
    return b


def _light(m, rng, folding):
    """Step-through with battery and basket (the common shared or home e-bike)."""
    b = Build()
    r = rng.uniform(0.17, 0.2) if folding else rng.uniform(0.2, 0.26)
    wb = rng.uniform(0.82, 0.92) if folding else rng.uniform(1.02, 1.18)
    xf, xr = wb / 2, -wb / 2
    paint = m.plain(PAINTS[int(rng.integers(0, len(PAINTS)))], 0.25, 0, 0.8)
    dark, steel = m.plain((0.02, 0.02, 0.022), 0.6), m.plain((0.5, 0.5, 0.5), 0.28, 1.0)
    wheel(b, m, xf, r, 0.03, 20 if rng.random() < 0.5 else 5, (0.035, 0.04))
    wheel(b, m, xr, r, 0.032, 5, (0.09, 0.045))
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
    bars(
        b,
        m,
        head[0] - 0.07,
        hz,
        rng.uniform(0.27, 0.33),
        0.06,
        0.16,
        (0.35, 0.16) if rng.random() < 0.45 else None,
        rng,
        basket=True,
    )
    b.add(tube([(head[0] - 0.03, 0, hz - 0.1), (head[0] + 0.05, 0, hz - 0.08)], 0.012), dark)
    b.add(
        ellipsoid((head[0] + 0.04, 0, hz - 0.08), (0.05, 0.055, 0.055)),
        m.plain((0.85, 0.87, 0.9), 0.1),
    )
    if rng.random() < 0.75 and not folding:
        wire_basket(b, m, (head[0] + 0.18, 0, hz - 0.24), (0.25, 0.33, 0.22))
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
    plate(b, m, xr - 0.22, rack_z - 0.14, rng, -0.2)
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
        "bars": np.array([head[0] - 0.05, 0, hz]),
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
        wheel(b, m, x, r, float(rng.uniform(0.014, 0.024)), 24, (0.022, 0.04))
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
    bars(
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
        wire_basket(b, m, (xf - 0.02, 0, 0.72), (0.25, 0.33, 0.2))
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


def ebike(m, rng, family, dressed=True):
    """One e-bike; family is moped, delivery, light, folding or commuter.

    `dressed` hangs on it what people hang on theirs: wind quilt, canopy, child seat, bags.
    """
    if family in ("moped", "delivery"):
        bike = _moped(m, rng, family == "delivery")
    elif family == "commuter":
        bike = commuter(m, rng)
    else:
        bike = _light(m, rng, family == "folding")
    if dressed and family != "folding":
        dress(bike, m, rng)
    return bike


def random_ebike(m, rng):
    """(family, Build) with mopeds and commuters the most common."""
    family = str(
        rng.choice(
            ["moped", "commuter", "light", "delivery", "folding"], p=[0.38, 0.26, 0.18, 0.11, 0.07]
        )
    )
    return family, ebike(m, rng, family)
