"""What the ledger looks like on the wire."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat

from service.repository import Incident, IncidentFilter, IncidentHistory, today_in_shanghai
from service.routes.auth import Caller
from service.settings import API_PREFIX
from service.tables import (
    Action,
    HazardKind,
    MeasureKind,
    Outcome,
    OutcomeBy,
    Phase,
    Source,
    Status,
)
from service.workflow import allowed_actions, permission_for

__all__ = [
    "ActionIn",
    "AuditOut",
    "Day",
    "EventOut",
    "EvidenceOut",
    "Id",
    "IncidentChange",
    "IncidentDetail",
    "IncidentFilterQuery",
    "IncidentList",
    "IncidentOut",
    "IncidentQuery",
    "Note",
    "RowId",
    "When",
    "Words",
    "detail_out",
    "evidence_url",
    "incident_out",
]

_NAME = r"^[^\x00-\x1f\x7f]{1,100}$"
_NOTE = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"


def _within_calendar(value: datetime) -> datetime:
    # Near the calendar's ends another zone has no such time, and databases differ.
    if not 1970 <= value.year < 3000:
        raise ValueError("expected a year from 1970 to 2999")
    return value.astimezone(UTC)


def _sensible_day(value: date) -> date:
    if not 1970 <= value.year < 3000:
        raise ValueError("expected a year from 1970 to 2999")
    return value


When = Annotated[AwareDatetime, AfterValidator(_within_calendar)]
Day = Annotated[date, AfterValidator(_sensible_day)]
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Note = Annotated[str, Field(max_length=2000, pattern=_NOTE)]
Words = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Amount = Annotated[FiniteFloat, Field(ge=0, le=1e9)]


class IncidentFilterQuery(BaseModel):
    """Narrows the list; repeat `status`, `phase`, `kind` and `source` for several."""

    model_config = ConfigDict(extra="forbid")

    status: list[Status] = Field(default=[], max_length=20)
    phase: list[Phase] = Field(default=[], max_length=20)
    kind: list[HazardKind] = Field(default=[], max_length=40)
    source: list[Source] = Field(default=[], max_length=20)
    site: str | None = Field(default=None, pattern=_NAME)
    compound_id: RowId | None = None
    building_id: RowId | None = None
    camera_id: str | None = Field(default=None, pattern=_NAME)
    number: str | None = Field(default=None, max_length=140, description="Of the ledger")
    overdue: bool | None = Field(default=None, description="Past the deadline, not yet done")
    rebound: bool | None = Field(default=None, description="The rebound of a closed one")
    since: When | None = Field(default=None, description="Raised at this time or later")
    until: When | None = Field(default=None, description="Raised before this time")
    search: Words | None = Field(default=None, description="In number, place, content, person")

    def filter(self, caller: Caller) -> IncidentFilter:
        """The same as the repository wants it, within what the caller may see."""
        return IncidentFilter(
            scope=caller.sees(self.site),
            site=self.site,
            compound_id=self.compound_id,
            building_id=self.building_id,
            camera_id=self.camera_id,
            status=tuple(self.status),
            phase=tuple(self.phase),
            kind=tuple(self.kind),
            source=tuple(self.source),
            number=self.number,
            overdue=self.overdue,
            rebound=self.rebound,
            since=self.since,
            until=self.until,
            search=self.search,
        )


class IncidentQuery(IncidentFilterQuery):
    """A page of what the filter lets through."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(
        default=None, max_length=100, description="`next_cursor` of the page before"
    )


class IncidentOut(BaseModel):
    """One row of the ledger; times are UTC, `deadline` is a day of Asia/Shanghai."""

    id: int
    incident_key: str
    site: str
    source: Source
    kind: HazardKind
    phase: Phase | None = Field(description="What the camera saw last; null without a camera")
    status: Status = Field(description="What people have done")
    severity: str
    number: str | None = Field(description="编号, from registration on")
    compound_id: int
    building_id: int | None
    place_id: int | None
    location: str = Field(description="楼栋、部位 in words")
    content: str = Field(description="隐患内容")
    reported_by: str
    private_property: bool = Field(description="A resident's own, never ordered removed")
    camera_id: str
    zone_id: str
    camera_name: str
    first_seen: datetime
    last_seen: datetime
    raised_at: datetime = Field(description="发现时间")
    ended_at: datetime | None
    confidence: float | None
    measures: dict[str, float]
    model: str
    rule_version: str
    last_sequence: int
    created_at: datetime
    updated_at: datetime
    changed_seq: int = Field(description="Grows with every change; the ETag")
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    registered_at: datetime | None
    registered_by: str | None
    responsible_name: str | None = Field(description="整改责任人")
    responsible_unit: str | None
    responsible_contact_id: int | None
    responsible_operator_id: int | None
    measure: str | None = Field(description="整改措施")
    measure_kind: MeasureKind | None
    deadline: date | None = Field(description="整改期限, last day included")
    overdue: bool = Field(description="逾期")
    assigned_at: datetime | None
    assigned_by: str | None
    dissuasions: int = Field(description="劝阻次数")
    rectified_at: datetime | None
    rectified_by: str | None
    outcome: Outcome | None
    outcome_by: OutcomeBy | None
    removed_weight_kg: float | None
    removed_volume_m3: float | None
    rechecked_at: datetime | None = Field(description="复查时间")
    rechecked_by: str | None = Field(description="复查人")
    recheck_result: str | None = Field(description="复查结论: passed or failed")
    recheck_note: str | None
    failed_rechecks: int
    closed_at: datetime | None = Field(description="销号时间")
    closed_by: str | None
    transferred_at: datetime | None
    transferred_to: str | None
    transfer_received_at: datetime | None
    rebound_of_id: int | None = Field(description="The closed incident this one came back from")
    rebounded_at: datetime | None
    proposes_clear: bool = Field(description="The camera sees it gone; a person decides")
    allowed_actions: list[Action]
    snapshot_url: str | None = Field(description="Newest annotated picture")


class IncidentList(BaseModel):
    """A page of incidents, the newest raised first."""

    items: list[IncidentOut]
    total: int = Field(description="How many fit the filter on all pages")
    total_is_exact: bool = Field(description="False: at least `total`, counting ended there")
    next_cursor: str | None = Field(description="Where the next page begins; null on the last")


class EventOut(BaseModel):
    """One event of the history; `body` is what the camera side posted."""

    event_id: str
    sequence: int
    phase: Phase
    occurred_at: datetime
    received_at: datetime
    body: dict[str, Any]


class EvidenceOut(BaseModel):
    """One picture."""

    id: int
    sequence: int | None = Field(description="Of the event it belongs to; null for a person's")
    role: str
    sha256: str
    media_type: str
    size_bytes: int
    created_at: datetime
    taken_by: str
    note: str
    removed_at: datetime | None = Field(description="When retention took the file away")
    url: str


class AuditOut(BaseModel):
    """One deed of a person."""

    id: int
    at: datetime
    actor: str
    actor_role: str
    action: str
    incident_id: int | None
    from_status: Status | None
    to_status: Status | None
    note: str
    detail: dict[str, Any] | None


class IncidentDetail(IncidentOut):
    """An incident with all that happened, each list oldest first."""

    events: list[EventOut]
    evidence: list[EvidenceOut]
    actions: list[AuditOut]
    returned_of_id: int | None = Field(
        description="What ended at the same spot within the hour before; it may have come back"
    )


class IncidentChange(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    content: Note | None = None
    location: Words | None = None
    kind: HazardKind | None = None
    building_id: RowId | None = None
    place_id: RowId | None = None
    private_property: bool | None = None


class ActionIn(BaseModel):
    """What to do, and what the step needs; a refusal says what is missing."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"action": "acknowledge", "note": "保安已前往"},
                {
                    "action": "assign",
                    "responsible_name": "王强",
                    "responsible_unit": "安心物业",
                    "measure": "清理3单元楼道堆放的纸箱",
                    "measure_kind": "clear",
                    "deadline": "2026-12-01",
                },
            ]
        },
    )

    action: Action
    note: Note = ""
    content: Note | None = None
    kind: HazardKind | None = None
    building_id: RowId | None = None
    place_id: RowId | None = None
    location: Words | None = None
    private_property: bool | None = None
    method: Annotated[str, Field(max_length=100, pattern=_NOTE)] | None = None
    person: Annotated[str, Field(max_length=100, pattern=_NOTE)] | None = None
    result: Note | None = None
    responsible_name: Annotated[str, Field(max_length=100, pattern=_NOTE)] | None = None
    responsible_unit: Words | None = None
    responsible_contact_id: RowId | None = None
    responsible_operator_id: RowId | None = None
    measure: Note | None = None
    measure_kind: MeasureKind | None = None
    deadline: Day | None = None
    transferred_to: Words | None = None
    outcome: Outcome | None = None
    outcome_by: OutcomeBy | None = None
    removed_weight_kg: Amount | None = None
    removed_volume_m3: Amount | None = None


def evidence_url(incident_id: int, evidence_id: int) -> str:
    """Where a picture is fetched."""
    return f"{API_PREFIX}/incidents/{incident_id}/evidence/{evidence_id}"


def _fields(incident: Incident, caller: Caller) -> dict[str, Any]:
    names = (name for name in IncidentOut.model_fields if hasattr(incident, name))
    url = None
    if incident.snapshot_id is not None:
        url = evidence_url(incident.id, incident.snapshot_id)
    return {
        **{name: getattr(incident, name) for name in names},
        "overdue": incident.is_overdue(today_in_shanghai()),
        "allowed_actions": [
            action
            for action in allowed_actions(incident.status)
            if caller.actor.may(permission_for(incident.status, action))
        ],
        "snapshot_url": url,
    }


def incident_out(incident: Incident, caller: Caller) -> IncidentOut:
    """The incident as an answer, with what this caller may do next."""
    return IncidentOut.model_validate(_fields(incident, caller))


def detail_out(history: IncidentHistory, caller: Caller) -> IncidentDetail:
    """The incident and its history as an answer."""
    number = history.incident.id
    return IncidentDetail.model_validate(
        {
            **_fields(history.incident, caller),
            "events": [EventOut.model_validate(e, from_attributes=True) for e in history.events],
            "evidence": [
                {
                    **{
                        name: getattr(picture, name)
                        for name in EvidenceOut.model_fields
                        if name != "url"
                    },
                    "url": evidence_url(number, picture.id),
                }
                for picture in history.evidence
            ],
            "actions": [AuditOut.model_validate(a, from_attributes=True) for a in history.audit],
            "returned_of_id": history.returned_of_id,
        }
    )
