"""The ledger as a table: sorted by any column, a page at a time, on the database's side."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import case, select

from service.repository.database import Database
from service.repository.filters import IncidentFilter, count_incidents
from service.repository.incidents import incident_view
from service.repository.views import Incident
from service.tables import IncidentRow, Status

__all__ = ["LEDGER_SORTS", "LedgerPage", "list_ledger"]

#: Further down nobody pages: they narrow the filter.
_DEEPEST = 10_000
_URGENCY = case({"critical": 0, "high": 1}, value=IncidentRow.severity, else_=2)
_PROGRESS = case(
    {status.value: place for place, status in enumerate(Status)}, value=IncidentRow.status
)
#: Word of a column -> what it is sorted by.
LEDGER_SORTS: Mapping[str, Any] = MappingProxyType(
    {
        "id": IncidentRow.id,
        "number": IncidentRow.number,
        "raised_at": IncidentRow.raised_at,
        "severity": _URGENCY,
        "kind": IncidentRow.kind,
        "status": _PROGRESS,
        "where": IncidentRow.location,
        "responsible": IncidentRow.responsible_name,
        "deadline": IncidentRow.deadline,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """A page of the table.

    Attributes:
        items: Its rows in order.
        total: How many fit the filter.
        total_is_exact: Whether ``total`` is that, or the bound at which counting ended.
    """

    items: tuple[Incident, ...]
    total: int
    total_is_exact: bool


def list_ledger(
    database: Database,
    which: IncidentFilter,
    *,
    sort: str = "raised_at",
    descending: bool = True,
    offset: int = 0,
    limit: int = 25,
) -> LedgerPage:
    """A page of the ledger.

    Args:
        database: Where it is.
        which: Narrows it.
        sort: A word of `LEDGER_SORTS`; another one sorts by the time of finding.
        descending: The largest first; what has no value comes last either way.
        offset: Rows before the page, at most ten thousand.
        limit: Rows of the page.
    """
    column = LEDGER_SORTS.get(sort, IncidentRow.raised_at)
    order = column.desc() if descending else column.asc()
    if sort in ("number", "responsible", "deadline"):
        order = order.nulls_last()
    newest = IncidentRow.id.desc() if descending else IncidentRow.id.asc()
    wanted = select(IncidentRow).where(*which.conditions()).order_by(order, newest)
    with database.read() as session:
        total, exact = count_incidents(session, which)
        rows = session.scalars(wanted.offset(min(offset, _DEEPEST)).limit(limit))
        items = tuple(incident_view(row) for row in rows)
    return LedgerPage(items=items, total=total, total_is_exact=exact)
