"""What each step of the workflow asks for: its icon, its key, and the fields of its dialog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from service.desk.ask import Field
from service.desk.texts import Texts
from service.repository import Incident, Step, today_in_shanghai
from service.tables import (
    HAZARDS,
    Action,
    HazardKind,
    MeasureKind,
    Outcome,
    OutcomeBy,
)

__all__ = ["FALSE_ALARM_REASONS", "LOOKS", "Look", "fields_for", "hint_for", "step_from"]

_DEADLINE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Look:
    """How a button looks, and the key that presses it."""

    icon: str
    colour: str
    key: str


#: Action -> its button. Colours are Quasar's, dark enough for white letters.
LOOKS: Mapping[Action, Look] = MappingProxyType(
    {
        Action.ACKNOWLEDGE: Look("check_circle", "green-9", "A"),
        Action.FALSE_ALARM: Look("report_off", "blue-grey-8", "F"),
        Action.REOPEN: Look("undo", "primary", "Z"),
        Action.REGISTER: Look("playlist_add_check", "indigo-8", "R"),
        Action.DISSUADE: Look("record_voice_over", "deep-orange-10", "S"),
        Action.HANDLE: Look("cleaning_services", "teal-9", "H"),
        Action.ASSIGN: Look("assignment_ind", "indigo-8", "O"),
        Action.RESCHEDULE: Look("event_repeat", "blue-grey-8", "E"),
        Action.SUBMIT: Look("task_alt", "teal-9", "G"),
        Action.PASS_RECHECK: Look("verified", "green-9", "P"),
        Action.FAIL_RECHECK: Look("thumb_down", "deep-orange-10", "X"),
        Action.TRANSFER: Look("forward", "blue-grey-8", "T"),
        Action.RECEIVE: Look("move_to_inbox", "green-9", "I"),
        Action.RETURN: Look("keyboard_return", "blue-grey-8", "Y"),
        Action.REBOUND: Look("replay", "deep-orange-10", "B"),
    }
)

#: Why an alarm was false, in the order of their number keys.
FALSE_ALARM_REASONS = (
    "shadow",
    "person",
    "permitted",
    "not_it",
    "fixture",
    "camera",
    "test",
    "other",
)
_WAYS = ("in_person", "phone", "loudspeaker", "slip")
_OFFICES = ("street", "fire", "police", "urban")


def _words(texts: Texts, group: str, values: Sequence[str]) -> dict[str, str]:
    return {value: texts(f"{group}{value}") for value in values}


def _suggestions(texts: Texts, group: str, values: Sequence[str]) -> dict[str, str]:
    return {texts(f"{group}{value}"): texts(f"{group}{value}") for value in values}


def _order(texts: Texts, case: Incident, *, needed: bool) -> list[Field]:
    deadline = case.deadline or today_in_shanghai() + timedelta(days=_DEADLINE_DAYS)
    return [
        Field(
            name="responsible_name",
            label=texts("field.responsible"),
            needed=needed,
            value=case.responsible_name,
        ),
        Field(name="responsible_unit", label=texts("field.unit"), value=case.responsible_unit),
        Field(
            name="measure_kind",
            label=texts("field.measure_kind"),
            kind="choice",
            value=case.measure_kind,
            options=_words(texts, "measure.", [kind.value for kind in MeasureKind]),
        ),
        Field(
            name="measure",
            label=texts("field.measure"),
            kind="long",
            needed=needed,
            value=case.measure,
        ),
        Field(
            name="deadline",
            label=texts("field.deadline"),
            kind="day",
            needed=needed,
            value=deadline,
        ),
    ]


def _registration(texts: Texts, case: Incident, buildings: Mapping[int, str]) -> list[Field]:
    kind = HazardKind(case.kind)
    found = [
        Field(
            name="kind",
            label=texts("field.kind"),
            kind="choice",
            value=case.kind,
            options={each.value: texts(f"kind.{each}") for each in HazardKind},
        ),
        Field(
            name="content",
            label=texts("field.content"),
            kind="long",
            needed=True,
            value=case.content or HAZARDS[kind].zh,
        ),
        Field(
            name="location",
            label=texts("field.location"),
            value=case.location or case.camera_name,
        ),
    ]
    if buildings:
        found.append(
            Field(
                name="building_id",
                label=texts("field.building"),
                kind="choice",
                value=case.building_id if case.building_id in buildings else None,
                options=buildings,
            )
        )
    found.append(
        Field(
            name="private_property",
            label=texts("field.private"),
            kind="switch",
            value=case.private_property,
        )
    )
    return found


def fields_for(
    texts: Texts, action: Action, case: Incident, *, buildings: Mapping[int, str] | None = None
) -> list[Field]:
    """What to fill in for a step; an empty list needs nothing.

    Args:
        texts: The tab's language.
        action: The step.
        case: The incident as it is; what is known already stands in the fields.
        buildings: Of its compound, by id.
    """

    def note(label: str, *, needed: bool = True, value: str = "") -> Field:
        return Field(name="note", label=texts(label), kind="long", needed=needed, value=value)

    by_action: Mapping[Action, list[Field]] = {
        Action.FALSE_ALARM: [
            Field(
                name="note",
                label=texts("field.reason"),
                kind="choice",
                options=_words(texts, "reason.", FALSE_ALARM_REASONS),
            )
        ],
        Action.DISSUADE: [
            Field(
                name="method",
                label=texts("field.method"),
                needed=True,
                value=texts("way.in_person"),
                options=_suggestions(texts, "way.", _WAYS),
            ),
            Field(name="person", label=texts("field.person"), needed=True),
            Field(name="result", label=texts("field.result"), kind="long"),
        ],
        Action.HANDLE: [note("field.done")],
        Action.ASSIGN: _order(texts, case, needed=True),
        Action.RESCHEDULE: [
            Field(
                name="deadline",
                label=texts("field.deadline"),
                kind="day",
                needed=True,
                value=case.deadline,
            ),
            note("field.reason"),
        ],
        Action.SUBMIT: [
            Field(
                name="outcome",
                label=texts("field.outcome"),
                kind="choice",
                needed=True,
                options=_words(texts, "outcome.", [each.value for each in Outcome]),
            ),
            Field(
                name="outcome_by",
                label=texts("field.outcome_by"),
                kind="choice",
                options=_words(texts, "by.", [each.value for each in OutcomeBy]),
            ),
            Field(name="removed_weight_kg", label=texts("field.weight"), kind="number"),
            Field(name="removed_volume_m3", label=texts("field.volume"), kind="number"),
            note("field.note", needed=False),
        ],
        Action.PASS_RECHECK: [note("field.recheck_note", needed=False, value="复查合格")],
        Action.FAIL_RECHECK: [note("field.still_wrong"), *_order(texts, case, needed=False)],
        Action.TRANSFER: [
            Field(
                name="transferred_to",
                label=texts("field.transferred_to"),
                needed=True,
                options=_suggestions(texts, "office.", _OFFICES),
            ),
            note("field.reason"),
        ],
        Action.RECEIVE: [note("field.note", needed=False)],
        Action.RETURN: [note("field.reason")],
        Action.REBOUND: [note("field.rebound")],
    }
    if action is Action.REGISTER:
        return _registration(texts, case, buildings or {})
    return by_action.get(action, [])


def hint_for(texts: Texts, action: Action, case: Incident, *, after_pictures: int) -> str:
    """A sentence for the dialog of a step; empty for none."""
    if action is Action.FALSE_ALARM:
        return texts("false_alarm_why")
    if action is Action.DISSUADE:
        return texts("attempt").format(count=case.dissuasions + 1)
    if action is Action.PASS_RECHECK:
        lines = [texts("close_hint")]
        return "\n".join(lines if after_pictures else [*lines, texts("no_after_picture")])
    if action is Action.RECEIVE:
        return texts("passed_on")
    if action in (Action.ASSIGN, Action.FAIL_RECHECK) and case.private_property:
        return texts("private_hint")
    return ""


def step_from(action: Action, values: Mapping[str, Any]) -> Step:
    """The filled-in dialog as the workflow wants it."""
    given = {name: value for name, value in values.items() if value is not None}
    if action is Action.FALSE_ALARM and "note" in given:
        # The ledger speaks Chinese, whatever the tab does.
        given["note"] = Texts("zh")(f"reason.{given['note']}")
    kinds: Mapping[str, Any] = {
        "kind": HazardKind,
        "measure_kind": MeasureKind,
        "outcome": Outcome,
        "outcome_by": OutcomeBy,
    }
    for name, kind in kinds.items():
        if name in given:
            given[name] = kind(given[name])
    return Step(**given)
