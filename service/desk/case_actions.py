"""The buttons of a case: every step that role and status allow, each with its key and dialog."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from nicegui import ui

from service.desk.ask import Ask, Field
from service.desk.case import Case
from service.desk.case_extras import CaseExtras
from service.desk.shell import Visitor
from service.desk.steps import LOOKS, fields_for, hint_for, step_from
from service.repository import Operator, Step, add_response
from service.tables import OPEN_STATUSES, Action, Permission, Status
from service.workflow import act, allowed_actions

__all__ = ["RESPONSES", "CaseActions"]

# Done with one key and no question: nothing is lost by them.
_AT_ONCE = (Action.ACKNOWLEDGE, Action.REOPEN)
#: What is done at once about a hazard: step -> its button's icon and key.
RESPONSES = {
    "warn": ("campaign", "W"),
    "dispatch": ("directions_run", "D"),
    "arrive": ("where_to_vote", "V"),
}


class CaseActions:
    """The buttons and keys of the chosen case in one tab.

    Args:
        visitor: Whose tab it is.
        ask: The tab's dialogs.
        extras: Mute, report, papers and pictures.
        on_done: Called after something was done.
    """

    def __init__(
        self,
        visitor: Visitor,
        ask: Ask,
        extras: CaseExtras,
        *,
        on_done: Callable[[], Awaitable[None]],
    ) -> None:
        self._visitor = visitor
        self._ask = ask
        self._extras = extras
        self._on_done = on_done
        self._keys: dict[str, Callable[[], Awaitable[None]]] = {}

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that do something now."""
        return tuple(self._keys)

    async def press(self, key: str) -> bool:
        """Do what a key stands for; whether it stood for anything."""
        pressed = self._keys.get(key.upper())
        if pressed is None:
            return False
        await pressed()
        return True

    def show(self, case: Case) -> None:
        """Draw the buttons into the current container."""
        visitor, texts = self._visitor, self._visitor.texts
        self._keys = {}
        incident = case.incident
        with ui.row().classes("w-full gap-2 items-center").mark("actions"):
            for action in allowed_actions(incident.status, visitor.operator.role):
                look = LOOKS[action]
                self._button(
                    texts(f"action.{action}"),
                    look.icon,
                    look.colour,
                    look.key,
                    partial(self.begin, action, case),
                    mark=f"action-{action}",
                )
            if incident.status in OPEN_STATUSES and visitor.may(Permission.INCIDENTS_HANDLE):
                for step, (icon, key) in RESPONSES.items():
                    self._button(
                        texts(f"respond.{step}"),
                        icon,
                        "grey-9",
                        key,
                        partial(self._respond, step, case),
                        mark=f"respond-{step}",
                    )
            for each in self._extras.offers(case):
                self._button(each.words, each.icon, "grey-9", each.key, each.do, mark=each.mark)

    def _button(
        self,
        words: str,
        icon: str,
        colour: str,
        key: str,
        on_click: Callable[[], Awaitable[None]],
        *,
        mark: str,
    ) -> None:
        self._keys[key] = on_click
        button = ui.button(f"{words} ({key})", icon=icon, color=colour, on_click=on_click)
        button.props("no-caps unelevated dense").classes("step").mark(mark)

    async def begin(self, action: Action, case: Case) -> None:
        """Do a step, or open the dialog that it needs."""
        visitor, texts = self._visitor, self._visitor.texts
        incident = case.incident

        async def finish(values: dict[str, Any]) -> str | None:
            step = step_from(action, values)
            return await self._act(action, incident.id, step)

        if action in _AT_ONCE:
            fault = await self._act(action, incident.id, Step())
            if fault:
                visitor.say(fault, "warning")
            return
        self._ask.show(
            f"#{incident.id} {texts(f'action.{action}')}",
            fields_for(texts, action, incident, buildings=case.buildings),
            finish,
            ok_word=texts(f"action.{action}"),
            colour=LOOKS[action].colour,
            hint=hint_for(texts, action, incident, after_pictures=case.after_pictures),
            quick="note" if action is Action.FALSE_ALARM else "",
        )

    async def _act(self, action: Action, incident_id: int, step: Step) -> str | None:
        visitor, texts = self._visitor, self._visitor.texts

        def work(operator: Operator) -> None:
            act(
                visitor.database,
                incident_id,
                action=action,
                actor=operator.actor,
                step=step,
                scope=operator.scope,
            )

        fault = await visitor.attempt(work)
        if fault is None:
            # The incident stays in view, with the button that takes the act back if one does.
            visitor.say(f"#{incident_id} {texts(f'done.{action}')}", "positive")
        await self._on_done()
        return fault

    async def _respond(self, step: str, case: Case) -> None:
        visitor, texts = self._visitor, self._visitor.texts
        incident_id = case.incident.id

        async def finish(values: dict[str, Any]) -> str | None:
            def work(operator: Operator) -> None:
                add_response(
                    visitor.database,
                    incident_id,
                    step=step,
                    method=values.get("method") or "",
                    person=values.get("person") or "",
                    note=values.get("note") or "",
                    actor=operator.actor,
                    now=datetime.now(UTC),
                    scope=operator.scope,
                )

            fault = await visitor.attempt(work, permission=Permission.INCIDENTS_HANDLE)
            if fault is None:
                visitor.say(f"#{incident_id} {texts(f'done.{step}')}", "positive")
                if case.incident.status is Status.FOUND:
                    # Who warns or sends somebody has taken notice.
                    await self._acknowledge(incident_id)
                await self._on_done()
            return fault

        who = texts("field.sent" if step == "dispatch" else "field.person")
        fields = [Field(name="person", label=who), Field(name="note", label=texts("field.note"))]
        if step == "warn":
            ways = {texts(f"way.{way}"): texts(f"way.{way}") for way in ("loudspeaker", "phone")}
            fields[0] = Field(
                name="method",
                label=texts("field.method"),
                value=texts("way.loudspeaker"),
                options=ways,
            )
        self._ask.show(
            f"#{incident_id} {texts(f'respond.{step}')}",
            fields,
            finish,
            ok_word=texts(f"respond.{step}"),
        )

    async def _acknowledge(self, incident_id: int) -> None:
        visitor = self._visitor
        if not visitor.may(Permission.INCIDENTS_ACKNOWLEDGE):
            return

        def work(operator: Operator) -> None:
            act(
                visitor.database,
                incident_id,
                action=Action.ACKNOWLEDGE,
                actor=operator.actor,
                scope=operator.scope,
            )

        await visitor.attempt(work)
