"""The one table that says which action leads from which status to which, and what it needs."""

from service.workflow.actions import act, plan_step
from service.workflow.escalation import (
    DEFAULT_POLICIES,
    AlertState,
    Decision,
    Policy,
    decide,
    quiet_until,
)
from service.workflow.transitions import (
    TRANSITIONS,
    allowed_actions,
    next_status,
    permission_for,
)

__all__ = [
    "DEFAULT_POLICIES",
    "TRANSITIONS",
    "AlertState",
    "Decision",
    "Policy",
    "act",
    "allowed_actions",
    "decide",
    "next_status",
    "permission_for",
    "plan_step",
    "quiet_until",
]
