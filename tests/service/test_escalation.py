"""The pure table of alerts: what is told when, what is held back, when a report is drafted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.tables import Status
from service.workflow import DEFAULT_POLICIES, AlertState, Policy, decide, quiet_until

T0 = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
POLICY = Policy(ack_within_s=60, repeat_every_s=120, most_repeats=2, report_after_s=3600)
FRESH = AlertState(
    severity="high",
    status=Status.FOUND,
    raised_at=T0,
    ended_at=None,
    dissuasions=0,
    told=0,
    first_told_at=None,
    last_told_at=None,
    was_unattended=False,
    is_reported=False,
)
TOLD = replace(FRESH, told=1, first_told_at=T0, last_told_at=T0)


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def test_a_new_hazard_is_told_at_once_and_looked_at_when_notice_is_due() -> None:
    decision = decide(POLICY, FRESH, T0)
    assert (decision.tell, decision.look_at) == ("raised", after(60))


def test_nothing_is_said_while_there_is_still_time_to_take_notice() -> None:
    decision = decide(POLICY, TOLD, after(30))
    assert (decision.tell, decision.look_at) == ("", after(60))


def test_without_notice_it_goes_up_then_repeats_so_often_and_no_more() -> None:
    up = decide(POLICY, TOLD, after(60))
    assert (up.tell, up.look_at) == ("escalated", after(180))
    state = replace(TOLD, told=2, last_told_at=after(60), was_unattended=True)
    again = decide(POLICY, state, after(180))
    assert (again.tell, again.look_at) == ("repeat", after(300))
    last = decide(POLICY, replace(state, told=3, last_told_at=after(180)), after(300))
    assert (last.tell, last.look_at) == ("", after(3600))


def test_notice_ends_the_repeats() -> None:
    state = replace(TOLD, status=Status.ACKNOWLEDGED)
    assert decide(POLICY, state, after(600)).tell == ""


def test_what_was_noticed_before_the_first_message_is_not_told() -> None:
    assert decide(POLICY, replace(FRESH, status=Status.HANDLING), T0).tell == ""


@pytest.mark.parametrize(("dissuasions", "report"), [(2, ""), (3, "attempts"), (5, "attempts")])
def test_the_third_dissuasion_drafts_a_report(dissuasions: int, report: str) -> None:
    state = replace(TOLD, status=Status.HANDLING, dissuasions=dissuasions)
    assert decide(POLICY, state, after(600)).report == report


def test_time_alone_drafts_a_report_once() -> None:
    state = replace(TOLD, status=Status.ACKNOWLEDGED)
    assert decide(POLICY, state, after(3599)).report == ""
    assert decide(POLICY, state, after(3600)).report == "time"
    assert decide(POLICY, replace(state, is_reported=True), after(9999)).look_at is None


def test_a_place_that_is_clear_again_is_told_and_over() -> None:
    state = replace(TOLD, ended_at=after(20))
    assert (decide(POLICY, state, after(20)).tell, decide(POLICY, state, after(20)).look_at) == (
        "cleared",
        None,
    )
    assert decide(POLICY, replace(FRESH, ended_at=after(20)), after(20)).tell == ""


@pytest.mark.parametrize("status", [Status.FALSE_ALARM, Status.CLOSED, Status.TRANSFERRED])
def test_a_case_that_is_over_says_nothing(status: Status) -> None:
    decision = decide(POLICY, replace(TOLD, status=status), after(9999))
    assert (decision.tell, decision.report, decision.look_at) == ("", "", None)


def test_one_lane_is_not_fifty_messages() -> None:
    state = replace(FRESH, last_told_at=T0)
    folded = decide(POLICY, state, after(10))
    assert (folded.tell, folded.folds) == ("", True)
    assert decide(POLICY, state, after(300)).tell == "raised"


def test_a_mute_holds_messages_back_but_not_the_report() -> None:
    held = decide(POLICY, FRESH, T0, muted_until=after(600))
    assert (held.tell, held.look_at) == ("", after(600))
    late = decide(POLICY, TOLD, after(3600), muted_until=after(7200))
    assert (late.tell, late.report) == ("", "time")


NIGHT = Policy(quiet_from="22:00", quiet_to="07:00", quiet_passes="critical")


@pytest.mark.parametrize(
    ("utc_hour", "severity", "until"),
    [
        (13, "high", None),  # 21:00
        (14, "high", datetime(2026, 3, 4, 23, tzinfo=UTC)),  # 22:00, until 07:00
        (20, "high", datetime(2026, 3, 4, 23, tzinfo=UTC)),  # 04:00 of the 5th
        (23, "high", None),  # 07:00
        (20, "critical", None),
    ],
)
def test_quiet_hours_run_over_midnight_in_shanghai(
    utc_hour: int, severity: str, until: datetime | None
) -> None:
    assert quiet_until(NIGHT, severity, datetime(2026, 3, 4, utc_hour, tzinfo=UTC)) == until


def test_a_lift_leaves_a_minute() -> None:
    assert DEFAULT_POLICIES["ebike_in_elevator"].ack_within_s == 60
    assert DEFAULT_POLICIES["fire_lane_blocked"].ack_within_s == 180
