"""Everything that the desk shows of one case, read at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from service.errors import NotFound
from service.repository import (
    RESOURCES,
    Database,
    Escalation,
    Evidence,
    Incident,
    IncidentHistory,
    Mute,
    Paper,
    Scope,
    get_incident,
    list_escalations,
    list_master,
    list_mutes,
    list_papers,
)
from service.tables import Phase

__all__ = ["Case", "read_case"]

_AFTER = ("after", "recheck")
_MOST_BUILDINGS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One incident with what belongs to it.

    Attributes:
        history: The incident, its events, pictures and deeds.
        mute: The silence that covers it now, the longest one; None without.
        report: The report to the authority, drafted or sent; None without.
        papers: Numbered papers that name it, the newest first.
        buildings: Of its compound, id -> name.
    """

    history: IncidentHistory
    mute: Mute | None
    report: Escalation | None
    papers: tuple[Paper, ...]
    buildings: Mapping[int, str]

    @property
    def incident(self) -> Incident:
        """The incident itself."""
        return self.history.incident

    def newest(self, *roles: str) -> Evidence | None:
        """The newest picture that is still kept in one of these roles; None without one."""
        for picture in reversed(self.history.evidence):
            if picture.role in roles and picture.removed_at is None:
                return picture
        return None

    @property
    def clip(self) -> Evidence | None:
        """The newest recording; None without one."""
        for each in reversed(self.history.evidence):
            if each.media_type.startswith("video/") and each.removed_at is None:
                return each
        return None

    @property
    def after_pictures(self) -> int:
        """How many pictures show the place afterwards: a person's, or the camera's of the end."""
        ends = {event.sequence for event in self.history.events if event.phase == Phase.END}
        return sum(
            picture.removed_at is None and (picture.role in _AFTER or picture.sequence in ends)
            for picture in self.history.evidence
        )


def _covers(mute: Mute, case: Incident) -> bool:
    return (
        mute.compound_id == case.compound_id
        and mute.kind in ("", case.kind)
        and mute.camera_id in ("", case.camera_id)
        and mute.zone_id in ("", case.zone_id)
    )


def read_case(database: Database, incident_id: int, *, scope: Scope) -> Case | None:
    """Read a case; None where there is none within the scope."""
    try:
        history = get_incident(database, incident_id, scope=scope)
    except NotFound:
        return None
    case = history.incident
    now = datetime.now(UTC)
    mutes = [each for each in list_mutes(database, now=now, scope=scope) if _covers(each, case)]
    reports = list_escalations(database, incident_id=incident_id, scope=scope, limit=1)
    buildings = list_master(
        database,
        RESOURCES["buildings"],
        scope=scope,
        narrowed={"compound_id": case.compound_id},
        limit=_MOST_BUILDINGS,
    )
    return Case(
        history=history,
        mute=max(mutes, key=lambda each: each.until, default=None),
        report=reports[0] if reports else None,
        papers=tuple(list_papers(database, incident_id=incident_id, scope=scope, limit=20)),
        buildings={int(row["id"]): str(row["name"]) for row in buildings.items},
    )
