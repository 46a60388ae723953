"""The set-up page: cameras added by address and tested, their zones drawn, the site file saved."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import run, ui
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.desk.shell import Visitor, lay_out
from service.desk.style import SET_UP_STYLE
from service.desk.texts import Texts
from service.desk.zone_editor import ZoneEditor
from service.errors import ChangedMeanwhile, NotAllowed, ServiceError
from service.repository import DESK_OPERATOR, Database, Operator, audit
from service.settings import Settings
from service.sitefile import (
    MAKERS,
    CameraAddress,
    CameraEntry,
    ProbeResult,
    SiteDocument,
    ZoneEntry,
    build_address,
    check_site_file,
    fill_in,
    probe_camera,
    put_secret,
    variable_for,
    zone_defaults,
)
from service.tables import PERMISSIONS, OperatorRow, Permission, Role

__all__ = ["SetUp", "mount_set_up"]

# A zone that excuses, and no place that a camera is hung up for.
_ALLOWED = "charging_place"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def mount_set_up(
    settings: Settings, *, visit: Callable[[Request], Visitor | RedirectResponse]
) -> None:
    """Add the page ``/setup``.

    Args:
        settings: Names the site file.
        visit: Who asks for the page, or where to send them first.
    """

    @ui.page("/setup", title="生命通道 LifeLane")
    def set_up(request: Request) -> Response | None:
        visitor = visit(request)
        if not isinstance(visitor, Visitor):
            return visitor
        SetUp(visitor, site_file=settings.site_file).build()
        return None


def _may_set_up(database: Database, operator: Operator) -> bool:
    """Administrators may, and the first account while it is alone."""
    if Permission.SITE_EDIT in PERMISSIONS[operator.role]:
        return True
    with database.read() as session:
        admins = select(OperatorRow.id).where(OperatorRow.role == Role.ADMIN.value).limit(1)
        is_alone = session.scalar(admins) is None
    return is_alone and operator.name == DESK_OPERATOR


class SetUp:
    """One browser tab of the set-up page.

    Args:
        visitor: Whose tab it is.
        site_file: The cameras' site file; None where the service was started without one.
    """

    def __init__(self, visitor: Visitor, *, site_file: Path | None) -> None:
        self._visitor = visitor
        self._database = visitor.database
        self._texts = visitor.texts
        self._file = site_file
        self._kinds: dict[str, dict[str, Any]] = {}
        self._document: SiteDocument | None = None

    def build(self) -> None:
        """Lay out the tab."""
        texts = self._texts
        lay_out(self._visitor, current="/setup")
        ui.add_css(SET_UP_STYLE)
        with ui.column().classes("set-up").props("id=content tabindex=-1"):
            if self._file is None:
                ui.label(texts("set_up_off"))
                return
            if not _may_set_up(self._database, self._visitor.operator):
                ui.label(texts("set_up_denied"))
                return
            ui.label(f"{texts('site_file')}: {self._file}").classes("text-caption")
            self._list = ui.column().classes("w-full gap-2")
            self._work = ui.column().classes("w-full gap-2")
        # The page is there at once; what a child process has to tell comes a moment later.
        ui.timer(0.05, self._load, once=True)

    async def _load(self) -> None:
        try:
            assert self._file is not None  # noqa: S101  (the page ends before, without one)
            self._kinds = await run.io_bound(zone_defaults, self._file) or {}
            await self._read()
        except ServiceError as error:
            self._say(str(error))

    async def _read(self) -> None:
        assert self._file is not None  # noqa: S101  (the page ends before, without one)
        self._document = await run.io_bound(SiteDocument.read, self._file)
        texts = self._texts
        self._list.clear()
        with self._list:
            with ui.row().classes("items-center w-full"):
                ui.label(texts("cameras")).classes("text-h6")
                ui.space()
                ui.button(texts("add_camera"), icon="add", on_click=self._show_form).props(
                    "no-caps unelevated"
                ).mark("add-camera")
            cameras = self._document.cameras() if self._document else []
            if not cameras:
                ui.label(texts("no_cameras")).style("opacity: .75")
            for camera in cameras:
                with ui.row().classes("items-center w-full camera-row").mark("camera-row"):
                    ui.icon("videocam")
                    ui.label(camera.name or camera.id).classes("text-subtitle1")
                    ui.label(texts(f"place.{camera.place}")).style("opacity: .7")
                    # The variable's name stands for the password.
                    ui.label(camera.source).classes("text-caption source")
                    ui.space()
                    ui.label(f"{texts('zones')}: {len(camera.zones)}")
                    ui.button(
                        texts("get_picture"),
                        icon="photo_camera",
                        on_click=partial(self._show_zones, camera),
                    ).props("no-caps flat dense").mark(f"zones-{camera.id}")
                    ui.button(icon="delete", on_click=partial(self._remove, camera)).props(
                        f'flat dense aria-label="{texts("remove_camera")}"'
                    )

    def _show_form(self) -> None:
        texts = self._texts
        self._work.clear()
        with self._work, ui.card().classes("w-full gap-2"):
            ui.label(texts("add_camera")).classes("text-h6")
            with ui.element("div").classes("fields"):
                maker = ui.select(
                    {each: texts(f"maker.{each}") for each in MAKERS},
                    value="hikvision",
                    label=texts("maker"),
                ).mark("maker")
                host = ui.input(texts("host")).mark("host")
                port = ui.number(texts("port"), value=554, min=1, max=65535, format="%d")
                channel = ui.number(texts("channel"), value=1, min=1, max=512, format="%d")
                user = ui.input(texts("camera_user")).props("autocomplete=off").mark("user")
                password = (
                    ui.input(texts("camera_password"), password=True)
                    .props("autocomplete=new-password")
                    .mark("password")
                )
                camera_id = ui.input(texts("camera_id")).mark("camera-id")
                name = ui.input(texts("camera_name")).mark("camera-name")
                place = ui.select(
                    {kind: texts(f"place.{kind}") for kind in self._kinds if kind != _ALLOWED},
                    value=next(iter(self._kinds), None),
                    label=texts("place"),
                ).mark("place")
            substream = ui.switch(texts("substream"), value=True)

            def rename(is_other: bool) -> None:
                host.props["label"] = texts("full_address" if is_other else "host")
                for field in (port, channel, substream):
                    field.set_visibility(not is_other)

            maker.on_value_change(lambda change: rename(change.value == "other"))

            def address() -> CameraAddress:
                return build_address(
                    maker=str(maker.value),
                    host=str(host.value or ""),
                    port=int(port.value or 554),
                    channel=int(channel.value or 1),
                    substream=bool(substream.value),
                    user=str(user.value or "").strip(),
                    password=str(password.value or ""),
                    variable=variable_for(str(camera_id.value or "camera")),
                )

            def entry() -> CameraEntry:
                return CameraEntry(
                    id=str(camera_id.value or "").strip(),
                    name=str(name.value or "").strip(),
                    source="",
                    place=str(place.value or ""),
                )

            with ui.row():
                ui.button(
                    texts("test"), icon="wifi_tethering", on_click=lambda: self._test(address)
                ).props("no-caps unelevated").mark("test")
                ui.button(
                    texts("save_camera"),
                    icon="save",
                    on_click=lambda: self._save_camera(address, entry),
                ).props("no-caps unelevated color=positive").mark("save-camera")
            self._result = ui.column().classes("w-full")

    async def _test(self, address: Callable[[], CameraAddress]) -> None:
        self._result.clear()
        with self._result:
            ui.label(self._texts("testing"))
        try:
            found = await self._probe(address().connectable)
        except ServiceError as error:
            found = ProbeResult(jpeg=b"", size_wh=(0, 0), reason=str(error))
        self._result.clear()
        with self._result:
            _show_probe(self._texts, found)

    async def _probe(self, connectable: str) -> ProbeResult:
        if not await self._visitor.ask(partial(_may_set_up, self._database)):
            raise NotAllowed(self._texts("set_up_denied"))
        found = await run.io_bound(probe_camera, connectable)
        if found is None:
            raise NotAllowed("the service is shutting down")
        return found

    async def _save_camera(
        self, address: Callable[[], CameraAddress], entry: Callable[[], CameraEntry]
    ) -> None:
        camera = entry()
        if not _ID.fullmatch(camera.id):
            self._say(self._texts("id_wrong"))
            return

        def change(document: SiteDocument, file: Path) -> None:
            put = address()
            if put.secret:
                put_secret(file, variable_for(camera.id), put.secret)
            document.put_camera(
                CameraEntry(id=camera.id, name=camera.name, source=put.written, place=camera.place)
            )

        if await self._save(change, action="camera_saved", camera_id=camera.id):
            self._work.clear()
            await self._read()
            saved = next(each for each in self._cameras() if each.id == camera.id)
            await self._show_zones(saved)

    async def _remove(self, camera: CameraEntry) -> None:
        def change(document: SiteDocument, _: Path) -> None:
            document.remove_camera(camera.id)

        if await self._save(change, action="camera_removed", camera_id=camera.id):
            self._work.clear()
            await self._read()

    async def _show_zones(self, camera: CameraEntry) -> None:
        texts = self._texts
        self._work.clear()
        with self._work, ui.card().classes("w-full"):
            ui.label(texts("zones_of") + (camera.name or camera.id)).classes("text-h6")
            place = ui.column().classes("w-full")
        with place:
            ui.label(texts("testing"))
        try:
            assert self._file is not None  # noqa: S101  (the page ends before, without one)
            found = await self._probe(fill_in(self._file, camera.source))
        except ServiceError as error:
            found = ProbeResult(jpeg=b"", size_wh=(0, 0), reason=str(error))
        place.clear()
        with place:
            if found.reason:
                _show_probe(texts, found)
                return
            ZoneEditor(
                texts,
                camera,
                found,
                kinds=self._kinds,
                on_save=partial(self._save_zones, camera.id),
            ).build()

    async def _save_zones(self, camera_id: str, zones: tuple[ZoneEntry, ...]) -> None:
        def change(document: SiteDocument, _: Path) -> None:
            document.put_zones(camera_id, zones)

        if await self._save(change, action="zones_saved", camera_id=camera_id):
            await self._read()

    async def _save(
        self, change: Callable[[SiteDocument, Path], None], *, action: str, camera_id: str
    ) -> bool:
        """Change the document and save it; what is wrong is said, and the page stays."""
        document, file = self._document, self._file
        if document is None or file is None or not await self._visitor.still_here():
            return False
        operator = self._visitor.operator

        def work() -> None:
            if not _may_set_up(self._database, operator):
                raise NotAllowed(self._texts("set_up_denied"))
            change(document, file)
            document.save(lambda candidate: check_site_file(candidate, file))

            def write(session: Session) -> None:
                audit(
                    session,
                    at=datetime.now(UTC),
                    actor=operator.actor,
                    action=action,
                    detail={"camera": camera_id},
                )

            self._database.transact(write)

        try:
            await run.io_bound(work)
        except ChangedMeanwhile:
            self._say(self._texts("changed_meanwhile"))
        except ServiceError as error:
            self._say(self._texts("not_saved") + str(error))
            # What was refused must not be in the next attempt.
            self._document = await run.io_bound(SiteDocument.read, file)
        else:
            ui.notify(self._texts("saved"), type="positive")
            return True
        return False

    def _cameras(self) -> list[CameraEntry]:
        return [] if self._document is None else self._document.cameras()

    def _say(self, text: str) -> None:
        ui.notify(text, type="negative", multi_line=True, timeout=15_000, close_button=True)


def _show_probe(texts: Texts, found: ProbeResult) -> None:
    if found.reason:
        with ui.row().classes("items-center text-negative").mark("probe-failed"):
            ui.icon("error")
            ui.label(texts("test_failed") + found.reason)
        return
    width, height = found.size_wh
    with ui.row().classes("items-center text-positive").mark("probe-ok"):
        ui.icon("check_circle")
        ui.label(f"{texts('test_ok')} · {width}×{height}")
    picture = ui.element("img").classes("probe")
    picture.props["src"] = found.data_uri
    picture.props["alt"] = texts("test_ok")
