"""Things without a label: umbrellas, battery packs, kick scooters, pictures of bikes."""

from __future__ import annotations

import cv2
import numpy as np

from mesh import Build, box, euler, loft, ring, tube
from things_wheeled import _wheel

__all__ = ["battery", "bike_poster", "kick_scooter", "umbrella"]


def umbrella(m, rng, opened=True):
    """Open: the crook at the origin, the roof above it. Folded: hanging from the origin."""
    b = Build()
    c = rng.uniform(0.02, 0.6, 3)
    cloth = m.mottled(c, c * rng.uniform(0.3, 1), 3, 0.8)
    steel = m.plain((0.4, 0.4, 0.4), 0.3, 0.9)
    if opened:
        r, rows = rng.uniform(0.42, 0.56), []
        for t in np.linspace(0, 1, 6):
            loop = ring(
                (0, 0, 0.75 + 0.26 * (1 - t**2)), r * max(t, 0.03), r * max(t, 0.03), "z", 2, 16
            )
            loop[::2, 2] -= 0.03 * t
            rows.append(loop)
        b.add(loft(rows, cap=False), cloth)
        b.add(tube([(0, 0, -0.05), (0, 0, 1.05)], 0.008, 6), steel)
    else:
        b.add(tube([(0, 0, 0.02), (0, 0, -0.1), (0.01, 0, -0.7)], [0.012, 0.035, 0.012], 8), cloth)
        b.add(tube([(0.01, 0, -0.7), (0.01, 0, -0.8)], 0.006, 6), steel)
    return b


def battery(m, rng):
    """The pack of an e-bike, its handle at the origin."""
    b = Build()
    shell = m.plain((0.03, 0.03, 0.035) if rng.random() < 0.7 else (0.35, 0.35, 0.37), 0.4)
    w, d, h = rng.uniform(0.16, 0.2), rng.uniform(0.24, 0.38), rng.uniform(0.16, 0.34)
    b.add(box((0, 0, -0.07 - h / 2), (d, w, h), 0.02, 3), shell)
    b.add(
        tube([(-0.09, 0, -0.08), (-0.07, 0, 0), (0.07, 0, 0), (0.09, 0, -0.08)], 0.013),
        m.plain((0.02, 0.02, 0.02), 0.6),
    )
    b.add(
        box((d * 0.2, w / 2, -0.07 - h / 2), (d * 0.4, 0.004, h * 0.4), 0.001),
        m.plain(tuple(rng.uniform(0.1, 0.8, 3)), 0.5),
    )
    return b


def kick_scooter(m, rng):
    """Deck, stem, handlebar, two small wheels: no class of ours."""
    b = Build()
    child = rng.random() < 0.5
    k = rng.uniform(0.65, 0.8) if child else rng.uniform(0.95, 1.1)
    deck = m.plain(
        (0.02, 0.02, 0.02) if rng.random() < 0.5 else tuple(rng.uniform(0.05, 0.6, 3)), 0.5
    )
    pipe = m.plain((0.5, 0.5, 0.5) if rng.random() < 0.5 else tuple(rng.uniform(0.05, 0.6, 3)), 0.3)
    b.add(box((-0.05 * k, 0, 0.11), (0.62 * k, 0.14 * k, 0.03), 0.012, 2, 0.04), deck)
    high = 1.05 * k
    b.add(tube([(0.28 * k, 0, 0.12), (0.38 * k, 0, 0.22), (0.3 * k, 0, high)], 0.018), pipe)
    b.add(tube([(0.3 * k, -0.24 * k, high), (0.3 * k, 0.24 * k, high)], 0.014), pipe)
    for s in (1, -1):
        b.add(tube([(0.3 * k, s * 0.16 * k, high), (0.3 * k, s * 0.25 * k, high)], 0.019), deck)
        b.marks["grip_l" if s > 0 else "grip_r"] = np.array([0.3 * k, s * 0.22 * k, high])
    _wheel(b, m, (0.4 * k, 0, 0.09), 0.09, 0.035)
    _wheel(b, m, (-0.38 * k, 0, 0.09), 0.09, 0.035)
    b.marks |= {"seat": np.array([-0.1, 0, 0.8]), "tail": np.array([0.3 * k, 0.0, high])}
    return b


def bike_poster(bike, rng, w=150, h=200, sign=None):
    """A picture (h, w, 3) uint8 BGR of an e-bike: an advert, or the sign that forbids it."""
    from materials import glyphs

    sign = rng.random() < 0.5 if sign is None else sign
    base = np.full(3, 245) if sign else rng.integers(60, 255, 3)
    img = np.full((h, w, 3), base, np.uint8)
    v = bike.verts() @ euler(0, 0, 0 if sign else float(rng.uniform(-0.6, 0.6))).T
    span = max(np.ptp(v[:, 0]), np.ptp(v[:, 2]))
    k = 0.72 * w / span * (1 if rng.random() < 0.5 else -1)
    mid = (v[:, [0, 2]].min(0) + v[:, [0, 2]].max(0)) / 2
    flat = np.stack([w / 2 + (v[:, 0] - mid[0]) * k, h * 0.42 - (v[:, 2] - mid[1]) * abs(k)], -1)
    flat = np.round(flat * 8).astype(np.int32)
    n, far = 0, []
    for part, faces, material in bike.parts:
        color = np.asarray(material.diffuse_color[:3]) ** (1 / 2.2) * 255
        for f in faces:
            ids = [i + n for i in f]
            far.append((v[ids, 1].mean(), ids, (15, 15, 15) if sign else color[::-1]))
        n += len(part)
    for _, ids, color in sorted(far, key=lambda q: -q[0]):
        cv2.fillPoly(img, [flat[ids]], tuple(float(c) for c in color), shift=3)
    if sign:
        middle, r = (w // 2, int(h * 0.42)), int(w * 0.44)
        cv2.circle(img, middle, r, (30, 30, 210), max(3, w // 16), cv2.LINE_AA)
        d = int(r * 0.7)
        cv2.line(
            img,
            (middle[0] - d, middle[1] - d),
            (middle[0] + d, middle[1] + d),
            (30, 30, 210),
            max(3, w // 18),
            cv2.LINE_AA,
        )
    ink = (20, 20, 160) if sign else tuple(int(c) for c in 255 - base)
    glyphs(img, rng, w // 12, int(h * 0.82), w // 8, 6, ink)
    return img
