"""The words that travel through the pipeline, each a frozen dataclass."""

from pipeline.types.detections import Detections, Tracks
from pipeline.types.event import EvidenceRef, HazardEvent, SubjectBox
from pipeline.types.frame import Frame
from pipeline.types.kinds import HazardKind, Phase, PlaceKind, Sight, ZoneKind

__all__ = [
    "Detections",
    "EvidenceRef",
    "Frame",
    "HazardEvent",
    "HazardKind",
    "Phase",
    "PlaceKind",
    "Sight",
    "SubjectBox",
    "Tracks",
    "ZoneKind",
]
