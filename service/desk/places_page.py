"""The places: compounds and their buildings, with what is open in each."""

from collections.abc import Callable

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from service.desk.ledger_filter import LedgerFilter
from service.desk.shell import Visitor, begin_sheet
from service.repository import RESOURCES, Operator, StatRow, list_master, statistics
from service.tables import OPEN_STATUSES, Permission

__all__ = ["PlacesPage", "mount_places"]

_MOST = 1000
_OPEN = tuple(sorted(status.value for status in OPEN_STATUSES))


def mount_places(*, visit: Callable[[Request], Visitor | RedirectResponse]) -> None:
    """Add the page ``/places``."""

    @ui.page("/places", title="生命通道 LifeLane")
    def places(request: Request) -> Response | None:
        visitor = visit(request)
        if not isinstance(visitor, Visitor):
            return visitor
        PlacesPage(visitor).build()
        return None


class PlacesPage:
    """One browser tab of the places.

    Args:
        visitor: Whose tab it is.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._texts = visitor.texts

    def build(self) -> None:
        """Lay out the tab."""
        sheet = begin_sheet(self._visitor, current="/places")
        if sheet is None:
            return
        with sheet:
            with ui.row().classes("items-center justify-between w-full"):
                ui.label(self._texts("places")).classes("text-h6")
                with ui.row().classes("gap-2"):
                    ui.link(self._texts("phone"), "/phone/")
                    ui.link(self._texts("phone.codes"), "/phone/codes")
            self._places = ui.column().classes("w-full gap-3")
        ui.timer(0.01, self._read, once=True)

    async def _read(self) -> None:
        database = self._visitor.database

        def work(operator: Operator) -> tuple[list[dict[str, object]], ...]:
            return tuple(
                [
                    dict(row)
                    for row in list_master(
                        database, RESOURCES[name], scope=operator.scope, narrowed={}, limit=_MOST
                    ).items
                ]
                for name in ("compounds", "buildings")
            )

        def count(operator: Operator) -> tuple[dict[str, StatRow], dict[str, StatRow]]:
            by_compound = statistics(database, by="compound", scope=operator.scope)
            by_building = statistics(database, by="building", scope=operator.scope)
            return {row.key: row for row in by_compound}, {row.key: row for row in by_building}

        found = await self._visitor.ask(work, permission=Permission.PLACES_READ)
        counted = await self._visitor.ask(count)
        if found is None or counted is None:
            return
        compounds, buildings = found
        self._places.clear()
        with self._places:
            for compound in compounds:
                own = [each for each in buildings if each["compound_id"] == compound["id"]]
                self._show(compound, own, *counted)
            if not compounds:
                with ui.column().classes("w-full items-center q-pa-xl empty"):
                    ui.icon("apartment", size="48px")
                    ui.label(self._texts("empty.places")).classes("text-subtitle1")
                    ui.label(self._texts("empty.places.hint"))

    def _show(
        self,
        compound: dict[str, object],
        buildings: list[dict[str, object]],
        by_compound: dict[str, StatRow],
        by_building: dict[str, StatRow],
    ) -> None:
        with ui.element("section").classes("figure w-full"):
            number = int(str(compound["id"]))
            with ui.row().classes("items-center gap-3"):
                ui.label(str(compound["name"])).classes("text-subtitle1")
                if compound["address"]:
                    ui.label(str(compound["address"])).classes("quiet")
                self._counts(by_compound.get(str(number)), LedgerFilter(compound_id=number))
            with ui.element("div").classes("cards-row"):
                for building in buildings:
                    self._building(building, by_building.get(str(building["id"])))

    def _building(self, building: dict[str, object], row: StatRow | None) -> None:
        number = int(str(building["id"]))
        with ui.element("div").classes("building") as card:
            if row is not None and row.open:
                card.classes("busy")
            ui.label(str(building["name"])).classes("text-weight-bold")
            self._counts(row, LedgerFilter(building_id=number))

    def _counts(self, row: StatRow | None, wanted: LedgerFilter) -> None:
        texts = self._texts
        still_open, found = (0, 0) if row is None else (row.open, row.found)
        narrowed = LedgerFilter.read(wanted.plain() | {"status": _OPEN})
        ui.link(texts("place.open").format(count=still_open), narrowed.address())
        ui.link(texts("place.found").format(count=found), wanted.address()).classes("quiet")
