"""The ledger's page: a table with filters, search, saved filters, exports and batches."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from html import escape
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui
from nicegui.events import GenericEventArguments

from service.desk.ask import Ask, Field
from service.desk.batch import begin_batch, common_actions
from service.desk.ledger_filter import LedgerFilter
from service.desk.ledger_rows import CELLS, columns, row_of
from service.desk.shell import Visitor, begin_sheet
from service.desk.steps import LOOKS
from service.repository import (
    RESOURCES,
    Incident,
    LedgerPage,
    Operator,
    SavedFilter,
    drop_filter,
    list_filters,
    list_ledger,
    list_master,
    save_filter,
    today_in_shanghai,
)
from service.settings import API_PREFIX
from service.tables import HazardKind, Permission, Status

__all__ = ["Ledger", "mount_ledger"]

_PAGE_SIZES = (25, 50, 100)
_EXPORTS = {
    "ledger_xlsx": ("forms/ledger.xlsx", Permission.FORMS_READ),
    "ledger_csv": ("forms/ledger.csv", Permission.FORMS_READ),
    "two_lists": ("forms/two-lists.xlsx", Permission.FORMS_READ),
    "all_csv": ("export/incidents?format=csv", Permission.INCIDENTS_EXPORT),
}


def mount_ledger(*, visit: Callable[[Request], Visitor | RedirectResponse]) -> None:
    """Add the page ``/ledger``; its address holds the filter."""

    @ui.page("/ledger", title="生命通道 LifeLane")
    def ledger(request: Request) -> Response | None:
        visitor = visit(request)
        if not isinstance(visitor, Visitor):
            return visitor
        Ledger(visitor, LedgerFilter.read(dict(request.query_params))).build()
        return None


class Ledger:
    """One browser tab of the ledger.

    Args:
        visitor: Whose tab it is.
        wanted: The filter at first.
    """

    def __init__(self, visitor: Visitor, wanted: LedgerFilter) -> None:
        self._visitor = visitor
        self._texts = visitor.texts
        self._wanted = wanted
        self._page: dict[str, Any] = {
            "sortBy": "raised_at",
            "descending": True,
            "page": 1,
            "rowsPerPage": _PAGE_SIZES[0],
            "rowsNumber": 0,
        }
        self._items: tuple[Incident, ...] = ()
        self._setting = False

    def build(self) -> None:
        """Lay out the tab."""
        sheet = begin_sheet(self._visitor, current="/ledger")
        if sheet is None:
            return
        texts = self._texts
        with sheet:
            with ui.row().classes("items-center w-full gap-2"):
                ui.label(texts("ledger")).classes("text-h6")
                self._total = ui.label().classes("quiet").mark("ledger-total")
                ui.space()
                self._saved = ui.row().classes("items-center gap-1")
                self._exports = ui.row().classes("items-center gap-1")
            self._filters()
            self._chosen = ui.row().classes("items-center w-full gap-2 banner").mark("batch")
            self._chosen.set_visibility(False)
            self._table = ui.table(
                rows=[],
                columns=columns(texts),
                row_key="id",
                selection="multiple",
                pagination=self._page,
                on_select=lambda _: self._show_chosen(),
            ).classes("w-full ledger")
            self._table.props(
                'flat bordered wrap-cells :grid="window.innerWidth < 900" binary-state-sort'
            )
            self._table.props["rows-per-page-label"] = texts("rows")
            self._table.props["rows-per-page-options"] = list(_PAGE_SIZES)
            self._table.props["hide-no-data"] = True
            for name, template in CELLS.items():
                self._table.add_slot(name, template)
            words = escape(texts("choose_all"), quote=True)
            self._table.add_slot(
                "header-selection",
                f'<q-checkbox v-model="props.selected" aria-label="{words}" />',
            )
            self._table.on("request", self._on_request)
            self._empty = ui.column().classes("w-full items-center q-pa-lg empty")
            with self._empty:
                ui.icon("inbox", size="48px")
                ui.label(texts("empty.ledger")).classes("text-subtitle1")
                ui.label(texts("empty.ledger.hint")).classes("quiet")
            self._empty.set_visibility(False)
        self._ask = Ask(texts, ui.element("div"))
        ui.timer(0.01, self._load, once=True)

    def _filters(self) -> None:
        texts, wanted = self._texts, self._wanted
        with ui.element("form").classes("filters").props('role=search onsubmit="return false"'):
            self._search = ui.input(texts("search"), value=wanted.search).classes("wide")
            self._search.props("clearable maxlength=100 debounce=300").mark("search")
            self._status = ui.select(
                {each.value: texts(f"status.{each}") for each in Status},
                value=list(wanted.status),
                label=texts("column.status"),
                multiple=True,
            ).mark("filter-status")
            self._kind = ui.select(
                {each.value: texts(f"kind.{each}") for each in HazardKind},
                value=list(wanted.kind),
                label=texts("column.kind"),
                multiple=True,
            ).mark("filter-kind")
            self._compound = ui.select({}, label=texts("compound"), clearable=True)
            self._building = ui.select({}, label=texts("field.building"), clearable=True)
            self._since = ui.input(texts("from_day"), value=_text(wanted.since_day))
            self._until = ui.input(texts("to_day"), value=_text(wanted.until_day))
            for field in (self._since, self._until):
                field.props("type=date stack-label")
            for several in (self._status, self._kind):
                several.props("use-chips")
            self._overdue = ui.switch(texts("only_overdue"), value=wanted.overdue)
            self._rebound = ui.switch(texts("only_rebound"), value=wanted.rebound)
            ui.button(texts("clear_filter"), icon="filter_alt_off", on_click=self._clear).props(
                "flat no-caps"
            )
        self._fields = (
            self._search,
            self._status,
            self._kind,
            self._compound,
            self._building,
            self._since,
            self._until,
            self._overdue,
            self._rebound,
        )
        for filled in self._fields:
            filled.props("outlined dense")
            filled.on_value_change(self._on_filter)

    async def _load(self) -> None:
        """What the page needs once: places to choose from, saved filters; then the first page."""

        def work(operator: Operator) -> tuple[dict[int, str], dict[int, str], list[SavedFilter]]:
            database = self._visitor.database
            names = []
            for resource in ("compounds", "buildings"):
                rows = list_master(
                    database, RESOURCES[resource], scope=operator.scope, narrowed={}, limit=1000
                )
                names.append({int(row["id"]): str(row["name"]) for row in rows.items})
            return names[0], names[1], list_filters(database, operator.id)

        found = await self._visitor.ask(work)
        if found is None:
            return
        compounds, buildings, saved = found
        self._setting = True
        self._compound.set_options(compounds, value=_known(self._wanted.compound_id, compounds))
        self._building.set_options(buildings, value=_known(self._wanted.building_id, buildings))
        self._compound.set_visibility(len(compounds) > 1)
        self._building.set_visibility(bool(buildings))
        self._setting = False
        self._show_saved(saved)
        await self._read()

    async def _on_filter(self) -> None:
        if self._setting:
            return
        self._wanted = LedgerFilter.read(
            {
                "search": self._search.value or "",
                "status": tuple(self._status.value or ()),
                "kind": tuple(self._kind.value or ()),
                "source": self._wanted.source,
                "camera_id": self._wanted.camera_id,
                "compound_id": self._compound.value or "",
                "building_id": self._building.value or "",
                "since_day": self._since.value or "",
                "until_day": self._until.value or "",
                "overdue": self._overdue.value,
                "rebound": self._rebound.value,
            }
        )
        self._page["page"] = 1
        with self._visitor.client:
            ui.navigate.history.replace(self._wanted.address())
        await self._read()

    async def _clear(self) -> None:
        self._set(LedgerFilter())
        await self._on_filter()

    def _set(self, wanted: LedgerFilter) -> None:
        """Bring the fields to a filter."""
        self._setting = True
        self._wanted = wanted
        self._search.set_value(wanted.search)
        self._status.set_value(list(wanted.status))
        self._kind.set_value(list(wanted.kind))
        self._compound.set_value(_known(wanted.compound_id, self._compound.options))
        self._building.set_value(_known(wanted.building_id, self._building.options))
        self._since.set_value(_text(wanted.since_day))
        self._until.set_value(_text(wanted.until_day))
        self._overdue.set_value(wanted.overdue)
        self._rebound.set_value(wanted.rebound)
        self._setting = False

    async def _on_request(self, event: GenericEventArguments) -> None:
        asked = event.args.get("pagination", {}) if isinstance(event.args, dict) else {}
        size = asked.get("rowsPerPage")
        self._page |= {
            "sortBy": str(asked.get("sortBy") or "raised_at"),
            "descending": bool(asked.get("descending", True)),
            "page": max(int(asked.get("page") or 1), 1),
            "rowsPerPage": size if size in _PAGE_SIZES else _PAGE_SIZES[0],
        }
        await self._read()

    async def _read(self) -> None:
        page, wanted = self._page, self._wanted

        def work(operator: Operator) -> LedgerPage:
            return list_ledger(
                self._visitor.database,
                wanted.to_incidents(operator.scope),
                sort=page["sortBy"],
                descending=page["descending"],
                offset=(page["page"] - 1) * page["rowsPerPage"],
                limit=page["rowsPerPage"],
            )

        found = await self._visitor.ask(work)
        if found is None or wanted is not self._wanted:
            return
        texts = self._texts
        today = today_in_shanghai()
        self._items = found.items
        self._page["rowsNumber"] = found.total
        self._table.selected = []
        self._table.update_rows([row_of(texts, each, today) for each in found.items])
        self._table.pagination = dict(self._page)
        self._table.set_visibility(bool(found.items))
        self._empty.set_visibility(not found.items)
        first = (page["page"] - 1) * page["rowsPerPage"] + 1
        total = texts("at_least").format(total=found.total)
        if found.total_is_exact:
            total = str(found.total)
        last = first + len(found.items) - 1
        said = texts("of").format(first=first, last=last, total=total)
        self._total.set_text(said if found.items else "")
        self._show_exports()
        self._show_chosen()

    def _show_exports(self) -> None:
        query = self._wanted.query()
        self._exports.clear()
        if not self._visitor.may(Permission.INCIDENTS_EXPORT):
            return
        with (
            self._exports,
            ui.button(self._texts("export"), icon="download").props("no-caps unelevated") as button,
            ui.menu(),
        ):
            button.mark("export")
            for name, (path, permission) in _EXPORTS.items():
                if self._visitor.may(permission):
                    joined = query.replace("?", "&") if "?" in path else query
                    url = f"{API_PREFIX}/{path}{joined}"
                    ui.menu_item(
                        self._texts(f"export.{name}"), on_click=partial(ui.download.from_url, url)
                    ).mark(f"export-{name}")

    def _show_saved(self, saved: list[SavedFilter]) -> None:
        texts = self._texts
        self._saved.clear()
        with self._saved:
            for each in saved:
                chip = ui.chip(
                    each.name,
                    icon="filter_alt",
                    removable=True,
                    on_click=partial(self._use, each),
                )
                chip.props(f'outline remove-aria-label="{texts("drop_filter")}"')
                chip.on_value_change(partial(self._drop, each))
            ui.button(icon="bookmark_add", on_click=self._ask_name).props(
                f'flat dense aria-label="{texts("save_filter")}"'
            ).tooltip(texts("save_filter")).mark("save-filter")

    async def _use(self, saved: SavedFilter) -> None:
        self._set(LedgerFilter.read(saved.query))
        await self._on_filter()

    async def _drop(self, saved: SavedFilter) -> None:
        database = self._visitor.database

        def work(operator: Operator) -> None:
            now = datetime.now(UTC)
            drop_filter(database, operator.id, saved.id, actor=operator.actor, now=now)

        await self._visitor.attempt(work)

    def _ask_name(self) -> None:
        texts, database = self._texts, self._visitor.database

        async def finish(values: dict[str, Any]) -> str | None:
            def work(operator: Operator) -> None:
                save_filter(
                    database,
                    operator.id,
                    name=values["name"],
                    query=self._wanted.plain(),
                    actor=operator.actor,
                    now=datetime.now(UTC),
                )

            fault = await self._visitor.attempt(work)
            if fault is None:
                saved = await self._visitor.ask(lambda who: list_filters(database, who.id))
                self._show_saved(saved or [])
                self._visitor.say(texts("filter_saved"), "positive")
            return fault

        name = Field(name="name", label=texts("filter_name"), needed=True)
        self._ask.show(texts("save_filter"), [name], finish, ok_word=texts("save"))

    def _show_chosen(self) -> None:
        texts = self._texts
        ids = {row["id"] for row in self._table.selected}
        cases = [each for each in self._items if each.id in ids]
        self._chosen.clear()
        self._chosen.set_visibility(bool(cases))
        if not cases:
            return
        with self._chosen:
            ui.label(texts("selected").format(count=len(cases)))
            actions = common_actions(cases, self._visitor)
            for action in actions:
                look = LOOKS[action]
                ui.button(
                    texts(f"action.{action}"),
                    icon=look.icon,
                    color=look.colour,
                    on_click=partial(
                        begin_batch, self._visitor, self._ask, action, cases, on_done=self._read
                    ),
                ).props("no-caps unelevated dense").classes("step").mark(f"batch-{action}")
            if not actions:
                ui.label(texts("no_common_step")).classes("quiet")


def _text(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _known(number: int | None, options: Any) -> int | None:
    return number if number in options else None
