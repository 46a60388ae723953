"""The hazard ledger: incidents with their events, pictures, and what people did."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import BIG_ID, Base, UtcDateTime

__all__ = ["AuditRow", "EventRow", "EvidenceRow", "IncidentRow"]


class IncidentRow(Base):
    """One hazard, from first sight to close-out: a row of the ledger (隐患台账).

    ``phase`` is the camera's, ``status`` people's. What no camera found has no ``phase`` and
    no ``confidence``, and empty words for camera, zone, model and rule. ``deadline`` is a day
    of Asia/Shanghai, included. ``changed_seq`` grows with every change of any incident.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        UniqueConstraint("compound_id", "number_year", "number_seq"),
        Index("ix_incidents_raised_at_id", "raised_at", "id"),
        Index("ix_incidents_site_raised_at", "site", "raised_at", "id"),
        Index("ix_incidents_status_raised_at", "status", "raised_at", "id"),
        Index("ix_incidents_kind_raised_at", "kind", "raised_at", "id"),
        Index("ix_incidents_compound_id_status_raised_at", "compound_id", "status", "raised_at"),
        Index("ix_incidents_camera_id_raised_at", "camera_id", "raised_at"),
        Index("ix_incidents_building_id_raised_at", "building_id", "raised_at"),
        Index("ix_incidents_deadline_status", "deadline", "status"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    incident_key: Mapped[str] = mapped_column(String(128), unique=True)
    site: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(40))
    phase: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(32))
    severity: Mapped[str] = mapped_column(String(16))
    compound_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("compounds.id"))
    building_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("buildings.id"))
    place_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("places.id"))
    location: Mapped[str] = mapped_column(String(200), default="")
    content: Mapped[str] = mapped_column(Text(), default="")
    reported_by: Mapped[str] = mapped_column(String(200), default="")
    #: Digest of a finding as it was posted; tells a repeat from a contradiction.
    finding_sha256: Mapped[str | None] = mapped_column(String(64))
    private_property: Mapped[bool] = mapped_column(Boolean(), default=False)
    camera_id: Mapped[str] = mapped_column(String(100))
    zone_id: Mapped[str] = mapped_column(String(100))
    camera_name: Mapped[str] = mapped_column(String(200))
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime())
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime())
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime())
    #: ``2026-01``: the month of ``raised_at`` in Asia/Shanghai.
    found_month: Mapped[str] = mapped_column(String(7))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    confidence: Mapped[float | None] = mapped_column(Float())
    measures: Mapped[dict[str, float]] = mapped_column(JSON())
    model: Mapped[str] = mapped_column(String(200))
    rule_version: Mapped[str] = mapped_column(String(200))
    last_sequence: Mapped[int] = mapped_column(Integer())
    snapshot_id: Mapped[int | None] = mapped_column(BIG_ID)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())
    changed_seq: Mapped[int] = mapped_column(BIG_ID, default=0, index=True)

    number: Mapped[str | None] = mapped_column(String(140), unique=True)
    number_year: Mapped[int | None] = mapped_column(Integer())
    number_seq: Mapped[int | None] = mapped_column(Integer())
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    acknowledged_by: Mapped[str | None] = mapped_column(String(200))
    registered_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    registered_by: Mapped[str | None] = mapped_column(String(200))
    responsible_name: Mapped[str | None] = mapped_column(String(100))
    responsible_unit: Mapped[str | None] = mapped_column(String(200))
    responsible_contact_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("contacts.id"))
    responsible_operator_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("operators.id"))
    measure: Mapped[str | None] = mapped_column(Text())
    measure_kind: Mapped[str | None] = mapped_column(String(32))
    deadline: Mapped[date | None] = mapped_column(Date())
    assigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    assigned_by: Mapped[str | None] = mapped_column(String(200))
    dissuasions: Mapped[int] = mapped_column(Integer(), default=0)
    rectified_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    rectified_by: Mapped[str | None] = mapped_column(String(200))
    outcome: Mapped[str | None] = mapped_column(String(32))
    outcome_by: Mapped[str | None] = mapped_column(String(16))
    removed_weight_kg: Mapped[float | None] = mapped_column(Float())
    removed_volume_m3: Mapped[float | None] = mapped_column(Float())
    rechecked_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    rechecked_by: Mapped[str | None] = mapped_column(String(200))
    recheck_result: Mapped[str | None] = mapped_column(String(16))
    recheck_note: Mapped[str | None] = mapped_column(Text())
    failed_rechecks: Mapped[int] = mapped_column(Integer(), default=0)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    closed_by: Mapped[str | None] = mapped_column(String(200))
    transferred_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    transferred_to: Mapped[str | None] = mapped_column(String(200))
    transfer_received_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    rebound_of_id: Mapped[int | None] = mapped_column(
        BIG_ID, ForeignKey("incidents.id"), index=True
    )
    rebounded_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class EventRow(Base):
    """One event as it was taken; ``content_sha256`` tells a repeat from a contradiction."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("incident_id", "sequence"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    event_id: Mapped[str] = mapped_column(String(160), unique=True)
    incident_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("incidents.id"))
    sequence: Mapped[int] = mapped_column(Integer())
    phase: Mapped[str] = mapped_column(String(16))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime())
    body: Mapped[dict[str, Any]] = mapped_column(JSON())
    content_sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime())


class EvidenceRow(Base):
    """A picture of an event or of a person; the bytes lie in the store under their digest."""

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("event_id", "role", "sha256"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    incident_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("incidents.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("events.id"))
    role: Mapped[str] = mapped_column(String(32))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(32))
    size_bytes: Mapped[int] = mapped_column(Integer())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    taken_by: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    #: When retention took the file away; the row stays and says that there was one.
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class AuditRow(Base):
    """Who did what and when. Append only: triggers refuse to change or delete a row."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(40))
    incident_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("incidents.id"), index=True)
    from_status: Mapped[str | None] = mapped_column(String(32))
    to_status: Mapped[str | None] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text())
    actor_role: Mapped[str] = mapped_column(String(16), default="")
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON())
