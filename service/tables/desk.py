"""What the desk keeps for people: their filters of the ledger, and shift handovers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import BIG_ID, Base, UtcDateTime

__all__ = ["HandoverRow", "SavedFilterRow"]


class SavedFilterRow(Base):
    """A filter of the ledger that somebody has given a name."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("operator_id", "name"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    operator_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("operators.id"))
    name: Mapped[str] = mapped_column(String(100))
    query: Mapped[dict[str, Any]] = mapped_column(JSON())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())


class HandoverRow(Base):
    """交接班: who gave the shift to whom, with what stood open at that moment."""

    __tablename__ = "handovers"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime())
    given_by: Mapped[str] = mapped_column(String(200))
    given_to: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text())
    #: What happened in the shift and what stands open, as counts.
    figures: Mapped[dict[str, int]] = mapped_column(JSON())
    open_ids: Mapped[list[int]] = mapped_column(JSON())
    #: What its giver may see; None is everything.
    compounds: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    taken_by: Mapped[str] = mapped_column(String(200), default="")
