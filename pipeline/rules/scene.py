"""One frame's boxes as the rules see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import (
    Box,
    Polygon,
    box_areas,
    footprints,
    intersection_areas,
    normalise_boxes,
)
from pipeline.rules.classes import class_ids
from pipeline.types import Foreign, ForeignRegion, Tracks

__all__ = ["NAMED_SHARE", "Scene", "inside_shares"]

#: A box accounts for a foreign region from this share of the region on.
NAMED_SHARE = 0.5


def inside_shares(
    regions: Sequence[ForeignRegion], boxes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How much of each region lies in each box: ``(R, B)`` float64 in [0, 1]."""
    own = np.array([region.xyxy_norm for region in regions], np.float64).reshape(-1, 4)
    return intersection_areas(own, boxes) / np.maximum(box_areas(own), 1e-15)[:, None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """All usable boxes of one frame, in normalised coordinates.

    Attributes:
        boxes: ``(N, 4)`` float64: left, top, right, bottom in [0, 1], all with an area.
        confidence: ``(N,)`` float64 in [0, 1].
        class_id: ``(N,)`` int64, each an index of ``vocabulary``.
        track_id: ``(N,)`` int64, -1 where unsure. A hint for rules that judge motion; never
            a key.
        vocabulary: The model's class names.
        frame_size_wh: Width and height of the frame in pixels.
        allowed: Approved charging places of this camera, where e-bikes may stand.
        foreign: What differs from the clean references; ``None`` if there are none at all.
        taken: Where something stands that another rule of the zone has settled on: what is
            foreign there is that thing.
    """

    boxes: NDArray[np.float64]
    confidence: NDArray[np.float64]
    class_id: NDArray[np.int64]
    track_id: NDArray[np.int64]
    vocabulary: tuple[str, ...]
    frame_size_wh: tuple[int, int]
    allowed: tuple[Polygon, ...] = ()
    foreign: Foreign | None = None
    taken: tuple[Box, ...] = ()

    @classmethod
    def of(
        cls,
        tracks: Tracks,
        *,
        frame_size_wh: tuple[int, int],
        vocabulary: tuple[str, ...],
        allowed: tuple[Polygon, ...] = (),
        foreign: Foreign | None = None,
    ) -> Self:
        """Normalise a frame's tracks.

        Boxes that are not finite, lie outside the frame, or have a class id that the model
        does not name are left out: they can say nothing about a place.
        """
        found = tracks.detections
        boxes = normalise_boxes(found.xyxy, frame_size_wh)
        confidence = found.confidence.astype(np.float64)
        usable = (
            np.isfinite(boxes).all(axis=1)
            & np.isfinite(confidence)
            & (found.class_id >= 0)
            & (found.class_id < len(vocabulary))
        )
        usable[usable] = box_areas(boxes[usable]) > 0.0
        return cls(
            boxes=boxes[usable],
            confidence=np.clip(confidence[usable], 0.0, 1.0),
            class_id=found.class_id[usable],
            track_id=tracks.track_id[usable],
            vocabulary=vocabulary,
            frame_size_wh=frame_size_wh,
            allowed=allowed,
            foreign=foreign,
        )

    def rows_of(self, names: tuple[str, ...]) -> NDArray[np.int64]:
        """Rows ``(M,)`` of the boxes whose class goes by one of ``names``, ascending."""
        ids = class_ids(self.vocabulary, names)
        if not ids or not len(self.class_id):
            return np.zeros(0, np.int64)
        wanted = np.zeros(len(self.vocabulary), np.bool_)
        wanted[list(ids)] = True
        return np.flatnonzero(wanted[self.class_id])

    def allowed_share(self, rows: NDArray[np.int64], footprint_share: float) -> NDArray[np.float64]:
        """How much of each footprint lies in one approved charging place.

        Args:
            rows: ``(M,)`` rows of :attr:`boxes`.
            footprint_share: Lower share of a box that stands on the ground, in (0, 1].

        Returns:
            ``(M,)`` float64 in [0, 1], the best of all places.
        """
        ground = footprints(self.boxes[rows], footprint_share)
        areas = np.maximum(box_areas(ground), 1e-15)
        best = np.zeros(len(rows))
        for place in self.allowed:
            np.maximum(best, place.overlap_areas(ground) / areas, out=best)
        return np.minimum(best, 1.0)

    def foreign_in(self, zone_id: str, *, named_from: float) -> list[ForeignRegion]:
        """Foreign regions of a zone that nothing else accounts for.

        Args:
            zone_id: The zone.
            named_from: Boxes of at least this confidence count, whatever their class: a person
                in the way is no matter, and a carton that has a name needs no second one. A
                box below it is a guess, which hides nothing.
        """
        if self.foreign is None:
            return []
        regions = [region for region in self.foreign.regions if region.zone_id == zone_id]
        boxes = self.boxes[self.confidence >= named_from]
        if self.taken:
            boxes = np.concatenate([boxes, np.array(self.taken, np.float64)])
        if not regions or not len(boxes):
            return regions
        shares = inside_shares(regions, boxes)
        free = shares.max(axis=1) < NAMED_SHARE
        return [region for region, is_free in zip(regions, free, strict=True) if is_free]

    def speaks_of_foreign(self, zone_id: str) -> bool:
        """Whether this frame could be compared with the zone's clean reference."""
        return self.foreign is not None and zone_id in self.foreign.judged
