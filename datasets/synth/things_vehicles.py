"""Cars, vans, trucks and buses: a lofted body with glass, arches, lights and wheels.

Facing +x, centred, wheels on z = 0. Proportions are drawn at random around real ones.
"""

from __future__ import annotations

import numpy as np

from mesh import Build, box, ellipsoid, euler, revolve, tube

__all__ = ["bus", "car", "truck"]

CAR_PAINT = [
    (0.75, 0.75, 0.74),
    (0.02, 0.02, 0.022),
    (0.35, 0.36, 0.38),
    (0.14, 0.14, 0.15),
    (0.3, 0.02, 0.02),
    (0.03, 0.08, 0.25),
    (0.35, 0.25, 0.14),
    (0.6, 0.6, 0.62),
    (0.1, 0.2, 0.15),
    (0.55, 0.1, 0.02),
]


def _wheels(b, m, xs, half, r):
    tyre, hub = m.plain((0.02, 0.02, 0.02), 0.85), m.plain((0.5, 0.5, 0.52), 0.3, 0.9)
    arch = m.plain((0.01, 0.01, 0.01), 0.9)
    for x in xs:
        for s in (1, -1):
            y = s * (half - 0.09)
            b.add(
                revolve(
                    [(0.0, -0.1), (r + 0.07, -0.1), (r + 0.07, 0.102), (0.0, 0.102)],
                    (x, y - s * 0.005, r + 0.02),
                    26,
                ),
                arch,
            )
            b.add(
                revolve(
                    [
                        (r * 0.62, -0.1),
                        (r * 0.95, -0.11),
                        (r, -0.08),
                        (r, 0.08),
                        (r * 0.95, 0.11),
                        (r * 0.62, 0.1),
                    ],
                    (x, y + s * 0.002, r),
                    26,
                ),
                tyre,
            )
            b.add(
                revolve(
                    [
                        (0.0, -0.1),
                        (r * 0.2, -0.1),
                        (r * 0.6, -0.085),
                        (r * 0.6, 0.085),
                        (r * 0.2, 0.1),
                        (0.0, 0.1),
                    ],
                    (x, y + s * 0.004, r),
                    20,
                ),
                hub,
            )
            for k in range(5):
                a = 2 * np.pi * k / 5 + 0.3
                p = np.array([x + r * 0.4 * np.cos(a), y + s * 0.098, r + r * 0.4 * np.sin(a)])
                b.add(ellipsoid(p, (r * 0.1, 0.006, r * 0.1), 8), arch)


def _shell(b, stations, half, belt, sill, paint, glass, glass_x):
    """Loft the body; `stations` rows are (x, top, belt height, roof half-width, width factor)."""
    rings, rows = [], []
    for x, top, mid, roof, f in stations:
        w = half * f
        mid = min(mid, top - 0.012)
        side = [
            (0, sill),
            (w * 0.9, sill),
            (w * 0.98, sill + 0.12),
            (w, (sill + mid) / 2 + 0.05),
            (w * 0.975, mid),
        ]
        up = roof * f
        side += [
            (up + (w * 0.95 - up) * 0.12, mid + (top - mid) * 0.86),
            (up * 0.86, top - (top - mid) * 0.03),
            (up * 0.45, top + 0.004),
            (0, top + 0.01),
        ]
        pts = side + [(-y, z) for y, z in side[-2:0:-1]]
        rings.append([(x, y, z) for y, z in pts])
        rows.append(pts)
    rings = np.asarray(rings, float)
    n, k = rings.shape[:2]
    v = rings.reshape(-1, 3)
    body, windows = [], []
    for i in range(n - 1):
        for j in range(k):
            q = (i * k + j, i * k + (j + 1) % k, (i + 1) * k + (j + 1) % k, (i + 1) * k + j)
            c = v[list(q)].mean(0)
            is_side = j in (4, k - 5)
            lo, hi = stations[i], stations[i + 1]
            tall = max(lo[1] - lo[2], hi[1] - hi[2]) > 0.2
            slope = abs(hi[1] - lo[1]) / max(hi[0] - lo[0], 1e-3)
            screen = 5 <= j <= k - 6 and slope > 0.35 and min(lo[1], hi[1]) > belt - 0.08
            inside = any(a < c[0] < e for a, e in glass_x)
            (windows if (is_side and tall and inside) or screen else body).append(q)
    body += [tuple(range(k)), tuple(range((n - 1) * k, n * k))[::-1]]
    b.add((v, body), paint)
    b.add((v, windows), glass)


def car(m, rng, kind=None, lights=0.0):
    """A passenger car; kind is sedan, hatch, suv or van (minibus)."""
    b = Build()
    kind = kind or str(rng.choice(["sedan", "hatch", "suv", "van"], p=[0.42, 0.16, 0.27, 0.15]))
    length = {"sedan": 4.65, "hatch": 4.0, "suv": 4.6, "van": 4.6}[kind] * rng.uniform(0.94, 1.06)
    half = {"sedan": 0.9, "hatch": 0.86, "suv": 0.94, "van": 0.86}[kind] * rng.uniform(0.97, 1.04)
    h = {"sedan": 1.46, "hatch": 1.5, "suv": 1.7, "van": 1.92}[kind] * rng.uniform(0.97, 1.03)
    r = {"suv": 0.36, "van": 0.3}.get(kind, 0.32)
    belt = {"sedan": 0.93, "hatch": 0.95, "suv": 1.06, "van": 1.05}[kind]
    hood = belt - 0.06
    l2 = length / 2
    cowl = {"sedan": 0.2, "hatch": 0.22, "suv": 0.2, "van": 0.38}[kind] * length
    roof0 = cowl - {"van": 0.45, "suv": 0.6}.get(kind, 0.72)
    tail0 = {"sedan": -0.2, "hatch": -0.34, "suv": -0.4, "van": -0.46}[kind] * length
    rear_glass = {"sedan": -0.36, "hatch": -0.46, "suv": -0.47, "van": -0.49}[kind] * length
    deck = belt + 0.04 if kind == "sedan" else belt + 0.0
    rw = half * {"sedan": 0.66, "hatch": 0.7, "suv": 0.74, "van": 0.84}[kind]
    st = [(-l2, 0.62, 0.55, rw, 0.82), (-l2 + 0.06, deck - 0.08, belt - 0.12, rw, 0.93)]
    if kind == "sedan":
        st += [
            (-l2 + 0.14, deck, belt - 0.03, rw, 0.965),
            (rear_glass, deck + 0.01, belt, rw, 0.99),
        ]
    else:
        st += [(rear_glass, deck + 0.05, belt, rw, 0.97)]
    mid = (roof0 + tail0) / 2
    st += [
        (tail0, h - 0.05, belt, rw, 1.0),
        (mid, h, belt - 0.01, rw, 1.0),
        (roof0 - 0.1, h - 0.03, belt - 0.02, rw, 1.0),
        (roof0, h - 0.06, belt - 0.02, rw, 1.0),
        (cowl, hood + 0.05, belt - 0.04, rw, 0.99),
        (cowl + 0.06, hood + 0.02, hood - 0.02, rw, 0.99),
    ]
    if kind != "van":
        st += [
            ((cowl + l2) / 2 + 0.1, hood - 0.04, hood - 0.08, rw * 1.05, 0.97),
            (l2 - 0.2, hood - 0.13, hood - 0.18, rw, 0.93),
        ]
    st += [(l2 - 0.07, hood - 0.22, hood - 0.27, rw, 0.87), (l2, 0.58, 0.52, rw, 0.78)]
    st = sorted(st)
    paint = m.plain(CAR_PAINT[int(rng.integers(0, len(CAR_PAINT)))], 0.22, 0.25, 1.0)
    glass = m.plain((0.015, 0.018, 0.02), 0.06, 0, 0.5)
    pillars = [mid + 0.05 * length * 0.3, tail0 + 0.12, rear_glass]
    gx = [(rear_glass, cowl)]
    _shell(b, st, half, belt, 0.2, paint, glass, gx)
    dark = m.plain((0.015, 0.015, 0.015), 0.6)
    for s in (1, -1):
        for p in pillars[:2]:
            b.add(
                tube(
                    [
                        (p, s * half * 0.985, belt),
                        (p - 0.03, s * (rw + (half - rw) * 0.14) * 1.005, h - 0.12),
                    ],
                    0.028,
                    6,
                ),
                paint if kind == "van" else dark,
            )
        for x in (mid + 0.02, cowl - 0.06, tail0 + 0.1):  # door gaps
            b.add(
                tube(
                    [
                        (x, s * half * 1.001, 0.3),
                        (x, s * half * 1.006, 0.6),
                        (x, s * half * 0.982, belt - 0.03),
                    ],
                    0.006,
                    4,
                ),
                dark,
            )
        for x in (mid + 0.2, tail0 + 0.3):
            b.add(box((x, s * half * 0.995, belt - 0.11), (0.17, 0.04, 0.03), 0.01), paint)
        b.add(
            ellipsoid((cowl - 0.25, s * (half + 0.1), belt + 0.03), (0.07, 0.12, 0.08), 10), paint
        )
        b.add(
            ellipsoid((l2 - 0.13, s * half * 0.66, hood - 0.27), (0.13, half * 0.2, 0.065), 12),
            m.plain((0.85, 0.88, 0.9), 0.06, 0, 1, lights),
        )
        b.add(
            ellipsoid((-l2 + 0.08, s * half * 0.68, belt - 0.13), (0.08, half * 0.2, 0.07), 12),
            m.plain((0.5, 0.008, 0.01), 0.1, 0, 1, lights * 0.5),
        )
        b.add(box((0, s * half * 0.93, 0.24), (length * 0.52, 0.06, 0.1), 0.02), dark)
    b.add(box((l2 - 0.03, 0, 0.5), (0.08, half * 1.1, 0.2), 0.03), dark)
    b.add(box((l2 - 0.03, 0, 0.28), (0.1, half * 1.45, 0.12), 0.03), dark)
    b.add(box((-l2 + 0.03, 0, 0.3), (0.1, half * 1.45, 0.16), 0.03), dark)
    plate = m.plain((0.02, 0.12, 0.55) if rng.random() < 0.75 else (0.2, 0.6, 0.35), 0.4)
    for x in (l2 + 0.015, -l2 - 0.005):
        b.add(box((x, 0, 0.46 if x > 0 else 0.6), (0.02, 0.44, 0.14), 0.004), plate)
        b.add(
            box((x * 1.004, 0, 0.46 if x > 0 else 0.6), (0.02, 0.34, 0.06), 0.004),
            m.plain((0.7, 0.7, 0.7), 0.5),
        )
    _wheels(b, m, (l2 - length * 0.19, -l2 + length * 0.2), half, r)
    b.marks["size"] = np.array([length, half * 2, h])
    return b


def truck(m, rng, lights=0.0):
    """Light truck: cab and a box or an open bed."""
    b = Build()
    length, half = rng.uniform(4.9, 6.8), rng.uniform(0.92, 1.1)
    l2, r = length / 2, rng.uniform(0.36, 0.42)
    cab_h = rng.uniform(2.0, 2.4)
    paint = m.plain(
        CAR_PAINT[int(rng.integers(0, len(CAR_PAINT)))] if rng.random() < 0.5 else (0.7, 0.7, 0.7),
        0.3,
        0,
        0.8,
    )
    cab0 = l2 - rng.uniform(1.45, 1.7)
    st = [
        (cab0, cab_h - 0.05, 1.35, half * 0.86, 0.97),
        (cab0 + 0.3, cab_h, 1.35, half * 0.86, 0.98),
        (l2 - 0.55, cab_h - 0.06, 1.33, half * 0.85, 0.98),
        (l2 - 0.12, 1.32, 1.22, half * 0.84, 0.96),
        (l2 - 0.03, 1.0, 0.9, half * 0.84, 0.94),
        (l2, 0.6, 0.5, half * 0.8, 0.9),
    ]
    _shell(b, st, half, 1.28, 0.4, paint, m.plain((0.015, 0.018, 0.02), 0.06), [(cab0 + 0.35, l2)])
    dark = m.plain((0.02, 0.02, 0.02), 0.7)
    b.add(box((0, 0, 0.55), (length * 0.96, half * 0.9, 0.16), 0.02), dark)
    bl = cab0 - 0.1 + l2
    bx = -l2 + bl / 2
    if rng.random() < 0.6:
        top = rng.uniform(2.3, 3.1)
        cargo = m.plain(
            [(0.75, 0.75, 0.75), (0.1, 0.3, 0.15), (0.55, 0.35, 0.05), (0.1, 0.15, 0.4)][
                int(rng.integers(0, 4))
            ],
            0.5,
        )
        b.add(box((bx, 0, (top + 0.75) / 2), (bl, half * 2.04, top - 0.75), 0.03), cargo)
        for x in np.linspace(-bl / 2 + 0.1, bl / 2 - 0.1, 9):
            for s in (1, -1):
                b.add(
                    box(
                        (bx + x, s * half * 1.025, (top + 0.75) / 2),
                        (0.04, 0.02, top - 0.85),
                        0.005,
                    ),
                    cargo,
                )
    else:
        bed = m.plain((0.1, 0.15, 0.35) if rng.random() < 0.5 else (0.3, 0.05, 0.04), 0.5)
        b.add(box((bx, 0, 0.78), (bl, half * 2, 0.08), 0.01), bed)
        for s in (1, -1):
            b.add(box((bx, s * half, 1.0), (bl, 0.04, 0.42), 0.01), bed)
            b.add(box((bx + s * bl / 2, 0, 1.0), (0.04, half * 2, 0.42), 0.01), bed)
    for s in (1, -1):
        b.add(
            ellipsoid((l2 - 0.02, s * half * 0.7, 0.8), (0.05, 0.14, 0.08), 10),
            m.plain((0.85, 0.88, 0.9), 0.06, 0, 1, lights),
        )
        b.add(box((l2 - 0.35, s * (half + 0.14), 1.5), (0.08, 0.14, 0.3), 0.03), dark)
        b.add(
            box((-l2, s * half * 0.75, 0.7), (0.04, 0.3, 0.12), 0.01),
            m.plain((0.5, 0.01, 0.01), 0.2, 0, 0, lights * 0.5),
        )
    b.add(
        box((l2 + 0.01, 0, 0.5), (0.05, half * 1.8, 0.22), 0.03), m.plain((0.25, 0.25, 0.25), 0.6)
    )
    b.add(box((l2 + 0.04, 0, 0.5), (0.015, 0.44, 0.14), 0.004), m.plain((0.6, 0.45, 0.02), 0.4))
    _wheels(b, m, (l2 - 0.75, -l2 + length * 0.22), half, r)
    b.marks["size"] = np.array([length, half * 2, 3.0])
    return b


def bus(m, rng, lights=0.0):
    """City bus or coach."""
    b = Build()
    length, half, h = rng.uniform(7.5, 11.5), rng.uniform(1.15, 1.25), rng.uniform(2.9, 3.3)
    l2 = length / 2
    c = [
        (0.05, 0.3, 0.5),
        (0.55, 0.05, 0.05),
        (0.1, 0.4, 0.15),
        (0.7, 0.7, 0.68),
        (0.6, 0.4, 0.02),
    ][int(rng.integers(0, 5))]
    paint, glass = m.plain(c, 0.3, 0, 0.8), m.plain((0.015, 0.018, 0.02), 0.06)
    b.add(box((0, 0, h / 2 + 0.15), (length, half * 2, h - 0.3), 0.14, 3, 0.2), paint)
    b.add(box((0, 0, h * 0.62), (length * 0.94, half * 2 + 0.012, h * 0.3), 0.03), glass)
    b.add(box((l2, 0, h * 0.58), (0.05, half * 1.8, h * 0.42), 0.06, 3), glass, euler(0, 0, 0))
    b.add(box((-l2, 0, h * 0.66), (0.04, half * 1.6, h * 0.24), 0.05), glass)
    for x in np.linspace(-l2 * 0.85, l2 * 0.85, 7):
        for s in (1, -1):
            b.add(
                box((x, s * (half + 0.006), h * 0.62), (0.06, 0.012, h * 0.3), 0.003),
                m.plain((0.02, 0.02, 0.02), 0.5),
            )
    b.add(
        box((0, 0, 0.95), (length * 0.98, half * 2 + 0.014, 0.16), 0.01),
        m.plain((0.75, 0.75, 0.75), 0.4),
    )
    b.add(
        box((l2 + 0.01, 0, h * 0.86), (0.03, half * 1.3, 0.22), 0.01),
        m.plain((0.9, 0.4, 0.05), 0.4, 0, 0, 1.5),
    )
    for s in (1, -1):
        b.add(
            ellipsoid((l2, s * half * 0.75, 0.75), (0.05, 0.2, 0.1), 10),
            m.plain((0.85, 0.88, 0.9), 0.06, 0, 1, lights),
        )
        b.add(
            box((-l2, s * half * 0.8, 0.9), (0.05, 0.2, 0.4), 0.02),
            m.plain((0.5, 0.01, 0.01), 0.2, 0, 0, lights * 0.5),
        )
        b.add(
            box((l2 + 0.1, s * (half + 0.12), h * 0.7), (0.1, 0.12, 0.32), 0.03),
            m.plain((0.02, 0.02, 0.02), 0.6),
        )
    _wheels(b, m, (l2 - length * 0.22, -l2 + length * 0.26), half, 0.48)
    b.marks["size"] = np.array([length, half * 2, h])
    return b
