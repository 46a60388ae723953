"""What the pipeline tells the world: one phase of one hazard."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.types.kinds import HazardKind, Phase

__all__ = ["EvidenceRef", "HazardEvent", "SubjectBox"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectBox:
    """One box that the hazard is about.

    Attributes:
        class_name: Class of the taxonomy, such as ``car``.
        confidence: In [0, 1].
        xyxy_norm: Left, top, right, bottom as shares of width and height, in [0, 1].
    """

    class_name: str
    confidence: float
    xyxy_norm: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRef:
    """A picture or clip that belongs to an event, named by its content.

    Attributes:
        role: ``snapshot`` (boxes and zone drawn), ``clean`` (neither), ``free`` (the zone
            before anything stood there) or ``clip`` (video).
        sha256: Hex digest of the bytes.
        media_type: Such as ``image/jpeg``.
        size_bytes: Length of the bytes.
    """

    role: str
    sha256: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardEvent:
    """One phase of one hazard, as the incident API will hear it.

    Attributes:
        kind: What is wrong.
        phase: ``start``, ``update``, ``end`` or ``unknown``.
        site: The site's name in the site file.
        camera_id: Where it was seen.
        zone_id: Which zone of that camera.
        camera_name: Where that is in people's words, such as ``3号楼 电梯``; may be empty.
        incident_key: Idempotency key of the incident: the same for all phases of one
            occurrence, derived from site, camera, zone, kind and ``first_seen``.
        sequence: 1 for the start, then one more for every later event of the incident.
        occurred_at: Wall clock of the frame that decided this event, aware.
        first_seen: Wall clock when the footprint was first occupied, aware.
        last_seen: Wall clock when it was last seen occupied, aware.
        raised_at: Wall clock when the start was decided, aware.
        media_time_s: Stream time of the deciding frame, in seconds.
        confidence: In [0, 1]; the strongest recent detection behind it.
        measures: Figures with unit suffixes, such as ``dwell_s`` and ``zone_share``.
        subjects: The boxes it is about, as last seen.
        model: Name and version of the weights, such as ``lifelane-n@0.1.0``.
        rule_version: Name and version of the rule, such as ``fire_lane@1``.
        reason: Why the phase is ``unknown`` or ``end``, a stable word; else empty.
        previous_key: Incident that ended at the same footprint with the same class within the
            hour before: the same vehicle may have come back. Empty where there is none.
        evidence: Pictures, filled in after the rule has decided.
    """

    kind: HazardKind
    phase: Phase
    site: str
    camera_id: str
    zone_id: str
    incident_key: str
    sequence: int
    occurred_at: datetime
    first_seen: datetime
    last_seen: datetime
    raised_at: datetime
    media_time_s: float
    confidence: float
    measures: Mapping[str, float] = field(default_factory=dict)
    subjects: tuple[SubjectBox, ...] = ()
    camera_name: str = ""
    model: str = ""
    rule_version: str = ""
    reason: str = ""
    previous_key: str = ""
    evidence: tuple[EvidenceRef, ...] = ()

    def __post_init__(self) -> None:
        for name in ("occurred_at", "first_seen", "last_seen", "raised_at"):
            if getattr(self, name).tzinfo is None:
                raise ValueError(f"{name}: expected a timezone-aware time, got a naive one")
        if self.sequence < 1:
            raise ValueError(f"sequence: expected 1 or more, got {self.sequence}")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence: expected 0 to 1, got {self.confidence}")
