"""反弹 and 复看: what a new event says about cases that were closed at the same place."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from service.tables import IncidentRow, LookBackRow, Status

__all__ = ["REBOUND_DAYS", "answer_due_lookbacks", "closed_before"]

#: The same hazard in the same zone within so many days of its close-out is its rebound.
REBOUND_DAYS = 90


def closed_before(session: Session, rows: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Let new incidents name the closed one that they are the rebound of, and mark that one.

    Args:
        session: The transaction that will insert ``rows``.
        rows: Columns of new incidents of cameras; ``rebound_of_id`` is filled in.
        now: The time, aware.
    """
    places = {(row["site"], row["camera_id"], row["zone_id"], row["kind"]) for row in rows}
    if not places:
        return
    place = (IncidentRow.site, IncidentRow.camera_id, IncidentRow.zone_id, IncidentRow.kind)
    found = session.execute(
        select(IncidentRow.id, *place)
        .where(
            IncidentRow.camera_id.in_(sorted({camera for _, camera, _, _ in places})),
            tuple_(*place).in_(sorted(places)),
            IncidentRow.status == Status.CLOSED.value,
            IncidentRow.closed_at >= now - timedelta(days=REBOUND_DAYS),
        )
        .order_by(IncidentRow.closed_at)
    )
    newest = {(site, camera, zone, kind): number for number, site, camera, zone, kind in found}
    if not newest:
        return
    for row in rows:
        key = (row["site"], row["camera_id"], row["zone_id"], row["kind"])
        row["rebound_of_id"] = newest.get(key)
    session.execute(
        update(IncidentRow)
        .where(IncidentRow.id.in_(sorted(newest.values())), IncidentRow.rebounded_at.is_(None))
        .values(rebounded_at=now)
        .execution_options(synchronize_session=False)
    )


def answer_due_lookbacks(
    session: Session, rows: Sequence[Mapping[str, Any]], *, now: datetime
) -> None:
    """A rebound that a camera has reported answers the look-backs that waited for it."""
    for row in rows:
        if row["rebound_of_id"] is None:
            continue
        session.execute(
            update(LookBackRow)
            .where(
                LookBackRow.incident_id == row["rebound_of_id"], LookBackRow.answered_at.is_(None)
            )
            .values(
                answered_at=now,
                answered_by=f"camera {row['camera_id']}",
                result="rebound",
                evidence_id=row["snapshot_id"],
                rebound_id=row["id"],
            )
            .execution_options(synchronize_session=False)
        )
