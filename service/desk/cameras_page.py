"""The camera wall: how each camera is doing, what it showed last, and its day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from service.desk.ledger_filter import LedgerFilter
from service.desk.queue import evidence_url, local_time
from service.desk.shell import Visitor, begin_sheet
from service.repository import (
    CameraBook,
    CameraReport,
    CameraSight,
    Operator,
    camera_sights,
    sites_seen,
)

__all__ = ["CameraWall", "mount_cameras"]

_REFRESH_EVERY_S = 5.0
_DAY = timedelta(hours=24)
_FINE = ("online", "connecting")
_COLOURS = {"online": "green-9", "connecting": "blue-grey-8", "offline": "red-10"}
_MOST = 300

_Seen = list[tuple[CameraReport, CameraSight]]


def mount_cameras(
    cameras: CameraBook, *, visit: Callable[[Request], Visitor | RedirectResponse]
) -> None:
    """Add the page ``/cameras``."""

    @ui.page("/cameras", title="生命通道 LifeLane")
    def wall(request: Request) -> Response | None:
        visitor = visit(request)
        if not isinstance(visitor, Visitor):
            return visitor
        CameraWall(visitor, cameras).build()
        return None


class CameraWall:
    """One browser tab of the wall.

    Args:
        visitor: Whose tab it is.
        cameras: What the sites said last.
    """

    def __init__(self, visitor: Visitor, cameras: CameraBook) -> None:
        self._visitor = visitor
        self._texts = visitor.texts
        self._cameras = cameras
        self._drawn: object = None

    def build(self) -> None:
        """Lay out the tab and keep it fresh."""
        sheet = begin_sheet(self._visitor, current="/cameras")
        if sheet is None:
            return
        texts = self._texts
        with sheet:
            with ui.row().classes("items-center w-full gap-3"):
                ui.label(texts("cameras_wall")).classes("text-h6")
                self._total = ui.label().classes("quiet").mark("wall-total")
                ui.space()
                self._only_wrong = ui.switch(texts("only_wrong"))
                self._only_wrong.on_value_change(self._read)
            self._wall = ui.element("div").classes("wall")
        ui.timer(0.01, self._read, once=True)
        ui.timer(_REFRESH_EVERY_S, self._read)

    async def _read(self) -> None:
        since = datetime.now(UTC) - _DAY

        def work(operator: Operator) -> _Seen:
            database, scope = self._visitor.database, operator.scope
            sites = sites_seen(database, scope)
            reports = [each for each in self._cameras.read() if sites is None or each.site in sites]
            # What needs somebody comes first.
            reports.sort(key=lambda each: (each.state in _FINE, each.site, each.camera_id))
            keys = [(each.site, each.camera_id) for each in reports[:_MOST]]
            sights = camera_sights(database, keys, scope=scope, since=since)
            return [(each, sights[each.site, each.camera_id]) for each in reports[:_MOST]]

        seen = await self._visitor.ask(work)
        if seen is None:
            return
        wrong = sum(report.state not in _FINE for report, _ in seen)
        key = "some_wrong" if wrong else "all_online"
        said = self._texts(key).format(total=len(seen), wrong=wrong)
        self._total.set_text(said if seen else "")
        if self._only_wrong.value:
            seen = [pair for pair in seen if pair[0].state not in _FINE]
        # Ages are not shown, so that a wall on which nothing happens is not drawn anew.
        drawn = [
            (
                each.site,
                each.camera_id,
                each.camera_name,
                each.state,
                each.since,
                each.reason,
                sight,
            )
            for each, sight in seen
        ]
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._show(seen, since)

    def _show(self, seen: _Seen, since: datetime) -> None:
        texts = self._texts
        self._wall.clear()
        with self._wall:
            if not seen and not self._only_wrong.value:
                with ui.column().classes("items-center q-pa-xl empty wide"):
                    ui.icon("videocam_off", size="48px")
                    ui.label(texts("empty.cameras")).classes("text-subtitle1")
                    ui.label(texts("empty.cameras.hint"))
            for report, sight in seen:
                self._camera(report, sight, since)

    def _camera(self, report: CameraReport, sight: CameraSight, since: datetime) -> None:
        texts = self._texts
        name = report.camera_name or report.camera_id
        with ui.element("article").classes("camera").mark(f"camera-{report.camera_id}"):
            if sight.incident_id is None or sight.evidence_id is None:
                with ui.element("div").classes("still none"):
                    ui.icon("videocam", size="40px")
                    ui.label(texts("no_sight")).classes("quiet")
            else:
                with ui.element("a").props(f'href="/?incident={sight.incident_id}"'):
                    image = ui.element("img").classes("still").props("loading=lazy")
                    image.props["src"] = evidence_url(sight.incident_id, sight.evidence_id)
                    image.props["alt"] = name
            with ui.row().classes("items-center no-wrap gap-2 w-full"):
                ui.label(name).classes("text-weight-bold ellipsis")
                ui.space()
                state = texts(f"camera_state.{report.state}")
                ui.badge(state, color=_COLOURS.get(report.state, "deep-orange-10"))
            words = texts("since").format(time=local_time(report.since))
            if report.reason:
                words += f" · {report.reason}"
            ui.label(f"{report.site}/{report.camera_id} · {words}").classes("text-caption quiet")
            if sight.seen_at is not None:
                seen_at = texts("last_picture").format(time=local_time(sight.seen_at))
                ui.label(seen_at).classes("text-caption quiet")
            self._day(report, sight, since)

    def _day(self, report: CameraReport, sight: CameraSight, since: datetime) -> None:
        """The last 24 hours as a strip, each incident a mark that leads to it."""
        texts = self._texts
        ledger = LedgerFilter(camera_id=report.camera_id).address()
        with ui.row().classes("items-center no-wrap gap-2 w-full text-caption"):
            ui.label(texts("last_day")).classes("quiet")
            ui.space()
            count = texts("incidents_a_day").format(count=len(sight.spans))
            ui.link(count, ledger)
        with ui.element("div").classes("day"):
            for number, kind, begin, end in sight.spans:
                left = (begin - since) / _DAY
                width = max((end - begin) / _DAY, 0.0)
                mark = ui.element("a").props(f'href="/?incident={number}"').classes("span")
                mark.style(f"left: min({left:.2%}, 100% - 4px); width: {width:.2%}")
                mark.props["aria-label"] = f"#{number} {texts(f'kind.{kind}')} {local_time(begin)}"
