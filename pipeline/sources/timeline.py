"""Stream time out of the timestamps that cameras really send, and sampling on it.

Pure: no clock of its own; the moment of arrival comes in with the picture.
"""

__all__ = ["Sampler", "Timeline"]

#: Two pictures are never closer than this, so that stream time always grows.
MIN_STEP_S = 0.001


class Timeline:
    """Turns presentation times into one clock that starts at 0 and only grows.

    Cameras leave timestamps out, set them back when their own clock is set, and jump by hours.
    A step that cannot be true is replaced: on a live stream by the time between the two
    arrivals, in a recording by the nominal length of a picture.

    Args:
        frame_interval_s: Nominal length of a picture, in seconds.
        max_lead_s: Live streams: how far stream time may run ahead of or fall behind the time
            that has really passed. None for recordings, which have no such bond.
        max_gap_s: Recordings: the longest gap between two pictures that is believed.
    """

    def __init__(
        self, *, frame_interval_s: float, max_lead_s: float | None, max_gap_s: float = 600.0
    ) -> None:
        self._frame_interval_s = frame_interval_s
        self._max_lead_s = max_lead_s
        self._max_gap_s = max_gap_s
        self._last_pts_s: float | None = None
        self._first_arrival_s: float | None = None
        self._last_arrival_s = 0.0
        self._media_time_s = 0.0

    def restart(self) -> None:
        """The next picture begins a new round of a looping file: its pts stand for nothing."""
        self._last_pts_s = None

    def advance(self, pts_s: float | None, *, arrival_s: float) -> float:
        """Take one picture, in presentation order.

        Args:
            pts_s: Its presentation time in seconds, None where the stream has none.
            arrival_s: Any monotonic clock when it arrived, in seconds.

        Returns:
            Its stream time in seconds: 0 for the first, more for each later one.
        """
        if self._first_arrival_s is None:
            self._first_arrival_s = arrival_s
        elif self._max_lead_s is None:
            self._media_time_s += self._recorded_step_s(pts_s)
        else:
            self._media_time_s = self._live_time_s(pts_s, arrival_s)
        self._last_pts_s = pts_s
        self._last_arrival_s = arrival_s
        return self._media_time_s

    def _recorded_step_s(self, pts_s: float | None) -> float:
        if pts_s is None or self._last_pts_s is None:
            return self._frame_interval_s
        step_s = pts_s - self._last_pts_s
        return step_s if MIN_STEP_S <= step_s <= self._max_gap_s else self._frame_interval_s

    def _live_time_s(self, pts_s: float | None, arrival_s: float) -> float:
        assert self._first_arrival_s is not None  # noqa: S101  (advance has set it)
        assert self._max_lead_s is not None  # noqa: S101  (only called on live streams)
        step_s = -1.0
        if pts_s is not None and self._last_pts_s is not None:
            step_s = pts_s - self._last_pts_s
        if step_s <= 0:
            step_s = max(arrival_s - self._last_arrival_s, MIN_STEP_S)
        media_time_s = self._media_time_s + step_s
        passed_s = arrival_s - self._first_arrival_s
        if abs(media_time_s - passed_s) > self._max_lead_s:
            media_time_s = passed_s
        return max(media_time_s, self._media_time_s + MIN_STEP_S)


class Sampler:
    """Chooses the pictures closest to a steady grid of stream time.

    Args:
        sample_fps: Wanted pictures a second of stream time, above 0.
    """

    #: Timestamps are rounded by the container, so that 0.2 s may read 0.1999.
    TOLERANCE_S = 0.002

    def __init__(self, sample_fps: float) -> None:
        self._sample_fps = sample_fps
        self._next_slot = 0

    def wants(self, media_time_s: float) -> bool:
        """Whether this picture is due; asking takes its slot.

        Args:
            media_time_s: Stream time of the picture in seconds; never smaller than before.
        """
        slot = int((media_time_s + self.TOLERANCE_S) * self._sample_fps)
        if slot < self._next_slot:
            return False
        self._next_slot = slot + 1
        return True
