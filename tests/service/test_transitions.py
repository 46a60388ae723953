"""Requirement 13 as a table, written down a second time, and what no path can get around."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import NotAllowed, TransitionRefused
from service.repository import Actor, Incident, Step
from service.tables import (
    PERMISSIONS,
    Action,
    MeasureKind,
    Outcome,
    OutcomeBy,
    Permission,
    Role,
    Source,
    Status,
)
from service.workflow import TRANSITIONS, allowed_actions, next_status, permission_for, plan_step

# The requirement's own words, not the table's:
# 发现→误报/登记→劝阻/处置→整改中→待复查→销号; 复查不合格→整改中; 移交; 反弹.
ALLOWED = {
    "found": {
        "acknowledge": "acknowledged",
        "false_alarm": "false_alarm",
        "register": "registered",
        "dissuade": "acknowledged",
        "handle": "acknowledged",
    },
    "acknowledged": {
        "false_alarm": "false_alarm",
        "register": "registered",
        "dissuade": "acknowledged",
        "handle": "acknowledged",
    },
    "false_alarm": {"reopen": "found"},
    "registered": {
        "dissuade": "handling",
        "handle": "handling",
        "assign": "rectifying",
        "transfer": "transferred",
    },
    "handling": {
        "dissuade": "handling",
        "handle": "handling",
        "assign": "rectifying",
        "submit": "awaiting_recheck",
        "transfer": "transferred",
    },
    "rectifying": {
        "dissuade": "rectifying",
        "assign": "rectifying",
        "reschedule": "rectifying",
        "submit": "awaiting_recheck",
        "transfer": "transferred",
    },
    "awaiting_recheck": {"pass_recheck": "closed", "fail_recheck": "rectifying"},
    "transferred": {
        "receive": "transferred",
        "return": "registered",
        "submit": "awaiting_recheck",
    },
    "closed": {"rebound": "closed"},
}
NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 3)
ADMIN = Actor(name="root", role=Role.ADMIN, operator_id=1, person="管理员")
OTHER = Actor(name="li", role=Role.ADMIN, operator_id=2, person="李娜")


def case(**changes: Any) -> Incident:
    """An incident; ``changes`` replace fields."""
    known: dict[str, Any] = {each.name: None for each in fields(Incident)}
    known |= {
        "id": 1,
        "incident_key": "k",
        "site": "demo",
        "source": Source.CAMERA,
        "kind": "corridor_clutter",
        "phase": "start",
        "status": Status.FOUND,
        "severity": "medium",
        "compound_id": 1,
        "location": "",
        "content": "",
        "reported_by": "",
        "private_property": False,
        "camera_id": "c",
        "zone_id": "z",
        "camera_name": "",
        "first_seen": NOW,
        "last_seen": NOW,
        "raised_at": NOW,
        "measures": {},
        "model": "",
        "rule_version": "",
        "last_sequence": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "changed_seq": 1,
        "dissuasions": 0,
        "failed_rechecks": 0,
    }
    return Incident(**(known | changes))


#: Everything that any step could need, so that only the table decides.
WHOLE = Step(
    note="说明",
    method="当面",
    person="住户",
    responsible_name="王强",
    measure="清理楼道",
    measure_kind=MeasureKind.CLEAR,
    deadline=TODAY + timedelta(days=7),
    transferred_to="消防大队",
    outcome=Outcome.CLEARED,
    outcome_by=OutcomeBy.OWNER,
)


def plan(
    incident: Incident,
    action: Action,
    step: Step = WHOLE,
    *,
    actor: Actor = ADMIN,
    pictures: int = 1,
) -> Any:
    return plan_step(incident, pictures, action=action, step=step, actor=actor, now=NOW)


@pytest.mark.parametrize(("status", "action"), list(product(Status, Action)))
def test_the_table(status: Status, action: Action) -> None:
    wanted = ALLOWED[status.value].get(action.value)
    assert (action in allowed_actions(status)) == (wanted is not None)
    if wanted is not None:
        assert next_status(status, action) == wanted
        assert plan(case(status=status, kind="corridor_clutter"), action).status == wanted
        return
    with pytest.raises(TransitionRefused) as refused:
        next_status(status, action)
    # The reason is in words of both languages, beyond the name of the status.
    assert len(refused.value.en) > 40
    assert status.value in refused.value.en
    assert len(refused.value.zh) > 10
    assert not refused.value.zh.isascii()


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TRANSITIONS[Status.FOUND, Action.REOPEN] = Status.FOUND  # type: ignore[index]


def refused(incident: Incident, action: Action, step: Step = WHOLE, **more: Any) -> str:
    with pytest.raises(TransitionRefused) as error:
        plan(incident, action, step, **more)
    assert not error.value.zh.isascii()
    return error.value.zh + " / " + error.value.en


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("responsible_name", "整改责任人"),
        ("measure", "整改措施"),
        ("deadline", "整改期限"),
    ],
)
@pytest.mark.parametrize(
    ("status", "action"),
    [
        (Status.REGISTERED, Action.ASSIGN),
        (Status.HANDLING, Action.ASSIGN),
        (Status.AWAITING_RECHECK, Action.FAIL_RECHECK),
    ],
)
def test_no_rectifying_without_person_measure_and_deadline(
    missing: str, words: str, status: Status, action: Action
) -> None:
    step = replace(WHOLE, **{missing: None})
    assert words in refused(case(status=status), action, step)
    # What the case has already need not be said again.
    known = case(status=status, **{missing: getattr(WHOLE, missing)})
    assert plan(known, action, step).status is Status.RECTIFYING


def test_a_deadline_in_the_past_is_refused() -> None:
    step = replace(WHOLE, deadline=TODAY - timedelta(days=1))
    for status, action in (
        (Status.REGISTERED, Action.ASSIGN),
        (Status.RECTIFYING, Action.RESCHEDULE),
    ):
        assert "已经过去" in refused(case(status=status), action, step)
        assert plan(case(status=status), action, replace(WHOLE, deadline=TODAY)).changes


def test_who_fixes_does_not_close() -> None:
    mine = {"status": Status.AWAITING_RECHECK, "outcome": "cleared"}
    for mark in (
        {"rectified_by": ADMIN.name},
        {"rectified_by": "x", "responsible_operator_id": ADMIN.operator_id},
        {"rectified_by": "x", "responsible_name": ADMIN.person},
    ):
        for action in (Action.PASS_RECHECK, Action.FAIL_RECHECK):
            assert "不得复查自己的整改" in refused(case(**mine, **mark), action)
            assert plan(case(**mine, **mark), action, actor=OTHER)


def test_no_role_but_the_admin_both_fixes_and_closes() -> None:
    both = {Permission.INCIDENTS_RECTIFY, Permission.INCIDENTS_RECHECK}
    assert [role for role in Role if both <= PERMISSIONS[role]] == [Role.ADMIN]


def test_closing_needs_a_picture_of_afterwards() -> None:
    done = case(status=Status.AWAITING_RECHECK, rectified_by="wang", outcome="cleared")
    assert "没有整改后照片" in refused(done, Action.PASS_RECHECK, pictures=0)
    assert plan(done, Action.PASS_RECHECK, pictures=1).status is Status.CLOSED


def test_failed_persuasion_does_not_close() -> None:
    done = case(status=Status.AWAITING_RECHECK, rectified_by="w", outcome="persuasion_failed")
    assert "劝导未果" in refused(done, Action.PASS_RECHECK)


@pytest.mark.parametrize(
    "change",
    [
        {"measure_kind": MeasureKind.REMOVE},
        {"measure": "责令三日内拆除防盗窗", "measure_kind": MeasureKind.OTHER},
        {"measure": "The owner is ordered to remove the grille", "measure_kind": None},
        {"measure": "集中拆除", "measure_kind": None},
    ],
)
def test_a_private_grille_is_never_ordered_removed(change: dict[str, Any]) -> None:
    step = replace(WHOLE, **change)
    grille = case(kind="window_grille", private_property=True, status=Status.REGISTERED)
    assert "居民私有财产" in refused(grille, Action.ASSIGN, step)
    assert plan(replace(grille, private_property=False), Action.ASSIGN, step)


@pytest.mark.parametrize("measure", ["开设逃生口", "劝导住户自行拆除", "更换为可开启式防盗窗"])
def test_a_private_grille_may_be_talked_about(measure: str) -> None:
    step = replace(WHOLE, measure=measure, measure_kind=MeasureKind.PERSUADE)
    grille = case(kind="window_grille", private_property=True, status=Status.REGISTERED)
    assert plan(grille, Action.ASSIGN, step).status is Status.RECTIFYING


def test_who_may_have_removed_a_private_grille() -> None:
    grille = case(kind="window_grille", private_property=True, status=Status.RECTIFYING)
    gone = replace(WHOLE, outcome=Outcome.REMOVED)
    assert plan(grille, Action.SUBMIT, replace(gone, outcome_by=OutcomeBy.OWNER))
    assert "有权机关" in refused(
        grille, Action.SUBMIT, replace(gone, outcome_by=OutcomeBy.PROPERTY)
    )
    by_authority = replace(gone, outcome_by=OutcomeBy.AUTHORITY)
    assert "有权机关" in refused(grille, Action.SUBMIT, by_authority)
    moved = replace(grille, status=Status.TRANSFERRED, transferred_at=NOW)
    assert plan(moved, Action.SUBMIT, by_authority).status is Status.AWAITING_RECHECK


@pytest.mark.parametrize(
    ("status", "action", "empty"),
    [
        (Status.FOUND, Action.DISSUADE, "method"),
        (Status.FOUND, Action.DISSUADE, "person"),
        (Status.REGISTERED, Action.HANDLE, "note"),
        (Status.RECTIFYING, Action.RESCHEDULE, "note"),
        (Status.RECTIFYING, Action.RESCHEDULE, "deadline"),
        (Status.RECTIFYING, Action.SUBMIT, "outcome"),
        (Status.AWAITING_RECHECK, Action.FAIL_RECHECK, "note"),
        (Status.REGISTERED, Action.TRANSFER, "transferred_to"),
        (Status.REGISTERED, Action.TRANSFER, "note"),
        (Status.TRANSFERRED, Action.RETURN, "note"),
        (Status.CLOSED, Action.REBOUND, "note"),
    ],
)
def test_what_a_step_needs(status: Status, action: Action, empty: str) -> None:
    nothing = "" if empty == "note" else None
    refused(case(status=status), action, replace(WHOLE, **{empty: nothing}))
    assert plan(case(status=status), action)


@pytest.mark.parametrize(("status", "action"), sorted(TRANSITIONS))
@pytest.mark.parametrize("role", list(Role))
def test_only_the_matrix_lets_a_role_act(role: Role, status: Status, action: Action) -> None:
    actor = Actor(name="somebody", role=role)
    if permission_for(status, action) in PERMISSIONS[role]:
        assert plan(case(status=status), action, actor=actor)
    else:
        with pytest.raises(NotAllowed, match=str(role)):
            plan(case(status=status), action, actor=actor)


#: A random walk through the table, each step with some of what it could need.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(Action),
        st.sampled_from([ADMIN, OTHER, Actor(name="wang", role=Role.PROPERTY, person="王强")]),
        st.sets(st.sampled_from([each.name for each in fields(Step)])),
        st.sampled_from(MeasureKind),
        st.sampled_from(Outcome),
        st.integers(0, 1),
    ),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(walk=STEPS, private=st.booleans())
def test_no_walk_gets_around_the_rules(walk: list[Any], private: bool) -> None:
    incident = case(private_property=private)
    for action, actor, dropped, measure_kind, outcome, pictures in walk:
        said = {
            each.name: getattr(WHOLE, each.name)
            for each in fields(Step)
            if each.name not in dropped
        }
        step = replace(Step(**said), measure_kind=measure_kind, outcome=outcome)
        try:
            decided = plan(incident, action, step, actor=actor, pictures=pictures)
        except (TransitionRefused, NotAllowed):
            continue
        before = incident
        incident = replace(incident, status=decided.status, **decided.changes)
        assert TRANSITIONS[before.status, action] is decided.status
        if incident.status is Status.RECTIFYING:
            assert incident.responsible_name
            assert incident.measure
            assert incident.deadline is not None
            assert not (private and incident.measure_kind == MeasureKind.REMOVE)
        if incident.status is Status.CLOSED and before.status is not Status.CLOSED:
            assert pictures
            assert incident.closed_by == incident.rechecked_by == actor.name
            assert incident.closed_by != incident.rectified_by
            assert incident.outcome != Outcome.PERSUASION_FAILED
        if before.status is Status.CLOSED:
            assert incident.status is Status.CLOSED
            assert incident.closed_at == before.closed_at
