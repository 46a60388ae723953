"""Only what stays is told, and it is told as soon as it has stayed long enough."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clutter.difference import Difference
from pipeline.clutter.stillness import Stillness

SHAPE = (20, 32)
NOTHING = np.zeros(SHAPE, np.bool_)
SPOT = (slice(8, 14), slice(10, 18))


def difference(*, changed: bool, level: float = 90.0) -> Difference:
    mask, levels = NOTHING.copy(), np.full(SHAPE, 90.0, np.float32)
    if changed:
        mask[SPOT] = True
        levels[SPOT] = level
    return Difference(
        changed=mask,
        strength=mask.astype(np.float32),
        blind=NOTHING,
        level=levels,
        shift_px=(0.0, 0.0),
        likeness=1.0,
    )


def hidden_spot() -> np.ndarray:
    mask = NOTHING.copy()
    mask[SPOT] = True
    return mask


def settle(still: Stillness, start_s: float, seconds: int) -> float:
    for second in range(seconds):
        still.update(difference(changed=True, level=150), NOTHING, media_time_s=start_s + second)
    return start_s + seconds


@given(step_s=st.floats(0.04, 30), settle_s=st.floats(1, 20))
@settings(max_examples=60, deadline=None)
def test_nothing_settles_before_its_time_nor_in_fewer_than_three_frames(
    step_s: float, settle_s: float
) -> None:
    still = Stillness(settle_s=settle_s)
    for number in range(200):
        settled = still.update(
            difference(changed=True, level=95), NOTHING, media_time_s=number * step_s
        )
        if settled.any():
            assert number >= 2
            assert number * step_s >= settle_s * 0.99
            return
    assert 200 * step_s < settle_s


def test_a_thing_that_stays_settles_and_goes_when_it_is_gone() -> None:
    still = Stillness(settle_s=3)
    now_s = settle(still, 0, 8)
    assert still.settled is not None
    assert still.settled[SPOT].all()
    for second in range(4):
        still.update(difference(changed=False), NOTHING, media_time_s=now_s + second)
    assert not still.settled.any()


def test_what_moves_never_settles() -> None:
    still = Stillness(settle_s=3)
    for number in range(60):
        level = 150.0 if number % 2 else 40.0
        settled = still.update(
            difference(changed=True, level=level), NOTHING, media_time_s=number * 0.5
        )
        assert not settled.any()


def test_what_is_hidden_is_neither_learnt_nor_forgotten() -> None:
    still = Stillness(settle_s=3)
    for number in range(30):
        still.update(difference(changed=True, level=150), hidden_spot(), media_time_s=number)
    assert still.settled is not None
    assert not still.settled.any()
    now_s = settle(still, 30, 8)
    assert still.settled[SPOT].all()
    for number in range(30):
        still.update(difference(changed=False), hidden_spot(), media_time_s=now_s + number)
    assert still.settled[SPOT].all()


def test_a_gap_in_the_stream_counts_for_no_more_than_a_frame() -> None:
    still = Stillness(settle_s=10)
    still.update(difference(changed=True, level=95), NOTHING, media_time_s=0)
    settled = still.update(difference(changed=True, level=95), NOTHING, media_time_s=3600)
    assert not settled.any()


def test_time_that_runs_backwards_adds_nothing() -> None:
    still = Stillness(settle_s=2)
    for number in range(50):
        settled = still.update(
            difference(changed=True, level=95), NOTHING, media_time_s=100.0 - number
        )
        assert not settled.any()
