"""What stands about in corridors and lifts: cartons, furniture, sacks, prams, chairs, cases.

Every maker returns a Build standing on z = 0 around the origin, facing +x.
"""

from __future__ import annotations

import numpy as np

from mesh import Build, box, euler, loft, ring, tube
from things_wheeled import pram, suitcase, tricycle, trolley, wheelchair
from things_yard import bin_, planter, stall

__all__ = ["MAKERS", "bundle", "cabinet", "carton", "make", "mattress", "sofa"]

WOOD = [
    (0.3, 0.17, 0.08),
    (0.5, 0.36, 0.2),
    (0.12, 0.07, 0.04),
    (0.65, 0.6, 0.52),
    (0.7, 0.68, 0.65),
]


def carton(m, rng, size=None):
    """One carton with tape, print and sometimes open flaps."""
    b = Build()
    size = rng.uniform((0.3, 0.3, 0.2), (0.65, 0.55, 0.6)) if size is None else np.asarray(size)
    tone = rng.uniform(0.75, 1.15)
    card = m.mottled(
        np.array((0.42, 0.27, 0.14)) * tone, np.array((0.36, 0.22, 0.11)) * tone, 3, 0.85
    )
    if rng.random() < 0.12:
        card = m.plain((0.75, 0.74, 0.7), 0.7)
    b.add(box((0, 0, size[2] / 2), size, 0.006), card)
    b.add(
        box((0, 0, size[2]), (size[0] * 1.003, 0.055, 0.004), 0.001),
        m.plain((0.55, 0.42, 0.22), 0.25),
    )
    for s in (1, -1):
        b.add(
            box((s * size[0] / 2, 0, size[2] - 0.05), (0.003, 0.055, 0.1), 0.001),
            m.plain((0.55, 0.42, 0.22), 0.25),
        )
    ink = m.plain((0.05, 0.04, 0.03) if rng.random() < 0.7 else (0.4, 0.03, 0.03), 0.8)
    for side in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        for _ in range(int(rng.integers(1, 4))):
            w, h = rng.uniform(0.04, 0.2), rng.uniform(0.015, 0.06)
            u, z = rng.uniform(-0.3, 0.3), rng.uniform(0.2, 0.7) * size[2]
            if side[0]:
                b.add(
                    box(
                        (side[0] * size[0] / 2, u * size[1], z),
                        (0.003, min(w, size[1] * 0.4), h),
                        0.0005,
                    ),
                    ink,
                )
            else:
                b.add(
                    box(
                        (u * size[0], side[1] * size[1] / 2, z),
                        (min(w, size[0] * 0.4), 0.003, h),
                        0.0005,
                    ),
                    ink,
                )
    if rng.random() < 0.2:  # open flaps
        for s in (1, -1):
            b.add(
                box((0, 0, 0), (size[0] * 0.98, size[1] * 0.45, 0.006), 0.002),
                card,
                euler(s * float(rng.uniform(0.7, 1.9)), 0, 0),
                (0, s * size[1] * 0.62, size[2] + 0.1),
            )
    if rng.random() < 0.5:
        b.add(
            box((size[0] * 0.2, size[1] * 0.15, size[2] + 0.002), (0.14, 0.1, 0.003), 0.001),
            m.plain((0.75, 0.75, 0.75), 0.6),
        )
    return b


def _cartons(m, rng):
    """A stack or group of cartons."""
    b, z = Build(), 0.0
    base = rng.uniform((0.4, 0.35, 0.25), (0.7, 0.55, 0.5))
    for _ in range(int(rng.integers(1, 5))):
        size = base * rng.uniform(0.75, 1.02, 3)
        b.merge(
            carton(m, rng, size),
            euler(0, 0, float(rng.uniform(-0.15, 0.15))),
            (*rng.uniform(-0.04, 0.04, 2), z),
        )
        z += size[2]
        if z > 1.4:
            break
    if rng.random() < 0.4:
        b.merge(
            carton(m, rng),
            euler(0, 0, float(rng.uniform(-0.4, 0.4))),
            (float(rng.uniform(-0.1, 0.1)), base[1] + 0.05, 0),
        )
    return b


def _sack(m, rng, at=(0, 0, 0)):
    b = Build()
    w, d, h = rng.uniform(0.16, 0.28), rng.uniform(0.14, 0.24), rng.uniform(0.35, 0.65)
    kind = rng.random()
    color = np.asarray(
        [
            (0.02, 0.02, 0.022),
            (0.6, 0.6, 0.57),
            (0.45, 0.05, 0.06),
            (0.1, 0.2, 0.45),
            (0.4, 0.35, 0.25),
        ][int(rng.integers(0, 5))]
    )
    rows = []
    for t in np.linspace(0, 1, 9):
        f = [0.85, 1.0, 1.04, 1.0, 0.95, 0.85, 0.65, 0.25, 0.34][round(t * 8)]
        wob = rng.uniform(0.93, 1.07, 2)
        loop = ring((0, 0, h * t), w * f * wob[0], d * f * wob[1], "z", 2.6, 20)
        rows.append(loop + rng.normal(0, 0.008, loop.shape) * (t > 0.02))
    b.add(loft(rows), m.mottled(color, color * 0.6, 8, 0.35 if kind < 0.5 else 0.9, 0, 0.3), at=at)
    return b


def bundle(m, rng):
    b = Build()
    for i in range(int(rng.integers(1, 5))):
        b.merge(
            _sack(m, rng),
            euler(
                float(rng.uniform(-0.15, 0.15)),
                float(rng.uniform(-0.2, 0.2)),
                float(rng.uniform(0, 6)),
            ),
            (float(rng.uniform(-0.12, 0.12)), (i - 1) * 0.3, 0.0),
        )
    return b


def cabinet(m, rng):
    b = Build()
    d, w, h = rng.uniform(0.3, 0.5), rng.uniform(0.5, 1.2), rng.uniform(0.6, 1.7)
    c = np.asarray(WOOD[int(rng.integers(0, len(WOOD)))])
    wood = m.mottled(c, c * 0.75, 3, 0.5, 0, 0, (1, 1, 8))
    b.add(box((0, 0, h / 2), (d, w, h), 0.008), wood)
    n = int(rng.integers(1, 4))
    rows = int(rng.integers(1, 5))
    dark = m.plain(c * 0.35, 0.6)
    for i in range(n):
        for j in range(rows):
            y, z = w * ((i + 0.5) / n - 0.5), h * (0.04 + 0.92 * (j + 0.5) / rows)
            b.add(box((d / 2, y, z), (0.025, w / n - 0.02, 0.92 * h / rows - 0.02), 0.005), wood)
            b.add(
                box((d / 2 + 0.02, y + w / n * 0.3, z), (0.02, 0.015, 0.08), 0.004),
                m.plain((0.6, 0.6, 0.6), 0.25, 1),
            )
    b.add(
        box((0, 0, h + 0.012), (d + 0.03, w + 0.03, 0.024), 0.006),
        dark if rng.random() < 0.5 else wood,
    )
    return b


def _shoe_rack(m, rng):
    b = Build()
    d, w, rows = 0.3, rng.uniform(0.6, 0.95), int(rng.integers(2, 5))
    frame = m.plain((0.05, 0.05, 0.05) if rng.random() < 0.5 else (0.6, 0.6, 0.6), 0.35, 0.7)
    h = rows * 0.2
    for sx in (1, -1):
        for sy in (1, -1):
            b.add(
                tube([(sx * d / 2, sy * w / 2, 0), (sx * d / 2, sy * w / 2, h + 0.05)], 0.011),
                frame,
            )
    for j in range(rows):
        z = 0.08 + j * 0.2
        for x in np.linspace(-d / 2, d / 2, 4):
            b.add(tube([(x, -w / 2, z), (x, w / 2, z)], 0.007, 6), frame)
        for y in np.arange(-w / 2 + 0.08, w / 2 - 0.06, 0.11):
            if rng.random() < 0.75:
                c = m.plain(
                    tuple(rng.uniform(0.02, 0.6, 3)) if rng.random() < 0.5 else (0.03, 0.03, 0.03),
                    0.6,
                )
                b.add(
                    loft(
                        [
                            ring((x, y, z + 0.01 + q), 0.04, hh, "x", 2.4, 10)
                            for x, q, hh in (
                                (-0.12, 0.045, 0.04),
                                (-0.03, 0.045, 0.045),
                                (0.05, 0.03, 0.03),
                                (0.13, 0.02, 0.012),
                            )
                        ]
                    ),
                    c,
                )
    return b


def _chair(m, rng):
    b = Build()
    c = (
        np.asarray(WOOD[int(rng.integers(0, 5))])
        if rng.random() < 0.6
        else rng.uniform(0.02, 0.6, 3)
    )
    mat = m.plain(tuple(c), 0.5)
    s, h = rng.uniform(0.38, 0.46), rng.uniform(0.42, 0.47)
    b.add(box((0, 0, h), (s, s, 0.05 if rng.random() < 0.6 else 0.09), 0.02, 2, 0.05), mat)
    for sx in (1, -1):
        for sy in (1, -1):
            top = h if sx > 0 else h + 0.42
            b.add(
                tube(
                    [
                        (sx * s * 0.46, sy * s * 0.46, 0),
                        (sx * s * 0.42, sy * s * 0.42, h),
                        (sx * s * 0.42 - (0.05 if sx < 0 else 0), sy * s * 0.42, top),
                    ],
                    0.017,
                ),
                mat,
            )
    b.add(box((-s * 0.47, 0, h + 0.32), (0.025, s * 0.84, 0.2), 0.01), mat)
    return b


def sofa(m, rng):
    b = Build()
    w, d = rng.uniform(0.8, 1.7), rng.uniform(0.7, 0.85)
    c = rng.uniform(0.03, 0.45, 3)
    mat = m.mottled(c, c * 0.75, 9, 0.85, 0, 0.2)
    b.add(box((0, 0, 0.21), (d, w, 0.3), 0.05, 3), mat)
    n = max(1, round(w / 0.6))
    for i in range(n):
        b.add(
            box(
                (0.06, w * 0.8 * ((i + 0.5) / n - 0.5), 0.42),
                (d * 0.75, w * 0.78 / n, 0.16),
                0.06,
                3,
            ),
            mat,
        )
    b.add(box((-d * 0.42, 0, 0.55), (0.2, w, 0.6), 0.08, 3), mat)
    for s in (1, -1):
        b.add(box((0.02, s * w * 0.46, 0.36), (d * 0.95, 0.15, 0.5), 0.06, 3), mat)
    return b


def mattress(m, rng):
    """A mattress or board that leans nearly upright."""
    b = Build()
    w, long, d = rng.uniform(0.8, 1.5), rng.uniform(1.5, 2.0), rng.uniform(0.08, 0.22)
    c = rng.uniform(0.3, 0.75) * np.array([1, rng.uniform(0.9, 1), rng.uniform(0.8, 1)])
    lean = float(rng.uniform(-0.22, -0.05))
    tall, wide = (w, long) if rng.random() < 0.6 else (long, w)
    cloth = m.mottled(c, c * 0.75, 14, 0.9, 0, 0.3)
    b.add(box((0, 0, tall / 2), (d, wide, tall), 0.05, 3), cloth, euler(0, lean, 0))
    return b


MAKERS = {
    "carton": [_cartons, carton],
    "bundle": [bundle, bundle, planter, bin_],
    "furniture": [cabinet, _shoe_rack, _chair, sofa, mattress],
    "stall": [stall],
    "luggage": [suitcase],
    "trolley": [trolley],
    "wheelchair": [wheelchair],
    "pram": [pram],
    "tricycle": [tricycle],
}


def make(m, rng, kind):
    """One thing of class `kind` (a key of MAKERS; a stall is furniture)."""
    makers = MAKERS[kind]
    return makers[int(rng.integers(0, len(makers)))](m, rng)
