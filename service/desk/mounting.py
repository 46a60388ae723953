"""Puts the desk's pages onto an application."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from nicegui import ui

from service.desk.audit_page import mount_audit
from service.desk.cameras_page import mount_cameras
from service.desk.figures_page import mount_figures
from service.desk.handover_page import mount_handover
from service.desk.ledger_page import mount_ledger
from service.desk.page import Desk
from service.desk.phone_page import PHONE_PATH, mount_phone
from service.desk.places_page import mount_places
from service.desk.readings import Readings
from service.desk.set_up_page import mount_set_up
from service.desk.settings_page import mount_settings
from service.desk.shell import PAGES, Visitor, visitor_of
from service.desk.sign_in_page import password_html, sign_in_html
from service.desk.texts import LANGUAGES, Texts
from service.errors import SettingsError
from service.repository import CameraBook, Database, PictureStore, find_session
from service.settings import SESSION_COOKIE, Settings

__all__ = ["mount"]

_LANGUAGE_COOKIE = "lifelane_language"
_LANGUAGE_DAYS = 365
_TITLE = "生命通道 LifeLane"


class _Mounted:
    """NiceGUI keeps its pages in the process, so a process has room for one desk."""

    path: Path | None = None


def _language(request: Request) -> str | None:
    asked = request.query_params.get("language")
    return asked if asked in LANGUAGES else request.cookies.get(_LANGUAGE_COOKIE)


def _remember_language(response: Response, code: str | None) -> None:
    if code is not None and code in LANGUAGES:
        response.set_cookie(
            _LANGUAGE_COOKIE, code, max_age=_LANGUAGE_DAYS * 86400, samesite="lax", httponly=True
        )


def mount(
    app: FastAPI,
    *,
    database: Database,
    pictures: PictureStore,
    cameras: CameraBook,
    settings: Settings,
) -> None:
    """Add the pages of the desk to ``app``; `PAGES` lists those that the header leads to.

    Args:
        app: The incident API's application.
        database: The ledger; its change feed refreshes the page.
        pictures: Where a person's pictures go; the browser fetches them through the API,
            which checks the sign-in.
        cameras: What the sites said of their cameras last.
        settings: What the installation has set.

    Raises:
        SettingsError: This process already has a desk.
    """
    if _Mounted.path is not None:
        raise SettingsError(f"this process already serves the desk of {_Mounted.path}")
    _Mounted.path = settings.data_dir

    readings = Readings(database)

    def visit(request: Request) -> Visitor | RedirectResponse:
        return visitor_of(request, database, Texts(_language(request)))

    @app.get("/login", include_in_schema=False)
    def login(request: Request) -> HTMLResponse:
        then = PHONE_PATH if request.query_params.get("next") == "phone" else "/"
        response = HTMLResponse(sign_in_html(Texts(_language(request)), then=then))
        _remember_language(response, request.query_params.get("language"))
        return response

    @app.get("/password", include_in_schema=False, response_model=None)
    def password(request: Request) -> Response:
        token = request.cookies.get(SESSION_COOKIE)
        operator = None if token is None else find_session(database, token)
        if operator is None:
            return RedirectResponse("/login", 303)
        texts = Texts(_language(request))
        return HTMLResponse(password_html(texts, must=operator.must_change_password))

    @app.get("/language/{code}", include_in_schema=False)
    def language(code: str, back: str = "/") -> RedirectResponse:
        # Only to our own pages: a link must not lead through us to somewhere else.
        known = {page.path for page in PAGES}
        response = RedirectResponse(back if back in known else "/", 303)
        _remember_language(response, code)
        return response

    @ui.page("/", title=_TITLE)
    def desk(request: Request, incident: int | None = None) -> Response | None:
        visitor = visit(request)
        if not isinstance(visitor, Visitor):
            return visitor
        Desk(
            visitor,
            readings=readings,
            pictures=pictures,
            most_bytes=settings.max_picture_bytes,
            chosen_id=incident,
            is_first_visit="lifelane_tour" not in request.cookies,
        ).build()
        return None

    mount_ledger(visit=visit)
    mount_figures(visit=visit)
    mount_cameras(cameras, visit=visit)
    mount_places(visit=visit)
    mount_handover(visit=visit)
    mount_audit(visit=visit)
    mount_settings(visit=visit)
    mount_set_up(settings, visit=visit)
    mount_phone(app, database=database)
    ui.run_with(app, language="zh-CN", dark=None, show_welcome_message=False)
