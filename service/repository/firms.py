"""What the ledger knows of each property firm, for its score sheet."""

from datetime import datetime, timedelta

from sqlalchemy import select

from service.forms import FirmFigures, day_of
from service.repository.database import Database
from service.repository.scope import EVERYWHERE, Scope
from service.tables import (
    OPEN_STATUSES,
    AlertRow,
    AuditRow,
    CompoundRow,
    EscalationRow,
    IncidentRow,
    PropertyFirmRow,
    Source,
    Status,
)

__all__ = ["firm_figures"]

# Hazards of what all share: S4's first question.
_FACILITIES = frozenset(
    {
        "equipment_damaged",
        "no_fire_water",
        "emergency_lighting",
        "cable_shaft",
        "lift_hazard",
        "facade_falling",
        "external_insulation",
        "exit_locked",
        "ageing_wiring",
    }
)
# The firm's own people: whoever patrols, and its manager.
_PATROL_ROLES = ("patrol", "property")


def firm_figures(
    database: Database,
    *,
    since: datetime,
    until: datetime,
    scope: Scope = EVERYWHERE,
    attempts: int = 3,
) -> list[FirmFigures]:
    """Count for each firm with compounds in the scope.

    Args:
        database: The ledger.
        since: Beginning of the period, aware.
        until: Its end, excluded.
        scope: What the asker may see.
        attempts: After so many dissuasions without effect a report is wanted.
    """
    days = max(1, round((until - since) / timedelta(days=1)))
    with database.read() as session:
        compounds = list(
            session.execute(
                select(CompoundRow, PropertyFirmRow)
                .join(PropertyFirmRow, PropertyFirmRow.id == CompoundRow.property_firm_id)
                .where(*scope.conditions(CompoundRow.site, CompoundRow.id))
                .order_by(PropertyFirmRow.name, CompoundRow.name)
            )
        )
        firms: dict[int, tuple[PropertyFirmRow, list[CompoundRow]]] = {}
        for compound, firm in compounds:
            firms.setdefault(firm.id, (firm, []))[1].append(compound)
        found = []
        for firm, members in firms.values():
            ids = [compound.id for compound in members]
            rows = list(
                session.scalars(
                    select(IncidentRow).where(
                        IncidentRow.compound_id.in_(ids),
                        IncidentRow.raised_at >= since,
                        IncidentRow.raised_at < until,
                        IncidentRow.status != Status.FALSE_ALARM.value,
                    )
                )
            )
            incident_ids = select(IncidentRow.id).where(
                IncidentRow.compound_id.in_(ids),
                IncidentRow.raised_at >= since,
                IncidentRow.raised_at < until,
            )
            alerts = list(
                session.scalars(select(AlertRow).where(AlertRow.incident_id.in_(incident_ids)))
            )
            reported = set(
                session.scalars(
                    select(EscalationRow.incident_id).where(
                        EscalationRow.incident_id.in_(incident_ids),
                        EscalationRow.sent_at.is_not(None),
                    )
                )
            )
            patrolled = {
                day_of(at)
                for at in session.scalars(
                    select(AuditRow.at)
                    .join(IncidentRow, IncidentRow.id == AuditRow.incident_id)
                    .where(
                        IncidentRow.compound_id.in_(ids),
                        AuditRow.actor_role.in_(_PATROL_ROLES),
                        AuditRow.at >= since,
                        AuditRow.at < until,
                    )
                )
            } | {day_of(row.raised_at) for row in rows if row.source != Source.CAMERA.value}
            today = day_of(until)
            shared = [row for row in rows if row.kind in _FACILITIES and row.number is not None]
            registered = [row for row in rows if row.number is not None]
            dissuaded = [row for row in rows if row.dissuasions]
            stubborn = [
                row
                for row in dissuaded
                if row.dissuasions >= attempts and row.rectified_at is None and row.ended_at is None
            ]
            found.append(
                FirmFigures(
                    firm=firm.name,
                    compounds=tuple(compound.name for compound in members),
                    facility_cases=len(shared),
                    facility_in_time=sum(
                        row.rectified_at is not None
                        and (row.deadline is None or day_of(row.rectified_at) <= row.deadline)
                        for row in shared
                    ),
                    facility_overdue=sum(
                        row.deadline is not None
                        and row.deadline < today
                        and row.rectified_at is None
                        and Status(row.status) in OPEN_STATUSES
                        for row in shared
                    ),
                    days=days,
                    patrol_days=len(patrolled),
                    registered=len(registered),
                    with_full_entry=sum(
                        bool(row.responsible_name and row.measure and row.deadline)
                        for row in registered
                    ),
                    alerts=len(alerts),
                    unattended=sum(alert.unattended_at is not None for alert in alerts),
                    dissuaded_cases=len(dissuaded),
                    without_effect=len(stubborn),
                    reported=sum(row.id in reported for row in stubborn),
                    rebounds=sum(row.rebound_of_id is not None for row in rows),
                )
            )
    return found
