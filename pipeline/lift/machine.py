"""Whether a lift's door is asked to stay open: a pure machine whose every doubt means release."""

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Decision", "DoorHold", "Reason"]


class Reason(StrEnum):
    """Why the door is held or not."""

    HOLD = "hold"
    IDLE = "idle"
    INHIBITED = "inhibited"
    INHIBIT_UNKNOWN = "inhibit_unknown"
    DESK_SILENT = "desk_silent"
    MAX_HOLD = "max_hold"
    RELEASED = "released"
    NOT_SEEN = "not_seen"
    RESTING = "resting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One beat's answer.

    Attributes:
        hold: Whether to ask for the door to stay open, for this beat only.
        reason: Why.
        incident_key: The incident it is about; empty while idle.
    """

    hold: bool
    reason: Reason
    incident_key: str = ""


@dataclass(slots=True, kw_only=True)
class DoorHold:
    """The door of one lift. All times are seconds of one monotonic clock.

    It holds only while an incident is open (the rule's K of N frames have been met), the e-bike
    has been seen within ``stale_s``, the inhibit input is *known* to be off, the desk could let
    it go and nobody has, and ``max_hold_s`` has not run out. What ran out or was released stays
    released for this incident, and no other incident holds for ``rest_s`` after it, so that a
    detector that is stuck cannot keep a lift.

    Attributes:
        max_hold_s: Longest hold of one incident, counted from its first beat.
        stale_s: How long after the last sight it may still hold.
        rest_s: Pause after a hold that ran out or was released.
    """

    max_hold_s: float
    stale_s: float
    rest_s: float
    _key: str = field(init=False, default="")
    _seen_s: float = field(init=False, default=0.0)
    _held_since_s: float | None = field(init=False, default=None)
    _over: Reason | None = field(init=False, default=None)
    _rest_until_s: float = field(init=False, default=float("-inf"))
    held_s: float = field(init=False, default=0.0)

    def begin(self, incident_key: str, now_s: float) -> None:
        """An e-bike has been raised; a key that is known already changes nothing."""
        if incident_key == self._key:
            return
        if self._held_since_s is not None and self._over is None:
            # One that takes another's place must not begin its time anew.
            self._rest_until_s = now_s + self.rest_s
        self._key, self._seen_s, self._over = incident_key, now_s, None
        self._held_since_s, self.held_s = None, 0.0

    def see(self, now_s: float) -> None:
        """The e-bike has just been seen again."""
        self._seen_s = max(self._seen_s, now_s)

    def end(self, now_s: float) -> None:
        """The incident is over, or nothing can be seen: nothing is held any more."""
        if self._held_since_s is not None and self._over is not None:
            self._rest_until_s = max(self._rest_until_s, now_s + self.rest_s)
        self._key, self._held_since_s, self._over = "", None, None

    def release(self, now_s: float, incident_key: str = "") -> bool:
        """Somebody lets the lift go, for this incident for good.

        Args:
            now_s: Now.
            incident_key: Which incident is meant; empty is the present one, whichever it is.

        Returns:
            Whether there was anything to release.
        """
        if incident_key and incident_key != self._key:
            return False
        self._rest_until_s = max(self._rest_until_s, now_s + self.rest_s)
        if not self._key or self._over is not None:
            return False
        self._over = Reason.RELEASED
        return True

    def step(self, now_s: float, *, inhibited: bool | None, desk_hears: bool = True) -> Decision:
        """One beat.

        Args:
            now_s: Now.
            inhibited: Whether fire service, inspection or the like has the lift; None where
                that cannot be told, which counts as yes.
            desk_hears: Whether somebody at the desk could let the lift go; a lift that has no
                desk is released by other ways.
        """
        reason = self._reason(now_s, inhibited, desk_hears)
        hold = reason is Reason.HOLD
        if hold and self._held_since_s is None:
            self._held_since_s = now_s
        if hold and self._held_since_s is not None:
            self.held_s = max(self.held_s, now_s - self._held_since_s)
        return Decision(hold=hold, reason=reason, incident_key=self._key)

    def _reason(self, now_s: float, inhibited: bool | None, desk_hears: bool) -> Reason:
        if not self._key:
            return Reason.IDLE
        if self._over is not None:
            return self._over
        since = self._held_since_s
        if since is not None and not 0 <= now_s - since < self.max_hold_s:
            # A clock that has gone backwards has lost count: over, too.
            self._over = Reason.MAX_HOLD
            self._rest_until_s = max(self._rest_until_s, now_s + self.rest_s)
            return self._over
        if inhibited is None:
            return Reason.INHIBIT_UNKNOWN
        if inhibited:
            return Reason.INHIBITED
        if not desk_hears:
            return Reason.DESK_SILENT
        if not 0 <= now_s - self._seen_s <= self.stale_s:
            return Reason.NOT_SEEN
        if since is None and now_s < self._rest_until_s:
            return Reason.RESTING
        return Reason.HOLD
