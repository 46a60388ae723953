"""Statistics, the audit, and everything in bulk."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from service.forms.sheets import csv_text
from service.repository import Dimension, Incident, iter_incidents, list_audit, statistics
from service.routes.auth import Caller, needs
from service.routes.models import AuditOut, IncidentFilterQuery, IncidentOut, incident_out
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX
from service.tables import Permission

__all__ = ["router"]

router = APIRouter(prefix=API_PREFIX, tags=["figures"])

_Month = Annotated[str, Field(pattern=r"^(19[7-9]\d|2\d{3})-(0[1-9]|1[0-2])$")]


class StatisticsQuery(BaseModel):
    """What to group by, and the months of the finding (Asia/Shanghai)."""

    model_config = ConfigDict(extra="forbid")

    by: Dimension = "compound"
    since_month: _Month | None = Field(default=None, examples=["2026-01"])
    until_month: _Month | None = Field(default=None, examples=["2026-12"])


class StatisticsRow(BaseModel):
    """Figures of one community, compound, building, kind, source or month."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    found: int
    false_alarms: int
    registered: int
    closed: int = Field(description="销号")
    open: int
    overdue: int = Field(description="逾期, today")
    rechecked: int
    failed_rechecks: int
    rebounds: int = Field(description="反弹")
    transfers: int = Field(description="移交")
    dissuasions: int = Field(description="劝阻次数")
    removed_weight_kg: float
    rectified_share: float | None = Field(description="closed / registered, 0 to 1")


class StatisticsOut(BaseModel):
    """One row a group; the sums are those of the ledger."""

    by: str
    items: list[StatisticsRow]


@router.get(
    "/statistics",
    summary="Figures by community, compound, building, kind, source or month",
    responses=problem_responses(401, 403, 422, 429, 503),
)
def get_statistics(
    request: Request,
    caller: Annotated[Caller, Depends(needs(Permission.STATISTICS_READ))],
    query: Annotated[StatisticsQuery, Query()],
) -> StatisticsOut:
    """Found, rectified, overdue, rechecked, come back: from counters the database keeps."""
    rows = statistics(
        services_of(request).database,
        by=query.by,
        scope=caller.sees(),
        since_month=query.since_month,
        until_month=query.until_month,
    )
    return StatisticsOut(by=query.by, items=[StatisticsRow.model_validate(row) for row in rows])


class AuditQuery(BaseModel):
    """Newest first; `before` is the id that the page before ended with."""

    model_config = ConfigDict(extra="forbid")

    incident_id: int | None = Field(default=None, ge=1, le=2**63 - 1)
    actor: str | None = Field(default=None, max_length=200, pattern=r"^[^\x00]*$")
    action: str | None = Field(default=None, max_length=40, pattern=r"^[a-z_]*$")
    before: int | None = Field(default=None, ge=1, le=2**63 - 1)
    limit: int = Field(default=100, ge=1, le=500)


class AuditList(BaseModel):
    """A page of the audit, newest first."""

    items: list[AuditOut]
    next_before: int | None


@router.get(
    "/audit",
    summary="Who did what",
    responses=problem_responses(401, 403, 422, 429, 503),
)
def get_audit(
    request: Request,
    caller: Annotated[Caller, Depends(needs(Permission.AUDIT_READ))],
    query: Annotated[AuditQuery, Query()],
) -> AuditList:
    """Lines about incidents out of the scope are left out; nothing can change a line."""
    items = list_audit(
        services_of(request).database,
        scope=caller.sees(),
        incident_id=query.incident_id,
        actor=query.actor,
        action=query.action,
        before=query.before,
        limit=query.limit,
    )
    return AuditList(
        items=[AuditOut.model_validate(item, from_attributes=True) for item in items],
        next_before=items[-1].id if len(items) == query.limit else None,
    )


class ExportQuery(IncidentFilterQuery):
    """The list's filters, and the format."""

    format: Literal["csv", "jsonl"] = "jsonl"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    # A spreadsheet must not take a hazard's text for a formula.
    return str(csv_text(str(value)))


def _csv(incidents: Iterator[Incident], caller: Caller) -> Iterator[bytes]:
    names = [name for name in IncidentOut.model_fields if name != "allowed_actions"]
    # The byte order mark tells a spreadsheet that this is UTF-8.
    yield ("\ufeff" + ",".join(names) + "\r\n").encode()
    for incident in incidents:
        out = incident_out(incident, caller)
        line = io.StringIO()
        csv.writer(line).writerow([_cell(getattr(out, name)) for name in names])
        yield line.getvalue().encode()


def _json_lines(incidents: Iterator[Incident], caller: Caller) -> Iterator[bytes]:
    for incident in incidents:
        yield incident_out(incident, caller).model_dump_json().encode() + b"\n"


@router.get(
    "/export/incidents",
    summary="The ledger in bulk",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "CSV (UTF-8 with byte order mark) or one JSON object a line",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/x-ndjson": {"schema": {"type": "string"}},
            },
        },
        **problem_responses(401, 403, 422, 429, 503),
    },
)
def get_export(
    request: Request,
    caller: Annotated[Caller, Depends(needs(Permission.INCIDENTS_EXPORT))],
    query: Annotated[ExportQuery, Query()],
) -> StreamingResponse:
    """Everything that fits the filter, newest first; cells are safe for spreadsheets."""
    found = iter_incidents(services_of(request).database, query.filter(caller))
    headers = {"Content-Disposition": f'attachment; filename="incidents.{query.format}"'}
    if query.format == "csv":
        return StreamingResponse(
            _csv(found, caller), media_type="text/csv; charset=utf-8", headers=headers
        )
    return StreamingResponse(
        _json_lines(found, caller), media_type="application/x-ndjson", headers=headers
    )
