"""Checks a built data set: statistics, label lint, leakage between splits, a contact sheet a class.

    python datasets/check.py            # exit status 1 where a picture leaks between splits

Reads what datasets/build.py wrote; writes report.json and sheets/<class>.jpg beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))

from near_duplicates import fingerprint, hash_distance  # noqa: E402
from pseudo_labels import overlap  # noqa: E402
from set_readers import read_yolo_labels  # noqa: E402
from taxonomy import load_taxonomy  # noqa: E402

__all__ = ["Finding", "contact_sheet", "find_leaks", "lint_labels", "main"]

TINY_SHARE = 0.0004  # of the picture's area: 13 px of 640 squared
LEAK_BITS = 3
LEAK_CORRELATION = 0.97
TILE_PX = 160
XywhNorm = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong with a label: `kind` is tiny, outside, duplicate or unknown_class."""

    kind: str
    image: str
    row: int


def lint_labels(image: str, rows: Sequence[tuple[int, XywhNorm]], classes: int) -> list[Finding]:
    """Return what is wrong with one picture's labels."""
    findings = []
    for number, (class_id, (x, y, w, h)) in enumerate(rows, start=1):
        if not 0 <= class_id < classes:
            findings.append(Finding(kind="unknown_class", image=image, row=number))
        if w * h < TINY_SHARE:
            findings.append(Finding(kind="tiny", image=image, row=number))
        edges = (x - w / 2, y - h / 2, 1 - x - w / 2, 1 - y - h / 2)
        if min(edges) < -0.001 or w <= 0 or h <= 0:
            findings.append(Finding(kind="outside", image=image, row=number))
        for other_id, other in rows[: number - 1]:
            if other_id == class_id and overlap((x, y, w, h), other)[0] > 0.9:
                findings.append(Finding(kind="duplicate", image=image, row=number))
    return findings


def find_leaks(
    splits: dict[str, Sequence[Path]],
    *,
    bits: int = LEAK_BITS,
    correlation: float = LEAK_CORRELATION,
) -> list[tuple[str, str]]:
    """Return pairs of pictures in different splits that are the same picture."""
    prints = {split: [(p, fingerprint(p)) for p in paths] for split, paths in splits.items()}
    leaks = []
    names = sorted(prints)
    for index, first in enumerate(names):
        for second in names[index + 1 :]:
            for path, one in prints[first]:
                for other_path, two in prints[second]:
                    if hash_distance(one, two) > bits:
                        continue
                    alike = max(float(one.thumb @ two.thumb), float(one.mirrored_thumb @ two.thumb))
                    if alike >= correlation:
                        leaks.append((str(path), str(other_path)))
    return leaks


def contact_sheet(crops: Sequence[np.ndarray], columns: int = 10) -> np.ndarray:
    """Return the crops (H,W,3 uint8 BGR) as one sheet of square tiles."""
    rows = max(1, -(-len(crops) // columns))
    sheet = np.full((rows * TILE_PX, columns * TILE_PX, 3), 40, dtype=np.uint8)
    for index, crop in enumerate(crops):
        scale = TILE_PX / max(crop.shape[:2])
        tile = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[
            :TILE_PX, :TILE_PX
        ]
        top, left = index // columns * TILE_PX, index % columns * TILE_PX
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet


def _crop(image: np.ndarray, xywh: XywhNorm) -> np.ndarray:
    height, width = image.shape[:2]
    x, y, w, h = xywh
    x0, x1 = int((x - w * 0.65) * width), int((x + w * 0.65) * width) + 1
    y0, y1 = int((y - h * 0.65) * height), int((y + h * 0.65) * height) + 1
    return image[max(y0, 0) : y1, max(x0, 0) : x1]


def main() -> int:
    """Check and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--target", type=Path, default=HERE.parent / ".cache" / "datasets" / "lifelane"
    )
    parser.add_argument("--per-class", type=int, default=60)
    options = parser.parse_args()
    names = load_taxonomy().names
    lists = sorted(options.target.glob("*_*.txt"))
    if not lists:
        print(f"{options.target}: no lists of pictures; run datasets/build.py first")
        return 2
    boxes: dict[str, Counter[str]] = defaultdict(Counter)
    pictures: Counter[str] = Counter()
    findings: list[Finding] = []
    splits: dict[str, list[Path]] = defaultdict(list)
    crops: dict[int, list[tuple[Path, XywhNorm]]] = defaultdict(list)
    for list_file in lists:
        split = list_file.stem.split("_")[0]
        for line in list_file.read_text(encoding="utf-8").splitlines():
            path = Path(line)
            label = path.parent.parent.parent / "labels" / path.parent.name / f"{path.stem}.txt"
            rows = read_yolo_labels(label)
            findings += lint_labels(f"{path.parent.name}/{path.name}", rows, len(names))
            splits[split].append(path)
            pictures[list_file.stem] += 1
            for class_id, xywh in rows:
                boxes[list_file.stem][names[class_id]] += 1
                crops[class_id].append((path, xywh))
    leaks = find_leaks(dict(splits))
    sheets = options.target / "sheets"
    sheets.mkdir(exist_ok=True)
    for class_id, members in crops.items():
        step = max(1, len(members) // options.per_class)
        tiles = [
            _crop(cv2.imread(str(path), cv2.IMREAD_COLOR), xywh)
            for path, xywh in members[::step][: options.per_class]
        ]
        sheet = contact_sheet([t for t in tiles if t.size])
        cv2.imwrite(str(sheets / f"{names[class_id]}.jpg"), sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])
    by_kind = Counter(f.kind for f in findings)
    report = {
        "pictures": dict(pictures),
        "boxes": {k: dict(v) for k, v in boxes.items()},
        "classes_without_boxes": [n for n in names if not any(n in c for c in boxes.values())],
        "lint": dict(by_kind),
        "lint_examples": [f"{f.image}:{f.row} {f.kind}" for f in findings[:40]],
        "leaks": leaks,
    }
    (options.target / "report.json").write_text(
        json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8"
    )
    for name in sorted(pictures):
        print(f"{name}: {pictures[name]} pictures, {dict(boxes[name])}")
    print(f"no boxes at all for: {', '.join(report['classes_without_boxes']) or 'none'}")
    print(
        f"lint: {dict(by_kind) or 'clean'}; leaks between splits: {len(leaks)}; sheets in {sheets}"
    )
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
