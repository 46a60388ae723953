"""Data card of rendered stills: python datasets/synth/sheet.py --stills DIR --out DIR.

Writes sheet-<place>.jpg (boxes drawn from the label files), classes.jpg (a row of cut-outs for
each class) and summary.json (counts, balance, splits, label lint). It needs no Blender, but the
packages of LifeLane's own environment.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))
sys.path.append(str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from check import lint_labels
from set_readers import read_yolo_labels

from labels import CLASSES

__all__ = ["cut_outs", "draw", "main", "split_of", "summary"]

CELL_PX = 260


def _color(index):
    hsv = np.uint8([[[int(index * 180 / len(CLASSES)), 230, 255]]])
    return tuple(int(c) for c in cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0])


def draw(image_path, label_path):
    """One cell: the picture with its boxes, scaled into CELL_PX x CELL_PX."""
    image = cv2.imread(str(image_path))
    if image is None:
        raise ValueError(f"{image_path} is not a picture: delete it and render its seed again")
    h, w = image.shape[:2]
    for line in label_path.read_text(encoding="utf-8").splitlines():
        cls, x, y, bw, bh = (float(v) for v in line.split())
        p = (round((x - bw / 2) * w), round((y - bh / 2) * h))
        q = (round((x + bw / 2) * w), round((y + bh / 2) * h))
        cv2.rectangle(image, p, q, _color(int(cls)), 1)
        at = (p[0] + 2, max(10, p[1] - 3))
        cv2.putText(image, CLASSES[int(cls)], at, 0, 0.38, _color(int(cls)), 1, cv2.LINE_AA)
    scale = CELL_PX / max(h, w)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cell = np.zeros((CELL_PX, CELL_PX, 3), np.uint8)
    cell[: small.shape[0], : small.shape[1]] = small
    return cell


def split_of(stem):
    """train, val or test by the last digit of the seed, as models/train.py has it."""
    digits = "".join(c for c in stem if c.isdigit())
    return {0: "test", 1: "val"}.get(int(digits or 0) % 10, "train")


def cut_outs(stills, columns=10, cell_px=96, margin=0.15):
    """One row of cut-outs for each class, drawn evenly from all stills; (h, w, 3) uint8 BGR."""
    found = {n: [] for n in range(len(CLASSES))}
    for label in sorted((stills / "labels").glob("*.txt")):
        for cls, box in read_yolo_labels(label):
            if box[2] * box[3] > 0.004:  # large enough to be looked at
                found[cls].append((label.stem, box))
    rows = []
    for cls, places in found.items():
        name = np.zeros((cell_px, cell_px, 3), np.uint8)
        cv2.putText(name, CLASSES[cls], (3, 40), 0, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
        cv2.putText(name, str(len(places)), (3, 62), 0, 0.42, (160, 160, 160), 1, cv2.LINE_AA)
        row = [name]
        picks = np.linspace(0, len(places) - 1, min(columns, len(places))).astype(int)
        for stem, (x, y, w, h) in (places[i] for i in picks):
            image = cv2.imread(str(stills / "images" / f"{stem}.jpg"))
            height, width = image.shape[:2]
            half = (0.5 + margin) * max(w * width, h * height)
            x0, y0 = max(0, round(x * width - half)), max(0, round(y * height - half))
            part = image[y0 : round(y * height + half), x0 : round(x * width + half)]
            scale = cell_px / max(part.shape[:2])
            small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            cell = np.zeros((cell_px, cell_px, 3), np.uint8)
            cell[: small.shape[0], : small.shape[1]] = small[:cell_px, :cell_px]
            row.append(cell)
        row += [np.zeros((cell_px, cell_px, 3), np.uint8)] * (columns + 1 - len(row))
        rows.append(np.hstack(row))
    return np.vstack(rows)


def summary(stills):
    """Counts over the cards of finished pictures: places, views, classes, families, look."""
    out = {"pictures": 0, "places": Counter(), "views": Counter(), "labelled": Counter()}
    out |= {"ebikes": Counter(), "infrared": 0, "without_boxes": 0, "seeds": {}}
    out |= {"generators": Counter(), "splits": Counter(), "lint": Counter()}
    seeds = {}
    seconds = []
    for image in sorted((stills / "images").glob("*.jpg")):
        card = json.loads((stills / "cards" / f"{image.stem}.json").read_text(encoding="utf-8"))
        text = (stills / "labels" / f"{image.stem}.txt").read_text(encoding="utf-8")
        rows = [CLASSES[int(line.split()[0])] for line in text.splitlines()]
        out["pictures"] += 1
        out["generators"][str(card["generator"])] += 1
        out["splits"][split_of(image.stem)] += 1
        labels = read_yolo_labels(stills / "labels" / f"{image.stem}.txt")
        out["lint"].update(f.kind for f in lint_labels(image.stem, labels, len(CLASSES)))
        out["places"][card["place"]] += 1
        view = card["view"].removesuffix(" fisheye")
        out["views"][view + (" fisheye" if card["camera"]["fisheye"] else "")] += 1
        out["labelled"].update(rows)
        out["ebikes"].update(i["note"] for i in card["instances"] if i["class"] == "ebike")
        out["infrared"] += bool(card["look"]["infrared"])
        out["without_boxes"] += not rows
        seeds.setdefault(card["place"], []).append(card["seed"])
        seconds.append(card["render_s"])
    out["seeds"] = {place: [min(s), max(s), len(s)] for place, s in sorted(seeds.items())}
    out["median_render_s"] = round(float(np.median(seconds)), 2) if seconds else None
    return {k: dict(v.most_common()) if isinstance(v, Counter) else v for k, v in out.items()}


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stills", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="folder of the sheets; the stills' when missing")
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--rows", type=int, default=5)
    args = parser.parse_args(argv)
    out = args.out or args.stills
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(summary(args.stills), ensure_ascii=False, indent=1)
    (out / "summary.json").write_text(text + "\n", encoding="utf-8")
    cv2.imwrite(str(out / "classes.jpg"), cut_outs(args.stills), [1, 74])
    for place in sorted({p.stem.rsplit("_", 1)[0] for p in (args.stills / "images").glob("*.jpg")}):
        paths = sorted((args.stills / "images").glob(f"{place}_*.jpg"))
        wanted = args.columns * args.rows
        chosen = [paths[i] for i in np.linspace(0, len(paths) - 1, wanted).astype(int)]
        cells = [draw(p, args.stills / "labels" / f"{p.stem}.txt") for p in chosen]
        lines = [np.hstack(cells[i : i + args.columns]) for i in range(0, wanted, args.columns)]
        cv2.imwrite(str(out / f"sheet-{place}.jpg"), np.vstack(lines), [1, 68])
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
