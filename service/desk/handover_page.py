"""The handover page: what the shift leaves behind, and who has given it to whom."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from service.desk.ask import Ask, Field
from service.desk.queue import local_time
from service.desk.shell import Visitor, begin_sheet
from service.repository import (
    Handover,
    Operator,
    Shift,
    give_shift,
    list_handovers,
    read_shift,
    take_shift,
)
from service.tables import Permission

__all__ = ["HandoverPage", "mount_handover"]

_FIGURES = ("found", "false_alarms", "closed", "waiting", "open")
_MOST_LINKS = 40
#: Whoever works at the desk hands over; readers only read.
_MAY = Permission.INCIDENTS_HANDLE


def mount_handover(*, visit: Callable[[Request], Visitor | RedirectResponse]) -> None:
    """Add the page ``/handover``."""

    @ui.page("/handover", title="生命通道 LifeLane")
    def handover(request: Request) -> Response | None:
        visitor = visit(request)
        if not isinstance(visitor, Visitor):
            return visitor
        HandoverPage(visitor).build()
        return None


class HandoverPage:
    """One browser tab of the handover.

    Args:
        visitor: Whose tab it is.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._texts = visitor.texts

    def build(self) -> None:
        """Lay out the tab."""
        sheet = begin_sheet(self._visitor, current="/handover")
        if sheet is None:
            return
        with sheet:
            ui.label(self._texts("handover")).classes("text-h6")
            self._shift = ui.column().classes("w-full gap-2 figure")
            ui.label(self._texts("handover_log")).classes("text-subtitle1")
            self._log = ui.column().classes("w-full gap-2")
        self._ask = Ask(self._texts, ui.element("div"))
        ui.timer(0.01, self._read, once=True)

    async def _read(self) -> None:
        def work(operator: Operator) -> tuple[Shift, list[Handover]]:
            database, scope = self._visitor.database, operator.scope
            shift = read_shift(database, scope=scope, now=datetime.now(UTC))
            return shift, list_handovers(database, scope=scope)

        found = await self._visitor.ask(work)
        if found is None:
            return
        shift, log = found
        self._show_shift(shift)
        self._log.clear()
        with self._log:
            for each in log:
                self._show(each)
            if not log:
                with ui.column().classes("w-full items-center q-pa-lg empty"):
                    ui.icon("swap_horiz", size="48px")
                    ui.label(self._texts("empty.handover")).classes("text-subtitle1")
                    ui.label(self._texts("empty.handover.hint"))

    def _show_shift(self, shift: Shift) -> None:
        texts = self._texts
        self._shift.clear()
        with self._shift:
            with ui.row().classes("items-center w-full gap-2"):
                began = texts("this_shift").format(time=local_time(shift.since))
                ui.label(began).classes("text-subtitle1")
                ui.space()
                if self._visitor.may(_MAY):
                    ui.button(texts("give_shift"), icon="output", on_click=self._give).props(
                        "no-caps unelevated"
                    ).mark("give-shift")
            self._figures(shift.figures)
            self._cases(shift.open_ids)

    def _figures(self, figures: Any) -> None:
        with ui.row().classes("gap-4"):
            for name in _FIGURES:
                ui.label(f"{self._texts(f'shift.{name}')} {figures.get(name, 0)}")

    def _cases(self, numbers: tuple[int, ...]) -> None:
        texts = self._texts
        if not numbers:
            ui.label(texts("no_open_cases")).classes("quiet")
            return
        with ui.row().classes("gap-2 items-center"):
            ui.label(texts("open_cases")).classes("quiet")
            for number in numbers[:_MOST_LINKS]:
                ui.link(f"#{number}", f"/?incident={number}")
            if len(numbers) > _MOST_LINKS:
                ui.label(f"+{len(numbers) - _MOST_LINKS}").classes("quiet")

    def _show(self, each: Handover) -> None:
        texts = self._texts
        with ui.column().classes("w-full gap-1 figure").mark(f"handover-{each.id}"):
            with ui.row().classes("items-center w-full gap-2"):
                ui.label(local_time(each.given_at)).classes("quiet")
                ui.label(f"{each.given_by} → {each.given_to}").classes("text-weight-bold")
                ui.space()
                if each.taken_at is not None:
                    when = local_time(each.taken_at)
                    ui.label(texts("taken_by").format(name=each.taken_by, time=when))
                elif self._visitor.may(_MAY):
                    ui.button(
                        texts("take_shift"), icon="how_to_reg", on_click=partial(self._take, each)
                    ).props("no-caps unelevated dense").classes("step").mark("take-shift")
                else:
                    ui.label(texts("not_taken")).classes("quiet")
            if each.note:
                ui.label(each.note).style("white-space: pre-line; overflow-wrap: anywhere")
            self._figures(each.figures)
            self._cases(each.open_ids)

    def _give(self) -> None:
        texts, visitor = self._texts, self._visitor

        async def finish(values: dict[str, Any]) -> str | None:
            def work(operator: Operator) -> None:
                give_shift(
                    visitor.database,
                    given_to=values["given_to"],
                    note=values["note"] or "",
                    actor=operator.actor,
                    scope=operator.scope,
                    now=datetime.now(UTC),
                )

            fault = await visitor.attempt(work, permission=_MAY)
            if fault is None:
                visitor.say(texts("shift_given"), "positive")
                await self._read()
            return fault

        self._ask.show(
            texts("give_shift"),
            [
                Field(name="given_to", label=texts("given_to"), needed=True),
                Field(name="note", label=texts("handover_note"), kind="long"),
            ],
            finish,
            ok_word=texts("give_shift"),
            hint=texts("give_hint"),
        )

    async def _take(self, handover: Handover) -> None:
        visitor = self._visitor

        def work(operator: Operator) -> None:
            take_shift(
                visitor.database,
                handover.id,
                actor=operator.actor,
                scope=operator.scope,
                now=datetime.now(UTC),
            )

        fault = await visitor.attempt(work, permission=_MAY)
        visitor.say(fault or self._texts("shift_taken"), "warning" if fault else "positive")
        await self._read()
