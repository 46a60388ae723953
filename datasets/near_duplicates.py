"""Finds pictures that are the same and pictures of the same camera.

Two measures: a 64-bit difference hash (same picture, re-encoded or slightly changed) and the
correlation of small grey thumbnails (same camera or scene, mirrored or brightened copies too).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Fingerprint", "fingerprint", "group_alike", "hash_distance", "same_scene_pairs"]

THUMB_PX = 16
SAME_HASH_BITS = 4
SAME_SCENE_CORRELATION = 0.93


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """`hash` is the 64-bit difference hash; thumbs are (256,) float32 with norm 1."""

    hash: int
    mirrored_hash: int
    thumb: NDArray[np.float32]
    mirrored_thumb: NDArray[np.float32]


def _hash(grey: NDArray[np.uint8]) -> int:
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = (small[:, 1:] > small[:, :-1]).ravel()
    return int("".join("1" if b else "0" for b in bits), 2)


def _thumb(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = cv2.resize(grey, (THUMB_PX, THUMB_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    flat = (small - small.mean()).ravel()
    return np.asarray(flat / max(float(np.linalg.norm(flat)), 1e-6), dtype=np.float32)


def fingerprint(image: Path) -> Fingerprint:
    """Fingerprint a picture file; raises ValueError where it cannot be decoded."""
    grey = cv2.imread(str(image), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ValueError(f"{image.name}: expected a picture, found bytes that no decoder takes")
    mirrored = np.ascontiguousarray(grey[:, ::-1])
    return Fingerprint(
        hash=_hash(grey),
        mirrored_hash=_hash(mirrored),
        thumb=_thumb(grey),
        mirrored_thumb=_thumb(mirrored),
    )


def hash_distance(a: Fingerprint, b: Fingerprint) -> int:
    """Return the fewest differing bits of the two hashes, mirrored or not."""
    return min((a.hash ^ b.hash).bit_count(), (a.hash ^ b.mirrored_hash).bit_count())


def same_scene_pairs(images: Sequence[Path], *, inliers: int = 15) -> list[tuple[int, int]]:
    """Return index pairs whose ORB features agree on one similarity transform.

    Finds the same road under another car, turned or greyed by an augmentation. Quadratic: about
    a millisecond a pair.
    """
    orb = cv2.ORB_create(300)  # type: ignore[attr-defined]
    features = []
    for image in images:
        grey = cv2.imread(str(image), cv2.IMREAD_GRAYSCALE)
        grey = cv2.GaussianBlur(
            cv2.resize(grey, (320, 320), interpolation=cv2.INTER_AREA), (3, 3), 0
        )
        keypoints, descriptors = orb.detectAndCompute(grey, None)
        features.append((np.asarray([k.pt for k in keypoints], dtype=np.float32), descriptors))
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)
    pairs = []
    for i, (points, descriptors) in enumerate(features):
        for j, (other_points, other) in enumerate(features[:i]):
            if descriptors is None or other is None:
                continue
            good = [m for m in matcher.match(descriptors, other) if m.distance < 50]
            if len(good) < inliers:
                continue
            _, mask = cv2.estimateAffinePartial2D(
                points[[m.queryIdx for m in good]],
                other_points[[m.trainIdx for m in good]],
                ransacReprojThreshold=6,
            )
            if mask is not None and int(mask.sum()) >= inliers:
                pairs.append((i, j))
    return pairs


def group_alike(
    prints: Sequence[Fingerprint],
    *,
    correlation: float = SAME_SCENE_CORRELATION,
    joined: Sequence[tuple[int, int]] = (),
) -> tuple[list[int], list[int]]:
    """Return (scene id of each picture, index of the earlier twin or -1).

    Scenes are the connected parts of the graph "thumbnails correlate above `correlation`, or
    hashes differ in at most four bits, or `joined` says so"; a twin has the first two and is a
    near-duplicate.
    """
    count = len(prints)
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in joined:
        parent[root(i)] = root(j)
    twins = [-1] * count
    if count:
        thumbs = np.stack([p.thumb for p in prints])
        mirrored = np.stack([p.mirrored_thumb for p in prints])
        alike = np.maximum(thumbs @ thumbs.T, mirrored @ thumbs.T)
        for i in range(count):
            for j in range(i):
                near = hash_distance(prints[i], prints[j]) <= SAME_HASH_BITS
                if near or alike[i, j] >= correlation:
                    parent[root(i)] = root(j)
                if near and alike[i, j] >= correlation and twins[i] < 0 and twins[j] < 0:
                    twins[i] = j
    return [root(i) for i in range(count)], twins
