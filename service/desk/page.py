"""The desk page: the queue on the left, the chosen case on the right, always fresh."""

import asyncio
import json
import time

from nicegui import run, ui
from nicegui.events import KeyEventArguments

from service.desk.ask import Ask
from service.desk.case import Case, read_case
from service.desk.case_actions import CaseActions
from service.desk.case_extras import CaseExtras
from service.desk.detail import show_detail
from service.desk.help import show_help
from service.desk.queue import VIEWS, QueueList
from service.desk.readings import QueueReading, Readings
from service.desk.shell import Visitor, lay_out
from service.desk.style import ALERT_SCRIPT, TOUR_SCRIPT
from service.repository import (
    Incident,
    PictureStore,
    Scope,
)
from service.tables import Permission

__all__ = ["Desk"]

_LOOK_EVERY_S = 0.25
# Ages such as "3 min" grow by themselves, and a sign-in may end.
_REFRESH_EVERY_S = 15.0
_PAGE = 50
_ALERT_EVERY_S = 3.0
_MOST_READINGS = 200


class Desk:
    """One browser tab of the desk.

    Args:
        visitor: Whose tab it is.
        readings: What the queue holds, shared by all tabs.
        pictures: Where a person's pictures go.
        most_bytes: Limit of one picture.
        chosen_id: The incident to show at first; None takes the newest.
        is_first_visit: Offers the tour.
    """

    def __init__(
        self,
        visitor: Visitor,
        *,
        readings: Readings,
        pictures: PictureStore,
        most_bytes: int,
        chosen_id: int | None = None,
        is_first_visit: bool = False,
    ) -> None:
        self._visitor = visitor
        self._texts = visitor.texts
        self._readings = readings
        self._pictures = pictures
        self._most_bytes = most_bytes
        self._view = "open" if chosen_id is None else "all"
        self._limit = _PAGE
        self._chosen_id = chosen_id
        self._picture_id: int | None = None
        self._picture_view = "boxes"
        self._is_first_visit = is_first_visit
        self._seen: QueueReading | None = None
        self._case: Case | None = None
        self._newest_id = 0
        self._quiet_until_s = 0.0
        self._reading = asyncio.Lock()
        self._version = -1
        self._age_s = 0.0
        self._drawn_detail: object = None

    def build(self) -> None:
        """Lay out the tab and keep it fresh."""
        texts = self._texts
        with lay_out(self._visitor, current="/"):
            self._count = ui.badge("0", color="red-10").props("rounded").mark("waiting")
            self._count.props["aria-label"] = texts("open")
            self._sound = (
                ui.switch(value=True)
                .props("dense color=white checked-icon=volume_up unchecked-icon=volume_off")
                .props(f'aria-label="{texts("sound")}"')
                .tooltip(texts("sound"))
            )
            ui.button(icon="help_outline", on_click=self._help).props(
                f'flat dense color=white aria-label="{texts("help")}"'
            ).tooltip(f"{texts('help')} (?)").mark("help")
        with ui.element("div").classes("desk").props("id=content tabindex=-1"):
            with ui.column().classes("queue no-wrap"):
                self._tabs = (
                    ui.toggle(
                        {view: texts(view) for view in VIEWS},
                        value=self._view,
                        on_change=lambda change: self._show_view(str(change.value)),
                    )
                    .props("spread dense no-caps unelevated")
                    .classes("w-full")
                )
                if self._is_first_visit:
                    self._welcome()
                self._queue = QueueList(texts, on_choose=self.choose, on_older=self._older)
            self._detail = ui.column().classes("detail")
        self._ask = Ask(texts, ui.element("div"))
        extras = CaseExtras(
            self._visitor,
            self._ask,
            pictures=self._pictures,
            most_bytes=self._most_bytes,
            on_done=self._refresh_case,
        )
        self._actions = CaseActions(self._visitor, self._ask, extras, on_done=self._refresh_case)
        ui.keyboard(on_key=self._on_key, ignore=["input", "select", "textarea"])
        ui.timer(_LOOK_EVERY_S, self._look)

    def _welcome(self) -> None:
        texts = self._texts
        with ui.element("section").classes("welcome").mark("welcome") as welcome:
            ui.label(texts("welcome")).classes("text-weight-bold")
            ui.label(texts("welcome.hint")).classes("quiet")
            with ui.row().classes("gap-2"):
                ui.button(texts("welcome.show"), on_click=self._help).props("flat dense no-caps")
                gone = ui.button(texts("welcome.gone"), on_click=welcome.delete)
                gone.props("flat dense no-caps").on("click", js_handler=TOUR_SCRIPT)

    async def _look(self) -> None:
        """Refresh when the ledger has changed, and now and then because time has passed."""
        self._age_s += _LOOK_EVERY_S
        changed = self._visitor.database.changes.version != self._version
        if changed or self._age_s >= _REFRESH_EVERY_S:
            await self._refresh(stale=self._age_s >= _REFRESH_EVERY_S)

    async def _refresh_case(self) -> None:
        await self._refresh(stale=True)

    async def _refresh(self, *, stale: bool = False) -> None:
        visitor = self._visitor
        # One at a time: what a slower reading found must not overwrite a newer one.
        async with self._reading:
            self._version, self._age_s = visitor.database.changes.version, 0.0
            if not await visitor.still_here():
                return
            scope = visitor.operator.scope
            seen = await run.io_bound(
                self._readings.read, scope, view=self._view, limit=self._limit
            )
            if seen is None:  # the service is shutting down
                return
            if self._chosen_id is None and seen.incidents:
                self._chosen_id = seen.incidents[0].id
            await self._read_case(seen, scope, stale=stale)
            newest = seen.newest
            is_new = self._seen is not None and newest is not None and newest.id > self._newest_id
            self._newest_id = max(self._newest_id, newest.id if newest is not None else 0)
            self._seen = seen
            self._draw(seen)
        # In a flood one word and one sound every few seconds say as much.
        if is_new and newest is not None and time.monotonic() >= self._quiet_until_s:
            self._quiet_until_s = time.monotonic() + _ALERT_EVERY_S
            self._alert(newest)

    async def _read_case(self, seen: QueueReading, scope: Scope, *, stale: bool) -> None:
        """Read the chosen case again, unless the queue shows that nothing has changed."""
        wanted, case = self._chosen_id, self._case
        if wanted is None:
            self._case = None
            return
        known = next((each for each in seen.incidents if each.id == wanted), None)
        if (
            not stale
            and case is not None
            and known is not None
            and case.incident.id == wanted
            and case.incident.changed_seq == known.changed_seq
        ):
            return
        self._case = await run.io_bound(read_case, self._visitor.database, wanted, scope=scope)
        if self._case is None:
            self._chosen_id = None

    def _alert(self, incident: Incident) -> None:
        texts = self._texts
        kind = texts(f"kind.{incident.kind}")
        where = incident.camera_name or incident.camera_id or incident.location
        self._visitor.say(f"{texts('new_incident')}: {kind} · {where}", "negative")
        if self._sound.value:
            words = json.dumps(f"{texts('product')} · {kind}")
            self._visitor.client.run_javascript(f"{ALERT_SCRIPT}({words}, {json.dumps(where)})")

    def _draw(self, seen: QueueReading) -> None:
        self._count.set_text(str(seen.waiting))
        self._count.set_visibility(seen.waiting > 0)
        self._queue.show(
            seen.incidents,
            total=seen.total,
            chosen_id=self._chosen_id,
            empty=f"empty.{self._view}",
        )
        case = self._case
        detail = (case, self._picture_id, self._picture_view, bool(seen.incidents))
        if detail == self._drawn_detail:
            return
        self._drawn_detail = detail
        # An empty queue says enough by itself.
        self._detail.set_visibility(case is not None or bool(seen.incidents))
        self._detail.clear()
        with self._detail:
            show_detail(
                self._texts,
                case,
                self._actions,
                view=self._picture_view,
                picture_id=self._picture_id,
                may_read_forms=self._visitor.may(Permission.FORMS_READ),
                on_view=self._show_picture_view,
                on_picture=self._show_picture,
            )

    async def choose(self, incident_id: int) -> None:
        """Show another incident."""
        self._chosen_id, self._picture_id = incident_id, None
        await self._refresh()

    async def _show_picture(self, evidence_id: int) -> None:
        self._picture_id = evidence_id
        await self._refresh()

    async def _show_picture_view(self, view: str) -> None:
        self._picture_view, self._picture_id = view, None
        await self._refresh()

    async def _show_view(self, view: str) -> None:
        self._view, self._chosen_id, self._picture_id, self._limit = view, None, None, _PAGE
        await self._refresh()

    async def _older(self) -> None:
        self._limit += _PAGE
        await self._refresh()

    async def _help(self) -> None:
        show_help(self._texts, self._ask, self._actions.keys)

    async def _on_key(self, event: KeyEventArguments) -> None:
        modifiers = event.modifiers
        if not event.action.keydown or event.action.repeat or modifiers.ctrl or modifiers.meta:
            return
        if self._ask.is_open or modifiers.alt:
            return
        key = str(event.key.name)
        if event.key.arrow_down or event.key.arrow_up:
            await self._step(1 if event.key.arrow_down else -1)
        elif key == "?":
            await self._help()
        elif key in ("c", "C") and self._case is not None:
            shown = self._picture_view
            await self._show_picture_view("plain" if shown == "boxes" else "boxes")
        elif self._case is not None:
            await self._actions.press(key)

    async def _step(self, by: int) -> None:
        ids = [each.id for each in self._seen.incidents] if self._seen is not None else []
        if not ids:
            return
        here = ids.index(self._chosen_id) if self._chosen_id in ids else -by
        await self.choose(ids[min(max(here + by, 0), len(ids) - 1)])
