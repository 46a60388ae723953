"""A real server on a real port, once on SQLite and once on PostgreSQL."""

import hashlib
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI

from service.app import create_app, open_database
from service.repository import Database, create_key
from service.settings import Settings
from service.tables import Base, Role

POSTGRES = os.environ.get(
    "LIFELANE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test?connect_timeout=5"
)


def jpeg(content: bytes = b"a picture") -> bytes:
    """Bytes that begin as a JPEG does."""
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + content


def event(key: str = "k1", sequence: int = 1, **changes: Any) -> dict[str, Any]:
    """An event as docs/wire.md shows it."""
    body: dict[str, Any] = {
        "schema": "lifelane.event/1",
        "event_id": f"{key}:{sequence}",
        "incident_key": key,
        "sequence": sequence,
        "site": "demo",
        "kind": "fire_lane_blocked",
        "phase": "start" if sequence == 1 else "update",
        "camera_id": "lane-1",
        "zone_id": "lane",
        "occurred_at": "2026-01-05T02:11:09.200Z",
        "first_seen": "2026-01-05T02:10:59.100Z",
        "last_seen": "2026-01-05T02:11:09.200Z",
        "raised_at": "2026-01-05T02:11:09.200Z",
        "media_time_s": 21.4,
        "confidence": 0.91,
        "measures": {"dwell_s": 10.1, "zone_share": 0.42, "footprints": 1},
        "subjects": [{"class": "car", "confidence": 0.91, "xyxy_norm": [0.2, 0.3, 0.6, 0.8]}],
        "model": "lifelane-n@0.1.0",
        "rule_version": "fire_lane@1",
        "reason": "",
        "evidence": [],
    }
    body.update(changes)
    return body


def with_pictures(body: dict[str, Any], *pictures: bytes) -> dict[str, Any]:
    """The event, listing these pictures."""
    roles = ["snapshot", "clean", "extra_1", "extra_2", "a", "b", "c", "d", "e", "f"]
    return body | {
        "evidence": [
            {
                "role": role,
                "sha256": hashlib.sha256(picture).hexdigest(),
                "media_type": "image/jpeg",
                "size_bytes": len(picture),
            }
            for role, picture in zip(roles, pictures, strict=False)
        ]
    }


def parts(*pictures: bytes) -> list[tuple[str, tuple[str, bytes, str]]]:
    """The `evidence` parts of a multipart body."""
    return [
        ("evidence", (f"{hashlib.sha256(picture).hexdigest()}.jpg", picture, "image/jpeg"))
        for picture in pictures
    ]


@dataclass
class Api:
    """A client of one running server."""

    http: httpx.Client
    database: Database
    settings: Settings
    key: str
    operator_key: str
    app: FastAPI
    url: str
    keys: dict[str, str] = field(default_factory=dict)

    def headers(self, key: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {key or self.key}"}

    def post(
        self, body: dict[str, Any], *pictures: bytes, key: str | None = None
    ) -> httpx.Response:
        """Post an event as the outbox does."""
        if pictures:
            listed = with_pictures(body, *pictures) if not body["evidence"] else body
            files = [
                ("event", ("event.json", json.dumps(listed).encode(), "application/json")),
                *parts(*pictures),
            ]
            return self.http.post("/api/v1/events", files=files, headers=self.headers(key))
        return self.http.post("/api/v1/events", json=body, headers=self.headers(key))

    def get(self, path: str, key: str | None = None, **params: Any) -> httpx.Response:
        return self.http.get(f"/api/v1{path}", params=params, headers=self.headers(key))

    def act(self, incident_id: int, action: str, note: str = "") -> httpx.Response:
        return self.http.post(
            f"/api/v1/incidents/{incident_id}/actions",
            json={"action": action, "note": note},
            headers=self.headers(self.operator_key),
        )


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """Run ``call(0..count-1)`` in as many threads, all let go at the same moment."""
    gate = threading.Barrier(count)

    def run(index: int) -> Any:
        gate.wait()
        return call(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@dataclass
class Wire:
    """The builders above, for tests (which cannot import each other's modules)."""

    event = staticmethod(event)
    jpeg = staticmethod(jpeg)
    with_pictures = staticmethod(with_pictures)
    parts = staticmethod(parts)
    at_once = staticmethod(at_once)


@pytest.fixture(scope="session")
def wire() -> Wire:
    return Wire()


@pytest.fixture(scope="session")
def postgres() -> str:
    """A PostgreSQL that answers; its absence is a reason to skip, except in CI."""
    try:
        psycopg.connect(POSTGRES).close()
    except psycopg.OperationalError as error:
        reason = f"no PostgreSQL at {POSTGRES} (LIFELANE_TEST_POSTGRES names another): {error}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return POSTGRES


BACKENDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


# Migrated databases that wait for the next test: making the tables is the slow part.
_FREE_SCHEMAS: list[str] = []
_SQLITE_TEMPLATE: list[bytes] = []


def _migrated_schema(server: str) -> str:
    if _FREE_SCHEMAS:
        return _FREE_SCHEMAS.pop()
    schema = f"lifelane_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    database = Database(f"{server}&options=-csearch_path%3D{schema}")
    database.migrate()
    database.close()
    return schema


def _give_back(server: str, schema: str) -> None:
    """Empty every table, past the triggers; a schema that a test has changed is dropped."""
    head = Database(f"{server}&options=-csearch_path%3D{schema}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"SET search_path = {schema}")
        tables = {
            name
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)
            )
        }
        same = tables == {*Base.metadata.tables, "alembic_version"}
        if same:
            version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            same = version == [(head.head(),)]
        head.close()
        if not same:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
            return
        # Nobody but the superuser may; in one transaction, with no wait for the disk.
        connection.execute(
            "BEGIN; SET LOCAL session_replication_role = replica;"
            " SET LOCAL synchronous_commit = off; "
            + " ".join(f"DELETE FROM {name};" for name in sorted(Base.metadata.tables))
            + " INSERT INTO feed (id, last) VALUES (1, 0); COMMIT"
        )
        sequences = connection.execute(
            "SELECT sequencename FROM pg_sequences WHERE schemaname = %s", (schema,)
        ).fetchall()
        for (name,) in sequences:
            connection.execute(f"SELECT setval('{name}', 1, false)")
    _FREE_SCHEMAS.append(schema)


def _migrated_sqlite(file: Path) -> None:
    if not _SQLITE_TEMPLATE:
        database = Database(f"sqlite:///{file}")
        database.migrate()
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        _SQLITE_TEMPLATE.append(file.read_bytes())
    else:
        file.write_bytes(_SQLITE_TEMPLATE[0])


@pytest.fixture(scope="session", autouse=True)
def _drop_schemas() -> Iterator[None]:
    yield
    if _FREE_SCHEMAS:
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            for schema in _FREE_SCHEMAS:
                connection.execute(f"DROP SCHEMA {schema} CASCADE")


@contextmanager
def empty_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of a database with all tables and nothing in them."""
    with _empty_database(request, request.param, folder) as url:
        yield url


@pytest.fixture
def empty_databases(request: pytest.FixtureRequest) -> Any:
    """More of them, of a chosen kind: ``empty_databases("sqlite", folder)``."""
    return partial(_empty_database, request)


@contextmanager
def _empty_database(request: pytest.FixtureRequest, backend: str, folder: Path) -> Iterator[str]:
    if backend == "sqlite":
        file = folder / f"{secrets.token_hex(4)}.sqlite3"
        _migrated_sqlite(file)
        yield f"sqlite:///{file}"
        return
    server = request.getfixturevalue("postgres")
    schema = _migrated_schema(server)
    yield f"{server}&options=-csearch_path%3D{schema}"
    _give_back(server, schema)


@contextmanager
def running(settings: Settings, database: Database) -> Iterator[Api]:
    """The real application behind a real server on a free port."""
    app = create_app(settings, database=database)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.005)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with httpx.Client(base_url=url, timeout=60) as http:
        yield Api(
            http=http,
            database=database,
            settings=settings,
            key=create_key(database, site="demo"),
            operator_key=create_key(database, site="demo", role=Role.DUTY),
            app=app,
            url=url,
        )
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def serving() -> Callable[[Settings, Database], AbstractContextManager[Api]]:
    """`running`, for tests that bring settings and database of their own."""
    return running


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request, tmp_path) as url:
        yield url


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path / "data", database_url=database_url, desk=False)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = open_database(settings)
    yield opened
    opened.close()


@pytest.fixture
def api(settings: Settings, database: Database) -> Iterator[Api]:
    """A server of the test's own, with nothing in it."""
    with running(settings, database) as started:
        yield started


@pytest.fixture(scope="module", params=BACKENDS)
def shared_api(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """One server for a module's tests that look at answers only, or bring their own keys."""
    folder = tmp_path_factory.mktemp("shared")
    with empty_database(request, folder) as url:
        settings = Settings(data_dir=folder / "data", database_url=url, desk=False)
        database = open_database(settings)
        with running(settings, database) as started:
            yield started
        database.close()
