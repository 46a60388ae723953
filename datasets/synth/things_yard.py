"""What stands about in yards: planters, wheeled bins, market stalls."""

from __future__ import annotations

import numpy as np

from mesh import Build, box, ellipsoid, euler, loft, ring, tube
from things_wheeled import _wheel

__all__ = ["bin_", "planter", "stall"]


def planter(m, rng):
    """A pot or trough with a plant; a thing left in the way, so a bundle."""
    b = Build()
    tone = [(0.3, 0.13, 0.07), (0.5, 0.5, 0.48), (0.03, 0.1, 0.25), (0.05, 0.05, 0.05)]
    c = np.asarray(tone[int(rng.integers(0, 4))])
    pot = m.mottled(c, c * 0.7, 6, 0.7)
    earth = m.plain((0.05, 0.03, 0.02), 1.0)
    if rng.random() < 0.6:
        r, h = rng.uniform(0.14, 0.32), rng.uniform(0.22, 0.55)
        rows = ((0, 0.72), (0.85, 1.0), (0.86, 1.08), (1.0, 1.08))
        b.add(loft([ring((0, 0, h * t), r * f, r * f, "z", 2, 18) for t, f in rows]), pot)
        wide = r
    else:
        w, d, h = rng.uniform(0.6, 1.4), rng.uniform(0.25, 0.45), rng.uniform(0.25, 0.5)
        b.add(box((0, 0, h / 2), (d, w, h), 0.02), pot)
        wide = w / 2
    b.add(box((0, 0, h), (wide * 0.9, wide * 0.9, 0.02), 0.008), earth)
    g = np.array([0.05, 0.12, 0.03]) * rng.uniform(0.6, 1.6)
    leaf = m.mottled(g, g * 0.4, 9, 0.9, 0, 0.6)
    tall = rng.uniform(0.2, 0.9)
    if rng.random() < 0.5:  # a bush
        for _ in range(int(rng.integers(3, 7))):
            at = rng.normal(0, wide * 0.4, 3) * (0.5, 1, 0.4) + (0, 0, h + tall * 0.45)
            v, f = ellipsoid(at, rng.uniform(0.5, 1.0, 3) * min(wide, 0.4), 10)
            b.add((v + rng.normal(0, 0.015, v.shape), f), leaf)
    else:  # long leaves
        for _ in range(int(rng.integers(8, 18))):
            a, out = rng.uniform(0, 6.28), rng.uniform(0.1, 0.35)
            d = np.array([np.cos(a), np.sin(a), 0])
            pts = [
                (0, 0, h),
                d * out * 0.5 + (0, 0, h + tall),
                d * out * 1.3 + (0, 0, h + tall * 0.8),
            ]
            b.add(tube(pts, [(0.012, 0.004), (0.03, 0.004), (0.004, 0.002)], 5), leaf)
    return b


def bin_(m, rng):
    """A wheeled rubbish bin, sometimes overfull; free standing, so a bundle."""
    b = Build()
    c = [(0.02, 0.2, 0.06), (0.02, 0.08, 0.35), (0.35, 0.02, 0.02), (0.12, 0.12, 0.12)]
    c = np.asarray(c[int(rng.integers(0, 4))]) * rng.uniform(0.7, 1.3)
    shell, dark = m.mottled(c, c * 0.6, 4, 0.6), m.plain((0.02, 0.02, 0.02), 0.8)
    k = rng.uniform(0.85, 1.15)
    rows = ((0.06, 0.19, 0.2), (0.5, 0.24, 0.24), (0.92, 0.28, 0.28), (0.95, 0.3, 0.3))
    b.add(loft([ring((0, 0, z * k), x * k, y * k, "z", 5, 20) for z, x, y in rows]), shell)
    shut = rng.random() < 0.6
    lid = box((0.3 * k, 0, 0), (0.62 * k, 0.6 * k, 0.05), 0.02)
    b.add(lid, shell, euler(0, 0.04 if shut else -1.8, 0), (-0.3 * k, 0, 0.98 * k))
    for s in (1, -1):
        _wheel(b, m, (-0.2 * k, s * 0.24 * k, 0.1), 0.1, 0.04)
    b.add(tube([(-0.33 * k, -0.2, 0.95 * k), (-0.33 * k, 0.2, 0.95 * k)], 0.016), dark)
    if not shut:
        for _ in range(int(rng.integers(1, 4))):
            at = (*rng.uniform(-0.12, 0.12, 2), 0.98 * k + rng.uniform(0, 0.1))
            v, f = ellipsoid(at, rng.uniform(0.1, 0.2, 3), 10)
            b.add((v + rng.normal(0, 0.012, v.shape), f), dark)
    return b


def stall(m, rng):
    """A folding table with goods under a sun roof; furniture."""
    b = Build()
    w, d, h = rng.uniform(1.0, 2.0), rng.uniform(0.6, 0.9), 0.75
    c = rng.uniform(0.05, 0.6, 3)
    cloth, steel = m.mottled(c, c * 0.6, 5, 0.9), m.plain((0.5, 0.5, 0.5), 0.35, 0.8)
    b.add(box((0, 0, h), (d, w, 0.04), 0.01), cloth)
    if rng.random() < 0.5:
        b.add(box((d / 2, 0, h * 0.55), (0.015, w, h * 0.85), 0.004), cloth)
    for sx in (1, -1):
        for sy in (1, -1):
            b.add(
                tube([(sx * d * 0.45, sy * w * 0.45, 0), (sx * d * 0.45, sy * w * 0.45, h)], 0.015),
                steel,
            )
    for _ in range(int(rng.integers(4, 12))):
        s = rng.uniform(0.06, 0.22, 3)
        at = (rng.uniform(-0.4, 0.4) * d, rng.uniform(-0.45, 0.45) * w, h + 0.02 + s[2] / 2)
        b.add(box(at, s, 0.02), m.plain(tuple(rng.uniform(0.03, 0.7, 3)), 0.7))
    if rng.random() < 0.6:
        r, high = rng.uniform(0.9, 1.4), rng.uniform(2.0, 2.3)
        roof = m.mottled(rng.uniform(0.05, 0.6, 3), rng.uniform(0.05, 0.6, 3), 2, 0.8)
        rows = [
            ring((-0.2, 0, high + 0.4 * (1 - t)), r * t, r * t, "z", 2, 12) for t in (0.03, 0.5, 1)
        ]
        b.add(loft(rows, cap=False), roof)
        b.add(tube([(-0.2, 0, 0), (-0.2, 0, high + 0.4)], 0.02), steel)
    return b
