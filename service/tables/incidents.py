"""Incidents with their history: events from cameras, pictures, and what people did."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import BIG_ID, Base, UtcDateTime

__all__ = ["AuditRow", "EventRow", "EvidenceRow", "IncidentRow"]


class IncidentRow(Base):
    """One hazard from first sight to the end; ``phase`` is the camera's, ``status`` people's."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_raised_at_id", "raised_at", "id"),
        Index("ix_incidents_site_raised_at", "site", "raised_at"),
        Index("ix_incidents_status_raised_at", "status", "raised_at"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    incident_key: Mapped[str] = mapped_column(String(128), unique=True)
    site: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(40))
    phase: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(32))
    severity: Mapped[str] = mapped_column(String(16))
    camera_id: Mapped[str] = mapped_column(String(100))
    zone_id: Mapped[str] = mapped_column(String(100))
    camera_name: Mapped[str] = mapped_column(String(200))
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime())
    last_seen: Mapped[datetime] = mapped_column(UtcDateTime())
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime())
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    confidence: Mapped[float] = mapped_column(Float())
    measures: Mapped[dict[str, float]] = mapped_column(JSON())
    model: Mapped[str] = mapped_column(String(200))
    rule_version: Mapped[str] = mapped_column(String(200))
    last_sequence: Mapped[int] = mapped_column(Integer())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())


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
    """A picture of an event; the bytes lie in the evidence folder under their digest."""

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("event_id", "role", "sha256"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    incident_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("incidents.id"), index=True)
    event_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("events.id"))
    role: Mapped[str] = mapped_column(String(32))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(32))
    size_bytes: Mapped[int] = mapped_column(Integer())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())


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
