"""What really happened, what was claimed, and which claim is about which event."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.types import HazardKind

__all__ = ["Claim", "Match", "Matching", "TrueEvent", "match_claims"]

#: A claim may come this much before the event's noted beginning or after its end, in seconds:
#: people note the moment to about a second, and cameras are sampled once in one.
SLACK_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueEvent:
    """A hazard that must be raised.

    Attributes:
        kind: What is wrong.
        zone_id: Where.
        begins_s: When the thing was there, in seconds of the clip.
        ends_s: When it had left; ``None`` if it stays to the end of the clip.
        clear_width_m: Widest free gap that is left, in metres, where it is known.
    """

    kind: HazardKind
    zone_id: str
    begins_s: float
    ends_s: float | None = None
    clear_width_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An incident that was raised.

    Attributes:
        kind, zone_id: As in the truth.
        first_seen_s: Since when it says the place is occupied.
        raised_at_s: When it was raised.
        ended_at_s: When it ended; ``None`` if it never did.
        clear_width_m: What it measured, if the zone is calibrated.
    """

    kind: HazardKind
    zone_id: str
    first_seen_s: float
    raised_at_s: float
    ended_at_s: float | None = None
    clear_width_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A true event and the first claim about it."""

    truth: TrueEvent
    claim: Claim

    @property
    def time_to_raise_s(self) -> float:
        """From the beginning to the raising; 0 where the noted beginning is a bit late."""
        return max(self.claim.raised_at_s - self.truth.begins_s, 0.0)

    @property
    def time_to_clear_s(self) -> float | None:
        """From the end of the event to the end of the claim, where both ended."""
        if self.truth.ends_s is None or self.claim.ended_at_s is None:
            return None
        return self.claim.ended_at_s - self.truth.ends_s

    @property
    def width_error_m(self) -> float | None:
        """Measured less true clear width, where both are known."""
        if self.truth.clear_width_m is None or self.claim.clear_width_m is None:
            return None
        return self.claim.clear_width_m - self.truth.clear_width_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The outcome for one clip.

    Attributes:
        matches: True events with the claim about each.
        missed: True events that nobody claimed.
        false: Claims about nothing.
        duplicates: Further claims about an event that had been claimed; false alarms too.
    """

    matches: tuple[Match, ...]
    missed: tuple[TrueEvent, ...]
    false: tuple[Claim, ...]
    duplicates: tuple[Claim, ...]


def match_claims(
    truths: Sequence[TrueEvent], claims: Sequence[Claim], *, slack_s: float = SLACK_S
) -> Matching:
    """Give each true event the first claim about it: same kind, same zone, while it lasted.

    Args:
        truths: What happened, in any order.
        claims: What was raised, in any order.
        slack_s: See :data:`SLACK_S`.
    """
    free = sorted(claims, key=lambda claim: claim.raised_at_s)
    matches: list[Match] = []
    missed: list[TrueEvent] = []
    for truth in sorted(truths, key=lambda event: event.begins_s):
        first = next((claim for claim in free if _is_about(claim, truth, slack_s)), None)
        if first is None:
            missed.append(truth)
        else:
            free.remove(first)
            matches.append(Match(truth=truth, claim=first))
    again = [claim for claim in free if any(_is_about(claim, each, slack_s) for each in truths)]
    return Matching(
        matches=tuple(matches),
        missed=tuple(missed),
        false=tuple(claim for claim in free if claim not in again),
        duplicates=tuple(again),
    )


def _is_about(claim: Claim, truth: TrueEvent, slack_s: float) -> bool:
    if (claim.kind, claim.zone_id) != (truth.kind, truth.zone_id):
        return False
    if claim.raised_at_s < truth.begins_s - slack_s:
        return False
    return truth.ends_s is None or claim.raised_at_s <= truth.ends_s + slack_s
