"""What a single photo says: boxes and the kind of place give proposals, never a dwell.

A photo has no time in it. Whether the car has been on the fire lane for a second or for a week
is for the person who looks at the proposal; so there is no tracker here and no dwell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import box_areas, normalise_boxes, pairwise_iou
from pipeline.rules import class_ids, rules_for
from pipeline.types import Detections, HazardKind, PlaceKind, SubjectBox, ZoneKind

__all__ = ["PHOTO_RULES_VERSION", "Proposal", "judge_photo"]

#: Goes up whenever the same boxes would be judged in another way.
PHOTO_RULES_VERSION: Final = "photo@1"

_GUARD_IOU = 0.6
_SAME_THING_IOU = 0.65
# A bag that lies so far inside a person is carried.
_CARRIED_SHARE = 0.7
_CARRIED = ("bundle", "luggage", "carton")
# Smaller than this share of the picture is too far away to be judged by its place.
_LEAST_SHARE = 0.001


_Judged = tuple[tuple[HazardKind, tuple[str, ...]], ...]


def _judged_in(zone_kind: ZoneKind) -> _Judged:
    """What the cameras' own rules count in such a place."""
    return tuple((rule.kind, rule.classes) for rule in rules_for(zone_kind))


_BY_PLACE: Mapping[PlaceKind, _Judged] = MappingProxyType(
    {place: _judged_in(ZoneKind(place.value)) for place in PlaceKind}
)
# Where nobody said what place it is, the thing itself suggests one; a person decides.
_ANYWHERE: _Judged = (*_judged_in(ZoneKind.CORRIDOR), *_judged_in(ZoneKind.FIRE_LANE))
_LIFT_GUARDS = ("bicycle", "wheelchair", "pram", "trolley", "luggage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A hazard that a photo may show, for a person to confirm or reject.

    Attributes:
        kind: What would be wrong.
        confidence: Of its surest box, in [0, 1].
        subjects: The boxes, the surest first.
        place_known: Whether the kind of place was known; else the thing alone suggested it.
    """

    kind: HazardKind
    confidence: float
    subjects: tuple[SubjectBox, ...]
    place_known: bool


def judge_photo(
    detections: Detections,
    *,
    vocabulary: tuple[str, ...],
    size_wh: tuple[int, int],
    place: PlaceKind | None,
) -> tuple[Proposal, ...]:
    """Turn the boxes of one photo into proposals, one a kind of hazard.

    Args:
        detections: Boxes in pixels of a picture of ``size_wh``.
        vocabulary: The model's class names.
        size_wh: Width and height of that picture in pixels.
        place: What kind of place it shows; None where nobody said.
    """
    if not len(detections):
        return ()
    boxes = normalise_boxes(detections.xyxy, size_wh)
    usable = np.isfinite(boxes).all(axis=1) & (box_areas(boxes) >= _LEAST_SHARE)
    usable &= ~_carried(detections.class_id, boxes, vocabulary)
    if place is PlaceKind.ELEVATOR:
        usable &= ~_excused(detections, boxes, vocabulary)
    order = np.argsort(-detections.confidence, kind="stable")
    proposals = []
    for kind, names in _ANYWHERE if place is None else _BY_PLACE[place]:
        ids = np.array(class_ids(vocabulary, names), np.int64)
        rows = order[usable[order] & np.isin(detections.class_id[order], ids)]
        rows = _one_for_each_thing(rows, boxes)
        if not len(rows):
            continue
        subjects = tuple(
            SubjectBox(
                class_name=vocabulary[int(detections.class_id[row])],
                confidence=round(float(detections.confidence[row]), 4),
                xyxy_norm=_rounded(boxes[row]),
            )
            for row in rows
        )
        proposals.append(
            Proposal(
                kind=kind,
                confidence=subjects[0].confidence,
                subjects=subjects,
                place_known=place is not None,
            )
        )
    return tuple(proposals)


def _rounded(box: NDArray[np.float64]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (round(float(side), 4) for side in box)
    return left, top, right, bottom


def _carried(
    class_id: NDArray[np.int64], boxes: NDArray[np.float64], vocabulary: tuple[str, ...]
) -> NDArray[np.bool_]:
    """What a person wears or carries is no clutter."""
    things = np.isin(class_id, np.array(class_ids(vocabulary, _CARRIED), np.int64))
    people = np.isin(class_id, np.array(class_ids(vocabulary, ("person",)), np.int64))
    carried = np.zeros(len(boxes), np.bool_)
    if not things.any() or not people.any():
        return carried
    one, other = boxes[things][:, None, :], boxes[people][None, :, :]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared = sides.clip(min=0.0).prod(axis=2) / np.maximum(box_areas(boxes[things]), 1e-12)[:, None]
    carried[things] = (shared >= _CARRIED_SHARE).any(axis=1)
    return carried


def _excused(
    detections: Detections, boxes: NDArray[np.float64], vocabulary: tuple[str, ...]
) -> NDArray[np.bool_]:
    """In a lift, a box that is more surely a bicycle or a wheelchair is no e-bike."""
    guards = np.isin(detections.class_id, np.array(class_ids(vocabulary, _LIFT_GUARDS), np.int64))
    if not guards.any():
        return np.zeros(len(boxes), np.bool_)
    alike = pairwise_iou(boxes, boxes[guards]) >= _GUARD_IOU
    surer = detections.confidence[guards][None, :] > detections.confidence[:, None]
    excused: NDArray[np.bool_] = np.any(alike & surer, axis=1)
    return excused


def _one_for_each_thing(rows: NDArray[np.int64], boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """A van may come as car and as truck: the surer one stays. Rows come surest first."""
    kept: list[int] = []
    if len(rows) > 1:
        alike = pairwise_iou(boxes[rows], boxes[rows]) >= _SAME_THING_IOU
        for place in range(len(rows)):
            if not alike[place, kept].any():
                kept.append(place)
        return rows[kept]
    return rows
