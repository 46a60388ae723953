"""What stands about in corridors and lifts: cartons, furniture, sacks, prams, chairs, cases.

Every maker returns a Build standing on z = 0 around the origin, facing +x.
"""

from __future__ import annotations

import numpy as np

from mesh import Build, box, ellipsoid, euler, loft, revolve, ring, tube

__all__ = ["MAKERS", "carton", "make"]

WOOD = [
    (0.3, 0.17, 0.08),
    (0.5, 0.36, 0.2),
    (0.12, 0.07, 0.04),
    (0.65, 0.6, 0.52),
    (0.7, 0.68, 0.65),
]


def _wheel(b, m, at, r, w=0.025, spokes=0):
    at = np.asarray(at, float)
    b.add(
        revolve(
            [(r - 0.012 - w * 0.3, -w / 2), (r, -w / 2), (r, w / 2), (r - 0.012 - w * 0.3, w / 2)],
            sides=22,
        ),
        m.plain((0.02, 0.02, 0.02), 0.8),
        at=at,
    )
    grey = m.plain((0.45, 0.45, 0.46), 0.35, 0.6)
    if spokes:
        b.add(
            revolve([(0.0, -0.03), (0.025, -0.03), (0.025, 0.03), (0.0, 0.03)], sides=12),
            grey,
            at=at,
        )
        for k in range(spokes):
            a = 2 * np.pi * k / spokes
            b.add(
                tube([at, at + (np.cos(a) * (r - 0.01), 0, np.sin(a) * (r - 0.01))], 0.002, 4), grey
            )
    else:
        b.add(
            revolve(
                [(0.0, -w / 2.4), (r * 0.75, -w / 2.4), (r * 0.75, w / 2.4), (0.0, w / 2.4)],
                sides=16,
            ),
            grey,
            at=at,
        )


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


def _bundle(m, rng):
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


def _cabinet(m, rng):
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


def _sofa(m, rng):
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


def _suitcase(m, rng):
    b = Build()
    d, w, h = rng.uniform(0.2, 0.3), rng.uniform(0.35, 0.5), rng.uniform(0.5, 0.75)
    c = tuple(rng.uniform(0.02, 0.5, 3))
    shell = m.plain(c, 0.35, 0, 0.3)
    b.add(box((0, 0, h / 2 + 0.05), (d, w, h), 0.05, 3, 0.06), shell)
    for y in np.linspace(-w * 0.36, w * 0.36, 6):
        b.add(box((0, y, h / 2 + 0.05), (d + 0.012, 0.018, h * 0.8), 0.006), shell)
    b.add(
        box((0, 0, h / 2 + 0.05), (0.012, w + 0.006, h + 0.006), 0.004, 2, 0.05),
        m.plain((0.02, 0.02, 0.02), 0.6),
    )
    top = h + (0.05 if rng.random() < 0.4 else 0.45)
    dark = m.plain((0.05, 0.05, 0.05), 0.4)
    for s in (1, -1):
        b.add(
            tube([(-d * 0.3, s * 0.09, h), (-d * 0.3, s * 0.09, top)], 0.009, 6),
            m.plain((0.6, 0.6, 0.6), 0.2, 1),
        )
    b.add(tube([(-d * 0.3, -0.1, top), (-d * 0.3, 0.1, top)], 0.014), dark)
    for sx in (1, -1):
        for sy in (1, -1):
            _wheel(b, m, (sx * d * 0.35, sy * w * 0.4, 0.03), 0.03)
    return b


def _trolley(m, rng):
    """Flat hand truck or shopping trolley, sometimes loaded with cartons."""
    b = Build()
    steel = m.plain((0.5, 0.5, 0.52), 0.3, 0.9)
    if rng.random() < 0.5:
        b.add(
            box((0, 0, 0.17), (0.85, 0.5, 0.03), 0.01),
            m.plain((0.1, 0.2, 0.5) if rng.random() < 0.5 else (0.1, 0.1, 0.1), 0.5),
        )
        b.add(
            tube(
                [
                    (-0.4, -0.22, 0.18),
                    (-0.43, -0.22, 0.85),
                    (-0.43, 0.22, 0.85),
                    (-0.4, 0.22, 0.18),
                ],
                0.015,
                8,
                24,
            ),
            steel,
        )
        for sx in (1, -1):
            for sy in (1, -1):
                _wheel(b, m, (sx * 0.33, sy * 0.18, 0.07), 0.07, 0.03)
        return b
    for t in np.linspace(0, 1, 7):
        x0, x1, w, z = -0.32, 0.42 - 0.1 * (1 - t), 0.2 + 0.07 * t, 0.42 + 0.48 * t
        loop = [(x0, -w, z), (x1, -w * 0.85, z), (x1, w * 0.85, z), (x0, w, z), (x0, -w, z)]
        for p, q in zip(loop, loop[1:], strict=False):
            b.add(tube([p, q], 0.004, 5), steel)
    for x in np.linspace(-0.3, 0.38, 9):
        for s in (1, -1):
            b.add(tube([(x, s * 0.19, 0.42), (x + 0.02, s * 0.25, 0.9)], 0.003, 4), steel)
        b.add(tube([(x, -0.19, 0.42), (x, 0.19, 0.42)], 0.003, 4), steel)
    b.add(tube([(-0.38, -0.26, 0.98), (-0.38, 0.26, 0.98)], 0.016), m.plain((0.5, 0.05, 0.04), 0.5))
    for s in (1, -1):
        b.add(
            tube(
                [
                    (-0.38, s * 0.24, 0.98),
                    (-0.3, s * 0.22, 0.4),
                    (-0.25, s * 0.22, 0.15),
                    (0.4, s * 0.17, 0.15),
                ],
                0.013,
            ),
            steel,
        )
        _wheel(b, m, (-0.25, s * 0.22, 0.065), 0.065)
        _wheel(b, m, (0.38, s * 0.17, 0.065), 0.065)
    return b


def _wheelchair(m, rng):
    b = Build()
    frame = m.plain(
        [(0.6, 0.6, 0.6), (0.03, 0.03, 0.03), (0.3, 0.03, 0.03)][int(rng.integers(0, 3))], 0.3, 0.7
    )
    cloth = m.plain((0.02, 0.025, 0.04) if rng.random() < 0.7 else (0.05, 0.1, 0.3), 0.7)
    small = rng.random() < 0.4
    r = 0.16 if small else 0.3
    for s in (1, -1):
        y = s * 0.27
        _wheel(b, m, (-0.12, s * 0.29, r), r, 0.03, 20)
        if not small:
            t = np.linspace(0, 2 * np.pi, 8, endpoint=False)
            b.add(
                revolve(np.stack([0.26 + 0.008 * np.cos(t), 0.008 * np.sin(t)], -1)),
                frame,
                at=(-0.12, s * 0.33, r),
            )
        _wheel(b, m, (0.3, s * 0.24, 0.09), 0.09, 0.028)
        b.add(
            tube(
                [
                    (-0.45, y * 0.9, 0.93),
                    (-0.32, y * 0.9, 0.9),
                    (-0.27, y * 0.9, 0.6),
                    (-0.25, y * 0.9, 0.3),
                    (0.1, y * 0.9, 0.28),
                    (0.3, y * 0.9, 0.2),
                ],
                0.013,
            ),
            frame,
        )
        b.add(
            tube(
                [
                    (-0.25, y * 0.9, 0.5),
                    (0.22, y * 0.9, 0.5),
                    (0.33, y * 0.85, 0.42),
                    (0.45, y * 0.7, 0.12),
                ],
                0.013,
            ),
            frame,
        )
        b.add(tube([(-0.27, y, 0.7), (0.1, y, 0.7), (0.14, y, 0.5)], 0.012), frame)
        b.add(box((-0.06, y, 0.71), (0.3, 0.05, 0.03), 0.012), cloth)
        b.add(box((0.47, s * 0.11, 0.1), (0.17, 0.13, 0.015), 0.006), cloth)
        b.add(tube([(-0.45, y * 0.9, 0.93), (-0.53, y * 0.9, 0.93)], 0.018), cloth)
    b.add(box((-0.02, 0, 0.51), (0.42, 0.44, 0.05), 0.02), cloth)
    b.add(box((-0.29, 0, 0.72), (0.03, 0.44, 0.4), 0.012), cloth, euler(0, -0.05, 0))
    return b


def _pram(m, rng):
    b = Build()
    frame = m.plain((0.5, 0.5, 0.5) if rng.random() < 0.5 else (0.03, 0.03, 0.03), 0.3, 0.8)
    c = rng.uniform(0.02, 0.5, 3)
    cloth = m.mottled(c, c * 0.8, 10, 0.9)
    for s in (1, -1):
        y = s * 0.24
        _wheel(b, m, (-0.3, y, 0.12), 0.12, 0.035)
        _wheel(b, m, (0.38, s * 0.18, 0.1), 0.1, 0.035)
        b.add(
            tube([(0.38, s * 0.18, 0.1), (-0.05, y * 0.9, 0.5), (-0.45, y * 0.85, 0.98)], 0.013),
            frame,
        )
        b.add(tube([(-0.3, y, 0.12), (0.0, y * 0.9, 0.52), (0.22, y * 0.8, 0.62)], 0.012), frame)
    b.add(
        tube([(-0.45, -0.2, 0.98), (-0.5, 0, 1.0), (-0.45, 0.2, 0.98)], 0.017),
        m.plain((0.03, 0.03, 0.03), 0.8),
    )
    b.add(
        loft(
            [
                ring((x, 0, z), w, h, "x", 2.6, 16)
                for x, z, w, h in (
                    (-0.24, 0.58, 0.17, 0.14),
                    (-0.1, 0.5, 0.2, 0.12),
                    (0.15, 0.45, 0.19, 0.07),
                    (0.32, 0.42, 0.16, 0.04),
                )
            ]
        ),
        cloth,
    )
    if rng.random() < 0.85:
        b.add(
            ellipsoid((0, 0, 0), (0.27, 0.21, 0.3), 16, 0.05),
            cloth,
            euler(0, -0.4, 0),
            (-0.12, 0, 0.6),
        )
    b.add(box((-0.02, 0, 0.22), (0.4, 0.3, 0.12), 0.03), m.plain((0.05, 0.05, 0.05), 0.9))
    return b


def _tricycle(m, rng):
    """Cargo tricycle: moped front, open flat bed behind."""
    from things_two_wheelers import ebike

    front = ebike(m, rng, "light")
    b = Build()
    bed = m.plain(
        [(0.05, 0.25, 0.1), (0.05, 0.1, 0.4), (0.4, 0.03, 0.03)][int(rng.integers(0, 3))], 0.45
    )
    length, w = rng.uniform(1.1, 1.5), rng.uniform(0.8, 1.0)
    x0 = -0.25 - length / 2
    b.merge(front, None, (0.35, 0, 0))
    b.add(box((x0, 0, 0.5), (length, w, 0.04), 0.01), bed)
    for s in (1, -1):
        b.add(box((x0, s * w / 2, 0.64), (length, 0.025, 0.28), 0.008), bed)
        b.add(box((x0 + s * length / 2, 0, 0.64), (0.025, w, 0.28), 0.008), bed)
        _wheel(b, m, (x0 - 0.1, s * (w / 2 - 0.1), 0.24), 0.24, 0.08, 12)
    b.marks = {k: v + (0.35, 0, 0) for k, v in front.marks.items()}
    return b


MAKERS = {
    "carton": [_cartons, carton],
    "bundle": [_bundle],
    "furniture": [_cabinet, _shoe_rack, _chair, _sofa],
    "luggage": [_suitcase],
    "trolley": [_trolley],
    "wheelchair": [_wheelchair],
    "pram": [_pram],
    "tricycle": [_tricycle],
}


def make(m, rng, kind):
    """One thing of class `kind` (a key of MAKERS)."""
    makers = MAKERS[kind]
    return makers[int(rng.integers(0, len(makers)))](m, rng)
