"""The dialogs ask for what the workflow needs, and every step has a key of its own."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.desk.case_actions import RESPONSES
from service.desk.case_extras import KEYS as EXTRA_KEYS
from service.desk.steps import FALSE_ALARM_REASONS, LOOKS, fields_for, step_from
from service.desk.texts import LANGUAGES, Texts
from service.repository import Actor, Incident, today_in_shanghai
from service.tables import Action, Role, Source, Status
from service.workflow import TRANSITIONS, allowed_actions
from service.workflow.requirements import Asked, check_requirements


def _incident(status: Status) -> Incident:
    values: dict[str, Any] = dict.fromkeys(Incident.__dataclass_fields__)
    values |= {
        "id": 1,
        "kind": "corridor_clutter",
        "source": Source.CAMERA,
        "status": status,
        "content": "",
        "location": "",
        "camera_name": "3号楼",
        "private_property": False,
        "dissuasions": 2,
        "failed_rechecks": 0,
    }
    return Incident(**values)


def _filled(action: Action, case: Incident) -> dict[str, Any]:
    """The dialog as somebody fills in what is marked as needed, and nothing else."""
    values: dict[str, Any] = {}
    for field in fields_for(Texts("zh"), action, case):
        value = field.value
        if value in (None, "") and field.needed:
            if field.kind == "choice":
                value = next(iter(field.options))
            else:
                value = today_in_shanghai() + timedelta(days=3) if field.kind == "day" else "说明"
        values[field.name] = value
    return values


@pytest.mark.parametrize(("status", "action"), sorted(TRANSITIONS))
def test_what_is_marked_as_needed_is_all_that_a_step_needs(status: Status, action: Action) -> None:
    case = _incident(status)
    if action is Action.FAIL_RECHECK:
        # It was ordered before, so the order stands in the dialog.
        case = replace(case, responsible_name="王强", measure="清理", deadline=today_in_shanghai())
    check_requirements(
        Asked(
            case=case,
            after_pictures=1,
            action=action,
            step=step_from(action, _filled(action, case)),
            actor=Actor(name="li.na", role=Role.ADMIN, operator_id=7),
            today=today_in_shanghai(),
        )
    )


@pytest.mark.parametrize("status", Status)
def test_no_two_buttons_of_a_case_share_a_key(status: Status) -> None:
    keys = [LOOKS[action].key for action in allowed_actions(status)]
    keys += [key for _, key in RESPONSES.values()] + list(EXTRA_KEYS.values()) + ["C", "?"]
    assert len(keys) == len(set(keys))
    assert set(LOOKS) == set(Action)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_of_a_false_alarm_stands_in_the_ledger_in_chinese(language: str) -> None:
    (field,) = fields_for(Texts(language), Action.FALSE_ALARM, _incident(Status.FOUND))
    assert tuple(field.options) == FALSE_ALARM_REASONS
    for reason in FALSE_ALARM_REASONS:
        step = step_from(Action.FALSE_ALARM, {"note": reason})
        assert step.note == Texts("zh")(f"reason.{reason}")
