"""A recording through the whole pipeline in media time, faster than real time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.clutter import ReferenceLibrary
from pipeline.config import Camera
from pipeline.detectors import Detector
from pipeline.runner.camera import CameraPipeline
from pipeline.sources import CameraSource
from pipeline.types import Frame, HazardEvent

__all__ = ["ReplayedEvent", "replay_recording"]

_BATCH = 4
_WAIT_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedEvent:
    """A hazard event of a recording, with its pictures and its place in media time.

    Attributes:
        event: The event.
        pictures: Evidence by sha256; empty unless asked for.
        start_at: Wall clock that stands for media time 0.
    """

    event: HazardEvent
    pictures: dict[str, bytes]
    start_at: datetime

    def to_json(self) -> dict[str, Any]:
        """The line that `lifelane replay --json` prints; times in seconds of media time."""
        event = self.event

        def media_s(moment: datetime) -> float:
            return round((moment - self.start_at).total_seconds(), 3)

        return {
            "kind": event.kind.value,
            "camera": event.camera_id,
            "zone": event.zone_id,
            "phase": event.phase.value,
            "first_seen_s": media_s(event.first_seen),
            "last_seen_s": media_s(event.last_seen),
            "raised_at_s": media_s(event.raised_at),
            "confidence": round(event.confidence, 4),
            "measures": dict(event.measures),
        }


def replay_recording(
    recording: Path | str,
    *,
    site: str,
    camera: Camera,
    detector: Detector,
    start_at: datetime | None = None,
    references: ReferenceLibrary | None = None,
    with_evidence: bool = False,
) -> Iterator[ReplayedEvent | Frame]:
    """Judge a recording as if ``camera`` had just shown it.

    Args:
        recording: A video file, or anything a source can open.
        site: The site's name.
        camera: Whose place, zones and sampling apply.
        detector: Runs in batches of consecutive frames.
        start_at: Wall clock of the recording's first frame; now, if not given.
        references: The site's clean references; None compares nothing.
        with_evidence: Whether events carry pictures.

    Yields:
        Each sampled frame (for progress), and each event as soon as it is decided.

    Raises:
        SourceError: The recording cannot be read, or not to its end; events before that
            have been yielded.
    """
    begin = start_at or datetime.now(UTC)
    pipeline = CameraPipeline(
        site=site,
        camera=camera,
        detector=detector,
        references=references,
        with_evidence=with_evidence,
    )
    spec = camera.to_source_spec(source=str(recording), pace="fast", start_at=begin)
    with CameraSource(spec) as source:
        sampled = _frames(source)
        while frames := list(islice(sampled, _BATCH)):
            found = detector.detect([frame.image for frame in frames])
            for frame, detections in zip(frames, found, strict=True):
                yield frame
                events, pictures = pipeline.process(frame, detections)
                for event in events:
                    yield ReplayedEvent(event=event, pictures=pictures, start_at=begin)
        events, pictures = pipeline.finish()
        for event in events:
            yield ReplayedEvent(event=event, pictures=pictures, start_at=begin)
        error = source.status.error
        if error is not None:
            raise error


def _frames(source: CameraSource) -> Iterator[Frame]:
    while True:
        frame = source.get(_WAIT_S)
        if frame is not None:
            yield frame
        elif source.ended:
            return
