"""What a site must not lose: the state of its places and its undelivered events, on disk."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import structlog

from pipeline.errors import StateError
from pipeline.publish.database import PICTURES_NAME, Database
from pipeline.publish.lock import FolderLock
from pipeline.publish.outbox import INCIDENT_API, Outbox, OutboxCounts, OutboxEntry
from pipeline.publish.pictures import PictureFolder
from pipeline.publish.wire import event_id, event_to_text
from pipeline.types import HazardEvent

__all__ = ["SiteStore"]

_log = structlog.get_logger("lifelane.publish")

_KEEP_DELIVERED_S = 7 * 24 * 3600.0
_ORPHAN_AGE_S = 24 * 3600.0


class SiteStore:
    """The state folder of one site, held by one process.

    In the folder: ``lifelane.sqlite3`` (places and outbox), ``evidence/`` (pictures) and
    ``lifelane.lock``. Methods may be called from several threads.

    Args:
        path: The state folder; made where it is missing.
        keep_delivered_s: How long a delivered event and its pictures stay, in seconds.
        sinks: Names of the receivers, besides the incident API, that get every new event.
        orphan_age_s: Age in seconds from which a picture that no event names is deleted.

    Raises:
        StateError: Another process holds the folder, the disk refuses, or the database is
            damaged or newer than this LifeLane; the message says how to mend it.
    """

    def __init__(
        self,
        path: Path,
        *,
        keep_delivered_s: float = _KEEP_DELIVERED_S,
        orphan_age_s: float = _ORPHAN_AGE_S,
        sinks: Sequence[str] = (),
    ) -> None:
        self.path = path
        self._sinks = (INCIDENT_API, *sinks)
        self.pictures = PictureFolder(path / PICTURES_NAME)
        self._keep_delivered_s = keep_delivered_s
        self._orphan_age_s = orphan_age_s
        # One writer at a time, so that a picture is never collected while its event is coming.
        self._writing = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o750)
            self.pictures.folder.mkdir(exist_ok=True, mode=0o750)
        except OSError as error:
            raise StateError(
                f"{path}: the state folder cannot be made: {error.strerror}; give the user that"
                " runs LifeLane write permission there, or set another state_dir"
            ) from error
        self._lock = FolderLock(path)
        with ExitStack() as undo:
            undo.callback(self._lock.release)
            self._database = Database(path, create=True)
            undo.callback(self._database.close)
            self.outbox = Outbox(self._database)
            self.clean_up()
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and give the folder back; closing twice is fine."""
        self._database.close()
        self._lock.release()

    def load_state(self, camera_id: str) -> dict[str, Any] | None:
        """Give the state that `record` kept for this camera; None when there is none.

        Raises:
            StateError: It cannot be read.
        """
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT state FROM place_state WHERE camera_id = ?", (camera_id,)
            ).fetchone()
        if row is None:
            return None
        state = json.loads(row[0])
        if not isinstance(state, dict):
            raise StateError(
                f"{self._database.path}: camera {camera_id}: expected a JSON object as its state,"
                f" found {type(state).__name__}; run `lifelane outbox set-aside {self.path}`"
            )
        return state

    def record(
        self,
        *,
        camera_id: str,
        state: Mapping[str, Any] | None,
        events: Sequence[HazardEvent] = (),
        pictures: Mapping[str, bytes] | None = None,
    ) -> None:
        """Keep a camera's state and its new events: all of it, or nothing.

        An event counts as raised when this returns; it then survives kill -9 and a power cut.
        Pictures go to disk first, so that no event ever names one that was never written.
        After a `StateError` nothing was recorded, and the same call may be made again.

        Args:
            camera_id: The camera.
            state: JSON-able state; None leaves the kept one as it is.
            events: New events, in the order of their sequence.
            pictures: SHA-256 hex digest -> bytes, for the evidence that the events name.

        Raises:
            ValueError: An event or a picture is not valid; nothing was recorded.
            StateError: The disk refused; nothing was recorded.
        """
        texts = [event_to_text(event) for event in events]
        state_text = None if state is None else json.dumps(state, ensure_ascii=False)
        with self._writing:
            self.pictures.write(pictures or {})
            with self._database.transaction() as connection:
                if state_text is not None:
                    connection.execute(
                        "INSERT INTO place_state (camera_id, state, saved_at) VALUES (?, ?, ?)"
                        " ON CONFLICT (camera_id) DO UPDATE"
                        " SET state = excluded.state, saved_at = excluded.saved_at",
                        (camera_id, state_text, datetime.now(UTC).timestamp()),
                    )
                for event, text in zip(events, texts, strict=True):
                    Outbox.add(
                        connection,
                        event_id=event_id(event),
                        incident_key=event.incident_key,
                        sequence=event.sequence,
                        body=text,
                        pictures={ref.sha256 for ref in event.evidence},
                        sinks=self._sinks,
                    )
        if events:
            for listener in tuple(self._listeners):
                listener()

    def counts(self, sink: str = INCIDENT_API) -> OutboxCounts:
        """How much the outbox holds for this receiver, by condition.

        Raises:
            StateError: It cannot be read.
        """
        return Outbox(self._database, sink).counts()

    def dead_letters(self) -> list[OutboxEntry]:
        """Events that the incident API refused for good, oldest first.

        Raises:
            StateError: They cannot be read.
        """
        return self.outbox.dead_letters()

    def on_record(self, listener: Callable[[], None]) -> None:
        """Call this, from the recording thread, whenever events were recorded; be quick."""
        self._listeners.append(listener)

    def clean_up(self) -> None:
        """Delete what has been delivered long ago, and pictures that no event names.

        Raises:
            StateError: The disk refused.
        """
        before = datetime.now(UTC) - timedelta(seconds=self._keep_delivered_s)
        with self._writing:
            for sha256 in self.outbox.forget_delivered(before=before):
                self.pictures.delete(sha256)
            orphans = self.pictures.collect_orphans(
                self.outbox.pictures(), older_than_s=self._orphan_age_s
            )
        if orphans:
            _log.info("old pictures that no event names deleted", count=orphans)
