"""What a capture process sees for itself: change, and whether the camera can be believed."""

import time

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from pipeline.gate import LUMA_WH, ChangeGate, Pace, Pacer, zone_cells
from pipeline.health import DETAIL_WH, PictureHealth, PictureState
from pipeline.sources.planes import first_plane
from pipeline.sources.spec import WatchPlan

__all__ = ["Lookout"]

_HEALTH_EVERY_S = 1.0
#: So long must nothing have changed before key frames are enough.
_REST_AFTER_S = 8.0


class Lookout:
    """Looks at each sampled picture of one camera and says whether a detector should.

    Args:
        plan: How the camera is watched.
        may_freeze: Whether an unchanging picture is suspicious.
    """

    def __init__(self, plan: WatchPlan, *, may_freeze: bool) -> None:
        self._gate = ChangeGate(zone_cells(plan.zones_norm, size_wh=LUMA_WH))
        self._pacer = Pacer(Pace(every_s=plan.every_s), hold_s=plan.hold_s)
        self._health = PictureHealth(may_freeze=may_freeze)
        self._luma_scaler = VideoReformatter()
        self._detail_scaler = VideoReformatter()
        self._health_s: float | None = None
        self._health_keys = 0
        self._now_s = 0.0
        self.looked = 0
        self.changed = 0
        self.cpu_s = 0.0
        self.is_heartbeat = False

    @property
    def picture(self) -> PictureState:
        """What the pixels say about the camera."""
        return self._health.state

    def set_pace(self, pace: Pace) -> None:
        """What the runner asks for from now on."""
        self._pacer.pace = pace

    def is_at_rest(self) -> bool:
        """Whether nothing has changed for a while and nobody waits for a decision."""
        changed_s = self._pacer.changed_s
        if self._pacer.pace.alert or changed_s is None:
            return False
        return self._now_s - changed_s >= _REST_AFTER_S

    def wants(self, picture: VideoFrame, media_time_s: float, *, keys: int) -> bool:
        """Look at a sampled picture.

        Args:
            picture: As decoded.
            media_time_s: Its stream time in seconds.
            keys: Key frames of this source so far.

        Returns:
            Whether a detector should look too; it is then taken as looked at.
        """
        begun_s = time.thread_time()
        wanted = self._wants(picture, media_time_s, keys)
        self.cpu_s += time.thread_time() - begun_s
        return wanted

    def _wants(self, picture: VideoFrame, media_time_s: float, keys: int) -> bool:
        self._now_s = media_time_s
        self.looked += 1
        changed = self._gate.observe(_luma(self._luma_scaler, picture, LUMA_WH), media_time_s)
        self.changed += changed
        if self._health_s is None or not 0 <= media_time_s - self._health_s < _HEALTH_EVERY_S:
            self._health_s = media_time_s
            detail = _luma(self._detail_scaler, picture, DETAIL_WH)
            self._health.observe(detail, media_time_s, keys=keys - self._health_keys)
            self._health_keys = keys
        if not self._pacer.wants(changed=changed, media_time_s=media_time_s):
            return False
        self._pacer.take(media_time_s)
        self.is_heartbeat = not self._pacer.is_lively(media_time_s)
        self._gate.rebase()
        return True


def _luma(
    scaler: VideoReformatter, picture: VideoFrame, size_wh: tuple[int, int]
) -> NDArray[np.uint8]:
    """The picture as grey levels ``(H, W)`` uint8, averaged down by libswscale."""
    width, height = size_wh
    small = scaler.reformat(
        picture, width=width, height=height, format="gray", interpolation="AREA"
    )
    return first_plane(small)[:height, :width].copy()
