"""One occupied footprint: since when, how sure, and whether it is still there."""

import math
from dataclasses import dataclass
from datetime import datetime

from pipeline.geometry import Box
from pipeline.incidents.clock import Tick
from pipeline.rules import Candidate
from pipeline.types import FOREIGN_CLASS, SubjectBox

__all__ = ["Occupancy"]

_ANCHOR_DRIFT_S = 10.0
_ANCHOR_SLACK = 0.08
_CONFIDENCE_FADE_S = 10.0
_MIN_HITS = 3
_MIN_HIT_SHARE = 0.55
_MIN_FIT = 0.75
_LEAST_STIR_S = 1.0


@dataclass(slots=True, kw_only=True)
class Occupancy:
    """Something that stands in a place, whatever tracker id it goes by.

    Attributes:
        serial: Number within its place, for the record only.
        birth: Where it was first seen.
        anchor: Where it stands: follows the boxes slowly and stays close to ``birth``, so that
            a creeping vehicle leaves its footprint instead of dragging it along.
        last: The candidate as last seen.
        votes: Summed confidence by class name.
        first_seen, last_seen: Wall clock.
        first_s, last_s: The same in place time.
        absent_s: Watched time without it, less the time it was seen since.
        held_s: Watched time hidden behind other boxes since it was last seen.
        hits: Frames with firm evidence.
        frames: Frames observed since it was first seen.
        fit: How well the boxes have lately agreed with the anchor (IoU, fading mean): near 1
            for what stands, about 0.7 for a stream of vehicles that happens to fill the place.
        confidence: Recent peak, fading, in [0, 1].
        qualified: It has stood here long enough; stays so until it has left.
        seen_now, hidden_now, paused_now: Whether it was seen in the frame just observed, or
            something stood in front of it there, or nobody could tell. Not part of the state
            on disk.
        stirred_s: Watched time in which something moved over it, since it was last seen at
            rest.
        denied_s: Place time at which a closer look said that it does not stand in the zone.
            Not part of the state on disk.
    """

    serial: int
    birth: Box
    anchor: Box
    last: Candidate
    votes: dict[str, float]
    first_seen: datetime
    last_seen: datetime
    first_s: float
    last_s: float
    absent_s: float = 0.0
    held_s: float = 0.0
    hits: int = 0
    frames: int = 0
    fit: float = 1.0
    confidence: float = 0.0
    qualified: bool = False
    seen_now: bool = False
    hidden_now: bool = False
    paused_now: bool = False
    stirred_s: float = 0.0
    denied_s: float | None = None

    @classmethod
    def begin(
        cls, candidate: Candidate, *, serial: int, first_seen: datetime, first_s: float
    ) -> "Occupancy":
        """A footprint seen for the first time; :meth:`hit` has still to be called for it."""
        return cls(
            serial=serial,
            birth=candidate.box,
            anchor=candidate.box,
            last=candidate,
            votes={},
            first_seen=first_seen,
            last_seen=first_seen,
            first_s=first_s,
            last_s=first_s,
        )

    @property
    def dwell_s(self) -> float:
        """From the first to the last sight of it, in seconds of place time."""
        return self.last_s - self.first_s

    @property
    def class_name(self) -> str:
        """The class that most of the evidence speaks for; any name is better than none."""
        return max(self.votes, key=lambda name: (name != FOREIGN_CLASS, self.votes[name], name))

    @property
    def leans_on_reference(self) -> bool:
        """Most of the evidence comes from the comparison with the clean reference."""
        return 2 * self.votes.get(FOREIGN_CLASS, 0.0) >= sum(self.votes.values())

    @property
    def subject(self) -> SubjectBox:
        """The box for the event."""
        return SubjectBox(
            class_name=self.class_name,
            confidence=round(self.last.confidence, 4),
            xyxy_norm=self.last.box,
        )

    def hit(self, candidate: Candidate, tick: Tick, *, iou: float | None = None) -> None:
        """It is there in this frame.

        Args:
            candidate: The box.
            tick: When.
            iou: Of the box with the anchor, where the box shows the whole thing; ``None``
                where it shows a part or where the thing may move about.
        """
        # Seen time pays absence back instead of wiping it out: one passing vehicle that
        # happens to fill the footprint for a frame must not keep an empty place occupied, and
        # what is seen less than half of the time never grows old. What was raised is given
        # up less easily: twice as much is paid back.
        self.absent_s = max(0.0, self.absent_s - tick.seen_s * (2 if self.qualified else 1))
        self.held_s = 0.0
        self.frames += 1
        self.hits += candidate.firm
        fade = math.exp(-(tick.now_s - self.last_s) / _CONFIDENCE_FADE_S)
        self.confidence = max(candidate.confidence, self.confidence * fade)
        self.votes[candidate.class_name] = (
            self.votes.get(candidate.class_name, 0.0) + candidate.confidence
        )
        self.last = candidate
        self.last_seen = max(self.last_seen, tick.at)
        self.last_s = tick.now_s
        self.seen_now, self.hidden_now, self.paused_now = True, False, False
        if iou is not None:
            weight = 1.0 - math.exp(-tick.dt_s / _ANCHOR_DRIFT_S)
            # A plain mean at first, so that the perfect fit at birth does not linger.
            self.fit += max(weight, 1 / max(self.hits - 1, 1)) * (iou - self.fit)
            self._drift(candidate.box, weight)
            if not self.qualified and self.hits >= _MIN_HITS and self.fit < _MIN_FIT:
                self._restart(candidate, tick)

    def miss(self, tick: Tick, *, hidden: bool) -> None:
        """It is not seen in this frame; ``hidden`` says that something stands in front of it."""
        self.seen_now, self.hidden_now, self.paused_now = False, hidden, False
        # Hiding excuses from having left, but it is no evidence of standing either.
        self.frames += 1
        if hidden:
            self.held_s += tick.seen_s
        else:
            self.absent_s += tick.seen_s

    def pause(self) -> None:
        """Nobody can tell whether it is there: neither seen nor missed."""
        self.seen_now, self.hidden_now, self.paused_now = False, False, True

    def stir(self, *, moving: bool, tick: Tick) -> None:
        """Whether something moves over it in this frame, or it is seen at rest.

        In bumper-to-bumper traffic one vehicle rolls out of a place while the next rolls in,
        so that the place is never empty: what comes to rest then begins its own dwell.
        """
        if moving:
            self.stirred_s += tick.seen_s
        elif self.seen_now:
            if self.is_stirred:
                self._restart(self.last, tick)
            self.stirred_s = 0.0

    @property
    def is_stirred(self) -> bool:
        """Something has moved over it for longer than a box trembles."""
        return self.stirred_s >= _LEAST_STIR_S

    @property
    def settled(self) -> bool:
        """Stands here beyond doubt: neither a stray detection nor a stream of passing ones."""
        return self.hits >= _MIN_HITS and self.hits >= _MIN_HIT_SHARE * self.frames

    def _restart(self, candidate: Candidate, tick: Tick) -> None:
        """Begin again where it is now: it was first seen while it was still on the move.

        A vehicle that rolls to a halt, or several that pass, came here only just now; for
        what stands, the few seconds are the time it took to come to rest.
        """
        self.birth = self.anchor = candidate.box
        self.first_seen = self.last_seen = tick.at
        self.first_s = tick.now_s
        self.hits = int(candidate.firm)
        self.frames = 1
        self.fit = 1.0
        self.absent_s = 0.0

    def _drift(self, box: Box, weight: float) -> None:
        """Move the anchor towards ``box``, no side further from birth than a share of its size.

        The bound is on sides, not on IoU, because it is met side by side and needs no test.
        """
        left, top, right, bottom = self.birth
        slack_x, slack_y = _ANCHOR_SLACK * (right - left), _ANCHOR_SLACK * (bottom - top)
        old = self.anchor
        self.anchor = (
            _between(old[0] + weight * (box[0] - old[0]), left, slack_x),
            _between(old[1] + weight * (box[1] - old[1]), top, slack_y),
            _between(old[2] + weight * (box[2] - old[2]), right, slack_x),
            _between(old[3] + weight * (box[3] - old[3]), bottom, slack_y),
        )


def _between(value: float, middle: float, slack: float) -> float:
    return min(max(value, middle - slack), middle + slack)
