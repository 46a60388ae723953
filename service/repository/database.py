"""The connection to SQLite or PostgreSQL: short transactions, one migration at start."""

import secrets
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Cursor as SqliteCursor
from sqlite3 import OperationalError as SqliteOperationalError
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    IntegrityError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session

from service.errors import SettingsError, StorageUnavailable
from service.repository.changes import ChangeFeed
from service.repository.listening import Listener

__all__ = ["Database", "parse_url"]

T = TypeVar("T")

# Another process (`lifelane keys`) may hold SQLite's one write lock for a moment.
_BUSY_TIMEOUT_MS = 15_000
_ATTEMPTS = 5
# An arbitrary number that all LifeLane processes on one PostgreSQL database agree on.
_MIGRATION_LOCK = 0x11FE1A9E


def parse_url(url: str) -> URL:
    """The URL with the driver that the service brings.

    Raises:
        SettingsError: It is neither a PostgreSQL server nor an SQLite file.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(
            "--database-url: expected a URL such as postgresql+psycopg://user@host/database"
            " or sqlite:///path/to/file; what was given is no database URL"
        ) from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "postgresql+psycopg":
        return parsed
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite")
    raise SettingsError(
        "--database-url: expected postgresql+psycopg://user@host/database or"
        f" sqlite:///path/to/file, got {parsed.render_as_string(hide_password=True)}"
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"the database's folder {folder} cannot be made: {error.strerror}"
        ) from error


def _session_options(url: URL) -> str:
    given = url.query.get("options", "")
    # UTC: a time near the calendar's end must not overflow in a local zone.
    return f"{given if isinstance(given, str) else ' '.join(given)} -c timezone=UTC".strip()


def _switch_to_wal(cursor: SqliteCursor) -> None:
    """Turn a new file into a WAL one; the busy timeout does not cover that one statement."""
    until_s = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except SqliteOperationalError as error:
            # Another process is switching or migrating this file at this very moment.
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until_s:
                raise
            time.sleep(0.02)
        else:
            return


def _set_up_sqlite(connection: SqliteConnection, _record: object) -> None:
    # None: SQLAlchemy's "begin" below decides how a transaction starts, not the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS:d}")
    _switch_to_wal(cursor)
    # FULL: what was answered with 201 is on the disk, power cut or not.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer asks for the write lock at once: a transaction that reads first and asks
    # later can be refused by SQLite without any waiting.
    writes = connection.get_execution_options().get("lifelane_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """One database, shared by all threads of the process.

    Attributes:
        changes: Counts every committed change to an incident.

    Args:
        url: ``sqlite:///file`` or ``postgresql+psycopg://…``.

    Raises:
        SettingsError: The URL is neither, or the file's folder cannot be made.
    """

    def __init__(self, url: str) -> None:
        parsed = parse_url(url)
        self.changes = ChangeFeed()
        self._listener: Listener | None = None
        #: Tells this one among those that share a PostgreSQL: its own word it need not hear.
        self._sender = secrets.token_hex(8)
        self._locks: dict[str, threading.Lock] = {}
        self._is_sqlite = parsed.get_backend_name() == "sqlite"
        # SQLite has one writer; queueing here is fair, while its busy handler is not.
        self._writer: AbstractContextManager[Any] = (
            threading.Lock() if self._is_sqlite else nullcontext()
        )
        if self._is_sqlite:
            _make_folder(Path(str(parsed.database)).parent)
            self._engine = create_engine(
                parsed, pool_size=10, max_overflow=30, hide_parameters=True
            )
            event.listen(self._engine, "connect", _set_up_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        else:
            self._engine = create_engine(
                parsed,
                pool_size=10,
                max_overflow=30,
                pool_pre_ping=True,
                # An error in the log names the statement, never what was in it.
                hide_parameters=True,
                connect_args={"options": _session_options(parsed), "connect_timeout": 10},
            )
        self._write_engine = self._engine.execution_options(lifelane_write=True)

    @property
    def engine(self) -> Engine:
        """The engine, for migrations and their tests."""
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view; nothing is committed."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """One view for a long reading: what others commit meanwhile is not in it."""
        engine = self._engine
        if not self._is_sqlite:
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with Session(engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction, committed at the end of the block, rolled back on an error."""
        with self._writer, Session(self._write_engine, expire_on_commit=False) as session:
            session.info["sender"] = self._sender
            yield session
            session.commit()

    def transact(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in one write transaction; again when another writer came first.

        A unique constraint decides between two writers of the same row. The one that lost
        runs anew and then sees what the other has written.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self.write() as session:
                    return work(session)
            except IntegrityError:
                if attempt == _ATTEMPTS:
                    raise
            except OperationalError as error:
                # PostgreSQL names a deadlock or a serialisation failure by these.
                if getattr(error.orig, "sqlstate", None) not in ("40P01", "40001"):
                    raise
                if attempt == _ATTEMPTS:
                    raise
            time.sleep(0.01 * attempt)
        raise StorageUnavailable("the database refused the same write again and again; try later")

    @contextmanager
    def exclusive(self, name: str) -> Iterator[bool]:
        """Whether nobody else, in any process on this database, is inside with this name.

        Gives True and keeps the others out until the block ends, or False at once.
        """
        if self._is_sqlite:
            # One service to a file; the command line's jobs are short and repeatable.
            lock = self._locks.setdefault(name, threading.Lock())
            ours = lock.acquire(blocking=False)
            try:
                yield ours
            finally:
                if ours:
                    lock.release()
            return
        # The lock is the session's, so it goes when the process does, however that ends.
        with self._engine.connect() as connection:
            schema = connection.scalar(text("SELECT current_schema()"))
            number = zlib.crc32(f"{schema}:{name}".encode()) - 2**31
            ours = bool(
                connection.scalar(
                    text("SELECT pg_try_advisory_lock(:space, CAST(:number AS integer))"),
                    {"space": _MIGRATION_LOCK, "number": number},
                )
            )
            connection.commit()
            try:
                yield ours
            finally:
                if ours:
                    connection.execute(
                        text("SELECT pg_advisory_unlock(:space, CAST(:number AS integer))"),
                        {"space": _MIGRATION_LOCK, "number": number},
                    )
                    connection.commit()

    def listen(self) -> None:
        """Hear what other processes on this PostgreSQL change; nothing to do for SQLite."""
        if not self._is_sqlite and self._listener is None:
            self._listener = Listener(self._engine.url, self.changes, sender=self._sender)
            self._listener.start()

    def ping(self) -> bool:
        """Whether the database answers."""
        try:
            with self.read() as session:
                session.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def alembic_config(self, connection: Connection) -> Config:
        """Alembic's settings for the migrations inside this package."""
        config = Config()
        folder = Path(__file__).resolve().parent.parent / "migrations"
        # ConfigParser reads a % in the path as its own.
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        return config

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables up to ``revision`` in one transaction.

        Raises:
            SettingsError: The database was made by a newer LifeLane, or does not answer.
        """
        self._run_migration(command.upgrade, revision)

    def migrate_down(self, revision: str) -> None:
        """Bring the tables back to an older ``revision`` (``base`` drops everything).

        Raises:
            SettingsError: There is no such revision, or the database does not answer.
        """
        self._run_migration(command.downgrade, revision)

    def _run_migration(self, run: Callable[[Config, str], None], revision: str) -> None:
        try:
            with (
                self._writer,
                self._write_engine.connect() as connection,
                self._without_foreign_keys(connection),
                connection.begin(),
            ):
                if not self._is_sqlite:
                    # Two processes that start together migrate one after the other.
                    connection.execute(
                        text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK}
                    )
                run(self.alembic_config(connection), revision)
                if self._is_sqlite:
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    if broken:
                        raise SettingsError(
                            f"the migration to {revision} would leave {len(broken)} rows that"
                            f" name missing ones (the first in table {broken[0][0]}); nothing"
                            " was changed"
                        )
        except CommandError as error:
            raise SettingsError(
                "the database holds a revision that this LifeLane does not know; it was made by"
                f" a newer one. Start that version, or point to another database ({error})"
            ) from error
        except DatabaseError as error:
            where = self._engine.url.render_as_string(hide_password=True)
            reason = str(error.orig).strip().splitlines()[0]
            raise SettingsError(
                f"the database {where} cannot be opened: {reason}. Check that it runs, that the"
                " user may create tables there and that the disk has room"
            ) from error

    @contextmanager
    def _without_foreign_keys(self, connection: Connection) -> Iterator[None]:
        """SQLite changes a table by rebuilding it, which its foreign keys would refuse."""
        if not self._is_sqlite:
            yield
            return
        driver = connection.connection.driver_connection
        assert isinstance(driver, SqliteConnection)  # noqa: S101  (what SQLAlchemy holds for it)
        # The pragma does nothing inside a transaction, so it comes before.
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            yield
        finally:
            driver.execute("PRAGMA foreign_keys = ON")

    def head(self) -> str | None:
        """The newest revision that this LifeLane knows."""
        with self._engine.connect() as connection:
            return ScriptDirectory.from_config(self.alembic_config(connection)).get_current_head()

    def close(self) -> None:
        """Give back every connection."""
        if self._listener is not None:
            self._listener.stop()
            self._listener = None
        self._engine.dispose()
