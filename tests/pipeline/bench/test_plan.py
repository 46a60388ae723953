"""Who shows what when, and the score: on figures that can be checked by hand."""

from pathlib import Path

import pytest

from pipeline.bench.clips import BenchPlace, Happening
from pipeline.bench.figures import Figures
from pipeline.bench.plan import Seen, TrueEvent, plan_cameras, score
from pipeline.demo import DemoClip


def place(kind: str, busy_s: float = 30.0) -> BenchPlace:
    clip = DemoClip(
        file=Path("x.mp4"),
        camera_id="x",
        name="x",
        place=kind,
        polygon_norm=((0, 0), (1, 0), (1, 1)),
    )
    return BenchPlace(
        clip=clip,
        codec="h264",
        quiet=Path("quiet.mp4"),
        quiet_s=4.0,
        busy=Path("busy.mp4"),
        busy_s=busy_s,
        happenings=(Happening(kind="fire_lane_blocked", begins_s=8.0, ends_s=busy_s),),
    )


PLACES = [place("elevator"), place("fire_lane"), place("corridor")]


@pytest.mark.parametrize("cameras", [1, 3, 16, 64, 128])
def test_a_share_of_the_cameras_is_busy_and_never_twice_at_once(cameras: int) -> None:
    planned = plan_cameras(PLACES, cameras=cameras, seconds=120, warm_up_s=28, busy=0.1)
    assert len({camera.id for camera in planned}) == cameras
    begins = [at_s for camera in planned for at_s in camera.busy_at_s]
    assert min(begins) >= 28
    assert max(begins) <= 28 + 120 - 30 + 4
    assert len(begins) == pytest.approx(max(0.1 * cameras * 120 / 30, min(cameras, 3)), abs=4)
    for camera in planned:
        at_s = 0.0
        segments = camera.segments(150.0)
        for number, (kind, length_s) in enumerate(segments):
            assert length_s >= 0
            if kind == "busy":
                assert at_s in camera.busy_at_s
            elif number + 1 < len(segments):
                assert length_s % 4.0 == 0  # the server plays whole quiet recordings
            at_s += length_s


def event(begins_s: float, ends_s: float, camera: str = "a") -> TrueEvent:
    return TrueEvent(
        camera_id=camera,
        kind="fire_lane_blocked",
        place="fire_lane",
        begins_s=begins_s,
        ends_s=ends_s,
        raise_after_s=8.0,
    )


def seen(first_seen_s: float, stored_s: float, camera: str = "a") -> Seen:
    return Seen(
        camera_id=camera, kind="fire_lane_blocked", first_seen_s=first_seen_s, stored_s=stored_s
    )


def test_found_missed_invented_and_not_yet_due() -> None:
    truth = [event(-20, 4, "d"), event(10, 40), event(50, 80, "b"), event(95, 130)]
    incidents = [seen(10.5, 19.0), seen(60, 70, "c"), seen(20, 30)]
    result = score(truth, incidents, from_s=5, until_s=105)
    assert (result.expected, result.found) == (2, 1)
    assert result.missed == ("b at 50 s",)
    assert len(result.false_starts) == 2  # another camera's, and a second one of the same event
    assert result.alert_s == {"fire_lane": (1.0,)}


def test_quantiles_of_a_histogram_are_those_of_prometheus() -> None:
    def figures(ages: dict[float, float]) -> Figures:
        return Figures(
            cpu_s={},
            loop_s={},
            counts={},
            ages=ages,
            states={},
            keys_only_share=0,
            memory_mb=0,
            shortage=0,
        )

    inf = float("inf")
    before = figures({0.1: 10, 0.5: 10, 1.0: 10, inf: 10})
    after = figures({0.1: 60, 0.5: 100, 1.0: 110, inf: 110})
    assert after.age_quantile_s(before, 0.5) == pytest.approx(0.1)
    assert after.age_quantile_s(before, 0.7) == pytest.approx(0.3)
    assert after.age_quantile_s(before, 0.95) == pytest.approx(0.75)
    assert before.age_quantile_s(before, 0.5) is None
