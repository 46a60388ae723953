"""Zones while somebody draws them: corners, snapping, undo. No browser in here."""

from dataclasses import dataclass, replace
from html import escape
from math import hypot
from typing import Final

from service.sitefile import ZoneEntry

__all__ = ["SNAP_SHARE", "ZoneDraft"]

#: A corner that comes this near to the picture's edge, or to a corner of another zone, as a
#: share of the picture's side, goes there.
SNAP_SHARE: Final = 0.015
_GRIP_SHARE = 0.02
_COLOURS = ("#ffb300", "#29b6f6", "#66bb6a", "#ef5350", "#ab47bc", "#26a69a")

Corner = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _State:
    zones: tuple[ZoneEntry, ...]
    chosen: int | None
    is_open: bool


class ZoneDraft:
    """The zones of one picture under the mouse.

    Args:
        zones: As the site file has them; all are closed.
    """

    def __init__(self, zones: tuple[ZoneEntry, ...]) -> None:
        self._state = _State(zones, 0 if zones else None, False)
        self._past: list[_State] = []
        self._dragged: int | None = None

    @property
    def zones(self) -> tuple[ZoneEntry, ...]:
        """All zones, the one that is being drawn included."""
        return self._state.zones

    @property
    def chosen(self) -> ZoneEntry | None:
        """The zone that is being edited."""
        return None if self._state.chosen is None else self.zones[self._state.chosen]

    @property
    def is_open(self) -> bool:
        """Whether the chosen zone is still being drawn."""
        return self._state.is_open

    @property
    def is_dragging(self) -> bool:
        """Whether a corner hangs on the mouse."""
        return self._dragged is not None

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._past)

    def begin(self, kind: str) -> None:
        """Begin a new zone; the next clicks are its corners."""
        # One that was left unfinished is given up.
        kept = tuple(each for each in self.zones if len(each.polygon) >= 3)
        taken = {zone.id for zone in kept}
        number = 1
        while f"{kind}-{number}" in taken:
            number += 1
        zone = ZoneEntry(id=f"{kind}-{number}", kind=kind, polygon=())
        self._change(_State((*kept, zone), len(kept), True))

    def choose(self, zone_id: str) -> None:
        """Edit another zone."""
        for index, zone in enumerate(self.zones):
            if zone.id == zone_id:
                self._state = replace(self._state, chosen=index, is_open=False)

    def press(self, x: float, y: float) -> None:
        """Press the mouse at shares of width and height: a new corner, or take hold of one."""
        zone = self.chosen
        if zone is None:
            return
        near = self._nearest(zone, x, y)
        if self.is_open:
            if near == 0 and len(zone.polygon) >= 3:
                self._change(replace(self._state, is_open=False))
            elif near is None:
                self._put(zone, (*zone.polygon, self._snapped(x, y)), is_open=True)
        elif near is not None:
            self._past.append(self._state)
            self._dragged = near
        else:
            for other in self.zones:
                if self._nearest(other, x, y) is not None:
                    self.choose(other.id)
                    return

    def drag(self, x: float, y: float) -> None:
        """Move the corner that is held."""
        zone = self.chosen
        if self._dragged is None or zone is None:
            return
        corners = list(zone.polygon)
        corners[self._dragged] = self._snapped(x, y)
        self._state = replace(self._state, zones=self._with(replace(zone, polygon=tuple(corners))))

    def release(self) -> None:
        """Let go of the corner that is held."""
        self._dragged = None
        if self._past and self._past[-1] == self._state:
            self._past.pop()  # taken hold of and not moved

    def set_corner(self, index: int, x: float, y: float) -> None:
        """Put a corner at typed numbers, which do not snap."""
        zone = self.chosen
        if zone is not None and 0 <= index < len(zone.polygon):
            corners = list(zone.polygon)
            corners[index] = (_inside(x), _inside(y))
            self._put(zone, tuple(corners), is_open=self.is_open)

    def delete_corner(self, index: int) -> None:
        """Take a corner out; three stay."""
        zone = self.chosen
        if zone is not None and len(zone.polygon) > 3:
            corners = zone.polygon[:index] + zone.polygon[index + 1 :]
            self._put(zone, corners, is_open=self.is_open)

    def set_kind(self, kind: str) -> None:
        """Say what the chosen zone protects."""
        zone = self.chosen
        if zone is not None and zone.kind != kind:
            zones = self._with(replace(zone, kind=kind))
            self._change(replace(self._state, zones=zones))

    def delete_zone(self) -> None:
        """Take the chosen zone out."""
        zone = self.chosen
        if zone is not None:
            kept = tuple(each for each in self.zones if each is not zone)
            self._change(_State(kept, len(kept) - 1 if kept else None, False))

    def undo(self) -> None:
        """Take the last step back."""
        self._dragged = None
        if self._past:
            self._state = self._past.pop()

    def svg(self, size_wh: tuple[int, int]) -> str:
        """Draw all zones for a picture of that size in pixels."""
        width, height = size_wh
        unit = max(width, height) / 640
        parts = []
        for index, zone in enumerate(self.zones):
            is_chosen = index == self._state.chosen
            colour = _COLOURS[index % len(_COLOURS)]
            points = [(x * width, y * height) for x, y in zone.polygon]
            text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            shape = "polyline" if is_chosen and self.is_open else "polygon"
            parts.append(
                f'<{shape} points="{text}" fill="{colour}" fill-opacity="0.18"'
                f' stroke="{colour}" stroke-width="{(3 if is_chosen else 2) * unit:.1f}"/>'
            )
            if is_chosen:
                parts += [
                    f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{5 * unit:.1f}" fill="white"'
                    f' stroke="{colour}" stroke-width="{2 * unit:.1f}"/>'
                    for x, y in points
                ]
            if points:
                x, y = points[0]
                parts.append(
                    f'<text x="{x + 8 * unit:.1f}" y="{y - 8 * unit:.1f}" fill="{colour}"'
                    f' font-size="{14 * unit:.0f}">{escape(zone.id)}</text>'
                )
        return "".join(parts)

    def _nearest(self, zone: ZoneEntry, x: float, y: float) -> int | None:
        gaps = [(hypot(cx - x, cy - y), index) for index, (cx, cy) in enumerate(zone.polygon)]
        gap, index = min(gaps, default=(1.0, 0))
        return index if gap <= _GRIP_SHARE else None

    def _snapped(self, x: float, y: float) -> Corner:
        for zone in self.zones:
            if zone is not self.chosen:
                for cx, cy in zone.polygon:
                    if hypot(cx - x, cy - y) <= SNAP_SHARE:
                        return cx, cy
        return _snapped_to_edge(x), _snapped_to_edge(y)

    def _put(self, zone: ZoneEntry, polygon: tuple[Corner, ...], *, is_open: bool) -> None:
        zones = self._with(replace(zone, polygon=polygon))
        self._change(_State(zones, self._state.chosen, is_open))

    def _with(self, zone: ZoneEntry) -> tuple[ZoneEntry, ...]:
        return tuple(
            zone if index == self._state.chosen else each for index, each in enumerate(self.zones)
        )

    def _change(self, state: _State) -> None:
        self._past.append(self._state)
        self._state = state


def _inside(share: float) -> float:
    return round(min(max(share, 0.0), 1.0), 4)


def _snapped_to_edge(share: float) -> float:
    share = _inside(share)
    if share <= SNAP_SHARE:
        return 0.0
    return 1.0 if share >= 1 - SNAP_SHARE else share
