"""Migrations with data in them, retention, backup and restore, several processes."""

import asyncio
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from service.app import open_database
from service.errors import SettingsError
from service.repository import (
    Actor,
    Database,
    PictureStore,
    Step,
    backup,
    claim_due,
    compact_tally,
    finish,
    list_incidents,
    remove_old_pictures,
    restore,
    schedule,
    statistics,
)
from service.settings import Settings
from service.tables import (
    Action,
    Base,
    EvidenceRow,
    IncidentRow,
    Outcome,
    Role,
    Status,
    TallyRow,
)
from service.workflow import act

FIXER, CHECKER = Actor(name="wang", role=Role.ADMIN), Actor(name="li", role=Role.ADMIN)


def close(api: Any, number: int) -> None:
    """The whole way of a case whose camera has seen the end."""
    said = Step(
        note="纸箱已清走",
        responsible_name="王强",
        measure="清理",
        deadline=datetime.now(UTC).date() + timedelta(days=3),
        outcome=Outcome.CLEARED,
        removed_weight_kg=12.5,
    )
    for action, actor in (
        (Action.REGISTER, CHECKER),
        (Action.ASSIGN, CHECKER),
        (Action.SUBMIT, FIXER),
        (Action.PASS_RECHECK, CHECKER),
    ):
        act(api.database, number, action=action, actor=actor, step=said)


def fill(api: Any, wire: Any) -> tuple[int, int]:
    """A closed case and an open one, each with its pictures."""
    closed = api.post(wire.event("c"), wire.jpeg(b"start")).json()["incident_id"]
    api.post(wire.event("c", 2, phase="end"), wire.jpeg(b"end"))
    close(api, closed)
    opened = api.post(wire.event("o", camera_id="lane-2"), wire.jpeg(b"open")).json()["incident_id"]
    return closed, opened


def test_the_whole_way_of_a_case(api: Any, wire: Any) -> None:
    closed, _ = fill(api, wire)
    detail = api.get(f"/incidents/{closed}").json()
    year = datetime.now(UTC).year
    assert detail["status"] == "closed"
    assert detail["number"] == f"demo-{year}-0001"
    assert (detail["rectified_by"], detail["rechecked_by"]) == ("wang", "li")
    assert detail["content"] == "消防车道被占用"
    rows = statistics(api.database, by="kind")
    assert [(r.found, r.registered, r.closed, r.open, r.rechecked) for r in rows] == [
        (2, 1, 1, 1, 1)
    ]
    assert rows[0].removed_weight_kg == 12.5
    # It comes back: a new incident that names the old one.
    again = api.post(wire.event("again")).json()["incident_id"]
    assert api.get(f"/incidents/{again}").json()["rebound_of_id"] == closed
    assert api.get(f"/incidents/{closed}").json()["rebounded_at"] is not None
    due = api.get("/lookbacks").json()["items"]
    assert [(e["reason"], e["result"], e["rebound_id"]) for e in due] == [
        ("camera_7d", "rebound", again),
        ("camera_30d", "rebound", again),
    ]


def test_migrations_down_and_up_keep_the_incidents(api: Any, wire: Any) -> None:
    closed, opened = fill(api, wire)
    api.database.migrate_down("0001")
    with api.database.read() as session:
        found = session.execute(text("SELECT id, status FROM incidents ORDER BY id")).all()
    assert [tuple(row) for row in found] == [(closed, "acknowledged"), (opened, "found")]
    api.database.migrate()
    page = list_incidents(api.database)
    assert (page.total, {item.id for item in page.items}) == (2, {closed, opened})
    assert all(item.snapshot_id for item in page.items)
    assert sum(row.found for row in statistics(api.database, by="compound")) == 2


def counters(database: Database) -> Any:
    with database.read() as session:
        columns = [c for c in TallyRow.__table__.columns if c.name not in ("id", "month")]
        groups = columns[:5]
        sums = [func.sum(c) for c in columns[5:]]
        return sorted(
            tuple(row)
            for row in session.execute(select(*groups, *sums).group_by(*groups)).all()
            if row[5]
        )


def test_the_counters_are_the_ledgers(api: Any, wire: Any) -> None:
    fill(api, wire)
    before = counters(api.database)
    with api.database.read() as session:
        listed = session.execute(
            select(IncidentRow.status, func.count()).group_by(IncidentRow.status)
        ).all()
    assert {row[4]: row[5] for row in before} == {row[0]: row[1] for row in listed}
    assert compact_tally(api.database) > 0
    assert counters(api.database) == before
    assert compact_tally(api.database) == 0


def test_retention_keeps_open_cases_and_what_is_waited_for(api: Any, wire: Any) -> None:
    closed, opened = fill(api, wire)
    store = PictureStore(api.settings.evidence_dir)
    later = datetime.now(UTC) + timedelta(days=40)

    def files() -> int:
        return len([p for p in api.settings.evidence_dir.rglob("*") if p.is_file()])

    # The camera is to look again after 7 and 30 days, and nobody has answered yet.
    assert remove_old_pictures(api.database, store, keep_days=30, now=later) == 0
    for due in api.get("/lookbacks").json()["items"]:
        answer = api.http.post(
            f"/api/v1/lookbacks/{due['id']}/answer",
            json={"result": "clear"},
            headers=api.headers(),
        )
        assert answer.status_code == 200, answer.text
    sooner = datetime.now(UTC) + timedelta(days=20)
    assert remove_old_pictures(api.database, store, keep_days=30, now=sooner) == 0
    assert files() == 3
    assert remove_old_pictures(api.database, store, keep_days=30, now=later) == 2
    assert files() == 1
    gone = api.get(f"/incidents/{closed}").json()["evidence"][0]
    assert gone["removed_at"] is not None
    answer = api.http.get(gone["url"], headers=api.headers())
    assert (answer.status_code, "retention" in answer.text) == (404, True)
    kept = api.get(f"/incidents/{opened}").json()["evidence"][0]
    assert api.http.get(kept["url"], headers=api.headers()).status_code == 200


def dump(database: Database) -> dict[str, list[Any]]:
    with database.read() as session:
        return {
            table.name: [
                tuple(row)
                for row in session.execute(select(table).order_by(*table.primary_key)).all()
            ]
            for table in Base.metadata.sorted_tables
            if table.name != "tally"
        }


def test_backup_and_restore_into_the_other_database(
    api: Any, wire: Any, tmp_path: Path, empty_databases: Any
) -> None:
    closed, _ = fill(api, wire)
    api.post(wire.event("again"))
    archive = tmp_path / "backup.tar.gz"
    counts = backup(api.database, api.settings.evidence_dir, archive)
    assert (counts["incidents"], counts["pictures"]) == (3, 3)
    assert archive.stat().st_mode & 0o077 == 0
    other = "postgres" if api.database.engine.dialect.name == "sqlite" else "sqlite"
    for backend in (api.database.engine.dialect.name.replace("postgresql", "postgres"), other):
        with empty_databases(backend, tmp_path) as url:
            settings = Settings(data_dir=tmp_path / backend, database_url=url, desk=False)
            database = open_database(settings)
            assert restore(database, settings.evidence_dir, archive) == counts
            assert dump(database) == dump(api.database)
            before = statistics(api.database, by="source")
            assert statistics(database, by="source") == before
            pictures = {p.name for p in settings.evidence_dir.rglob("*.jpg")}
            assert pictures == {p.name for p in api.settings.evidence_dir.rglob("*.jpg")}
            # It goes on where it ended: numbers and ids.
            act(database, closed, action=Action.REBOUND, actor=CHECKER, step=Step(note="又堆放"))
            with pytest.raises(SettingsError, match="empty"):
                restore(database, settings.evidence_dir, archive)
            database.close()


@pytest.mark.parametrize("content", [b"", b"not an archive", None])
def test_what_is_no_backup(database: Database, tmp_path: Path, content: bytes | None) -> None:
    archive = tmp_path / "x.tar.gz"
    if content is not None:
        archive.write_bytes(content)
    else:
        with tarfile.open(archive, "w:gz") as made:
            made.add(__file__, "evidence/../../escape.jpg")
    with pytest.raises(SettingsError, match="lifelane backup"):
        restore(database, tmp_path / "evidence", archive)
    assert not (tmp_path.parent / "escape.jpg").exists()


def test_one_process_takes_a_timer(settings: Settings, wire: Any) -> None:
    databases = [open_database(settings) for _ in range(3)]
    now = datetime.now(UTC)

    def set_timers(session: Any) -> None:
        for number in range(20):
            schedule(session, key=f"t{number}", kind="test", due_at=now)
        schedule(session, key="later", kind="test", due_at=now + timedelta(hours=1))

    databases[0].transact(set_timers)
    found = wire.at_once(
        3, lambda n: claim_due(databases[n], kinds=("test",), now=now, lease_s=60, limit=20)
    )
    taken = [timer for timers in found for timer in timers]
    assert len({timer.key for timer in taken}) == len(taken) == 20
    for timer in taken[:15]:
        finish(databases[0], timer)
    # Whoever had the rest has died: they are due again, once.
    later = now + timedelta(seconds=61)
    again = claim_due(databases[1], kinds=("test",), now=later)
    assert {timer.key for timer in again} == {timer.key for timer in taken[15:]}
    assert all(timer.attempts == 2 for timer in again)
    with databases[0].exclusive("x") as ours, databases[0].exclusive("x") as second:
        assert (ours, second) == (True, False)
    for database in databases:
        database.close()


@pytest.mark.postgres
def test_processes_on_postgresql_hear_of_each_other(
    empty_databases: Any, tmp_path: Path, serving: Any, wire: Any
) -> None:
    with empty_databases("postgres", tmp_path) as url:
        settings = Settings(data_dir=tmp_path / "data", database_url=url, desk=False)
        here, there = open_database(settings), open_database(settings)
        there.listen()
        with serving(settings, here) as api:

            async def hears() -> int:
                waiting = asyncio.ensure_future(there.changes.wait(0, timeout_s=30))
                for number in range(60):
                    await asyncio.to_thread(api.post, wire.event(f"k{number}"))
                    done, _ = await asyncio.wait((waiting,), timeout=0.5)
                    if done:
                        break
                return await waiting

            assert asyncio.run(hears()) > 0
        there.close()


def test_a_false_alarms_pictures_go_as_well(api: Any, wire: Any) -> None:
    number = api.post(wire.event(), wire.jpeg()).json()["incident_id"]
    assert api.act(number, "false_alarm").status_code == 200
    store = PictureStore(api.settings.evidence_dir)
    later = datetime.now(UTC) + timedelta(days=31)
    assert remove_old_pictures(api.database, store, keep_days=30, now=later) == 1
    with api.database.write() as session:
        session.execute(update(IncidentRow).values(status=Status.FOUND.value))
        assert session.scalar(select(func.count()).select_from(EvidenceRow)) == 1
