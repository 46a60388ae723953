"""What a rule is, and the common case: boxes of certain classes that stand in the zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Box, box_areas, footprints, pairwise_iou
from pipeline.rules.candidate import Candidate
from pipeline.rules.on_ground import ground_measures, ground_share
from pipeline.rules.scene import NAMED_SHARE, Scene, inside_shares
from pipeline.types import FOREIGN_CLASS, ForeignRegion, HazardKind
from pipeline.zones import Zone

__all__ = ["BoxRule", "HazardRule", "Presence", "hold_confidence"]

# What was there a moment ago is believed on weaker evidence than what is new: a box that
# flickers around a limit must not reset its dwell.
_HOLD_SHARE = 0.6
_SAME_THING_IOU = 0.65
_GUARD_IOU = 0.6
_ALLOWED_SHARE = 0.5
#: Share of a footprint on the ground that has to lie in the zone: a car that is parked beside
#: a lane overhangs it by a few percent at most.
_GROUND_SHARE = 0.12

_Rows = NDArray[np.int64]
_Mask = NDArray[np.bool_]


def hold_confidence(zone: Zone) -> float:
    """Confidence, in [0, 1], below which a box means nothing in this zone.

    A detector has to report boxes down to it: between this and ``min_confidence`` a box
    starts nothing, but keeps up what is there.
    """
    return _HOLD_SHARE * zone.min_confidence


class Presence(StrEnum):
    """How time is counted for a rule."""

    #: Each occupied footprint has its own dwell: things that stay where they are.
    FOOTPRINT = "footprint"
    #: The zone as a whole is occupied or not, k of the last n frames: things moved about.
    ZONE = "zone"


class HazardRule(Protocol):
    """Judges one frame of one zone. Stateless and pure."""

    @property
    def name(self) -> str:
        """Stable name; the state on disk is kept under it."""
        ...

    @property
    def version(self) -> str:
        """Name and version, such as ``fire_lane@1``; goes into every event."""
        ...

    @property
    def kind(self) -> HazardKind:
        """What is wrong when the rule says so."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes it judges."""
        ...

    @property
    def presence(self) -> Presence:
        """How time is counted."""
        ...

    @property
    def queues(self) -> bool:
        """Whether what it judges is traffic, which may queue and take each other's places."""
        ...

    @property
    def hold_s(self) -> float:
        """How long something may be hidden behind other boxes before its absence counts."""
        ...

    def candidates(self, scene: Scene, zone: Zone) -> list[Candidate]:
        """The boxes that count in this frame, at most one for each real thing."""
        ...

    def confirms(self, zone: Zone, candidate: Candidate, *, aspect: float) -> bool:
        """A closer look before something is raised: does it really stand on that ground?

        Args:
            zone: The zone.
            candidate: A firm candidate of this frame.
            aspect: Width of the frame over its height.
        """
        ...

    def measures(
        self, zone: Zone, occupied: Sequence[Candidate], *, aspect: float
    ) -> Mapping[str, float]:
        """Figures about what occupies the zone, each named with its unit.

        Args:
            zone: The zone.
            occupied: The qualified footprints as last seen, at least one.
            aspect: Width of the frame over its height.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRule:
    """A rule by class and footprint overlap; most rules are nothing but its parameters.

    Attributes:
        name: Stable name of the rule.
        number: Version; one more whenever its judgement changes.
        kind: What it finds.
        classes: Classes that it judges.
        catch_all: Whether a zone's own class list may bring this rule classes beyond its own.
        leaves: Of those, the classes that another rule of the same zone kind takes.
        guards: Classes that excuse a candidate: where one of them overlaps it with more
            confidence, the box is that other thing. A class that the zone itself names as
            counting is no excuse there.
        takes_foreign: Whether foreign matter counts, whatever it is.
        excused_by_charging: Whether what stands in an approved charging place is no case.
        presence: How time is counted.
        footprint_share: Lower share of a box that stands on the ground, in (0, 1].
        min_share: A footprint counts with this share of it inside the zone ...
        min_cover: ... or when it covers this share of the zone.
        queues: Whether it judges traffic, which may queue.
        hold_s: Longest time hidden behind other boxes, in seconds.
    """

    name: str
    number: int
    kind: HazardKind
    classes: tuple[str, ...]
    catch_all: bool = True
    leaves: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    takes_foreign: bool = False
    excused_by_charging: bool = False
    presence: Presence = Presence.FOOTPRINT
    footprint_share: float
    min_share: float = 0.3
    min_cover: float = 0.15
    queues: bool = False
    hold_s: float = 60.0

    @property
    def version(self) -> str:
        """Name and version, such as ``fire_lane@1``."""
        return f"{self.name}@{self.number}"

    def classes_in(self, zone: Zone) -> tuple[str, ...]:
        """The class names that count in this zone."""
        if zone.classes is None:
            named = self.classes
        else:
            named = tuple(
                name
                for name in zone.classes
                if name in self.classes or (self.catch_all and name not in self.leaves)
            )
        if not zone.allow_classes:
            return named
        return tuple(name for name in named if name not in zone.allow_classes)

    def candidates(self, scene: Scene, zone: Zone) -> list[Candidate]:
        """See :class:`HazardRule`."""
        boxes = self._boxes(scene, zone)
        regions = self._regions(scene, zone)
        if not regions:
            return boxes
        boxes, nameless = _named(boxes, regions, zone)
        return boxes + self._foreign(nameless, zone)

    def _boxes(self, scene: Scene, zone: Zone) -> list[Candidate]:
        counting = self.classes_in(zone)
        rows = scene.rows_of(counting)
        if not len(rows):
            return []
        rows = rows[scene.confidence[rows] >= hold_confidence(zone)]
        rows = rows[zone.shape.may_touch(scene.boxes[rows])]
        if not len(rows):
            return []
        if zone.area_norm != (0.0, 1.0):
            areas = box_areas(scene.boxes[rows])
            rows = rows[(areas >= zone.area_norm[0]) & (areas <= zone.area_norm[1])]
        if self.excused_by_charging and scene.allowed:
            rows = rows[scene.allowed_share(rows, self.footprint_share) < _ALLOWED_SHARE]
        ground = footprints(scene.boxes[rows], self.footprint_share)
        inside = zone.shape.overlap_areas(ground)
        share = np.minimum(inside / np.maximum(box_areas(ground), 1e-15), 1.0)
        cover = np.minimum(inside / zone.shape.area, 1.0)
        stands = np.maximum(share / self.min_share, cover / self.min_cover)
        firm = (stands >= 1.0) & (scene.confidence[rows] >= zone.min_confidence)
        near = np.flatnonzero(stands >= _HOLD_SHARE)
        guards = tuple(name for name in (*self.guards, *zone.allow_classes) if name not in counting)
        if len(near) and guards:
            near = near[~_excused(scene, rows[near], scene.rows_of(guards))]
        kept = _one_for_each_thing(scene, rows, near, firm)
        if not len(kept):
            return []
        # Plain lists at once: picking single numbers out of arrays costs more than the rest.
        return [
            Candidate(
                box=(box[0], box[1], box[2], box[3]),
                class_name=scene.vocabulary[class_id],
                confidence=confidence,
                share=inside_share,
                cover=zone_share,
                firm=strong,
            )
            for box, class_id, confidence, inside_share, zone_share, strong in zip(
                scene.boxes[rows[kept]].tolist(),
                scene.class_id[rows[kept]].tolist(),
                scene.confidence[rows[kept]].tolist(),
                share[kept].tolist(),
                cover[kept].tolist(),
                firm[kept].tolist(),
                strict=True,
            )
        ]

    def _regions(self, scene: Scene, zone: Zone) -> list[ForeignRegion]:
        counts = zone.classes is None or FOREIGN_CLASS in zone.classes
        if not (self.takes_foreign and counts) or FOREIGN_CLASS in zone.allow_classes:
            return []
        weakest = hold_confidence(zone)
        regions = scene.foreign_in(zone.id, named_from=zone.min_confidence)
        least, most = zone.area_norm
        return [
            region
            for region in regions
            if region.confidence >= weakest and least <= _box_area(region.xyxy_norm) <= most
        ]

    def _foreign(self, regions: Sequence[ForeignRegion], zone: Zone) -> list[Candidate]:
        if not regions:
            return []
        ground = footprints(
            np.array([region.xyxy_norm for region in regions], np.float64), self.footprint_share
        )
        inside = zone.shape.overlap_areas(ground)
        share = np.minimum(inside / np.maximum(box_areas(ground), 1e-15), 1.0)
        cover = np.minimum(inside / zone.shape.area, 1.0)
        stands = np.maximum(share / self.min_share, cover / self.min_cover)
        found = [
            Candidate(
                box=region.xyxy_norm,
                class_name=FOREIGN_CLASS,
                confidence=region.confidence,
                share=float(share[index]),
                cover=float(cover[index]),
                firm=bool(stands[index] >= 1.0) and region.confidence >= zone.min_confidence,
            )
            for index, region in enumerate(regions)
            if stands[index] >= _HOLD_SHARE
        ]
        return sorted(found, key=lambda each: (not each.firm, -each.confidence))

    def confirms(self, zone: Zone, candidate: Candidate, *, aspect: float) -> bool:
        """On calibrated ground a thing beside the zone may not count for looking near."""
        inside = ground_share(zone, candidate, aspect=aspect)
        return inside is None or inside >= _GROUND_SHARE

    def measures(
        self, zone: Zone, occupied: Sequence[Candidate], *, aspect: float
    ) -> Mapping[str, float]:
        """Shares of the picture always, metres where the ground is calibrated."""
        return {
            "zone_share": round(min(sum(thing.cover for thing in occupied), 1.0), 3),
            "footprint_share": round(max(thing.share for thing in occupied), 3),
            **ground_measures(zone, occupied, aspect=aspect),
        }


def _box_area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _named(
    boxes: list[Candidate], regions: list[ForeignRegion], zone: Zone
) -> tuple[list[Candidate], list[ForeignRegion]]:
    """Let a weak box and the foreign matter inside it speak for each other.

    The detector guesses a name, the comparison swears that something is there: together they
    are one thing, as firm as the surer of the two.

    Returns:
        The boxes, and the regions that have no name.
    """
    if not boxes:
        return boxes, regions
    shares = inside_shares(regions, np.array([each.box for each in boxes], np.float64))
    nameless = [
        region
        for region, own in zip(regions, shares, strict=True)
        if float(own.max()) < NAMED_SHARE
    ]
    sworn = [
        max(
            (
                region.confidence
                for region, own in zip(regions, shares[:, column], strict=True)
                if own >= NAMED_SHARE
            ),
            default=0.0,
        )
        for column in range(len(boxes))
    ]
    together = [
        replace(each, firm=True, confidence=max(each.confidence, word))
        if word >= zone.min_confidence and not each.firm
        else each
        for each, word in zip(boxes, sworn, strict=True)
    ]
    return together, nameless


def _excused(scene: Scene, rows: _Rows, guards: _Rows) -> _Mask:
    if not len(guards):
        return np.zeros(len(rows), np.bool_)
    alike = pairwise_iou(scene.boxes[rows], scene.boxes[guards]) >= _GUARD_IOU
    surer = scene.confidence[guards][None, :] > scene.confidence[rows][:, None]
    excused: _Mask = np.any(alike & surer, axis=1)
    return excused


def _one_for_each_thing(scene: Scene, rows: _Rows, near: _Rows, firm: _Mask) -> _Rows:
    """Firm before weak, sure before unsure; drop boxes of a thing that is already named.

    Suppression in the detector is by class, so a van may come as car and as truck.
    """
    if not len(near):
        return near
    order = near[np.lexsort((near, -scene.confidence[rows[near]], ~firm[near]))]
    boxes = scene.boxes[rows[order]]
    alike = pairwise_iou(boxes, boxes) >= _SAME_THING_IOU
    if int(alike.sum()) == len(order):
        return order
    kept: list[int] = []
    for place in range(len(order)):
        if not alike[place, kept].any():
            kept.append(place)
    return order[kept]
