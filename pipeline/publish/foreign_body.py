"""An event in the words of another system: CloudEvents, or a body of the installer's making."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from pipeline.publish.outbox import OutboxEntry

__all__ = [
    "CLOUD_EVENTS_TYPE",
    "KINDS_ZH",
    "PLACEHOLDERS",
    "cloud_event",
    "fill_template",
    "unknown_names",
]

#: Content type of CloudEvents 1.0 in structured mode, JSON format.
CLOUD_EVENTS_TYPE: Final = "application/cloudevents+json; charset=utf-8"

#: Hazards in the authorities' words.
KINDS_ZH: Final = MappingProxyType(
    {
        "fire_lane_blocked": "消防车道被占用",
        "climbing_site_blocked": "消防车登高操作场地被占用",
        "ebike_in_elevator": "电动车进电梯",
        "ebike_indoors": "电动车进楼道",
        "corridor_clutter": "楼道堆物",
        "exit_blocked": "安全出口被堵塞",
        "exit_locked": "安全出口锁闭（待人工复核）",
        "fly_wire_charging": "飞线充电（待人工复核）",
    }
)
_PHASES_ZH = MappingProxyType(
    {"start": "发生", "update": "持续", "end": "解除", "unknown": "无法判断"}
)
#: Names that a template may use; a figure of the event is ``measures.NAME``.
PLACEHOLDERS: Final = (
    "event_id",
    "incident_key",
    "sequence",
    "site",
    "kind",
    "kind_zh",
    "phase",
    "phase_zh",
    "camera_id",
    "camera_name",
    "zone_id",
    "occurred_at",
    "first_seen",
    "last_seen",
    "raised_at",
    "confidence",
    "model",
    "rule_version",
    "reason",
)
_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


def cloud_event(entry: OutboxEntry, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    """The event as a CloudEvent, structured JSON (CloudEvents 1.0.2).

    ``id`` is the event's own id and never changes between tries: a receiver that keeps the
    ids it has seen takes each event once.

    Args:
        entry: The event.
        pictures: SHA-256 hex digest -> bytes of those that are to travel inside; they become
            ``content_base64`` of their entry in ``data.evidence``.
    """
    event = json.loads(entry.body)
    for ref in event["evidence"]:
        if ref["sha256"] in pictures:
            ref["content_base64"] = base64.b64encode(pictures[ref["sha256"]]).decode()
    return {
        "specversion": "1.0",
        "id": entry.event_id,
        "source": f"/lifelane/sites/{event['site']}/cameras/{event['camera_id']}",
        "type": f"lifelane.hazard.{event['phase']}",
        "subject": entry.incident_key,
        "time": event["occurred_at"],
        "datacontenttype": "application/json",
        "dataschema": "urn:lifelane:event:1",
        # Extension "sequence" of the CloudEvents documents: text, ordered within the subject.
        "sequence": f"{entry.sequence:010d}",
        "data": event,
    }


def fill_template(template: Any, entry: OutboxEntry) -> Any:
    """The template with ``{name}`` filled in, at any depth.

    A text that is one placeholder and nothing else becomes the value itself, so that numbers
    stay numbers; a name that this event has not is null there, and empty within a text.
    """
    event = json.loads(entry.body)
    values = {name: event[name] for name in PLACEHOLDERS if name in event}
    values["kind_zh"] = KINDS_ZH.get(event["kind"], event["kind"])
    values["phase_zh"] = _PHASES_ZH.get(event["phase"], event["phase"])
    values |= {f"measures.{name}": value for name, value in event["measures"].items()}
    return _fill(template, values)


def unknown_names(template: Any) -> list[str]:
    """Placeholders of the template that no event has."""
    return sorted(
        {
            name
            for name in _names(template)
            if name not in PLACEHOLDERS and not name.startswith("measures.")
        }
    )


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, Mapping):
        return {key: _fill(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [_fill(value, values) for value in template]
    if not isinstance(template, str):
        return template
    whole = _NAME.fullmatch(template)
    if whole is not None:
        return values.get(whole[1])
    return _NAME.sub(lambda match: str(values.get(match[1], "")), template)


def _names(template: Any) -> Iterator[str]:
    if isinstance(template, Mapping):
        for value in template.values():
            yield from _names(value)
    elif isinstance(template, list | tuple):
        for value in template:
            yield from _names(value)
    elif isinstance(template, str):
        yield from _NAME.findall(template)
