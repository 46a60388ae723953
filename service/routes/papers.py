"""Numbered papers: 整改通知书, 劝阻提示单, 交办清单; issue, print, receipt, return."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.errors import InvalidRequest
from service.forms import AssignmentList, DissuasionSlip, RectificationNotice
from service.repository import (
    Paper,
    get_paper,
    issue_paper,
    list_papers,
    note_export,
    picture_cases,
    receive_paper,
    return_case,
)
from service.routes.auth import Caller, needs
from service.routes.downloads import DOCX, FormReader, download, load_copy
from service.routes.models import Id
from service.routes.problems import problem_responses
from service.routes.state import Services, services_of
from service.settings import API_PREFIX
from service.tables import Permission

__all__ = ["router"]

router = APIRouter(prefix=f"{API_PREFIX}/papers", tags=["forms"])

Issuer = Annotated[Caller, Depends(needs(Permission.FORMS_ISSUE))]
_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
_Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]
_Incident = Annotated[int, Field(ge=1, le=2**63 - 1)]


class PaperIn(BaseModel):
    """What the paper is to say. Which fields a kind needs is told when one is missing."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["rectification_notice", "dissuasion_slip", "assignment_list"]
    incident_ids: list[_Incident] = Field(min_length=1, max_length=500)
    recipient: str = Field(
        default="",
        max_length=200,
        pattern=_TEXT,
        description="Unit of a notice or list; person of a slip, who may be unknown",
    )
    deadline: _Day | None = Field(default=None, description="整改期限 or 反馈期限, included")
    method: str = Field(default="当面", max_length=100, pattern=_TEXT)
    demand: str = Field(default="", max_length=500, pattern=_TEXT)
    limit: str = Field(default="立即", max_length=100, pattern=_TEXT)
    attempt: int = Field(default=1, ge=1, le=1000)


class ReceiptIn(BaseModel):
    """Who signed for it."""

    model_config = ConfigDict(extra="forbid")

    received_by: str = Field(min_length=1, max_length=200, pattern=_TEXT)
    note: str = Field(default="", max_length=2000, pattern=_TEXT)


class ReturnIn(BaseModel):
    """Why the case comes back."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(min_length=1, max_length=2000, pattern=_TEXT)


class PaperOut(BaseModel):
    """A paper as it was issued; times are UTC."""

    id: int
    kind: str
    number: str
    recipient: str
    deadline: date | None
    issued_at: datetime
    issued_by: str
    received_at: datetime | None
    received_by: str
    receipt_note: str
    incident_ids: list[int]
    returned: dict[int, str] = Field(description="Incident -> why it came back")
    url: str = Field(description="The Word document")


def _out(paper: Paper) -> PaperOut:
    return PaperOut(
        **{
            name: getattr(paper, name)
            for name in PaperOut.model_fields
            if name not in ("url", "incident_ids", "returned")
        },
        incident_ids=list(paper.incident_ids),
        returned=dict(paper.returned),
        url=f"{API_PREFIX}/papers/{paper.id}/docx",
    )


def _form(services: Services, paper: Paper, caller: Caller) -> Any:
    cases = tuple(
        picture_cases(
            services.database,
            paper.incident_ids,
            partial(load_copy, services),
            scope=caller.scope,
        )
    )
    if paper.kind == "rectification_notice":
        return RectificationNotice(
            number=paper.number,
            recipient=paper.recipient,
            cases=cases,
            deadline=paper.deadline or paper.issued_at.date(),
            issued_at=paper.issued_at,
            issued_by=paper.issued_by,
        )
    if paper.kind == "assignment_list":
        return AssignmentList(
            number=paper.number,
            recipient=paper.recipient,
            cases=cases,
            reply_by=paper.deadline or paper.issued_at.date(),
            issued_at=paper.issued_at,
            issued_by=paper.issued_by,
            received_by=paper.received_by,
            received_at=paper.received_at,
        )
    fields = paper.fields
    return DissuasionSlip(
        number=paper.number,
        case=cases[0],
        person=paper.recipient,
        attempt=fields["attempt"],
        method=fields["method"],
        demand=fields["demand"] or cases[0].measure or "立即清除，恢复畅通",
        limit=fields["limit"],
        at=paper.issued_at,
        by=paper.issued_by,
    )


def _check(services: Services, body: PaperIn, caller: Caller) -> None:
    """Refuse before a number is taken what the form itself would refuse."""
    draft = Paper(
        id=0,
        kind=body.kind,
        compound_id=0,
        number="",
        recipient=body.recipient,
        deadline=body.deadline,
        fields=_fields(body),
        issued_at=datetime.now(UTC),
        issued_by=caller.actor.name,
        received_at=None,
        received_by="",
        receipt_note="",
        incident_ids=tuple(body.incident_ids),
        returned={},
    )
    if body.kind == "dissuasion_slip":
        if len(body.incident_ids) != 1:
            raise InvalidRequest("劝阻提示单只写一项隐患 (a slip: expected one incident)")
    else:
        for name in ("recipient", "deadline"):
            if not getattr(body, name):
                raise InvalidRequest(
                    f"{name}: 不能为空 (expected {name} for a {body.kind}, got none)",
                    ((name, "missing"),),
                )
    _form(services, draft, caller)


def _fields(body: PaperIn) -> dict[str, Any]:
    return {
        "method": body.method,
        "demand": body.demand,
        "limit": body.limit,
        "attempt": body.attempt,
    }


@router.post(
    "",
    status_code=201,
    summary="Issue a numbered paper",
    responses=problem_responses(401, 403, 404, 413, 422, 429, 503),
)
def post_paper(request: Request, caller: Issuer, body: PaperIn) -> PaperOut:
    """A private window grille is refused on a notice: it can only be asked away."""
    services = services_of(request)
    _check(services, body, caller)
    word = services.settings.forms.number_word if body.kind == "rectification_notice" else ""
    paper = issue_paper(
        services.database,
        kind=body.kind,
        incident_ids=body.incident_ids,
        recipient=body.recipient,
        deadline=body.deadline,
        fields=_fields(body),
        actor=caller.actor,
        now=datetime.now(UTC),
        scope=caller.scope,
        number_word=word,
    )
    return _out(paper)


@router.get(
    "",
    summary="Issued papers, the newest first",
    responses=problem_responses(401, 403, 422, 429, 503),
)
def get_papers(
    request: Request,
    caller: FormReader,
    kind: Literal["rectification_notice", "dissuasion_slip", "assignment_list"] | None = None,
    incident_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> list[PaperOut]:
    """Those within what the caller may see."""
    papers = list_papers(
        services_of(request).database,
        kind=kind,
        incident_id=incident_id,
        scope=caller.scope,
        limit=limit,
    )
    return [_out(paper) for paper in papers]


@router.get(
    "/{paper_id}/docx",
    summary="The paper as a Word document",
    response_class=Response,
    responses={
        200: {
            "description": "The file",
            "content": {DOCX: {"schema": {"type": "string", "format": "binary"}}},
        },
        **problem_responses(401, 403, 404, 422, 429, 503),
    },
)
def get_docx(request: Request, caller: FormReader, paper_id: Id) -> Response:
    """Pictures in it are copies without their metadata; each print is a line of the audit."""
    services = services_of(request)
    paper = get_paper(services.database, paper_id, scope=caller.scope)
    form = _form(services, paper, caller)
    content = form.docx(services.settings.forms, templates=services.settings.form_templates)
    note_export(
        services.database,
        what=paper.number,
        actor=caller.actor,
        now=datetime.now(UTC),
        detail={"paper_id": paper.id},
    )
    return download(content, name=f"{paper.number}.docx", media_type=DOCX)


@router.post(
    "/{paper_id}/receipt",
    summary="Note who signed for it (回执)",
    responses=problem_responses(401, 403, 404, 409, 413, 422, 429, 503),
)
def post_receipt(request: Request, caller: Issuer, paper_id: Id, body: ReceiptIn) -> PaperOut:
    """Once only."""
    paper = receive_paper(
        services_of(request).database,
        paper_id,
        received_by=body.received_by,
        note=body.note,
        actor=caller.actor,
        now=datetime.now(UTC),
        scope=caller.scope,
    )
    return _out(paper)


@router.post(
    "/{paper_id}/returns/{incident_id}",
    summary="A case of an assignment list comes back (退回)",
    responses=problem_responses(401, 403, 404, 409, 413, 422, 429, 503),
)
def post_return(
    request: Request, caller: Issuer, paper_id: Id, incident_id: Id, body: ReturnIn
) -> PaperOut:
    """With the reason; once only."""
    paper = return_case(
        services_of(request).database,
        paper_id,
        incident_id,
        note=body.note,
        actor=caller.actor,
        now=datetime.now(UTC),
        scope=caller.scope,
    )
    return _out(paper)
