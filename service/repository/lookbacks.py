"""回头看: campaigns that draw closed cases, and what their cameras and people find there."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest, NotFound, TransitionRefused
from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.incidents import find_incident
from service.repository.scope import EVERYWHERE, Actor, Scope
from service.repository.sequence import next_seq
from service.repository.steps import begin_rebound
from service.tables import CampaignRow, EvidenceRow, IncidentRow, LookBackRow, Status

__all__ = [
    "Campaign",
    "LookBack",
    "answer_lookback",
    "create_campaign",
    "list_campaigns",
    "list_lookbacks",
]

_RESULTS = ("clear", "rebound", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A look-back campaign with its figures."""

    id: int
    name: str
    created_at: datetime
    created_by: str
    due_at: datetime
    drawn_from: Mapping[str, Any]
    points: int
    answered: int
    rebounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBack:
    """One closed case to be seen again.

    Attributes:
        reason: ``camera_7d``, ``camera_30d`` or ``campaign``.
        result: ``clear``, ``rebound`` or ``unknown``; None until answered.
        evidence_id: The picture that shows it.
        rebound_id: The new incident, after a rebound.
    """

    id: int
    incident_id: int
    campaign_id: int | None
    reason: str
    due_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    result: str | None
    note: str
    evidence_id: int | None
    rebound_id: int | None
    site: str
    compound_id: int
    camera_id: str
    zone_id: str
    kind: str
    location: str
    number: str | None


def _view(row: LookBackRow, case: IncidentRow) -> LookBack:
    return LookBack(
        id=row.id,
        incident_id=row.incident_id,
        campaign_id=row.campaign_id,
        reason=row.reason,
        due_at=row.due_at,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        result=row.result,
        note=row.note,
        evidence_id=row.evidence_id,
        rebound_id=row.rebound_id,
        site=case.site,
        compound_id=case.compound_id,
        camera_id=case.camera_id,
        zone_id=case.zone_id,
        kind=case.kind,
        location=case.location,
        number=case.number,
    )


def list_lookbacks(
    database: Database,
    *,
    scope: Scope = EVERYWHERE,
    due_at: datetime | None = None,
    campaign_id: int | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[LookBack]:
    """Look-backs by id.

    Args:
        database: Where they are.
        scope: What the asker may see.
        due_at: Only those that wait for an answer and are due at this time.
        campaign_id: Only of this campaign.
        after: Ids above this one.
        limit: At most so many.
    """
    wanted = (
        select(LookBackRow, IncidentRow)
        .join(IncidentRow, IncidentRow.id == LookBackRow.incident_id)
        .where(LookBackRow.id > after, *scope.conditions())
        .order_by(LookBackRow.id)
        .limit(limit)
    )
    if due_at is not None:
        wanted = wanted.where(LookBackRow.answered_at.is_(None), LookBackRow.due_at <= due_at)
    if campaign_id is not None:
        wanted = wanted.where(LookBackRow.campaign_id == campaign_id)
    with database.read() as session:
        return [_view(row, case) for row, case in session.execute(wanted)]


def answer_lookback(
    database: Database,
    lookback_id: int,
    *,
    result: str,
    actor: Actor,
    now: datetime,
    scope: Scope = EVERYWHERE,
    note: str = "",
    evidence_id: int | None = None,
) -> LookBack:
    """Write down what was found; a rebound begins a new incident that names the old one.

    Args:
        database: Where it is.
        lookback_id: Which.
        result: ``clear``, ``rebound`` or ``unknown``.
        actor: Who has looked.
        now: The time, aware.
        scope: What the actor may see.
        note: What was seen.
        evidence_id: A picture of the case that shows it.

    Raises:
        NotFound: There is none, or it is out of the scope.
        InvalidRequest: The picture is another case's, or the result is none of the three.
        TransitionRefused: It was answered before.
    """
    if result not in _RESULTS:
        raise InvalidRequest(f"result: expected one of {', '.join(_RESULTS)}, got {result!r}")

    def work(session: Session) -> LookBack:
        row = session.get(LookBackRow, lookback_id, with_for_update=True)
        if row is None:
            raise NotFound(f"no look-back has the number {lookback_id}")
        case = find_incident(session, row.incident_id, scope, with_for_update=True)
        if row.answered_at is not None:
            raise TransitionRefused(
                zh=f"不能重复答复：{row.answered_by} 已于 {row.answered_at:%F} 答复",
                en=f"answered before, by {row.answered_by} on {row.answered_at:%F}",
            )
        if evidence_id is not None:
            picture = session.get(EvidenceRow, evidence_id)
            if picture is None or picture.incident_id != case.id:
                raise InvalidRequest(
                    f"evidence_id: {evidence_id} is no picture of incident {case.id}; add it to"
                    " the case first",
                    (("evidence_id", "expected a picture of the case"),),
                )
        row.answered_at, row.answered_by = now, actor.name
        row.result, row.note, row.evidence_id = result, note, evidence_id
        if result == "rebound":
            new = begin_rebound(
                session, case, now=now, note=note or "回头看发现反弹", reported_by=actor.name
            )
            row.rebound_id = new.id
            session.flush()
            new.changed_seq = case.changed_seq = next_seq(session)
        audit(
            session,
            at=now,
            actor=actor,
            action="looked_back",
            incident_id=case.id,
            note=note,
            detail={"lookback_id": row.id, "reason": row.reason, "result": result},
        )
        session.flush()
        return _view(row, case)

    answered = database.transact(work)
    database.changes.bump()
    return answered


def create_campaign(
    database: Database,
    *,
    name: str,
    due_at: datetime,
    closed_since: datetime,
    closed_until: datetime,
    actor: Actor,
    now: datetime,
    scope: Scope = EVERYWHERE,
    kinds: tuple[str, ...] = (),
    share: float = 1.0,
    most: int = 500,
) -> Campaign:
    """Draw closed cases at random for a campaign.

    Args:
        database: Where they are.
        name: In people's words.
        due_at: Until when they are to be seen.
        closed_since: Closed at this time or later.
        closed_until: Closed before this time.
        actor: Who begins it.
        now: The time, aware.
        scope: What the actor may see; nothing else is drawn.
        kinds: Only these hazards; empty takes all.
        share: Of the cases that fit, in (0, 1].
        most: Not more than this.

    Raises:
        InvalidRequest: No closed case fits.
    """

    def work(session: Session) -> int:
        wanted = select(IncidentRow.id).where(
            IncidentRow.status == Status.CLOSED.value,
            IncidentRow.closed_at >= closed_since,
            IncidentRow.closed_at < closed_until,
            *scope.conditions(),
        )
        if kinds:
            wanted = wanted.where(IncidentRow.kind.in_(kinds))
        fit = sorted(session.scalars(wanted))
        if not fit:
            raise InvalidRequest("no closed case fits; take a longer time or more kinds")
        drawn = random.SystemRandom().sample(fit, min(most, max(1, round(share * len(fit)))))
        campaign = CampaignRow(
            name=name,
            created_at=now,
            created_by=actor.name,
            due_at=due_at,
            drawn_from={
                "closed_since": closed_since.isoformat(),
                "closed_until": closed_until.isoformat(),
                "kinds": list(kinds),
                "share": share,
                "fit": len(fit),
            },
        )
        session.add(campaign)
        session.flush()
        session.add_all(
            LookBackRow(
                incident_id=number, campaign_id=campaign.id, reason="campaign", due_at=due_at
            )
            for number in sorted(drawn)
        )
        note = f"{name}: {len(drawn)} of {len(fit)} closed cases"
        audit(session, at=now, actor=actor, action="campaign_created", note=note)
        session.flush()
        return campaign.id

    number = database.transact(work)
    return next(each for each in list_campaigns(database) if each.id == number)


def list_campaigns(database: Database) -> list[Campaign]:
    """Every campaign with its figures, newest first."""
    with database.read() as session:
        rows = list(session.scalars(select(CampaignRow).order_by(CampaignRow.id.desc())))
        points: dict[int, list[str | None]] = {row.id: [] for row in rows}
        for campaign_id, result in session.execute(
            select(LookBackRow.campaign_id, LookBackRow.result).where(
                LookBackRow.campaign_id.is_not(None)
            )
        ):
            points[campaign_id or 0].append(result)
    return [
        Campaign(
            id=row.id,
            name=row.name,
            created_at=row.created_at,
            created_by=row.created_by,
            due_at=row.due_at,
            drawn_from=row.drawn_from,
            points=len(points[row.id]),
            answered=sum(result is not None for result in points[row.id]),
            rebounds=points[row.id].count("rebound"),
        )
        for row in rows
    ]
