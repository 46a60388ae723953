"""The desk page: the queue on the left, the chosen incident on the right, always fresh."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from nicegui import run, ui
from nicegui.events import KeyEventArguments

from service.desk.detail import show_detail
from service.desk.queue import VIEWS, show_queue
from service.desk.style import ACCENT, BEEP, STYLE
from service.desk.texts import LANGUAGES, Texts
from service.errors import NotAllowed, NotFound, TransitionRefused
from service.repository import (
    Database,
    Incident,
    IncidentFilter,
    IncidentHistory,
    Operator,
    Scope,
    find_session,
    get_incident,
    list_incidents,
    sign_out,
)
from service.tables import Action, Status
from service.workflow import act, allowed_actions

__all__ = ["Desk"]

_LOOK_EVERY_S = 0.5
# Ages such as "3 min" grow by themselves, and a sign-in may end.
_REFRESH_EVERY_S = 15.0
_PAGE = 50
_KEYS = {"a": Action.ACKNOWLEDGE, "f": Action.FALSE_ALARM, "z": Action.REOPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one reading of the ledger found, taken over as a whole."""

    incidents: tuple[Incident, ...]
    total: int
    waiting: int
    newest_id: int
    chosen_id: int | None
    history: IncidentHistory | None


def _read(database: Database, scope: Scope, *, view: str, limit: int, chosen: int | None) -> _Seen:
    page = list_incidents(database, IncidentFilter(scope=scope, status=VIEWS[view]), limit=limit)
    new = IncidentFilter(scope=scope, status=(Status.FOUND.value,))
    waiting = list_incidents(database, new, limit=1)
    if chosen is None and page.items:
        chosen = page.items[0].id
    history = None
    if chosen is not None:
        try:
            history = get_incident(database, chosen, scope=scope)
        except NotFound:
            chosen = None
    return _Seen(
        incidents=page.items,
        total=page.total,
        waiting=waiting.total,
        newest_id=max((each.id for each in waiting.items), default=0),
        chosen_id=chosen,
        history=history,
    )


class Desk:
    """One browser tab of the desk.

    Args:
        database: The ledger.
        texts: The tab's language.
        operator: Who is signed in; the audit gets this name.
        token: The sign-in, checked again before every act.
    """

    def __init__(self, database: Database, texts: Texts, *, operator: Operator, token: str) -> None:
        self._database = database
        self._texts = texts
        self._operator = operator
        self._token = token
        self._view = "open"
        self._limit = _PAGE
        self._chosen_id: int | None = None
        self._picture_id: int | None = None
        self._seen: _Seen | None = None
        self._newest_id = 0
        self._reading = asyncio.Lock()
        self._version = -1
        self._age_s = 0.0
        self._drawn_queue: object = None
        self._drawn_detail: object = None

    def build(self) -> None:
        """Lay out the tab and keep it fresh."""
        texts = self._texts
        # What was clicked may be drawn anew before its handler ends: messages go to the tab.
        self._client = ui.context.client
        ui.add_css(STYLE)
        ui.colors(primary=ACCENT)
        dark = ui.dark_mode(None)
        with ui.header().classes("items-center q-py-xs").style("height: 52px"):
            ui.label(texts("product")).classes("text-h6")
            ui.label(texts("desk")).classes("only-wide").style("opacity: .7")
            self._count = ui.badge("0", color="red-9").props("rounded").mark("waiting")
            ui.space()
            ui.label(texts("keys_hint")).classes("only-wide text-caption").style("opacity: .7")
            self._sound_switch = (
                ui.switch(value=True)
                .props("dense color=white checked-icon=volume_up unchecked-icon=volume_off")
                .tooltip(texts("sound"))
            )
            for code, name in LANGUAGES.items():
                if code != texts.language:
                    ui.link(name, f"/language/{code}").classes("text-white q-mx-sm").mark(
                        "language"
                    )
            ui.link(texts("set_up"), "/setup").classes("text-white q-mx-sm only-wide")
            ui.button(icon="contrast", on_click=lambda: dark.set_value(not dark.value)).props(
                "flat dense color=white"
            ).tooltip(texts("light_dark"))
            ui.label(self._operator.name).classes("only-wide text-caption")
            ui.button(icon="logout", on_click=self._sign_out).props(
                "flat dense color=white"
            ).tooltip(texts("sign_out"))
        with ui.element("div").classes("desk"):
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
                self._queue = ui.column().classes("w-full gap-2")
            self._detail = ui.column().classes("detail")
        ui.keyboard(on_key=self._on_key)
        ui.timer(_LOOK_EVERY_S, self._look)

    async def _look(self) -> None:
        """Refresh when the ledger has changed, and now and then because time has passed."""
        self._age_s += _LOOK_EVERY_S
        if self._database.changes.version == self._version and self._age_s < _REFRESH_EVERY_S:
            return
        await self._refresh()

    async def _refresh(self) -> None:
        # One at a time: what a slower reading found must not overwrite a newer one.
        async with self._reading:
            self._version, self._age_s = self._database.changes.version, 0.0
            operator = await run.io_bound(find_session, self._database, self._token)
            if operator is None:
                self._leave()
                return
            self._operator = operator
            seen = await run.io_bound(
                _read,
                self._database,
                operator.scope,
                view=self._view,
                limit=self._limit,
                chosen=self._chosen_id,
            )
            if seen is None:  # the service is shutting down
                return
            is_new = self._seen is not None and seen.newest_id > self._newest_id
            self._newest_id = max(self._newest_id, seen.newest_id)
            self._seen, self._chosen_id = seen, seen.chosen_id
            self._draw(seen)
        if is_new:
            self._notify(self._texts("new_incident"), "negative")
            if self._sound_switch.value:
                self._client.run_javascript(BEEP)

    def _draw(self, seen: _Seen) -> None:
        self._count.set_text(str(seen.waiting))
        self._count.set_visibility(seen.waiting > 0)
        # Only what has changed is drawn anew: a button must not vanish under a click because
        # somewhere else an incident has come in.
        queue = (seen.incidents, seen.total, seen.chosen_id)
        if queue != self._drawn_queue:
            self._drawn_queue = queue
            self._queue.clear()
            with self._queue:
                show_queue(
                    self._texts,
                    seen.incidents,
                    total=seen.total,
                    chosen_id=seen.chosen_id,
                    on_choose=self._choose,
                    on_older=self._older,
                )
        detail = (seen.history, self._picture_id, bool(seen.incidents))
        if detail != self._drawn_detail:
            self._drawn_detail = detail
            # An empty queue says enough by itself.
            self._detail.set_visibility(seen.history is not None or bool(seen.incidents))
            self._detail.clear()
            with self._detail:
                show_detail(
                    self._texts,
                    seen.history,
                    role=self._operator.role,
                    picture_id=self._picture_id,
                    on_picture=self._show_picture,
                    on_action=self._act,
                )

    async def _choose(self, incident_id: int) -> None:
        self._chosen_id, self._picture_id = incident_id, None
        await self._refresh()

    async def _show_picture(self, evidence_id: int) -> None:
        self._picture_id = evidence_id
        await self._refresh()

    async def _show_view(self, view: str) -> None:
        self._view, self._chosen_id, self._picture_id, self._limit = view, None, None, _PAGE
        await self._refresh()

    async def _older(self) -> None:
        self._limit += _PAGE
        await self._refresh()

    async def _act(self, action: Action) -> None:
        texts, incident_id = self._texts, self._chosen_id
        if incident_id is None:
            return
        operator = await run.io_bound(find_session, self._database, self._token)
        if operator is None:
            self._leave()
            return
        try:
            await run.io_bound(
                act,
                self._database,
                incident_id,
                action=action,
                actor=operator.actor,
                scope=operator.scope,
            )
        except TransitionRefused as error:
            self._notify(error.zh if texts.language == "zh" else error.en, "warning")
            return
        except (NotAllowed, NotFound) as error:
            self._notify(texts("refused") + str(error), "warning")
            return
        finally:
            await self._refresh()
        # The incident stays in view, with the button that takes the act back.
        self._notify(f"#{incident_id} {texts(f'done.{action}')}", "positive")

    async def _on_key(self, event: KeyEventArguments) -> None:
        if not event.action.keydown or event.modifiers.ctrl or event.modifiers.meta:
            return
        if event.key.arrow_down or event.key.arrow_up:
            await self._step(1 if event.key.arrow_down else -1)
            return
        action = _KEYS.get(str(event.key.name).lower())
        history = self._seen.history if self._seen is not None else None
        if (
            action
            and history
            and action in allowed_actions(history.incident.status, self._operator.role)
        ):
            await self._act(action)

    async def _step(self, by: int) -> None:
        ids = [each.id for each in self._seen.incidents] if self._seen is not None else []
        if not ids:
            return
        here = ids.index(self._chosen_id) if self._chosen_id in ids else -by
        await self._choose(ids[min(max(here + by, 0), len(ids) - 1)])

    async def _sign_out(self) -> None:
        await run.io_bound(sign_out, self._database, self._token)
        self._leave()

    def _notify(self, text: str, kind: Literal["positive", "negative", "warning"]) -> None:
        with self._client:
            ui.notify(text, type=kind, position="top-right")

    def _leave(self) -> None:
        with self._client:
            ui.navigate.to("/login")
