"""What people hang on an e-bike: wind quilt with muffs, lap apron, canopy, child seat, bags."""

from __future__ import annotations

import numpy as np

from mesh import box, ellipsoid, euler, loft, tube

__all__ = ["canopy", "child_seat", "dress", "hanging_bag", "quilt"]

CLOTHS = [
    (0.02, 0.03, 0.1),
    (0.015, 0.015, 0.018),
    (0.22, 0.02, 0.03),
    (0.1, 0.05, 0.03),
    (0.05, 0.12, 0.08),
    (0.3, 0.12, 0.16),
    (0.25, 0.24, 0.22),
    (0.03, 0.1, 0.25),
]


def _sheet(front, thick):
    """Closed skin around a grid of points (rows, columns, 3), thickened along `thick`."""
    front = np.asarray(front, float)
    return loft(np.concatenate([front, front[:, ::-1] + np.asarray(thick)], axis=1))


def quilt(b, m, rng):
    """Wind quilt (挡风被): muffs over the grips, a bib round the front, often a lap apron."""
    xs, _, hz = b.marks["bars"]
    color = np.asarray(CLOTHS[int(rng.integers(0, len(CLOTHS)))]) * rng.uniform(0.7, 1.8)
    cloth = m.mottled(color, color * rng.uniform(0.4, 0.9), float(rng.uniform(6, 30)), 0.9, 0, 0.5)
    fur = m.mottled(np.full(3, rng.uniform(0.03, 0.3)), np.full(3, 0.02), 40, 1.0, 0, 0.6)
    edge = m.plain([(0.7, 0.6, 0.02), (0.6, 0.6, 0.6), (0.02, 0.02, 0.02)][int(rng.integers(0, 3))])
    half = max(0.34, float(b.marks["grip_l"][1]) + 0.06) * rng.uniform(0.95, 1.1)
    top, low = hz + rng.uniform(0.04, 0.12), rng.uniform(0.2, 0.42)
    reach, wrap = rng.uniform(0.2, 0.28), rng.uniform(0.24, 0.4)
    folds, phase = rng.uniform(5, 9), rng.uniform(0, 6)
    a = np.linspace(-1, 1, 19)
    rows = []
    for t in np.linspace(0, 1, 10):
        w = half * (1 - 0.32 * t + rng.uniform(-0.02, 0.02))
        x = xs + reach - 0.05 * t - wrap * a**2 + (0.01 + 0.02 * t) * np.sin(a * folds + phase)
        z = top - t * (top - low) - 0.05 * np.abs(a) * (1 - t)
        rows.append(np.stack([x, a * w, z * np.ones_like(a)], -1))
    rows = np.asarray(rows)
    b.add(_sheet(rows, (-0.022, 0, 0)), cloth)
    for line in (rows[:, 0], rows[:, -1], rows[-1]):
        b.add(tube(line[:: 2 if len(line) > 10 else 1], 0.012, 6), edge)
    for grip, s in ((b.marks["grip_l"], 1), (b.marks["grip_r"], -1)):
        at = np.asarray(grip) + (0.035, 0, 0.0)
        b.add(ellipsoid(at, (0.1, 0.105, 0.085), 14), cloth, None)
        b.add(ellipsoid(at + (-0.06, s * 0.01, 0), (0.05, 0.085, 0.07), 12), fur)
    if rng.random() < 0.6:  # the lap apron, thrown back over footboard and saddle
        seat = np.asarray(b.marks["seat"])
        back = seat[0] + rng.uniform(-0.1, 0.22)
        rows = []
        for t in np.linspace(0, 1, 9):
            x = (xs + 0.02) * (1 - t) + back * t
            crest = (hz - 0.02) * (1 - t) ** 1.6 + (seat[2] + 0.05) * (1 - (1 - t) ** 1.6)
            crest -= 0.1 * np.sin(np.pi * t)
            w = half * (0.8 - 0.25 * t)
            z = crest - rng.uniform(0.22, 0.3) * np.abs(a) ** 2.4 + 0.012 * np.sin(a * 8 + t * 7)
            rows.append(np.stack([np.full_like(a, x), a * w, z], -1))
        b.add(_sheet(rows, (0, 0, -0.018)), cloth)


def canopy(b, m, rng):
    """Rain canopy (雨棚) on poles: an arched roof from before the bars to behind the rider."""
    xs, _, hz = b.marks["bars"]
    seat = np.asarray(b.marks["seat"])
    high, half = hz + rng.uniform(0.72, 0.9), rng.uniform(0.3, 0.42)
    c = rng.uniform(0.03, 0.6, 3)
    cloth, steel = m.mottled(c, c * 0.7, 8, 0.6), m.plain((0.4, 0.4, 0.4), 0.35, 0.9)
    a = np.linspace(-1, 1, 11)
    front, back = xs + rng.uniform(0.25, 0.42), seat[0] - rng.uniform(0.2, 0.5)
    rows = []
    for t in np.linspace(0, 1, 9):
        x = front * (1 - t) + back * t
        z = high - 0.3 * max(0.0, 0.35 - t) - 0.16 * max(0.0, t - 0.6) - 0.13 * a**2
        rows.append(np.stack([np.full_like(a, x), a * half, z], -1))
    b.add(_sheet(rows, (0, 0, -0.012)), cloth)
    for s in (1, -1):
        b.add(
            tube(
                [(xs, s * 0.16, hz), (xs + 0.16, s * 0.2, hz + 0.4), (xs + 0.1, s * 0.2, high)],
                0.011,
            ),
            steel,
        )
        b.add(
            tube([(seat[0] - 0.28, s * 0.12, seat[2]), (back + 0.1, s * 0.2, high - 0.12)], 0.011),
            steel,
        )
    if rng.random() < 0.6:
        shield = [
            np.stack(
                [np.full_like(a, front - 0.2 * (1 - t)), a * half * 0.85, np.full_like(a, z)], -1
            )
            for t, z in ((0, hz + 0.05), (0.5, hz + 0.35), (1, high - 0.16))
        ]
        b.add(_sheet(shield, (-0.006, 0, 0)), m.plain((0.85, 0.88, 0.9), 0.1, alpha=0.3))


def child_seat(b, m, rng):
    """A child's seat behind the saddle or on the footboard."""
    seat = np.asarray(b.marks["seat"])
    c = tuple(rng.uniform(0.02, 0.5, 3))
    shell, pad = m.plain(c, 0.4), m.plain((0.03, 0.03, 0.03), 0.8)
    if rng.random() < 0.6:
        at, h = np.array([seat[0] - 0.3, 0, seat[2] + 0.02]), 0.34
    else:
        at, h = np.array([seat[0] + 0.36, 0, seat[2] - 0.18]), 0.28
    b.add(box(at + (0, 0, 0.03), (0.27, 0.27, 0.06), 0.025, 2, 0.05), pad)
    b.add(box(at + (-0.13, 0, h / 2 + 0.03), (0.035, 0.29, h), 0.015, 2), shell, euler(0, 0.0, 0))
    for s in (1, -1):
        b.add(box(at + (0, s * 0.14, 0.11), (0.26, 0.025, 0.16), 0.01), shell)
    b.add(
        tube([at + (0.12, 0.13, 0.16), at + (0.17, 0, 0.18), at + (0.12, -0.13, 0.16)], 0.012),
        shell,
    )


def hanging_bag(b, m, rng):
    """A carrier bag on a grip or on the hook before the seat."""
    spot = ["grip_l", "grip_r", "hook"][int(rng.integers(0, 3))]
    at = (
        np.asarray(b.marks["bars"]) + (-0.08, 0, -0.25)
        if spot == "hook"
        else np.asarray(b.marks[spot]) * (1, 0.8, 1) + (0.03, 0, -0.03)
    )
    h, w = rng.uniform(0.22, 0.36), rng.uniform(0.07, 0.12)
    c = np.asarray([(0.75, 0.75, 0.73), (0.5, 0.03, 0.03), (0.6, 0.45, 0.05), (0.05, 0.2, 0.1)])
    c = c[int(rng.integers(0, 4))]
    rows = []
    t = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    for d, f in ((0, 0.1), (0.12, 0.35), (0.4, 0.9), (0.75, 1.05), (1.0, 0.7)):
        r = f * w * rng.uniform(0.92, 1.08, 14)
        rows.append(
            np.stack(
                [at[0] + r * np.cos(t), at[1] + 0.8 * r * np.sin(t), np.full(14, at[2] - d * h)], -1
            )
        )
    b.add(loft(rows), m.mottled(c, c * 0.8, 12, 0.3, 0, 0.3))


def dress(b, m, rng):
    """Hang on a bike, in place, what this one carries; its marks say where bars and seat are."""
    if rng.random() < 0.3:
        quilt(b, m, rng)
    if rng.random() < 0.07:
        canopy(b, m, rng)
    if rng.random() < 0.14:
        child_seat(b, m, rng)
    if rng.random() < 0.22:
        hanging_bag(b, m, rng)
