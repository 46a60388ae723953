"""What a person does to an incident: the table decides, the repository writes it down."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from service.errors import NotAllowed
from service.repository import (
    EVERYWHERE,
    Actor,
    Database,
    Incident,
    Plan,
    Scope,
    Step,
    record_step,
)
from service.tables import ACTION_WORDS, HAZARDS, SEVERITIES, Action, HazardKind, Role
from service.workflow.requirements import Asked, check_requirements
from service.workflow.transitions import next_status, permission_for

__all__ = ["act", "plan_step"]

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_ORDER = (
    "responsible_name",
    "responsible_unit",
    "responsible_contact_id",
    "responsible_operator_id",
    "measure",
    "measure_kind",
    "deadline",
)
# Action -> the step's fields that become the incident's.
_TAKEN: Mapping[Action, tuple[str, ...]] = {
    Action.REGISTER: ("content", "building_id", "place_id", "location", "private_property"),
    Action.ASSIGN: _ORDER,
    Action.FAIL_RECHECK: _ORDER,
    Action.RESCHEDULE: ("deadline",),
    Action.SUBMIT: ("outcome", "outcome_by", "removed_weight_kg", "removed_volume_m3"),
    Action.TRANSFER: ("transferred_to",),
}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _said(step: Step) -> dict[str, Any]:
    found = {each.name: getattr(step, each.name) for each in fields(step) if each.name != "note"}
    return {name: _plain(value) for name, value in found.items() if value is not None}


def _stamps(action: Action, case: Incident, step: Step, name: str, now: datetime) -> dict[str, Any]:
    """Who and when, as the ledger's columns have it."""
    if action is Action.REGISTER:
        return _registered(case, step) | {"registered_at": now, "registered_by": name}
    seen = {} if case.acknowledged_at else {"acknowledged_at": now, "acknowledged_by": name}
    rechecked = {"rechecked_at": now, "rechecked_by": name}
    stamps: dict[Action, dict[str, Any]] = {
        Action.ACKNOWLEDGE: seen,
        Action.DISSUADE: seen,
        Action.HANDLE: seen,
        Action.ASSIGN: {"assigned_at": now, "assigned_by": name},
        Action.SUBMIT: {"rectified_at": now, "rectified_by": name},
        Action.PASS_RECHECK: rechecked
        | {
            "recheck_result": "passed",
            "recheck_note": step.note or "复查合格",
            "closed_at": now,
            "closed_by": name,
        },
        Action.FAIL_RECHECK: rechecked
        | {
            "recheck_result": "failed",
            "recheck_note": step.note,
            "failed_rechecks": case.failed_rechecks + 1,
            "rectified_at": None,
            "outcome": None,
            "outcome_by": None,
        },
        Action.TRANSFER: {"transferred_at": now, "transfer_received_at": None},
        Action.RECEIVE: {"transfer_received_at": now},
        Action.REBOUND: {"rebounded_at": case.rebounded_at or now},
    }
    return stamps.get(action, {})


def _registered(case: Incident, step: Step) -> dict[str, Any]:
    kind = step.kind or HazardKind(case.kind)
    found: dict[str, Any] = {}
    if step.kind is not None:
        found |= {"kind": kind.value, "severity": SEVERITIES[kind]}
        found["private_property"] = HAZARDS[kind].private_property
    if not (step.content or case.content):
        found["content"] = HAZARDS[kind].zh
    return found


def plan_step(
    case: Incident,
    after_pictures: int,
    *,
    action: Action,
    step: Step,
    actor: Actor,
    now: datetime,
) -> Plan:
    """What ``action`` would change; pure.

    Raises:
        NotAllowed: The actor's role may not do this.
        TransitionRefused: The table or a requirement refuses; the message says why.
    """
    after = next_status(case.status, action)
    needed = permission_for(case.status, action)
    if not actor.may(needed):
        zh, en = ACTION_WORDS[action.value]
        hint = "" if actor.role is not Role.CAMERA else "; make a key with --role duty"
        raise NotAllowed(
            f"{en} ({zh}): {actor.name} has the role {actor.role}, which lacks {needed}{hint}"
        )
    today = now.astimezone(_SHANGHAI).date()
    check_requirements(
        Asked(
            case=case,
            after_pictures=after_pictures,
            action=action,
            step=step,
            actor=actor,
            today=today,
        )
    )
    changes = _stamps(action, case, step, actor.name, now)
    for name in _TAKEN.get(action, ()):
        value = getattr(step, name)
        if value is not None:
            changes[name] = value.value if isinstance(value, StrEnum) else value
    return Plan(
        status=after,
        changes=changes,
        detail=_said(step),
        takes_number=action is Action.REGISTER,
        dissuasion=action is Action.DISSUADE,
        begins_rebound=action is Action.REBOUND,
    )


def act(
    database: Database,
    incident_id: int,
    *,
    action: Action,
    actor: Actor,
    step: Step | None = None,
    scope: Scope = EVERYWHERE,
    if_seq: int | None = None,
    now: datetime | None = None,
) -> Incident:
    """Do ``action`` to the incident in the name of ``actor``; give back the incident after it.

    A rebound gives back the new incident, which names the old one.

    Args:
        database: Where it is.
        incident_id: Its number for URLs.
        action: What is done.
        actor: Who does it; its role must allow it.
        step: What the person says.
        scope: What the actor may see.
        if_seq: Only when the incident's ``changed_seq`` is still this one.
        now: The time, aware; None takes the clock's.

    Raises:
        NotFound: There is no such incident, or it is out of the scope.
        NotAllowed: The role may not do this.
        ChangedMeanwhile: Somebody has changed it since ``if_seq``.
        TransitionRefused: Its status does not allow the action, or something is missing.
    """
    said = step or Step()

    def decide(case: Incident, after_pictures: int, moment: datetime) -> Plan:
        return plan_step(case, after_pictures, action=action, step=said, actor=actor, now=moment)

    return record_step(
        database,
        incident_id,
        action=action,
        step=said,
        decide=decide,
        actor=actor,
        scope=scope,
        if_seq=if_seq,
        now=now,
    )
