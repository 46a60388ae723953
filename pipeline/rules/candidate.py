"""One box that may be a hazard."""

from dataclasses import dataclass

from pipeline.geometry import Box

__all__ = ["Candidate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One box that may be a hazard in one zone.

    Attributes:
        box: Left, top, right, bottom as shares of the frame.
        class_name: As the model calls it.
        confidence: In [0, 1].
        share: How much of the footprint lies in the zone, in [0, 1].
        cover: How much of the zone lies under the footprint, in [0, 1].
        firm: Strong enough to start something; otherwise it can only keep up what is there.
    """

    box: Box
    class_name: str
    confidence: float
    share: float
    cover: float
    firm: bool
