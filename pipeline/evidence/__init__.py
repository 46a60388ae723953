"""Pictures that prove a hazard: drawn, encoded, named by their content."""

from pipeline.evidence.annotated import annotate, annotate_detections
from pipeline.evidence.drawing import MAX_LONG_SIDE_PX
from pipeline.evidence.pictures import JPEG_QUALITY, build_evidence, encode_jpeg

__all__ = [
    "JPEG_QUALITY",
    "MAX_LONG_SIDE_PX",
    "annotate",
    "annotate_detections",
    "build_evidence",
    "encode_jpeg",
]
