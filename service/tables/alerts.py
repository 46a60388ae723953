"""Immediate action: policies, channels, mutes, responses, messages on their way, reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
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

__all__ = [
    "AlertRow",
    "ChannelRow",
    "DeliveryRow",
    "EscalationRow",
    "MuteRow",
    "PolicyRow",
    "ResponseRow",
]


class PolicyRow(Base):
    """How a hazard at a place is to be met; the most specific policy counts.

    Empty ``compound_id`` or ``kind`` stands for all of them.
    """

    __tablename__ = "alert_policies"
    __table_args__ = (UniqueConstraint("compound_id", "kind"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    #: 0 for every compound: NULLs would not be unique.
    compound_id: Mapped[int] = mapped_column(BIG_ID, default=0)
    kind: Mapped[str] = mapped_column(String(40), default="")
    ack_within_s: Mapped[float] = mapped_column(Float())
    repeat_every_s: Mapped[float] = mapped_column(Float())
    most_repeats: Mapped[int] = mapped_column(Integer())
    group_interval_s: Mapped[float] = mapped_column(Float())
    report_after_attempts: Mapped[int] = mapped_column(Integer())
    report_after_s: Mapped[float] = mapped_column(Float())
    #: Local times such as 22:00; empty for no quiet hours.
    quiet_from: Mapped[str] = mapped_column(String(5), default="")
    quiet_to: Mapped[str] = mapped_column(String(5), default="")
    #: From this severity on it is told in quiet hours too.
    quiet_passes: Mapped[str] = mapped_column(String(16), default="high")
    channels: Mapped[list[str]] = mapped_column(JSON())
    escalate_channels: Mapped[list[str]] = mapped_column(JSON())
    report_channels: Mapped[list[str]] = mapped_column(JSON())
    report_to: Mapped[str] = mapped_column(String(200), default="")


class ChannelRow(Base):
    """Where messages go. ``url`` and ``secret`` are secrets: no answer and no log shows them."""

    __tablename__ = "alert_channels"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    url: Mapped[str] = mapped_column(Text())
    secret: Mapped[str] = mapped_column(String(200), default="")
    enabled: Mapped[bool] = mapped_column(Boolean(), default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    created_by: Mapped[str] = mapped_column(String(200))


class MuteRow(Base):
    """Silence for a place and kind, with a reason, until a time. Empty fields match all."""

    __tablename__ = "mutes"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    compound_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("compounds.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40), default="")
    camera_id: Mapped[str] = mapped_column(String(100), default="")
    zone_id: Mapped[str] = mapped_column(String(100), default="")
    reason: Mapped[str] = mapped_column(Text())
    until: Mapped[datetime] = mapped_column(UtcDateTime())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    created_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class AlertRow(Base):
    """How far the alert about one incident has come; its next step is a timer."""

    __tablename__ = "alerts"

    incident_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("incidents.id"), primary_key=True)
    group_key: Mapped[str] = mapped_column(String(300), index=True)
    told: Mapped[int] = mapped_column(Integer(), default=0)
    first_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    last_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    #: Nobody took notice in time.
    unattended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class ResponseRow(Base):
    """What somebody did at once: warned (警示), sent somebody (派员), arrived (到场)."""

    __tablename__ = "responses"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    incident_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("incidents.id"), index=True)
    step: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    actor: Mapped[str] = mapped_column(String(200))
    method: Mapped[str] = mapped_column(String(100), default="")
    person: Mapped[str] = mapped_column(String(100), default="")
    note: Mapped[str] = mapped_column(Text(), default="")


class EscalationRow(Base):
    """A report to the sub-district and others (劝阻无效报告): draft, sent, received."""

    __tablename__ = "escalations"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    incident_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("incidents.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text())
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime())
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    sent_by: Mapped[str] = mapped_column(String(200), default="")
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    received_by: Mapped[str] = mapped_column(String(200), default="")
    receipt: Mapped[str] = mapped_column(Text(), default="")


class DeliveryRow(Base):
    """One message on its way to one channel; ``dedupe_key`` keeps it from going out twice."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("channel", "dedupe_key"),
        Index("ix_deliveries_state_due_at", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    channel: Mapped[str] = mapped_column(String(64))
    dedupe_key: Mapped[str] = mapped_column(String(200))
    incident_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("incidents.id"), index=True)
    subject: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text())
    data: Mapped[dict[str, Any]] = mapped_column(JSON())
    #: ``pending``, ``sent``, ``dead`` or ``held`` (quiet hours).
    state: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime())
    attempts: Mapped[int] = mapped_column(Integer(), default=0)
    last_reason: Mapped[str] = mapped_column(Text(), default="")
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
