"""How far a stream lags behind, and how far its camera's clock is off."""

__all__ = ["StreamClock"]

_WINDOW_S = 60.0
_DRIFT_S = 10.0
_JUMP_S = 5.0
_JUMP_MEMORY_S = 60.0


class StreamClock:
    """Compares the clock inside a live stream with the moments its pictures arrive.

    The lag is how much later a picture comes than the quickest of the last minute or two: what
    has piled up in a camera, a network or a process that gets no time. The camera's own wall
    clock, where the stream tells it (RTCP sender reports), gives the offset.
    """

    def __init__(self) -> None:
        self._quickest_s: list[float] = []
        self._bucket_s = 0.0
        self._last: tuple[float, float] | None = None
        self._jumped_s: float | None = None
        self.lag_s = 0.0
        self.offset_s: float | None = None

    def advance(
        self, pts_s: float | None, *, arrival_s: float, wall_s: float, camera_wall_s: float | None
    ) -> None:
        """Take in one picture.

        Args:
            pts_s: Its presentation time in seconds, None where there is none.
            arrival_s: Monotonic clock when it was decoded, in seconds.
            wall_s: Wall clock of this machine then, in seconds since 1970.
            camera_wall_s: Wall clock that the camera gave it, None where it gives none.
        """
        self.offset_s = None if camera_wall_s is None else camera_wall_s - wall_s
        if pts_s is None:
            self.lag_s = 0.0
            return
        if self._last is not None:
            step_s = (pts_s - self._last[0]) - (arrival_s - self._last[1])
            # Behind is a picture that waited on its way, unless the stream time ran backwards.
            if step_s > _JUMP_S or pts_s < self._last[0] - 0.5:
                self._jumped_s = arrival_s
                self._quickest_s = []
        self._last = (pts_s, arrival_s)
        late_s = arrival_s - pts_s
        if not self._quickest_s or arrival_s - self._bucket_s > _WINDOW_S:
            self._quickest_s = [*self._quickest_s[-1:], late_s]
            self._bucket_s = arrival_s
        self._quickest_s[-1] = min(self._quickest_s[-1], late_s)
        self.lag_s = late_s - min(self._quickest_s)

    def drifts(self, arrival_s: float) -> bool:
        """Whether the camera's clock is not to be trusted: seconds off, or lately stepped."""
        if self.offset_s is not None and abs(self.offset_s) > _DRIFT_S:
            return True
        return self._jumped_s is not None and arrival_s - self._jumped_s < _JUMP_MEMORY_S
