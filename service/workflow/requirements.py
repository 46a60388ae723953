"""What a step needs beyond its place in the table; each refusal says why in both languages.

Pure: the case, what the person said, who it is and the day come in as arguments.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from service.repository import Actor, Incident, Step
from service.tables import Action, MeasureKind, Outcome, OutcomeBy
from service.workflow.transitions import refuse

__all__ = ["Asked", "check_requirements"]

# Words of an order; 劝导住户自行拆除 ("persuade the owner to remove it") is none.
_ORDER = re.compile(
    r"责令|强制|强拆|限期拆除|依法拆除|统一拆除|集中拆除|order(ed|s)?\b.{0,40}\bremov|forced? remov"
    r"|compulsory remov",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One step that somebody asks for.

    Attributes:
        case: The incident as it is.
        after_pictures: How many pictures show it after the rectification.
        action: What is asked for.
        step: What the person says.
        actor: Who asks.
        today: The day in Asia/Shanghai.
    """

    case: Incident
    after_pictures: int
    action: Action
    step: Step
    actor: Actor
    today: date


def _order_is_whole(asked: Asked) -> None:
    """整改责任人、整改措施、整改期限: no 整改中 without all three."""
    case, step = asked.case, asked.step
    missing = [
        words
        for words, value in (
            (
                ("整改责任人", "the responsible person"),
                step.responsible_name or case.responsible_name,
            ),
            (("整改措施", "the measure"), step.measure or case.measure),
            (("整改期限", "the deadline"), step.deadline or case.deadline),
        )
        if not value
    ]
    if missing:
        raise refuse(
            asked.action,
            f"缺少{'、'.join(zh for zh, _ in missing)}；没有责任人、措施和期限，不能进入整改中",
            f"{', '.join(en for _, en in missing)} missing: nothing is being rectified without"
            " person, measure and deadline",
        )


def _deadline_ahead(asked: Asked) -> None:
    deadline = asked.step.deadline
    if deadline is not None and deadline < asked.today:
        raise refuse(
            asked.action,
            f"整改期限 {deadline} 已经过去（今天是 {asked.today}）",
            f"the deadline {deadline} is over, today is {asked.today} in Asia/Shanghai",
        )


def _no_order_on_private_property(asked: Asked) -> None:
    """由于防盗窗属于居民私有财产，政府部门无权集中处置."""
    if not asked.case.private_property:
        return
    measure = asked.step.measure or asked.case.measure or ""
    kind = asked.step.measure_kind or asked.case.measure_kind
    if kind == MeasureKind.REMOVE or _ORDER.search(measure):
        raise refuse(
            asked.action,
            "该设施属居民私有财产，系统不能下达拆除；可劝导、更换、开设逃生口，或移交有权机关",
            "it is a resident's own property and is never ordered removed: persuade, replace, cut"
            " an escape opening, or transfer it to an authority",
        )


def _assign(asked: Asked) -> None:
    _order_is_whole(asked)
    _deadline_ahead(asked)
    _no_order_on_private_property(asked)


def _reschedule(asked: Asked) -> None:
    if asked.step.deadline is None or not asked.step.note.strip():
        raise refuse(
            asked.action,
            "须给出新的期限和理由",
            "a new deadline and the reason are needed",
        )
    _deadline_ahead(asked)


def _dissuade(asked: Asked) -> None:
    if not (asked.step.method or "").strip() or not (asked.step.person or "").strip():
        raise refuse(
            asked.action,
            "须写明劝阻方式和劝阻对象",
            "say how and whom (method, person)",
        )


def _note(zh: str, en: str) -> Callable[[Asked], None]:
    def check(asked: Asked) -> None:
        if not asked.step.note.strip():
            raise refuse(asked.action, zh, en)

    return check


def _submit(asked: Asked) -> None:
    outcome, by = asked.step.outcome, asked.step.outcome_by
    if outcome is None:
        raise refuse(
            asked.action,
            "须写明整改结果（清理、修复、更换、开设逃生口、拆除或劝导未果）",
            "say the outcome (cleared, repaired, replaced, escape_opening, removed or"
            " persuasion_failed)",
        )
    if not asked.case.private_property or outcome is not Outcome.REMOVED:
        return
    transferred = asked.case.transferred_at is not None
    if by is OutcomeBy.OWNER or (by is OutcomeBy.AUTHORITY and transferred):
        return
    raise refuse(
        asked.action,
        "居民私有设施只能由业主自行拆除，或移交后由有权机关依法决定",
        "a resident's own property is removed by its owner (outcome_by owner), or by an authority"
        " after the case was transferred to it",
    )


def _somebody_else(asked: Asked) -> None:
    """整改人不得销号: who fixes does not close."""
    case, actor = asked.case, asked.actor
    fixed = actor.name == case.rectified_by or (
        actor.operator_id is not None and actor.operator_id == case.responsible_operator_id
    )
    if fixed or (actor.person and actor.person == case.responsible_name):
        raise refuse(
            asked.action,
            f"整改人“{actor.name}”不得复查自己的整改，请由他人复查",
            f"{actor.name} has rectified it: who fixes does not close, let somebody else recheck",
        )


def _pass_recheck(asked: Asked) -> None:
    _somebody_else(asked)
    if asked.case.outcome == Outcome.PERSUASION_FAILED:
        raise refuse(
            asked.action,
            "整改结果为劝导未果，隐患仍在，不能销号；请判复查不合格后移交",
            "the persuasion failed and the hazard is still there: fail the recheck, then transfer",
        )
    if asked.after_pictures == 0:
        raise refuse(
            asked.action,
            "没有整改后照片，不能销号",
            "there is no picture of afterwards (role after or recheck); add one first",
        )


def _fail_recheck(asked: Asked) -> None:
    _somebody_else(asked)
    _note("须写明复查不合格的原因", "say what is still wrong (note)")(asked)
    _assign(asked)


def _transfer(asked: Asked) -> None:
    if not (asked.step.transferred_to or "").strip() or not asked.step.note.strip():
        raise refuse(
            asked.action,
            "须写明移交给谁和移交理由",
            "say to whom (transferred_to) and why (note)",
        )


_CHECKS: Mapping[Action, Callable[[Asked], None]] = MappingProxyType(
    {
        Action.DISSUADE: _dissuade,
        Action.HANDLE: _note("须写明现场如何处置", "say what was done on the spot (note)"),
        Action.ASSIGN: _assign,
        Action.RESCHEDULE: _reschedule,
        Action.SUBMIT: _submit,
        Action.PASS_RECHECK: _pass_recheck,
        Action.FAIL_RECHECK: _fail_recheck,
        Action.TRANSFER: _transfer,
        Action.RETURN: _note("须写明退回理由", "say why it goes back (note)"),
        Action.REBOUND: _note("须写明反弹情况", "say how it has come back (note)"),
    }
)


def check_requirements(asked: Asked) -> None:
    """Refuse a step that lacks something.

    Raises:
        TransitionRefused: The message says what is missing and why it is needed.
    """
    check = _CHECKS.get(asked.action)
    if check is not None:
        check(asked)
