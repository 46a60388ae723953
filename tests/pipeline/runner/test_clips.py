"""Clips stay on the site unless they may leave it."""

import hashlib
import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from corridor_scenes import CLIP, NOW

from pipeline.evidence import LockedFolder
from pipeline.runner.clips import ClipDesk
from pipeline.types import HazardEvent, HazardKind, Phase


class Ring:
    """Stands for a source's packet ring: copies a real recording."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.asked: list[tuple[datetime, datetime]] = []

    def cut_clip(
        self,
        path: Path,
        *,
        begin_at: datetime,
        end_at: datetime,
        on_done: Callable[[str], None],
    ) -> None:
        self.asked.append((begin_at, end_at))
        if not self.problem:
            path.write_bytes(CLIP.read_bytes())
        on_done(self.problem)


def event(phase: Phase, sequence: int) -> HazardEvent:
    return HazardEvent(
        kind=HazardKind.EBIKE_IN_ELEVATOR,
        phase=phase,
        site="demo",
        camera_id="lift-1",
        zone_id="car",
        incident_key="abc",
        sequence=sequence,
        occurred_at=NOW,
        first_seen=NOW,
        last_seen=NOW,
        raised_at=NOW,
        media_time_s=1.0,
        confidence=0.9,
    )


def test_a_clip_is_cut_at_the_start_and_stays_locked(tmp_path: Path) -> None:
    ring, pictures = Ring(), {}
    desk = ClipDesk(LockedFolder(tmp_path / "locked", keep_days=1), send=False)
    started = desk.handle([event(Phase.START, 1)], pictures, ring)
    ended = desk.handle([event(Phase.END, 2)], pictures, ring)
    assert ring.asked == [(NOW - timedelta(seconds=8), NOW + timedelta(seconds=4))]
    assert [each.evidence for each in started + ended] == [(), ()]
    assert not pictures
    kept = tmp_path / "locked" / "abc.mp4"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_where_it_may_leave_it_goes_once_with_the_next_event(tmp_path: Path) -> None:
    ring = Ring()
    pictures: dict[str, bytes] = {}
    desk = ClipDesk(LockedFolder(tmp_path, keep_days=1), send=True)
    desk.handle([event(Phase.START, 1)], {}, ring)
    told = desk.handle([event(Phase.UPDATE, 2)], pictures, ring)
    told += desk.handle([event(Phase.END, 3)], pictures, ring)
    references = [ref for each in told for ref in each.evidence]
    (clip,) = references
    assert (clip.role, clip.media_type, clip.size_bytes) == (
        "clip",
        "video/mp4",
        CLIP.stat().st_size,
    )
    assert hashlib.sha256(pictures[clip.sha256]).hexdigest() == clip.sha256


@pytest.mark.parametrize("source", [Ring("the stream was lost"), object()])
def test_no_video_is_no_trouble(tmp_path: Path, source: object) -> None:
    desk = ClipDesk(LockedFolder(tmp_path, keep_days=1), send=True)
    desk.handle([event(Phase.START, 1)], {}, source)
    assert desk.handle([event(Phase.END, 2)], {}, source)[0].evidence == ()
