"""回头看 over HTTP: what is due, what was found, and campaigns."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from service.repository import (
    answer_lookback,
    create_campaign,
    list_campaigns,
    list_lookbacks,
)
from service.routes.auth import Caller, needs
from service.routes.models import Id, Note, RowId, When, Words
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX
from service.tables import HazardKind, Permission

__all__ = ["router"]

router = APIRouter(prefix=API_PREFIX, tags=["look-backs"])

_Reader = Annotated[Caller, Depends(needs(Permission.LOOKBACKS_READ))]
_Answerer = Annotated[Caller, Depends(needs(Permission.LOOKBACKS_ANSWER))]
_Editor = Annotated[Caller, Depends(needs(Permission.CAMPAIGNS_EDIT))]


class LookBackQuery(BaseModel):
    """Narrows the list."""

    model_config = ConfigDict(extra="forbid")

    due: bool = Field(default=False, description="Only what waits for an answer now")
    campaign_id: RowId | None = None
    after: int = Field(default=0, ge=0, le=2**63 - 1)
    limit: int = Field(default=100, ge=1, le=500)


class LookBackOut(BaseModel):
    """One closed case to be seen again."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    incident_id: int
    campaign_id: int | None
    reason: str = Field(description="camera_7d, camera_30d or campaign")
    due_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    result: str | None
    note: str
    evidence_id: int | None
    rebound_id: int | None = Field(description="The new incident, after a rebound")
    site: str
    compound_id: int
    camera_id: str
    zone_id: str
    kind: HazardKind
    location: str
    number: str | None


class LookBackList(BaseModel):
    """A page of look-backs by id."""

    items: list[LookBackOut]
    next_after: int | None


class LookBackAnswer(BaseModel):
    """What was found; a picture of it is added to the case first."""

    model_config = ConfigDict(extra="forbid")

    result: Literal["clear", "rebound", "unknown"]
    note: Note = ""
    evidence_id: RowId | None = None


class CampaignIn(BaseModel):
    """Closed cases are drawn at random from this."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
    due_at: When
    closed_since: When
    closed_until: When
    kinds: Annotated[list[HazardKind], Field(max_length=40)] = []
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    most: Annotated[int, Field(ge=1, le=10_000)] = 500


class CampaignOut(BaseModel):
    """A campaign with its figures."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: Words
    created_at: datetime
    created_by: str
    due_at: datetime
    drawn_from: dict[str, Any]
    points: int
    answered: int
    rebounds: int


class CampaignList(BaseModel):
    """Every campaign, newest first."""

    items: list[CampaignOut]


@router.get(
    "/lookbacks",
    summary="Closed cases to be seen again",
    responses=problem_responses(401, 403, 422, 429, 503),
)
def get_lookbacks(
    request: Request, caller: _Reader, query: Annotated[LookBackQuery, Query()]
) -> LookBackList:
    """With `due=true` what a camera site or a person should look at now."""
    found = list_lookbacks(
        services_of(request).database,
        scope=caller.scope,
        due_at=datetime.now(UTC) if query.due else None,
        campaign_id=query.campaign_id,
        after=query.after,
        limit=query.limit,
    )
    return LookBackList(
        items=[LookBackOut.model_validate(each) for each in found],
        next_after=found[-1].id if len(found) == query.limit else None,
    )


@router.post(
    "/lookbacks/{lookback_id}/answer",
    summary="Say what was found",
    responses=problem_responses(401, 403, 404, 409, 413, 422, 429, 503),
)
def post_answer(
    request: Request, caller: _Answerer, lookback_id: Id, body: LookBackAnswer
) -> LookBackOut:
    """A rebound begins a new incident that names the old, closed one."""
    answered = answer_lookback(
        services_of(request).database,
        lookback_id,
        result=body.result,
        actor=caller.actor,
        now=datetime.now(UTC),
        scope=caller.scope,
        note=body.note,
        evidence_id=body.evidence_id,
    )
    return LookBackOut.model_validate(answered)


@router.get(
    "/campaigns",
    summary="Look-back campaigns",
    responses=problem_responses(401, 403, 429, 503),
)
def get_campaigns(request: Request, _caller: _Reader) -> CampaignList:
    """Newest first, with how many points were answered and came back."""
    found = list_campaigns(services_of(request).database)
    return CampaignList(items=[CampaignOut.model_validate(each) for each in found])


@router.post(
    "/campaigns",
    status_code=201,
    summary="Begin a look-back campaign",
    responses=problem_responses(401, 403, 413, 422, 429, 503),
)
def post_campaign(request: Request, caller: _Editor, body: CampaignIn) -> CampaignOut:
    """Draws from the closed cases that the caller may see."""
    made = create_campaign(
        services_of(request).database,
        name=body.name,
        due_at=body.due_at,
        closed_since=body.closed_since,
        closed_until=body.closed_until,
        actor=caller.actor,
        now=datetime.now(UTC),
        scope=caller.scope,
        kinds=tuple(body.kinds),
        share=body.share,
        most=body.most,
    )
    return CampaignOut.model_validate(made)
