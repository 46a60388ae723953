"""Issuing numbered papers, their receipts, and the cases that come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest, NotFound, TransitionRefused
from service.forms import day_of, notice_number
from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.scope import EVERYWHERE, Actor, Scope
from service.repository.sequence import next_number
from service.tables import CompoundRow, IncidentRow, PaperCaseRow, PaperRow

__all__ = [
    "PAPER_KINDS",
    "Paper",
    "get_paper",
    "issue_paper",
    "list_papers",
    "note_export",
    "receive_paper",
    "return_case",
]

#: Kind -> the word in its number.
PAPER_KINDS = {
    "rectification_notice": "整改",
    "dissuasion_slip": "劝阻",
    "assignment_list": "交办",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper as it was issued. Times are aware UTC."""

    id: int
    kind: str
    compound_id: int
    number: str
    recipient: str
    deadline: date | None
    fields: Mapping[str, Any]
    issued_at: datetime
    issued_by: str
    received_at: datetime | None
    received_by: str
    receipt_note: str
    incident_ids: tuple[int, ...]
    returned: Mapping[int, str]


def _view(session: Session, row: PaperRow) -> Paper:
    cases = list(
        session.scalars(
            select(PaperCaseRow)
            .where(PaperCaseRow.paper_id == row.id)
            .order_by(PaperCaseRow.position)
        )
    )
    return Paper(
        id=row.id,
        kind=row.kind,
        compound_id=row.compound_id,
        number=row.number,
        recipient=row.recipient,
        deadline=row.deadline,
        fields=row.fields,
        issued_at=row.issued_at,
        issued_by=row.issued_by,
        received_at=row.received_at,
        received_by=row.received_by,
        receipt_note=row.receipt_note,
        incident_ids=tuple(case.incident_id for case in cases),
        returned={
            case.incident_id: case.return_note for case in cases if case.returned_at is not None
        },
    )


def issue_paper(
    database: Database,
    *,
    kind: str,
    incident_ids: Sequence[int],
    recipient: str,
    deadline: date | None,
    fields: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    scope: Scope = EVERYWHERE,
    number_word: str = "",
) -> Paper:
    """Give the paper its number and keep it, in one transaction, with a line of the audit.

    Cases of several compounds may stand on one paper; it is numbered in the first one's series.

    Raises:
        NotFound: A case is not there, or out of the scope.
        InvalidRequest: A case has no number of the ledger yet, or stands twice.
    """
    if len(set(incident_ids)) != len(incident_ids):
        raise InvalidRequest("同一隐患列了两次 (incident_ids: an incident stands twice)")

    def work(session: Session) -> Paper:
        rows = {
            row.id: row
            for row in session.scalars(select(IncidentRow).where(IncidentRow.id.in_(incident_ids)))
        }
        for wanted in incident_ids:
            row = rows.get(wanted)
            if row is None or not scope.sees(site=row.site, compound_id=row.compound_id):
                raise NotFound(f"no incident has the number {wanted}")
            if row.number is None and kind != "dissuasion_slip":
                raise InvalidRequest(
                    f"隐患 {wanted} 尚未登记，没有台账编号，请先登记"
                    f" (incident {wanted} is not registered yet: register it first)"
                )
        compound = session.get_one(CompoundRow, rows[incident_ids[0]].compound_id)
        year = day_of(now).year
        seq = next_number(session, compound_id=compound.id, series=kind, year=year)
        paper = PaperRow(
            kind=kind,
            compound_id=compound.id,
            year=year,
            seq=seq,
            number=f"{compound.name}{notice_number(number_word or PAPER_KINDS[kind], year, seq)}",
            recipient=recipient,
            deadline=deadline,
            fields=dict(fields),
            issued_at=now,
            issued_by=actor.person or actor.name,
            received_by="",
            receipt_note="",
        )
        session.add(paper)
        session.flush()
        session.add_all(
            PaperCaseRow(paper_id=paper.id, incident_id=each, position=position, return_note="")
            for position, each in enumerate(incident_ids)
        )
        for each in incident_ids:
            audit(
                session,
                at=now,
                actor=actor,
                action=f"issue_{kind}",
                incident_id=each,
                note=paper.number,
                detail={"paper_id": paper.id},
            )
        session.flush()
        return _view(session, paper)

    return database.transact(work)


def _find(session: Session, paper_id: int, scope: Scope, *, lock: bool = False) -> PaperRow:
    row = session.get(PaperRow, paper_id, with_for_update=True if lock else None)
    if row is not None:
        compound = session.get_one(CompoundRow, row.compound_id)
        if scope.sees(site=compound.site, compound_id=compound.id):
            return row
    raise NotFound(f"no paper has the number {paper_id}")


def get_paper(database: Database, paper_id: int, *, scope: Scope = EVERYWHERE) -> Paper:
    """One paper.

    Raises:
        NotFound: There is none, or it is out of the scope.
    """
    with database.read() as session:
        return _view(session, _find(session, paper_id, scope))


def list_papers(
    database: Database,
    *,
    kind: str | None = None,
    incident_id: int | None = None,
    scope: Scope = EVERYWHERE,
    limit: int = 100,
) -> list[Paper]:
    """Papers, the newest first."""
    query = select(PaperRow).join(CompoundRow, CompoundRow.id == PaperRow.compound_id)
    query = query.where(*scope.conditions(CompoundRow.site, PaperRow.compound_id))
    if kind is not None:
        query = query.where(PaperRow.kind == kind)
    if incident_id is not None:
        query = query.join(PaperCaseRow, PaperCaseRow.paper_id == PaperRow.id).where(
            PaperCaseRow.incident_id == incident_id
        )
    with database.read() as session:
        rows = session.scalars(query.order_by(PaperRow.id.desc()).limit(limit))
        return [_view(session, row) for row in rows]


def receive_paper(
    database: Database,
    paper_id: int,
    *,
    received_by: str,
    note: str,
    actor: Actor,
    now: datetime,
    scope: Scope = EVERYWHERE,
) -> Paper:
    """Note who signed for it (回执); once only.

    Raises:
        NotFound: There is none, or it is out of the scope.
        TransitionRefused: Somebody has signed already.
    """

    def work(session: Session) -> Paper:
        row = _find(session, paper_id, scope, lock=True)
        if row.received_at is not None:
            raise TransitionRefused(
                zh=f"{row.number} 已由 {row.received_by} 签收",
                en=f"{row.number} has been signed for by {row.received_by}",
            )
        row.received_at, row.received_by, row.receipt_note = now, received_by, note
        audit(
            session,
            at=now,
            actor=actor,
            action="receive_paper",
            note=f"{row.number} {received_by}",
            detail={"paper_id": row.id},
        )
        session.flush()
        return _view(session, row)

    return database.transact(work)


def return_case(
    database: Database,
    paper_id: int,
    incident_id: int,
    *,
    note: str,
    actor: Actor,
    now: datetime,
    scope: Scope = EVERYWHERE,
) -> Paper:
    """A case of an assignment list comes back (退回), with the reason.

    Raises:
        NotFound: There is no such paper within the scope, or the case is not on it.
        TransitionRefused: It is no assignment list, or has come back already.
    """

    def work(session: Session) -> Paper:
        row = _find(session, paper_id, scope, lock=True)
        case = session.get(PaperCaseRow, (paper_id, incident_id))
        if case is None:
            raise NotFound(f"incident {incident_id} is not on paper {paper_id}")
        if row.kind != "assignment_list" or case.returned_at is not None:
            raise TransitionRefused(
                zh="只有交办清单上的事项可以退回，且只能退回一次",
                en="only a case of an assignment list can come back, and only once",
            )
        case.returned_at, case.return_note = now, note
        audit(
            session,
            at=now,
            actor=actor,
            action="return_case",
            incident_id=incident_id,
            note=note,
            detail={"paper_id": paper_id},
        )
        session.flush()
        return _view(session, row)

    return database.transact(work)


def note_export(
    database: Database, *, what: str, actor: Actor, now: datetime, detail: Mapping[str, Any]
) -> None:
    """Write down that somebody printed or exported something."""
    database.transact(
        lambda session: audit(
            session, at=now, actor=actor, action="export", note=what, detail=detail
        )
    )
