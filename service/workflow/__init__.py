"""The one table that says which action leads from which status to which."""

from service.workflow.actions import act
from service.workflow.transitions import TRANSITIONS, allowed_actions, next_status

__all__ = ["TRANSITIONS", "act", "allowed_actions", "next_status"]
