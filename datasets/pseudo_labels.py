"""Fills what a set does not label, so that a missing label is not taught as background.

The COCO base model looks at every picture once (kept in the cache). Its boxes become labels
above ACCEPT; between DOUBT and ACCEPT the place is painted over, because nobody knows.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from set_readers import Box, Sample
from taxonomy import Taxonomy

__all__ = [
    "ACCEPT",
    "DOUBT",
    "Guess",
    "fill_missing",
    "guess_boxes",
    "label_gate_camera",
    "overlap",
]

ACCEPT = 0.4
DOUBT = 0.2
FLOOR = 0.12
# (COCO id, confidence, xywh_norm)
Guess = tuple[int, float, tuple[float, float, float, float]]
# One thing, one label: inside a family the surest guess wins.
FAMILIES = (("bicycle", "ebike"), ("car", "truck", "bus"))


def overlap(
    a: tuple[float, float, float, float], b: tuple[float, float, float, float]
) -> tuple[float, float]:
    """Return (IoU, share of `a` inside `b`) of two xywh_norm boxes."""
    w = min(a[0] + a[2] / 2, b[0] + b[2] / 2) - max(a[0] - a[2] / 2, b[0] - b[2] / 2)
    h = min(a[1] + a[3] / 2, b[1] + b[3] / 2) - max(a[1] - a[3] / 2, b[1] - b[3] / 2)
    inter = max(w, 0.0) * max(h, 0.0)
    area_a, area_b = a[2] * a[3], b[2] * b[3]
    return inter / max(area_a + area_b - inter, 1e-9), inter / max(area_a, 1e-9)


def guess_boxes(samples: Sequence[Sample], weights: Path, cache: Path) -> dict[Path, list[Guess]]:
    """Run the COCO base model at 640 px over the pictures; answers are kept under `cache`."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()[:12]
    store = cache / f"guesses-{digest}.jsonl"
    known: dict[str, list[Guess]] = {}
    if store.exists():
        for line in store.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            known[row["image"]] = [(c, s, tuple(xywh)) for c, s, xywh in row["boxes"]]

    def key(sample: Sample) -> str:
        return f"{sample.set_name}/{sample.image.parent.parent.name}/{sample.image.name}"

    todo = [s for s in samples if key(s) not in known]
    if todo:
        sys.path.append(str(Path(__file__).resolve().parent.parent / "models"))
        from quiet_ultralytics import quiet

        with quiet():
            import torch
            from ultralytics import YOLO
        model = YOLO(str(weights), task="detect")
        store.parent.mkdir(parents=True, exist_ok=True)
        with store.open("a", encoding="utf-8") as out:
            for number, sample in enumerate(todo):
                result = model.predict(str(sample.image), imgsz=640, conf=FLOOR, verbose=False)[0]
                if number == 0:
                    torch.set_num_threads(2)
                boxes = result.boxes
                guesses: list[Guess] = [
                    (int(c), round(float(s), 4), tuple(round(v, 5) for v in xywh))  # type: ignore[misc]
                    for c, s, xywh in zip(
                        boxes.cls.tolist(), boxes.conf.tolist(), boxes.xywhn.tolist(), strict=True
                    )
                ]
                known[key(sample)] = guesses
                out.write(json.dumps({"image": key(sample), "boxes": guesses}) + "\n")
                if number % 200 == 199:
                    print(f"  base model: {number + 1} of {len(todo)} pictures", flush=True)
    return {s.image: known[key(s)] for s in samples}


def fill_missing(
    boxes: Sequence[Box], guesses: Sequence[Guess], taxonomy: Taxonomy, hand_complete: Sequence[str]
) -> tuple[list[Box], list[tuple[float, float, float, float]]]:
    """Return (hand labels and accepted pseudo-labels, places to paint over).

    A guess gives way to any hand label that it overlaps (IoU > 0.45), except that a person may
    sit in a wheelchair's box. Doubtful places are painted only where no label would be hurt.
    """
    mapping = taxonomy.coco_mapping()
    names = taxonomy.names
    person, wheelchair = taxonomy.id_of("person"), taxonomy.id_of("wheelchair")
    family = {names.index(n): f for f, members in enumerate(FAMILIES) for n in members}
    kept = list(boxes)
    doubtful = []
    for coco_id, confidence, xywh in sorted(guesses, key=lambda g: -g[1]):
        class_id = mapping.get(coco_id)
        if class_id is None or names[class_id] in hand_complete or confidence < DOUBT:
            continue
        clash = False
        for other in kept:
            if class_id == person and other.class_id == wheelchair:
                continue
            same = other.class_id == class_id or family.get(class_id, -1) == family.get(
                other.class_id or 0, -2
            )
            iou, inside = overlap(xywh, other.xywh_norm)
            if (other.origin == "hand" and iou > 0.45) or (same and (iou > 0.5 or inside > 0.85)):
                clash = True
                break
        if clash:
            continue
        if confidence >= ACCEPT:
            kept.append(
                Box(class_id=class_id, xywh_norm=xywh, origin="pseudo", confidence=confidence)
            )
        else:
            doubtful.append(xywh)
    paint = [
        xywh
        for xywh in doubtful
        if xywh[2] * xywh[3] < 0.15 and all(overlap(b.xywh_norm, xywh)[1] < 0.1 for b in kept)
    ]
    return kept, paint


def label_gate_camera(guesses: Sequence[Guess], taxonomy: Taxonomy) -> list[Box]:
    """Label a picture of the parking-gate camera, which always shows one scooter from behind.

    The base model calls it motorcycle, person, car or suitcase; whatever its surest large and
    central box is called, it is the scooter. Returns no box where there is none.
    """
    central = [
        g
        for g in guesses
        if g[2][2] * g[2][3] > 0.1 and abs(g[2][0] - 0.5) < 0.2 and g[2][2] < 0.75
    ]
    two_wheelers = [g for g in central if g[0] in (1, 3)]
    for _, confidence, xywh in sorted(two_wheelers or central, key=lambda g: -g[1])[:1]:
        return [
            Box(
                class_id=taxonomy.id_of("ebike"),
                xywh_norm=xywh,
                origin="pseudo",
                confidence=confidence,
            )
        ]
    return []
