"""What a person brings along to a step, and what the step will change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from service.tables import HazardKind, MeasureKind, Outcome, OutcomeBy, Status

__all__ = ["Plan", "Step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the person says; which of it a step needs is in ``requirements``.

    Attributes:
        note: Why, or what was done; for a recheck its conclusion.
        content: 隐患内容, at registration.
        kind: Another hazard kind than was reported, at registration.
        building_id: Which building, at registration.
        place_id: Which place, at registration.
        location: 楼栋、部位 in words, at registration.
        private_property: Whether it is a resident's own, at registration.
        method: How somebody was dissuaded.
        person: Who was dissuaded.
        result: What came of it.
        responsible_name: 整改责任人.
        responsible_unit: 责任单位.
        responsible_contact_id: The same as a contact.
        responsible_operator_id: The same as an account.
        measure: 整改措施.
        measure_kind: What kind of measure that is.
        deadline: 整改期限: the last day, included, in Asia/Shanghai.
        transferred_to: The authority that takes it.
        outcome: How the rectification ended.
        outcome_by: Whose act that was.
        removed_weight_kg: What was carried away, in kilograms.
        removed_volume_m3: The same in cubic metres.
    """

    note: str = ""
    content: str | None = None
    kind: HazardKind | None = None
    building_id: int | None = None
    place_id: int | None = None
    location: str | None = None
    private_property: bool | None = None
    method: str | None = None
    person: str | None = None
    result: str | None = None
    responsible_name: str | None = None
    responsible_unit: str | None = None
    responsible_contact_id: int | None = None
    responsible_operator_id: int | None = None
    measure: str | None = None
    measure_kind: MeasureKind | None = None
    deadline: date | None = None
    transferred_to: str | None = None
    outcome: Outcome | None = None
    outcome_by: OutcomeBy | None = None
    removed_weight_kg: float | None = None
    removed_volume_m3: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the ledger has to write down for a step that is allowed.

    Attributes:
        status: The status after it.
        changes: Columns of the incident and their new values.
        detail: For the audit: what the person said, JSON values.
        takes_number: The case gets its number in the ledger.
        dissuasion: One more attempt is counted and kept.
        begins_rebound: A new incident begins that names this one.
    """

    status: Status
    changes: Mapping[str, Any] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)
    takes_number: bool = False
    dissuasion: bool = False
    begins_rebound: bool = False
