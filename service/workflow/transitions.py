"""The pure table: (status, action) -> status. No camera event appears in it."""

from collections.abc import Mapping
from types import MappingProxyType

from service.errors import TransitionRefused
from service.tables import (
    ACTION_WORDS,
    PERMISSIONS,
    STATUS_WORDS,
    Action,
    Permission,
    Role,
    Status,
)

__all__ = ["TRANSITIONS", "allowed_actions", "next_status", "permission_for", "refuse"]

#: 发现 → 误报 / 登记 → 劝阻、处置 → 整改中 → 待复查 → 销号; 复查不合格 → 整改中; 移交; 反弹.
TRANSITIONS: Mapping[tuple[Status, Action], Status] = MappingProxyType(
    {
        (Status.FOUND, Action.ACKNOWLEDGE): Status.ACKNOWLEDGED,
        (Status.FOUND, Action.FALSE_ALARM): Status.FALSE_ALARM,
        (Status.FOUND, Action.REGISTER): Status.REGISTERED,
        # 应当立即处理: acting at once does not wait for the paper.
        (Status.FOUND, Action.DISSUADE): Status.ACKNOWLEDGED,
        (Status.FOUND, Action.HANDLE): Status.ACKNOWLEDGED,
        (Status.ACKNOWLEDGED, Action.FALSE_ALARM): Status.FALSE_ALARM,
        (Status.ACKNOWLEDGED, Action.REGISTER): Status.REGISTERED,
        (Status.ACKNOWLEDGED, Action.DISSUADE): Status.ACKNOWLEDGED,
        (Status.ACKNOWLEDGED, Action.HANDLE): Status.ACKNOWLEDGED,
        (Status.FALSE_ALARM, Action.REOPEN): Status.FOUND,
        (Status.REGISTERED, Action.DISSUADE): Status.HANDLING,
        (Status.REGISTERED, Action.HANDLE): Status.HANDLING,
        (Status.REGISTERED, Action.ASSIGN): Status.RECTIFYING,
        (Status.REGISTERED, Action.TRANSFER): Status.TRANSFERRED,
        (Status.HANDLING, Action.DISSUADE): Status.HANDLING,
        (Status.HANDLING, Action.HANDLE): Status.HANDLING,
        (Status.HANDLING, Action.ASSIGN): Status.RECTIFYING,
        (Status.HANDLING, Action.SUBMIT): Status.AWAITING_RECHECK,
        (Status.HANDLING, Action.TRANSFER): Status.TRANSFERRED,
        (Status.RECTIFYING, Action.DISSUADE): Status.RECTIFYING,
        (Status.RECTIFYING, Action.ASSIGN): Status.RECTIFYING,
        (Status.RECTIFYING, Action.RESCHEDULE): Status.RECTIFYING,
        (Status.RECTIFYING, Action.SUBMIT): Status.AWAITING_RECHECK,
        (Status.RECTIFYING, Action.TRANSFER): Status.TRANSFERRED,
        (Status.AWAITING_RECHECK, Action.PASS_RECHECK): Status.CLOSED,
        (Status.AWAITING_RECHECK, Action.FAIL_RECHECK): Status.RECTIFYING,
        (Status.TRANSFERRED, Action.RECEIVE): Status.TRANSFERRED,
        (Status.TRANSFERRED, Action.RETURN): Status.REGISTERED,
        (Status.TRANSFERRED, Action.SUBMIT): Status.AWAITING_RECHECK,
        # The old case stays closed; a new one that names it begins.
        (Status.CLOSED, Action.REBOUND): Status.CLOSED,
    }
)

# What would have to come first, in the words of the desk.
_NEEDED: Mapping[Action, tuple[str, str]] = MappingProxyType(
    {
        Action.ACKNOWLEDGE: (
            "只有新发现的事件可以确认",
            "only a newly found one can be acknowledged",
        ),
        Action.FALSE_ALARM: (
            "只有登记之前才能标记误报；登记后须整改、复查后销号",
            "only before it is registered; a registered one is rectified, rechecked and closed",
        ),
        Action.REOPEN: (
            "只有标记为误报的事件可以撤销",
            "only an incident that was marked as a false alarm can be reopened",
        ),
        Action.REGISTER: (
            "只有已发现或已确认的事件可以登记",
            "only a found or acknowledged one can be registered",
        ),
        Action.DISSUADE: (
            "只有尚未报请复查的隐患可以劝阻",
            "only what has not been submitted for recheck can be dissuaded from",
        ),
        Action.HANDLE: (
            "只有尚未进入整改的隐患可以现场处置",
            "only what is not yet being rectified can be handled on the spot",
        ),
        Action.ASSIGN: (
            "须先登记；待复查、移交或已结束的不能下达整改",
            "register it first; what awaits a recheck, was transferred or is over takes no order",
        ),
        Action.RESCHEDULE: (
            "只有整改中的隐患有期限可调整",
            "only one being rectified has a deadline",
        ),
        Action.SUBMIT: (
            "只有处置、整改或移交中的隐患可以报请复查",
            "only one that is handled, rectified or transferred can be submitted",
        ),
        Action.PASS_RECHECK: (
            "须先由整改人报请复查，再由他人复查",
            "whoever fixes it submits it first, then somebody else rechecks",
        ),
        Action.FAIL_RECHECK: (
            "须先由整改人报请复查，再由他人复查",
            "whoever fixes it submits it first, then somebody else rechecks",
        ),
        Action.TRANSFER: (
            "只有登记后、报请复查前的隐患可以移交",
            "only after it is registered and before it is submitted",
        ),
        Action.RECEIVE: ("没有移交，无可接收", "it was not transferred to anybody"),
        Action.RETURN: ("没有移交，无可退回", "it was not transferred to anybody"),
        Action.REBOUND: ("尚未销号，谈不上反弹", "it is not closed, so it cannot have come back"),
    }
)

_PERMISSIONS: Mapping[Action, Permission] = MappingProxyType(
    {
        Action.ACKNOWLEDGE: Permission.INCIDENTS_ACKNOWLEDGE,
        Action.FALSE_ALARM: Permission.INCIDENTS_ACKNOWLEDGE,
        Action.REOPEN: Permission.INCIDENTS_ACKNOWLEDGE,
        Action.REGISTER: Permission.INCIDENTS_REGISTER,
        Action.DISSUADE: Permission.INCIDENTS_HANDLE,
        Action.HANDLE: Permission.INCIDENTS_HANDLE,
        Action.ASSIGN: Permission.INCIDENTS_ASSIGN,
        Action.RESCHEDULE: Permission.INCIDENTS_ASSIGN,
        Action.SUBMIT: Permission.INCIDENTS_RECTIFY,
        Action.PASS_RECHECK: Permission.INCIDENTS_RECHECK,
        Action.FAIL_RECHECK: Permission.INCIDENTS_RECHECK,
        Action.TRANSFER: Permission.INCIDENTS_TRANSFER,
        Action.RECEIVE: Permission.INCIDENTS_RECEIVE,
        Action.RETURN: Permission.INCIDENTS_RECEIVE,
        Action.REBOUND: Permission.LOOKBACKS_ANSWER,
    }
)


def refuse(action: Action, zh: str, en: str) -> TransitionRefused:
    """The error that says in both languages why ``action`` is refused."""
    name_zh, name_en = ACTION_WORDS[action.value]
    return TransitionRefused(zh=f"不能{name_zh}：{zh}", en=f"{name_en}: refused, {en}")


def next_status(status: Status, action: Action) -> Status:
    """Where the action leads.

    Raises:
        TransitionRefused: It leads nowhere from this status; the message says why.
    """
    after = TRANSITIONS.get((status, action))
    if after is None:
        zh, en = STATUS_WORDS[status.value]
        need_zh, need_en = _NEEDED[action]
        raise refuse(action, f"当前状态是“{zh}”，{need_zh}", f"it is {en} ({status}): {need_en}")
    return after


def permission_for(status: Status, action: Action) -> Permission:
    """What it takes to do ``action`` in ``status``.

    立查立改: whoever may act on the spot may also report it done; what was transferred is
    reported done by whoever received it.
    """
    if action is Action.SUBMIT and status is Status.HANDLING:
        return Permission.INCIDENTS_HANDLE
    if action is Action.SUBMIT and status is Status.TRANSFERRED:
        return Permission.INCIDENTS_RECEIVE
    return _PERMISSIONS[action]


def allowed_actions(status: Status, role: Role | None = None) -> tuple[Action, ...]:
    """The actions that a page may offer in this status, in the order of ``Action``.

    Args:
        status: Of the incident.
        role: Narrows to what this role may do; None asks the table alone.
    """
    return tuple(
        action
        for action in Action
        if (status, action) in TRANSITIONS
        and (role is None or permission_for(status, action) in PERMISSIONS[role])
    )
