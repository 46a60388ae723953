"""Forms to download: what the ledger says, in the shapes that offices use."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.forms import (
    annex1_csv,
    annex1_title,
    annex1_xlsx,
    annex2_xlsx,
    firm_answers,
    ledger_csv,
    ledger_xlsx,
    score_sheet_docx,
    statistics_xlsx,
    tally_all,
    two_lists_xlsx,
)
from service.repository import (
    IncidentFilter,
    annex1_rows,
    firm_figures,
    iter_form_cases,
    list_tasks,
    note_export,
    period_words,
)
from service.routes.auth import Caller
from service.routes.downloads import DOCX, XLSX, FormReader, download
from service.routes.models import When, Words
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX
from service.tables import HazardKind, Permission, Source, Status

__all__ = ["router"]

router = APIRouter(prefix=f"{API_PREFIX}/forms", tags=["forms"])

_CSV = "text/csv; charset=utf-8"

_ERRORS = problem_responses(401, 403, 404, 422, 429, 503)


def _file_answers(*kinds: str) -> dict[int | str, dict[str, Any]]:
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    return {200: {"description": "The file", "content": content}, **_ERRORS}


def _note(request: Request, caller: Caller, what: str, detail: Mapping[str, Any]) -> None:
    note_export(
        services_of(request).database,
        what=what,
        actor=caller.actor,
        now=datetime.now(UTC),
        detail=detail,
    )


class LedgerQuery(BaseModel):
    """Narrows the ledger; repeat `status`, `kind` and `source` for several."""

    model_config = ConfigDict(extra="forbid")

    status: list[Status] = Field(default=[], max_length=20)
    kind: list[HazardKind] = Field(default=[], max_length=40)
    source: list[Source] = Field(default=[], max_length=10)
    compound_id: int | None = Field(default=None, ge=1, le=2**63 - 1)
    building_id: int | None = Field(default=None, ge=1, le=2**63 - 1)
    camera_id: Words | None = None
    since: When | None = Field(default=None, description="Found at this time or later")
    until: When | None = Field(default=None, description="Found before this time")
    overdue: bool | None = Field(default=None, description="Past the deadline, not yet done")
    rebound: bool | None = Field(default=None, description="The rebound of a closed one")
    search: Words | None = Field(default=None, description="In number, place, content, person")

    def filter(self, caller: Caller) -> IncidentFilter:
        """The query within what the caller may see."""
        return IncidentFilter(
            scope=caller.scope,
            compound_id=self.compound_id,
            building_id=self.building_id,
            camera_id=self.camera_id,
            status=tuple(self.status),
            kind=tuple(self.kind),
            source=tuple(self.source),
            since=self.since,
            until=self.until,
            overdue=self.overdue,
            rebound=self.rebound,
            search=self.search,
        )


class PeriodQuery(BaseModel):
    """A stretch of time; without it the last thirty days."""

    model_config = ConfigDict(extra="forbid")

    since: When | None = None
    until: When | None = None

    def bounds(self) -> tuple[datetime, datetime]:
        """Beginning and end, aware."""
        until = self.until or datetime.now(UTC)
        return self.since or until - timedelta(days=30), until


@router.get(
    "/ledger.{kind}",
    summary="Hazard ledger (隐患台账)",
    response_class=Response,
    responses=_file_answers(XLSX, _CSV),
)
def get_ledger(
    request: Request,
    caller: FormReader,
    kind: Literal["xlsx", "csv"],
    query: Annotated[LedgerQuery, Query()],
) -> Response:
    """Registered cases with all fields of the ledger; texts are never formulas."""
    caller.require(Permission.INCIDENTS_EXPORT)
    now = datetime.now(UTC)
    cases = iter_form_cases(services_of(request).database, query.filter(caller))
    _note(request, caller, f"ledger.{kind}", query.model_dump(mode="json", exclude_defaults=True))
    if kind == "csv":
        return download(ledger_csv(cases), name="隐患台账.csv", media_type=_CSV)
    content = ledger_xlsx(cases, title="消防安全隐患台账", made_at=now)
    return download(content, name="隐患台账.xlsx", media_type=XLSX)


@router.get(
    "/two-lists.xlsx",
    summary="The two lists (两个清单): hazards, responsibilities",
    response_class=Response,
    responses=_file_answers(XLSX),
)
def get_two_lists(
    request: Request, caller: FormReader, query: Annotated[LedgerQuery, Query()]
) -> Response:
    """Two sheets with the same case numbers in the same order."""
    caller.require(Permission.INCIDENTS_EXPORT)
    cases = iter_form_cases(services_of(request).database, query.filter(caller))
    content = two_lists_xlsx(cases, made_at=datetime.now(UTC))
    _note(request, caller, "two-lists", query.model_dump(mode="json", exclude_defaults=True))
    return download(content, name="隐患问题清单和整改责任清单.xlsx", media_type=XLSX)


@router.get(
    "/annex1.{kind}",
    summary="Annex 1 (老旧小区台账)",
    response_class=Response,
    responses=_file_answers(XLSX, _CSV),
)
def get_annex1(request: Request, caller: FormReader, kind: Literal["xlsx", "csv"]) -> Response:
    """One row a building, with the exact title and headings."""
    services = services_of(request)
    rows = annex1_rows(services.database, caller.scope)
    title = annex1_title(services.settings.forms)
    _note(request, caller, f"annex1.{kind}", {"rows": len(rows)})
    if kind == "csv":
        return download(annex1_csv(rows), name=f"{title}.csv", media_type=_CSV)
    content = annex1_xlsx(rows, services.settings.forms)
    return download(content, name=f"{title}.xlsx", media_type=XLSX)


@router.get(
    "/annex2.xlsx",
    summary="Annex 2 (老旧小区消防安全专项整治任务清单)",
    response_class=Response,
    responses=_file_answers(XLSX),
)
def get_annex2(
    request: Request, caller: FormReader, year: Annotated[int, Query(ge=2000, le=2999)]
) -> Response:
    """The tasks of the year, with the cases that belong to them."""
    tasks = list_tasks(services_of(request).database, year)
    _note(request, caller, "annex2", {"year": year})
    content = annex2_xlsx(task for _, task in tasks)
    return download(content, name="老旧小区消防安全专项整治任务清单.xlsx", media_type=XLSX)


@router.get(
    "/statistics.xlsx",
    summary="Statistics by community, compound, building, kind and source",
    response_class=Response,
    responses=_file_answers(XLSX),
)
def get_statistics_form(
    request: Request, caller: FormReader, query: Annotated[PeriodQuery, Query()]
) -> Response:
    """Of cases found within the period; every sheet adds up to the ledger."""
    caller.require(Permission.STATISTICS_READ)
    since, until = query.bounds()
    which = IncidentFilter(scope=caller.scope, since=since, until=until)
    whole, groups = tally_all(iter_form_cases(services_of(request).database, which))
    content = statistics_xlsx(
        whole,
        groups,
        title="消防安全隐患整治统计表",
        period=period_words(since, until),
        made_at=datetime.now(UTC),
    )
    _note(request, caller, "statistics", {"found": whole.found})
    return download(content, name="消防安全隐患整治统计表.xlsx", media_type=XLSX)


@router.get(
    "/score-sheets.docx",
    summary="Property firms' score sheets (四个是否)",
    response_class=Response,
    responses=_file_answers(DOCX),
)
def get_score_sheets(
    request: Request, caller: FormReader, query: Annotated[PeriodQuery, Query()]
) -> Response:
    """Four answers for each firm, from data, with the figures they stand on."""
    caller.require(Permission.STATISTICS_READ)
    services = services_of(request)
    since, until = query.bounds()
    figures = firm_figures(services.database, since=since, until=until, scope=caller.scope)
    content = score_sheet_docx(
        [(each, firm_answers(each)) for each in figures],
        services.settings.forms,
        period=period_words(since, until),
        made_at=datetime.now(UTC),
        templates=services.settings.form_templates,
    )
    _note(request, caller, "score-sheets", {"firms": len(figures)})
    return download(content, name="物业服务企业消防安全履职评分表.docx", media_type=DOCX)
