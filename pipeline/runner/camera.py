"""One camera's way from detections to hazard events with evidence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pipeline.clutter import ReferenceLibrary
from pipeline.config import Camera
from pipeline.detectors import Detector
from pipeline.evidence import EvidenceMaker, Privacy
from pipeline.incidents import CameraMonitor
from pipeline.runner.clean_places import CleanPlaces
from pipeline.tracking import Tracker
from pipeline.tracking.byte_track import ByteTracker
from pipeline.types import Detections, Frame, HazardEvent, Phase

__all__ = ["CameraPipeline"]


class CameraPipeline:
    """Tracks, judges and documents what one camera shows.

    It holds no source and no detector: frames and detections come in, events go out, so
    that one detector serves many cameras in one batch.

    Args:
        site: The site's name.
        camera: The camera as configured.
        detector: Only asked for its classes and version.
        references: The site's clean references; None compares nothing.
        with_evidence: False leaves the pictures out (replay without ``--evidence``).
        blur: Whether heads and plates are made unreadable in the pictures.
        keep_original: Takes digest and bytes of each picture as it was before that.
    """

    def __init__(
        self,
        *,
        site: str,
        camera: Camera,
        detector: Detector,
        references: ReferenceLibrary | None = None,
        with_evidence: bool = True,
        blur: bool = True,
        keep_original: Callable[[str, bytes], None] | None = None,
    ) -> None:
        zones = [zone.to_zone() for zone in camera.zones]
        self.camera_id = camera.id
        self._place_name = camera.place_name
        outlines = {zone.id: zone.polygon_norm for zone in zones}
        self._evidence = (
            EvidenceMaker(
                zones=outlines,
                classes=tuple(detector.classes),
                privacy=Privacy(masks=camera.privacy_masks, blur=blur),
                keep_original=keep_original,
            )
            if with_evidence
            else None
        )
        self._zone_ids = frozenset(outlines)
        self._tracker: Tracker = ByteTracker(sample_fps=camera.effective_sample_fps)
        self.monitor = CameraMonitor(
            site=site,
            camera_id=camera.id,
            zones=zones,
            classes=tuple(detector.classes),
            model=detector.model_version,
        )
        self._classes = tuple(detector.classes)
        self._clean = references and CleanPlaces(camera=camera, library=references)
        self._last_frame: Frame | None = None

    def process(
        self, frame: Frame, detections: Detections
    ) -> tuple[list[HazardEvent], dict[str, bytes]]:
        """Judge one frame.

        Returns:
            The events that this frame decided, evidence attached, and the pictures by their
            sha256. Both empty for most frames.
        """
        tracks = self._tracker.update(detections, media_time_s=frame.media_time_s)
        foreign = self._clean.observe(frame, detections, self._classes) if self._clean else None
        events = self.monitor.observe(
            tracks=tracks,
            foreign=foreign,
            frame_size_wh=frame.size_wh,
            captured_at=frame.captured_at,
            media_time_s=frame.media_time_s,
        )
        self._last_frame = frame
        if self._evidence is not None:
            is_quiet = not (self.monitor.open_incidents or self.monitor.is_pending)
            self._evidence.see(frame, detections, is_quiet=is_quiet)
        return self._document(events)

    def lose_sight(self, *, at: datetime, reason: str) -> list[HazardEvent]:
        """Turn open incidents to ``unknown``: a camera that sees nothing knows nothing."""
        media_time_s = self._last_frame.media_time_s if self._last_frame else 0.0
        events = self.monitor.lose_sight(at=at, media_time_s=media_time_s, reason=reason)
        return [replace(event, camera_name=self._place_name) for event in events]

    def finish(self) -> tuple[list[HazardEvent], dict[str, bytes]]:
        """Report where each open incident stands at the end of a recording."""
        frame = self._last_frame
        if frame is None:
            return [], {}
        events = self.monitor.finish(at=frame.captured_at, media_time_s=frame.media_time_s)
        return self._document(events)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from the state of place that an earlier process left.

        Raises:
            StateError: The state is not ours or of a newer version.
        """
        self.monitor.restore(dict(state))

    def _document(
        self, events: Sequence[HazardEvent]
    ) -> tuple[list[HazardEvent], dict[str, bytes]]:
        events = [replace(event, camera_name=self._place_name) for event in events]
        if self._evidence is None:
            return events, {}
        documented: list[HazardEvent] = []
        pictures: dict[str, bytes] = {}
        for event in events:
            # Without sight there is nothing to show; a zone that is gone has no outline.
            if event.phase is Phase.UNKNOWN or event.zone_id not in self._zone_ids:
                documented.append(event)
                continue
            with_pictures, its_pictures = self._evidence.document(event)
            documented.append(with_pictures)
            pictures.update(its_pictures)
        return documented, pictures
