"""One camera against its clean references: frames in, foreign matter out."""

from collections.abc import Mapping, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.clutter.difference import LEAST_LIKENESS, Comparer, Difference
from pipeline.clutter.picture import WORK_WIDTH_PX, Prepared, prepare
from pipeline.clutter.reference import CleanReference, LightMode
from pipeline.clutter.stillness import Stillness
from pipeline.types import Detections, Foreign, ForeignRegion, Frame

__all__ = ["MOVING_CLASSES", "ForeignWatcher"]

Outline = Sequence[tuple[float, float]]

#: What moves of its own: hidden from the comparison while it is there.
MOVING_CLASSES: Final = frozenset(
    {"person", "car", "truck", "bus", "tricycle", "wheelchair", "cat", "dog"}
)

# A box is widened by this share of its sides, and downwards for the shadow at its feet.
_WIDEN: Final = 0.08
_FEET: Final = 0.12
# A guess hides nothing: a plant that is taken for a person now and then stands all the same.
_SURELY_MOVES: Final = 0.35
_SPECK_PX: Final = 40
_MODE_FRAMES: Final = 3
_CHOOSE_EVERY_S: Final = 10.0
_SEEN_SHARE: Final = 0.3
# More than this share of the whole picture, and it is the picture that has changed.
_MOST_CHANGED: Final = 0.75


class ForeignWatcher:
    """Finds foreign matter in the zones of one camera. Not thread-safe; one a camera.

    Args:
        camera_id: The camera; references of another one are refused.
        zones: Outline of each zone, by zone id, in shares of width and height.
        references: Approved references, any number of each mode.
        may_change: Outlines of doors, screens and the like, where a change means nothing.
        settle_s: How long something must stay before it is told, in seconds.

    Raises:
        ValueError: A reference is of another camera or not approved, or there is none.
    """

    def __init__(
        self,
        *,
        camera_id: str,
        zones: Mapping[str, Outline],
        references: Sequence[CleanReference],
        may_change: Sequence[Outline] = (),
        settle_s: float = 3.0,
    ) -> None:
        if not references:
            raise ValueError("references: expected at least one, found none")
        for each in references:
            if each.camera_id != camera_id:
                raise ValueError(
                    f"reference {each.id}: expected one of camera {camera_id}, found one of camera"
                    f" {each.camera_id}: take a new one with `lifelane reference take`"
                )
            if not each.approved:
                raise ValueError(
                    f"reference {each.id}: nobody has approved it: look at it, then"
                    " `lifelane reference approve`"
                )
        self._zones = {zone_id: tuple(outline) for zone_id, outline in zones.items()}
        self._may_change = tuple(tuple(outline) for outline in may_change)
        self._references = tuple(references)
        self._settle_s = settle_s
        self._comparers: dict[tuple[int, int], dict[LightMode, list[Comparer]]] = {}
        self._masks: dict[str, NDArray[np.uint8]] = {}
        self._shape_hw = (0, 0)
        self._stillness = Stillness(settle_s=settle_s)
        self._strength: NDArray[np.float32] | None = None
        self._mode: LightMode | None = None
        self._other_mode_frames = 0
        self._chosen: Comparer | None = None
        self._chosen_s = 0.0
        self._watched_s = 0.0
        self._last_s: float | None = None
        #: Why nothing can be told right now, for people; empty while all is well.
        self.trouble = ""

    def observe(self, frame: Frame, detections: Detections, classes: Sequence[str]) -> Foreign:
        """Compare one frame.

        Args:
            frame: The frame.
            detections: Its boxes; those of `MOVING_CLASSES` are hidden from the comparison.
            classes: Names that ``class_id`` indexes.

        Returns:
            What stands in the zones and stays there; with no zone judged where nothing can be
            told, and the reason in `trouble`.
        """
        by_mode = self._fit_to(frame.size_wh)
        if by_mode is None:
            return Foreign()
        prepared = prepare(frame.image)
        comparers = self._in_this_light(prepared, by_mode)
        if comparers is None:
            return Foreign()
        hidden = self._hidden(detections, classes, frame.size_wh)
        known = self._stillness.settled
        found = self._best(prepared, comparers, hidden, known, frame.media_time_s)
        if found.likeness < LEAST_LIKENESS or float(found.changed.mean()) > _MOST_CHANGED:
            self.trouble = (
                "the picture does not look like the clean reference "
                f"(likeness {found.likeness:.2f}, expected at least {LEAST_LIKENESS:g}): has the "
                "camera been moved or covered? take and approve a new reference if it has"
            )
            return Foreign()
        self.trouble = ""
        settled = self._stillness.update(found, hidden, media_time_s=frame.media_time_s)
        self._remember(found, hidden)
        self._count_time(frame.media_time_s)
        if self._watched_s < self._settle_s:
            # Just begun, or begun again: what stands here has not had the time to settle.
            return Foreign()
        judged = frozenset(
            zone_id for zone_id, mask in self._masks.items() if self._is_seen(mask, hidden)
        )
        return Foreign(regions=self._regions(settled, judged), judged=judged)

    def _fit_to(self, size_wh: tuple[int, int]) -> dict[LightMode, list[Comparer]] | None:
        if size_wh not in self._comparers:
            by_mode: dict[LightMode, list[Comparer]] = {}
            for each in self._references:
                if each.size_wh == size_wh:
                    comparer = Comparer(prepare(each.image))
                    by_mode.setdefault(each.mode, []).append(comparer)
            self._comparers = {size_wh: by_mode}
            self._stillness = Stillness(settle_s=self._settle_s)
            self._strength, self._chosen, self._mode = None, None, None
            self._watched_s, self._last_s = 0.0, None
            if by_mode:
                self._shape_hw = next(iter(by_mode.values()))[0].shape_hw
                self._masks = self._draw_zones()
        by_mode = self._comparers[size_wh]
        if not by_mode:
            sizes = sorted({f"{each.size_wh[0]}x{each.size_wh[1]}" for each in self._references})
            self.trouble = (
                f"no clean reference of this picture size: expected {size_wh[0]}x{size_wh[1]},"
                f" found {', '.join(sizes)}: take and approve one from this stream"
            )
            return None
        return by_mode

    def _draw_zones(self) -> dict[str, NDArray[np.uint8]]:
        closed = np.zeros(self._shape_hw, np.uint8)
        for outline in self._may_change:
            _fill(closed, outline)
        masks = {}
        for zone_id, outline in self._zones.items():
            mask = np.zeros(self._shape_hw, np.uint8)
            _fill(mask, outline)
            mask[closed.astype(np.bool_)] = 0
            masks[zone_id] = mask
        return masks

    def _in_this_light(
        self, prepared: Prepared, by_mode: dict[LightMode, list[Comparer]]
    ) -> list[Comparer] | None:
        mode = LightMode.INFRARED if prepared.infrared else LightMode.DAY
        if self._mode is None:
            self._mode = mode
        elif mode is not self._mode:
            # While the camera switches over, its exposure runs through everything.
            self._other_mode_frames += 1
            if self._other_mode_frames < _MODE_FRAMES:
                return None
            self._mode, self._chosen = mode, None
        self._other_mode_frames = 0
        if mode not in by_mode:
            self.trouble = (
                f"no clean reference for {mode.value} pictures, only for"
                f" {', '.join(sorted(each.value for each in by_mode))}: take and approve one"
            )
            return None
        return by_mode[mode]

    def _best(
        self,
        prepared: Prepared,
        comparers: list[Comparer],
        hidden: NDArray[np.bool_],
        known: NDArray[np.bool_] | None,
        media_time_s: float,
    ) -> Difference:
        due = abs(media_time_s - self._chosen_s) >= _CHOOSE_EVERY_S
        if self._chosen is not None and not (due and len(comparers) > 1):
            return self._chosen.compare(prepared, hidden, known)
        found = [each.compare(prepared, hidden, known) for each in comparers]
        # Explained by the least change, not by the best likeness: a lamp that is off in the
        # one reference and on in the other moves little texture.
        best = min(
            range(len(found)), key=lambda i: (float(found[i].changed.mean()), -found[i].likeness)
        )
        self._chosen, self._chosen_s = comparers[best], media_time_s
        return found[best]

    def _hidden(
        self, detections: Detections, classes: Sequence[str], size_wh: tuple[int, int]
    ) -> NDArray[np.bool_]:
        hidden = np.zeros(self._shape_hw, np.uint8)
        scale = WORK_WIDTH_PX / size_wh[0]
        sure = detections.confidence >= _SURELY_MOVES
        for box, class_id in zip(
            (detections.xyxy[sure] * scale).tolist(),
            detections.class_id[sure].tolist(),
            strict=True,
        ):
            if not 0 <= class_id < len(classes) or classes[class_id] not in MOVING_CLASSES:
                continue
            left, top, right, bottom = box
            wide, tall = _WIDEN * (right - left), bottom - top
            corner = (max(round(left - wide), 0), max(round(top - _WIDEN * tall), 0))
            other = (max(round(right + wide), 0), max(round(bottom + _FEET * tall), 0))
            cv2.rectangle(hidden, corner, other, 1, cv2.FILLED)
        return hidden.astype(np.bool_)

    def _remember(self, found: Difference, hidden: NDArray[np.bool_]) -> None:
        if self._strength is None or self._strength.shape != found.strength.shape:
            self._strength = found.strength.copy()
        told = ~(hidden | found.blind)
        np.copyto(self._strength, found.strength, where=told)

    def _count_time(self, media_time_s: float) -> None:
        if self._last_s is not None:
            gone_s = max(media_time_s - self._last_s, 0.0)
            self._watched_s += min(gone_s, self._settle_s / 2)
        self._last_s = media_time_s

    def _is_seen(self, mask: NDArray[np.uint8], hidden: NDArray[np.bool_]) -> bool:
        whole = int(mask.sum())
        return whole > 0 and int(mask[~hidden].sum()) >= _SEEN_SHARE * whole

    def _regions(
        self, settled: NDArray[np.bool_], judged: frozenset[str]
    ) -> tuple[ForeignRegion, ...]:
        if self._strength is None or not settled.any():
            return ()
        height, width = self._shape_hw
        regions = []
        whole = settled.astype(np.uint8)
        x, y, wide, tall = cv2.boundingRect(whole)
        part = (slice(y, y + tall), slice(x, x + wide))
        strength = self._strength[part]
        for zone_id in sorted(judged):
            inside = whole[part] & self._masks[zone_id][part]
            count, labels, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=8)
            for number in range(1, count):
                left, top, wide, tall, area = (int(figure) for figure in stats[number])
                if area < _SPECK_PX:
                    continue
                window = (slice(top, top + tall), slice(left, left + wide))
                mine = labels[window] == number
                confidence = float(strength[window][mine].mean())
                left, top = left + x, top + y
                regions.append(
                    ForeignRegion(
                        zone_id=zone_id,
                        xyxy_norm=(
                            left / width,
                            top / height,
                            (left + wide) / width,
                            (top + tall) / height,
                        ),
                        confidence=round(min(max(confidence, 0.0), 1.0), 4),
                        area_norm=area / (height * width),
                    )
                )
        return tuple(regions)


def _fill(mask: NDArray[np.uint8], outline: Outline) -> None:
    height, width = mask.shape
    corners = np.rint(np.array(outline, np.float64) * [width - 1, height - 1]).astype(np.int32)
    cv2.fillPoly(mask, [corners], 1)
