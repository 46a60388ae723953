"""Keeps events on disk before they count, and brings them to the incident API."""

from pipeline.publish.camera_states import CameraReport, CameraStatePoster
from pipeline.publish.deliverer import Deliverer, DeliveryStatus
from pipeline.publish.exchange import Answer, Sink, Verdict
from pipeline.publish.foreign_sink import ForeignSink
from pipeline.publish.http_sink import HttpSink
from pipeline.publish.outbox import INCIDENT_API, Outbox, OutboxCounts, OutboxEntry
from pipeline.publish.store import SiteStore
from pipeline.publish.wire import event_from_json, event_id, event_to_json

__all__ = [
    "INCIDENT_API",
    "Answer",
    "CameraReport",
    "CameraStatePoster",
    "Deliverer",
    "DeliveryStatus",
    "ForeignSink",
    "HttpSink",
    "Outbox",
    "OutboxCounts",
    "OutboxEntry",
    "Sink",
    "SiteStore",
    "Verdict",
    "event_from_json",
    "event_id",
    "event_to_json",
]
