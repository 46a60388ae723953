import random

import pytest


@pytest.fixture(scope="module")
def cut(script):
    return script("datasets/cut_off.py")


def test_labels_follow_the_crop_and_slivers_are_no_labels(cut):
    rows = [
        (0, (0.5, 0.5, 0.2, 0.4)),  # 0.4..0.6: its right half stays
        (4, (0.8, 0.5, 0.2, 0.2)),  # whole
        (2, (0.46, 0.5, 0.1, 0.1)),  # 0.41..0.51: a tenth stays
        (1, (0.2, 0.5, 0.2, 0.2)),  # outside
    ]
    kept, slivers = cut.crop_labels(rows, (0.5, 0.0, 1.0, 1.0))
    assert [c for c, _ in kept] == [0, 4]
    assert kept[0][1] == pytest.approx((0.1, 0.5, 0.2, 0.4))
    assert kept[1][1] == pytest.approx((0.6, 0.5, 0.4, 0.2))
    assert len(slivers) == 1


def test_the_edge_leaves_a_third_to_two_thirds_of_the_thing(cut):
    box = (0.5, 0.5, 0.2, 0.4)
    for seed in range(50):
        window = cut.cut_window(box, random.Random(seed))  # noqa: S311
        ((_, (_, _, width, _)),) = cut.crop_labels([(0, box)], window)[0]
        assert 0.29 <= width * (window[2] - window[0]) / 0.2 <= 0.66
