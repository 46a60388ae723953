"""From the numbers a YOLO head gives to boxes: layout, threshold, suppression of doubles."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.detectors.protocol import MAX_DETECTIONS
from pipeline.errors import ModelError
from pipeline.types import Detections

__all__ = ["HeadLayout", "decode_head", "find_layout", "suppress_doubles"]

#: ``raw``: ``(B, 4 + classes, anchors)``, centre boxes and one score a class, doubles inside.
#: ``end_to_end``: ``(B, N, 6)``, corner boxes, confidence, class; doubles already gone.
HeadLayout = Literal["raw", "end_to_end"]

# More candidates than this say that the threshold is close to 0; the best are enough.
_MAX_CANDIDATES = 30_000


def find_layout(
    shape: tuple[int, ...], *, class_count: int, end_to_end: bool | None = None
) -> HeadLayout:
    """Tell the head's layout from the shape of its output.

    Args:
        shape: Shape of a real output, batch first.
        class_count: How many classes the model should have.
        end_to_end: What the registry or the file says of itself; None = look at the shape.

    Raises:
        ModelError: The output is of no known layout, has another number of classes, or is not
            what ``end_to_end`` promised.
    """
    rows = 4 + class_count
    is_end_to_end = len(shape) == 3 and shape[2] == 6
    is_raw = len(shape) == 3 and shape[1] == rows
    # Two classes make 4 + 2 = 6 as well; a raw head has hundreds of anchors, never six.
    layout: HeadLayout | None = "end_to_end" if is_end_to_end else "raw" if is_raw else None
    if layout is None:
        raise ModelError(
            f"the model's output has the shape {list(shape)}; expected [batch, {rows}, anchors]"
            f" (4 coordinates + {class_count} classes) or [batch, boxes, 6]."
            " Use a detection model (no segmentation, no pose), exported for these classes."
        )
    if end_to_end is not None and end_to_end != (layout == "end_to_end"):
        raise ModelError(
            f"the model's output has the shape {list(shape)}, which is {layout}, but it is"
            f" described with end_to_end = {str(end_to_end).lower()}. Mend the description"
            " or export the model again."
        )
    return layout


def decode_head(
    output: NDArray[np.floating[Any]],
    *,
    layout: HeadLayout,
    class_count: int,
    confidence: float,
    iou: float,
) -> Detections:
    """Turn one picture's output into boxes in input pixels, the most confident first.

    Args:
        output: ``(4 + classes, anchors)`` or ``(N, 6)``, as ``layout`` says; any float type.
            Rows with NaN or infinite numbers are dropped.
        layout: Which of the two it is.
        class_count: How many classes the model has; rows of other classes are dropped.
        confidence: Boxes at or below this are dropped, in [0, 1].
        iou: Boxes of one class that overlap a better one by more than this are doubles, in
            [0, 1]; not used by ``end_to_end``.
    """
    values = output.astype(np.float32, copy=False)
    if layout == "end_to_end":
        best, spoken = values[:, 4], values[:, 5]
        keep = (best > confidence) & np.isfinite(values).all(axis=1)
        keep &= (spoken >= 0) & (spoken < class_count)
        best, class_id, boxes = best[keep], spoken[keep].astype(np.int64), values[keep, :4]
    else:
        # A score of NaN makes the maximum NaN, and NaN is above no threshold.
        best = values[4:].max(axis=0) if values.size else np.zeros(0, np.float32)
        keep = (best > confidence) & np.isfinite(best) & np.isfinite(values[:4]).all(axis=0)
        candidates = values[:, keep]
        best, class_id = best[keep], candidates[4:].argmax(axis=0)
        half = candidates[2:4] / 2
        boxes = np.concatenate([candidates[:2] - half, candidates[:2] + half]).T
    order = np.argsort(-best, kind="stable")[:_MAX_CANDIDATES]
    best, class_id, boxes = best[order], class_id[order], boxes[order]
    if layout == "raw":
        kept = suppress_doubles(boxes, class_id, iou=iou, limit=MAX_DETECTIONS)
    else:
        kept = np.arange(min(len(best), MAX_DETECTIONS))
    return Detections(
        xyxy=np.ascontiguousarray(boxes[kept], np.float32),
        confidence=best[kept].clip(0, 1),
        class_id=class_id[kept],
    )


def suppress_doubles(
    xyxy: NDArray[np.float32], class_id: NDArray[np.int64], *, iou: float, limit: int
) -> NDArray[np.int64]:
    """Non-maximum suppression within each class.

    Args:
        xyxy: ``(N, 4)`` corners, sorted by confidence, the best first.
        class_id: ``(N,)``; boxes of different classes never suppress each other.
        iou: A box goes if it overlaps a kept one of its class by more than this.
        limit: Stop when so many are kept.

    Returns:
        Indices of the kept boxes, ascending, so the best stays first.
    """
    areas = (xyxy[:, 2] - xyxy[:, 0]) * (xyxy[:, 3] - xyxy[:, 1])
    remaining = np.arange(len(xyxy))
    kept: list[int] = []
    while len(remaining) and len(kept) < limit:
        best, rest = remaining[0], remaining[1:]
        kept.append(int(best))
        left_top = np.maximum(xyxy[best, :2], xyxy[rest, :2])
        right_bottom = np.minimum(xyxy[best, 2:], xyxy[rest, 2:])
        sides = (right_bottom - left_top).clip(min=0)
        shared = sides[:, 0] * sides[:, 1]
        # Written without a division: two boxes without area give 0 > 0, not NaN.
        doubled = shared > iou * (areas[best] + areas[rest] - shared)
        remaining = rest[~(doubled & (class_id[rest] == class_id[best]))]
    return np.array(kept, np.int64)
