"""The site's store: what it has taken survives, and what is wrong on disk is named."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from event_samples import make_event, make_picture

from pipeline.errors import StateError
from pipeline.publish import SiteStore


def test_state_and_events_are_there_after_a_restart(tmp_path: Path) -> None:
    ref, pictures = make_picture(b"picture")
    with SiteStore(tmp_path) as store:
        assert store.load_state("lane-1") is None
        store.record(
            camera_id="lane-1",
            state={"version": 1, "名": "消防车道", "zones": [1.5, None]},
            events=[make_event(evidence=(ref,))],
            pictures=pictures,
        )
    with SiteStore(tmp_path) as store:
        assert store.load_state("lane-1") == {
            "version": 1,
            "名": "消防车道",
            "zones": [1.5, None],
        }
        assert store.counts().pending == 1
        assert store.pictures.read(ref.sha256) == b"picture"
        entry = store.outbox.head("a" * 32)
        assert entry is not None
        assert (entry.event_id, entry.sequence) == ("a" * 32 + ":1", 1)


def test_none_as_state_keeps_the_one_that_is_there(tmp_path: Path) -> None:
    with SiteStore(tmp_path) as store:
        store.record(camera_id="lane-1", state={"a": 1})
        store.record(camera_id="lane-1", state=None, events=[make_event()])
        assert store.load_state("lane-1") == {"a": 1}


def test_the_durability_that_is_promised_is_switched_on(tmp_path: Path) -> None:
    with SiteStore(tmp_path) as store, store._database.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_the_same_event_twice_is_kept_once_and_another_under_its_name_is_not_lost(
    tmp_path: Path,
) -> None:
    with SiteStore(tmp_path) as store:
        for confidence in (0.5, 0.5, 0.6):
            store.record(camera_id="lane-1", state=None, events=[make_event(confidence=confidence)])
        assert store.counts().pending == 2


def test_a_bad_event_leaves_nothing_behind(tmp_path: Path) -> None:
    with SiteStore(tmp_path) as store:
        with pytest.raises(ValueError, match="dwell_s"):
            store.record(
                camera_id="lane-1",
                state={"a": 1},
                events=[make_event(), make_event(sequence=2, measures={"dwell_s": float("nan")})],
            )
        assert store.counts().pending == 0
        assert store.load_state("lane-1") is None


def test_a_picture_under_a_wrong_name_is_refused(tmp_path: Path) -> None:
    with SiteStore(tmp_path) as store, pytest.raises(ValueError, match="sha256"):
        store.record(camera_id="lane-1", state=None, pictures={"0" * 64: b"picture"})


def test_events_of_one_incident_come_out_in_order_and_incidents_by_age(tmp_path: Path) -> None:
    with SiteStore(tmp_path) as store:
        for key, sequence in [("b", 1), ("a", 1), ("b", 2)]:
            store.record(camera_id="lane-1", state=None, events=[make_event(key * 32, sequence)])
        assert store.outbox.heads() == ["b" * 32, "a" * 32]
        for expected in (1, 2):
            entry = store.outbox.head("b" * 32)
            assert entry is not None
            assert entry.sequence == expected
            store.outbox.settle(entry.row_id, delivered=True)
        assert store.outbox.heads() == ["a" * 32]


def test_a_listener_hears_of_events_and_not_of_mere_state(tmp_path: Path) -> None:
    heard: list[int] = []
    with SiteStore(tmp_path) as store:
        store.on_record(lambda: heard.append(store.counts().pending))
        store.record(camera_id="lane-1", state={"a": 1})
        store.record(camera_id="lane-1", state={"a": 2}, events=[make_event()])
    assert heard == [1]


def test_counts_say_since_when_something_waits(tmp_path: Path) -> None:
    with SiteStore(tmp_path) as store:
        assert store.counts().oldest_pending_at is None
        before = datetime.now(UTC)
        store.record(camera_id="lane-1", state=None, events=[make_event()])
        oldest = store.counts().oldest_pending_at
        assert oldest is not None
        assert before - timedelta(seconds=1) <= oldest <= datetime.now(UTC)


class TestRetention:
    def test_delivered_events_and_their_pictures_go_and_the_rest_stays(
        self, tmp_path: Path
    ) -> None:
        shared, shared_bytes = make_picture(b"in two events", role="clean")
        own, own_bytes = make_picture(b"only in the delivered one")
        with SiteStore(tmp_path) as store:
            store.record(
                camera_id="lane-1",
                state=None,
                events=[
                    make_event(evidence=(shared, own)),
                    make_event("b" * 32, evidence=(shared,)),
                ],
                pictures=shared_bytes | own_bytes,
            )
            entry = store.outbox.head("a" * 32)
            assert entry is not None
            store.outbox.settle(entry.row_id, delivered=True)
            store.clean_up()
            assert store.counts().delivered == 1
            assert store.pictures.read(own.sha256) is not None
        with SiteStore(tmp_path, keep_delivered_s=0.0) as store:
            assert (store.counts().delivered, store.counts().pending) == (0, 1)
            assert store.pictures.read(own.sha256) is None
            assert store.pictures.read(shared.sha256) == b"in two events"

    def test_dead_letters_stay_until_somebody_drops_them(self, tmp_path: Path) -> None:
        with SiteStore(tmp_path) as store:
            store.record(camera_id="lane-1", state=None, events=[make_event()])
            entry = store.outbox.head("a" * 32)
            assert entry is not None
            store.outbox.settle(entry.row_id, delivered=False, reason="HTTP 422")
        with SiteStore(tmp_path, keep_delivered_s=0.0) as store:
            assert [letter.last_reason for letter in store.dead_letters()] == ["HTTP 422"]

    def test_old_orphans_go_at_the_start_and_young_ones_stay(self, tmp_path: Path) -> None:
        with SiteStore(tmp_path) as store:
            old, old_bytes = make_picture(b"old")
            young, young_bytes = make_picture(b"young")
            store.pictures.write(old_bytes | young_bytes)
            half = store.pictures.path(old.sha256).with_suffix(".123.tmp")
            half.write_bytes(b"cut short by a power c")
            for path in (store.pictures.path(old.sha256), half):
                os.utime(path, (time.time() - 90_000, time.time() - 90_000))
        with SiteStore(tmp_path) as store:
            assert store.pictures.read(old.sha256) is None
            assert not half.exists()
            assert store.pictures.read(young.sha256) == b"young"


HOLDER = """
import os, sys, time
from pathlib import Path
from pipeline.publish import SiteStore
store = SiteStore(Path(sys.argv[1]))
if "fork" in sys.argv and os.fork() == 0:
    time.sleep(60)
print("held", flush=True)
time.sleep(60)
"""


class TestOneProcessPerFolder:
    def test_a_second_process_is_told_which_one_holds_the_folder(self, tmp_path: Path) -> None:
        with subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE
        ) as holder:
            try:
                assert holder.stdout is not None
                assert holder.stdout.readline() == b"held\n"
                with pytest.raises(StateError, match=rf"\(pid {holder.pid}\).*state_dir"):
                    SiteStore(tmp_path)
            finally:
                holder.kill()
            holder.wait()
            SiteStore(tmp_path).close()

    def test_a_forked_child_that_outlives_its_parent_does_not_hold_the_folder(
        self, tmp_path: Path
    ) -> None:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path), "fork"],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            holder.kill()
            holder.wait()
            with pytest.raises(subprocess.TimeoutExpired):  # the child still has the pipe open
                holder.communicate(timeout=0.2)
            SiteStore(tmp_path).close()
        finally:
            os.killpg(holder.pid, signal.SIGKILL)
            holder.stdout.close()

    def test_within_one_process_too(self, tmp_path: Path) -> None:
        with SiteStore(tmp_path), pytest.raises(StateError, match=f"pid {os.getpid()}"):
            SiteStore(tmp_path)
        SiteStore(tmp_path).close()


RECORDER = """
import sys
from pathlib import Path
from event_samples import make_event, make_picture
from pipeline.publish import SiteStore
store = SiteStore(Path(sys.argv[1]))
sequence = (store.load_state("lane-1") or {"sequence": 0})["sequence"]
while True:
    sequence += 1
    ref, pictures = make_picture(b"%d" % sequence)
    store.record(
        camera_id="lane-1",
        state={"sequence": sequence},
        events=[make_event(sequence=sequence, evidence=(ref,))],
        pictures=pictures,
    )
    print(sequence, flush=True)
"""


@pytest.mark.faults
def test_kill_9_while_recording_keeps_state_events_and_pictures_together(
    tmp_path: Path, repo_root: Path
) -> None:
    told = 0
    for _ in range(6):
        recorder = subprocess.Popen(
            [sys.executable, "-c", RECORDER, str(tmp_path)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": f"{repo_root}{os.pathsep}{repo_root / 'tests'}"},
        )
        assert recorder.stdout is not None
        recorder.stdout.readline()
        time.sleep(0.05)  # the moment of the kill is chance, on purpose
        recorder.kill()
        rest = recorder.stdout.read().split()
        recorder.stdout.close()
        recorder.wait()
        told = int(rest[-1]) if rest else told
        with SiteStore(tmp_path) as store:
            state = store.load_state("lane-1")
            assert state is not None
            pending = store.outbox.entries("pending")
            assert [entry.sequence for entry in pending] == list(range(1, state["sequence"] + 1))
            assert state["sequence"] >= told
            for entry in pending:
                ((sha256, _),) = entry.pictures
                content = store.pictures.read(sha256)
                assert content is not None
                assert hashlib.sha256(content).hexdigest() == sha256


def test_two_threads_may_record_at_once(tmp_path: Path) -> None:
    import threading

    with SiteStore(tmp_path) as store:

        def record(key: str) -> None:
            for sequence in range(1, 31):
                store.record(
                    camera_id=key, state={"n": sequence}, events=[make_event(key * 32, sequence)]
                )

        threads = [threading.Thread(target=record, args=(key,)) for key in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.counts().pending == 90
        assert [store.load_state(key) for key in "abc"] == [{"n": 30}] * 3


def test_the_folder_is_not_open_to_everybody(tmp_path: Path) -> None:
    SiteStore(tmp_path / "state").close()
    assert (tmp_path / "state").stat().st_mode & 0o007 == 0
