"""The messages between a capture process and its parent: a small header, JSON, raw pixels.

The pipe is the queue: a capture process that is not listened to blocks in `send`, so nothing
can pile up between the two.
"""

import json
import os
import select
import struct
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["LinkClosed", "LinkQuiet", "Message", "receive", "send"]

_HEADER = struct.Struct("<4sIQ")
_MAGIC = b"LLF1"
#: 8K BGR is 100 MB; anything beyond is a damaged stream, not a picture.
_MAX_PAYLOAD_BYTES = 1 << 30


class LinkClosed(Exception):  # noqa: N818  (internal signal between two modules)
    """The other process has gone, or what it sends makes no sense."""


class LinkQuiet(Exception):  # noqa: N818  (internal signal between two modules)
    """Nothing came within the time that was given."""


class Message(NamedTuple):
    """One message: its kind, its fields, and the pixels where it is a frame."""

    kind: str
    fields: Mapping[str, Any]
    payload: bytearray


def _write_all(fd: int, data: bytes | memoryview) -> None:
    rest = memoryview(data).cast("B")
    while len(rest):
        rest = rest[os.write(fd, rest) :]


def send(fd: int, kind: str, fields: Mapping[str, Any], payload: bytes | memoryview = b"") -> None:
    """Write one message, waiting for as long as the other side takes.

    Args:
        fd: Writable end of the pipe.
        kind: Word that names the message.
        fields: What JSON can hold.
        payload: Bytes that follow, C-contiguous.

    Raises:
        OSError: The reader has gone.
    """
    head = json.dumps({"kind": kind, **fields}).encode()
    size = memoryview(payload).nbytes
    _write_all(fd, _HEADER.pack(_MAGIC, len(head), size) + head)
    if size:
        _write_all(fd, payload)


def _read_exactly(fd: int, size: int, until_s: float) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    got = 0
    while got < size:
        left_s = until_s - time.monotonic()
        if left_s <= 0 or not poller.poll(left_s * 1000):
            raise LinkQuiet
        count = os.readv(fd, [view[got:]])
        if count == 0:
            raise LinkClosed
        got += count
    return data


def receive(fd: int, timeout_s: float) -> Message:
    """Read one message.

    Args:
        fd: Readable end of the pipe.
        timeout_s: How long the whole message may take.

    Raises:
        LinkQuiet: It has not come, or not come whole, in time.
        LinkClosed: The pipe has ended.
    """
    until_s = time.monotonic() + max(timeout_s, 0.001)
    magic, head_size, size = _HEADER.unpack(_read_exactly(fd, _HEADER.size, until_s))
    if magic != _MAGIC or size > _MAX_PAYLOAD_BYTES:
        raise LinkClosed
    fields = json.loads(_read_exactly(fd, head_size, until_s))
    kind = fields.pop("kind")
    payload = _read_exactly(fd, size, until_s) if size else bytearray()
    return Message(kind, fields, payload)
