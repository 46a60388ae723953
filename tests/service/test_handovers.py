"""Shift handovers: what was open is written down as it was, and taken once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.errors import NotFound, TransitionRefused
from service.repository import (
    EVERYWHERE,
    Actor,
    Scope,
    give_shift,
    list_handovers,
    read_shift,
    take_shift,
)
from service.tables import AuditRow

_DAY = Actor(name="li", person="李娜")
_NIGHT = Actor(name="wang", person="王强")


def test_a_shift_is_given_and_taken_once(api: Any, wire: Any) -> None:
    now = datetime.now(UTC)
    stamp = now.isoformat().replace("+00:00", "Z")
    times = dict.fromkeys(("raised_at", "first_seen", "last_seen", "occurred_at"), stamp)
    lane = api.post(wire.event(key="a", **times)).json()["incident_id"]
    lift = api.post(wire.event(key="b", kind="ebike_in_elevator", **times)).json()["incident_id"]
    wrong = api.post(wire.event(key="c", **times)).json()["incident_id"]
    api.act(wrong, "false_alarm", "shadow")
    api.act(lane, "acknowledge")

    later = now + timedelta(minutes=1)
    shift = read_shift(api.database, scope=EVERYWHERE, now=later)
    assert shift.open_ids == (lift, lane), "the most urgent first"
    given = give_shift(
        api.database, given_to="王强", note="东门施工", actor=_DAY, scope=EVERYWHERE, now=later
    )
    assert given.figures == shift.figures
    assert given.figures == {
        "found": 3,
        "false_alarms": 1,
        "closed": 0,
        "waiting": 1,
        "open": 2,
    }
    # What happens afterwards does not change what was handed over.
    api.act(lift, "false_alarm", "a wheelchair")
    (kept,) = list_handovers(api.database, scope=EVERYWHERE)
    assert (kept.open_ids, kept.given_by, kept.taken_at) == ((lift, lane), "李娜", None)
    taken = take_shift(api.database, kept.id, actor=_NIGHT, scope=EVERYWHERE, now=later)
    assert taken.taken_by == "王强"
    with pytest.raises(TransitionRefused, match="王强 has taken it"):
        take_shift(api.database, kept.id, actor=_DAY, scope=EVERYWHERE, now=later)
    assert read_shift(api.database, scope=EVERYWHERE, now=later).figures["found"] == 0
    with api.database.read() as session:
        actions = session.scalars(select(AuditRow.action).where(AuditRow.incident_id.is_(None)))
        assert [each for each in actions if each.endswith("_shift")] == ["give_shift", "take_shift"]


def test_who_sees_less_does_not_see_it(api: Any) -> None:
    now = datetime.now(UTC)
    everything = give_shift(
        api.database, given_to="x", note="", actor=_DAY, scope=EVERYWHERE, now=now
    )
    one = Scope(compounds=frozenset({1}))
    own = give_shift(api.database, given_to="x", note="", actor=_DAY, scope=one, now=now)
    assert [each.id for each in list_handovers(api.database, scope=one)] == [own.id]
    two = Scope(compounds=frozenset({1, 2}))
    assert [each.id for each in list_handovers(api.database, scope=two)] == [own.id]
    assert list_handovers(api.database, scope=Scope(compounds=frozenset({2}))) == []
    assert len(list_handovers(api.database, scope=EVERYWHERE)) == 2
    with pytest.raises(NotFound):
        take_shift(api.database, everything.id, actor=_NIGHT, scope=one, now=now)
