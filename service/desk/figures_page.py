"""The page of figures: cards, charts and a table whose sums are those of the ledger."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, get_args

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from service.desk.charts import bars, hours_chart, notice_chart, trend_chart
from service.desk.ledger_filter import LedgerFilter
from service.desk.shell import Visitor, begin_sheet
from service.desk.texts import Texts
from service.repository import (
    Dimension,
    Operator,
    Rhythm,
    StatRow,
    rhythm,
    statistics,
    today_in_shanghai,
)
from service.settings import API_PREFIX
from service.tables import Permission

__all__ = ["Figures", "Period", "mount_figures"]

_PERIODS = ("month", "last_month", "quarter", "year", "ever")
_DIMENSIONS: tuple[Dimension, ...] = (
    "kind",
    "building",
    "compound",
    "community",
    "month",
    "source",
)
_COLUMNS = (
    "found",
    "false_alarms",
    "registered",
    "open",
    "overdue",
    "closed",
    "rectified_share",
    "failed_rechecks",
    "rebounds",
    "transfers",
    "dissuasions",
)
_CARDS = ("found", "open", "overdue", "closed", "rectified_share", "false_alarms", "rebounds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole months of Asia/Shanghai, both included; None is open."""

    since_month: str | None
    until_month: str | None

    @classmethod
    def of(cls, word: str, today: date) -> "Period":
        """The period that a word means on that day."""
        this = f"{today:%Y-%m}"
        if word == "ever":
            return cls(since_month=None, until_month=None)
        back = {"month": 0, "last_month": 1, "quarter": 2, "year": 11}[word]
        month = today.year * 12 + today.month - 1 - back
        since = f"{month // 12:04d}-{month % 12 + 1:02d}"
        return cls(since_month=since, until_month=since if word == "last_month" else this)

    def ledger(self, **more: Any) -> LedgerFilter:
        """The ledger's filter for the same incidents."""
        since = None if self.since_month is None else date.fromisoformat(f"{self.since_month}-01")
        until = None
        if self.until_month is not None:
            year, month = (int(part) for part in self.until_month.split("-"))
            until = date(year, month, calendar.monthrange(year, month)[1])
        return LedgerFilter(since_day=since, until_day=until, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    total: StatRow | None
    groups: dict[str, list[StatRow]]
    rhythm: Rhythm


def mount_figures(*, visit: Callable[[Request], Visitor | RedirectResponse]) -> None:
    """Add the page ``/figures``."""

    @ui.page("/figures", title="生命通道 LifeLane")
    def figures(request: Request) -> Response | None:
        visitor = visit(request)
        if not isinstance(visitor, Visitor):
            return visitor
        asked = request.query_params.get("period")
        Figures(visitor, period=asked if asked in _PERIODS else "quarter").build()
        return None


class Figures:
    """One browser tab of the figures.

    Args:
        visitor: Whose tab it is.
        period: A word of the periods that the page offers.
    """

    def __init__(self, visitor: Visitor, *, period: str) -> None:
        self._visitor = visitor
        self._texts = visitor.texts
        self._word = period
        self._by: Dimension = "kind"
        self._found: _Read | None = None

    @property
    def _period(self) -> Period:
        return Period.of(self._word, today_in_shanghai())

    def build(self) -> None:
        """Lay out the tab."""
        sheet = begin_sheet(self._visitor, current="/figures")
        if sheet is None:
            return
        texts = self._texts
        with sheet:
            with ui.row().classes("items-center w-full gap-3"):
                ui.label(texts("figures")).classes("text-h6")
                periods = {each: texts(f"period.{each}") for each in _PERIODS}
                choice = ui.toggle(periods, value=self._word)
                choice.props(f'dense no-caps unelevated aria-label="{texts("period")}"')
                choice.on_value_change(lambda change: self._choose(str(change.value)))
                ui.space()
                self._export = ui.row()
            self._cards = ui.element("div").classes("cards-row")
            self._charts = ui.element("div").classes("charts")
            self._below = ui.column().classes("w-full gap-2")
        ui.timer(0.01, self._read, once=True)

    async def _choose(self, word: str) -> None:
        self._word = word
        with self._visitor.client:
            ui.navigate.history.replace(f"/figures?period={word}")
        await self._read()

    async def _read(self) -> None:
        period = self._period

        def work(operator: Operator) -> _Read:
            def count(by: Dimension) -> list[StatRow]:
                return statistics(
                    self._visitor.database,
                    by=by,
                    scope=operator.scope,
                    since_month=period.since_month,
                    until_month=period.until_month,
                )

            return _Read(
                total=next(iter(count("total")), None),
                groups={by: count(by) for by in _DIMENSIONS},
                rhythm=rhythm(
                    self._visitor.database,
                    scope=operator.scope,
                    since_month=period.since_month,
                    until_month=period.until_month,
                ),
            )

        found = await self._visitor.ask(work, permission=Permission.STATISTICS_READ)
        if found is None:
            return
        self._found = found
        self._show()

    def _show(self) -> None:
        texts, found = self._texts, self._found
        for each in (self._cards, self._charts, self._below, self._export):
            each.clear()
        if found is None or found.total is None:
            with self._below, ui.column().classes("w-full items-center q-pa-xl empty"):
                ui.icon("query_stats", size="48px")
                ui.label(texts("empty.figures")).classes("text-subtitle1")
                ui.label(texts("empty.figures.hint"))
            return
        self._show_cards(found.total, found.rhythm)
        self._show_charts(found)
        self._show_export()
        with self._below:
            dimensions = {by: texts(f"by.{by}") for by in _DIMENSIONS if found.groups[by]}
            with ui.row().classes("items-center gap-2"):
                ui.label(texts("by_what"))
                choice = ui.toggle(dimensions, value=self._by)
                choice.props(f'dense no-caps unelevated aria-label="{texts("by_what")}"')
                choice.on_value_change(lambda change: self._group(str(change.value)))
            self._table = ui.element("div").classes("w-full scroll-x").props("tabindex=0")
        self._show_table()

    def _show_cards(self, total: StatRow, seen: Rhythm) -> None:
        texts = self._texts
        with self._cards:
            for name in _CARDS:
                with ui.element("div").classes("figure").mark(f"figure-{name}"):
                    ui.label(_figure(total, name)).classes("text-h5")
                    ui.label(texts(f"figure.{name}")).classes("quiet")
            with ui.element("div").classes("figure"):
                median = seen.median_notice_s
                ui.label("—" if median is None else texts.duration(median)).classes("text-h5")
                ui.label(texts("figure.notice")).classes("quiet")

    def _show_charts(self, found: _Read) -> None:
        texts = self._texts
        kinds = {_name(texts, "kind", row): row.found for row in found.groups["kind"]}
        charts = {
            "trend": trend_chart(texts, found.groups["month"], found.rhythm.days),
            "hours": hours_chart(texts, found.rhythm),
            "kinds": bars(texts("figure.found"), kinds),
            "places": bars(texts("figure.found"), found.rhythm.places),
            "notice": notice_chart(texts, found.rhythm),
        }
        with self._charts:
            for name, options in charts.items():
                with ui.element("section").classes(f"chart chart-{name}"):
                    ui.label(texts(f"chart.{name}")).classes("text-subtitle2")
                    drawn = ui.echart(options).classes("w-full").mark(f"chart-{name}")
                    drawn.props(f'role=img aria-label="{texts(f"chart.{name}")}"')

    def _show_export(self) -> None:
        if not self._visitor.may(Permission.FORMS_READ):
            return
        url = f"{API_PREFIX}/forms/statistics.xlsx{self._period.ledger().query()}"
        with self._export:
            ui.button(
                self._texts("export.figures"),
                icon="download",
                on_click=partial(ui.download.from_url, url),
            ).props("no-caps unelevated").mark("export")

    def _group(self, by: str) -> None:
        self._by = next(each for each in get_args(Dimension) if each == by)
        self._show_table()

    def _show_table(self) -> None:
        texts, found = self._texts, self._found
        if found is None or found.total is None:
            return
        self._table.clear()
        with self._table, ui.element("table").classes("figures").mark("figures"):
            with ui.element("thead"), ui.element("tr"):
                for name in ("", *_COLUMNS):
                    with ui.element("th").props("scope=col"):
                        ui.label(texts(f"figure.{name}") if name else texts(f"by.{self._by}"))
            with ui.element("tbody"):
                for row in found.groups[self._by]:
                    self._row(_name(texts, self._by, row), row, self._link(row))
            with ui.element("tfoot"):
                self._row(texts("sum"), found.total, self._period.ledger().address())

    def _row(self, name: str, row: StatRow, address: str) -> None:
        with ui.element("tr"):
            with ui.element("th").props("scope=row"):
                if address:
                    ui.link(name, address)
                else:
                    ui.label(name)
            for column in _COLUMNS:
                with ui.element("td"):
                    ui.label(_figure(row, column))

    def _link(self, row: StatRow) -> str:
        """The ledger of the same incidents; empty where it has no such filter."""
        if not row.key:
            return ""
        if self._by in ("kind", "source"):
            return self._period.ledger(**{self._by: (row.key,)}).address()
        if self._by in ("building", "compound"):
            return self._period.ledger(**{f"{self._by}_id": int(row.key)}).address()
        if self._by == "month":
            return Period(since_month=row.key, until_month=row.key).ledger().address()
        return ""


def _figure(row: StatRow, name: str) -> str:
    value = getattr(row, name)
    if name == "rectified_share":
        return "—" if value is None else f"{value:.0%}"
    return str(value)


def _name(texts: Texts, by: str, row: StatRow) -> str:
    if by in ("kind", "source"):
        return texts(f"{by}.{row.key}")
    return row.name or texts("not_given")
