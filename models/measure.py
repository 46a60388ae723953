"""Runs a detector over labelled pictures and counts: average precision, recall, false alarms.

Predictions come from the file that is measured (.onnx or .pt) at one input size. Average
precision is supervision's; recall, precision and image-level rates at a threshold are counted
here by greedy matching at IoU 0.5.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "datasets"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from quiet_ultralytics import quiet  # noqa: E402
from set_readers import read_yolo_labels  # noqa: E402

__all__ = [
    "Counts",
    "Labelled",
    "Predictor",
    "Seen",
    "average_precision",
    "best_confidence",
    "bootstrap",
    "count_matches",
    "image_rate",
    "labelled_list",
    "matched",
]

FLOOR = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a model (or a label file) says of one picture: xyxy (N,4) px, confidence, class_id."""

    xyxy: NDArray[np.float32]
    confidence: NDArray[np.float32]
    class_id: NDArray[np.int64]

    def of(self, classes: Sequence[int], above: float = 0.0) -> NDArray[np.bool_]:
        """Return the mask of boxes of `classes` at or above a confidence."""
        return np.isin(self.class_id, classes) & (self.confidence >= above)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A picture and its labels."""

    image: Path
    truth: Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Matches at one threshold."""

    found: int
    missed: int
    false: int

    @property
    def recall(self) -> float:
        """Share of labelled boxes that were found; nan without labels."""
        total = self.found + self.missed
        return self.found / total if total else float("nan")

    @property
    def precision(self) -> float:
        """Share of predicted boxes that are right; nan without predictions."""
        total = self.found + self.false
        return self.found / total if total else float("nan")


class Predictor:
    """One model file at one input size; `mapping` renames its class ids (None drops a class)."""

    def __init__(
        self, weights: Path, *, size_px: int = 640, mapping: Mapping[int, int] | None = None
    ) -> None:
        with quiet():
            from ultralytics import YOLO
        self._model = YOLO(str(weights), task="detect")
        self._size_px = size_px
        self._mapping = mapping

    def __call__(self, image: Path) -> Seen:
        """Detect in one picture (minimum padding, class-aware NMS at IoU 0.5)."""
        boxes = self._model.predict(
            str(image),
            imgsz=self._size_px,
            conf=FLOOR,
            iou=0.5,
            rect=True,  # minimum padding, as pipeline.detectors pads
            verbose=False,
            device="cpu",
        )[0].boxes.cpu()
        class_id = np.asarray(boxes.cls, dtype=np.int64)
        keep = np.ones(len(class_id), dtype=bool)
        if self._mapping is not None:
            keep = np.isin(class_id, list(self._mapping))
            class_id = np.array([self._mapping.get(int(c), -1) for c in class_id], dtype=np.int64)
        return Seen(
            xyxy=np.asarray(boxes.xyxy, dtype=np.float32)[keep],
            confidence=np.asarray(boxes.conf, dtype=np.float32)[keep],
            class_id=class_id[keep],
        )


def labelled_list(images: Sequence[Path]) -> list[Labelled]:
    """Read the YOLO labels that lie beside `images` (.../images/... -> .../labels/...)."""
    from PIL import Image

    result = []
    for image in images:
        parts = list(image.parts)
        parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
        rows = read_yolo_labels(Path(*parts).with_suffix(".txt"))
        with Image.open(image) as opened:
            width, height = opened.size
        xywh = np.array([xywh for _, xywh in rows], dtype=np.float32).reshape(-1, 4)
        half = xywh[:, 2:] / 2
        xyxy = np.hstack([xywh[:, :2] - half, xywh[:, :2] + half]) * np.array([width, height] * 2)
        truth = Seen(
            xyxy=xyxy.astype(np.float32),
            confidence=np.ones(len(rows), dtype=np.float32),
            class_id=np.array([c for c, _ in rows], dtype=np.int64),
        )
        result.append(Labelled(image=image, truth=truth))
    return result


def _iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = np.clip(high - low, 0, None).prod(axis=2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(axis=1), (b[:, 2:] - b[:, :2]).prod(axis=1)
    return np.asarray(
        inter / np.maximum(area_a[:, None] + area_b[None] - inter, 1e-9), dtype=np.float32
    )


def matched(
    truth: NDArray[np.float32],
    boxes: NDArray[np.float32],
    confidence: NDArray[np.float32],
    *,
    iou: float = 0.5,
) -> NDArray[np.bool_]:
    """Return which `truth` boxes (N,4) are found by `boxes` (M,4), surest first, one each."""
    found = np.zeros(len(truth), dtype=bool)
    if not len(truth) or not len(boxes):
        return found
    table = _iou(boxes, truth)
    for index in np.argsort(-confidence):
        free = np.where(found, -1.0, table[index])
        best = int(np.argmax(free))
        if free[best] >= iou:
            found[best] = True
    return found


def count_matches(
    data: Sequence[Labelled],
    seen: Sequence[Seen],
    classes: Sequence[int],
    *,
    confidence: float,
    iou: float = 0.5,
) -> Counts:
    """Count matches of `classes`, class by class, at a confidence."""
    found = missed = false = 0
    for labelled, prediction in zip(data, seen, strict=True):
        for class_id in classes:
            truth = labelled.truth.xyxy[labelled.truth.of([class_id])]
            mask = prediction.of([class_id], confidence)
            hits = int(
                matched(truth, prediction.xyxy[mask], prediction.confidence[mask], iou=iou).sum()
            )
            found += hits
            missed += len(truth) - hits
            false += int(mask.sum()) - hits
    return Counts(found=found, missed=missed, false=false)


def best_confidence(data: Labelled, seen: Seen, class_id: int) -> NDArray[np.float32]:
    """Return for each labelled thing of a class the best score (N,) of a box at IoU 0.5, or 0."""
    truth = data.truth.xyxy[data.truth.of([class_id])]
    mask = seen.of([class_id])
    if not len(truth) or not mask.any():
        return np.zeros(len(truth), dtype=np.float32)
    table = np.where(_iou(seen.xyxy[mask], truth) >= 0.5, seen.confidence[mask][:, None], 0.0)
    return np.asarray(table.max(axis=0), dtype=np.float32)


def image_rate(seen: Sequence[Seen], classes: Sequence[int], *, confidence: float) -> float:
    """Return the share of pictures in which any of `classes` is seen at a confidence."""
    return (
        float(np.mean([bool(s.of(classes, confidence).any()) for s in seen]))
        if seen
        else float("nan")
    )


def average_precision(
    data: Sequence[Labelled], seen: Sequence[Seen], classes: Sequence[int]
) -> dict[int, float]:
    """Return {class id: AP at IoU 0.5} for those of `classes` that are labelled in `data`."""
    import supervision as sv
    from supervision.metrics import MeanAveragePrecision

    result = {}
    for class_id in classes:
        if not any(d.truth.of([class_id]).any() for d in data):
            continue
        metric = MeanAveragePrecision()
        pairs = []
        for source in (list(seen), [d.truth for d in data]):
            side = []
            for item in source:
                mask = item.of([class_id])
                side.append(
                    sv.Detections(
                        xyxy=item.xyxy[mask],
                        confidence=item.confidence[mask],
                        class_id=np.zeros(int(mask.sum()), dtype=int),
                    )
                )
            pairs.append(side)
        result[class_id] = float(metric.update(pairs[0], pairs[1]).compute().map50)
    return result


def bootstrap(values: Sequence[float], *, rounds: int = 2000, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the mean of `values` by resampling pictures."""
    draw = random.Random(seed)
    means = sorted(float(np.mean(draw.choices(values, k=len(values)))) for _ in range(rounds))
    return means[int(rounds * 0.025)], means[int(rounds * 0.975)]
