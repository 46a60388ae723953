"""Builds the training set from the shared data folder.

    python datasets/build.py --shared ../shared

Every set is read, near-duplicates are dropped, pictures are grouped by scene and camera, groups
are dealt to train, val and test, missing labels are filled, and the result is written to the
cache: YOLO labels, COCO JSON per split, lists of files, and one provenance row a picture.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))

from near_duplicates import fingerprint, group_alike, hash_distance, same_scene_pairs  # noqa: E402
from pseudo_labels import Guess, fill_missing, guess_boxes, label_gate_camera  # noqa: E402
from set_readers import SETS, Box, Sample, SetSpec, read_set  # noqa: E402
from taxonomy import Taxonomy, load_taxonomy  # noqa: E402

__all__ = ["Placed", "deal_splits", "main", "write_coco", "write_sample"]

SPLITS = ("train", "val", "test", "spare")
LARGE_GROUP = 8  # a camera with more pictures than this would fill a small split alone
PAINT = (114, 114, 114)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A sample with its scene group and split ("train", "val", "test", "spare" or "unused")."""

    sample: Sample
    group: str
    split: str


def deal_splits(
    samples: Sequence[Sample], groups: Sequence[int], spec: SetSpec, *, seed: int = 7
) -> list[Placed]:
    """Deal whole groups to splits: 64 % train, 16 % val, 20 % test; eval-only goes to test.

    A camera's pictures and a scene's pictures are one group. Large groups go to train. What
    train has no room for is spare: never trained on, good for choosing thresholds.
    """
    joined: dict[str, list[int]] = defaultdict(list)
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    for sample, group in zip(samples, groups, strict=True):
        parent[root(f"scene-{group}")] = root(sample.camera)
    for index, sample in enumerate(samples):
        joined[root(sample.camera)].append(index)
    placed: dict[int, Placed] = {}
    for key, members in sorted(joined.items()):
        draw = int(hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()[:8], 16) % 100
        split = "train" if draw < 64 else "val" if draw < 80 else "test"
        if len(members) > LARGE_GROUP:
            split = "train"
        if spec.name == "lift_ebike":
            split = "train"
        if spec.name == "corridor_clean":  # whole floors; the last one is kept for testing
            split = "test" if any("Floor3" in samples[i].camera for i in members) else "train"
        if any(samples[i].eval_only for i in members):
            split = "test"
        for i in members:
            wanted = "test" if samples[i].eval_only else split
            placed[i] = Placed(sample=samples[i], group=f"{spec.name}:{key}", split=wanted)
            if split == "test" and not samples[i].eval_only and spec.name == "lift_ebike":
                # a training picture that looks like a kept one is not trained on
                placed[i] = replace(placed[i], split="unused")
    result = [placed[i] for i in range(len(samples))]
    for split, limit in spec.at_most.items():
        chosen = [i for i, p in enumerate(result) if p.split == split]
        random.Random(seed).shuffle(chosen)
        for i in chosen[limit:]:
            result[i] = replace(result[i], split="spare" if split == "train" else "unused")
    return result


def write_sample(
    placed: Placed,
    boxes: Sequence[Box],
    paint: Sequence[tuple[float, float, float, float]],
    target: Path,
) -> Path:
    """Write picture and YOLO labels under `target`; returns the picture's path."""
    sample = placed.sample
    folder = target / "images" / sample.set_name
    folder.mkdir(parents=True, exist_ok=True)
    image_path = folder / f"{sample.image.stem}{sample.image.suffix.lower()}"
    if paint:
        image = cv2.imread(str(sample.image), cv2.IMREAD_COLOR)
        height, width = image.shape[:2]
        for x, y, w, h in paint:
            corner = (round((x - w / 2) * width), round((y - h / 2) * height))
            cv2.rectangle(
                image,
                corner,
                (round((x + w / 2) * width), round((y + h / 2) * height)),
                PAINT,
                cv2.FILLED,
            )
        cv2.imwrite(str(image_path), image, [cv2.IMWRITE_JPEG_QUALITY, 92])
    else:
        shutil.copyfile(sample.image, image_path)
    label = target / "labels" / sample.set_name / f"{sample.image.stem}.txt"
    label.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        f"{b.class_id} " + " ".join(f"{v:.6f}" for v in b.xywh_norm)
        for b in boxes
        if b.class_id is not None
    ]
    label.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return image_path


def write_coco(
    rows: Sequence[tuple[Path, Sequence[Box]]], taxonomy: Taxonomy, path: Path, *, root: Path
) -> None:
    """Write COCO JSON (boxes in pixels, category ids are ours) for the given pictures."""
    images, annotations = [], []
    for image_id, (image_path, boxes) in enumerate(rows, start=1):
        height, width = cv2.imread(str(image_path), cv2.IMREAD_COLOR).shape[:2]
        images.append(
            {
                "id": image_id,
                "file_name": str(image_path.relative_to(root)),
                "width": width,
                "height": height,
            }
        )
        for box in boxes:
            if box.class_id is None:
                continue
            x, y, w, h = box.xywh_norm
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": box.class_id,
                    "bbox": [(x - w / 2) * width, (y - h / 2) * height, w * width, h * height],
                    "area": w * width * h * height,
                    "iscrowd": 0,
                    "origin": box.origin,
                    "confidence": box.confidence,
                }
            )
    categories = [{"id": c.id, "name": c.name} for c in taxonomy.classes]
    path.write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": categories}),
        encoding="utf-8",
    )


def _place_set(root: Path, spec: SetSpec, taxonomy: Taxonomy) -> list[Placed]:
    samples = list(read_set(root, spec, taxonomy))
    if not samples:
        return []
    prints = [fingerprint(s.image) for s in samples]
    joined = same_scene_pairs([s.image for s in samples]) if spec.match_features else []
    groups, twins = group_alike(prints, joined=joined)
    if spec.whole_cameras:
        groups = list(range(len(samples)))
    placed = deal_splits(samples, groups, spec)
    # Sequences repeat themselves on purpose (clean corridors); twins are dropped everywhere,
    # but never an eval-only picture.
    kept = [
        replace(p, split="unused") if twin >= 0 and not p.sample.eval_only else p
        for p, twin in zip(placed, twins, strict=True)
    ]
    # A picture that hash-matches an eval-only one must not be trained on under any name.
    guarded = [f for f, p in zip(prints, placed, strict=True) if p.sample.eval_only]
    return [
        replace(p, split="unused")
        if not p.sample.eval_only and any(hash_distance(f, g) <= 6 for g in guarded)
        else p
        for p, f in zip(kept, prints, strict=True)
    ]


def _labels_of(
    placed: Placed, guesses: Sequence[Guess], spec: SetSpec, taxonomy: Taxonomy
) -> tuple[list[Box], list[tuple[float, float, float, float]]] | None:
    if placed.sample.camera.endswith("/gate"):
        boxes = label_gate_camera(guesses, taxonomy)
        return (boxes, []) if boxes else None
    boxes, paint = fill_missing(placed.sample.boxes, guesses, taxonomy, spec.hand_complete)
    if placed.split == "test" and spec.parts != {"images": ""}:
        # A test picture keeps its hand labels and its pixels.
        return [b for b in boxes if b.origin == "hand"], []
    return boxes, paint


def main() -> int:
    """Build all sets; sets that are absent are named and skipped."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=HERE.parent.parent / "shared")
    parser.add_argument(
        "--weights", type=Path, help="COCO base model; default: <shared>/weights/yolo11n..."
    )
    parser.add_argument(
        "--target", type=Path, default=HERE.parent / ".cache" / "datasets" / "lifelane"
    )
    options = parser.parse_args()
    weights = options.weights or options.shared / "weights" / "yolo11n_coco_dequant.pt"
    taxonomy = load_taxonomy()
    for part in ("images", "labels"):
        shutil.rmtree(options.target / part, ignore_errors=True)
    options.target.mkdir(parents=True, exist_ok=True)
    lists: dict[str, list[str]] = defaultdict(list)
    coco: dict[str, list[tuple[Path, Sequence[Box]]]] = defaultdict(list)
    with (options.target / "provenance.jsonl").open("w", encoding="utf-8") as provenance:
        for spec in SETS.values():
            placed = _place_set(options.shared / "data", spec, taxonomy)
            if not placed:
                print(f"{spec.name}: not found under {options.shared / 'data'}; skipped")
                continue
            used = [p for p in placed if p.split in SPLITS]
            guesses = guess_boxes([p.sample for p in used], weights, options.target.parent)
            counts: Counter[str] = Counter()
            for item in used:
                labels = _labels_of(item, guesses[item.sample.image], spec, taxonomy)
                if labels is None:
                    continue
                boxes, paint = labels
                image_path = write_sample(item, boxes, paint, options.target)
                lists[f"{item.split}_{spec.name}"].append(str(image_path.resolve()))
                coco[f"{item.split}_{spec.name}"].append((image_path, boxes))
                counts[item.split] += 1
                row = {
                    "image": str(image_path.relative_to(options.target)),
                    "set": spec.name,
                    "origin": spec.origin,
                    "licence": spec.licence,
                    "split": item.split,
                    "group": item.group,
                    "sha256": hashlib.sha256(item.sample.image.read_bytes()).hexdigest(),
                    "hand": sum(b.origin == "hand" and b.class_id is not None for b in boxes),
                    "pseudo": sum(b.origin == "pseudo" for b in boxes),
                    "painted": len(paint),
                }
                provenance.write(json.dumps(row, ensure_ascii=False) + "\n")
            print(f"{spec.name}: {len(placed)} pictures, used {dict(counts)}", flush=True)
    for name, files in sorted(lists.items()):
        (options.target / f"{name}.txt").write_text(
            "".join(f"{f}\n" for f in files), encoding="utf-8"
        )
        write_coco(coco[name], taxonomy, options.target / f"{name}.coco.json", root=options.target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
