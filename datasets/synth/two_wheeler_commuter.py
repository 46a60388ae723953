"""The commuter e-bike of the 2018 standard: battery under a flat footboard, narrow body, pedals."""

from __future__ import annotations

import numpy as np

from mesh import Build, box, ellipsoid, loft, ring, shell_arc, tube
from two_wheeler_parts import PAINTS, bars, box_cargo, plate, wheel, wire_basket

__all__ = ["commuter"]


def _seat(b, m, rng, seat_x, sh, xr):
    """Saddle, pillion pad and backrest."""
    leather = m.plain(
        [(0.025, 0.022, 0.02), (0.16, 0.07, 0.03), (0.3, 0.18, 0.1), (0.5, 0.48, 0.45)][
            int(rng.choice(4, p=[0.5, 0.25, 0.15, 0.1]))
        ],
        0.5,
    )
    rows = ((0.17, -0.02, 0.04, 0.02), (0.08, 0, 0.08, 0.045), (-0.06, 0.01, 0.13, 0.055))
    rows = (*rows, (-0.15, 0.015, 0.12, 0.045), (-0.18, 0.015, 0.06, 0.02))
    b.add(loft([ring((seat_x + d, 0, sh + z), w, h, "x", 2.5, 16) for d, z, w, h in rows]), leather)
    if rng.random() < 0.7:
        x = seat_x - 0.34
        b.add(box((x, 0, sh - 0.01), (0.3, 0.22, 0.09), 0.035, 3, 0.06), leather)
        if rng.random() < 0.6:
            b.add(box((x - 0.16, 0, sh + 0.16), (0.05, 0.24, 0.2), 0.022, 3), leather)
        for s in (1, -1):
            b.add(
                tube([(x + 0.14, s * 0.12, sh), (x - 0.16, s * 0.14, sh + 0.06)], 0.01),
                m.plain((0.5, 0.5, 0.5), 0.3, 1.0),
            )
    elif rng.random() < 0.5:
        box_cargo(b, m, rng, xr - 0.1, sh - 0.02, "trunk" if rng.random() < 0.6 else "box")


def commuter(m, rng):
    """One Build; marks as in things_two_wheelers."""
    b = Build()
    r, wb = rng.uniform(0.185, 0.225), rng.uniform(1.0, 1.2)
    xf, xr = wb / 2, -wb / 2
    paint = m.plain(PAINTS[int(rng.integers(0, len(PAINTS)))], 0.22, 0, 0.8)
    light = m.plain((0.72, 0.71, 0.68), 0.25, 0, 0.8) if rng.random() < 0.5 else paint
    dark, steel = m.plain((0.02, 0.02, 0.022), 0.6), m.plain((0.5, 0.5, 0.5), 0.28, 1.0)
    spokes = int(rng.integers(3, 7))
    wheel(b, m, xf, r, 0.034, spokes, (0.04, 0.04))
    wheel(b, m, xr, r, 0.038, spokes, (0.095, 0.05))
    guard = paint if rng.random() < 0.6 else dark
    b.add(shell_arc((xf, 0, r), r + 0.03, 0.2, 2.7, 0.085, 0.04), guard)
    b.add(shell_arc((xr, 0, r), r + 0.03, 0.5, 3.0, 0.09, 0.04), guard)
    hz, hx = rng.uniform(0.94, 1.06), xf - rng.uniform(0.18, 0.24)
    for s in (1, -1):
        b.add(
            tube(
                [(xf, s * 0.06, r), (xf - 0.09, s * 0.055, r + 0.28), (hx + 0.04, s * 0.03, 0.58)],
                0.017,
            ),
            steel if rng.random() < 0.6 else dark,
        )
        b.add(tube([(xr, s * 0.07, r), (xr + 0.32, s * 0.07, r + 0.03)], 0.02), dark)
        b.add(tube([(xr, s * 0.08, r + 0.02), (xr + 0.1, s * 0.07, r + 0.3)], 0.02), steel)
    b.add(tube([(hx + 0.05, 0, 0.48), (hx, 0, 0.66), (hx - 0.06, 0, hz)], 0.027), light)
    wide = rng.uniform(0.07, 0.14)
    rows = ((0.3, 0.03, 0.04, 0.8), (0.45, 0.07, 0.05, 1.0), (0.62, 0.06, 0.055, 0.95))
    rows = (*rows, (hz - 0.16, 0.02, 0.05, 0.7), (hz - 0.06, 0.0, 0.03, 0.4))
    b.add(loft([ring((hx + dx, 0, z), q, wide * f, "z", 2.5, 16) for z, dx, q, f in rows]), light)
    # footboard with the battery inside, then the body below the seat
    back, fz = -rng.uniform(0.08, 0.16), rng.uniform(0.24, 0.3)
    b.add(
        box(((back + hx) / 2, 0, fz), (hx - back + 0.1, 0.23, rng.uniform(0.09, 0.14)), 0.035),
        light,
    )
    b.add(box(((back + hx) / 2, 0, fz + 0.07), (hx - back - 0.04, 0.21, 0.014), 0.006), dark)
    sh, seat_x = rng.uniform(0.7, 0.78), back - rng.uniform(0.1, 0.16)
    rows = ((back + 0.04, 0.4, 0.14, 0.08), (seat_x, 0.46, 0.17, 0.1))
    rows = (*rows, (seat_x - 0.16, 0.55, 0.12, 0.1), (xr - 0.05, 0.62, 0.06, 0.07))
    b.add(loft([ring((x, 0, z), w, h, "x", 2.8, 18) for x, z, h, w in rows]), paint)
    b.add(tube([(seat_x, 0, 0.55), (seat_x - 0.01, 0, sh - 0.03)], 0.025), steel)
    _seat(b, m, rng, seat_x, sh, xr)
    mirrors = (rng.uniform(0.25, 0.55), rng.uniform(0.1, 0.2)) if rng.random() < 0.5 else None
    bars(b, m, hx - 0.07, hz, rng.uniform(0.27, 0.34), 0.05, 0.14, mirrors, rng, rng.random() < 0.5)
    b.add(
        ellipsoid((hx + 0.05, 0, hz - 0.12), (0.05, rng.uniform(0.05, 0.08), 0.06), 14),
        m.plain((0.85, 0.87, 0.9), 0.08, 0, 1.0),
    )
    b.add(box((hx - 0.08, 0, hz + 0.05), (0.06, 0.12, 0.05), 0.02), dark)
    if rng.random() < 0.7:
        wire_basket(b, m, (hx + 0.2, 0, hz - 0.3), (0.24, 0.32, rng.uniform(0.18, 0.24)))
        if rng.random() < 0.5:  # most are of closed plastic
            b.add(box((hx + 0.2, 0, hz - 0.19), (0.24, 0.32, 0.2), 0.02), dark)
    tail = xr - rng.uniform(0.12, 0.2)
    b.add(
        ellipsoid((tail + 0.04, 0, 0.6), (0.03, 0.055, 0.035), 10),
        m.plain((0.6, 0.01, 0.01), 0.15, 0, 1, float(rng.choice([0, 0, 3.0]))),
    )
    plate(b, m, tail, 0.47, rng, -0.25)
    b.add(tube([(tail + 0.06, 0, 0.55), (tail, 0, 0.38)], [(0.05, 0.012), (0.07, 0.008)]), dark)
    for s, a in ((1, 0.4), (-1, 3.5)):
        p = np.array([back + 0.14 * np.cos(a), s * 0.13, 0.24 + 0.14 * np.sin(a)])
        b.add(tube([(back, s * 0.11, 0.24), p], 0.01, 6), steel)
        b.add(box(p + (0, s * 0.05, 0), (0.09, 0.08, 0.025), 0.008), dark)
    b.add(tube([(back - 0.1, 0.06, 0.22), (back - 0.16, 0.2, 0.02)], 0.011), dark)
    if rng.random() < 0.25:  # a pipe guard before the legs
        for s in (1, -1):
            b.add(
                tube([(hx, s * 0.1, 0.3), (hx + 0.1, s * 0.2, 0.45), (hx, s * 0.12, 0.66)], 0.011),
                steel,
            )
    b.marks |= {
        "bars": np.array([hx - 0.05, 0, hz]),
        "seat": np.array([seat_x, 0, sh + 0.03]),
        "tail": np.array([xr - 0.05, 0.1, sh + 0.03]),
        "foot_l": np.array([(back + hx) / 2, 0.08, fz + 0.08]),
        "foot_r": np.array([(back + hx) / 2, -0.08, fz + 0.08]),
    }
    return b
