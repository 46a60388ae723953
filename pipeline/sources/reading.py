"""From packets to pictures: no more decoding than the state of the place needs."""

import time
from collections.abc import Callable, Iterator

import av
import av.error
from av.container import InputContainer
from av.video.frame import VideoFrame

from pipeline.sources.ring import Packet, PacketRing
from pipeline.sources.spec import Decode

__all__ = ["PacketReader"]

#: After damage, pictures are withheld until the next key frame, but no more than this many:
#: cameras with rolling intra refresh never send a second key frame.
_DISTRUSTED_PICTURES = 300
#: Key frames further apart than this are too far apart to live on.
_MAX_KEY_INTERVAL_S = 4.5
#: Packets in a row that are this much larger than usual say that something moves.
_WAKE_PACKETS = 3
_WAKE_FACTOR = 2.5
_WAKE_BYTES = 300
_SIZE_SHARE = 0.05


class PacketReader:
    """Sound pictures out of one source, over all its connections.

    While the place is at rest only key frames are decoded. The packets in between are kept until
    the next key frame: as soon as something stirs (their size says so, the gate does, or somebody
    asks) they are decoded in one go, so that nothing has to be waited for. Only the newest picture
    of them is given out: what stirs has just begun, and the others are older than it.

    Damaged pictures, and those built upon them, are withheld and counted.

    Args:
        decode: See `WatchPlan`.
        at_rest: Asked for each packet whether key frames are enough at present.
        on_damage: Called when a damaged picture was withheld.
        ring: Keeps the packets too, where clips may be asked for.
    """

    def __init__(
        self,
        *,
        decode: Decode,
        at_rest: Callable[[], bool],
        on_damage: Callable[[], None],
        ring: PacketRing | None = None,
    ) -> None:
        self._decode = decode
        self._at_rest = at_rest
        self._on_damage = on_damage
        self._ring = ring
        self._withhold = 0
        self._skipped: list[Packet] = []
        self._key_s: float | None = None
        self._key_interval_s: float | None = None
        self._usual_size: float | None = None
        self._large = 0
        self.keys_only = False
        self.keys = 0
        self.damaged = 0
        self.decoded = 0

    def restart(self, container: InputContainer) -> None:
        """A new connection: what was built upon the old one is gone."""
        self._withhold = 0
        self._skipped = []
        self._key_s = self._key_interval_s = self._usual_size = None
        self._large = 0
        self.keys_only = False
        if self._ring is not None:
            self._ring.restart(container.streams.video[0])

    def pictures(self, container: InputContainer) -> Iterator[VideoFrame]:
        """Play to the end of the connection.

        Raises:
            av.error.FFmpegError: The connection is lost.
            OSError: Likewise.
        """
        stream = container.streams.video[0]
        for packet in container.demux(stream):
            if packet.is_corrupt and packet.size:
                self._distrust()
                continue
            if self._ring is not None:
                self._ring.add(packet, at_s=time.time())
            if packet.is_keyframe:
                self._meet_key(packet)
            if self.keys_only and packet.size:
                if not packet.is_keyframe:
                    self._skipped.append(packet)
                    if not self._wakes(packet):
                        continue
                    self.keys_only = False
                    yield from self._newest_skipped()
                    continue
                self._skipped = []
            self._learn_size(packet)
            yield from self._decoded(packet)
            if packet.is_keyframe:
                self.keys_only = self._may_rest(stream)

    def _newest_skipped(self) -> Iterator[VideoFrame]:
        late, self._skipped = self._skipped, []
        newest = None
        for each in late:
            for picture in self._decoded(each):
                newest = picture
        if newest is not None:
            yield newest

    def _may_rest(self, stream: av.VideoStream) -> bool:
        if self._decode == "keys":
            return True
        if self._decode == "all" or self._key_interval_s is None:
            return False
        # A decoder that reorders gives a key frame out only with the packets after it.
        reorders = stream.codec_context.has_b_frames
        return self._key_interval_s <= _MAX_KEY_INTERVAL_S and not reorders and self._at_rest()

    def _wakes(self, packet: Packet) -> bool:
        if self._decode == "keys":
            return False
        if self._usual_size is not None:
            limit = _WAKE_FACTOR * self._usual_size + _WAKE_BYTES
            self._large = self._large + 1 if packet.size > limit else 0
            if self._large >= _WAKE_PACKETS:
                self._large = 0
                return True
        self._learn_size(packet)
        return not self._at_rest()

    def _learn_size(self, packet: Packet) -> None:
        if packet.is_keyframe or not packet.size:
            return
        if self._usual_size is None:
            self._usual_size = float(packet.size)
        # One large packet must not raise what is usual at once.
        size = min(float(packet.size), 2 * self._usual_size + _WAKE_BYTES)
        self._usual_size += _SIZE_SHARE * (size - self._usual_size)

    def _meet_key(self, packet: Packet) -> None:
        self.keys += 1
        moment = packet.pts if packet.pts is not None else packet.dts
        if moment is None or packet.time_base is None:
            return
        at_s = float(moment * packet.time_base)
        if self._key_s is not None and at_s > self._key_s:
            self._key_interval_s = at_s - self._key_s
        self._key_s = at_s

    def _decoded(self, packet: Packet) -> Iterator[VideoFrame]:
        try:
            pictures = packet.decode()
        except av.error.FFmpegError:
            self._distrust()
            return
        for picture in pictures:
            self.decoded += 1
            if picture.is_corrupt:
                self._distrust()
            elif picture.key_frame or not self._withhold:
                self._withhold = 0
                yield picture
            else:
                self._withhold -= 1
                self.damaged += 1

    def _distrust(self) -> None:
        """A damaged picture: the next ones are built upon it, and would show grey smears."""
        self.damaged += 1
        self._withhold = _DISTRUSTED_PICTURES
        self._on_damage()
