"""Hearing what other processes on the same PostgreSQL have changed: LISTEN and NOTIFY."""

import logging
import threading
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from service.repository.changes import ChangeFeed

__all__ = ["Listener", "notify_others"]

_log = logging.getLogger("lifelane.service")
_CHANNEL = "lifelane_changes"
_LOOK_EVERY_S = 1.0
_RETRY_S = 2.0


def notify_others(session: Session) -> None:
    """Tell the other processes, when this transaction has been committed."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("SELECT pg_notify(:channel, current_schema() || ' ' || :sender)"),
            {"channel": _CHANNEL, "sender": session.info.get("sender", "")},
        )


class Listener:
    """A thread with a connection of its own that wakes the change feed.

    Args:
        url: The PostgreSQL database.
        changes: Woken by every change that another process commits.
        sender: What this side's own notifications carry.
    """

    def __init__(self, url: URL, changes: ChangeFeed, *, sender: str) -> None:
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._changes = changes
        self._sender = sender
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End within about a second."""
        self._stopping.set()
        self._thread.join(5)

    def _run(self) -> None:
        # With SQLite alone nobody needs the driver.
        import psycopg  # noqa: PLC0415

        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._conninfo, autocommit=True, connect_timeout=10) as link:
                    self._hear(link)
            except psycopg.OperationalError as error:
                _log.warning("listening for changes of other processes: %s", type(error).__name__)
                self._stopping.wait(_RETRY_S)
                # What happened meanwhile was not heard.
                self._changes.bump()

    def _hear(self, link: Any) -> None:
        (schema,) = link.execute("SELECT current_schema()").fetchone()
        link.execute(f"LISTEN {_CHANNEL}")
        while not self._stopping.is_set():
            for note in link.notifies(timeout=_LOOK_EVERY_S, stop_after=1):
                whose, _, sender = note.payload.rpartition(" ")
                if whose == schema and sender != self._sender:
                    self._changes.bump()
