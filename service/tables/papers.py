"""Papers that offices issued, months that were reported, tasks of a campaign."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import BIG_ID, Base, UtcDateTime

__all__ = ["MonthlyReportRow", "PaperCaseRow", "PaperRow", "TaskCaseRow", "TaskRow"]


class PaperRow(Base):
    """A numbered paper: rectification notice, dissuasion slip, assignment list.

    ``fields`` holds what was said at issue, so that a reprint says the same.
    """

    __tablename__ = "papers"
    __table_args__ = (UniqueConstraint("compound_id", "kind", "year", "seq"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    compound_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("compounds.id"))
    year: Mapped[int] = mapped_column(Integer())
    seq: Mapped[int] = mapped_column(Integer())
    number: Mapped[str] = mapped_column(String(200))
    recipient: Mapped[str] = mapped_column(String(200))
    deadline: Mapped[date | None] = mapped_column(Date())
    fields: Mapped[dict[str, Any]] = mapped_column(JSON())
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime())
    issued_by: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    received_by: Mapped[str] = mapped_column(String(200), default="")
    receipt_note: Mapped[str] = mapped_column(Text(), default="")


class PaperCaseRow(Base):
    """A case on a paper; an assignment list's may come back (退回)."""

    __tablename__ = "paper_cases"

    paper_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("papers.id"), primary_key=True)
    incident_id: Mapped[int] = mapped_column(
        BIG_ID, ForeignKey("incidents.id"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(Integer())
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    return_note: Mapped[str] = mapped_column(Text(), default="")


class MonthlyReportRow(Base):
    """A month's report: frozen when it is sent, counted anew until then.

    ``area`` is 0 for everywhere, else the id of a town.
    """

    __tablename__ = "monthly_reports"
    __table_args__ = (UniqueConstraint("year", "month", "area"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    year: Mapped[int] = mapped_column(Integer())
    month: Mapped[int] = mapped_column(Integer())
    area: Mapped[int] = mapped_column(BIG_ID)
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON())
    sha256: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime())
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    sent_by: Mapped[str] = mapped_column(String(200), default="")


class TaskRow(Base):
    """A row of Annex 2 (任务清单)."""

    __tablename__ = "tasks"
    __table_args__ = (UniqueConstraint("year", "number"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    year: Mapped[int] = mapped_column(Integer())
    number: Mapped[int] = mapped_column(Integer())
    stage: Mapped[str] = mapped_column(String(100))
    content: Mapped[str] = mapped_column(Text())
    units: Mapped[list[str]] = mapped_column(JSON())
    due: Mapped[date] = mapped_column(Date(), index=True)
    due_words: Mapped[str] = mapped_column(String(100), default="")
    done_on: Mapped[date | None] = mapped_column(Date())
    done_by: Mapped[str] = mapped_column(String(200), default="")


class TaskCaseRow(Base):
    """A case that belongs to a task."""

    __tablename__ = "task_cases"

    task_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("tasks.id"), primary_key=True)
    incident_id: Mapped[int] = mapped_column(
        BIG_ID, ForeignKey("incidents.id"), primary_key=True, index=True
    )
