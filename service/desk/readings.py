"""What the queue holds, read once for all tabs of a process that look at the same thing."""

import threading
import time
from dataclasses import dataclass

from service.desk.queue import VIEWS
from service.repository import (
    Database,
    Incident,
    IncidentFilter,
    Scope,
    list_incidents,
    newest_incident,
)
from service.tables import Status

__all__ = ["QueueReading", "Readings"]

_MOST = 200
# What another process has changed is heard of in a moment; should it not be, it is read anyway.
_FRESH_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReading:
    """What one reading of the queue found, taken over as a whole.

    Attributes:
        incidents: What the view holds, the newest first.
        total: How many that are in all.
        waiting: How many nobody has touched yet.
        newest: The untouched one that came last; None when none waits.
    """

    incidents: tuple[Incident, ...]
    total: int
    waiting: int
    newest: Incident | None


class Readings:
    """The newest readings of one database. Safe from several threads.

    Args:
        database: The ledger.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._kept: dict[tuple[Scope, str, int], tuple[int, float, QueueReading]] = {}

    def read(self, scope: Scope, *, view: str, limit: int) -> QueueReading:
        """The queue of a view, at most ``limit`` cards of it."""
        key = (scope, view, limit)
        with self._lock:
            # Before reading: what changes meanwhile is read again.
            version = self._database.changes.version
            kept = self._kept.get(key)
            now_s = time.monotonic()
            if kept is not None and kept[0] == version and now_s - kept[1] < _FRESH_S:
                return kept[2]
            found = self._read(scope, view=view, limit=limit)
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[key] = (version, now_s, found)
            return found

    def _read(self, scope: Scope, *, view: str, limit: int) -> QueueReading:
        database = self._database
        which = IncidentFilter(scope=scope, status=VIEWS[view])
        page = list_incidents(database, which, limit=limit)
        new = IncidentFilter(scope=scope, status=(Status.FOUND.value,))
        return QueueReading(
            incidents=page.items,
            total=page.total,
            waiting=list_incidents(database, new, limit=1).total,
            newest=newest_incident(database, scope=scope),
        )
