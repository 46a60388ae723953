"""The last seconds of a stream, still compressed, and clips cut out of them.

A clip is a stream copy: nothing is decoded or encoded again, so it costs next to nothing and shows
what the camera sent.
"""

import os
import threading
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import av
import av.error

#: PyAV's packets are generic over their stream; here it is always video.
Packet: TypeAlias = "av.Packet[av.VideoStream]"

__all__ = ["ClipError", "Packet", "PacketRing"]

#: However long the ring is meant to be, a camera may not take more memory than this.
_MAX_BYTES = 24 << 20


class ClipError(Exception):
    """There is nothing to cut, or it cannot be written; the text says which."""


class _Kept(NamedTuple):
    packet: Packet
    at_s: float
    is_key: bool
    size: int


class PacketRing:
    """The packets of the last seconds, beginning with a key frame.

    Args:
        seconds_s: How far back it reaches at least, while the bytes allow it.
    """

    def __init__(self, seconds_s: float) -> None:
        self._seconds_s = seconds_s
        self._kept: deque[_Kept] = deque()
        self._bytes = 0
        self._stream: Any = None
        self._changed = threading.Condition()

    def restart(self, stream: Any) -> None:
        """Another connection: what was kept belongs to a stream that is gone."""
        with self._changed:
            self._kept.clear()
            self._bytes = 0
            self._stream = stream

    def add(self, packet: Packet, *, at_s: float) -> None:
        """Keep one packet of the stream.

        Args:
            packet: As demuxed.
            at_s: Wall clock of its arrival, in seconds since 1970.
        """
        if not packet.size or packet.dts is None:
            return
        kept = _Kept(packet, at_s, bool(packet.is_keyframe), packet.size)
        with self._changed:
            if not self._kept and not kept.is_key:
                return
            self._kept.append(kept)
            self._bytes += kept.size
            self._trim(at_s)
            self._changed.notify_all()

    def _trim(self, now_s: float) -> None:
        """Drop whole groups of pictures from the front, as long as enough is left."""
        while True:
            second = next((i for i, k in enumerate(self._kept) if i and k.is_key), None)
            if second is None:
                break
            reaches_far = self._kept[second].at_s <= now_s - self._seconds_s
            if not reaches_far and self._bytes <= _MAX_BYTES:
                break
            for _ in range(second):
                self._bytes -= self._kept.popleft().size
        if self._bytes > _MAX_BYTES:  # one endless group of pictures
            self._kept.clear()
            self._bytes = 0

    def cut(
        self, path: Path, *, begin_s: float, end_s: float, wait_s: float
    ) -> tuple[float, float]:
        """Write what lies between two moments as an MP4.

        Args:
            path: The file to write; it appears only when it is whole.
            begin_s: Wall clock; the clip begins with the key frame before it.
            end_s: Wall clock; may lie a little in the future.
            wait_s: How long to wait for ``end_s`` to come.

        Returns:
            Wall clock of the first and last picture in it.

        Raises:
            ClipError: There is nothing between the two, or it cannot be written.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: bool(self._kept) and self._kept[-1].at_s >= end_s, wait_s
            )
            kept = [each for each in self._kept if each.at_s <= end_s]
            stream = self._stream
        starts = [i for i, each in enumerate(kept) if each.is_key]
        if not starts or kept[-1].at_s < begin_s:
            raise ClipError("no video of that time is kept")
        start = max((i for i in starts if kept[i].at_s <= begin_s), default=starts[0])
        kept = _unbroken(kept[start:])
        part = path.with_name(path.name + ".part")
        try:
            _write(part, stream, kept)
            part.replace(path)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            part.unlink(missing_ok=True)
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ClipError(f"the clip cannot be written: {reason}") from None
        return kept[0].at_s, kept[-1].at_s


def _unbroken(kept: list[_Kept]) -> list[_Kept]:
    """The longest tail whose time stamps grow; an MP4 cannot hold a jump back."""
    for index in range(len(kept) - 1, 0, -1):
        before, after = kept[index - 1].packet.dts, kept[index].packet.dts
        if before is not None and after is not None and after <= before:
            tail = kept[index:]
            first_key = next((i for i, each in enumerate(tail) if each.is_key), None)
            return kept[:index] if first_key is None else tail[first_key:]
    return kept


def _write(path: Path, stream: Any, kept: list[_Kept]) -> None:
    origin = kept[0].packet.dts or 0
    # A file of its own mode: the pictures show people.
    os.close(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o640))
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        copy = container.add_stream_from_template(stream)
        for each in kept:
            packet = av.Packet(bytes(each.packet))
            packet.stream = copy
            packet.time_base = each.packet.time_base
            packet.dts = (each.packet.dts or 0) - origin
            packet.pts = None if each.packet.pts is None else each.packet.pts - origin
            packet.is_keyframe = each.is_key
            container.mux(packet)
