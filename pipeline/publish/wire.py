"""A hazard event as JSON, exactly as docs/wire.md has it, and back again."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.types import EvidenceRef, HazardEvent, HazardKind, Phase, SubjectBox

__all__ = ["SCHEMA", "event_from_json", "event_id", "event_to_json", "event_to_text"]

SCHEMA = "lifelane.event/1"


def event_id(event: HazardEvent) -> str:
    """Name of one event, ``incident_key:sequence``: the key that makes a replay harmless."""
    return f"{event.incident_key}:{event.sequence}"


def event_to_json(event: HazardEvent) -> dict[str, Any]:
    """Give the event as the JSON object of docs/wire.md.

    Numbers become plain ``float`` and ``int``; times are UTC with ``Z`` in milliseconds, or in
    microseconds where milliseconds would lose something.

    Raises:
        ValueError: A figure is not finite, or the incident key is not plain ASCII (it travels
            in a header); the message names the field.
    """
    if not event.incident_key.isascii() or not event.incident_key.isprintable():
        raise ValueError(f"incident_key: expected printable ASCII, got {event.incident_key!r}")
    return {
        "schema": SCHEMA,
        "event_id": event_id(event),
        "incident_key": event.incident_key,
        "sequence": int(event.sequence),
        "site": event.site,
        "kind": event.kind.value,
        "phase": event.phase.value,
        "camera_id": event.camera_id,
        "camera_name": event.camera_name,
        "zone_id": event.zone_id,
        "occurred_at": _time_to_text(event.occurred_at),
        "first_seen": _time_to_text(event.first_seen),
        "last_seen": _time_to_text(event.last_seen),
        "raised_at": _time_to_text(event.raised_at),
        "media_time_s": _finite("media_time_s", event.media_time_s),
        "confidence": _finite("confidence", event.confidence),
        "measures": {
            name: _finite(f"measures.{name}", value) for name, value in event.measures.items()
        },
        "subjects": [
            {
                "class": subject.class_name,
                "confidence": _finite("subjects.confidence", subject.confidence),
                "xyxy_norm": [_finite("subjects.xyxy_norm", x) for x in subject.xyxy_norm],
            }
            for subject in event.subjects
        ],
        "model": event.model,
        "rule_version": event.rule_version,
        "reason": event.reason,
        "previous_incident_key": event.previous_key,
        "evidence": [
            {
                "role": ref.role,
                "sha256": ref.sha256,
                "media_type": ref.media_type,
                "size_bytes": int(ref.size_bytes),
            }
            for ref in event.evidence
        ],
    }


def event_to_text(event: HazardEvent) -> str:
    """Give the event as JSON text, the same text for the same event every time.

    The outbox keeps this text and posts it unchanged, so that a retry after an update of
    LifeLane cannot pass for other content.

    Raises:
        ValueError: As `event_to_json`.
    """
    return json.dumps(
        event_to_json(event), ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )


def event_from_json(body: Mapping[str, Any]) -> HazardEvent:
    """Read back what `event_to_json` wrote.

    Raises:
        ValueError: Another schema, a missing or an unknown field, or a value out of range.
    """
    if body.get("schema") != SCHEMA:
        raise ValueError(f"schema: expected {SCHEMA!r}, got {body.get('schema')!r}")
    try:
        event = HazardEvent(
            kind=HazardKind(body["kind"]),
            phase=Phase(body["phase"]),
            site=body["site"],
            camera_id=body["camera_id"],
            zone_id=body["zone_id"],
            camera_name=body.get("camera_name", ""),
            incident_key=body["incident_key"],
            sequence=body["sequence"],
            occurred_at=datetime.fromisoformat(body["occurred_at"]),
            first_seen=datetime.fromisoformat(body["first_seen"]),
            last_seen=datetime.fromisoformat(body["last_seen"]),
            raised_at=datetime.fromisoformat(body["raised_at"]),
            media_time_s=body["media_time_s"],
            confidence=body["confidence"],
            measures=dict(body["measures"]),
            subjects=tuple(
                SubjectBox(
                    class_name=subject["class"],
                    confidence=subject["confidence"],
                    xyxy_norm=_four(subject["xyxy_norm"]),
                )
                for subject in body["subjects"]
            ),
            model=body["model"],
            rule_version=body["rule_version"],
            reason=body["reason"],
            # The outbox may hold events of an earlier version.
            previous_key=body.get("previous_incident_key", ""),
            evidence=tuple(EvidenceRef(**ref) for ref in body["evidence"]),
        )
    except KeyError as error:
        raise ValueError(f"{error.args[0]}: missing") from error
    expected = event_to_json(event)
    unknown = sorted(set(body) - set(expected))
    if unknown:
        raise ValueError(f"{unknown[0]}: unknown field")
    if body["event_id"] != expected["event_id"]:
        raise ValueError(f"event_id: expected {expected['event_id']!r}, got {body['event_id']!r}")
    return event


def _time_to_text(moment: datetime) -> str:
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return (
        utc.isoformat(timespec="microseconds" if utc.microsecond % 1000 else "milliseconds") + "Z"
    )


def _finite(name: str, value: float) -> float:
    number = float(value)  # also turns numpy's numbers into JSON's
    if not math.isfinite(number):
        raise ValueError(f"{name}: expected a finite number, got {number}")
    return number


def _four(values: list[float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = values
    return left, top, right, bottom
