"""Plays every clip of a suite through the whole pipeline and compares what was raised."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipeline.detectors import Detector
from pipeline.errors import LifeLaneError, SourceError
from pipeline.evaluate.claims import fold_claims
from pipeline.evaluate.report import EventReport, Judged
from pipeline.evaluate.suite import Clip, Suite
from pipeline.evaluate.truth import match_claims
from pipeline.runner import ReplayedEvent, replay_recording

__all__ = ["evaluate_suite"]

#: Any fixed moment will do; a suite must not depend on when it is run.
_START_AT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


def evaluate_suite(
    suite: Suite,
    *,
    folder: Path,
    detector: Detector,
    progress: Callable[[str], None] = lambda _: None,
) -> EventReport:
    """Play and compare every clip; a clip that cannot be played is listed, not fatal.

    Args:
        suite: What to play.
        folder: Where its clips lie.
        detector: What looks at the pictures.
        progress: Told the name of each clip as it begins.
    """
    judged: list[Judged] = []
    failures: list[tuple[str, str]] = []
    for clip in suite.clips:
        progress(clip.file)
        try:
            judged.append(_judge(clip, folder / clip.file, detector))
        except LifeLaneError as error:
            failures.append((clip.file, str(error)))
    return EventReport(
        suite=suite.suite,
        model=detector.model_version,
        judged=tuple(judged),
        failures=tuple(failures),
    )


def _judge(clip: Clip, video: Path, detector: Detector) -> Judged:
    if not video.is_file():
        raise SourceError(f"{video}: no such file")
    camera = clip.to_camera(video)
    played = replay_recording(
        video, site="suite", camera=camera, detector=detector, start_at=_START_AT
    )
    events = [item.event for item in played if isinstance(item, ReplayedEvent)]
    return Judged(
        name=clip.file,
        conditions=clip.conditions,
        duration_s=clip.duration_s,
        raise_after_s={zone.id: zone.to_zone().raise_after_s for zone in clip.zones},
        matching=match_claims(clip.truths, fold_claims(events, start_at=_START_AT)),
    )
