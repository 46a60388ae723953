"""People from joints: lofted limbs, clothing and hair; hands and feet placed by two-bone IK.

A person stands on z = 0 at the origin, facing +x.
"""

from __future__ import annotations

import numpy as np

from mesh import Build, box, ellipsoid, euler, loft, ring, tube

__all__ = ["person", "pushing", "riding"]

SKIN = [(0.62, 0.4, 0.28), (0.55, 0.34, 0.23), (0.68, 0.46, 0.34), (0.45, 0.27, 0.18)]
CLOTH = [
    (0.02, 0.02, 0.025),
    (0.03, 0.04, 0.09),
    (0.45, 0.03, 0.04),
    (0.6, 0.6, 0.58),
    (0.2, 0.2, 0.22),
    (0.05, 0.12, 0.3),
    (0.1, 0.18, 0.08),
    (0.55, 0.3, 0.05),
    (0.5, 0.1, 0.3),
    (0.25, 0.16, 0.1),
    (0.3, 0.4, 0.5),
    (0.55, 0.5, 0.1),
    (0.18, 0.1, 0.28),
]


def _ik(a, c, l1, l2, pole):
    """Middle joint of a two-bone chain from a to c bending towards `pole`; c is pulled in reach."""
    a, c, pole = np.asarray(a, float), np.asarray(c, float), np.asarray(pole, float)
    d = c - a
    dist = np.linalg.norm(d) + 1e-9
    if dist > (l1 + l2) * 0.995:
        c = a + d / dist * (l1 + l2) * 0.995
        d, dist = c - a, (l1 + l2) * 0.995
    dist = max(dist, abs(l1 - l2) * 1.05)
    x = (dist**2 + l1**2 - l2**2) / (2 * dist)
    h = np.sqrt(max(l1**2 - x**2, 0))
    n = d / np.linalg.norm(d)
    side = pole - n * (pole @ n)
    side /= np.linalg.norm(side) + 1e-9
    return a + n * x + side * h, c


def person(m, rng, hands=None, feet=None, lean=None, hip=None, walk=None, height=None):
    """One person.

    Args:
        m: Materials. rng: generator.
        hands: left and right hand target in local metres, or None for a free hand.
        feet: left and right foot positions, or None for standing or walking.
        lean: forward lean of the spine in radians.
        hip: hip position for a seated body.
        walk: stride phase 0..1 for walking, None for standing.
        height: metres; drawn at random when None.
    """
    b = Build()
    h = height or float(rng.normal(1.67, 0.08))
    k, girth = h / 1.70, float(rng.uniform(0.88, 1.22))
    skin = m.plain(SKIN[int(rng.integers(0, 4))], 0.55)
    hair_color = (0.012, 0.01, 0.01) if rng.random() < 0.85 else (0.3, 0.3, 0.3)
    hair = m.plain(hair_color, 0.5)

    def cloth():
        c = np.asarray(CLOTH[int(rng.integers(0, len(CLOTH)))]) * rng.uniform(0.7, 1.2)
        return m.mottled(c, c * 0.7, 14, 0.9, 0, 0.15)

    top, bottom = cloth(), cloth()
    shoe = m.plain(
        [(0.02, 0.02, 0.02), (0.7, 0.7, 0.68), (0.2, 0.12, 0.08)][int(rng.integers(0, 3))], 0.6
    )
    short_sleeve, skirt = rng.random() < 0.35, rng.random() < 0.12 and hip is None
    shorts = rng.random() < 0.15 and not skirt
    lean = float(rng.uniform(0.0, 0.08)) if lean is None else lean
    hip = np.array([0, 0, 0.94 * k]) if hip is None else np.asarray(hip, float)
    spine = euler(0, lean, 0)

    def at(x, y, z):
        return hip + spine @ np.array([x, y, z]) * k

    # legs
    if feet is None:
        if walk is None:
            s = rng.uniform(0.08, 0.14)
            feet = [(rng.uniform(-0.06, 0.1), s, 0), (rng.uniform(-0.06, 0.1), -s, 0)]
        else:
            p = 2 * np.pi * walk
            feet = [
                (0.3 * k * np.cos(p), 0.09, 0.1 * max(0.0, np.sin(p + np.pi))),
                (-0.3 * k * np.cos(p), -0.09, 0.1 * max(0.0, np.sin(p))),
            ]
    loose = rng.uniform(1.0, 1.25)
    for s, foot in zip((1, -1), feet, strict=True):
        foot = np.asarray(foot, float)
        root = hip + (0, s * 0.095 * k, 0.0)
        knee, ankle = _ik(root, foot + (0, 0, 0.09), 0.44 * k, 0.43 * k, (1, s * 0.12, 0))
        leg_mat = skin if (skirt or shorts) else bottom
        b.add(
            tube(
                [root, (root * 0.4 + knee * 0.6), knee, (knee * 0.55 + ankle * 0.45), ankle],
                np.array([0.098 * girth, 0.082 * girth, 0.062, 0.06, 0.045])
                * k
                * (1 if leg_mat is skin else loose),
                10,
            ),
            leg_mat,
        )
        if shorts:
            b.add(
                tube(
                    [root, root * 0.4 + knee * 0.6, knee * 0.95 + root * 0.05],
                    np.array([0.11 * girth, 0.1 * girth, 0.085]) * k,
                    10,
                ),
                bottom,
            )
        base = ankle - (0, 0, 0.09)
        turn = euler(0, 0, s * 0.12)
        rows = [
            (-0.075, 0.045, 0.035, 0.045),
            (0.0, 0.05, 0.042, 0.05),
            (0.08, 0.035, 0.046, 0.035),
            (0.15, 0.025, 0.042, 0.024),
            (0.185, 0.02, 0.02, 0.014),
        ]
        b.add(
            loft([ring((x, 0, z), w, hh, "x", 2.5, 12) for x, z, w, hh in rows]),
            shoe,
            turn * k,
            base,
        )
    if skirt:
        b.add(
            loft(
                [
                    ring(at(0, 0, z), rx * k, ry * k, "z", 2, 16)
                    for z, rx, ry in ((0.08, 0.13, 0.17), (-0.12, 0.19, 0.22), (-0.42, 0.24, 0.25))
                ]
            ),
            bottom,
        )
    # torso: hips, waist, chest, shoulders, neck
    jacket = rng.uniform(1.0, 1.16)
    rows = [
        (-0.1, 0.115, 0.165),
        (0.0, 0.12, 0.17),
        (0.14, 0.108, 0.155),
        (0.3, 0.118, 0.172),
        (0.42, 0.115, 0.188),
        (0.49, 0.088, 0.165),
        (0.53, 0.06, 0.09),
    ]
    b.add(
        loft(
            [
                _spun(
                    ring(
                        (0, 0, 0),
                        rx * girth * jacket * k,
                        ry * (0.5 + girth / 2) * jacket * k,
                        "z",
                        2.3,
                        18,
                    ),
                    spine,
                    at(0.01, 0, z),
                )
                for z, rx, ry in rows
            ]
        ),
        top,
    )
    b.add(
        loft(
            [
                _spun(
                    ring((0, 0, 0), rx * girth * k, ry * (0.5 + girth / 2) * k, "z", 2.3, 16),
                    spine * 1.0,
                    hip + (0, 0, z * k),
                )
                for z, rx, ry in ((-0.13, 0.08, 0.12), (-0.06, 0.118, 0.165), (0.05, 0.115, 0.16))
            ]
        ),
        bottom,
    )
    b.add(tube([at(0, 0, 0.5), at(0.015, 0, 0.62)], 0.055 * k, 10), skin)
    # head
    nod = euler(0, lean * 0.5 + float(rng.uniform(-0.1, 0.35)), float(rng.uniform(-0.5, 0.5)))
    hc = at(0.02, 0, 0.55) + nod @ np.array([0.015, 0, 0.14]) * k

    def head(shape, mat):
        b.add(shape, mat, nod * k, hc)

    head(
        loft(
            [
                ring((x, 0, z), rx, ry, "z", 2.1, 16)
                for z, x, rx, ry in (
                    (-0.115, 0.03, 0.03, 0.03),
                    (-0.1, 0.025, 0.058, 0.05),
                    (-0.06, 0.012, 0.082, 0.064),
                    (0.0, 0, 0.096, 0.074),
                    (0.05, -0.004, 0.094, 0.074),
                    (0.09, -0.008, 0.07, 0.055),
                    (0.11, -0.008, 0.03, 0.025),
                )
            ]
        ),
        skin,
    )
    head(ellipsoid((0.1, 0, -0.015), (0.018, 0.014, 0.024), 8), skin)
    for s in (1, -1):
        head(ellipsoid((0.0, s * 0.076, -0.01), (0.02, 0.012, 0.032), 8), skin)
    style = rng.choice(
        ["short", "long", "bun", "cap", "helmet", "bald"], p=[0.45, 0.24, 0.09, 0.1, 0.09, 0.03]
    )
    if style in ("short", "long", "bun"):
        head(
            loft(
                [
                    ring((x, 0, z), rx, ry, "z", 2.1, 16)
                    for z, x, rx, ry in (
                        (-0.06 if style == "short" else -0.08, -0.045, 0.06, 0.073),
                        (0.0, -0.03, 0.082, 0.084),
                        (0.05, -0.012, 0.1, 0.085),
                        (0.09, -0.012, 0.088, 0.072),
                        (0.122, -0.012, 0.045, 0.04),
                    )
                ]
            ),
            hair,
        )
    if style == "long":
        head(
            loft(
                [
                    ring((-0.055, 0, z), rx, ry, "z", 2.3, 14)
                    for z, rx, ry in (
                        (0.04, 0.05, 0.082),
                        (-0.1, 0.05, 0.088),
                        (-0.2, 0.04, 0.085),
                        (-0.27, 0.02, 0.06),
                    )
                ]
            ),
            hair,
        )
    if style == "bun":
        head(ellipsoid((-0.11, 0, 0.05), 0.04, 10), hair)
    if style == "cap":
        col = cloth()
        head(ellipsoid((-0.005, 0, 0.03), (0.108, 0.088, 0.1), 14, 0.0), col)
        head(box((0.12, 0, 0.04), (0.1, 0.13, 0.012), 0.005, 2, 0.05), col)
    if style == "helmet":
        head(
            ellipsoid((-0.005, 0, 0.02), (0.135, 0.115, 0.125), 16, -0.25),
            m.plain(tuple(rng.uniform(0.02, 0.7, 3)), 0.2, 0, 1.0),
        )
    if rng.random() < 0.3:
        head(ellipsoid((0.07, 0, -0.06), (0.04, 0.055, 0.045), 10), m.plain((0.7, 0.78, 0.85), 0.8))
    # arms
    for s, target in zip((1, -1), hands or (None, None), strict=True):
        shoulder = at(0.0, s * 0.185 * (0.5 + girth / 2) * jacket, 0.45)
        if target is None:
            swing = 0.0 if walk is None else -s * 0.25 * np.cos(2 * np.pi * walk)
            pose = rng.random()
            if pose < 0.18 and walk is None:  # looking at the phone
                target = at(0.3, s * 0.06, 0.3)
            else:
                target = shoulder + np.array([0.05 + swing, s * 0.07, -0.53]) * k
        elbow, wrist = _ik(shoulder, target, 0.29 * k, 0.27 * k, (-1, s * 0.5, -0.6))
        sleeve = np.array([0.062, 0.054, 0.046, 0.042, 0.036]) * k * (0.6 + girth * 0.4) * jacket
        pts = [shoulder, shoulder * 0.45 + elbow * 0.55, elbow, elbow * 0.5 + wrist * 0.5, wrist]
        b.add(ellipsoid(shoulder, np.array([0.066, 0.062, 0.066]) * k * jacket, 10), top)
        if short_sleeve:
            b.add(tube(pts[:3], sleeve[:3] * 1.12, 10), top)
            b.add(tube(pts[2:], np.array([0.04, 0.038, 0.029]) * k, 8), skin)
        else:
            b.add(tube(pts, sleeve, 10), top)
        d = (wrist - elbow) / (np.linalg.norm(wrist - elbow) + 1e-9)
        b.add(ellipsoid(wrist + d * 0.05 * k, np.array([0.05, 0.036, 0.042]) * k, 10), skin)
    if rng.random() < 0.18 and hip[2] > 0.8 * k:
        pack = np.asarray(CLOTH[int(rng.integers(0, len(CLOTH)))])
        b.add(
            box((0, 0, 0), (0.15, 0.3, 0.42), 0.05, 3),
            m.plain(tuple(pack), 0.8),
            spine * k,
            at(-0.2, 0, 0.27),
        )
    return b


def _spun(loop, rot, at):
    return loop @ np.asarray(rot).T + at


def pushing(m, rng, bike, side=1, walk=None, tail_hand=None):
    """Someone walking beside a two-wheeler, hands on its grips (or one on the tail)."""
    g = bike.marks
    y = side * float(rng.uniform(0.42, 0.5))
    x = float((g["grip_l"][0] + g["seat"][0]) / 2 + rng.uniform(-0.05, 0.2))
    near, far = ("grip_l", "grip_r") if side > 0 else ("grip_r", "grip_l")
    tail_hand = rng.random() < 0.35 if tail_hand is None else tail_hand
    hand_near = g[near] - (x, y, 0)
    hand_far = (g["tail"] if tail_hand else g[far]) - (x, y, 0)
    # facing +x with the bike on the right (side > 0): the right hand reaches across
    hands = (hand_near, hand_far) if side > 0 else (hand_far, hand_near)
    if tail_hand:
        hands = hands if side < 0 else (hands[0], hands[1])
    who = person(m, rng, hands, lean=float(rng.uniform(0.12, 0.38)), walk=walk)
    return who.moved(0, (x, y, 0))


def riding(m, rng, bike):
    """Someone astride a two-wheeler."""
    g = bike.marks
    grounded = rng.random() < 0.6
    feet = [
        (g["seat"][0] + 0.25, s * 0.33, 0.0) if grounded else g[n]
        for s, n in ((1, "foot_l"), (-1, "foot_r"))
    ]
    return person(
        m,
        rng,
        (g["grip_l"], g["grip_r"]),
        feet,
        float(rng.uniform(0.02, 0.22)),
        g["seat"] + (0, 0, 0.1),
    )
