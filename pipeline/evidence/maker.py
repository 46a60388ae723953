"""Evidence of one camera: the best picture, the place before, and what may leave the system."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np

from pipeline.evidence.annotated import annotate
from pipeline.evidence.choosing import RecentPictures, Sight
from pipeline.evidence.drawing import limit_size
from pipeline.evidence.pictures import encode_jpeg
from pipeline.evidence.privacy import Privacy
from pipeline.geometry import Polygon, normalise_boxes
from pipeline.types import Detections, EvidenceRef, Frame, HazardEvent, Phase

__all__ = ["EvidenceMaker"]

_BEFORE_EVERY_S: Final = 30.0


class EvidenceMaker:
    """Documents the events of one camera.

    Args:
        zones: Outline of each zone in shares of width and height, by zone id.
        classes: The model's class names.
        privacy: What is hidden in everything that leaves.
        keep_original: Takes digest and bytes of each picture as it was before heads and
            plates were hidden (privacy masks are black there too); None keeps none.
    """

    def __init__(
        self,
        *,
        zones: Mapping[str, Sequence[tuple[float, float]]],
        classes: Sequence[str],
        privacy: Privacy | None = None,
        keep_original: Callable[[str, bytes], None] | None = None,
    ) -> None:
        self._zones = {zone_id: tuple(outline) for zone_id, outline in zones.items()}
        self._shapes = {zone_id: Polygon(outline) for zone_id, outline in self._zones.items()}
        self._classes = tuple(classes)
        self._privacy = privacy or Privacy()
        self._keep_original = keep_original
        self._recent = RecentPictures()
        self._before: dict[str, tuple[datetime, float, bytes]] = {}

    def see(self, frame: Frame, detections: Detections, *, is_quiet: bool) -> None:
        """Remember a picture.

        Args:
            frame: The picture.
            detections: All boxes on it.
            is_quiet: Whether the rules have nothing pending or open at this camera: then a
                zone without any box is a zone as it should be.
        """
        self._recent.add(frame, detections)
        if not is_quiet:
            return
        boxes = normalise_boxes(detections.xyxy, frame.size_wh)
        content = b""
        for zone_id, shape in self._shapes.items():
            kept = self._before.get(zone_id)
            if kept and 0 <= frame.media_time_s - kept[1] < _BEFORE_EVERY_S:
                continue
            if len(boxes) and float(np.max(shape.overlap_areas(boxes))) > 0:
                continue
            content = content or encode_jpeg(
                limit_size(self._privacy.hidden(frame.image, detections, self._classes))
            )
            self._before[zone_id] = (frame.captured_at, frame.media_time_s, content)

    def document(self, event: HazardEvent) -> tuple[HazardEvent, dict[str, bytes]]:
        """Make the pictures of an event that the newest picture has decided.

        Returns:
            A copy of the event with its ``evidence``: ``snapshot`` (zone and boxes drawn),
            ``clean``, and at a start ``free`` where the zone has been seen free before; and the
            bytes by their SHA-256. What leaves is masked and, unless that is switched off,
            blurred; its JPEG comment names the original's SHA-256.

        Raises:
            LookupError: No picture has been seen yet.
        """
        outline = self._zones.get(event.zone_id, ())
        if event.phase is Phase.END:
            sight = self._recent.best(replace(event, subjects=()), self._classes)
            sight = replace(sight, subjects=event.subjects)
        else:
            sight = self._recent.best(event, self._classes)
        shown = replace(event, subjects=sight.subjects)
        original = encode_jpeg(limit_size(self._privacy.blacked_out(sight.frame.image)))
        digest = hashlib.sha256(original).hexdigest()
        if self._keep_original is not None and self._privacy.blur:
            self._keep_original(digest, original)
        note = f"original-sha256={digest}"
        frame = replace(sight.frame, image=self._hidden(sight))
        contents = [
            ("snapshot", encode_jpeg(annotate(frame, shown, outline), note=note)),
            ("clean", encode_jpeg(limit_size(frame.image), note=note)),
        ]
        before = self._before.get(event.zone_id)
        if event.phase is Phase.START and before and before[0] < event.first_seen:
            contents.append(("free", before[2]))
        pictures = {hashlib.sha256(content).hexdigest(): content for _, content in contents}
        references = tuple(
            EvidenceRef(
                role=role,
                sha256=hashlib.sha256(content).hexdigest(),
                media_type="image/jpeg",
                size_bytes=len(content),
            )
            for role, content in contents
        )
        return replace(event, evidence=references), pictures

    def _hidden(self, sight: Sight) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
        hidden = self._privacy.hidden(sight.frame.image, sight.detections, self._classes)
        return np.asarray(hidden, np.uint8)
