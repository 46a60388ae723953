"""Boxes from visible pixels: a flat index pass tells which instance every pixel shows."""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["CLASSES", "amodal_area", "boxes", "yolo_rows"]

CLASSES = [
    "person",
    "bicycle",
    "ebike",
    "tricycle",
    "car",
    "truck",
    "bus",
    "wheelchair",
    "pram",
    "trolley",
    "luggage",
    "carton",
    "furniture",
    "bundle",
]


def amodal_area(verts, faces, view):
    """Pixels the thing would cover with nothing before it: (inside the frame, in a 3x frame)."""
    w, h = view.size_px
    uv, ok = view.project(verts)
    canvas = np.zeros((3 * h, 3 * w), np.uint8)
    uv = np.clip(uv + (w, h), -30000, 30000)
    fixed = np.round(uv * 8).astype(np.int32)
    for face in faces:
        if ok[list(face)].all():
            cv2.fillPoly(canvas, [fixed[list(face)]], 1, shift=3)
    return int(canvas[h : 2 * h, w : 2 * w].sum()), int(canvas.sum())


def boxes(index, instances, view, min_px=6, min_visible=0.01):
    """Label rows from an index picture.

    Args:
        index: (h, w) uint8, 0 background, i the instance with `id` i.
        instances: dicts with id, class, verts (world), faces.
        view: the camera.
        min_px: shorter side below which a box is dropped.
        min_visible: visible share of the whole thing below which it is dropped.

    Returns:
        dicts: id, class, xyxy (pixels, far edge exclusive), visible (share of the whole thing),
        in_frame (share of the thing inside the frame), area_px.
    """
    out = []
    for inst in instances:
        mask = index == inst["id"]
        area = int(mask.sum())
        if not area:
            continue
        # stray pixels of a mirror or a wire must not stretch a box
        count, lab, stats, _ = cv2.connectedComponentsWithStats(
            mask.astype(np.uint8), connectivity=8
        )
        keep = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= max(2, 0.004 * area)]
        ys, xs = np.nonzero(np.isin(lab, keep))
        if not len(xs):
            continue
        x0, y0, x1, y1 = int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1
        inside, whole = amodal_area(inst["verts"], inst["faces"], view)
        visible = min(1.0, area / max(whole, area, 1))
        if min(x1 - x0, y1 - y0) < min_px or visible < min_visible:
            continue
        out.append(
            {
                "id": inst["id"],
                "class": inst["class"],
                "xyxy": [x0, y0, x1, y1],
                "visible": round(visible, 3),
                "in_frame": round(min(1.0, inside / max(whole, 1)), 3),
                "area_px": area,
            }
        )
    return out


def yolo_rows(rows, size_px, min_visible=0.08):
    """YOLO text of label rows; things hidden or cut off beyond `min_visible` are left out."""
    w, h = size_px
    lines = []
    for r in rows:
        if r["visible"] < min_visible and r["area_px"] < 0.01 * w * h:
            continue
        x0, y0, x1, y1 = r["xyxy"]
        lines.append(
            f"{CLASSES.index(r['class'])} {(x0 + x1) / 2 / w:.6f} {(y0 + y1) / 2 / h:.6f} "
            f"{(x1 - x0) / w:.6f} {(y1 - y0) / h:.6f}"
        )
    return "\n".join(lines) + ("\n" if lines else "")
