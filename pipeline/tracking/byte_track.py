"""ByteTrack from roboflow's ``trackers``, with our types at both ends."""

import math

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker

from pipeline.types import Detections, Tracks

__all__ = ["ByteTracker"]

_ROW = "row"


class ByteTracker:
    """Tracker for the low and uneven frame rates of surveillance (1 to 25 fps).

    Ids start at 0 and are never handed out twice by one instance, resets included.

    Args:
        sample_fps: Frames per second that the camera is sampled at, above 0.
        lost_after_s: How long a track may be unseen and still keep its id; by default 2 s, or
            three frames where that is longer.
        min_confidence: Weaker detections never start a track, in [0, 1].

    Raises:
        ValueError: ``sample_fps`` or ``lost_after_s`` is not a positive number.
    """

    def __init__(
        self, *, sample_fps: float, lost_after_s: float | None = None, min_confidence: float = 0.35
    ) -> None:
        if not (math.isfinite(sample_fps) and sample_fps > 0):
            raise ValueError(f"sample_fps: expected a number above 0, got {sample_fps}")
        if lost_after_s is None:
            lost_after_s = max(2.0, 3.0 / sample_fps)
        if not (math.isfinite(lost_after_s) and lost_after_s > 0):
            raise ValueError(f"lost_after_s: expected a number above 0, got {lost_after_s}")
        self._lost_after_s = lost_after_s
        self._tracker = ByteTrackTracker(
            # The vendor counts its buffer in frames of a 30 fps film, whatever the real rate.
            lost_track_buffer=math.ceil(30 * lost_after_s),
            frame_rate=sample_fps,
            track_activation_threshold=min_confidence,
            high_conf_det_threshold=min_confidence,
            minimum_consecutive_frames=2 if sample_fps < 3 else 3,
            minimum_iou_threshold=0.1,
        )
        self._last_s: float | None = None
        self._first_id = 0
        self._next_id = 0

    def update(self, detections: Detections, *, media_time_s: float) -> Tracks:
        """See :class:`pipeline.tracking.Tracker`.

        A gap longer than ``lost_after_s`` and a stream time that runs backwards start afresh.
        """
        last_s = self._last_s
        if last_s is not None:
            if media_time_s < last_s or media_time_s - last_s > self._lost_after_s:
                self.reset()
            elif media_time_s == last_s:
                # The vendor warns about a repeated time; a hair's breadth is as good as none.
                media_time_s = last_s + 1e-6
        self._last_s = media_time_s

        track_id = np.full(len(detections), -1, np.int64)
        given = sv.Detections(
            xyxy=detections.xyxy,
            confidence=detections.confidence,
            class_id=detections.class_id,
            data={_ROW: np.arange(len(detections))},
        )
        taken = self._tracker.update(given, timestamp=media_time_s)
        if len(taken) and taken.tracker_id is not None:
            ids = np.asarray(taken.tracker_id, np.int64)
            track_id[taken.data[_ROW]] = np.where(ids >= 0, ids + self._first_id, -1)
            self._next_id = max(self._next_id, int(track_id.max()) + 1)
        return Tracks(detections=detections, track_id=track_id)

    def reset(self) -> None:
        """See :class:`pipeline.tracking.Tracker`."""
        self._tracker.reset()
        self._first_id = self._next_id
        self._last_s = None
