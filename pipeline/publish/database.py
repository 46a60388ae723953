"""The state database: its tables, how it is opened, and SQLite's errors in plain words."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import StateError

__all__ = [
    "DATABASE_NAME",
    "PICTURES_NAME",
    "SCHEMA_VERSION",
    "Database",
    "set_aside",
]

DATABASE_NAME = "lifelane.sqlite3"
PICTURES_NAME = "evidence"

# One script a version; a script is never changed after its release, only followed by another.
_MIGRATIONS = (
    """
    CREATE TABLE place_state (
        camera_id TEXT PRIMARY KEY,
        state     TEXT NOT NULL,
        saved_at  REAL NOT NULL
    ) STRICT;
    CREATE TABLE outbox (
        id           INTEGER PRIMARY KEY AUTOINCREMENT,
        event_id     TEXT NOT NULL,
        incident_key TEXT NOT NULL,
        sequence     INTEGER NOT NULL,
        body         TEXT NOT NULL,
        condition    TEXT NOT NULL DEFAULT 'pending'
                     CHECK (condition IN ('pending', 'delivered', 'dead')),
        recorded_at  REAL NOT NULL,
        settled_at   REAL,
        attempts     INTEGER NOT NULL DEFAULT 0,
        last_reason  TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX outbox_event ON outbox (event_id);
    CREATE INDEX outbox_queue ON outbox (incident_key, sequence, id) WHERE condition = 'pending';
    CREATE INDEX outbox_settled ON outbox (condition, settled_at);
    CREATE TABLE outbox_picture (
        outbox_id INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
        sha256    TEXT NOT NULL,
        PRIMARY KEY (outbox_id, sha256)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX outbox_picture_sha256 ON outbox_picture (sha256);
    """,
    # Several receivers: what becomes of an event is kept for each of them.
    """
    CREATE TABLE delivery (
        outbox_id    INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
        sink         TEXT NOT NULL,
        incident_key TEXT NOT NULL,
        sequence     INTEGER NOT NULL,
        condition    TEXT NOT NULL DEFAULT 'pending'
                     CHECK (condition IN ('pending', 'delivered', 'dead')),
        settled_at   REAL,
        attempts     INTEGER NOT NULL DEFAULT 0,
        last_reason  TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (outbox_id, sink)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO delivery (outbox_id, sink, incident_key, sequence, condition, settled_at,
                          attempts, last_reason)
        SELECT id, 'incident_api', incident_key, sequence, condition, settled_at, attempts,
               last_reason FROM outbox;
    CREATE INDEX delivery_queue ON delivery (sink, incident_key, sequence, outbox_id)
        WHERE condition = 'pending';
    CREATE INDEX delivery_settled ON delivery (sink, condition, settled_at);
    DROP INDEX outbox_queue;
    DROP INDEX outbox_settled;
    ALTER TABLE outbox DROP COLUMN condition;
    ALTER TABLE outbox DROP COLUMN settled_at;
    ALTER TABLE outbox DROP COLUMN attempts;
    ALTER TABLE outbox DROP COLUMN last_reason
    """,
)

SCHEMA_VERSION = len(_MIGRATIONS)

_BUSY_TIMEOUT_S = 15.0

# What the installer does about it, by the start of SQLite's error name.
_FIXES = (
    ("SQLITE_FULL", "the disk is full: free space there, LifeLane goes on by itself"),
    (
        "SQLITE_READONLY",
        (
            "it cannot be written: give the user that runs LifeLane write permission for the"
            " folder and its files, and check that the disk is not mounted read-only"
        ),
    ),
    (
        "SQLITE_CANTOPEN",
        (
            "it cannot be opened: check that the folder exists and that the user that runs"
            " LifeLane may read and write it"
        ),
    ),
    ("SQLITE_BUSY", "another process holds it for too long: end that process, then try again"),
    ("SQLITE_LOCKED", "another process holds it for too long: end that process, then try again"),
    ("SQLITE_IOERR", "the disk gives errors: check the disk and the system log"),
)
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


class Database:
    """One connection to the state database; threads may share it, one at a time.

    Args:
        folder: The site's state folder, which must exist.
        create: Make the database where there is none; else a missing one is an error.

    Raises:
        StateError: It is missing, damaged, of a newer LifeLane or of another program, or the
            disk refuses; the message says how to mend it.
    """

    def __init__(self, folder: Path, *, create: bool) -> None:
        self.path = folder / DATABASE_NAME
        if not create and not self.path.is_file():
            raise StateError(
                f"{folder}: expected the state folder of a site (with {DATABASE_NAME} in it),"
                " found none; name the state_dir of the site file, or the site file itself"
            )
        self._lock = threading.RLock()
        with self.plain_errors():
            self._connection = sqlite3.connect(
                self.path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare(check=create)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the connection; closing twice is fine."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the write lock; commit at the end, or roll back when anything is raised.

        Raises:
            StateError: The disk or the database refused; nothing of it was written.
        """
        with self._lock, self.plain_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after a full disk or an I/O error.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Use the connection to read.

        Raises:
            StateError: The disk or the database refused.
        """
        with self._lock, self.plain_errors():
            yield self._connection

    @contextmanager
    def plain_errors(self) -> Iterator[None]:
        """Turn SQLite's errors into `StateError` with the fix."""
        try:
            yield
        except sqlite3.Error as error:
            raise StateError(_explain(self.path, error)) from error

    def _prepare(self, *, check: bool) -> None:
        with self.plain_errors():
            run = self._connection.execute
            version = int(run("PRAGMA user_version").fetchone()[0])
            if version > SCHEMA_VERSION:
                raise StateError(
                    f"{self.path}: expected state of version {SCHEMA_VERSION} or older, found"
                    f" version {version}, made by a newer LifeLane; upgrade this one, or set"
                    " another state_dir"
                )
            if version == 0 and run("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise StateError(
                    f"{self.path}: expected LifeLane's state, found the database of another"
                    " program; set another state_dir"
                )
            # Once a start: it reads the whole file.
            found = run("PRAGMA quick_check(1)").fetchone()[0] if check else "ok"
            if found != "ok":
                raise StateError(_damaged(self.path, str(found)))
            run("PRAGMA journal_mode = WAL")
            # FULL: an event that record() has taken survives a power cut.
            run("PRAGMA synchronous = FULL")
            run("PRAGMA foreign_keys = ON")
            # A small log beside the file, so that a full disk soon gets going again.
            run("PRAGMA wal_autocheckpoint = 100")
            run("PRAGMA journal_size_limit = 1000000")
        for number in range(version, SCHEMA_VERSION):
            with self.transaction() as connection:
                # Two processes may open an old database at once: the second finds it done.
                if connection.execute("PRAGMA user_version").fetchone()[0] == number:
                    for statement in _MIGRATIONS[number].split(";"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number + 1}")


def set_aside(folder: Path) -> Path:
    """Move the database and its pictures away, keeping them, so that the next start is fresh.

    Only ever on somebody's explicit command: undelivered events stay behind in the old one.
    The caller holds the folder's lock.

    Returns:
        The folder they lie in now; it can be listed like a state folder.

    Raises:
        StateError: There is no database, or it cannot be moved.
    """
    if not (folder / DATABASE_NAME).exists():
        raise StateError(f"{folder}: expected {DATABASE_NAME} in it, found none; nothing to move")
    target = folder / f"aside-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    try:
        target.mkdir(mode=0o750)
        for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm", PICTURES_NAME):
            if (folder / name).exists():
                (folder / name).rename(target / name)
    except OSError as error:
        raise StateError(f"{folder}: cannot be moved aside: {error}") from error
    return target


def _explain(path: Path, error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if name.startswith(_DAMAGED):
        return _damaged(path, str(error))
    for start, fix in _FIXES:
        if name.startswith(start):
            return f"{path}: {fix} ({name}: {error})"
    return f"{path}: the state database refused: {error} ({name})"


def _damaged(path: Path, found: str) -> str:
    details = " ".join(found.split())
    return (
        f"{path}: expected a sound database, found a damaged one ({details}); restore it from a"
        f" backup, or run `lifelane outbox set-aside {path.parent}`, which keeps the damaged file"
        " and starts a new one (open incidents are then raised anew)"
    )
