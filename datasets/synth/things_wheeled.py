"""What rolls and is no two-wheeler: suitcases, trolleys, wheelchairs, prams, tricycles."""

from __future__ import annotations

import numpy as np

from mesh import Build, box, ellipsoid, euler, loft, revolve, ring, tube

__all__ = ["pram", "suitcase", "tricycle", "trolley", "wheelchair"]


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


def suitcase(m, rng):
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


def trolley(m, rng):
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


def wheelchair(m, rng):
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


def pram(m, rng):
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


def tricycle(m, rng):
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
