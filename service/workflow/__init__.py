"""The one table that says which action leads from which status to which, and what it needs."""

from service.workflow.actions import act, plan_step
from service.workflow.transitions import (
    TRANSITIONS,
    allowed_actions,
    next_status,
    permission_for,
)

__all__ = [
    "TRANSITIONS",
    "act",
    "allowed_actions",
    "next_status",
    "permission_for",
    "plan_step",
]
