"""Who slows down first when the machine is short of time, and when."""

from pipeline.config import Camera
from pipeline.gate import Pace
from pipeline.runner.attention import Attention, attention_for
from pipeline.runner.load import WORST, Load


def camera(place: str) -> Camera:
    return Camera.model_validate({"id": place, "source": "rtsp://127.0.0.1:9/", "place": place})


def run(load: Load, *, begin_s: float, windows: int, busy: float, late_s: float) -> float:
    for window in range(windows):
        load.worked(2.0 * busy, late_s=[late_s] * 10)
        load.tick(begin_s + 2.0 * (window + 1))
    return begin_s + 2.0 * windows


def test_a_burst_is_no_shortage_and_a_lasting_one_goes_step_by_step() -> None:
    load = Load()
    load.tick(0.0)
    now_s = run(load, begin_s=0.0, windows=1, busy=1.0, late_s=2.0)
    now_s = run(load, begin_s=now_s, windows=1, busy=0.8, late_s=0.0)
    assert load.shortage == 0
    now_s = run(load, begin_s=now_s, windows=4, busy=1.0, late_s=2.0)
    assert load.shortage == 2
    now_s = run(load, begin_s=now_s, windows=40, busy=1.0, late_s=2.0)
    assert load.shortage == WORST
    run(load, begin_s=now_s, windows=20, busy=0.3, late_s=-0.2)
    assert load.shortage == 0


def test_busy_but_in_time_is_no_shortage() -> None:
    load = Load()
    load.tick(0.0)
    run(load, begin_s=0.0, windows=10, busy=1.0, late_s=-0.1)
    assert load.shortage == 0


def test_what_is_about_to_be_decided_slows_down_last() -> None:
    lane = Attention(
        idle_s=15.0,
        open_s=5.0,
        pending_s=1.0,
        hold_s=2.0,
        budget_s=1.0,
        routine_budget_s=1.0,
        floor_s=(0.0, 2.0, 4.0, 6.0, 8.0),
        is_urgent=True,
    )
    assert lane.pace(is_open=False, is_pending=False, shortage=2) == Pace(every_s=15, floor_s=4)
    pending = lane.pace(is_open=False, is_pending=True, shortage=2)
    assert pending == Pace(every_s=1.0, floor_s=0.0, alert=True)
    assert lane.pace(is_open=True, is_pending=False, shortage=0).every_s == 5.0


def test_a_heartbeat_waits_for_what_happens_elsewhere() -> None:
    """Of two lifts and a lane, the change in a lift is judged first, whoever came first."""
    lift = attention_for(camera("elevator"))
    lane = attention_for(camera("fire_lane"))
    assert lift.budget_s < lane.budget_s
    assert lift.budget_s < lift.routine_budget_s
    assert lane.routine_budget_s >= lane.budget_s
    # Nobody is left to wait longer than a second where the machine keeps up.
    assert max(lift.routine_budget_s, lane.routine_budget_s, lane.budget_s) <= 1.0
