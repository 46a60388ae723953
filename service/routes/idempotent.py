"""Idempotency-Key: a repeated POST or PATCH gets the first one's answer, and does nothing."""

import hashlib

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import InvalidRequest, ServiceError
from service.repository import (
    Database,
    KeptAnswer,
    begin_request,
    forget_request,
    keep_answer,
)
from service.routes.limits import STREAMED
from service.routes.problems import problem_answer
from service.settings import API_PREFIX

__all__ = ["IdempotentRequests"]

_LONGEST_KEY = 255
_LONGEST_BODY = 1024 * 1024


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)


class IdempotentRequests:
    """ASGI middleware for the routes whose body is small JSON.

    What streams its body has a key of its own inside it. Answers of 5xx, 401 and 429 are not
    kept: they may turn out otherwise.

    Args:
        app: What answers.
        database: Where answers are kept for a day.
    """

    def __init__(self, app: ASGIApp, *, database: Database) -> None:
        self._app = app
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass the request on and remember its answer."""
        path = scope.get("path", "")
        key = _header(scope, b"idempotency-key") if scope["type"] == "http" else None
        if (
            key is None
            or scope["method"] not in ("POST", "PATCH")
            or not path.startswith(API_PREFIX)
            or path.startswith(f"{API_PREFIX}/session")
            or STREAMED.fullmatch(path)
        ):
            await self._app(scope, receive, send)
            return
        credential = _header(scope, b"authorization") or _header(scope, b"cookie") or b""
        caller = hashlib.sha256(credential).hexdigest()
        try:
            if not 1 <= len(key) <= _LONGEST_KEY or not key.isascii():
                raise InvalidRequest(
                    f"Idempotency-Key: expected 1 to {_LONGEST_KEY} plain characters",
                    (("header.idempotency-key", "too long, empty or not ASCII"),),
                )
            body = await self._read(receive)
            asked = b"\0".join((scope["method"].encode(), path.encode(), scope["query_string"]))
            digest = hashlib.sha256(asked + b"\0" + body).hexdigest()
            known = await run_in_threadpool(
                begin_request,
                self._database,
                caller=caller,
                key=key.decode(),
                request_sha256=digest,
            )
        except ServiceError as error:
            await problem_answer(error)(scope, receive, send)
            return
        if known is not None:
            await self._send(send, known)
            return
        await self._pass_on(scope, body, send, caller=caller, key=key.decode())

    async def _read(self, receive: Receive) -> bytes:
        body = b""
        while True:
            message = await receive()
            body += bytes(message.get("body", b""))
            if len(body) > _LONGEST_BODY or not message.get("more_body", False):
                return body

    async def _send(self, send: Send, known: KeptAnswer) -> None:
        headers = [(b"idempotency-replayed", b"true")]
        if known.media_type:
            headers.append((b"content-type", known.media_type.encode()))
        await send({"type": "http.response.start", "status": known.status, "headers": headers})
        await send({"type": "http.response.body", "body": known.body.encode()})

    async def _pass_on(
        self, scope: Scope, body: bytes, send: Send, *, caller: str, key: str
    ) -> None:
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return {"type": "http.disconnect"}
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        status, media_type, answer = 500, "", b""

        async def watch(message: Message) -> None:
            nonlocal status, media_type, answer
            if message["type"] == "http.response.start":
                status = message["status"]
                named = dict(message.get("headers", ()))
                media_type = named.get(b"content-type", b"").decode("latin-1")
            else:
                answer += message.get("body", b"")
                if not message.get("more_body", False):
                    # Before the last byte: who has the answer may count on its being kept.
                    await self._keep(caller, key, status, media_type, answer)
            await send(message)

        try:
            await self._app(scope, replay, watch)
        except BaseException:
            await run_in_threadpool(forget_request, self._database, caller=caller, key=key)
            raise

    async def _keep(
        self, caller: str, key: str, status: int, media_type: str, answer: bytes
    ) -> None:
        if status >= 500 or status in (401, 429):
            await run_in_threadpool(forget_request, self._database, caller=caller, key=key)
            return
        kept = KeptAnswer(
            status=status, media_type=media_type, body=answer.decode("utf-8", "replace")
        )
        await run_in_threadpool(keep_answer, self._database, caller=caller, key=key, answer=kept)
