"""The audit: who did what, newest first; only for roles that may read it."""

import json
from collections.abc import Callable

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from service.desk.queue import local_time
from service.desk.shell import Visitor, begin_sheet
from service.repository import Audit, Operator, list_audit
from service.tables import Permission, Role

__all__ = ["AuditPage", "mount_audit"]

_PAGE = 100
_COLUMNS = ("when", "who", "role", "action", "incident", "change", "note")


def mount_audit(*, visit: Callable[[Request], Visitor | RedirectResponse]) -> None:
    """Add the page ``/audit``."""

    @ui.page("/audit", title="生命通道 LifeLane")
    def audit(request: Request) -> Response | None:
        visitor = visit(request)
        if not isinstance(visitor, Visitor):
            return visitor
        AuditPage(visitor).build()
        return None


class AuditPage:
    """One browser tab of the audit.

    Args:
        visitor: Whose tab it is.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._texts = visitor.texts
        self._before: int | None = None

    def build(self) -> None:
        """Lay out the tab."""
        sheet = begin_sheet(self._visitor, current="/audit")
        if sheet is None:
            return
        texts = self._texts
        with sheet:
            with ui.row().classes("items-center w-full gap-3"):
                ui.label(texts("audit")).classes("text-h6")
                ui.label(texts("audit_hint")).classes("quiet")
            with ui.element("div").classes("filters"):
                self._who = ui.input(texts("audit.who")).mark("audit-who")
                self._number = ui.number(texts("audit.incident"), min=1, format="%d")
                for field in (self._who, self._number):
                    field.props("outlined dense clearable debounce=400")
                    field.on_value_change(self._restart)
            scroll = ui.element("div").classes("w-full scroll-x").props("tabindex=0")
            with scroll, ui.element("table").classes("lines"):
                with ui.element("thead"), ui.element("tr"):
                    for name in _COLUMNS:
                        with ui.element("th").props("scope=col"):
                            ui.label(texts(f"audit.{name}"))
                self._lines = ui.element("tbody")
            self._empty = ui.column().classes("w-full items-center q-pa-lg empty")
            with self._empty:
                ui.label(texts("empty.audit")).classes("text-subtitle1")
                ui.label(texts("empty.audit.hint"))
            self._empty.set_visibility(False)
            self._more = ui.button(texts("audit.older"), on_click=self._read).props("flat no-caps")
            self._more.set_visibility(False)
        ui.timer(0.01, self._read, once=True)

    async def _restart(self) -> None:
        self._before = None
        self._lines.clear()
        await self._read()

    async def _read(self) -> None:
        number = self._number.value
        before = self._before
        asked = (before, number, self._who.value)

        def work(operator: Operator) -> list[Audit]:
            return list_audit(
                self._visitor.database,
                scope=operator.scope,
                actor=(self._who.value or "").strip() or None,
                incident_id=int(number) if number and 0 < number < 2**63 else None,
                before=before,
                limit=_PAGE,
            )

        found = await self._visitor.ask(work, permission=Permission.AUDIT_READ)
        # What was asked for meanwhile goes before.
        if found is None or asked != (self._before, self._number.value, self._who.value):
            return
        with self._lines:
            for line in found:
                self._show(line)
        self._empty.set_visibility(not found and self._before is None)
        self._more.set_visibility(len(found) == _PAGE)
        if found:
            self._before = found[-1].id

    def _show(self, line: Audit) -> None:
        texts = self._texts
        change = ""
        if line.to_status is not None:
            parts = [each for each in (line.from_status, line.to_status) if each is not None]
            change = " → ".join(texts(f"status.{each}") for each in parts)
        role = texts(f"role.{line.actor_role}") if line.actor_role in set(Role) else line.actor_role
        note = line.note
        if line.detail:
            note += " " + json.dumps(line.detail, ensure_ascii=False, default=str)
        with ui.element("tr"):
            for text in (local_time(line.at), line.actor, role, texts(f"action.{line.action}")):
                with ui.element("td"):
                    ui.label(text)
            with ui.element("td"):
                if line.incident_id is not None:
                    ui.link(f"#{line.incident_id}", f"/?incident={line.incident_id}")
            for text in (change, note.strip()):
                with ui.element("td"):
                    ui.label(text).classes("long")
