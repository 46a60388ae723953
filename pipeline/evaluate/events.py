"""Plays every clip of a suite through the whole pipeline and compares what was raised."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.detectors import Detector
from pipeline.errors import LifeLaneError, SourceError
from pipeline.evaluate.report import EventReport, Judged
from pipeline.evaluate.suite import Clip, Suite
from pipeline.evaluate.truth import Claim, match_claims
from pipeline.runner import ReplayedEvent, replay_recording
from pipeline.types import HazardEvent, Phase

__all__ = ["evaluate_suite", "fold_claims"]

#: Any fixed moment will do; a suite must not depend on when it is run.
_START_AT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
_STAGE_RAISED = 2.0


@dataclass(slots=True)
class _Told:
    claim: Claim
    raised: bool


def fold_claims(events: Iterable[HazardEvent], *, start_at: datetime) -> list[Claim]:
    """Turn the phases of incidents into one claim each, in seconds after ``start_at``.

    A warning (stage 1) is no claim yet; it becomes one when it is raised.
    """

    def seconds(moment: datetime) -> float:
        return (moment - start_at).total_seconds()

    told: dict[str, _Told] = {}
    for event in events:
        width = event.measures.get("clear_width_m")
        known = told.get(event.incident_key)
        raised = event.measures.get("stage", _STAGE_RAISED) >= _STAGE_RAISED
        if known is None:
            known = told[event.incident_key] = _Told(
                claim=Claim(
                    kind=event.kind,
                    zone_id=event.zone_id,
                    first_seen_s=seconds(event.first_seen),
                    raised_at_s=seconds(event.occurred_at),
                    clear_width_m=width,
                ),
                raised=raised,
            )
        elif raised and not known.raised:
            known.raised = True
            known.claim = replace(
                known.claim, raised_at_s=seconds(event.occurred_at), clear_width_m=width
            )
        if event.phase is Phase.END:
            known.claim = replace(known.claim, ended_at_s=seconds(event.occurred_at))
    return [each.claim for each in told.values() if each.raised]


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
