"""Filters of the ledger that people have given a name; each account has its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest
from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.scope import Actor
from service.tables import SavedFilterRow

__all__ = ["SavedFilter", "drop_filter", "list_filters", "save_filter"]

_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFilter:
    """A named filter; ``query`` is the desk's to understand."""

    id: int
    name: str
    query: Mapping[str, Any]


def list_filters(database: Database, operator_id: int) -> list[SavedFilter]:
    """An account's filters by name."""
    wanted = select(SavedFilterRow).where(SavedFilterRow.operator_id == operator_id)
    with database.read() as session:
        rows = session.scalars(wanted.order_by(SavedFilterRow.name))
        return [SavedFilter(id=row.id, name=row.name, query=row.query) for row in rows]


def save_filter(
    database: Database,
    operator_id: int,
    *,
    name: str,
    query: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """Keep a filter under a name, in place of an earlier one of that name.

    Raises:
        InvalidRequest: The account has as many as it may have.
    """

    def work(session: Session) -> None:
        own = SavedFilterRow.operator_id == operator_id
        row = session.scalar(select(SavedFilterRow).where(own, SavedFilterRow.name == name))
        if row is None:
            count = session.scalar(select(func.count()).select_from(SavedFilterRow).where(own))
            if (count or 0) >= _MOST:
                raise InvalidRequest(
                    f"最多保存{_MOST}个筛选，请先删除一个"
                    f" (at most {_MOST} filters: delete one first)"
                )
            row = SavedFilterRow(operator_id=operator_id, name=name, created_at=now)
            session.add(row)
        row.query = dict(query)
        audit(session, at=now, actor=actor, action="save_filter", note=name)

    database.transact(work)


def drop_filter(
    database: Database, operator_id: int, filter_id: int, *, actor: Actor, now: datetime
) -> None:
    """Forget one of the account's filters; one that is gone already is no fault."""

    def work(session: Session) -> None:
        own = (SavedFilterRow.id == filter_id, SavedFilterRow.operator_id == operator_id)
        if session.scalar(select(SavedFilterRow.id).where(*own)) is not None:
            session.execute(delete(SavedFilterRow).where(*own))
            audit(session, at=now, actor=actor, action="drop_filter", note=str(filter_id))

    database.transact(work)
