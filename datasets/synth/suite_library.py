"""Plates and sprites of a suite camera: rendered once each, kept in the cache, composed many times.

A plate is the empty scene (one for each state of a lift's door). A sprite is one mover at one pose
of its path: the part of the picture that it changes, how much of every pixel it covers (index
pass), and what it does to the rest (shadow, mirror image) as the difference from the plate.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np

from suite_scenes import SIZE_PX, SuiteScene

__all__ = ["DOORS", "Library", "phase_of", "render_scene"]

DOORS = (0.0, 0.25, 0.5, 0.75, 1.0)
STRIDE_M = 1.35


def phase_of(path, step):
    """Stride phase at a step of a path, from the way walked; 0.12 for who stands."""
    p = np.asarray(path, float)[:, :2]
    if len(p) < 2:
        return 0.12
    way = float(np.linalg.norm(np.diff(p[: step + 1], axis=0), axis=1).sum())
    return round(way / STRIDE_M % 1.0, 3)


def _write(path, image):
    tmp = path.with_name("." + path.name)
    cv2.imwrite(str(tmp), image)
    tmp.replace(path)


def _key(scene, name, step):
    mover = scene.movers[name]
    what = [scene.version, name, mover.path[step], phase_of(mover.path, step)]
    return hashlib.sha256(json.dumps(what, default=float).encode()).hexdigest()[:12]


def _crop(view, verts, whole):
    """Pixels that a thing and its shadow may change."""
    w, h = SIZE_PX
    if whole:
        return 0, 0, w, h
    low = verts.copy()
    low[:, 2] = 0
    uv, ok = view.project(np.vstack([verts, low + (0.45, 0.45, 0), low - (0.45, 0.45, 0)]))
    if not ok.any():
        return None
    if not ok.all() and not view.fisheye:  # part of it is beside or behind the lens: no bound holds
        return 0, 0, w, h
    x0, y0 = np.floor(uv.min(0) - 8).astype(int)
    x1, y1 = np.ceil(uv.max(0) + 8).astype(int)
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(w, x1), min(h, y1)
    return (int(x0), int(y0), int(x1), int(y1)) if x1 - x0 > 8 and y1 - y0 > 8 else None


def _foot(verts):
    """Outline (n, 2) on the ground of what stands within 0.6 m of it."""
    low = verts[verts[:, 2] < 0.6][:, :2].astype(np.float32)
    return np.round(cv2.convexHull(low)[:, 0], 3).tolist() if len(low) > 2 else []


def _hull(view, floor):
    """The part of a floor rectangle that the camera sees, as a normalised polygon."""
    x0, x1, y0, y1 = floor
    gx, gy = np.meshgrid(np.linspace(x0, x1, 120), np.linspace(y0, y1, 120))
    uv, ok = view.project(np.stack([gx.ravel(), gy.ravel(), np.zeros(gx.size)], -1))
    w, h = SIZE_PX
    uv = uv[ok & (uv[:, 0] >= 0) & (uv[:, 0] <= w) & (uv[:, 1] >= 0) & (uv[:, 1] <= h)]
    line = cv2.approxPolyDP(cv2.convexHull(uv.astype(np.float32)), 2.0, True)[:, 0] / (w, h)
    # a thing cut off by the frame has its foot on the very edge: the zone must reach it
    line = np.where(line > 0.985, 1.0, np.where(line < 0.015, 0.0, line))
    return [[round(float(x), 4), round(float(y), 4)] for x, y in line]


def _ground(view, floor):
    """Four image points of a rectangle on the floor with its metres, or None when none is in sight.

    The first side runs across the way (y), the second along it (x).
    """
    x0, x1, y0, y1 = floor
    for far in np.linspace(x1, x0 + 1.5, 30):
        for near in np.linspace(x0, min(far - 1.5, x0 + 4.0), 12):
            corners = np.array([[near, y0, 0], [near, y1, 0], [far, y1, 0], [far, y0, 0]], float)
            uv, ok = view.project(corners)
            uv = uv / SIZE_PX
            if ok.all() and (uv > 0.002).all() and (uv < 0.998).all():
                return {
                    "points": np.round(uv, 5).tolist(),
                    "width_m": round(y1 - y0, 3),
                    "length_m": round(float(far - near), 3),
                }
    return None


def render_scene(scene: SuiteScene, cache: Path, samples: int, say) -> int:
    """Render what `cache` lacks of a camera; returns how many pictures that were."""
    folder = cache / scene.name
    folder.mkdir(parents=True, exist_ok=True)
    doors = DOORS if scene.doors else (1.0,)
    todo = [
        (name, step, folder / f"{name}-{step:02d}-{_key(scene, name, step)}.json")
        for name, mover in scene.movers.items()
        for step in range(len(mover.path))
    ]
    plates = {d: folder / f"plate-{scene.version}-{round(d * 100):03d}.png" for d in doors}
    missing = [t for t in todo if not t[2].exists()]
    bare = [d for d, path in plates.items() if not path.exists()]
    if not missing and not bare:
        return 0
    import bpy
    from mathutils import Matrix

    from mesh import euler

    s = scene.build()
    if scene.mode == "infrared":
        s.lamp = s.light("SPOT", s.view.eye, 26 if scene.doors else 70, size=(0.05, 0))
        s.lamp.data.spot_size = 2.3
    s.look_through(s.view)
    s.views = [s.view]

    def door(opened):
        for leaf, sx in zip(getattr(s, "leaves", ()), (1, -1), strict=False):
            m = np.eye(4)
            m[0, 3] = sx * (s.door_w / 4 + opened * (s.door_w / 2 - 0.02))
            leaf.matrix_world = Matrix(m.tolist())

    for d in bare:
        door(d)
        _write(plates[d], s.picture(cache, scene.exposure, samples * 2))
    door(1.0)
    _write_json(
        folder / "scene.json",
        {
            "view": s.view.card(),
            "card": s.card,
            "hull": _hull(s.view, scene.floor),
            "ground": _ground(s.view, scene.floor) if scene.along == "x" else None,
        },
    )
    plate = cv2.imread(str(plates[1.0])).astype(np.int16)
    for n, (name, step, path) in enumerate(missing):
        mover = scene.movers[name]
        x, y, rz = mover.path[step]
        build = mover.make(s.m, phase_of(mover.path, step))
        verts = build.verts() @ euler(0, 0, rz).T + (x, y, 0)
        meta = {"foot": _foot(verts), "pose": [x, y, rz], "crop": None}
        crop = _crop(s.view, verts, mover.whole)
        if crop:
            obj = s.place(build, name, (x, y, 0), None, rz, 1)
            part = s.picture(cache, scene.exposure, samples, crop=crop)
            index = s.index(cache, crop)
            x0, y0, x1, y1 = crop
            if part.shape[:2] != (y1 - y0, x1 - x0) or index.shape != part.shape[:2]:
                raise RuntimeError(f"{scene.name} {name} {step}: crop {crop}, got {part.shape}")
            cover = cv2.GaussianBlur((index == 1).astype(np.float32), (0, 0), 0.6)
            change = part.astype(np.int16) - plate[y0:y1, x0:x1]
            soft = cv2.GaussianBlur(change.astype(np.float32), (0, 0), 0.9)
            soft = np.sign(soft) * np.maximum(np.abs(soft) - 2.5, 0)  # noise of two renders
            meta |= {"crop": list(crop), "visible": round(float((index == 1).mean()), 4)}
            _write(path.with_suffix(".color.png"), part)
            _write(path.with_suffix(".cover.png"), (cover * 255).astype(np.uint8))
            _write(path.with_suffix(".light.png"), np.clip(soft + 128, 0, 255).astype(np.uint8))
            mesh = obj.data
            bpy.data.objects.remove(obj)
            bpy.data.meshes.remove(mesh)
        _write_json(path, meta)
        if n % 10 == 0:
            say(f"{scene.name}: sprite {n + 1} of {len(missing)}")
    return len(missing) + len(bare)


def _write_json(path, data):
    tmp = path.with_name("." + path.name)
    tmp.write_text(json.dumps(data, default=float), encoding="utf-8")
    tmp.replace(path)


class Library:
    """The rendered plates and sprites of one camera, read when first asked for."""

    def __init__(self, scene: SuiteScene, cache: Path):
        self.scene, self.folder = scene, cache / scene.name
        self.about = json.loads((self.folder / "scene.json").read_text(encoding="utf-8"))
        self._plates, self._sprites = {}, {}
        eye = self.about["view"]["eye_m"]
        self.eye = np.asarray(eye, float)

    def plate(self, opened=1.0):
        """The empty scene (h, w, 3) float32; a lift's door in the nearest rendered state."""
        d = min(DOORS, key=lambda q: abs(q - opened)) if self.scene.doors else 1.0
        if d not in self._plates:
            path = self.folder / f"plate-{self.scene.version}-{round(d * 100):03d}.png"
            self._plates[d] = cv2.imread(str(path)).astype(np.float32)
        return self._plates[d]

    def sprite(self, name, step):
        """(meta, colour, cover 0..1, light change), float32; the last three None when unseen."""
        if (name, step) not in self._sprites:
            path = self.folder / f"{name}-{step:02d}-{_key(self.scene, name, step)}.json"
            meta = json.loads(path.read_text(encoding="utf-8"))
            layers = (None, None, None)
            if meta["crop"]:
                color, cover, light = (
                    cv2.imread(str(path.with_suffix(f".{kind}.png")), flag)
                    for kind, flag in (("color", 1), ("cover", 0), ("light", 1))
                )
                layers = (
                    color.astype(np.float32),
                    cover.astype(np.float32)[..., None] / 255,
                    light.astype(np.float32) - 128,
                )
            self._sprites[name, step] = (meta, *layers)
        return self._sprites[name, step]
