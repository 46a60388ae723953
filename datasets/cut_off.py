"""Makes pictures whose frame cuts a person or a vehicle off, from pictures that show it whole.

    python datasets/cut_off.py --count 240

A camera in a lift or at a lane's end sees halves: a front wheel and a basket, a person at the
edge. The labels of the whole picture are known, so the cut one's are too. Reads the train lists
of datasets/build.py and adds a list train_cut_off; no test or validation picture is touched.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))

from set_readers import read_yolo_labels  # noqa: E402
from taxonomy import load_taxonomy  # noqa: E402

__all__ = ["crop_labels", "cut_window", "main"]

XywhNorm = tuple[float, float, float, float]
SOURCES = ("two_wheeler_riders", "street_bike_car", "wheelchair", "lift_ebike")
CUT_CLASSES = ("person", "ebike", "bicycle", "car", "bus")
LEAST_VISIBLE = 0.15  # the taxonomy's rule: labelled from about 15 % of the thing on


def cut_window(box: XywhNorm, draw: random.Random) -> tuple[float, float, float, float]:
    """Return a crop (x0, y0, x1, y1 in 0..1) whose left or right edge leaves 30-65 % of `box`."""
    x, _, w, _ = box
    visible = draw.uniform(0.3, 0.65) * w
    other = draw.uniform(0.0, 0.1)
    top, bottom = draw.uniform(0.0, 0.08), 1.0 - draw.uniform(0.0, 0.08)
    if draw.random() < 0.5:  # its right part stays, at the left edge
        return (x + w / 2 - visible, top, 1.0 - other, bottom)
    return (other, top, x - w / 2 + visible, bottom)


def crop_labels(
    rows: Sequence[tuple[int, XywhNorm]], window: tuple[float, float, float, float]
) -> tuple[list[tuple[int, XywhNorm]], list[XywhNorm]]:
    """Return the labels inside the crop, in its own 0..1, and slivers too small to be labelled."""
    x0, y0, x1, y1 = window
    kept, slivers = [], []
    for class_id, (x, y, w, h) in rows:
        left, right = max(x - w / 2, x0), min(x + w / 2, x1)
        top, bottom = max(y - h / 2, y0), min(y + h / 2, y1)
        if right <= left or bottom <= top:
            continue
        inside: XywhNorm = (
            ((left + right) / 2 - x0) / (x1 - x0),
            ((top + bottom) / 2 - y0) / (y1 - y0),
            (right - left) / (x1 - x0),
            (bottom - top) / (y1 - y0),
        )
        share = (right - left) * (bottom - top) / max(w * h, 1e-9)
        if share < LEAST_VISIBLE:
            slivers.append(inside)
        else:
            kept.append((class_id, inside))
    return kept, slivers


def _crop(image: NDArray[np.uint8], window: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    x0, y0, x1, y1 = window
    return image[round(y0 * height) : round(y1 * height), round(x0 * width) : round(x1 * width)]


def main() -> int:
    """Cut, write pictures, labels, list and provenance."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--target", type=Path, default=HERE.parent / ".cache" / "datasets" / "lifelane"
    )
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    taxonomy = load_taxonomy()
    wanted = {taxonomy.id_of(name) for name in CUT_CLASSES}
    draw = random.Random(options.seed)
    sources = [
        Path(line)
        for name in SOURCES
        for line in (options.target / f"train_{name}.txt").read_text(encoding="utf-8").splitlines()
    ]
    draw.shuffle(sources)
    for part in ("images", "labels"):
        (options.target / part / "cut_off").mkdir(parents=True, exist_ok=True)
    written: list[str] = []
    with (options.target / "provenance_cut_off.jsonl").open("w", encoding="utf-8") as provenance:
        for source in sources:
            if len(written) >= options.count:
                break
            label = source.parents[2] / "labels" / source.parent.name / f"{source.stem}.txt"
            rows = read_yolo_labels(label)
            # Whole, upright things of some size, people first: they are the ones that get lost.
            able = [
                (c, b)
                for c, b in rows
                if c in wanted
                and b[2] * b[3] > 0.015
                and b[0] - b[2] / 2 > 0.02
                and b[0] + b[2] / 2 < 0.98
            ]
            people = [(c, b) for c, b in able if c == taxonomy.id_of("person")]
            pick = people if people and draw.random() < 0.7 else able
            if not pick:
                continue
            window = cut_window(draw.choice(pick)[1], draw)
            if window[2] - window[0] < 0.35:
                continue
            kept, slivers = crop_labels(rows, window)
            image = _crop(np.asarray(cv2.imread(str(source), cv2.IMREAD_COLOR), np.uint8), window)
            height, width = image.shape[:2]
            image = image.copy()
            for x, y, w, h in slivers:
                low = (round((x - w / 2) * width), round((y - h / 2) * height))
                high = (round((x + w / 2) * width), round((y + h / 2) * height))
                cv2.rectangle(image, low, high, (114, 114, 114), cv2.FILLED)
            name = f"{source.parent.name}_{source.stem}"
            target = options.target / "images" / "cut_off" / f"{name}.jpg"
            cv2.imwrite(str(target), image, [cv2.IMWRITE_JPEG_QUALITY, 92])
            (options.target / "labels" / "cut_off" / f"{name}.txt").write_text(
                "".join(f"{c} " + " ".join(f"{v:.6f}" for v in b) + "\n" for c, b in kept),
                encoding="utf-8",
            )
            written.append(str(target.resolve()))
            row = {
                "image": f"images/cut_off/{name}.jpg",
                "from": str(source.name),
                "window": window,
            }
            provenance.write(json.dumps(row) + "\n")
    (options.target / "train_cut_off.txt").write_text(
        "".join(f"{line}\n" for line in written), encoding="utf-8"
    )
    print(f"cut_off: {len(written)} pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
