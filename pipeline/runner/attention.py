"""How closely each kind of place is watched, in each state that it can be in."""

from dataclasses import dataclass, replace

from pipeline.config import Camera
from pipeline.gate import Pace
from pipeline.sources import SourceSpec, WatchPlan
from pipeline.types import PlaceKind

__all__ = ["Attention", "attention_for", "watch_spec"]

#: Compressed video that stays at hand for clips, in seconds.
_PREROLL_S = 12.0
#: What nobody waits for is judged within this time all the same, in seconds.
_ROUTINE_BUDGET_S = 1.0
#: Where a decision is due so soon, key frames may come too late for it.
_URGENT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """The pace of one camera.

    Attributes:
        idle_s: Seconds between two looks while nothing stands in a zone.
        open_s: The same while an incident stands that was reported.
        pending_s: The same while something stands there that is not decided yet.
        hold_s: How long every sampled picture is looked at after the last change, in seconds.
        budget_s: How soon after its capture a picture is to be judged, in seconds; of several
            that wait, the one whose time runs out first goes first.
        routine_budget_s: The same for a heartbeat of a place where nothing has changed and
            nothing stands, in seconds: it must not hold up what happens elsewhere.
        floor_s: Seconds between two looks at most, when the machine is short of time, at each
            level of shortage from none to the worst.
        is_urgent: Whether something is decided within seconds, so that every picture counts.
    """

    idle_s: float
    open_s: float
    pending_s: float
    hold_s: float
    budget_s: float
    routine_budget_s: float
    floor_s: tuple[float, ...]
    is_urgent: bool

    def pace(self, *, is_open: bool, is_pending: bool, shortage: int) -> Pace:
        """What to ask of the capture process.

        Args:
            is_open: An incident stands.
            is_pending: Something is about to be decided.
            shortage: How short of time the machine is, 0 for not at all.
        """
        every_s = self.pending_s if is_pending else self.open_s if is_open else self.idle_s
        # What is about to be decided slows down last.
        level = max(shortage - 2, 0) if is_pending else shortage
        floor_s = self.floor_s[min(level, len(self.floor_s) - 1)]
        return Pace(every_s=every_s, floor_s=floor_s, alert=is_pending and self.is_urgent)


def attention_for(camera: Camera) -> Attention:
    """The attention that a camera's place asks for.

    A lift ride is over in half a minute: every sampled picture counts as soon as anything
    moves. What stands on a lane is still there in two seconds.
    """
    interval_s = 1.0 / camera.effective_sample_fps
    heartbeat_s = max(camera.effective_heartbeat_s, interval_s)
    soonest_s = min((zone.to_zone().raise_after_s for zone in camera.zones), default=60.0)
    if camera.place is PlaceKind.ELEVATOR:
        return Attention(
            idle_s=heartbeat_s,
            open_s=min(1.0, heartbeat_s),
            pending_s=interval_s,
            hold_s=1.0,
            budget_s=0.3,
            routine_budget_s=_ROUTINE_BUDGET_S,
            floor_s=(0.0, 0.0, 0.0, 0.3, 0.5),
            is_urgent=True,
        )
    return Attention(
        idle_s=heartbeat_s,
        open_s=min(5.0, heartbeat_s),
        # A tenth of the dwell is soon enough to tell how long it has lasted.
        pending_s=min(max(interval_s, soonest_s / 10), 3.0, heartbeat_s),
        hold_s=2.0,
        budget_s=_ROUTINE_BUDGET_S,
        routine_budget_s=_ROUTINE_BUDGET_S,
        floor_s=(0.0, 2.0, 4.0, 6.0, 8.0),
        is_urgent=soonest_s < _URGENT_S,
    )


def watch_spec(camera: Camera) -> SourceSpec:
    """What the capture process is told about a camera under watch."""
    attention = attention_for(camera)
    zones = tuple(tuple(zone.to_zone().polygon_norm) for zone in camera.zones)
    plan = WatchPlan(
        every_s=attention.idle_s,
        hold_s=attention.hold_s,
        zones_norm=zones,
        decode=camera.effective_decode,
    )
    return replace(camera.to_source_spec(), watch=plan, preroll_s=_PREROLL_S)
