"""What the repository gives out: plain values, detached from any session."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service.repository.scope import Actor, Scope
from service.tables import OPEN_STATUSES, Phase, Role, Source, Status

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
    """One row of the ledger. All times are aware UTC; ``deadline`` is a day of Asia/Shanghai.

    Attributes:
        id: Number for URLs.
        incident_key: The finder's key; the same key again is the same incident.
        site: The compound's word for cameras and keys.
        source: Who found it.
        kind: Hazard kind.
        phase: What the camera saw last; None for what no camera found.
        status: What people have done.
        severity: ``critical``, ``high`` or ``medium``.
        compound_id: Which compound.
        building_id: Which building, if known.
        place_id: Which place, if known.
        location: 楼栋、部位 in words.
        content: 隐患内容.
        reported_by: Who reported it, for what no camera found.
        private_property: A resident's own property, never ordered removed.
        camera_id: Which camera; empty without one.
        zone_id: Which zone of it.
        camera_name: Where that is in people's words.
        first_seen: When the hazard was first seen.
        last_seen: When it was last seen.
        raised_at: 发现时间: when it became an incident.
        ended_at: When the camera saw it gone; None while it has not.
        confidence: In [0, 1], of the newest event; None where nobody measured one.
        measures: Figures of the newest event, with unit suffixes.
        model: Name and version of the weights.
        rule_version: Name and version of the rule.
        last_sequence: The newest event taken.
        created_at: When this service first heard of it.
        updated_at: When an event or a person last changed it.
        changed_seq: Grows with every change of any incident.
        snapshot_id: Evidence id of the newest annotated picture, None without one.
        number: 编号, from registration on.
        responsible_name: 整改责任人, with unit, contact and account beside it.
        measure: 整改措施.
        deadline: 整改期限, last day included.
        dissuasions: How often somebody was dissuaded.
        rectified_at: When it was submitted for recheck.
        outcome: How the rectification ended, and by whose act.
        removed_weight_kg: What was carried away, in kilograms; the volume in m³ beside it.
        rechecked_at: 复查时间, with person and result beside it.
        closed_at: 销号时间.
        transferred_at: When it was given to an authority.
        rebound_of_id: The closed incident that this one is the rebound of.
        rebounded_at: When this closed one was found to have come back.
    """

    id: int
    incident_key: str
    site: str
    source: Source
    kind: str
    phase: str | None
    status: Status
    severity: str
    compound_id: int
    building_id: int | None
    place_id: int | None
    location: str
    content: str
    reported_by: str
    private_property: bool
    camera_id: str
    zone_id: str
    camera_name: str
    first_seen: datetime
    last_seen: datetime
    raised_at: datetime
    ended_at: datetime | None
    confidence: float | None
    measures: Mapping[str, float]
    model: str
    rule_version: str
    last_sequence: int
    created_at: datetime
    updated_at: datetime
    changed_seq: int
    snapshot_id: int | None
    number: str | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    registered_at: datetime | None
    registered_by: str | None
    responsible_name: str | None
    responsible_unit: str | None
    responsible_contact_id: int | None
    responsible_operator_id: int | None
    measure: str | None
    measure_kind: str | None
    deadline: date | None
    assigned_at: datetime | None
    assigned_by: str | None
    dissuasions: int
    rectified_at: datetime | None
    rectified_by: str | None
    outcome: str | None
    outcome_by: str | None
    removed_weight_kg: float | None
    removed_volume_m3: float | None
    rechecked_at: datetime | None
    rechecked_by: str | None
    recheck_result: str | None
    recheck_note: str | None
    failed_rechecks: int
    closed_at: datetime | None
    closed_by: str | None
    transferred_at: datetime | None
    transferred_to: str | None
    transfer_received_at: datetime | None
    rebound_of_id: int | None
    rebounded_at: datetime | None

    def is_overdue(self, today: date) -> bool:
        """Whether the deadline is over and nobody has reported it done; ``today`` in Shanghai."""
        if self.deadline is None or self.status not in OPEN_STATUSES:
            return False
        return self.rectified_at is None and self.deadline < today

    @property
    def proposes_clear(self) -> bool:
        """The camera sees it gone: a proposal to a person, who alone can close."""
        return self.phase == Phase.END and self.status in OPEN_STATUSES


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
    """One picture.

    ``sequence`` says to which event it belongs, None for a person's picture. ``removed_at``
    says when retention took the file away.
    """

    id: int
    incident_id: int
    sequence: int | None
    role: str
    sha256: str
    media_type: str
    size_bytes: int
    created_at: datetime
    taken_by: str
    note: str
    removed_at: datetime | None


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
    actor_role: str
    incident_id: int | None
    detail: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentHistory:
    """An incident with all that happened, each list oldest first.

    ``returned_of_id`` is the incident that ended at the same spot shortly before, as the
    camera side says: the same vehicle may have come back.
    """

    incident: Incident
    events: tuple[Event, ...]
    evidence: tuple[Evidence, ...]
    audit: tuple[Audit, ...]
    returned_of_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """A page of incidents, newest first.

    Attributes:
        items: The incidents of this page.
        total: How many fit the filter on all pages.
        total_is_exact: Whether ``total`` is that, or a bound at which counting ended.
        next_cursor: Where the next page begins, None on the last one.
    """

    items: tuple[Incident, ...]
    total: int
    total_is_exact: bool
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
    scopes: tuple[str, ...] | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An account.

    Attributes:
        id: Its row.
        name: What is typed at sign-in; stands in the audit.
        display_name: The person's name; may be empty.
        role: What it may do.
        scope: What it may see.
        must_change_password: Whether nothing else is allowed before a new password.
        disabled_at: When it was ended; None while it may sign in.
    """

    id: int
    name: str
    display_name: str
    role: Role
    scope: Scope
    must_change_password: bool
    disabled_at: datetime | None

    @property
    def actor(self) -> Actor:
        """The account as the audit and the workflow know it."""
        return Actor(name=self.name, role=self.role, operator_id=self.id, person=self.display_name)
