"""What stands around the ledger: dissuasions, look-backs, numbers, timers, counters."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import BIG_ID, Base, UtcDateTime

__all__ = [
    "CampaignRow",
    "DissuasionRow",
    "FeedRow",
    "IdempotencyRow",
    "LookBackRow",
    "NumberRow",
    "TallyRow",
    "TimerRow",
]


class DissuasionRow(Base):
    """One attempt to dissuade (劝阻): how, whom, with what result."""

    __tablename__ = "dissuasions"
    __table_args__ = (UniqueConstraint("incident_id", "attempt"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    incident_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("incidents.id"))
    attempt: Mapped[int] = mapped_column(Integer())
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    method: Mapped[str] = mapped_column(String(100))
    person: Mapped[str] = mapped_column(String(100))
    result: Mapped[str] = mapped_column(Text())
    actor: Mapped[str] = mapped_column(String(200))


class CampaignRow(Base):
    """A look-back campaign (回头看): a sample of closed cases to be seen again."""

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    created_by: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime())
    #: What it was drawn from: the filter and the share, as the request said.
    drawn_from: Mapped[dict[str, Any]] = mapped_column(JSON())


class LookBackRow(Base):
    """One closed case to be seen again, by a campaign's people or by its camera."""

    __tablename__ = "lookbacks"
    __table_args__ = (
        UniqueConstraint("incident_id", "reason", "campaign_id"),
        Index("ix_lookbacks_answered_at_due_at", "answered_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    incident_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("incidents.id"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("campaigns.id"), index=True)
    #: ``camera_7d``, ``camera_30d`` or ``campaign``.
    reason: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime())
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    answered_by: Mapped[str | None] = mapped_column(String(200))
    #: ``clear``, ``rebound`` or ``unknown``.
    result: Mapped[str | None] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text(), default="")
    evidence_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("evidence.id"))
    rebound_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("incidents.id"))


class NumberRow(Base):
    """The last number given in one series of one compound and year."""

    __tablename__ = "numbers"

    compound_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("compounds.id"), primary_key=True)
    series: Mapped[str] = mapped_column(String(32), primary_key=True)
    year: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer())


class TimerRow(Base):
    """Something to do at a time; survives restarts, one process does it."""

    __tablename__ = "timers"
    __table_args__ = (Index("ix_timers_kind_due_at", "kind", "due_at"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime())
    incident_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("incidents.id"), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON())
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(Integer(), default=0)


class FeedRow(Base):
    """One row: the last ``changed_seq``.

    Its lock puts writers in line, so that a reader who has seen a number will never find a
    smaller one appear behind it.
    """

    __tablename__ = "feed"

    id: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BIG_ID)


class TallyRow(Base):
    """Counters as differences: triggers on ``incidents`` append, a job sums them up.

    Appending needs no lock that two writers would fight for.
    """

    __tablename__ = "tally"
    __table_args__ = (Index("ix_tally_compound_id_month", "compound_id", "month"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    compound_id: Mapped[int] = mapped_column(BIG_ID)
    building_id: Mapped[int] = mapped_column(BIG_ID)
    kind: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(32))
    month: Mapped[str] = mapped_column(String(7))
    found: Mapped[int] = mapped_column(Integer())
    registered: Mapped[int] = mapped_column(Integer())
    rechecked: Mapped[int] = mapped_column(Integer())
    failed_rechecks: Mapped[int] = mapped_column(Integer())
    rebounds: Mapped[int] = mapped_column(Integer())
    transfers: Mapped[int] = mapped_column(Integer())
    dissuasions: Mapped[int] = mapped_column(Integer())
    removed_weight_kg: Mapped[float] = mapped_column(Float())


class IdempotencyRow(Base):
    """What a request with an Idempotency-Key was answered, so that a repeat gets the same."""

    __tablename__ = "idempotency"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None] = mapped_column(Integer())
    media_type: Mapped[str] = mapped_column(String(100), default="")
    body: Mapped[str] = mapped_column(Text(), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
