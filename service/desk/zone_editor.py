"""The picture on which zones are drawn with the mouse, and their numbers beside it."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import MouseEventArguments

from service.desk.texts import Texts
from service.desk.zone_draft import ZoneDraft
from service.sitefile import CameraEntry, ProbeResult, ZoneEntry

__all__ = ["ZoneEditor"]


class ZoneEditor:
    """Draws into the current container.

    Args:
        texts: The tab's language.
        camera: Whose zones they are.
        picture: What the camera shows.
        kinds: Kinds of zones with their limits and hazards.
        on_save: Called with the zones that should be saved.
    """

    def __init__(
        self,
        texts: Texts,
        camera: CameraEntry,
        picture: ProbeResult,
        *,
        kinds: Mapping[str, Mapping[str, Any]],
        on_save: Callable[[tuple[ZoneEntry, ...]], Awaitable[None]],
    ) -> None:
        self._texts = texts
        self._camera = camera
        self._picture = picture
        self._kinds = kinds
        self._on_save = on_save
        self._draft = ZoneDraft(camera.zones)

    def build(self) -> None:
        """Lay out picture, buttons and numbers."""
        texts = self._texts
        ui.label(texts("draw_hint")).classes("text-caption").style("opacity: .75")
        with ui.row().classes("w-full no-wrap items-start zone-editor"):
            with ui.column().classes("zone-picture"):
                self._image = (
                    ui.interactive_image(
                        self._picture.data_uri,
                        size=self._picture.size_wh,
                        on_mouse=self._on_mouse,
                        events=["mousedown", "mousemove", "mouseup"],
                        cross="#ffffffaa",
                    )
                    .classes("w-full")
                    .mark("zone-picture")
                )
                self._image.props["alt"] = self._camera.name or self._camera.id
                with ui.row().classes("gap-2"):
                    ui.button(texts("draw_zone"), icon="add", on_click=self._begin).props(
                        "no-caps unelevated"
                    ).mark("draw-zone")
                    self._undo = (
                        ui.button(texts("undo"), icon="undo", on_click=self._take_back)
                        .props("no-caps flat")
                        .mark("undo")
                    )
                    self._delete = (
                        ui.button(texts("delete_zone"), icon="delete", on_click=self._delete_zone)
                        .props("no-caps flat")
                        .mark("delete-zone")
                    )
                    self._save_button = (
                        ui.button(texts("save_zones"), icon="save", on_click=self._save)
                        .props("no-caps unelevated color=positive")
                        .mark("save-zones")
                    )
            self._numbers = ui.column().classes("zone-numbers gap-1")
        self._show()

    def _on_mouse(self, event: MouseEventArguments) -> None:
        width, height = self._picture.size_wh
        x, y = event.image_x / width, event.image_y / height
        if event.type == "mousedown":
            self._draft.press(x, y)
            self._show()
        elif event.type == "mousemove" and self._draft.is_dragging:
            self._draft.drag(x, y)
            self._image.content = self._draft.svg(self._picture.size_wh)
        elif event.type == "mouseup" and self._draft.is_dragging:
            self._draft.drag(x, y)
            self._draft.release()
            self._show()

    def _begin(self) -> None:
        place = self._camera.place
        self._draft.begin(place if place in self._kinds else next(iter(self._kinds)))
        self._show()

    def _take_back(self) -> None:
        self._draft.undo()
        self._show()

    def _delete_zone(self) -> None:
        self._draft.delete_zone()
        self._show()

    def _choose(self, zone_id: str) -> None:
        self._draft.choose(zone_id)
        self._show()

    def _set_kind(self, kind: str) -> None:
        self._draft.set_kind(kind)
        self._show()

    def _set_corner(self, index: int, x: float | None, y: float | None) -> None:
        if x is not None and y is not None:
            self._draft.set_corner(index, x / 100, y / 100)
            self._image.content = self._draft.svg(self._picture.size_wh)
            self._undo.set_enabled(self._draft.can_undo)

    def _delete_corner(self, index: int) -> None:
        self._draft.delete_corner(index)
        self._show()

    async def _save(self) -> None:
        await self._on_save(tuple(zone for zone in self._draft.zones if len(zone.polygon) >= 3))

    def _show(self) -> None:
        self._image.content = self._draft.svg(self._picture.size_wh)
        self._undo.set_enabled(self._draft.can_undo)
        self._delete.set_enabled(self._draft.chosen is not None)
        self._save_button.set_enabled(not self._draft.is_open)
        self._numbers.clear()
        with self._numbers:
            self._show_numbers()

    def _show_numbers(self) -> None:
        texts, zone = self._texts, self._draft.chosen
        if len(self._draft.zones) > 1:
            ui.toggle(
                [each.id for each in self._draft.zones],
                value=None if zone is None else zone.id,
                on_change=lambda change: self._choose(str(change.value)),
            ).props("dense no-caps unelevated")
        if zone is None:
            return
        kinds = {kind: texts(f"place.{kind}") for kind in self._kinds}
        kinds.setdefault(zone.kind, texts(f"place.{zone.kind}"))
        ui.select(
            kinds,
            value=zone.kind,
            label=texts("zone_kind"),
            on_change=lambda change: self._set_kind(str(change.value)),
        ).classes("w-full").mark("zone-kind")
        ui.label(self._explained(zone.kind)).classes("text-caption").mark("explained")
        ui.label(texts("corners")).classes("text-subtitle2")
        for index, (x, y) in enumerate(zone.polygon):
            self._corner_row(index, x, y)

    def _corner_row(self, index: int, x: float, y: float) -> None:
        with ui.row().classes("items-center no-wrap gap-1"):
            name = f"{self._texts('corner')} {index + 1}"
            fields = [
                ui.number(f"{name} {axis}", value=round(share * 100, 1), min=0, max=100, step=0.5)
                .props("dense outlined")
                .classes("corner")
                for axis, share in (("x", x), ("y", y))
            ]
            for field in fields:
                field.on("blur", lambda: self._set_corner(index, fields[0].value, fields[1].value))
            ui.button(icon="close", on_click=partial(self._delete_corner, index)).props(
                f'flat dense aria-label="{self._texts("delete_corner")}"'
            )

    def _explained(self, kind: str) -> str:
        texts, limits = self._texts, self._kinds.get(kind)
        if not limits or not limits["hazards"]:
            return ""
        finds = "、".join(texts(f"kind.{hazard}") for hazard in limits["hazards"])
        return (
            texts("finds")
            + finds
            + "。"
            + texts("limits").format(
                raised=texts.duration(limits["raise_after_s"]),
                cleared=texts.duration(limits["clear_after_s"]),
                confidence=f"{limits['min_confidence']:.0%}",
            )
        )
