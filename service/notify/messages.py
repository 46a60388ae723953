"""One message, for a person's phone and for another system alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = ["Message", "SendFailed", "cloud_event"]


class SendFailed(Exception):  # noqa: N818  (reads as what happened)
    """A channel did not take the message; the text holds no secret.

    Attributes:
        for_good: Trying again is of no use.
    """

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent.

    Attributes:
        id: Never changes between tries; receivers drop what they have seen.
        subject: ``raised``, ``repeat``, ``escalated``, ``cleared``, ``report``, ``reminder``.
        title: One line, Chinese first.
        body: For people.
        data: For systems.
        at: Aware time of what is told.
    """

    id: str
    subject: str
    title: str
    body: str
    data: Mapping[str, Any]
    at: datetime


def cloud_event(message: Message) -> dict[str, Any]:
    """The message as a CloudEvent 1.0, structured JSON."""
    return {
        "specversion": "1.0",
        "id": message.id,
        "source": "/lifelane/desk",
        "type": f"lifelane.alert.{message.subject}",
        "time": message.at.astimezone(UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {"title": message.title, "body": message.body, **message.data},
    }
