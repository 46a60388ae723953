"""A disk that is really full under outbox and evidence: loud, and nothing accepted is lost."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from event_samples import make_event, make_picture

from pipeline.errors import StateError
from pipeline.publish import SiteStore

pytestmark = pytest.mark.faults


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Take every byte that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return ballast


def test_a_full_disk_is_said_and_nothing_accepted_is_lost(small_disk: Path) -> None:
    ref, pictures = make_picture(os.urandom(100_000))
    with SiteStore(small_disk / "state") as store:
        store.record(camera_id="lane-1", state={"round": 0}, events=[make_event()])
        ballast = fill(small_disk)
        refused = make_event(sequence=2, evidence=(ref,))
        for _ in range(3):
            with pytest.raises(StateError, match=r"disk is full|No space left"):
                store.record(
                    camera_id="lane-1", state={"round": 1}, events=[refused], pictures=pictures
                )
        assert store.load_state("lane-1") == {"round": 0}
        assert store.counts().pending == 1
        ballast.unlink()
        store.record(camera_id="lane-1", state={"round": 1}, events=[refused], pictures=pictures)
        assert store.counts().pending == 2
    with SiteStore(small_disk / "state") as store:
        assert store.load_state("lane-1") == {"round": 1}
        assert [entry.sequence for entry in store.outbox.entries("pending")] == [1, 2]
        assert store.pictures.read(ref.sha256) == pictures[ref.sha256]
