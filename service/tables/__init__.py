"""The tables, and the closed vocabularies their columns hold."""

from service.tables.base import Base, UtcDateTime
from service.tables.incidents import AuditRow, EventRow, EvidenceRow, IncidentRow
from service.tables.people import ApiKeyRow, DeskSessionRow, OperatorRow
from service.tables.vocabulary import (
    MEDIA_TYPES,
    OPEN_STATUSES,
    REVIEW_ONLY_KINDS,
    SEVERITIES,
    Action,
    HazardKind,
    Phase,
    Role,
    Status,
)

__all__ = [
    "MEDIA_TYPES",
    "OPEN_STATUSES",
    "REVIEW_ONLY_KINDS",
    "SEVERITIES",
    "Action",
    "ApiKeyRow",
    "AuditRow",
    "Base",
    "DeskSessionRow",
    "EventRow",
    "EvidenceRow",
    "HazardKind",
    "IncidentRow",
    "OperatorRow",
    "Phase",
    "Role",
    "Status",
    "UtcDateTime",
]
