"""Every error that LifeLane's desk half raises on purpose.

ServiceError
├── InvalidRequest        422  the body or a parameter is not what the wire format says
├── LengthRequired        411  a body came without its length
├── TooLarge              413  the body, the event or a picture is over its limit
├── UnsupportedContent    415  neither multipart/form-data nor application/json
├── NotSignedIn           401  no key or session, or a wrong one
├── NotAllowed            403  the key or the operator may not do this
├── NotFound              404  no such incident or picture
├── EventConflict         409  the event_id is known with other content
├── TransitionRefused     409  the incident's status does not allow this action
├── InUse                 409  others still name what should be deleted or made twice
├── ChangedMeanwhile      412  somebody has changed it since the caller read it
├── PreconditionMissing   428  an edit came without If-Match
├── TooManyAttempts       429  too many wrong keys or passwords from one address
├── StorageUnavailable    503  the database or the disk cannot take it now
└── SettingsError              the service cannot start as configured (command line)

Messages say what was expected, what was found and how to mend it. They never hold a
password or a key.
"""

from typing import ClassVar

__all__ = [
    "ChangedMeanwhile",
    "EventConflict",
    "InUse",
    "InvalidRequest",
    "LengthRequired",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "PreconditionMissing",
    "ServiceError",
    "SettingsError",
    "StorageUnavailable",
    "TooLarge",
    "TooManyAttempts",
    "TransitionRefused",
    "UnsupportedContent",
]


class ServiceError(Exception):
    """Root of every error raised on purpose.

    Attributes:
        status: The HTTP status that answers it.
        code: A stable word for programs; the message is for people.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "service_error"


class InvalidRequest(ServiceError):  # noqa: N818  (reads as the state it reports)
    """The body or a parameter is not what the wire format says.

    Attributes:
        problems: ``(field, message)`` for each fault found.
    """

    status = 422
    code = "invalid_request"

    def __init__(self, message: str, problems: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class LengthRequired(ServiceError):  # noqa: N818
    """A body came without its length."""

    status = 411
    code = "length_required"


class TooLarge(ServiceError):  # noqa: N818
    """The body, the event or a picture is over its limit."""

    status = 413
    code = "too_large"


class UnsupportedContent(ServiceError):  # noqa: N818
    """Neither ``multipart/form-data`` nor ``application/json``."""

    status = 415
    code = "unsupported_content"


class NotSignedIn(ServiceError):  # noqa: N818
    """No key or session came with the request, or a wrong one."""

    status = 401
    code = "not_signed_in"


class NotAllowed(ServiceError):  # noqa: N818
    """The key or the operator may not do this."""

    status = 403
    code = "not_allowed"


class NotFound(ServiceError):  # noqa: N818
    """No such incident or picture, or not within the caller's site."""

    status = 404
    code = "not_found"


class EventConflict(ServiceError):  # noqa: N818
    """The ``event_id`` is known with other content."""

    status = 409
    code = "event_conflict"


class TransitionRefused(ServiceError):  # noqa: N818
    """The incident's status does not allow this action, or the action lacks something.

    Attributes:
        zh: The reason in Chinese.
        en: The reason in English.
    """

    status = 409
    code = "transition_refused"

    def __init__(self, *, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class InUse(ServiceError):  # noqa: N818
    """Others still name what should be deleted, or its name is taken."""

    status = 409
    code = "in_use"


class ChangedMeanwhile(ServiceError):  # noqa: N818
    """Somebody has changed it since the caller read it."""

    status = 412
    code = "changed_meanwhile"


class PreconditionMissing(ServiceError):  # noqa: N818
    """An edit came without ``If-Match``, so that it could overwrite another's unseen."""

    status = 428
    code = "precondition_missing"


class TooManyAttempts(ServiceError):  # noqa: N818
    """Too many wrong keys or passwords came from one address."""

    status = 429
    code = "too_many_attempts"


class StorageUnavailable(ServiceError):  # noqa: N818
    """The database or the disk cannot take it now; trying again later is right."""

    status = 503
    code = "storage_unavailable"


class SettingsError(ServiceError):
    """The service cannot start as configured; the command line prints it and exits with 2."""

    code = "settings_error"
