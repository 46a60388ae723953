"""The record of a review on disk: a killed one goes on where it was, a finished one is known."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import StateError
from pipeline.review.decoding import SKETCH_PX
from pipeline.review.record import (
    Outcome,
    Record,
    hazards_from_json,
    hazards_to_json,
    place_from_json,
    place_to_json,
)

__all__ = ["JOURNAL_NAME", "Journal", "Twin"]

JOURNAL_NAME = "review.sqlite3"
_VERSION = 1
_HAZARDS_MOST = 1_000_000
_SCHEMA = """
CREATE TABLE photo (
    id        INTEGER PRIMARY KEY,
    key       TEXT NOT NULL UNIQUE,
    mark      TEXT NOT NULL,
    settings  TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    sha256    TEXT NOT NULL,
    hash      TEXT NOT NULL,
    hazards   INTEGER NOT NULL,
    body      TEXT NOT NULL,
    sketch    BLOB NOT NULL,
    thumbnail BLOB NOT NULL,
    twin_of   TEXT NOT NULL
) STRICT;
CREATE INDEX photo_sha256 ON photo (sha256) WHERE outcome = 'done';
CREATE INDEX photo_twin_of ON photo (twin_of) WHERE twin_of <> '';
CREATE INDEX photo_outcome ON photo (outcome, hazards);
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Twin:
    """A photo that another one may be a duplicate of.

    Attributes:
        key: Names it in the record.
        file: What it was called to the user.
        sketch: ``(32, 32)`` uint8, the picture in grey.
    """

    key: str
    file: str
    sketch: NDArray[np.uint8]


class Journal:
    """The SQLite file of a review. One process uses it at a time; its caller holds the folder.

    Args:
        folder: The review's folder, which must exist.

    Raises:
        StateError: It cannot be written, is damaged, or belongs to another program.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL_NAME
        with self._plain_errors():
            self._connection = sqlite3.connect(self.path, isolation_level=None, timeout=15.0)
            run = self._connection.execute
            run("PRAGMA journal_mode = WAL")
            # What is committed survives kill -9; a power cut may cost the last photos, which
            # are then simply reviewed again.
            run("PRAGMA synchronous = NORMAL")
            version = int(run("PRAGMA user_version").fetchone()[0])
            if version == 0 and not run("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                run("BEGIN IMMEDIATE")
                for statement in _SCHEMA.split(";"):
                    run(statement)
                run(f"PRAGMA user_version = {_VERSION}")
                run("COMMIT")
            elif version != _VERSION:
                raise StateError(
                    f"{self.path}: expected a review's record of version {_VERSION}, found"
                    f" version {version}; name another folder with --out"
                )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write several records at once, all or none."""
        with self._plain_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def find(self, key: str, mark: str, settings: str) -> Record | None:
        """The record of a file, if neither it nor the settings have changed since."""
        with self._plain_errors():
            row = self._connection.execute(
                "SELECT body, thumbnail FROM photo WHERE key = ? AND mark = ? AND settings = ?",
                (key, mark, settings),
            ).fetchone()
        return None if row is None else _from_row(row)

    def forget_other_settings(self, settings: str) -> int:
        """Drop what was reviewed with other settings; returns how many records that were."""
        with self._plain_errors():
            return self._connection.execute(
                "DELETE FROM photo WHERE settings <> ?", (settings,)
            ).rowcount

    def forget(self, key: str) -> None:
        """Drop the record of a file that has changed, and of what was a duplicate of it."""
        with self._plain_errors():
            self._connection.execute(
                "DELETE FROM photo WHERE key = ? OR (twin_of = ? AND twin_of <> '')", (key, key)
            )

    def next_row(self) -> int:
        """A row that was never used before those that are there."""
        with self._plain_errors():
            found = self._connection.execute("SELECT max(id) FROM photo").fetchone()[0]
        return int(found or 0) + 1

    def write(
        self,
        row: int,
        record: Record,
        *,
        settings: str,
        perceptual_hash: int | None,
        sketch: NDArray[np.uint8] | None,
    ) -> None:
        """Put a record into a row."""
        body: dict[str, Any] = {
            "key": record.key,
            "file": record.file,
            "mark": record.mark,
            "outcome": record.outcome.value,
            "reason": record.reason,
            "hazards": hazards_to_json(record.hazards),
            "place": place_to_json(record.place),
            "note": record.note,
            "taken_at": record.taken_at,
            "reviewed_at": record.reviewed_at,
            "position": record.position,
            "size_wh": record.size_wh,
            "sha256": record.sha256,
            "picture": record.picture,
            "model": record.model,
            "is_system": record.is_system,
            "twin_of": record.twin_of,
        }
        with self._plain_errors():
            self._connection.execute(
                "INSERT OR REPLACE INTO photo (id, key, mark, settings, outcome, sha256, hash,"
                " hazards, body, sketch, thumbnail, twin_of)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row,
                    record.key,
                    record.mark,
                    settings,
                    record.outcome.value,
                    record.sha256,
                    "" if perceptual_hash is None else f"{perceptual_hash:016x}",
                    len(record.hazards),
                    json.dumps(body, ensure_ascii=False),
                    b"" if sketch is None else sketch.tobytes(),
                    record.thumbnail,
                    record.twin_of,
                ),
            )

    def hashes(self) -> Iterator[tuple[int, int]]:
        """Row and perceptual hash of every photo that is no duplicate."""
        with self._plain_errors():
            for row, text in self._connection.execute(
                "SELECT id, hash FROM photo WHERE outcome = 'done' ORDER BY id"
            ):
                yield int(row), int(text, 16)

    def same_bytes(self, sha256: str) -> Twin | None:
        """The photo with these very bytes; None where there is none."""
        with self._plain_errors():
            row = self._connection.execute(
                "SELECT id FROM photo WHERE sha256 = ? AND outcome = 'done'", (sha256,)
            ).fetchone()
        return None if row is None else self.twin(int(row[0]))

    def twin(self, row: int) -> Twin | None:
        """The photo in a row, to compare another one with; None if it was replaced since."""
        with self._plain_errors():
            found = self._connection.execute(
                "SELECT body, sketch FROM photo WHERE id = ?", (row,)
            ).fetchone()
        if found is None or len(found[1]) != SKETCH_PX * SKETCH_PX:
            return None
        body = json.loads(found[0])
        pixels = np.frombuffer(found[1], np.uint8).reshape(SKETCH_PX, SKETCH_PX)
        return Twin(key=str(body["key"]), file=str(body["file"]), sketch=pixels)

    def records(self, outcome: Outcome, *, with_hazards: bool | None = None) -> Iterator[Record]:
        """Records in the order in which they were reviewed, one at a time."""
        least, most = int(with_hazards is True), 0 if with_hazards is False else _HAZARDS_MOST
        after = 0
        while True:
            # Page by page: the writer of a report may take its time.
            with self._plain_errors():
                page = self._connection.execute(
                    "SELECT body, thumbnail, id FROM photo WHERE outcome = ? AND id > ?"
                    " AND hazards BETWEEN ? AND ? ORDER BY id LIMIT 100",
                    (outcome.value, after, least, most),
                ).fetchall()
            if not page:
                return
            for row in page:
                yield _from_row(row)
            after = int(page[-1][2])

    def counts(self) -> dict[str, int]:
        """Records by outcome, and the number of proposals as ``hazards``."""
        with self._plain_errors():
            rows = self._connection.execute(
                "SELECT outcome, count(*), sum(hazards) FROM photo GROUP BY outcome"
            ).fetchall()
        found = {outcome.value: 0 for outcome in Outcome} | {row[0]: int(row[1]) for row in rows}
        return found | {"hazards": sum(int(row[2]) for row in rows)}

    def fact(self, name: str) -> str:
        """A remembered word; empty where nothing was remembered."""
        with self._plain_errors():
            row = self._connection.execute(
                "SELECT value FROM fact WHERE name = ?", (name,)
            ).fetchone()
        return "" if row is None else str(row[0])

    def remember(self, name: str, value: str) -> None:
        """Remember a word."""
        with self._plain_errors():
            self._connection.execute(
                "INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", (name, value)
            )

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StateError(
                f"{self.path}: the review's record cannot be used ({error}); check space and"
                " rights of the folder, or name another one with --out"
            ) from error


def _from_row(row: tuple[Any, ...]) -> Record:
    body = json.loads(row[0])
    position = body.pop("position")
    return Record(
        **body
        | {
            "outcome": Outcome(body["outcome"]),
            "hazards": hazards_from_json(body["hazards"]),
            "place": place_from_json(body["place"]),
            "position": None if position is None else (position[0], position[1]),
            "size_wh": (body["size_wh"][0], body["size_wh"][1]),
        },
        thumbnail=row[1],
    )
