"""Zones under the mouse, without a browser."""

import pytest

from service.desk.zone_draft import ZoneDraft
from service.sitefile import ZoneEntry

SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))


def draw(draft: ZoneDraft, kind: str = "corridor") -> None:
    draft.begin(kind)
    for corner in SQUARE:
        draft.press(*corner)
    draft.press(0.205, 0.205)


def test_clicks_make_a_zone_and_the_first_corner_closes_it() -> None:
    draft = ZoneDraft(())
    draft.begin("corridor")
    for corner in SQUARE[:2]:
        draft.press(*corner)
    draft.press(0.2, 0.2)  # two corners are no zone yet
    assert draft.is_open
    for corner in SQUARE[2:]:
        draft.press(*corner)
    draft.press(0.205, 0.205)
    assert not draft.is_open
    assert draft.zones == (ZoneEntry(id="corridor-1", kind="corridor", polygon=SQUARE),)


def test_every_step_can_be_taken_back() -> None:
    draft = ZoneDraft(())
    draw(draft)
    draft.press(0.6, 0.6)
    draft.drag(0.7, 0.65)
    draft.drag(0.8, 0.7)
    draft.release()
    assert draft.zones[0].polygon[2] == pytest.approx((0.8, 0.7))
    draft.undo()
    assert draft.zones[0].polygon == SQUARE
    draft.set_kind("exit")
    draft.delete_corner(0)
    draft.undo()
    draft.undo()
    assert (draft.zones[0].kind, draft.zones[0].polygon) == ("corridor", SQUARE)
    while draft.can_undo:
        draft.undo()
    assert draft.zones == ()


def test_holding_a_corner_without_moving_it_is_no_step() -> None:
    draft = ZoneDraft((ZoneEntry(id="a", kind="exit", polygon=SQUARE),))
    draft.press(0.2, 0.2)
    draft.release()
    assert not draft.can_undo


def test_corners_snap_to_edges_and_to_other_zones() -> None:
    draft = ZoneDraft((ZoneEntry(id="a", kind="exit", polygon=SQUARE),))
    draft.begin("exit")
    draft.press(0.008, 0.5)
    draft.press(0.995, 1.2)
    draft.press(0.609, 0.195)
    assert draft.zones[1].polygon == ((0.0, 0.5), (1.0, 1.0), (0.6, 0.2))
    draft.set_corner(0, 0.008, 0.5)  # typed numbers stay
    assert draft.zones[1].polygon[0] == (0.008, 0.5)


def test_three_corners_stay_and_ids_are_new() -> None:
    draft = ZoneDraft((ZoneEntry(id="exit-1", kind="exit", polygon=SQUARE[:3]),))
    draft.delete_corner(0)
    assert len(draft.zones[0].polygon) == 3
    draft.begin("exit")
    assert draft.zones[1].id == "exit-2"
    draft.begin("exit")  # an unfinished one is given up
    assert [zone.id for zone in draft.zones] == ["exit-1", "exit-2"]
    draft.delete_zone()
    draft.delete_zone()
    assert draft.chosen is None


def test_names_are_escaped_in_the_drawing() -> None:
    draft = ZoneDraft((ZoneEntry(id="<script>", kind="exit", polygon=SQUARE),))
    assert "<script>" not in draft.svg((640, 360))
