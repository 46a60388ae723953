"""What the repository gives out: plain values, detached from any session."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.tables import Role, Status

__all__ = [
    "Audit",
    "Event",
    "Evidence",
    "Incident",
    "IncidentHistory",
    "IncidentPage",
    "KeyInfo",
    "Operator",
    "Taken",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident as a list shows it. All times are aware UTC.

    Attributes:
        id: Number for people and URLs.
        incident_key: The camera side's key.
        site: Whose it is.
        kind: Hazard kind of the wire format.
        phase: What the camera saw last: ``start``, ``update``, ``end`` or ``unknown``.
        status: What people have done.
        severity: ``critical``, ``high`` or ``medium``.
        camera_id: Which camera.
        zone_id: Which zone of it.
        camera_name: Where that is in people's words; may be empty.
        first_seen: When the hazard was first seen.
        last_seen: When it was last seen.
        raised_at: When it became an incident.
        ended_at: When the camera saw it gone; None while it has not.
        confidence: In [0, 1], of the newest event.
        measures: Figures of the newest event, with unit suffixes.
        model: Name and version of the weights.
        rule_version: Name and version of the rule.
        last_sequence: The newest event taken.
        created_at: When this service first heard of it.
        updated_at: When an event or an action last changed it.
        snapshot_id: Evidence id of the newest annotated picture, None without one.
    """

    id: int
    incident_key: str
    site: str
    kind: str
    phase: str
    status: Status
    severity: str
    camera_id: str
    zone_id: str
    camera_name: str
    first_seen: datetime
    last_seen: datetime
    raised_at: datetime
    ended_at: datetime | None
    confidence: float
    measures: Mapping[str, float]
    model: str
    rule_version: str
    last_sequence: int
    created_at: datetime
    updated_at: datetime
    snapshot_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of the history; ``body`` is the JSON as it was posted."""

    id: int
    event_id: str
    sequence: int
    phase: str
    occurred_at: datetime
    received_at: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One picture; ``sequence`` says to which event it belongs."""

    id: int
    incident_id: int
    sequence: int
    role: str
    sha256: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One deed: who, when, what, from which status to which, and why."""

    id: int
    at: datetime
    actor: str
    action: str
    from_status: Status | None
    to_status: Status | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentHistory:
    """An incident with all that happened, each list oldest first."""

    incident: Incident
    events: tuple[Event, ...]
    evidence: tuple[Evidence, ...]
    audit: tuple[Audit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """A page of incidents, newest first.

    Attributes:
        items: The incidents of this page.
        total: How many fit the filter on all pages.
        next_cursor: Where the next page begins, None on the last one.
    """

    items: tuple[Incident, ...]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a posted event.

    Attributes:
        incident_id: The incident that it made or moved on.
        duplicate: Whether this very event had been taken before.
    """

    incident_id: int
    duplicate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """An API key without its secret. ``site`` is None until a first key is first used."""

    id: str
    role: Role
    site: str | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An account of the desk."""

    id: int
    name: str
    role: Role
