"""Hazard events and pictures for tests of what comes after the rules."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.types import EvidenceRef, HazardEvent, HazardKind, Phase, SubjectBox

__all__ = ["make_event", "make_picture"]

START = datetime(2026, 1, 5, 2, 11, 9, 200_000, tzinfo=UTC)


def make_picture(content: bytes, *, role: str = "snapshot") -> tuple[EvidenceRef, dict[str, bytes]]:
    """A reference and the picture it names; the bytes need not be a JPEG for the outbox."""
    sha256 = hashlib.sha256(content).hexdigest()
    ref = EvidenceRef(role=role, sha256=sha256, media_type="image/jpeg", size_bytes=len(content))
    return ref, {sha256: content}


def make_event(incident_key: str = "a" * 32, sequence: int = 1, **changes: Any) -> HazardEvent:
    """A valid event; ``changes`` replace fields."""
    occurred_at = START + timedelta(seconds=10 * (sequence - 1))
    fields: dict[str, Any] = {
        "kind": HazardKind.FIRE_LANE_BLOCKED,
        "phase": Phase.START if sequence == 1 else Phase.UPDATE,
        "site": "demo",
        "camera_id": "lane-1",
        "zone_id": "lane",
        "incident_key": incident_key,
        "sequence": sequence,
        "occurred_at": occurred_at,
        "first_seen": START - timedelta(seconds=10.1),
        "last_seen": occurred_at,
        "raised_at": START,
        "media_time_s": 21.4,
        "confidence": 0.91,
        "measures": {"dwell_s": 10.1, "zone_share": 0.42, "footprints": 1.0},
        "subjects": (
            SubjectBox(class_name="car", confidence=0.91, xyxy_norm=(0.2, 0.3, 0.6, 0.8)),
        ),
        "model": "lifelane-n@0.1.0",
        "rule_version": "fire_lane@1",
    }
    return HazardEvent(**(fields | changes))
