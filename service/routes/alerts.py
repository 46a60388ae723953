"""Immediate action: responses, mutes, reports, and where messages go."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.notify import check_channel
from service.repository import (
    add_channel,
    add_mute,
    add_response,
    drop_channel,
    end_mute,
    list_channels,
    list_deliveries,
    list_escalations,
    list_mutes,
    list_policies,
    put_policy,
    queue_test_message,
    receive_escalation,
    retry_delivery,
    send_escalation,
)
from service.routes.auth import Caller, Reader, needs
from service.routes.models import Id, When
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX
from service.tables import HazardKind, Permission

__all__ = ["router"]

router = APIRouter(prefix=API_PREFIX, tags=["alerts"])

Handler = Annotated[Caller, Depends(needs(Permission.INCIDENTS_HANDLE))]
Muter = Annotated[Caller, Depends(needs(Permission.INCIDENTS_ACKNOWLEDGE))]
Reporter = Annotated[Caller, Depends(needs(Permission.REPORTS_SEND))]
Editor = Annotated[Caller, Depends(needs(Permission.NOTIFICATIONS_EDIT))]

_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
_NAME = r"^[^\x00-\x1f\x7f]{1,64}$"
_CLOCK = r"^(?:[01]\d|2[0-3]):[0-5]\d$|^$"
_READ = problem_responses(401, 403, 422, 429, 503)
_WRITE = problem_responses(401, 403, 404, 409, 413, 422, 429, 503)
_Names = Annotated[list[Annotated[str, Field(pattern=_NAME)]], Field(max_length=50)]


class ResponseIn(BaseModel):
    """What somebody did at once."""

    model_config = ConfigDict(extra="forbid")

    step: Literal["warn", "dispatch", "arrive"] = Field(description="警示, 派员, 到场")
    method: str = Field(default="", max_length=100, pattern=_TEXT)
    person: str = Field(default="", max_length=100, pattern=_TEXT)
    note: str = Field(default="", max_length=2000, pattern=_TEXT)


class MuteIn(BaseModel):
    """Silence; empty fields match everything of the compound."""

    model_config = ConfigDict(extra="forbid")

    compound_id: int = Field(ge=1, le=2**63 - 1)
    kind: HazardKind | None = None
    camera_id: str = Field(default="", max_length=100, pattern=_TEXT)
    zone_id: str = Field(default="", max_length=100, pattern=_TEXT)
    reason: str = Field(min_length=1, max_length=500, pattern=_TEXT)
    until: When


class MuteOut(BaseModel):
    """A mute that was made."""

    id: int
    compound_id: int
    kind: str
    camera_id: str
    zone_id: str
    reason: str
    until: datetime
    created_at: datetime
    created_by: str
    ended_at: datetime | None


class EscalationOut(BaseModel):
    """A report to the sub-district and others."""

    id: int
    incident_id: int
    reason: str = Field(description="`attempts`, `time` or `person`")
    recipient: str
    text: str
    drafted_at: datetime
    sent_at: datetime | None
    sent_by: str
    received_at: datetime | None
    received_by: str
    receipt: str


class SendIn(BaseModel):
    """Channels to send it to; none notes that it was sent by hand."""

    model_config = ConfigDict(extra="forbid")

    channels: _Names = []


class TakenIn(BaseModel):
    """Who took it."""

    model_config = ConfigDict(extra="forbid")

    received_by: str = Field(min_length=1, max_length=200, pattern=_TEXT)
    receipt: str = Field(default="", max_length=2000, pattern=_TEXT)


class ChannelIn(BaseModel):
    """Where messages go. `url` and `secret` are kept, and never shown again."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=_NAME)
    kind: Literal["apprise", "mqtt", "webhook"]
    url: str = Field(min_length=4, max_length=2000, pattern=r"^[^\x00-\x20\x7f]+$")
    secret: str = Field(default="", max_length=200, pattern=r"^[\x21-\x7e]*$")


class ChannelOut(BaseModel):
    """A channel without its secrets."""

    id: int
    name: str
    kind: str
    scheme: str = Field(description="The URL's scheme alone")
    has_secret: bool
    enabled: bool
    created_at: datetime
    created_by: str


class PolicyFields(BaseModel):
    """How hazards of a place and kind are met; all figures are proposed defaults."""

    model_config = ConfigDict(extra="forbid")

    ack_within_s: float = Field(default=300, ge=5, le=86_400)
    repeat_every_s: float = Field(default=600, ge=30, le=86_400)
    most_repeats: int = Field(default=6, ge=0, le=100)
    group_interval_s: float = Field(default=300, ge=0, le=86_400)
    report_after_attempts: int = Field(default=3, ge=1, le=100)
    report_after_s: float = Field(default=7200, ge=60, le=31_536_000)
    quiet_from: str = Field(default="", pattern=_CLOCK)
    quiet_to: str = Field(default="", pattern=_CLOCK)
    quiet_passes: Literal["medium", "high", "critical"] = "high"
    channels: _Names = []
    escalate_channels: _Names = []
    report_channels: _Names = []
    report_to: str = Field(default="街道办事处（镇人民政府）", max_length=200, pattern=_TEXT)


class PolicyIn(PolicyFields):
    """The policy of one compound (null for all) and kind (null for all)."""

    compound_id: int | None = Field(default=None, ge=1, le=2**63 - 1)
    kind: HazardKind | None = None


class PolicyOut(PolicyFields):
    """A kept policy; `compound_id` 0 and `kind` empty stand for all."""

    compound_id: int
    kind: str


class DeliveryOut(BaseModel):
    """A message on its way, sent, or dead."""

    id: int
    channel: str
    incident_id: int | None
    subject: str
    title: str
    body: str
    state: str
    due_at: datetime
    attempts: int
    last_reason: str
    created_at: datetime
    sent_at: datetime | None


@router.post(
    "/incidents/{incident_id}/responses",
    status_code=204,
    summary="Write down a warning, a dispatch, an arrival",
    responses=_WRITE,
)
def post_response(request: Request, caller: Handler, incident_id: Id, body: ResponseIn) -> Response:
    """Its time stands in the ledger's export."""
    add_response(
        services_of(request).database,
        incident_id,
        step=body.step,
        method=body.method,
        person=body.person,
        note=body.note,
        actor=caller.actor,
        now=datetime.now(UTC),
        scope=caller.scope,
    )
    return Response(status_code=204)


@router.get("/mutes", summary="Mutes that hold now", responses=_READ)
def get_mutes(request: Request, caller: Reader) -> list[MuteOut]:
    """Within what the caller may see."""
    mutes = list_mutes(services_of(request).database, now=datetime.now(UTC), scope=caller.scope)
    return [MuteOut(**asdict(mute)) for mute in mutes]


@router.post("/mutes", status_code=201, summary="Silence a place", responses=_WRITE)
def post_mute(request: Request, caller: Muter, body: MuteIn) -> MuteOut:
    """With a reason and an end; the alert's own report is drafted all the same."""
    mute = add_mute(
        services_of(request).database,
        compound_id=body.compound_id,
        kind=body.kind.value if body.kind is not None else "",
        camera_id=body.camera_id,
        zone_id=body.zone_id,
        reason=body.reason,
        until=body.until,
        actor=caller.actor,
        now=datetime.now(UTC),
        scope=caller.scope,
    )
    return MuteOut(**asdict(mute))


@router.delete("/mutes/{mute_id}", summary="End a mute", responses=_WRITE)
def delete_mute(request: Request, caller: Muter, mute_id: Id) -> MuteOut:
    """What it held back is told now."""
    mute = end_mute(
        services_of(request).database,
        mute_id,
        actor=caller.actor,
        now=datetime.now(UTC),
        scope=caller.scope,
    )
    return MuteOut(**asdict(mute))


@router.get("/escalations", summary="Reports (劝阻无效报告)", responses=_READ)
def get_escalations(
    request: Request,
    caller: Reader,
    waiting: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> list[EscalationOut]:
    """`waiting` shows drafts that nobody has sent yet."""
    found = list_escalations(
        services_of(request).database, waiting=waiting, scope=caller.scope, limit=limit
    )
    return [EscalationOut(**asdict(each)) for each in found]


@router.post("/escalations/{escalation_id}/send", summary="Send a report", responses=_WRITE)
def post_escalation(
    request: Request, caller: Reporter, escalation_id: Id, body: SendIn
) -> EscalationOut:
    """A person sends it; a timer only drafts."""
    sent = send_escalation(
        services_of(request).database,
        escalation_id,
        channels=body.channels,
        actor=caller.actor,
        now=datetime.now(UTC),
        scope=caller.scope,
    )
    return EscalationOut(**asdict(sent))


@router.post("/escalations/{escalation_id}/receipt", summary="Note its receipt", responses=_WRITE)
def post_receipt(
    request: Request, caller: Reporter, escalation_id: Id, body: TakenIn
) -> EscalationOut:
    """Once, after it was sent."""
    taken = receive_escalation(
        services_of(request).database,
        escalation_id,
        received_by=body.received_by,
        receipt=body.receipt,
        actor=caller.actor,
        now=datetime.now(UTC),
        scope=caller.scope,
    )
    return EscalationOut(**asdict(taken))


@router.get("/alert-channels", summary="Channels", responses=_READ)
def get_channels(request: Request, caller: Editor) -> list[ChannelOut]:  # noqa: ARG001
    """Without their secrets."""
    return [ChannelOut(**asdict(each)) for each in list_channels(services_of(request).database)]


@router.post("/alert-channels", status_code=201, summary="Keep a channel", responses=_WRITE)
def post_channel(request: Request, caller: Editor, body: ChannelIn) -> ChannelOut:
    """WeCom, DingTalk, Feishu and mail by their apprise URLs; MQTT; signed webhooks."""
    check_channel(body.kind, body.url)
    channel = add_channel(
        services_of(request).database,
        name=body.name,
        kind=body.kind,
        url=body.url,
        secret=body.secret,
        actor=caller.actor,
        now=datetime.now(UTC),
    )
    return ChannelOut(**asdict(channel))


@router.delete(
    "/alert-channels/{channel_id}", status_code=204, summary="Forget a channel", responses=_WRITE
)
def delete_channel(request: Request, caller: Editor, channel_id: Id) -> Response:
    """Its secrets go with it."""
    drop_channel(
        services_of(request).database, channel_id, actor=caller.actor, now=datetime.now(UTC)
    )
    return Response(status_code=204)


@router.post(
    "/alert-channels/{channel_id}/test",
    status_code=204,
    summary="Send a test message",
    responses=_WRITE,
)
def post_test(request: Request, caller: Editor, channel_id: Id) -> Response:
    """`GET /deliveries` shows what became of it."""
    queue_test_message(
        services_of(request).database, channel_id, actor=caller.actor, now=datetime.now(UTC)
    )
    return Response(status_code=204)


@router.get("/alert-policies", summary="Kept policies", responses=_READ)
def get_policies(request: Request, caller: Editor) -> list[PolicyOut]:  # noqa: ARG001
    """Where none is kept, defaults hold."""
    return [PolicyOut(**each) for each in list_policies(services_of(request).database)]


@router.put("/alert-policies", status_code=204, summary="Keep a policy", responses=_WRITE)
def put_one_policy(request: Request, caller: Editor, body: PolicyIn) -> Response:
    """In place of an earlier one of the same compound and kind."""
    put_policy(
        services_of(request).database,
        compound_id=body.compound_id or 0,
        kind=body.kind.value if body.kind is not None else "",
        fields=body.model_dump(exclude={"compound_id", "kind"}),
        actor=caller.actor,
        now=datetime.now(UTC),
    )
    return Response(status_code=204)


@router.get("/deliveries", summary="Messages, the newest first", responses=_READ)
def get_deliveries(
    request: Request,
    caller: Editor,  # noqa: ARG001
    state: Literal["pending", "sent", "dead"] | None = None,
    incident_id: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> list[DeliveryOut]:
    """`state=dead` shows what no channel took."""
    found = list_deliveries(
        services_of(request).database, state=state, incident_id=incident_id, limit=limit
    )
    return [DeliveryOut(**asdict(each)) for each in found]


@router.post(
    "/deliveries/{delivery_id}/retry", summary="Send a dead message again", responses=_WRITE
)
def post_retry(request: Request, caller: Editor, delivery_id: Id) -> DeliveryOut:
    """Once its cause is mended."""
    again = retry_delivery(
        services_of(request).database, delivery_id, actor=caller.actor, now=datetime.now(UTC)
    )
    return DeliveryOut(**asdict(again))
