"""Cases of the ledger as forms want them: names instead of ids, words instead of codes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.forms import TIMEZONE, FormCase, FormPhoto
from service.repository.database import Database
from service.repository.filters import IncidentFilter, today_in_shanghai
from service.repository.scope import EVERYWHERE, Scope
from service.tables import (
    HAZARDS,
    OPEN_STATUSES,
    SOURCE_WORDS,
    STATUS_WORDS,
    BuildingRow,
    CommunityRow,
    CompoundRow,
    EscalationRow,
    EventRow,
    EvidenceRow,
    HazardKind,
    IncidentRow,
    PaperCaseRow,
    PaperRow,
    Phase,
    PlaceRow,
    ResponseRow,
    Status,
)

__all__ = ["LoadPicture", "form_cases", "iter_form_cases", "picture_cases"]

#: (sha256, media type) -> the picture as it may leave the house, empty when it is lost.
LoadPicture = Callable[[str, str], bytes]

_CHUNK = 500
_RESULTS = {"passed": "合格", "failed": "不合格"}


def iter_form_cases(
    database: Database, which: IncidentFilter, *, registered_only: bool = True
) -> Iterator[FormCase]:
    """Cases in the order of their finding, a few hundred at a time; without pictures' bytes.

    Args:
        database: The ledger.
        which: Narrows, and holds the asker's scope.
        registered_only: Leave out what has no number yet, and false alarms.
    """
    after = 0
    while True:
        with database.read() as session:
            query = select(IncidentRow).where(*which.conditions(), IncidentRow.id > after)
            if registered_only:
                query = query.where(
                    IncidentRow.number.is_not(None),
                    IncidentRow.status != Status.FALSE_ALARM.value,
                )
            rows = list(session.scalars(query.order_by(IncidentRow.id).limit(_CHUNK)))
            cases = form_cases(session, rows)
        yield from cases
        if len(rows) < _CHUNK:
            return
        after = rows[-1].id


def picture_cases(
    database: Database, incident_ids: Sequence[int], load: LoadPicture, *, scope: Scope = EVERYWHERE
) -> list[FormCase]:
    """These cases in this order, with their pictures' bytes.

    Raises:
        NotFound: One of them is not there, or out of the scope.
    """
    with database.read() as session:
        found = {
            row.id: row
            for row in session.scalars(select(IncidentRow).where(IncidentRow.id.in_(incident_ids)))
            if scope.sees(site=row.site, compound_id=row.compound_id)
        }
        for wanted in incident_ids:
            if wanted not in found:
                raise NotFound(f"no incident has the number {wanted}")
        return form_cases(session, [found[each] for each in incident_ids], load=load)


def form_cases(
    session: Session, rows: Sequence[IncidentRow], *, load: LoadPicture | None = None
) -> list[FormCase]:
    """These rows as forms want them, in the same order."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    compounds = _by_id(session, CompoundRow, {row.compound_id for row in rows})
    communities = _by_id(
        session, CommunityRow, {each.community_id for each in compounds.values()} - {None}
    )
    buildings = _by_id(session, BuildingRow, {row.building_id for row in rows} - {None})
    places = _by_id(session, PlaceRow, {row.place_id for row in rows} - {None})
    steps = _steps(session, ids)
    reported = dict(
        session.execute(
            select(EscalationRow.incident_id, EscalationRow.sent_at).where(
                EscalationRow.incident_id.in_(ids), EscalationRow.sent_at.is_not(None)
            )
        ).all()
    )
    assigned = set(
        session.scalars(
            select(PaperCaseRow.incident_id)
            .join(PaperRow, PaperRow.id == PaperCaseRow.paper_id)
            .where(PaperCaseRow.incident_id.in_(ids), PaperRow.kind == "assignment_list")
        )
    )
    old = dict(
        session.execute(
            select(IncidentRow.id, IncidentRow.number).where(
                IncidentRow.id.in_({row.rebound_of_id for row in rows} - {None})
            )
        ).all()
    )
    photos = _photos(session, ids, load)
    today = today_in_shanghai()
    cases = []
    for row in rows:
        compound = compounds[row.compound_id]
        community = communities.get(compound.community_id)
        building = buildings.get(row.building_id)
        place = places.get(row.place_id)
        before, after = photos.get(row.id, ((), ()))
        cases.append(
            replace(
                _plain(row, today),
                community=community.name if community is not None else "",
                compound=compound.name,
                building=building.name if building is not None else "",
                spot=row.location or (place.name if place is not None else row.camera_name),
                height_m=building.height_m if building is not None else None,
                warned_at=steps.get((row.id, "warn")),
                dispatched_at=steps.get((row.id, "dispatch")),
                reported_at=reported.get(row.id),
                assigned=row.id in assigned,
                rebound_of=(old.get(row.rebound_of_id) or f"#{row.rebound_of_id}")
                if row.rebound_of_id is not None
                else "",
                before=before,
                after=after,
            )
        )
    return cases


def _plain(row: IncidentRow, today: date) -> FormCase:
    info = HAZARDS[HazardKind(row.kind)]
    status = Status(row.status)
    overdue = (
        row.deadline is not None
        and row.deadline < today
        and row.rectified_at is None
        and status in OPEN_STATUSES
    )
    result = _RESULTS.get(row.recheck_result or "", "")
    return FormCase(
        number=row.number or f"#{row.id}",
        source=SOURCE_WORDS[row.source][0],
        community="",
        compound="",
        building="",
        spot="",
        kind=row.kind,
        kind_zh=info.zh,
        content=row.content or info.zh,
        found_at=row.raised_at,
        responsible_unit=row.responsible_unit or "",
        responsible_person=row.responsible_name or "",
        measure=row.measure or "",
        deadline=row.deadline,
        status_zh=STATUS_WORDS[row.status][0],
        is_closed=status is Status.CLOSED,
        is_overdue=overdue,
        rechecked_by=row.rechecked_by or "",
        rechecked_at=row.rechecked_at,
        recheck_result="：".join(part for part in (result, row.recheck_note or "") if part),
        closed_at=row.closed_at,
        acknowledged_at=row.acknowledged_at,
        dissuasions=row.dissuasions,
        removed_kg=row.removed_weight_kg or 0.0,
        is_private=row.private_property,
    )


def _by_id(session: Session, table: Any, ids: set[Any]) -> dict[int | None, Any]:
    if not ids:
        return {}
    return {row.id: row for row in session.scalars(select(table).where(table.id.in_(ids)))}


def _steps(session: Session, ids: Sequence[int]) -> dict[tuple[int, str], datetime]:
    found: dict[tuple[int, str], datetime] = {}
    rows = session.execute(
        select(ResponseRow.incident_id, ResponseRow.step, ResponseRow.at)
        .where(ResponseRow.incident_id.in_(ids))
        .order_by(ResponseRow.at)
    )
    for incident_id, step, at in rows:
        # The first time counts: how quickly somebody did something.
        found.setdefault((incident_id, step), at)
    return found


def _photos(
    session: Session, ids: Sequence[int], load: LoadPicture | None
) -> dict[int, tuple[tuple[FormPhoto, ...], tuple[FormPhoto, ...]]]:
    rows = session.execute(
        select(EvidenceRow, EventRow.phase)
        .outerjoin(EventRow, EventRow.id == EvidenceRow.event_id)
        .where(
            EvidenceRow.incident_id.in_(ids),
            # The camera's `clean` picture is the desk's to look at, no form's to print.
            EvidenceRow.role.in_(("snapshot", "before", "scene", "after", "recheck")),
        )
        .order_by(EvidenceRow.id)
    )
    before: dict[int, list[EvidenceRow]] = {}
    after: dict[int, list[EvidenceRow]] = {}
    for row, phase in rows:
        is_after = row.role in ("after", "recheck") or phase == Phase.END.value
        (after if is_after else before).setdefault(row.incident_id, []).append(row)
    return {
        each: (_few(before.get(each, []), load), _few(after.get(each, []), load))
        for each in before.keys() | after.keys()
    }


def _few(rows: list[EvidenceRow], load: LoadPicture | None) -> tuple[FormPhoto, ...]:
    # The first and the newest two: a hazard of a whole night has a picture every minute.
    chosen = rows if len(rows) <= 3 else [rows[0], *rows[-2:]]
    return tuple(
        FormPhoto(
            name=f"证据 {row.id}",
            sha256=row.sha256,
            content=load(row.sha256, row.media_type)
            if load is not None and row.removed_at is None
            else b"",
            taken_at=row.created_at.astimezone(TIMEZONE),
        )
        for row in chosen
    )
