"""Plays every clip of a suite through the whole pipeline and compares what was raised."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from pipeline.clutter import ReferenceLibrary
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
            judged.append(_judge(clip, folder, detector))
        except LifeLaneError as error:
            failures.append((clip.file, str(error)))
    return EventReport(
        suite=suite.suite,
        model=detector.model_version,
        judged=tuple(judged),
        failures=tuple(failures),
    )


def _judge(clip: Clip, folder: Path, detector: Detector) -> Judged:
    video = folder / clip.file
    if not video.is_file():
        raise SourceError(f"{video}: no such file")
    camera = clip.to_camera(video)
    with tempfile.TemporaryDirectory() as state:
        played = replay_recording(
            video,
            site="suite",
            camera=camera,
            detector=detector,
            start_at=_START_AT,
            references=_references(clip, folder, Path(state)),
        )
        events = [item.event for item in played if isinstance(item, ReplayedEvent)]
    return Judged(
        name=clip.file,
        conditions=clip.conditions,
        duration_s=clip.duration_s,
        raise_after_s={zone.id: zone.to_zone().raise_after_s for zone in clip.zones},
        matching=match_claims(clip.truths, fold_claims(events, start_at=_START_AT)),
    )


def _references(clip: Clip, folder: Path, state_dir: Path) -> ReferenceLibrary | None:
    """The clip's clean pictures as a person would have approved them; None without any."""
    if not clip.reference:
        return None
    library = ReferenceLibrary(state_dir)
    for mode, name in clip.reference.items():
        file = folder / name
        content = file.read_bytes() if file.is_file() else b""
        image = (
            cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
        )
        if image is None:
            raise SourceError(f"{file}: expected a picture of the clean place, found none")
        kept = library.add(
            camera_id=clip.camera,
            image=np.asarray(image, np.uint8),
            taken_at=_START_AT,
            origin=name,
        )
        if kept.mode is not mode:
            raise SourceError(
                f"{file}: expected a picture in {mode.value} light, as the suite says, found one"
                f" in {kept.mode.value} light"
            )
        library.approve(clip.camera, kept.id, by="the suite")
    return library
