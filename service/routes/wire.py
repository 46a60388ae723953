"""The event as the wire format has it (docs/wire.md); unknown fields are refused."""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from service.errors import InvalidRequest
from service.tables import CAMERA_KINDS, HazardKind, Phase

__all__ = [
    "EventIn",
    "EventTaken",
    "EvidenceIn",
    "MeasureName",
    "Name",
    "PlainText",
    "Share",
    "SubjectIn",
    "Time",
    "parse_event",
]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"
_TIME_SCHEMA = {
    "type": "string",
    "format": "date-time",
    "description": "UTC with `Z`, years 1970 to 2999, at most microseconds",
    "examples": ["2026-01-05T02:11:09.200Z"],
}


def _parse_time(value: object) -> datetime:
    # A camera box without a clock battery says 1970; its hazards are real all the same.
    if isinstance(value, str) and _TIME.fullmatch(value) and "1970" <= value[:4] < "3000":
        return datetime.fromisoformat(value).astimezone(UTC)
    raise ValueError("expected a UTC time with Z, such as 2026-01-05T02:11:09.200Z")


Name = Annotated[str, Field(min_length=1, max_length=100, pattern=_NO_CONTROL)]
PlainText = Annotated[str, Field(max_length=200, pattern=_NO_CONTROL)]
Share = Annotated[FiniteFloat, Field(ge=0.0, le=1.0)]
Time = Annotated[datetime, BeforeValidator(_parse_time), WithJsonSchema(_TIME_SCHEMA)]
MeasureName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


def _from_camera(kind: HazardKind) -> HazardKind:
    if kind not in CAMERA_KINDS:
        raise ValueError("expected a kind that cameras report; people report it at /findings")
    return kind


CameraKind = Annotated[
    HazardKind,
    AfterValidator(_from_camera),
    WithJsonSchema({"type": "string", "enum": [k.value for k in HazardKind if k in CAMERA_KINDS]}),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SubjectIn(_Strict):
    """One box that the hazard is about."""

    class_name: Annotated[str, Field(min_length=1, max_length=64, pattern=_NO_CONTROL)] = Field(
        alias="class"
    )
    confidence: Share
    xyxy_norm: Annotated[list[Share], Field(min_length=4, max_length=4)] = Field(
        description="Left, top, right, bottom as shares of width and height"
    )


class EvidenceIn(_Strict):
    """One picture; its part of the multipart body is named `<sha256>.<ext>`."""

    role: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")] = Field(
        description="`snapshot` (boxes and zone drawn), `clean` (neither), `free` (the zone "
        "before) or `clip` (video)"
    )
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    media_type: Literal["image/jpeg", "image/png", "image/webp", "video/mp4"]
    size_bytes: Annotated[int, Field(ge=1, le=2**31 - 1)]


class EventIn(_Strict):
    """One phase of one hazard."""

    schema_: Literal["lifelane.event/1"] = Field(alias="schema")
    event_id: Annotated[str, Field(max_length=140)] = Field(description="`incident_key:sequence`")
    incident_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,128}$")]
    sequence: Annotated[int, Field(ge=1, le=2**31 - 1)]
    site: Name
    kind: CameraKind
    phase: Phase
    camera_id: Name
    camera_name: PlainText = Field(default="", description="Where that is, in people's words")
    zone_id: Name
    occurred_at: Time
    first_seen: Time
    last_seen: Time
    raised_at: Time
    media_time_s: Annotated[FiniteFloat, Field(ge=0.0)]
    confidence: Share
    measures: Annotated[dict[MeasureName, FiniteFloat], Field(max_length=64)]
    subjects: Annotated[list[SubjectIn], Field(max_length=256)]
    model: PlainText
    rule_version: PlainText
    reason: PlainText
    previous_incident_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,128}$")] = Field(
        default="", description="Of what ended at the same spot within the hour before"
    )
    evidence: Annotated[list[EvidenceIn], Field(max_length=64)]

    @model_validator(mode="after")
    def _agree(self) -> "EventIn":
        if self.event_id != f"{self.incident_key}:{self.sequence}":
            raise ValueError(
                f"event_id: expected incident_key:sequence, {self.incident_key}:{self.sequence},"
                f" got {self.event_id!r}"
            )
        named = [(entry.role, entry.sha256) for entry in self.evidence]
        if len(set(named)) != len(named):
            raise ValueError("evidence: one picture is listed twice in the same role")
        facts = {entry.sha256: (entry.media_type, entry.size_bytes) for entry in self.evidence}
        for entry in self.evidence:
            if facts[entry.sha256] != (entry.media_type, entry.size_bytes):
                raise ValueError(
                    f"evidence: {entry.sha256} is listed with two sizes or media types"
                )
        return self

    def content_sha256(self) -> str:
        """Digest of what the event says, however its JSON was spaced or ordered."""
        said = self.model_dump(mode="json", by_alias=True)
        # What was taken before this field existed has the digest without it.
        if not self.previous_incident_key:
            del said["previous_incident_key"]
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class EventTaken(BaseModel):
    """The answer to a post that was taken, now or before."""

    event_id: str
    incident_id: int
    incident_key: str
    sequence: int
    duplicate: bool = Field(description="True when this very event had been taken before")


def parse_event(
    text: bytes, posted: dict[str, Any] | None = None
) -> tuple[EventIn, dict[str, Any]]:
    """Check the event's JSON.

    Args:
        text: The event.
        posted: The same, where it was read before as a part of something larger.

    Returns:
        The checked event, and the JSON as it was posted.

    Raises:
        InvalidRequest: It is no event; ``problems`` names every field that is wrong.
    """
    try:
        event = EventIn.model_validate_json(text)
    except ValidationError as error:
        problems = tuple(
            (
                ".".join(("event", *(str(part) for part in fault["loc"]))),
                fault["msg"].removeprefix("Value error, "),
            )
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise InvalidRequest(f"{problems[0][0]}: {problems[0][1]}", problems) from error
    return event, json.loads(text) if posted is None else posted
