"""Cuts things out of training pictures, so that training can put them elsewhere.

    python datasets/cut_outs.py

E-bikes by the hand-drawn outlines of outlines.yaml and, from the steep parking-gate camera, by what
differs from its median picture; wheelchairs by GrabCut where the ground around them is plain. Reads
the train lists of datasets/build.py alone; writes <target>/cut_outs/<class>/*.png with a mask.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))

from set_readers import GATE_SIZE_PX, read_yolo_labels  # noqa: E402
from taxonomy import load_taxonomy  # noqa: E402

__all__ = ["cut_by_outline", "cut_gate_camera", "cut_plain_ground", "main", "write_cut_out"]

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]
LONGEST_PX = 480
SAME_CAMERA = 0.6  # correlation with the median picture, at the picture's sides
PLAIN = 14.0  # standard deviation of the ground around a thing, in grey levels


def cut_by_outline(image: Image, outline: NDArray[np.float64]) -> Mask:
    """Return the mask of a polygon (N,2 in 0..1)."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.round(outline * (width, height)).astype(np.int32)], 1)
    return mask.astype(bool)


def _largest(mask: Image) -> Mask:
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(opened)
    if count < 2:
        return np.zeros(mask.shape, bool)
    kept = (parts == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    closed = cv2.morphologyEx(kept, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return np.asarray(closed, bool)


def _grab(image: Image, seeds: Image, rounds: int = 3) -> Mask:
    mask = seeds.copy()
    cv2.grabCut(
        image, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), rounds, cv2.GC_INIT_WITH_MASK
    )
    return _largest(np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8))


def cut_gate_camera(images: list[Image]) -> Iterator[tuple[int, Mask]]:
    """Yield (index, mask) of what stands before the fixed camera that most `images` come from."""
    small = np.stack([cv2.resize(i, (118, 76)).astype(np.float32) for i in images])
    middle = np.median(small, axis=0)
    sides = np.ones(middle.shape[:2], bool)
    sides[:, 30:90] = False
    wanted = middle[sides].ravel()
    alike = [
        n for n, s in enumerate(small) if np.corrcoef(s[sides].ravel(), wanted)[0, 1] > SAME_CAMERA
    ]
    if not alike:
        return
    ground = np.median(np.stack([images[n] for n in alike]), axis=0)
    for n in alike:
        change = np.abs(images[n].astype(np.float32) - ground).max(axis=2)
        change = cv2.GaussianBlur(change, (0, 0), 2)
        seeds = np.where(change > 40, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        seeds[change > 75] = cv2.GC_FGD
        seeds[change < 14] = cv2.GC_BGD
        seeds[:, :70], seeds[:, 400:], seeds[285:] = cv2.GC_BGD, cv2.GC_BGD, cv2.GC_BGD
        if not np.isin(seeds, (cv2.GC_FGD, cv2.GC_PR_FGD)).any():
            continue
        mask = _grab(images[n], seeds)
        if 0.06 < mask.mean() < 0.24:  # a tenth: a scooter; more: the headlight's glow as well
            yield n, mask


def cut_plain_ground(image: Image, box: tuple[float, float, float, float]) -> Mask | None:
    """Return the mask of the thing in `box` (xywh_norm) where the ground around it is plain."""
    height, width = image.shape[:2]
    x, y, w, h = box
    x0, x1 = round(max(0, x - w / 2) * width), round(min(1, x + w / 2) * width)
    y0, y1 = round(max(0, y - h / 2) * height), round(min(1, y + h / 2) * height)
    rim = max(4, round(0.02 * max(height, width)))
    ring = np.zeros((height, width), bool)
    ring[max(0, y0 - 2 * rim) : y1 + 2 * rim, max(0, x0 - 2 * rim) : x1 + 2 * rim] = True
    ring[y0:y1, x0:x1] = False
    if ring.mean() < 0.02 or image[ring].std(axis=0).max() > PLAIN:
        return None
    seeds = np.full((height, width), cv2.GC_BGD, np.uint8)
    seeds[y0:y1, x0:x1] = cv2.GC_PR_FGD
    mask = _grab(image, seeds)
    share = mask[y0:y1, x0:x1].mean()
    return mask if 0.2 < share < 0.9 else None


def write_cut_out(image: Image, mask: Mask, path: Path) -> None:
    """Write the masked part as BGRA, cut tight, at most LONGEST_PX long."""
    ys, xs = np.nonzero(mask)
    part = image[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    alpha = mask[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].astype(np.uint8) * 255
    scale = LONGEST_PX / max(alpha.shape)
    bgra = np.dstack([part, alpha])
    if scale < 1:
        bgra = cv2.resize(bgra, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), bgra)


def main() -> int:
    """Cut, write, and say how many there are of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--target", type=Path, default=HERE.parent / ".cache" / "datasets" / "lifelane"
    )
    options = parser.parse_args()
    folder = options.target / "cut_outs"
    taxonomy = load_taxonomy()

    def train(name: str) -> list[Path]:
        text = (options.target / f"train_{name}.txt").read_text(encoding="utf-8")
        return [Path(line) for line in text.splitlines()]

    def read(path: Path) -> Image:
        return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)

    rows: list[dict[str, str]] = []

    def keep(source: Path, mask: Mask, class_name: str) -> None:
        target = folder / class_name / f"{source.parent.name}_{source.stem}.png"
        write_cut_out(read(source), mask, target)
        rows.append({"cut_out": str(target.relative_to(folder)), "from": source.name})

    drawn = yaml.safe_load((HERE / "outlines.yaml").read_text(encoding="utf-8"))
    for path in train("lift_ebike"):
        if path.stem in drawn["outlines"]:
            outline = np.array(drawn["outlines"][path.stem], float).reshape(-1, 2)
            keep(path, cut_by_outline(read(path), outline), drawn["class"])
    riders = [(p, read(p)) for p in train("two_wheeler_riders")]
    gate = [(p, i) for p, i in riders if (i.shape[1], i.shape[0]) == GATE_SIZE_PX]
    for n, mask in cut_gate_camera([i for _, i in gate]):
        keep(gate[n][0], mask, "ebike")
    wheelchair = taxonomy.id_of("wheelchair")
    for path in train("wheelchair"):
        label = path.parents[2] / "labels" / path.parent.name / f"{path.stem}.txt"
        boxes = [b for c, b in read_yolo_labels(label) if c == wheelchair]
        if len(boxes) == 1 and boxes[0][2] * boxes[0][3] > 0.1:
            plain = cut_plain_ground(read(path), boxes[0])
            if plain is not None:
                keep(path, plain, "wheelchair")
    (folder / "provenance.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
    )
    for name in taxonomy.names:
        count = len(list((folder / name).glob("*.png")))
        if count:
            print(f"{name}: {count} cut-outs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
