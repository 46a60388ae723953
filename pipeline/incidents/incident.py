"""One incident of one place: what has been said about it, and what is to be said next."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipeline.incidents.occupancy import Occupancy
from pipeline.types import HazardEvent, HazardKind, Phase, SubjectBox

__all__ = ["Departed", "Incident", "Speaker", "incident_key"]


def incident_key(
    *, site: str, camera_id: str, zone_id: str, kind: HazardKind, first_seen: datetime
) -> str:
    """Idempotency key of one occurrence: the same on every machine that saw the same thing.

    Returns:
        32 hex digits.
    """
    since = first_seen.astimezone(UTC).isoformat(timespec="microseconds")
    text = f"{site}|{camera_id}|{zone_id}|{kind.value}|{since}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who speaks: the fields that all events of one place and rule share."""

    site: str
    camera_id: str
    zone_id: str
    kind: HazardKind
    model: str
    rule_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed:
    """What an incident was about when it ended, so that a return can name it.

    Attributes:
        key: The incident's.
        ended_s: Place time of its end.
        subjects: What stood there, as last seen.
    """

    key: str
    ended_s: float
    subjects: tuple[SubjectBox, ...]


@dataclass(slots=True, kw_only=True)
class Incident:
    """A hazard that was raised and has not ended.

    Attributes:
        key: See :func:`incident_key`.
        sequence: Number of its newest event; 0 before the start.
        first_seen, last_seen, raised_at: Wall clock.
        first_s, last_s: Place time of the first two.
        spoke_s: Place time of its newest event.
        unknown: The newest event said that nothing can be seen.
        previous_key: Of the incident that ended here shortly before; empty without one.
        stage: 1 while it is only announced, 2 once it has been raised.
        reported: Serials of the footprints that the newest event was about.
        confidence, measures, subjects: As last seen.
    """

    key: str
    first_seen: datetime
    last_seen: datetime
    raised_at: datetime
    first_s: float
    last_s: float
    spoke_s: float
    sequence: int = 0
    unknown: bool = False
    stage: int = 2
    previous_key: str = ""
    reported: tuple[int, ...] = ()
    confidence: float = 0.0
    measures: Mapping[str, float] = field(default_factory=dict)
    subjects: tuple[SubjectBox, ...] = ()

    def see(self, occupied: Sequence[Occupancy], measures: Mapping[str, float]) -> None:
        """Take over what is known about the qualified footprints of this frame."""
        self.last_seen = max(self.last_seen, *(thing.last_seen for thing in occupied))
        self.last_s = max(self.last_s, *(thing.last_s for thing in occupied))
        self.confidence = max(thing.confidence for thing in occupied)
        self.subjects = tuple(thing.subject for thing in occupied)
        self.measures = {**measures, "footprints": len(occupied), "stage": self.stage}

    def say(
        self,
        phase: Phase,
        speaker: Speaker,
        *,
        at: datetime,
        media_time_s: float,
        now_s: float,
        reason: str = "",
    ) -> HazardEvent:
        """Make the next event of this incident."""
        self.sequence += 1
        self.spoke_s = now_s
        self.unknown = phase is Phase.UNKNOWN
        return HazardEvent(
            kind=speaker.kind,
            phase=phase,
            site=speaker.site,
            camera_id=speaker.camera_id,
            zone_id=speaker.zone_id,
            incident_key=self.key,
            sequence=self.sequence,
            occurred_at=at,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            raised_at=self.raised_at,
            media_time_s=media_time_s,
            confidence=round(self.confidence, 4),
            measures={"dwell_s": round(self.last_s - self.first_s, 1), **self.measures},
            subjects=self.subjects,
            model=speaker.model,
            rule_version=speaker.rule_version,
            reason=reason,
            previous_key=self.previous_key,
        )
