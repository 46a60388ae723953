"""Clips around the start of an incident: cut, locked away, and sent only where that is allowed."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from pipeline.errors import StateError
from pipeline.evidence import LockedFolder
from pipeline.types import EvidenceRef, HazardEvent, Phase

__all__ = ["ClipDesk"]

_log = structlog.get_logger("lifelane.watch")

_BEFORE: Final = timedelta(seconds=8)
_AFTER: Final = timedelta(seconds=4)
# The API takes ten at the most.
_MOST_BYTES: Final = 8 * 1024 * 1024


class ClipDesk:
    """Asks for a clip at each start, and adds it to a later event of the incident.

    Args:
        locked: Where clips are kept; None asks for none.
        send: Whether a clip may go to the incident API.
    """

    def __init__(self, locked: LockedFolder | None, *, send: bool) -> None:
        self._locked = locked
        self._send = send
        self._ready: dict[str, Path] = {}
        self._lock = threading.Lock()

    def handle(
        self, events: Sequence[HazardEvent], pictures: dict[str, bytes], source: object
    ) -> list[HazardEvent]:
        """Order clips for the starts among the events; hand out those that are ready.

        Args:
            events: What a frame has decided.
            pictures: Evidence by SHA-256; a clip that is sent is added.
            source: The camera's source; one that keeps no video has no ``cut_clip``.
        """
        told = []
        for event in events:
            if event.phase is Phase.START:
                self._order(event, source)
                told.append(event)
            else:
                told.append(self._with_clip(event, pictures))
        return told

    def _order(self, event: HazardEvent, source: object) -> None:
        cut_clip = getattr(source, "cut_clip", None)
        if self._locked is None or cut_clip is None:
            return
        try:
            path = self._locked.clip_path(event.incident_key)
        except StateError as error:
            _log.error("clip not kept", camera=event.camera_id, error=str(error))
            return
        if path is None:
            return
        key = event.incident_key

        def done(problem: str) -> None:
            if problem:
                _log.warning("no clip", camera=event.camera_id, incident=key[:8], reason=problem)
                return
            path.chmod(0o600)
            if self._send:
                with self._lock:
                    self._ready[key] = path

        cut_clip(
            path,
            begin_at=event.occurred_at - _BEFORE,
            end_at=event.occurred_at + _AFTER,
            on_done=done,
        )

    def _with_clip(self, event: HazardEvent, pictures: dict[str, bytes]) -> HazardEvent:
        with self._lock:
            path = self._ready.pop(event.incident_key, None)
        if path is None:
            return event
        try:
            if path.stat().st_size > _MOST_BYTES:
                _log.warning("clip too large to send", camera=event.camera_id, file=str(path))
                return event
            content = path.read_bytes()
        except OSError as error:
            _log.warning("clip cannot be read", camera=event.camera_id, error=str(error))
            return event
        digest = hashlib.sha256(content).hexdigest()
        pictures[digest] = content
        reference = EvidenceRef(
            role="clip", sha256=digest, media_type="video/mp4", size_bytes=len(content)
        )
        return replace(event, evidence=(*event.evidence, reference))
