"""What can be wrong with a state folder, and what is said about it."""

import os
import re
import resource
import sqlite3
from pathlib import Path

import pytest
from event_samples import make_event, make_picture

from pipeline.errors import StateError
from pipeline.publish import SiteStore
from pipeline.publish.database import SCHEMA_VERSION


def raw(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "lifelane.sqlite3")


def test_a_database_of_a_newer_lifelane(tmp_path: Path) -> None:
    SiteStore(tmp_path).close()
    with raw(tmp_path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(StateError, match=f"found version {SCHEMA_VERSION + 1}, made by a newer"):
        SiteStore(tmp_path)


def test_the_database_of_another_program(tmp_path: Path) -> None:
    with raw(tmp_path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(StateError, match="database of another program; set another state_dir"):
        SiteStore(tmp_path)


def test_no_database_at_all_but_something_else_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "lifelane.sqlite3"
    path.write_bytes(b"this is no database" * 400)
    with pytest.raises(StateError, match=r"damaged.*lifelane outbox set-aside"):
        SiteStore(tmp_path)
    assert path.read_bytes() == b"this is no database" * 400


def test_a_damaged_database_is_named_and_left_alone(tmp_path: Path) -> None:
    with SiteStore(tmp_path) as store:
        for sequence in range(1, 200):
            store.record(camera_id="lane-1", state=None, events=[make_event(sequence=sequence)])
    path = tmp_path / "lifelane.sqlite3"
    content = bytearray(path.read_bytes())
    for page in range(2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 100] = os.urandom(100)
    path.write_bytes(content)
    with pytest.raises(StateError, match=r"damaged.*lifelane outbox set-aside"):
        SiteStore(tmp_path)
    assert path.read_bytes() == bytes(content)
    # The refusal gave the folder back.
    with pytest.raises(StateError, match="damaged"):
        SiteStore(tmp_path)


def test_a_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="set another state_dir"):
        SiteStore(tmp_path / "file" / "state")


def test_a_full_disk_takes_nothing_and_later_everything(tmp_path: Path) -> None:
    with SiteStore(tmp_path) as store:
        store.record(camera_id="lane-1", state={"round": 0})
        with store._database.reading() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
        big = make_event(reason="x" * 200_000)
        with pytest.raises(StateError, match=r"disk is full: free space.*SQLITE_FULL"):
            store.record(camera_id="lane-1", state={"round": 1}, events=[big])
        assert store.load_state("lane-1") == {"round": 0}
        assert store.counts().pending == 0
        with store._database.reading() as connection:
            connection.execute("PRAGMA max_page_count = 100000")
        store.record(camera_id="lane-1", state={"round": 1}, events=[big])
        assert store.counts().pending == 1


def test_a_picture_that_does_not_fit_stops_the_record_before_it_is_written(tmp_path: Path) -> None:
    ref, pictures = make_picture(os.urandom(1_000_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with SiteStore(tmp_path) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
        try:
            with pytest.raises(StateError, match="picture cannot be written: File too large"):
                store.record(
                    camera_id="lane-1",
                    state=None,
                    events=[make_event(evidence=(ref,))],
                    pictures=pictures,
                )
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert store.counts().pending == 0
        assert store.pictures.read(ref.sha256) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become a user without rights")
def test_a_folder_without_write_permission(tmp_path: Path) -> None:
    SiteStore(tmp_path).close()
    open_for_all = [tmp_path, *list(tmp_path.parents)[:3]]
    before = [(path, path.stat().st_mode) for path in open_for_all]
    try:
        for path in open_for_all:
            path.chmod(0o755)
        pid = os.fork()
        if pid == 0:
            os.setuid(65534)
            try:
                SiteStore(tmp_path)
            except StateError as error:
                os._exit(7 if "write permission for the folder" in str(error) else 8)
            os._exit(9)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    finally:
        for path, mode in before:
            path.chmod(mode)


def test_messages_hold_no_traceback_words(tmp_path: Path) -> None:
    (tmp_path / "lifelane.sqlite3").write_bytes(b"x" * 8192)
    with pytest.raises(StateError) as caught:
        SiteStore(tmp_path)
    assert not re.search(r"Traceback|sqlite3\.\w+Error", str(caught.value))
