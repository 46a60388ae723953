"""Pictures that prove a hazard: chosen, drawn, hidden where they must be, named by content."""

from pipeline.evidence.annotated import annotate, annotate_detections
from pipeline.evidence.drawing import MAX_LONG_SIDE_PX
from pipeline.evidence.locked import LockedFolder
from pipeline.evidence.maker import EvidenceMaker
from pipeline.evidence.pictures import JPEG_QUALITY, encode_jpeg
from pipeline.evidence.privacy import Privacy

__all__ = [
    "JPEG_QUALITY",
    "MAX_LONG_SIDE_PX",
    "EvidenceMaker",
    "LockedFolder",
    "Privacy",
    "annotate",
    "annotate_detections",
    "encode_jpeg",
]
