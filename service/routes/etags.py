"""ETags: whole numbers in quotes; an edit that carries an old one is refused."""

import re
from typing import Annotated

from fastapi import Header

from service.errors import InvalidRequest

__all__ = ["IfMatch", "etag", "read_etag"]

_ETAG = re.compile(r'"([0-9]{1,18})"')

IfMatch = Annotated[
    str | None,
    Header(max_length=64, description="The ETag that was read; refused with 412 when it changed"),
]


def etag(number: int) -> str:
    """The header's value for a version number."""
    return f'"{number}"'


def read_etag(if_match: str | None) -> int | None:
    """The number in an ETag of ours; None when none was given, or any (``*``).

    Raises:
        InvalidRequest: It is no ETag of ours.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise InvalidRequest(
            'If-Match: expected the ETag of an earlier answer, such as "42"',
            (("header.if-match", "not an ETag of this API"),),
        )
    return int(match[1])
