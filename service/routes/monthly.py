"""The monthly report: state, draft, send, print; and the tasks of Annex 2."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.errors import NotFound
from service.forms import MonthlyPeriod, ReportState, day_of, monthly_report_docx, task_reminders
from service.repository import (
    draft_report,
    finish_task,
    get_report,
    list_tasks,
    note_export,
    send_report,
    snapshot_month,
)
from service.routes.auth import Caller, needs
from service.routes.downloads import DOCX, FormReader, download
from service.routes.models import Id
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX
from service.tables import Permission

__all__ = ["router", "tasks_router"]

router = APIRouter(prefix=f"{API_PREFIX}/monthly-reports", tags=["forms"])
tasks_router = APIRouter(prefix=f"{API_PREFIX}/tasks", tags=["forms"])

Sender = Annotated[Caller, Depends(needs(Permission.REPORTS_SEND))]
Planner = Annotated[Caller, Depends(needs(Permission.CAMPAIGNS_EDIT))]
Year = Annotated[int, Path(ge=2000, le=2999)]
Month = Annotated[int, Path(ge=1, le=12)]


class MonthlyOut(BaseModel):
    """Where a month's report stands; times are UTC."""

    year: int
    month: int
    period: str
    state: ReportState
    draft_at: datetime = Field(description="The 20th, 00:00 in Asia/Shanghai")
    due_at: datetime = Field(description="The 21st, 24:00 in Asia/Shanghai")
    taken_at: datetime | None
    sha256: str | None = Field(description="Digest of the kept snapshot")
    sent_at: datetime | None
    sent_by: str


class TaskOut(BaseModel):
    """A task of Annex 2."""

    id: int
    number: int
    stage: str
    content: str
    units: list[str]
    due: date
    due_words: str
    case_numbers: list[str]
    done_on: date | None
    days_left: int
    reminder: str = Field(description="What to tell the units today; empty for nothing")


class TaskIn(BaseModel):
    """Whether it is done, and cases that belong to it."""

    model_config = ConfigDict(extra="forbid")

    done_on: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))] | None = None
    incident_ids: list[Annotated[int, Field(ge=1, le=2**63 - 1)]] = Field(
        default=[], max_length=500
    )


def _out(request: Request, period: MonthlyPeriod) -> MonthlyOut:
    report = get_report(services_of(request).database, period)
    sent = report is not None and report.sent_at is not None
    return MonthlyOut(
        year=period.year,
        month=period.month,
        period=period.words,
        state=period.state(datetime.now(UTC), sent=sent),
        draft_at=period.draft_at.astimezone(UTC),
        due_at=period.due_at.astimezone(UTC),
        taken_at=report.taken_at if report is not None else None,
        sha256=report.sha256 if report is not None else None,
        sent_at=report.sent_at if report is not None else None,
        sent_by=report.sent_by if report is not None else "",
    )


@router.get(
    "/{year}/{month}",
    summary="Where the month's report stands",
    responses=problem_responses(401, 403, 422, 429, 503),
)
def get_monthly(request: Request, caller: FormReader, year: Year, month: Month) -> MonthlyOut:  # noqa: ARG001
    """The draft is due on the 20th, the report before the 22nd."""
    return _out(request, MonthlyPeriod(year=year, month=month))


@router.post(
    "/{year}/{month}/draft",
    summary="Count the ledger and keep the draft",
    responses=problem_responses(401, 403, 409, 422, 429, 503),
)
def post_draft(request: Request, caller: Sender, year: Year, month: Month) -> MonthlyOut:
    """An earlier draft is replaced; a sent report never is."""
    services = services_of(request)
    period, now = MonthlyPeriod(year=year, month=month), datetime.now(UTC)
    snapshot = snapshot_month(
        services.database,
        period,
        area=services.settings.forms.report_area,
        now=now,
        scope=caller.scope,
    )
    draft_report(services.database, snapshot, actor=caller.actor, now=now)
    return _out(request, period)


@router.post(
    "/{year}/{month}/send",
    summary="Freeze the report: it has been sent",
    responses=problem_responses(401, 403, 404, 409, 422, 429, 503),
)
def post_send(request: Request, caller: Sender, year: Year, month: Month) -> MonthlyOut:
    """Who sent it and when is kept; the figures stay as they are."""
    period = MonthlyPeriod(year=year, month=month)
    send_report(services_of(request).database, period, actor=caller.actor, now=datetime.now(UTC))
    return _out(request, period)


@router.get(
    "/{year}/{month}/docx",
    summary="The report as a Word document",
    response_class=Response,
    responses={
        200: {
            "description": "The file",
            "content": {DOCX: {"schema": {"type": "string", "format": "binary"}}},
        },
        **problem_responses(401, 403, 404, 422, 429, 503),
    },
)
def get_monthly_docx(request: Request, caller: FormReader, year: Year, month: Month) -> Response:
    """Printed from the kept snapshot alone; a draft says that it is one."""
    services = services_of(request)
    period = MonthlyPeriod(year=year, month=month)
    report = get_report(services.database, period)
    if report is None:
        raise NotFound(f"there is no draft of {year}-{month:02d} yet: draft it first")
    content = monthly_report_docx(
        report.snapshot,
        services.settings.forms,
        sent_by=report.sent_by,
        sent_at=report.sent_at,
        templates=services.settings.form_templates,
    )
    note_export(
        services.database,
        what=f"monthly report {year}-{month:02d}",
        actor=caller.actor,
        now=datetime.now(UTC),
        detail={"sha256": report.sha256},
    )
    return download(content, name=f"{year}年{month}月工作进度月报.docx", media_type=DOCX)


@tasks_router.get(
    "", summary="Tasks of Annex 2", responses=problem_responses(401, 403, 422, 429, 503)
)
def get_tasks(
    request: Request,
    caller: FormReader,  # noqa: ARG001
    year: Annotated[int, Query(ge=2000, le=2999)],
    overdue: bool = False,
) -> list[TaskOut]:
    """Seeded with the paper's seven rows; `overdue` shows only those past their day."""
    today = day_of(datetime.now(UTC))
    found = []
    for task_id, task in list_tasks(services_of(request).database, year):
        days_left = (task.due - today).days
        if overdue and (days_left >= 0 or task.done_on is not None):
            continue
        reminders = task_reminders([task], today)
        found.append(
            TaskOut(
                id=task_id,
                number=task.number,
                stage=task.stage,
                content=task.content,
                units=list(task.units),
                due=task.due,
                due_words=task.due_words,
                case_numbers=list(task.case_numbers),
                done_on=task.done_on,
                days_left=days_left,
                reminder=reminders[0].text if reminders else "",
            )
        )
    return found


@tasks_router.post(
    "/{task_id}",
    status_code=204,
    summary="Report a task done, link cases to it",
    responses=problem_responses(401, 403, 404, 413, 422, 429, 503),
)
def post_task(request: Request, caller: Planner, task_id: Id, body: TaskIn) -> Response:
    """`done_on` null takes a report back."""
    finish_task(
        services_of(request).database,
        task_id,
        done_on=body.done_on,
        incident_ids=body.incident_ids,
        actor=caller.actor,
        now=datetime.now(UTC),
    )
    return Response(status_code=204)
