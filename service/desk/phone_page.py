"""The phone's page: plain files that a phone keeps, so that it opens without a network.

It speaks to the API like any other client. What a person sends waits in the phone until the
service has taken it, under a key that makes sending it twice harmless (docs/phone.md).
"""

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import segno
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from service.desk.texts import Texts
from service.repository import RESOURCES, Database, Scope, find_session, list_master
from service.settings import SESSION_COOKIE
from service.tables import HAZARDS, HazardKind

__all__ = ["PHONE_PATH", "mount_phone"]

PHONE_PATH = "/phone/"
_FILES = Path(__file__).resolve().parent / "phone"
# What people on foot meet most comes first, the rest as the tables have it.
_FIRST = (
    HazardKind.CORRIDOR_CLUTTER,
    HazardKind.EBIKE_INDOORS,
    HazardKind.FIRE_LANE_BLOCKED,
    HazardKind.FLY_WIRE_CHARGING,
    HazardKind.EXIT_LOCKED,
    HazardKind.EXIT_BLOCKED,
    HazardKind.EQUIPMENT_DAMAGED,
)
_SHEET_STYLE = """
body { font:16px/1.4 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif; margin:20px; }
main { display:grid; grid-template-columns:repeat(auto-fill,minmax(200px,1fr)); gap:16px; }
figure { margin:0; border:1px solid #999; border-radius:8px; padding:12px; text-align:center;
  break-inside:avoid; } figure svg { width:100%; height:auto; } figcaption { font-weight:600; }
@media print { header button { display:none; } }
"""


def _kinds() -> list[dict[str, str]]:
    rest = [kind for kind in HAZARDS if kind not in _FIRST]
    return [
        {"kind": kind.value, "zh": HAZARDS[kind].zh, "en": HAZARDS[kind].en}
        for kind in (*_FIRST, *rest)
    ]


def _code(address: str, name: str) -> str:
    picture = segno.make(address, error="m").svg_inline(scale=4, omitsize=True)
    return f"<figure>{picture}<figcaption>{escape(name)}</figcaption></figure>"


def _rows(database: Database, resource: str, scope: Scope) -> Iterator[Mapping[str, Any]]:
    after: int | None = 0
    while after is not None:
        page = list_master(
            database, RESOURCES[resource], scope=scope, narrowed={}, after=after, limit=500
        )
        yield from page.items
        after = page.next_after


def mount_phone(app: FastAPI, *, database: Database) -> None:
    """Add the page, its words and kinds, and the sheet of codes to ``app``.

    The page itself holds nothing of the ledger and opens without a sign-in; what it reads and
    sends goes through the API, which asks for one.
    """
    words = json.loads((_FILES / "words.json").read_text("utf-8"))

    @app.get("/phone/kinds.json", include_in_schema=False)
    def kinds() -> JSONResponse:
        return JSONResponse(_kinds(), headers={"Cache-Control": "no-cache"})

    @app.get("/phone/codes", include_in_schema=False, response_model=None)
    def codes(request: Request) -> Response:
        """A sheet to print: one code a building and place, which opens the page there."""
        token = request.cookies.get(SESSION_COOKIE)
        operator = None if token is None else find_session(database, token)
        if operator is None or operator.must_change_password:
            return RedirectResponse("/login", 303)
        language = Texts(request.cookies.get("lifelane_language")).language
        base = str(request.base_url).rstrip("/") + PHONE_PATH
        figures = [
            _code(f"{base}?place={letter}{row['id']}", row["name"])
            for letter, resource in (("b", "buildings"), ("p", "places"))
            for row in _rows(database, resource, operator.scope)
        ]

        def say(key: str) -> str:
            return escape(words[key][language])

        return HTMLResponse(
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
            f"<title>{say('codes')}</title><style>{_SHEET_STYLE}</style></head><body><header>"
            f"<h1>{say('codes')}</h1><p>{say('codes_hint')}</p>"
            f'<button onclick="print()">{say("print")}</button></header>'
            f"<main>{''.join(figures)}</main></body></html>"
        )

    app.mount(PHONE_PATH.rstrip("/"), StaticFiles(directory=_FILES, html=True), name="phone")
