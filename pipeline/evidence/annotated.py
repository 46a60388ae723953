"""The picture of a hazard: zone, boxes and a caption that says what, where and when."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.evidence.drawing import (
    MAX_LONG_SIDE_PX,
    LabelledBox,
    caption_height_px,
    draw_boxes,
    draw_caption,
    draw_zone,
    limit_size,
)
from pipeline.evidence.fonts import caption_font
from pipeline.types import Detections, Frame, HazardEvent, HazardKind, Phase

__all__ = ["annotate", "annotate_detections"]

_CHINESE = {
    HazardKind.FIRE_LANE_BLOCKED: "消防车道被占用",
    HazardKind.CLIMBING_SITE_BLOCKED: "登高操作场地被占用",
    HazardKind.EBIKE_IN_ELEVATOR: "电动自行车进电梯",
    HazardKind.EBIKE_INDOORS: "电动自行车进楼",
    HazardKind.CORRIDOR_CLUTTER: "楼道堆物",
    HazardKind.EXIT_BLOCKED: "安全出口堵塞",
    HazardKind.EXIT_LOCKED: "疑似安全出口锁闭",
    HazardKind.FLY_WIRE_CHARGING: "疑似飞线充电",
}


def annotate(
    frame: Frame, event: HazardEvent, polygon_norm: Sequence[tuple[float, float]]
) -> NDArray[np.uint8]:
    """Draw one hazard event onto its frame.

    Args:
        frame: The frame that decided the event.
        event: What to show; its ``subjects`` become boxes, unless it is an end.
        polygon_norm: Corners of the zone as shares of width and height, in [0, 1].

    Returns:
        A new ``(H, W, 3)`` uint8 BGR picture, at most ``MAX_LONG_SIDE_PX`` on its longer side:
        the frame with zone and boxes, and below it a bar with kind, phase, camera, zone and
        time. The frame is left as it was.
    """
    lines = _caption_lines(frame, event)
    picture = limit_size(frame.image)
    bar_px = caption_height_px((picture.shape[0], picture.shape[1]), len(lines))
    if picture.shape[0] + bar_px > MAX_LONG_SIDE_PX:
        # A tall picture gives way to its caption.
        scale = (MAX_LONG_SIDE_PX - bar_px) / picture.shape[0]
        picture = limit_size(picture, int(max(picture.shape[:2]) * scale))
    draw_zone(picture, polygon_norm)
    boxes = [
        LabelledBox(
            text=f"{subject.class_name} {subject.confidence:.2f}", xyxy_norm=subject.xyxy_norm
        )
        # At the end the things have left: their last boxes would frame the empty ground.
        for subject in (event.subjects if event.phase is not Phase.END else ())
    ]
    return draw_caption(draw_boxes(picture, boxes), lines)


def annotate_detections(
    image: NDArray[np.uint8], detections: Detections, classes: Sequence[str]
) -> NDArray[np.uint8]:
    """Draw a detector's boxes onto a picture.

    Args:
        image: ``(H, W, 3)`` uint8 BGR; left as it was.
        detections: Boxes in pixels of ``image``.
        classes: Names that ``class_id`` indexes.

    Returns:
        A new picture, at most ``MAX_LONG_SIDE_PX`` on its longer side.
    """
    height, width = image.shape[:2]
    shares = detections.xyxy / np.array([width, height, width, height], np.float32)
    boxes = [
        LabelledBox(
            text=f"{classes[int(class_id)]} {confidence:.2f}",
            xyxy_norm=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
        )
        for box, confidence, class_id in zip(
            shares, detections.confidence, detections.class_id, strict=True
        )
    ]
    return draw_boxes(limit_size(image), boxes)


def _caption_lines(frame: Frame, event: HazardEvent) -> list[str]:
    what = f"{event.kind.value}  {event.phase.value}"
    if caption_font(16).has_chinese:
        what = f"{_CHINESE[event.kind]}  {what}"
    dwell_s = event.measures.get("dwell_s")
    if dwell_s is not None:
        what += f"  {dwell_s:.0f} s"
    # People compare it with the clock on their wall; the offset keeps it unambiguous.
    when = frame.captured_at.astimezone().isoformat(timespec="seconds")
    return [what, f"{when}  camera {event.camera_id}  zone {event.zone_id}"]
