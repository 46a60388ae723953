"""Whether a camera can be believed: from its pixels, its packets and its clock."""

from pipeline.health.clock import StreamClock
from pipeline.health.picture import DETAIL_WH, PictureHealth
from pipeline.health.states import CameraState, PictureState

__all__ = ["DETAIL_WH", "CameraState", "PictureHealth", "PictureState", "StreamClock"]
