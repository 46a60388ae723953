"""How often the detector looks."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.gate import Pace, Pacer


def looks(pacer: Pacer, changes: list[bool], interval_s: float) -> list[float]:
    taken = []
    for number, changed in enumerate(changes):
        now_s = number * interval_s
        if pacer.wants(changed=changed, media_time_s=now_s):
            pacer.take(now_s)
            taken.append(now_s)
    return taken


def test_at_once_on_a_change_for_a_while_after_it_and_then_by_the_heartbeat() -> None:
    pacer = Pacer(Pace(every_s=4.0), hold_s=1.0, uniform=lambda _, high: high)
    changes = [False] * 50
    changes[30] = True
    taken = looks(pacer, changes, 0.2)
    assert taken[0] == 0.0
    assert [round(at_s, 1) for at_s in taken if 5.9 < at_s < 8] == [6.0, 6.2, 6.4, 6.6, 6.8, 7.0]


def test_a_floor_slows_even_a_lively_place_down() -> None:
    pacer = Pacer(Pace(every_s=10.0, floor_s=1.0), hold_s=1.0, uniform=lambda _, high: high)
    assert len(looks(pacer, [True] * 51, 0.2)) == 11


@given(
    st.lists(st.booleans(), min_size=1, max_size=200),
    st.floats(0.5, 10.0),
    st.sampled_from([0.2, 1.0]),
)
def test_the_gate_may_delay_but_never_miss(
    changes: list[bool], every_s: float, interval_s: float
) -> None:
    """Whatever the gate says, no gap between two looks exceeds heartbeat plus one picture."""
    taken = looks(Pacer(Pace(every_s=every_s), hold_s=1.0), changes, interval_s)
    ends = [*taken, (len(changes) - 1) * interval_s]
    assert taken[0] == 0.0
    assert all(b - a <= every_s + interval_s + 1e-6 for a, b in pairwise(ends))
    assert all(number * interval_s in taken for number, changed in enumerate(changes) if changed)
