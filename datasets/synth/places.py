"""Shared pieces of places: walls, ground occupancy, posters, doors."""

from __future__ import annotations

import cv2
import numpy as np

from materials import poster_picture
from mesh import Build, box, euler, panel, tube
from things_carried import bike_poster
from things_two_wheelers import random_ebike

__all__ = ["Ground", "door", "facing", "label_box", "poster", "wall"]


def facing(normal):
    """Rotation taking a panel's +z to `normal` and its +y to up (or +y for floors)."""
    n = np.asarray(normal, float)
    up = np.array([0, 1.0, 0]) if abs(n[2]) > 0.9 else np.array([0, 0, 1.0])
    x = np.cross(up, n)
    return np.stack([x, up, n], 1)


def wall(scene, width, height, at, normal, mat, name="wall"):
    """A flat wall, floor or ceiling centred at `at`."""
    return scene.place(Build().add(panel(width, height), mat), name, at, facing(normal))


def poster(scene, at, normal, size=None, emit=0.0):
    """A framed advert on a wall; now and then it shows an e-bike or forbids one."""
    rng = scene.rng
    w, h = size or (rng.uniform(0.3, 0.6), rng.uniform(0.4, 0.8))
    if rng.random() < 0.16:
        shown = random_ebike(scene.m, rng)[1]
        img = bike_poster(shown, rng, 150, int(150 * h / w))
        scene.card["bike_posters"] = scene.card.get("bike_posters", 0) + 1
    else:
        img = poster_picture(rng, 150, int(150 * h / w))
    rot = facing(normal)
    at = np.asarray(at, float) + np.asarray(normal) * 0.012
    scene.place(Build().add(panel(w, h), scene.m.picture(img, w, h, 0.25, emit)), "poster", at, rot)
    if rng.random() < 0.6:
        scene.place(
            Build().add(
                box((0, 0, -0.008), (w + 0.04, h + 0.04, 0.012), 0.004),
                scene.m.plain((0.5, 0.5, 0.5), 0.3, 0.8),
            ),
            "frame",
            at,
            rot,
        )


def door(scene, at, normal, width=0.95, height=2.05):
    """A flat door with frame, handle, peep hole and perhaps a red couplet."""
    rng, m = scene.rng, scene.m
    c = np.asarray(
        [
            (0.16, 0.06, 0.03),
            (0.25, 0.12, 0.06),
            (0.05, 0.06, 0.06),
            (0.3, 0.3, 0.3),
            (0.12, 0.03, 0.02),
        ][int(rng.integers(0, 5))]
    )
    b = Build()
    b.add(box((0, 0, 0), (width + 0.16, height + 0.08, 0.06), 0.01), m.plain(c * 0.7, 0.4))
    b.add(box((0, -0.02, 0.02), (width, height, 0.06), 0.01), m.plain(c, 0.35))
    for y in (-height * 0.22, height * 0.2):
        b.add(
            box((0, y, 0.055), (width * 0.62, height * 0.3, 0.012), 0.006), m.plain(c * 0.85, 0.35)
        )
    b.add(
        box((width * 0.4, -0.02, 0.07), (0.04, 0.2, 0.04), 0.012),
        m.plain((0.6, 0.55, 0.4), 0.25, 1),
    )
    if rng.random() < 0.45:
        red = m.plain((0.5, 0.02, 0.02), 0.7)
        b.add(
            box((0, height * 0.32, 0.066), (0.28, 0.28, 0.004), 0.001),
            red,
            euler(0, 0, np.pi / 4 * int(rng.integers(0, 2))),
        )
        for s in (1, -1):
            b.add(box((s * (width / 2 + 0.14), 0.1, 0.02), (0.13, 1.2, 0.004), 0.001), red)
    at = np.asarray(at, float) + (0, 0, height / 2) - np.asarray(normal) * 0.045
    return scene.place(b, "door", at, facing(normal))


def label_box(scene, at, normal, size=(0.5, 0.7), depth=0.12, color=(0.5, 0.5, 0.5)):
    """Meter box, hydrant cabinet, fuse box."""
    b = Build().add(box((0, 0, depth / 2), (*size, depth), 0.01), scene.m.plain(color, 0.4))
    b.add(
        box((0, 0, depth), (size[0] * 0.86, size[1] * 0.86, 0.02), 0.006),
        scene.m.plain(np.asarray(color) * 0.85, 0.35),
    )
    b.add(
        tube(
            [(size[0] * 0.33, -0.05, depth + 0.015), (size[0] * 0.33, 0.05, depth + 0.015)], 0.008
        ),
        scene.m.plain((0.05, 0.05, 0.05), 0.4),
    )
    return scene.place(b, "meter", at, facing(normal))


class Ground:
    """Which 8 cm cells of the floor are taken, so that things do not stand in each other."""

    cell = 0.08

    def __init__(self, allowed):
        self.allowed = allowed
        self.taken = np.zeros((1200, 1200), np.uint8)

    def _mask(self, verts):
        hull = cv2.convexHull(((verts[:, :2] / self.cell) + 600).astype(np.float32))
        mask = np.zeros_like(self.taken)
        cv2.fillConvexPoly(mask, np.round(hull).astype(np.int32), 1)
        return mask

    def try_add(self, builds, poses, slack=0.06):
        """Take the floor under `builds` at `poses` (x, y, rz) when it is free; True when taken."""
        masks = []
        for b, (x, y, rz) in zip(builds, poses, strict=True):
            v = b.verts() @ euler(0, 0, rz).T + (x, y, 0)
            if not self.allowed(v):
                return False
            masks.append(self._mask(v))
        union = np.max(masks, 0)
        if int((union & self.taken).sum()) > slack * int(union.sum()):
            return False
        self.taken |= union
        return True
