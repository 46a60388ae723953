"""Are the label boxes true? python datasets/synth/check_boxes.py --count 500 --seed-from 0.

Every seed is built again and boxed twice. The label boxes come from Cycles' index pass, as in a
still. The second opinion never asks Cycles nor its camera: rays through a grid twice as fine,
whose directions follow from the camera's matrix and focal length as the card states them, are cast
into the bare triangles of the scene, and the first triangle that each ray meets says whose pixel
it is. A wrong lens, a shifted half pixel, a stale transform or a hidden thing that is labelled all
show as a low IoU. What `look.py` does afterwards moves no pixel, so nothing has to be undone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import cv2
import numpy as np

__all__ = ["compare", "extent", "iou", "main", "report", "see", "window", "world_rays"]

FINE = 2  # rays per pixel and axis
NEAR_M = 0.02  # the cameras' clip_start


def world_rays(view, uv):
    """Unit world directions (n, 3) of pixel positions (n, 2), and which of them have a lens ray."""
    w, h = view.size_px
    x, y = uv[:, 0] - w / 2, h / 2 - uv[:, 1]
    f = view.focal_px
    if not view.fisheye:
        d = np.stack([x, y, np.full_like(x, -f)], -1)
        return d / np.linalg.norm(d, axis=1, keepdims=True) @ view.rot.T, np.ones(len(x), bool)
    r = np.hypot(x, y)
    ok = r < 2 * f * min(1.0, float(np.sin(np.radians(view.limit_deg) / 4)))
    theta = 2 * np.arcsin(np.clip(r / (2 * f), 0, 1))
    k = np.sin(theta) / np.maximum(r, 1e-9)
    return np.stack([x * k, y * k, -np.cos(theta)], -1) @ view.rot.T, ok


def window(view, verts, margin_px=12):
    """Pixels (x0, y0, x1, y1) outside which a thing cannot show, or None when it shows nowhere."""
    w, h = view.size_px
    uv, ok = view.project(verts)
    if not ok.any():
        return None
    if not ok.all():  # part of it lies behind the lens: no bound holds
        return 0, 0, w, h
    low = np.clip(np.floor(uv.min(0)) - margin_px, 0, (w, h)).astype(int)
    high = np.clip(np.ceil(uv.max(0)) + margin_px, 0, (w, h)).astype(int)
    return (*low.tolist(), *high.tolist()) if (high > low).all() else None


def extent(mask, fine=FINE):
    """Box in whole-picture pixels of a mask `fine` times as fine, strays left out; None if empty.

    Strays are what the labels leave out too: pieces below 0.4 % of the thing.
    """
    area = int(mask.sum())
    if not area:
        return None
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    least = max(2 * fine * fine, 0.004 * area)
    kept = [s for s in stats[1:count] if s[cv2.CC_STAT_AREA] >= least]
    if not kept:
        return None
    a = np.array(kept)
    low, high = a[:, :2].min(0), (a[:, :2] + a[:, 2:4]).max(0)
    return [float(v) / fine for v in (*low, *high)]


def iou(a, b):
    """Intersection over union of two boxes (x0, y0, x1, y1)."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    both = max(w, 0.0) * max(h, 0.0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    return both / union if union > 0 else 0.0


def _triangles(hidden):
    """Every triangle that renders: a ray tree and the instance id of each of its faces."""
    import bpy
    from mathutils.bvhtree import BVHTree

    points, faces, owner, base = [], [], [], 0
    for obj in bpy.context.scene.objects:
        if obj.type != "MESH" or obj in hidden:
            continue
        mesh = obj.data
        mesh.calc_loop_triangles()
        v = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", v)
        t = np.empty(len(mesh.loop_triangles) * 3, np.int32)
        mesh.loop_triangles.foreach_get("vertices", t)
        world = np.array(obj.matrix_world)
        points.append(v.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3])
        faces.append(t.reshape(-1, 3) + base)
        owner.append(np.full(len(faces[-1]), obj.pass_index))
        base += len(points[-1])
    tree = BVHTree.FromPolygons(
        np.vstack(points).tolist(), np.vstack(faces).tolist(), all_triangles=True
    )
    return tree, np.concatenate(owner)


def see(scene):
    """(fine h, fine w) uint8: the instance that every fine ray meets first, 0 for background."""
    import bpy

    bpy.context.view_layer.update()
    view = scene.view
    w, h = view.size_px
    wanted = np.zeros((h, w), bool)
    for inst in scene.label_instances():
        area = window(view, inst["verts"])
        if area:
            wanted[area[1] : area[3], area[0] : area[2]] = True
    fine = np.repeat(np.repeat(wanted, FINE, 0), FINE, 1)
    ys, xs = np.nonzero(fine)
    seen = np.zeros(fine.shape, np.uint8)
    if not len(xs):
        return seen
    rays, ok = world_rays(view, np.stack([(xs + 0.5) / FINE, (ys + 0.5) / FINE], -1))
    starts = view.eye + NEAR_M * rays
    tree, owner = _triangles(set(scene.hidden_in_index))
    for x, y, start, ray, real in zip(xs, ys, starts.tolist(), rays.tolist(), ok, strict=True):
        face = tree.ray_cast(start, ray)[2] if real else None
        if face is not None:
            seen[y, x] = owner[face]
    return seen


def compare(seed, place, scratch):
    """One dict per label of the scene: class, box, second box (or None), IoU."""
    from labels import boxes, yolo_rows
    from render import build_still

    scene, _ = build_still(seed, place)
    out = []
    for n, view in enumerate(scene.views):
        if n:
            scene.look_through(view)
        rows = boxes(scene.index(scratch), scene.label_instances(), view)
        rows = [r for r in rows if yolo_rows([r], view.size_px)]
        seen = see(scene) if rows else None
        for r in rows:
            other = extent(seen == r["id"])
            out.append(
                {
                    "seed": seed,
                    "place": place,
                    "view": view.name,
                    "camera": n,
                    "class": r["class"],
                    "visible": r["visible"],
                    "label_xyxy": r["xyxy"],
                    "rays_xyxy": other,
                    "iou": round(iou(r["xyxy"], other), 4) if other else 0.0,
                }
            )
    return out


def report(found, worst=10):
    """Figures of many compared labels: medians, 5th percentile, the worst of them."""
    if not found:
        return {"labels": 0}
    values = np.array([f["iou"] for f in found])
    low = sorted(found, key=lambda f: f["iou"])[:worst]
    by_place, by_view = {}, {}
    for f in found:
        by_place.setdefault(f["place"], []).append(f["iou"])
        by_view.setdefault(f["view"], []).append(f["iou"])
    return {
        "labels": len(found),
        "pictures": len({(f["place"], f["seed"], f["camera"]) for f in found}),
        "median_iou": round(float(np.median(values)), 4),
        "p05_iou": round(float(np.percentile(values, 5)), 4),
        "below_0_9": int((values < 0.9).sum()),
        "unseen_by_rays": sum(f["rays_xyxy"] is None for f in found),
        "median_iou_by_place": {k: round(float(np.median(v)), 4) for k, v in by_place.items()},
        "median_iou_by_view": {k: round(float(np.median(v)), 4) for k, v in by_view.items()},
        "worst": low,
    }


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed-from", type=int, default=0)
    parser.add_argument("--place", help="one place only; else the default mix")
    parser.add_argument("--least", type=float, default=0.97, help="median IoU that passes")
    parser.add_argument("--scratch", type=Path, default=Path(".cache/synth/check"))
    parser.add_argument(
        "--json", action="store_true", help="one JSON object per label, then the figures"
    )
    args = parser.parse_args(argv)
    from render import PLACES, _quiet, place_of

    if args.place and args.place not in PLACES:
        parser.error(f"--place {args.place}: expected one of {', '.join(sorted(PLACES))}")
    _quiet()
    found, began = [], time.monotonic()
    seeds = range(args.seed_from, args.seed_from + args.count)
    for n, seed in enumerate(seeds):
        place = args.place or place_of(seed)
        labels = compare(seed, place, args.scratch)
        found += labels
        if args.json:
            for one in labels:
                print(json.dumps(one))
        else:
            low = min((f["iou"] for f in labels), default=None)
            print(f"{place}_{seed:07d}  {len(labels)} labels  lowest IoU {low}  {n + 1} done")
    figures = {"seeds": args.count, "seconds": round(time.monotonic() - began, 1)} | report(found)
    if args.json:
        print(json.dumps(figures))
    else:
        print(json.dumps(figures, indent=1))
    return 0 if found and figures["median_iou"] >= args.least else 1


if __name__ == "__main__":
    raise SystemExit(main())
