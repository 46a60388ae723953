"""The pure table: (status, action) -> status. No camera event appears in it."""

from collections.abc import Mapping
from types import MappingProxyType

from service.errors import TransitionRefused
from service.tables import Action, Status

__all__ = ["TRANSITIONS", "allowed_actions", "next_status"]

TRANSITIONS: Mapping[tuple[Status, Action], Status] = MappingProxyType(
    {
        (Status.FOUND, Action.ACKNOWLEDGE): Status.ACKNOWLEDGED,
        (Status.FOUND, Action.FALSE_ALARM): Status.FALSE_ALARM,
        (Status.ACKNOWLEDGED, Action.FALSE_ALARM): Status.FALSE_ALARM,
        (Status.FALSE_ALARM, Action.REOPEN): Status.FOUND,
    }
)

# Why everything else is refused, in words for the person at the desk.
_REFUSALS: Mapping[tuple[Status, Action], str] = MappingProxyType(
    {
        (Status.FOUND, Action.REOPEN): (
            "it is open: only an incident that was marked as a false alarm can be reopened"
        ),
        (Status.ACKNOWLEDGED, Action.ACKNOWLEDGE): "somebody has acknowledged it already",
        (Status.ACKNOWLEDGED, Action.REOPEN): (
            "it is acknowledged and open: only a false alarm can be reopened"
        ),
        (Status.FALSE_ALARM, Action.ACKNOWLEDGE): (
            "it is marked as a false alarm; reopen it first"
        ),
        (Status.FALSE_ALARM, Action.FALSE_ALARM): "it is marked as a false alarm already",
    }
)


def next_status(status: Status, action: Action) -> Status:
    """Where the action leads.

    Raises:
        TransitionRefused: It leads nowhere from this status; the message says why.
    """
    after = TRANSITIONS.get((status, action))
    if after is None:
        raise TransitionRefused(
            f"{action}: refused, the incident's status is {status}: {_REFUSALS[status, action]}"
        )
    return after


def allowed_actions(status: Status) -> tuple[Action, ...]:
    """The actions that a page may offer in this status, in the order of ``Action``."""
    return tuple(action for action in Action if (status, action) in TRANSITIONS)
