"""A limit on every request body of the API, before anything reads it."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import LengthRequired, TooLarge
from service.routes.problems import problem_answer
from service.settings import API_PREFIX

__all__ = ["STREAMED", "BodyLimit"]

_MAX_JSON_BYTES = 64 * 1024
#: These stream their body and have limits of their own.
STREAMED = re.compile(
    rf"{API_PREFIX}/(events|events/batch|findings|incidents/[0-9]+/pictures|imports/[a-z0-9]+"
    r"|patrols/[0-9]+/photos)"
)


class BodyLimit:
    """ASGI middleware: JSON bodies of the API are small and say their length beforehand."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a body that is too long or of unknown length, pass the rest on."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(API_PREFIX) or STREAMED.fullmatch(path):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if b"transfer-encoding" in headers:
            answer = problem_answer(LengthRequired("expected a Content-Length header"))
            await answer(scope, receive, send)
        elif not length.isdigit() or len(length) > 12 or int(length) > _MAX_JSON_BYTES:
            answer = problem_answer(TooLarge(f"the body: expected at most {_MAX_JSON_BYTES} bytes"))
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)
