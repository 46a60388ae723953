"""Migrations, the append-only audit, durability settings, the change feed."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, inspect, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from service.app import open_database
from service.errors import SettingsError
from service.repository import ChangeFeed, Database
from service.settings import Settings
from service.tables import AuditRow, Base, EventRow, OperatorRow


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() == database.head()


def test_migrating_again_changes_nothing_and_keeps_the_data(database: Database) -> None:
    add_audit(database)
    database.migrate()
    with database.read() as session:
        assert len(session.scalars(select(AuditRow)).all()) == 1


def test_down_and_up_again(database: Database) -> None:
    database.migrate_down("base")
    with database.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    database.migrate()
    add_audit(database)


def test_a_database_of_a_newer_lifelane_is_left_alone(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="made by a newer one"):
        database.migrate()


def test_processes_that_start_together_migrate_once(settings: Settings, wire: Any) -> None:
    def start(_: int) -> None:
        open_database(settings).close()

    wire.at_once(4, start)
    opened = open_database(settings)
    add_audit(opened)
    opened.close()


def add_audit(database: Database) -> None:
    with database.write() as session:
        session.add(AuditRow(at=datetime.now(UTC), actor="desk", action="test", note="as it was"))


def test_the_audit_refuses_to_be_changed(database: Database) -> None:
    add_audit(database)
    for statement in (update(AuditRow).values(note="changed"), delete(AuditRow)):
        with pytest.raises(DatabaseError, match="append only"), database.write() as session:
            session.execute(statement)
    if database.engine.dialect.name == "postgresql":
        with pytest.raises(DatabaseError, match="append only"), database.write() as session:
            session.execute(text("TRUNCATE audit"))
    with database.read() as session:
        assert session.scalars(select(AuditRow.note)).all() == ["as it was"]


def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    shanghai = timezone(timedelta(hours=8))
    moment = datetime(2026, 1, 5, 10, 11, 9, 123456, tzinfo=shanghai)
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    with database.write() as session:
        for at in (moment, last):
            session.add(AuditRow(at=at, actor="desk", action="test", note=""))
    with database.read() as session:
        found = session.scalars(select(AuditRow.at).order_by(AuditRow.id)).all()
    assert found == [moment, last]
    assert [at.utcoffset() for at in found] == [timedelta(0)] * 2
    with pytest.raises(Exception, match="expected a timezone"), database.write() as session:
        session.add(AuditRow(at=datetime(2026, 1, 5), actor="", action="", note=""))  # noqa: DTZ001


def test_foreign_keys_hold(database: Database) -> None:
    row = EventRow(
        event_id="x:1",
        incident_id=999,
        sequence=1,
        phase="start",
        occurred_at=datetime.now(UTC),
        body={},
        content_sha256="0" * 64,
        received_at=datetime.now(UTC),
    )
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(row)


def test_sqlite_is_set_to_survive_a_power_cut(tmp_path: Path) -> None:
    database = open_database(Settings(data_dir=tmp_path / "data", desk=False))
    with database.engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    database.close()
    assert (tmp_path / "data" / "lifelane.sqlite3").is_file()
    # Pictures of people and digests of keys are the service's own.
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def work(session: Any) -> None:
        session.add(
            OperatorRow(name="a", password_hash="", role="duty", created_at=datetime.now(UTC))
        )
        session.flush()
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        database.transact(work)
    with database.read() as session:
        assert session.scalars(select(OperatorRow)).all() == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "is no database URL"),
        ("mysql://root:geheim@localhost/x", "expected postgresql"),
        ("sqlite://", "sqlite:///path/to/file"),
        ("postgresql://nobody:geheim@127.0.0.1:1/x?connect_timeout=2", "cannot be opened"),
        ("sqlite:////proc/nothing/x.sqlite3", "cannot be"),
    ],
)
def test_wrong_database_urls(tmp_path: Path, url: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as error:
        open_database(Settings(data_dir=tmp_path, database_url=url, desk=False))
    assert "geheim" not in str(error.value)


def test_the_data_folder_must_be_one(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(SettingsError, match="--data-dir"):
        open_database(Settings(data_dir=file / "data", desk=False))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "lifelane.sqlite3"
    file.write_bytes(b"this is a text, not a database" * 100)
    with pytest.raises(SettingsError, match="cannot be opened"):
        open_database(Settings(data_dir=tmp_path, desk=False))


def test_the_change_feed_wakes_all_loops_and_threads() -> None:
    feed = ChangeFeed()
    ready = threading.Barrier(3)

    async def waiter() -> int:
        waiting = asyncio.ensure_future(feed.wait(0, timeout_s=30))
        await asyncio.sleep(0)
        await asyncio.to_thread(ready.wait)
        return await waiting

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(asyncio.run(waiter()))) for _ in "ab"]
    for thread in threads:
        thread.start()
    ready.wait()
    feed.bump()
    for thread in threads:
        thread.join(30)
    assert found == [1, 1]


def test_the_change_feed_does_not_miss_and_does_not_wait_for_ever() -> None:
    feed = ChangeFeed()
    feed.bump()

    async def ask() -> list[int]:
        return [
            await feed.wait(0, timeout_s=30),
            await feed.wait(1, timeout_s=0.01),
        ]

    assert asyncio.run(ask()) == [1, 1]
    # A loop that has ended while somebody waited in it disturbs nobody.
    feed.bump()
    assert feed.version == 2


def test_events_and_actions_reach_the_change_feed(api: Any, wire: Any) -> None:
    changes = api.database.changes
    number = api.post(wire.event()).json()["incident_id"]
    assert changes.version == 1
    api.post(wire.event())
    api.post(wire.event(confidence=0.1))
    api.act(number, "reopen")
    assert changes.version == 1, "repeats and refusals change nothing"
    api.act(number, "acknowledge")
    assert changes.version == 2
