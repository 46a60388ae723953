"""The words that travel through the pipeline, each a frozen dataclass."""

from pipeline.types.detections import Detections, Tracks
from pipeline.types.event import EvidenceRef, HazardEvent, SubjectBox
from pipeline.types.foreign import FOREIGN_CLASS, Foreign, ForeignRegion
from pipeline.types.frame import Frame
from pipeline.types.kinds import (
    REVIEW_ONLY_KINDS,
    Connection,
    HazardKind,
    Phase,
    PlaceKind,
    Sight,
    ZoneKind,
)

__all__ = [
    "FOREIGN_CLASS",
    "REVIEW_ONLY_KINDS",
    "Connection",
    "Detections",
    "EvidenceRef",
    "Foreign",
    "ForeignRegion",
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
