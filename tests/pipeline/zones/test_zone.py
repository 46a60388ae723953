"""What a zone accepts, and the words it refuses with."""

from typing import Any

import pytest
from builders import LANE, make_zone

from pipeline.types import ZoneKind
from pipeline.zones import Zone


def test_a_zone_keeps_its_polygon_cleaned() -> None:
    zone = make_zone(polygon_norm=(*LANE, LANE[0]))
    assert zone.polygon_norm == LANE
    assert zone.shape.area == pytest.approx(0.8 * 0.65)
    assert zone == make_zone()


@pytest.mark.parametrize("kind", list(ZoneKind))
def test_the_defaults_of_each_kind_make_a_zone(kind: ZoneKind) -> None:
    assert isinstance(make_zone(kind), Zone)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": ""}, "id: expected a name, found an empty text"),
        ({"polygon_norm": LANE[:2]}, "polygon: expected at least 3 different points, found 2"),
        (
            {"raise_after_s": -1},
            r"raise_after_s: expected 0 to 604800 seconds \(7 days\), found -1",
        ),
        ({"raise_after_s": float("inf")}, "raise_after_s: expected 0 to 604800 seconds"),
        ({"clear_after_s": float("nan")}, "clear_after_s: expected 0 to 604800 seconds"),
        ({"update_every_s": 0}, "update_every_s: expected 1 to 604800 seconds"),
        ({"k_of_n": (0, 5)}, "k_of_n: expected 1 <= k <= n <= 1000, found 0 of 5"),
        ({"k_of_n": (6, 5)}, "k_of_n: expected 1 <= k <= n <= 1000, found 6 of 5"),
        ({"min_confidence": 1.5}, "min_confidence: expected 0 to 1, found 1.5"),
        ({"min_confidence": float("nan")}, "min_confidence: expected 0 to 1, found nan"),
        ({"classes": ()}, "classes: expected at least one class name"),
    ],
)
def test_bad_fields_are_refused_in_words(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        make_zone(**changes)
