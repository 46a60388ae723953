"""Backup and restore: every row and every picture in one archive, for both databases.

The archive is a tar file: ``backup.json`` (revision, time, rows of each table), one
``tables/NAME.jsonl`` for each table, and the evidence files. What was backed up from SQLite can
be restored into PostgreSQL and the other way round.
"""

import io
import json
import tarfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from service.errors import SettingsError
from service.repository.database import Database
from service.tables import Base

__all__ = ["backup", "restore"]

_CHUNK = 1000
_FORMAT = "lifelane.backup/1"


def _tables() -> list[Table]:
    # The counters are made anew by the triggers while the incidents come in.
    return [table for table in Base.metadata.sorted_tables if table.name != "tally"]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$time": value.astimezone(UTC).isoformat()}
    return {"$day": value.isoformat()} if isinstance(value, date) else value


def _lively(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        if "$time" in value:
            return datetime.fromisoformat(value["$time"])
        if "$day" in value:
            return date.fromisoformat(value["$day"])
    return value


def _lines(session: Session, table: Table) -> Iterator[bytes]:
    for row in session.execute(
        select(table).order_by(*table.primary_key), execution_options={"yield_per": _CHUNK}
    ):
        said = {name: _plain(value) for name, value in row._mapping.items()}  # noqa: SLF001
        yield json.dumps(said, ensure_ascii=False).encode() + b"\n"


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    info.mtime = int(datetime.now(UTC).timestamp())
    archive.addfile(info, io.BytesIO(content))


def backup(database: Database, evidence_dir: Path, target: Path) -> dict[str, int]:
    """Write everything into one archive, while the service runs.

    Rows come from one consistent view; pictures are on the disk before any row names them, so
    none of them can be missing. The archive appears under its name when it is whole.

    Args:
        database: The ledger.
        evidence_dir: The evidence files.
        target: The archive to write.

    Returns:
        Rows of each table, and ``pictures``.

    Raises:
        SettingsError: The archive cannot be written.
    """
    part = target.with_name(target.name + ".part")
    counts: dict[str, int] = {}
    try:
        # People and digests of keys are in it.
        part.touch(mode=0o600)
        with tarfile.open(part, "w:gz", compresslevel=3) as archive, database.snapshot() as view:
            for table in _tables():
                lines = list(_lines(view, table))
                counts[table.name] = len(lines)
                _add(archive, f"tables/{table.name}.jsonl", b"".join(lines))
            pictures = [
                each
                for each in sorted(evidence_dir.glob("*/*"))
                if each.is_file() and each.suffix != ".part"
            ]
            for picture in pictures:
                archive.add(picture, f"evidence/{picture.parent.name}/{picture.name}")
            counts["pictures"] = len(pictures)
            head = {"format": _FORMAT, "revision": database.head(), "rows": counts}
            _add(archive, "backup.json", json.dumps(head).encode())
        part.replace(target)
    except OSError as error:
        raise SettingsError(f"{target}: the backup cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return counts


def restore(database: Database, evidence_dir: Path, source: Path) -> dict[str, int]:
    """Bring an archive back into an empty database and evidence folder.

    Args:
        database: Migrated, without any row.
        evidence_dir: Where the pictures go.
        source: An archive that `backup` wrote.

    Returns:
        Rows of each table, and ``pictures``.

    Raises:
        SettingsError: The archive is none of ours, of another version, or damaged; or the
            database holds rows already. Nothing was changed then.
    """
    try:
        with tarfile.open(source, "r:gz") as archive:
            return _restore(database, evidence_dir, archive, source)
    except (OSError, tarfile.TarError, EOFError, KeyError, ValueError) as error:
        raise SettingsError(
            f"{source}: expected an archive of `lifelane backup`, got something else or a"
            f" damaged one ({type(error).__name__})"
        ) from error


def _read(archive: tarfile.TarFile, name: str) -> io.BufferedReader:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file  # type: ignore[return-value]


def _restore(
    database: Database, evidence_dir: Path, archive: tarfile.TarFile, source: Path
) -> dict[str, int]:
    head = json.loads(_read(archive, "backup.json").read())
    if head.get("format") != _FORMAT or head.get("revision") != database.head():
        raise SettingsError(
            f"{source}: was made at revision {head.get('revision')}, this LifeLane is at"
            f" {database.head()}; restore with the version that made it, then update"
        )
    # Pictures first: no row may name one that is not there.
    for member in archive.getmembers():
        if member.isfile() and member.name.startswith("evidence/"):
            parts = Path(member.name).parts
            if len(parts) != 3 or ".." in parts:
                raise ValueError(member.name)
            target = evidence_dir / parts[1] / parts[2]
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.write_bytes(_read(archive, member.name).read())

    def work(session: Session) -> dict[str, int]:
        for table in _tables():
            # The migration has set the feed to its beginning.
            if table.name != "feed" and session.scalar(select(func.count()).select_from(table)):
                raise SettingsError(
                    f"the database has rows in {table.name} already; restore into an empty one"
                )
        counts = {}
        for table in _tables():
            if table.name == "feed":
                session.execute(table.delete())
            lines = _read(archive, f"tables/{table.name}.jsonl")
            counts[table.name] = _insert(session, table, lines)
        _set_sequences(session)
        return counts

    counts = database.transact(work)
    wanted = head["rows"]
    found = counts | {"pictures": wanted.get("pictures", 0)}
    if found != wanted:
        raise SettingsError(f"{source}: says {wanted}, holds {found}; it is damaged")
    return found


def _insert(session: Session, table: Table, lines: io.BufferedReader) -> int:
    count, chunk, later = 0, [], []
    for line in lines:
        row = {name: _lively(value) for name, value in json.loads(line).items()}
        if table.name == "incidents" and row["rebound_of_id"] is not None:
            # Names another row of the table, which may come after it.
            later.append((row["id"], row["rebound_of_id"]))
            row["rebound_of_id"] = None
        chunk.append(row)
        count += 1
        if len(chunk) == _CHUNK:
            session.execute(insert(table), chunk)
            chunk = []
    if chunk:
        session.execute(insert(table), chunk)
    for number, old in later:
        session.execute(table.update().where(table.c.id == number).values(rebound_of_id=old))
    return count


def _set_sequences(session: Session) -> None:
    """PostgreSQL counts ids by itself and has to go on behind what was restored."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in _tables():
        column = table.primary_key.columns.values()[0]
        name = session.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": table.name, "column": column.name},
        )
        if name is not None:
            highest = session.scalar(select(func.max(column)))
            if highest is not None:
                session.execute(
                    text("SELECT setval(:name, :highest)"), {"name": name, "highest": highest}
                )
