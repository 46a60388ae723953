"""What every page of the desk shares: who is visiting, the header, messages, the theme."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from fastapi import Request
from fastapi.responses import RedirectResponse
from nicegui import run, ui
from nicegui.element import Element

from service.desk.style import ACCENT, STYLE, THEME_SCRIPT
from service.desk.texts import LANGUAGES, Texts
from service.errors import ChangedMeanwhile, NotAllowed, ServiceError, TransitionRefused
from service.repository import Database, Operator, find_session, sign_out
from service.settings import API_PREFIX, SESSION_COOKIE
from service.tables import PERMISSIONS, Permission

__all__ = [
    "PAGES",
    "THEME_COOKIE",
    "PageLink",
    "Visitor",
    "begin_sheet",
    "lay_out",
    "reason_of",
    "visitor_of",
]

THEME_COOKIE = "lifelane_theme"

_T = TypeVar("_T")
_CALL = """
  return fetch(%s, {method: %s, headers: {'Content-Type': 'application/json'}, body: %s})
    .then(async (a) => ({status: a.status, body: await a.json().catch(() => ({}))}))
    .catch(() => ({status: 0, body: {}}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLink:
    """A page that the header leads to; without a permission it is everybody's."""

    path: str
    word: str
    icon: str
    permission: Permission | None = None


#: The pages in the header's order.
PAGES: tuple[PageLink, ...] = (
    PageLink(path="/", word="desk", icon="notifications_active"),
    PageLink(path="/ledger", word="ledger", icon="table_view"),
    PageLink(
        path="/figures", word="figures", icon="query_stats", permission=Permission.STATISTICS_READ
    ),
    PageLink(path="/cameras", word="cameras_wall", icon="grid_view"),
    PageLink(path="/places", word="places", icon="apartment"),
    PageLink(path="/handover", word="handover", icon="swap_horiz"),
    PageLink(path="/audit", word="audit", icon="fact_check", permission=Permission.AUDIT_READ),
    PageLink(
        path="/settings", word="settings", icon="tune", permission=Permission.NOTIFICATIONS_EDIT
    ),
    PageLink(path="/setup", word="set_up", icon="video_settings"),
)


def reason_of(error: ServiceError, texts: Texts) -> str:
    """Why something was refused, in the tab's language where the error knows both."""
    if isinstance(error, TransitionRefused):
        return error.zh if texts.language == "zh" else error.en
    if isinstance(error, ChangedMeanwhile):
        return texts("lost_meanwhile")
    return texts("refused") + str(error)


class Visitor:
    """Who has a tab open: checked again before everything that reads or changes the ledger.

    Args:
        database: The ledger.
        texts: The tab's language.
        operator: Who is signed in.
        token: The sign-in.
        theme: ``light``, ``dark``, or empty for what the machine prefers.
    """

    def __init__(
        self,
        database: Database,
        texts: Texts,
        *,
        operator: Operator,
        token: str,
        theme: str = "",
    ) -> None:
        self.database = database
        self.texts = texts
        self.operator = operator
        self.theme = theme
        self._token = token
        # What was clicked may be drawn anew before its handler ends: messages go to the tab.
        self.client = ui.context.client

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return permission in PERMISSIONS[self.operator.role]

    async def still_here(self) -> bool:
        """Read the sign-in again; a tab whose sign-in has ended goes to the sign-in page."""
        operator = await run.io_bound(find_session, self.database, self._token)
        if operator is None:
            with self.client:
                ui.navigate.to("/login")
            return False
        self.operator = operator
        return True

    async def ask(
        self, work: Callable[[Operator], _T], *, permission: Permission | None = None
    ) -> _T | None:
        """Read something for the tab; None where nobody may, or the service shuts down.

        Args:
            work: Runs in a thread with the operator as it is now.
            permission: What it takes; None needs the sign-in alone.
        """
        if not await self.still_here() or (permission is not None and not self.may(permission)):
            return None
        return await run.io_bound(work, self.operator)

    async def attempt(
        self, work: Callable[[Operator], Any], *, permission: Permission | None = None
    ) -> str | None:
        """Change something; give back why it was refused, or None when it is done.

        Args:
            work: Runs in a thread with the operator as it is now.
            permission: What it takes; None leaves the check to ``work``.
        """
        if not await self.still_here():
            return ""
        operator = self.operator

        def guarded() -> None:
            if permission is not None and not operator.actor.may(permission):
                raise NotAllowed(f"{operator.name} ({operator.role}): {permission}")
            work(operator)

        try:
            await run.io_bound(guarded)
        except ServiceError as error:
            return reason_of(error, self.texts)
        return None

    def texts_in(self, language: str) -> Texts:
        """The words in a fixed language: what goes on paper does not follow the tab."""
        return Texts(language)

    async def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[str | None, dict[str, Any]]:
        """Let the tab itself ask the API, which checks more closely than the ledger does.

        Args:
            method: Of HTTP.
            path: Below the API's prefix, beginning with a slash.
            body: Sent as JSON; None sends nothing.

        Returns:
            Why it was refused, None when it is done; and the answer's body.
        """
        said = "undefined" if body is None else json.dumps(json.dumps(body, ensure_ascii=False))
        script = _CALL % (json.dumps(API_PREFIX + path), json.dumps(method), said)
        answer: dict[str, Any] = await self.client.run_javascript(script, timeout=20.0)
        told: dict[str, Any] = answer["body"] or {}
        if 200 <= answer["status"] < 300:
            return None, told
        detail = told.get("detail_zh") if self.texts.language == "zh" else None
        why = detail or told.get("detail") or self.texts("no_answer")
        return self.texts("refused") + str(why), told

    def say(self, text: str, kind: Literal["positive", "negative", "warning", "info"]) -> None:
        """Show a message in the tab."""
        with self.client:
            ui.notify(text, type=kind, position="top-right", multi_line=len(text) > 60)

    async def sign_out(self) -> None:
        """End the sign-in."""
        await run.io_bound(sign_out, self.database, self._token)
        with self.client:
            ui.navigate.to("/login")


def visitor_of(request: Request, database: Database, texts: Texts) -> Visitor | RedirectResponse:
    """Who asks for a page, or where to send them first."""
    token = request.cookies.get(SESSION_COOKIE)
    operator = None if token is None else find_session(database, token)
    if token is None or operator is None:
        return RedirectResponse("/login", 303)
    if operator.must_change_password:
        return RedirectResponse("/password", 303)
    return Visitor(
        database,
        texts,
        operator=operator,
        token=token,
        theme=request.cookies.get(THEME_COOKIE, ""),
    )


def lay_out(visitor: Visitor, *, current: str) -> Element:
    """Draw the header of a page.

    Args:
        visitor: Whose tab it is.
        current: Path of the page.

    Returns:
        A row in the header for what the page itself adds.
    """
    texts = visitor.texts
    ui.add_css(STYLE)
    # Quasar's own green and orange are too pale for white letters.
    ui.colors(primary=ACCENT, positive="#1b5e20", negative=ACCENT, warning="#8a4b00")
    ui.dark_mode({"dark": True, "light": False}.get(visitor.theme))
    ui.run_javascript(f"document.documentElement.lang = '{texts.html_language}'")
    links = [page for page in PAGES if page.permission is None or visitor.may(page.permission)]
    word = next((page.word for page in PAGES if page.path == current), "product")
    with ui.element("h1").classes("unseen"):
        ui.label(texts(word))
    with ui.header().classes("items-center no-wrap q-py-xs desk-header"):
        ui.link(texts("skip"), "#content").classes("skip")
        with (
            ui.button(icon="menu")
            .props(f'flat dense color=white aria-label="{texts("menu")}"')
            .classes("only-narrow"),
            ui.menu(),
        ):
            for page in links:
                ui.menu_item(texts(page.word), on_click=lambda page=page: ui.navigate.to(page.path))
        ui.label(texts("product")).classes("brand")
        with ui.element("nav").classes("only-wide pages").props(f'aria-label="{texts("menu")}"'):
            for page in links:
                link = ui.link(texts(page.word), page.path)
                if page.path == current:
                    link.classes("current").props('aria-current="page"')
        ui.space()
        extra = ui.row().classes("items-center gap-1 no-wrap")
        for code, name in LANGUAGES.items():
            if code != texts.language:
                ui.link(name, f"/language/{code}?back={current}").classes("text-white q-mx-sm")
        theme = ui.button(icon="contrast").props("flat dense color=white")
        theme.props(f'aria-label="{texts("light_dark")}"').tooltip(texts("light_dark"))
        theme.on("click", js_handler=THEME_SCRIPT)
        with (
            ui.button(icon="account_circle").props(
                f'flat dense color=white aria-label="{texts("account")}"'
            ),
            ui.menu(),
        ):
            name = visitor.operator.display_name or visitor.operator.name
            ui.label(f"{name} · {texts(f'role.{visitor.operator.role}')}").classes("q-pa-sm")
            ui.menu_item(texts("change_password"), on_click=lambda: ui.navigate.to("/password"))
            ui.menu_item(texts("sign_out"), on_click=visitor.sign_out)
    return extra


def begin_sheet(visitor: Visitor, *, current: str) -> Element | None:
    """Draw the header and the body's container of a page that not everybody may see.

    Args:
        visitor: Whose tab it is.
        current: Path of the page, one of `PAGES`.

    Returns:
        The container; None where the role may not see the page, which says so itself.
    """
    lay_out(visitor, current=current)
    page = next(each for each in PAGES if each.path == current)
    sheet = ui.element("div").classes("sheet").props("id=content tabindex=-1")
    if page.permission is None or visitor.may(page.permission):
        return sheet
    with sheet, ui.column().classes("w-full items-center q-pa-xl empty"):
        ui.icon("lock", size="48px")
        ui.label(visitor.texts("not_for_you"))
    return None
