"""Keeps events on disk before they count, and brings them to the incident API."""

from pipeline.publish.camera_states import CameraReport, CameraStatePoster
from pipeline.publish.deliverer import Deliverer, DeliveryStatus
from pipeline.publish.outbox import Outbox, OutboxCounts, OutboxEntry
from pipeline.publish.store import SiteStore
from pipeline.publish.wire import event_from_json, event_id, event_to_json

__all__ = [
    "CameraReport",
    "CameraStatePoster",
    "Deliverer",
    "DeliveryStatus",
    "Outbox",
    "OutboxCounts",
    "OutboxEntry",
    "SiteStore",
    "event_from_json",
    "event_id",
    "event_to_json",
]
