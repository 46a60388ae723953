"""Which of the last pictures shows a hazard best: sharp, and with nobody in front of it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import box_areas, intersection_areas, normalise_boxes, pairwise_iou
from pipeline.types import Detections, Frame, HazardEvent, SubjectBox

__all__ = ["RecentPictures", "Sight"]

_KEPT: Final = 4
_OLDEST_S: Final = 5.0
_SAME_IOU: Final = 0.5
_IN_FRONT: Final = frozenset({"person"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """One picture and what was seen on it.

    Attributes:
        frame: The picture.
        detections: All boxes on it.
        subjects: The event's subjects as they stand on it.
    """

    frame: Frame
    detections: Detections
    subjects: tuple[SubjectBox, ...] = ()


class RecentPictures:
    """The last few pictures of one camera; at most four, at most five seconds old."""

    def __init__(self) -> None:
        self._recent: deque[Sight] = deque(maxlen=_KEPT)

    def add(self, frame: Frame, detections: Detections) -> None:
        """Remember a picture."""
        self._recent.append(Sight(frame=frame, detections=detections))

    def best(self, event: HazardEvent, classes: Sequence[str]) -> Sight:
        """The picture that shows the event's subjects best.

        Only pictures count on which every subject stands where the event says (IoU of at
        least 0.5): the boxes that are told and the picture agree.

        Raises:
            LookupError: Nothing has been added yet.
        """
        if not self._recent:
            raise LookupError("no picture yet: add one first")
        newest = self._recent[-1]
        chosen = replace(newest, subjects=event.subjects)
        if not event.subjects:
            return chosen
        highest = _quality(chosen, classes)
        for sight in self._recent:
            age_s = newest.frame.media_time_s - sight.frame.media_time_s
            if sight is newest or not 0 <= age_s <= _OLDEST_S:
                continue
            found = _found_again(sight, event, classes)
            if found is None:
                continue
            quality = _quality(found, classes)
            if quality > highest:
                chosen, highest = found, quality
        return chosen


def _found_again(sight: Sight, event: HazardEvent, classes: Sequence[str]) -> Sight | None:
    boxes = normalise_boxes(sight.detections.xyxy, sight.frame.size_wh)
    names = [classes[i] if 0 <= i < len(classes) else "" for i in sight.detections.class_id]
    subjects = []
    for subject in event.subjects:
        if subject.class_name not in classes:
            subjects.append(subject)  # no detector knows it: it stands where it stood
            continue
        rows = [row for row, name in enumerate(names) if name == subject.class_name]
        if not rows:
            return None
        overlap = pairwise_iou(np.array([subject.xyxy_norm]), boxes[rows])[0]
        best = int(overlap.argmax())
        if overlap[best] < _SAME_IOU:
            return None
        left, top, right, bottom = boxes[rows[best]].tolist()
        subjects.append(replace(subject, xyxy_norm=(left, top, right, bottom)))
    return replace(sight, subjects=tuple(subjects))


def _quality(sight: Sight, classes: Sequence[str]) -> float:
    """Sharpness of the least sharp subject, less what stands in front of it."""
    boxes = normalise_boxes(sight.detections.xyxy, sight.frame.size_wh)
    in_front = np.array(
        [0 <= i < len(classes) and classes[i] in _IN_FRONT for i in sight.detections.class_id],
        np.bool_,
    )
    qualities = []
    for subject in sight.subjects:
        box = np.array([subject.xyxy_norm])
        covered = intersection_areas(box, boxes[in_front]) / max(float(box_areas(box)[0]), 1e-9)
        free = 1.0 - min(float(covered.max(initial=0.0)), 1.0)
        qualities.append(_sharpness(sight.frame.image, subject) * (0.05 + free) ** 2)
    return min(qualities)


def _sharpness(image: NDArray[np.uint8], subject: SubjectBox) -> float:
    """Variance of the Laplacian inside the box (Pech-Pacheco et al. 2000)."""
    height, width = image.shape[:2]
    left, top, right, bottom = subject.xyxy_norm
    part = image[
        int(top * height) : max(int(bottom * height), int(top * height) + 2),
        int(left * width) : max(int(right * width), int(left * width) + 2),
    ]
    if part.size == 0:
        return 0.0
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var()) + 1e-6
