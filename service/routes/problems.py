"""How errors reach the caller: one JSON shape, no traceback, no input echoed."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from service.errors import (
    InvalidRequest,
    NotSignedIn,
    ServiceError,
    StorageUnavailable,
    TransitionRefused,
)

__all__ = [
    "PROBLEM_JSON",
    "FieldProblem",
    "Problem",
    "install_error_handlers",
    "problem_answer",
    "problem_responses",
]

#: RFC 9457.
PROBLEM_JSON = "application/problem+json"

_log = logging.getLogger("lifelane.service")


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Path of the field, such as `event.measures.dwell_s`")
    message: str = Field(description="What was expected and what was found")


class Problem(BaseModel):
    """Every error answer."""

    code: str = Field(description="A stable word for programs")
    detail: str = Field(description="What was expected, what was found and how to mend it")
    problems: list[FieldProblem] = Field(default=[], description="One for each fault found")
    type: str = Field(default="about:blank", description="`urn:lifelane:problem:<code>`")
    title: str = Field(default="", description="The status in words")
    status: int = Field(default=0, description="The HTTP status")
    detail_zh: str | None = Field(default=None, description="The same in Chinese, where known")


_MEANING = {
    401: "No key or session, or a wrong one",
    403: "The key or the operator may not do this",
    404: "No such incident or picture",
    409: "Contradicts what is known; `detail` says how",
    412: "Somebody has changed it since you read it",
    411: "A body needs its Content-Length",
    413: "Over a size limit",
    415: "Neither multipart/form-data nor application/json",
    422: "Not what this API expects; `problems` names each field",
    428: "An edit needs `If-Match` with the ETag that was read",
    429: "Too many wrong keys from this address",
    503: "The database or the disk cannot take it now; try again",
}


_RETRY_AFTER_S = {429: 60, 503: 5}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The OpenAPI entries of these error answers."""
    return {
        status: {
            "description": _MEANING[status],
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def _plain(text: str) -> str:
    # Field names come from the caller and may hold what UTF-8 cannot.
    return text.encode("utf-8", "backslashreplace").decode()


def problem_answer(error: ServiceError) -> JSONResponse:
    """The error as an answer, in the one shape."""
    problems = error.problems if isinstance(error, InvalidRequest) else ()
    body = Problem(
        code=error.code,
        detail=_plain(str(error)),
        problems=[FieldProblem(field=_plain(f), message=_plain(m)) for f, m in problems],
        type=f"urn:lifelane:problem:{error.code}",
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        detail_zh=error.zh if isinstance(error, TransitionRefused) else None,
    )
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if error.status in _RETRY_AFTER_S:
        headers["Retry-After"] = str(_RETRY_AFTER_S[error.status])
    return JSONResponse(
        body.model_dump(exclude_none=True),
        status_code=error.status,
        headers=headers,
        media_type=PROBLEM_JSON,
    )


async def _on_service_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServiceError)  # noqa: S101  (registered for nothing else)
    return problem_answer(error)


async def _on_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    problems = tuple(
        (".".join(str(part) for part in fault["loc"]), str(fault["msg"]))
        for fault in error.errors()
    )
    first = f"{problems[0][0]}: {problems[0][1]}" if problems else "the request is not valid"
    return problem_answer(InvalidRequest(first, problems))


async def _on_http(_request: Request, error: Exception) -> JSONResponse:
    # The framework's own: no such path, no such method, a body that cannot be read.
    assert isinstance(error, HTTPException)  # noqa: S101
    body = Problem(
        code=HTTPStatus(error.status_code).name.lower(),
        detail=_plain(str(error.detail)),
        type=f"urn:lifelane:problem:{HTTPStatus(error.status_code).name.lower()}",
        title=HTTPStatus(error.status_code).phrase,
        status=error.status_code,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True),
        status_code=error.status_code,
        headers={"Cache-Control": "no-store", **(error.headers or {})},
        media_type=PROBLEM_JSON,
    )


async def _on_database(_request: Request, error: Exception) -> JSONResponse:
    # The log may name the statement; the caller learns only that trying again is right.
    _log.error("the database refused: %s", type(error).__name__, exc_info=error)
    return problem_answer(
        StorageUnavailable("the database cannot take it now; try again, the log says more")
    )


def install_error_handlers(app: FastAPI) -> None:
    """Answer every error on purpose, and a database that is away, in the one shape."""
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(ServiceError, _on_service_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(DBAPIError, _on_database)
    app.add_exception_handler(PoolTimeoutError, _on_database)
