"""Dust sheets and raincoats over a two-wheeler."""

from __future__ import annotations

import numpy as np

from mesh import Build

__all__ = ["cover"]


def cover(build, m, rng, cell=0.035):
    """A dust sheet or raincoat draped over any Build: a smooth height field over its vertices."""
    import cv2

    v = build.verts()
    low, high = v[:, :2].min(0) - 0.25, v[:, :2].max(0) + 0.25
    nx, ny = (np.ceil((high - low) / cell).astype(int) + 1).tolist()
    top = np.zeros((ny, nx), np.float32)
    flat = ((v[:, :2] - low) / cell * 16).astype(np.int32)
    faces = sorted(build.faces(), key=lambda f: v[list(f), 2].max())
    for f in faces:  # painter's order: the highest face of each cell stays
        cv2.fillPoly(top, [flat[list(f)]], float(v[list(f), 2].max()), shift=4)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    wide = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15))
    raw = cv2.dilate(top, disc)
    bridge = cv2.morphologyEx(top, cv2.MORPH_CLOSE, wide)
    top = np.maximum(raw, bridge * rng.uniform(0.82, 0.97))
    drop = rng.uniform(2.8, 5.0) * cell
    for _ in range(30):  # cloth hangs no steeper than its drop per cell
        top = np.maximum(top, cv2.dilate(top, disc) - drop)
    wrinkle = cv2.GaussianBlur(rng.normal(0, 1, (ny, nx)).astype(np.float32), (0, 0), 2.2)
    top = np.maximum(cv2.GaussianBlur(top, (0, 0), 1.6) + np.abs(wrinkle) * 0.12, raw + 0.012)
    top = cv2.GaussianBlur(top, (0, 0), 1.0) + 0.01
    hem = rng.uniform(0.06, 0.35)
    keep = cv2.dilate((top > hem).astype(np.uint8), disc) > 0
    top = np.maximum(top, hem)
    idx = -np.ones((ny, nx), int)
    idx[keep] = np.arange(keep.sum())
    grid = _hang(keep, rng)
    pts = np.stack(
        [low[0] + grid[..., 0][keep] * cell, low[1] + grid[..., 1][keep] * cell, top[keep] + 0.015],
        -1,
    )
    quads = [
        tuple(int(idx[y + dy, x + dx]) for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1)))
        for y in range(ny - 1)
        for x in range(nx - 1)
        if keep[y : y + 2, x : x + 2].all()
    ]
    color = rng.uniform(0.03, 0.6, 3) if rng.random() < 0.6 else np.full(3, rng.uniform(0.25, 0.6))
    out = Build().merge(build)
    out.marks = dict(build.marks)
    return out.add(
        (pts, quads), m.mottled(color, color * 0.75, 6, 0.45 if rng.random() < 0.5 else 0.9, 0, 0.2)
    )


def _hang(keep, rng):
    """Where the cells of a sheet hang, (h, w, 2) in cells: a smooth hem, folds towards it."""
    import cv2

    ny, nx = keep.shape
    grid = np.stack(np.meshgrid(np.arange(nx), np.arange(ny)), -1).astype(np.float32)
    inside = keep.astype(np.uint8)
    depth = cv2.distanceTransform(np.pad(inside, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 2.0)
    out = -np.stack(np.gradient(soft)[::-1], -1)
    out /= np.linalg.norm(out, axis=-1, keepdims=True) + 1e-6
    field = rng.normal(0, 1, (ny, nx)).astype(np.float32)
    field = cv2.GaussianBlur(field, (0, 0), 1.6)
    field *= rng.uniform(0.5, 1.1) / (np.abs(field).max() + 1e-6) * 1.6
    hang = np.clip(1 - (depth - 1) / 7, 0, 1)
    grid += out * (field * hang)[..., None]
    # the cells' staircase along the hem becomes a line: each moves onto the smoothed outline
    for line in cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]:
        if len(line) < 12:
            continue
        at = line[:, 0]
        p = grid[at[:, 1], at[:, 0]]
        kernel = np.exp(-0.5 * (np.arange(-4, 5) / 1.6) ** 2)
        kernel /= kernel.sum()
        wrapped = np.concatenate([p[-4:], p, p[:4]])
        grid[at[:, 1], at[:, 0]] = np.stack(
            [np.convolve(wrapped[:, k], kernel, "valid") for k in (0, 1)], -1
        )
    return grid
