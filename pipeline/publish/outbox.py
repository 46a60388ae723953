"""The queue of events on disk: what waits, what is delivered, what the API refused."""

import json
import sqlite3
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.errors import StateError
from pipeline.publish.database import Database

__all__ = ["INCIDENT_API", "Outbox", "OutboxCounts", "OutboxEntry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One event of the outbox.

    Attributes:
        row_id: Its number in the outbox; grows in the order of recording.
        event_id: ``incident_key:sequence``.
        incident_key: The incident it belongs to.
        sequence: Its place within the incident.
        condition: ``pending``, ``delivered`` or ``dead``.
        recorded_at: When it was written, aware UTC.
        attempts: How often delivery was tried.
        last_reason: Why the last try did not deliver it; empty when none failed.
        body: The JSON text that is posted.
        sink: Whom it is for.
    """

    row_id: int
    event_id: str
    incident_key: str
    sequence: int
    condition: str
    recorded_at: datetime
    attempts: int
    last_reason: str
    body: str
    sink: str

    @property
    def pictures(self) -> tuple[tuple[str, str], ...]:
        """``(sha256, media_type)`` of the evidence that the event names."""
        refs = json.loads(self.body)["evidence"]
        return tuple((ref["sha256"], ref["media_type"]) for ref in refs)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxCounts:
    """How much the outbox holds.

    Attributes:
        pending: Events that wait for delivery.
        delivered: Delivered events that are kept for a while.
        dead: Events that the API refused for good.
        oldest_pending_at: When the oldest waiting event was recorded; None when none waits.
    """

    pending: int
    delivered: int
    dead: int
    oldest_pending_at: datetime | None


#: The receiver that every site has, or will have: LifeLane's own.
INCIDENT_API = "incident_api"

_SELECT = (
    "SELECT o.id, o.event_id, o.incident_key, o.sequence, d.condition, o.recorded_at, d.attempts,"
    " d.last_reason, o.body, d.sink FROM delivery AS d JOIN outbox AS o ON o.id = d.outbox_id"
)


class Outbox:
    """The queue of one receiver, over one connection. Every method may raise `StateError`.

    Args:
        database: The state database.
        sink: Whose queue; `INCIDENT_API` or the name of a sink of the site file.
    """

    def __init__(self, database: Database, sink: str = INCIDENT_API) -> None:
        self._database = database
        self.sink = sink

    @staticmethod
    def add(
        connection: sqlite3.Connection,
        *,
        event_id: str,
        incident_key: str,
        sequence: int,
        body: str,
        pictures: Collection[str],
        sinks: Sequence[str],
    ) -> bool:
        """Queue an event for each receiver inside the caller's transaction.

        The very same event again is not queued twice. The same id with another body is: the
        API answers 409, and it shows up as a dead letter instead of vanishing.

        Returns:
            Whether it is new.
        """
        same = connection.execute(
            "SELECT 1 FROM outbox WHERE event_id = ? AND body = ?", (event_id, body)
        ).fetchone()
        if same:
            return False
        row_id = connection.execute(
            "INSERT INTO outbox (event_id, incident_key, sequence, body, recorded_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (event_id, incident_key, sequence, body, time.time()),
        ).lastrowid
        connection.executemany(
            "INSERT INTO delivery (outbox_id, sink, incident_key, sequence) VALUES (?, ?, ?, ?)",
            [(row_id, sink, incident_key, sequence) for sink in sinks],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO outbox_picture (outbox_id, sha256) VALUES (?, ?)",
            [(row_id, sha256) for sha256 in pictures],
        )
        return True

    def heads(self) -> list[str]:
        """Incidents with waiting events, the one that waits longest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT incident_key FROM delivery WHERE sink = ? AND condition = 'pending'"
                " GROUP BY incident_key ORDER BY min(outbox_id)",
                (self.sink,),
            ).fetchall()
        return [row[0] for row in rows]

    def head(self, incident_key: str) -> OutboxEntry | None:
        """The waiting event of the incident that must go next."""
        with self._database.reading() as connection:
            row = connection.execute(
                _SELECT + " WHERE d.sink = ? AND d.condition = 'pending' AND d.incident_key = ?"
                " ORDER BY d.sequence, d.outbox_id LIMIT 1",
                (self.sink, incident_key),
            ).fetchone()
        return None if row is None else _entry(row)

    def entries(self, condition: str, *, limit: int = -1) -> list[OutboxEntry]:
        """Events in this condition, oldest first; a negative limit means all."""
        with self._database.reading() as connection:
            rows = connection.execute(
                _SELECT + " WHERE d.sink = ? AND d.condition = ? ORDER BY o.id LIMIT ?",
                (self.sink, condition, limit),
            ).fetchall()
        return [_entry(row) for row in rows]

    def counts(self) -> OutboxCounts:
        """Count by condition."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT condition, count(*) FROM delivery WHERE sink = ? GROUP BY condition",
                (self.sink,),
            ).fetchall()
            oldest = connection.execute(
                "SELECT min(o.recorded_at) FROM delivery AS d"
                " JOIN outbox AS o ON o.id = d.outbox_id"
                " WHERE d.sink = ? AND d.condition = 'pending'",
                (self.sink,),
            ).fetchone()[0]
        count = dict(rows)
        return OutboxCounts(
            pending=count.get("pending", 0),
            delivered=count.get("delivered", 0),
            dead=count.get("dead", 0),
            oldest_pending_at=None if oldest is None else datetime.fromtimestamp(oldest, UTC),
        )

    def sinks(self) -> list[str]:
        """Receivers that this database has something of, the incident API first."""
        with self._database.reading() as connection:
            found = {row[0] for row in connection.execute("SELECT DISTINCT sink FROM delivery")}
        return [INCIDENT_API, *sorted(found - {INCIDENT_API})]

    def retire(self, keep: Collection[str]) -> int:
        """Make dead letters of what waits for receivers that the site file has no more.

        Args:
            keep: Those that it has; the incident API always stays.

        Returns:
            How many events that were.
        """
        gone = [sink for sink in self.sinks() if sink not in keep and sink != INCIDENT_API]
        moved = 0
        with self._database.transaction() as connection:
            for sink in gone:
                moved += connection.execute(
                    "UPDATE delivery SET condition = 'dead', settled_at = ?, last_reason = ?"
                    " WHERE sink = ? AND condition = 'pending'",
                    (time.time(), f"sinks: there is no {sink} in the site file any more", sink),
                ).rowcount
        return moved

    def settle(self, row_id: int, *, delivered: bool, reason: str = "") -> None:
        """Mark a waiting event delivered, or as a dead letter with the reason."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE delivery SET condition = ?, settled_at = ?, attempts = attempts + 1,"
                " last_reason = ? WHERE outbox_id = ? AND sink = ? AND condition = 'pending'",
                ("delivered" if delivered else "dead", time.time(), reason, row_id, self.sink),
            )

    def note_failure(self, row_id: int, reason: str) -> None:
        """Keep a waiting event waiting, and remember why it was not taken."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE delivery SET attempts = attempts + 1, last_reason = ?"
                " WHERE outbox_id = ? AND sink = ?",
                (reason, row_id, self.sink),
            )

    def dead_letters(self, event_ids: Sequence[str] | None = None) -> list[OutboxEntry]:
        """Events that the API refused for good, oldest first.

        Args:
            event_ids: Which; None means all of them.

        Raises:
            StateError: One of the ids is no dead letter.
        """
        with self._database.reading() as connection:
            return self._choose_dead(connection, event_ids)

    def retry(self, event_ids: Sequence[str] | None = None) -> list[OutboxEntry]:
        """Put dead letters back into the queue.

        Args:
            event_ids: Which; None means all of them.

        Returns:
            The events that wait again.

        Raises:
            StateError: One of the ids is no dead letter; then none is moved.
        """
        with self._database.transaction() as connection:
            chosen = self._choose_dead(connection, event_ids)
            connection.executemany(
                "UPDATE delivery SET condition = 'pending', settled_at = NULL"
                " WHERE outbox_id = ? AND sink = ?",
                [(entry.row_id, self.sink) for entry in chosen],
            )
        return chosen

    def drop(self, event_ids: Sequence[str] | None = None) -> list[OutboxEntry]:
        """Delete dead letters for good.

        Args:
            event_ids: Which; None means all of them.

        Returns:
            The events that are gone, for the caller's log.

        Raises:
            StateError: One of the ids is no dead letter; then none is deleted.
        """
        with self._database.transaction() as connection:
            chosen = self._choose_dead(connection, event_ids)
            rows = [(entry.row_id, self.sink) for entry in chosen]
            connection.executemany("DELETE FROM delivery WHERE outbox_id = ? AND sink = ?", rows)
            # Another receiver may still wait for it.
            connection.executemany(
                "DELETE FROM outbox WHERE id = ?"
                " AND NOT EXISTS (SELECT 1 FROM delivery WHERE outbox_id = outbox.id)",
                [(row_id,) for row_id, _ in rows],
            )
        return chosen

    def forget_delivered(self, *, before: datetime) -> list[str]:
        """Delete events that every receiver got before this time.

        Returns:
            Digests of the pictures that no event names any more.
        """
        done = (
            "SELECT outbox_id FROM delivery GROUP BY outbox_id"
            " HAVING min(condition = 'delivered') = 1 AND max(settled_at) < ?"
        )
        with self._database.transaction() as connection:
            old = (before.timestamp(),)
            named = connection.execute(
                f"SELECT DISTINCT sha256 FROM outbox_picture WHERE outbox_id IN ({done})",  # noqa: S608
                old,
            ).fetchall()
            connection.execute(f"DELETE FROM outbox WHERE id IN ({done})", old)  # noqa: S608
            return [
                row[0]
                for row in named
                if not connection.execute(
                    "SELECT 1 FROM outbox_picture WHERE sha256 = ?", row
                ).fetchone()
            ]

    def pictures(self) -> set[str]:
        """Digests of all pictures that some event names."""
        with self._database.reading() as connection:
            return {row[0] for row in connection.execute("SELECT sha256 FROM outbox_picture")}

    def _choose_dead(
        self, connection: sqlite3.Connection, event_ids: Sequence[str] | None
    ) -> list[OutboxEntry]:
        rows = connection.execute(
            _SELECT + " WHERE d.sink = ? AND d.condition = 'dead' ORDER BY o.id", (self.sink,)
        ).fetchall()
        dead = [_entry(row) for row in rows]
        if event_ids is None:
            return dead
        known = {entry.event_id for entry in dead}
        for wanted in event_ids:
            if wanted not in known:
                raise StateError(
                    f"{wanted}: expected the id of a dead letter of {self.sink}, found none by"
                    " that name; `lifelane outbox list` shows them"
                )
        return [entry for entry in dead if entry.event_id in set(event_ids)]


def _entry(row: tuple[int, str, str, int, str, float, int, str, str, str]) -> OutboxEntry:
    return OutboxEntry(
        row_id=row[0],
        event_id=row[1],
        incident_key=row[2],
        sequence=row[3],
        condition=row[4],
        recorded_at=datetime.fromtimestamp(row[5], UTC),
        attempts=row[6],
        last_reason=row[7],
        body=row[8],
        sink=row[9],
    )
