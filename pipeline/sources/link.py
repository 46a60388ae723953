"""The messages between a capture process and its parent: a small header and JSON.

Pictures are not in them: they lie in the arena (`pipeline.sources.arena`), and a message names the
slot.
"""

import json
import os
import select
import struct
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["LinkClosed", "LinkQuiet", "Message", "receive", "send"]

_HEADER = struct.Struct("<4sII")
_MAGIC = b"LLF2"
#: Anything beyond is a damaged stream, not a message.
_MAX_HEAD_BYTES = 1 << 20


class LinkClosed(Exception):  # noqa: N818  (internal signal between two modules)
    """The other process has gone, or what it sends makes no sense."""


class LinkQuiet(Exception):  # noqa: N818  (internal signal between two modules)
    """Nothing came within the time that was given."""


class Message(NamedTuple):
    """One message: the channel it belongs to, its kind and its fields."""

    channel: int
    kind: str
    fields: Mapping[str, Any]


def send(fd: int, channel: int, kind: str, fields: Mapping[str, Any]) -> None:
    """Write one message, waiting for as long as the other side takes.

    Args:
        fd: Writable end of the pipe.
        channel: Whom it is about; 0 is the process itself.
        kind: Word that names the message.
        fields: What JSON can hold.

    Raises:
        OSError: The reader has gone.
    """
    head = json.dumps({"kind": kind, **fields}).encode()
    rest = memoryview(_HEADER.pack(_MAGIC, channel, len(head)) + head)
    while rest:
        rest = rest[os.write(fd, rest) :]


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
    magic, channel, head_size = _HEADER.unpack(_read_exactly(fd, _HEADER.size, until_s))
    if magic != _MAGIC or head_size > _MAX_HEAD_BYTES:
        raise LinkClosed
    fields = json.loads(_read_exactly(fd, head_size, until_s))
    kind = fields.pop("kind")
    return Message(channel, kind, fields)
