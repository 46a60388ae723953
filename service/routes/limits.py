"""A limit on every request body of the API, before anything reads it."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from service.settings import API_PREFIX

__all__ = ["BodyLimit"]

_MAX_JSON_BYTES = 64 * 1024
# These stream their bodies and have limits of their own.
_STREAMED = (f"{API_PREFIX}/events", f"{API_PREFIX}/findings")


class BodyLimit:
    """ASGI middleware: JSON bodies of the API are small and say their length beforehand."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a body that is too long or of unknown length, pass the rest on."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(API_PREFIX) or path in _STREAMED:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if b"transfer-encoding" in headers:
            answer = JSONResponse(
                {"code": "length_required", "detail": "expected a Content-Length header"}, 411
            )
            await answer(scope, receive, send)
        elif not length.isdigit() or len(length) > 12 or int(length) > _MAX_JSON_BYTES:
            answer = JSONResponse(
                {
                    "code": "too_large",
                    "detail": f"the body: expected at most {_MAX_JSON_BYTES} bytes",
                },
                413,
            )
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)
