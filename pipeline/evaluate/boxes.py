"""Counts over boxes: matches, average precision, calibration, confusion, bootstrap intervals.

Average precision is supervision's (COCO's 101 points). The bootstrap repeats its sum over
resampled pictures from matches made once, which is what makes a thousand rounds affordable.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Detections

__all__ = [
    "Matches",
    "average_precisions",
    "bootstrap_interval",
    "calibration_error",
    "confusion",
    "iou_table",
    "match_class",
    "resampled_precision",
]

_AT = np.linspace(0.0, 1.0, 101)


def iou_table(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the overlaps ``(N, M)`` in [0, 1] of boxes ``(N, 4)`` and ``(M, 4)`` in pixels."""
    a64, b64 = a.astype(np.float64), b.astype(np.float64)
    low = np.maximum(a64[:, None, :2], b64[None, :, :2])
    high = np.minimum(a64[:, None, 2:], b64[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    whole_a, whole_b = (v[:, 2:] - v[:, :2] for v in (a64, b64))
    union = whole_a.prod(axis=1)[:, None] + whole_b.prod(axis=1)[None] - shared
    return np.asarray(shared / np.maximum(union, 1e-9), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matches:
    """One class in one picture.

    Attributes:
        confidence: ``(P,)`` of the predictions, falling.
        right: ``(P,)`` whether each found a thing of its own.
        found_at: ``(T,)`` confidence with which each true thing was found; 0 = missed.
    """

    confidence: NDArray[np.float32]
    right: NDArray[np.bool_]
    found_at: NDArray[np.float32]


def match_class(truth: Detections, seen: Detections, class_id: int, *, iou: float = 0.5) -> Matches:
    """Match the surest prediction first, one thing each, as COCO does."""
    true = truth.xyxy[truth.class_id == class_id]
    mask = seen.class_id == class_id
    order = np.argsort(-seen.confidence[mask], kind="stable")
    boxes, confidence = seen.xyxy[mask][order], seen.confidence[mask][order]
    right = np.zeros(len(boxes), np.bool_)
    found_at = np.zeros(len(true), np.float32)
    table = iou_table(boxes, true)
    for index in range(len(boxes)):
        free = np.where(found_at > 0, -1.0, table[index])
        if len(true) and free.max() >= iou:
            right[index] = True
            found_at[int(free.argmax())] = confidence[index]
    return Matches(confidence=confidence, right=right, found_at=found_at)


def average_precisions(
    truth: Sequence[Detections], seen: Sequence[Detections], classes: Sequence[int]
) -> dict[int, tuple[float, float]]:
    """Return {class id: (AP50, AP50-95)} for those of ``classes`` that occur in ``truth``."""
    # Imported here: supervision takes a second to load.
    import supervision as sv  # noqa: PLC0415
    from supervision.metrics import MeanAveragePrecision  # noqa: PLC0415

    result = {}
    for class_id in classes:
        if not any((t.class_id == class_id).any() for t in truth):
            continue
        sides = []
        for source in (seen, truth):
            parts = [item[item.class_id == class_id] for item in source]
            sides.append(
                [
                    sv.Detections(
                        xyxy=p.xyxy, confidence=p.confidence, class_id=np.zeros(len(p), int)
                    )
                    for p in parts
                ]
            )
        found = MeanAveragePrecision().update(sides[0], sides[1]).compute()
        result[class_id] = (float(found.map50), float(found.map50_95))
    return result


def resampled_precision(matches: Sequence[Matches], picks: NDArray[np.int64]) -> float:
    """Return AP50 of one class over the pictures ``picks``, repeats counted; nan without things."""
    things = sum(len(matches[i].found_at) for i in picks)
    if not things:
        return float("nan")
    confidence = np.concatenate([matches[i].confidence for i in picks])
    right = np.concatenate([matches[i].right for i in picks])[
        np.argsort(-confidence, kind="stable")
    ]
    hits = np.cumsum(right)
    recall = hits / things
    precision = hits / np.arange(1, len(right) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, _AT, side="left")
    return float(
        np.where(
            at < len(envelope), np.append(envelope, 0.0)[at.clip(0, len(envelope))], 0.0
        ).mean()
    )


def bootstrap_interval(
    count: int,
    figure: Callable[[NDArray[np.int64]], float],
    *,
    rounds: int = 300,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Return the 95 % interval of ``figure`` over resampled pictures; None where it never holds.

    Args:
        count: Number of pictures.
        figure: Takes indices ``(count,)`` of pictures and returns the figure, nan = undefined.
        rounds: Resamplings.
        seed: Of the generator, so that the interval is the same every time.
    """
    if not count:
        return None
    draw = np.random.default_rng(seed)
    values = np.array([figure(draw.integers(0, count, count)) for _ in range(rounds)])
    values = values[~np.isnan(values)]
    if not len(values):
        return None
    low, high = np.quantile(values, [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


def calibration_error(
    confidence: NDArray[np.float32], right: NDArray[np.bool_], *, bins: int = 10
) -> float | None:
    """Return the expected calibration error in [0, 1]: how far confidence is from being right."""
    if not len(confidence):
        return None
    place = np.clip((confidence * bins).astype(int), 0, bins - 1)
    error = 0.0
    for index in range(bins):
        here = place == index
        if here.any():
            error += here.mean() * abs(float(right[here].mean() - confidence[here].mean()))
    return round(float(error), 4)


def confusion(
    truth: Sequence[Detections],
    seen: Sequence[Detections],
    classes: Sequence[int],
    names: Sequence[str],
    *,
    confidence: float,
    iou: float = 0.5,
) -> dict[str, dict[str, int]]:
    """Return {true class: {seen as: count}} for ``classes``: the surest box there, or "nothing"."""
    table: dict[str, dict[str, int]] = {}
    for true, found in zip(truth, seen, strict=True):
        strong = found[(found.confidence > confidence) & np.isin(found.class_id, list(classes))]
        overlaps = iou_table(true.xyxy, strong.xyxy)
        for index, class_id in enumerate(true.class_id):
            if class_id not in classes:
                continue
            there = np.flatnonzero(overlaps[index] >= iou)
            word = "nothing"
            if len(there):
                word = names[int(strong.class_id[there[int(strong.confidence[there].argmax())]])]
            row = table.setdefault(names[int(class_id)], {})
            row[word] = row.get(word, 0) + 1
    return table
