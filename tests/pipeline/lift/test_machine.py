"""The door: every sequence of events, and it is let go."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.lift import DoorHold, Reason

MAX_S, STALE_S, REST_S = 20.0, 2.0, 30.0


def door() -> DoorHold:
    return DoorHold(max_hold_s=MAX_S, stale_s=STALE_S, rest_s=REST_S)


def test_it_holds_while_an_ebike_is_seen_and_no_longer() -> None:
    held = door()
    assert held.step(0, inhibited=False).reason is Reason.IDLE
    held.begin("a", 0)
    assert held.step(0.1, inhibited=False).hold
    held.see(3)
    assert held.step(4, inhibited=False).hold
    assert held.step(5.1, inhibited=False).reason is Reason.NOT_SEEN
    held.see(6)
    assert held.step(6, inhibited=False).hold
    held.end(7)
    assert held.step(7, inhibited=False).reason is Reason.IDLE


def test_an_input_that_is_on_or_unknown_releases() -> None:
    held = door()
    held.begin("a", 0)
    assert held.step(0, inhibited=True).reason is Reason.INHIBITED
    assert held.step(0, inhibited=None).reason is Reason.INHIBIT_UNKNOWN
    assert held.step(0, inhibited=False).hold


def test_a_stuck_detector_cannot_keep_the_lift() -> None:
    held, total_s = door(), 0.0
    for tick in range(3000):
        now_s = tick * 0.5
        held.begin(f"incident-{tick // 7}", now_s)  # it even raises anew every few seconds
        held.see(now_s)
        total_s += 0.5 * held.step(now_s, inhibited=False).hold
    assert total_s <= 1500 * MAX_S / (MAX_S + REST_S) + MAX_S


def test_a_release_holds_for_the_incident_and_the_pause_after_it() -> None:
    held = door()
    assert not held.release(0)
    held = door()
    held.begin("a", 0)
    held.step(0, inhibited=False)
    assert held.release(1)
    assert not held.release(2)
    held.see(3)
    assert held.step(3, inhibited=False).reason is Reason.RELEASED
    held.end(4)
    held.begin("b", 5)
    assert held.step(5, inhibited=False).reason is Reason.RESTING


@st.composite
def _script(draw: st.DrawFn) -> list[tuple[str, float]]:
    acts = st.sampled_from(["begin", "same", "see", "end", "release", "on", "off", "unknown"])
    steps = st.floats(-1, 15, allow_nan=False)
    return draw(st.lists(st.tuples(acts, steps), min_size=1, max_size=40))


@given(_script())
@settings(max_examples=120, deadline=None)
def test_whatever_happens(script: list[tuple[str, float]]) -> None:
    held, now_s, inhibited = door(), 100.0, None
    first_s: dict[str, float] = {}
    released: set[str] = set()
    seen_s, key, number = 0.0, "", 0
    for act, step_s in script:
        now_s += step_s
        if act == "begin":
            number += 1
            key = f"k{number}"
            held.begin(key, now_s)
            seen_s = now_s
        elif act == "same":
            if key:
                held.begin(key, now_s)
        elif act == "see":
            held.see(now_s)
            seen_s = max(seen_s, now_s)
        elif act == "end":
            held.end(now_s)
            key = ""
        elif act == "release":
            held.release(now_s)
            released.add(key)
        else:
            inhibited = {"on": True, "off": False, "unknown": None}[act]
        decision = held.step(now_s, inhibited=inhibited)
        if decision.hold:
            assert inhibited is False
            assert decision.incident_key == key != ""
            assert key not in released
            assert 0 <= now_s - seen_s <= STALE_S
            assert now_s - first_s.setdefault(key, now_s) < MAX_S
    # Left alone, it is released whatever came before.
    later_s = now_s + STALE_S + 16
    assert not held.step(later_s, inhibited=False).hold
