"""Reading a posted event off the wire: streamed, limited, digested on the way."""

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Self

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from service.errors import InvalidRequest, ServiceError, TooLarge, UnsupportedContent
from service.settings import Settings

__all__ = ["Posted", "ReceivedPicture", "read_post"]

_PICTURE_NAME = re.compile(rb"([0-9a-f]{64})\.[A-Za-z0-9]{1,8}")
_SPOOL_BYTES = 1024 * 1024
# Room for the boundaries and heads of the parts.
_OVERHEAD_BYTES = 64 * 1024
# After a refusal the rest is read and dropped up to here: a sender that is cut off while it
# still sends sees a broken connection instead of the answer, and would try for ever.
_DRAIN_BYTES = 256 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class ReceivedPicture:
    """One `evidence` part: the bytes, with the digest and length that were really seen."""

    sha256: str
    size_bytes: int
    head: bytes
    content: SpooledTemporaryFile[bytes]


@dataclass(slots=True, kw_only=True)
class Posted:
    """What came: the event's JSON, and the pictures by the digest in their file name."""

    event_json: bytes = b""
    pictures: dict[str, ReceivedPicture] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for picture in self.pictures.values():
            picture.content.close()


class _Part:
    """The part that is being read."""

    def __init__(self) -> None:
        self.header_name = b""
        self.header_value = b""
        self.disposition = b""
        self.is_event = False
        self.name_sha256: str | None = None
        self.size = 0
        self.digest = hashlib.sha256()
        self.head = b""
        self.event = bytearray()
        self.content: SpooledTemporaryFile[bytes] | None = None


class _Reader:
    """Takes the parts apart; the first fault is kept, and the rest only read over."""

    def __init__(self, settings: Settings, posted: Posted, name: str) -> None:
        self._name = name
        self._settings = settings
        self._posted = posted
        self._part = _Part()
        self._has_event = False
        self.ended = False
        self.fault: ServiceError | None = None

    def refuse(self, fault: ServiceError) -> None:
        self.fault = self.fault or fault

    def part_begin(self) -> None:
        self._part = _Part()

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._part.header_name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.header_value += data[start:end]

    def header_end(self) -> None:
        part = self._part
        if part.header_name.lower() == b"content-disposition":
            part.disposition = part.header_value
        part.header_name = part.header_value = b""

    def headers_finished(self) -> None:
        part = self._part
        _, options = parse_options_header(part.disposition)
        name = options.get(b"name", b"")
        if name == self._name.encode():
            if self._has_event:
                self.refuse(
                    InvalidRequest(f"the body: expected one part `{self._name}`, got several")
                )
            part.is_event = self._has_event = True
        elif name == b"evidence":
            self._begin_picture(part, options.get(b"filename", b""))
        else:
            shown = name[:40].decode("ascii", "backslashreplace")
            self.refuse(
                InvalidRequest(
                    f"the body: expected parts `{self._name}` and `evidence`, got {shown!r}"
                )
            )

    def _begin_picture(self, part: _Part, file_name: bytes) -> None:
        match = _PICTURE_NAME.fullmatch(file_name)
        if match is None:
            self.refuse(InvalidRequest("an `evidence` part: expected the file name <sha256>.<ext>"))
            return
        sha256 = match[1].decode()
        if sha256 in self._posted.pictures:
            self.refuse(InvalidRequest(f"evidence {sha256}: came twice"))
        elif len(self._posted.pictures) >= self._settings.max_pictures:
            self.refuse(TooLarge(f"expected at most {self._settings.max_pictures} pictures"))
        else:
            part.name_sha256 = sha256
            # Closed by `Posted` when the request is done.
            part.content = SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115
            self._posted.pictures[sha256] = ReceivedPicture(
                sha256="", size_bytes=0, head=b"", content=part.content
            )

    def part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if self.fault is not None:
            return
        part.size += end - start
        if part.is_event:
            if part.size > self._settings.max_event_bytes:
                self.refuse(_event_too_large(self._settings, self._name))
            else:
                part.event += data[start:end]
        elif part.content is not None:
            if part.size > self._settings.max_picture_bytes:
                limit = self._settings.max_picture_bytes
                self.refuse(
                    TooLarge(f"evidence {part.name_sha256}: expected at most {limit} bytes")
                )
                return
            chunk = data[start:end]
            part.digest.update(chunk)
            if len(part.head) < 16:
                part.head = (part.head + chunk)[:16]
            part.content.write(chunk)

    def part_end(self) -> None:
        part = self._part
        if part.is_event:
            self._posted.event_json = bytes(part.event)
        elif part.name_sha256 is not None:
            picture = self._posted.pictures[part.name_sha256]
            picture.sha256 = part.digest.hexdigest()
            picture.size_bytes = part.size
            picture.head = part.head

    def end(self) -> None:
        self.ended = True


def _event_too_large(settings: Settings, name: str) -> TooLarge:
    return TooLarge(f"the {name}: expected at most {settings.max_event_bytes} bytes of JSON")


async def _chunks(request: Request, limit: int, reader: _Reader) -> AsyncIterator[bytes]:
    """The body's chunks as long as nothing is wrong; reads on and drops the rest after that."""
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > limit:
            reader.refuse(TooLarge(f"the body: expected at most {limit} bytes"))
        if seen > _DRAIN_BYTES:
            return
        if reader.fault is None:
            yield chunk


async def _read_multipart(request: Request, reader: _Reader, boundary: bytes, limit: int) -> None:
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": reader.part_begin,
                "on_part_data": reader.part_data,
                "on_part_end": reader.part_end,
                "on_header_field": reader.header_field,
                "on_header_value": reader.header_value,
                "on_header_end": reader.header_end,
                "on_headers_finished": reader.headers_finished,
                "on_end": reader.end,
            },
        )
    except FormParserError:
        reader.refuse(InvalidRequest("Content-Type: the multipart boundary is not valid"))
        return
    async for chunk in _chunks(request, limit, reader):
        try:
            parser.write(chunk)
        except FormParserError:
            reader.refuse(InvalidRequest("the body: it is not valid multipart/form-data"))
    if not reader.ended:
        reader.refuse(InvalidRequest("the body: the multipart data ends before its last boundary"))


async def _read_json(request: Request, reader: _Reader, limit: int) -> bytes:
    text = bytearray()
    async for chunk in _chunks(request, limit, reader):
        text += chunk
    return bytes(text)


async def read_post(request: Request, settings: Settings, *, name: str = "event") -> Posted:
    """Read the whole body; close what is returned when done with it.

    Args:
        request: What came.
        settings: Its limits.
        name: Name of the part that holds the JSON.

    Raises:
        UnsupportedContent: Neither multipart nor JSON, or compressed.
        TooLarge: A limit of ``settings`` is passed; the message names it.
        InvalidRequest: The multipart body is broken or has a part of another name.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedContent("Content-Encoding: expected none, a compressed body came")
    posted = Posted()
    reader = _Reader(settings, posted, name)
    try:
        if kind == b"application/json":
            posted.event_json = await _read_json(request, reader, settings.max_event_bytes)
            if isinstance(reader.fault, TooLarge):
                raise _event_too_large(settings, name)  # noqa: TRY301
        elif kind == b"multipart/form-data" and options.get(b"boundary"):
            limit = (
                settings.max_event_bytes
                + settings.max_pictures * settings.max_picture_bytes
                + _OVERHEAD_BYTES
            )
            await _read_multipart(request, reader, options[b"boundary"], limit)
        else:
            raise UnsupportedContent(  # noqa: TRY301
                "Content-Type: expected multipart/form-data with a boundary, or application/json"
            )
        if reader.fault is not None:
            raise reader.fault  # noqa: TRY301
    except BaseException:
        posted.__exit__()
        raise
    return posted
