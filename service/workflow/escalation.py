"""What an alert does next: a pure decision from the policy, the case and the clock.

Papers behind it: 立即处理，发出警示，并按规定及时报告 (S3); 劝阻无效的…报告 (S4). All figures are
proposed defaults, no paper sets them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from service.tables import HazardKind, Status

__all__ = ["DEFAULT_POLICIES", "AlertState", "Decision", "Policy", "decide", "quiet_until"]

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_RANKS = {"medium": 0, "high": 1, "critical": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a hazard is to be met.

    Attributes:
        ack_within_s: Somebody must take notice within so many seconds of the first message.
        repeat_every_s: Until then it is told again so often.
        most_repeats: At most so many times.
        group_interval_s: One message a place and kind within so many seconds.
        report_after_attempts: A report is drafted after so many dissuasions.
        report_after_s: Or after so many seconds with the hazard still there.
        quiet_from: Local time such as ``22:00``; empty for no quiet hours.
        quiet_to: Local time.
        quiet_passes: From this severity on it is told in quiet hours too.
        channels: Names of the channels of the duty desk; empty means every enabled one.
        escalate_channels: Of those who are told when nobody took notice.
        report_channels: Of those who get the report.
        report_to: 街道、派出所 or 消防, as it stands on the report.
    """

    ack_within_s: float = 300.0
    repeat_every_s: float = 600.0
    most_repeats: int = 6
    group_interval_s: float = 300.0
    report_after_attempts: int = 3
    report_after_s: float = 7200.0
    quiet_from: str = ""
    quiet_to: str = ""
    quiet_passes: str = "high"
    channels: tuple[str, ...] = ()
    escalate_channels: tuple[str, ...] = ()
    report_channels: tuple[str, ...] = ()
    report_to: str = "街道办事处（镇人民政府）"


#: Where no policy is kept: a lift leaves seconds, a lane minutes.
DEFAULT_POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        HazardKind.EBIKE_IN_ELEVATOR.value: Policy(ack_within_s=60.0, repeat_every_s=120.0),
        HazardKind.FIRE_LANE_BLOCKED.value: Policy(ack_within_s=180.0),
        HazardKind.CLIMBING_SITE_BLOCKED.value: Policy(ack_within_s=180.0),
        "": Policy(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """Where one case stands. Times are aware.

    Attributes:
        severity: ``critical``, ``high`` or ``medium``.
        status: What people have done.
        raised_at: When it was found.
        ended_at: When its camera saw it gone.
        dissuasions: How often somebody was dissuaded.
        told: Messages so far.
        first_told_at: The first one's time.
        last_told_at: The newest one's, of this case or of its place and kind.
        was_unattended: Whether it has been escalated for want of notice.
        is_reported: Whether a report has been drafted.
    """

    severity: str
    status: Status
    raised_at: datetime
    ended_at: datetime | None
    dissuasions: int
    told: int
    first_told_at: datetime | None
    last_told_at: datetime | None
    was_unattended: bool
    is_reported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do now, and when to look again.

    Attributes:
        tell: ``raised``, ``repeat``, ``escalated`` or ``cleared``; empty for nothing.
        report: ``attempts`` or ``time``: draft a report; empty for none.
        folds: It counts as told by the message of its place and kind.
        look_at: When the next decision is due; None when the alert is over.
    """

    tell: str = ""
    report: str = ""
    folds: bool = False
    look_at: datetime | None = None


def _clock(text: str) -> time:
    hours, _, minutes = text.partition(":")
    return time(int(hours), int(minutes))


def quiet_until(policy: Policy, severity: str, now: datetime) -> datetime | None:
    """The end of the quiet hours that hold this severity back now; None when none do."""
    if not policy.quiet_from or not policy.quiet_to:
        return None
    if _RANKS.get(severity, 0) >= _RANKS.get(policy.quiet_passes, 0):
        return None
    begin, end = _clock(policy.quiet_from), _clock(policy.quiet_to)
    local = now.astimezone(_SHANGHAI)
    clock = local.time()
    inside = begin <= clock < end if begin < end else clock >= begin or clock < end
    if begin == end or not inside:
        return None
    until = datetime.combine(local.date(), end, _SHANGHAI)
    if until <= local:
        until += timedelta(days=1)
    return until.astimezone(UTC)


def decide(
    policy: Policy, state: AlertState, now: datetime, *, muted_until: datetime | None = None
) -> Decision:
    """The next step of one alert.

    Args:
        policy: Of its place and kind.
        state: Where the case stands.
        now: Aware.
        muted_until: End of a mute that covers it; None without one.
    """
    if state.status in (Status.FALSE_ALARM, Status.CLOSED, Status.TRANSFERRED):
        return Decision()
    if state.ended_at is not None:
        return Decision(tell="cleared" if state.told else "")
    report = _report(policy, state, now)
    times = (
        []
        if state.is_reported or report
        else [state.raised_at + timedelta(seconds=policy.report_after_s)]
    )
    held_until = muted_until or quiet_until(policy, state.severity, now)
    if held_until is not None:
        return Decision(report=report, look_at=min([held_until, *(t for t in times if t > now)]))
    if state.status is not Status.FOUND:
        # Somebody has taken notice: only the report is still to come.
        return Decision(report=report, look_at=min(times, default=None))
    if state.told == 0:
        return _first(policy, state, now, report, times)
    return _again(policy, state, now, report, times)


def _report(policy: Policy, state: AlertState, now: datetime) -> str:
    if state.is_reported:
        return ""
    if state.dissuasions >= policy.report_after_attempts:
        return "attempts"
    if now >= state.raised_at + timedelta(seconds=policy.report_after_s):
        return "time"
    return ""


def _first(
    policy: Policy, state: AlertState, now: datetime, report: str, times: list[datetime]
) -> Decision:
    ack_at = now + timedelta(seconds=policy.ack_within_s)
    grouped = state.last_told_at is not None and now < state.last_told_at + timedelta(
        seconds=policy.group_interval_s
    )
    return Decision(
        tell="" if grouped else "raised",
        folds=grouped,
        report=report,
        look_at=min([ack_at, *times]),
    )


def _again(
    policy: Policy, state: AlertState, now: datetime, report: str, times: list[datetime]
) -> Decision:
    first = state.first_told_at or now
    ack_at = first + timedelta(seconds=policy.ack_within_s)
    tell = ""
    if not state.was_unattended:
        if now < ack_at:
            return Decision(report=report, look_at=min([ack_at, *times]))
        tell = "escalated"
    last = now if tell else (state.last_told_at or now)
    repeats = state.told - 1 + bool(tell)
    if repeats < policy.most_repeats:
        repeat_at = last + timedelta(seconds=policy.repeat_every_s)
        if not tell and now >= repeat_at:
            tell = "repeat"
            repeat_at = now + timedelta(seconds=policy.repeat_every_s)
        times = [repeat_at, *times]
    return Decision(tell=tell, report=report, look_at=min(times, default=None))
