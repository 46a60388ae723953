"""The hazard ledger: fields of a case, look-backs, numbers, timers.

Revision: 0003, after 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.tables.base import BIG_ID, UtcDateTime

__all__: list[str] = []

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("source", sa.String(16), nullable=False, server_default="camera"),
        sa.Column("compound_id", BIG_ID, nullable=True),
        sa.Column("building_id", BIG_ID, nullable=True),
        sa.Column("place_id", BIG_ID, nullable=True),
        sa.Column("location", sa.String(200), nullable=False, server_default=""),
        sa.Column("content", sa.Text(), nullable=False, server_default=""),
        sa.Column("reported_by", sa.String(200), nullable=False, server_default=""),
        sa.Column("finding_sha256", sa.String(64), nullable=True),
        sa.Column("private_property", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("found_month", sa.String(7), nullable=True),
        sa.Column("snapshot_id", BIG_ID, nullable=True),
        sa.Column("changed_seq", BIG_ID, nullable=True),
        sa.Column("number", sa.String(140), nullable=True),
        sa.Column("number_year", sa.Integer(), nullable=True),
        sa.Column("number_seq", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(200), nullable=True),
        sa.Column("registered_at", UtcDateTime(), nullable=True),
        sa.Column("registered_by", sa.String(200), nullable=True),
        sa.Column("responsible_name", sa.String(100), nullable=True),
        sa.Column("responsible_unit", sa.String(200), nullable=True),
        sa.Column("responsible_contact_id", BIG_ID, nullable=True),
        sa.Column("responsible_operator_id", BIG_ID, nullable=True),
        sa.Column("measure", sa.Text(), nullable=True),
        sa.Column("measure_kind", sa.String(32), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("assigned_at", UtcDateTime(), nullable=True),
        sa.Column("assigned_by", sa.String(200), nullable=True),
        sa.Column("dissuasions", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("rectified_at", UtcDateTime(), nullable=True),
        sa.Column("rectified_by", sa.String(200), nullable=True),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("outcome_by", sa.String(16), nullable=True),
        sa.Column("removed_weight_kg", sa.Float(), nullable=True),
        sa.Column("removed_volume_m3", sa.Float(), nullable=True),
        sa.Column("rechecked_at", UtcDateTime(), nullable=True),
        sa.Column("rechecked_by", sa.String(200), nullable=True),
        sa.Column("recheck_result", sa.String(16), nullable=True),
        sa.Column("recheck_note", sa.Text(), nullable=True),
        sa.Column("failed_rechecks", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.String(200), nullable=True),
        sa.Column("transferred_at", UtcDateTime(), nullable=True),
        sa.Column("transferred_to", sa.String(200), nullable=True),
        sa.Column("transfer_received_at", UtcDateTime(), nullable=True),
        sa.Column("rebound_of_id", BIG_ID, nullable=True),
        sa.Column("rebounded_at", UtcDateTime(), nullable=True),
    )


INDEXES = {
    "ix_incidents_site_raised_at": ["site", "raised_at", "id"],
    "ix_incidents_status_raised_at": ["status", "raised_at", "id"],
    "ix_incidents_building_id_raised_at": ["building_id", "raised_at"],
    "ix_incidents_camera_id_raised_at": ["camera_id", "raised_at"],
    "ix_incidents_changed_seq": ["changed_seq"],
    "ix_incidents_compound_id_status_raised_at": ["compound_id", "status", "raised_at"],
    "ix_incidents_deadline_status": ["deadline", "status"],
    "ix_incidents_kind_raised_at": ["kind", "raised_at", "id"],
    "ix_incidents_rebound_of_id": ["rebound_of_id"],
}
FOREIGN_KEYS = {
    "compound_id": "compounds",
    "building_id": "buildings",
    "rebound_of_id": "incidents",
    "place_id": "places",
    "responsible_contact_id": "contacts",
    "responsible_operator_id": "operators",
}


def _fill(*, sqlite: bool) -> None:
    month = (
        "strftime('%Y-%m', raised_at, '+8 hours')"
        if sqlite
        else "to_char(raised_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"
    )
    newest = (
        "SELECT max(evidence.id) FROM evidence JOIN events ON events.id = evidence.event_id"
        " WHERE evidence.incident_id = incidents.id AND evidence.role = 'snapshot'"
    )
    op.execute(
        "UPDATE incidents SET changed_seq = id,"
        " compound_id = (SELECT id FROM compounds WHERE compounds.site = incidents.site),"
        f" found_month = {month},"
        f" snapshot_id = COALESCE(({newest} AND events.phase <> 'end'), ({newest}))"
    )


def _incidents() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for added in _columns():
        op.add_column("incidents", added)
    _fill(sqlite=sqlite)
    for name in ("ix_incidents_site_raised_at", "ix_incidents_status_raised_at"):
        op.drop_index(name, "incidents")
    with op.batch_alter_table("incidents") as batch:
        batch.alter_column("compound_id", existing_type=BIG_ID, nullable=False)
        batch.alter_column("found_month", existing_type=sa.String(7), nullable=False)
        batch.alter_column("changed_seq", existing_type=BIG_ID, nullable=False)
        batch.alter_column("phase", existing_type=sa.String(16), nullable=True)
        batch.alter_column("confidence", existing_type=sa.Float(), nullable=True)
        batch.create_unique_constraint("uq_incidents_number", ["number"])
        batch.create_unique_constraint(
            "uq_incidents_compound_id_number_year_number_seq",
            ["compound_id", "number_year", "number_seq"],
        )
        for named, table in FOREIGN_KEYS.items():
            batch.create_foreign_key(f"fk_incidents_{named}_{table}", table, [named], ["id"])
    for name, columns in INDEXES.items():
        op.create_index(name, "incidents", columns)
    op.add_column(
        "audit", sa.Column("actor_role", sa.String(16), nullable=False, server_default="")
    )
    op.add_column("audit", sa.Column("detail", sa.JSON(), nullable=True))
    for column in (
        sa.Column("taken_by", sa.String(200), nullable=False, server_default=""),
        sa.Column("note", sa.String(500), nullable=False, server_default=""),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
    ):
        op.add_column("evidence", column)
    with op.batch_alter_table("evidence") as batch:
        batch.alter_column("event_id", existing_type=BIG_ID, nullable=True)


def upgrade() -> None:
    """Turn incidents into ledger rows; make the tables around them."""
    _incidents()
    op.create_table(
        "dissuasions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("incident_id", BIG_ID, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("method", sa.String(100), nullable=False),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_dissuasions_incident_id_incidents"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_dissuasions"),
        sa.UniqueConstraint("incident_id", "attempt", name="uq_dissuasions_incident_id_attempt"),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("drawn_from", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    op.create_table(
        "lookbacks",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("incident_id", BIG_ID, nullable=False),
        sa.Column("campaign_id", BIG_ID, nullable=True),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.String(200), nullable=True),
        sa.Column("result", sa.String(16), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("evidence_id", BIG_ID, nullable=True),
        sa.Column("rebound_id", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_lookbacks_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name="fk_lookbacks_evidence_id_evidence"
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_lookbacks_incident_id_incidents"
        ),
        sa.ForeignKeyConstraint(
            ["rebound_id"], ["incidents.id"], name="fk_lookbacks_rebound_id_incidents"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lookbacks"),
        sa.UniqueConstraint(
            "incident_id",
            "reason",
            "campaign_id",
            name="uq_lookbacks_incident_id_reason_campaign_id",
        ),
    )
    op.create_index("ix_lookbacks_answered_at_due_at", "lookbacks", ["answered_at", "due_at"])
    op.create_index("ix_lookbacks_campaign_id", "lookbacks", ["campaign_id"])
    op.create_index("ix_lookbacks_incident_id", "lookbacks", ["incident_id"])
    op.create_table(
        "numbers",
        sa.Column("compound_id", BIG_ID, nullable=False),
        sa.Column("series", sa.String(32), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compounds.id"], name="fk_numbers_compound_id_compounds"
        ),
        sa.PrimaryKeyConstraint("compound_id", "series", "year", name="pk_numbers"),
    )
    op.create_table(
        "timers",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("incident_id", BIG_ID, nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("claimed_by", sa.String(64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_timers_incident_id_incidents"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_timers"),
        sa.UniqueConstraint("key", name="uq_timers_key"),
    )
    op.create_index("ix_timers_incident_id", "timers", ["incident_id"])
    op.create_index("ix_timers_kind_due_at", "timers", ["kind", "due_at"])
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])


def downgrade() -> None:
    """Back to incidents: what no camera found and no older status says is told as near as can be.

    Pictures that people took lose their rows; their files stay.
    """
    for table in (
        "idempotency",
        "timers",
        "numbers",
        "lookbacks",
        "campaigns",
        "dissuasions",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM evidence WHERE event_id IS NULL")
    op.execute(
        "UPDATE incidents SET phase = COALESCE(phase, 'unknown'),"
        " confidence = COALESCE(confidence, 0), status = CASE WHEN status IN"
        " ('found', 'acknowledged', 'false_alarm') THEN status ELSE 'acknowledged' END"
    )
    for name in INDEXES:
        op.drop_index(name, "incidents")
    with op.batch_alter_table("incidents") as batch:
        for column, table in FOREIGN_KEYS.items():
            batch.drop_constraint(f"fk_incidents_{column}_{table}", type_="foreignkey")
        batch.drop_constraint("uq_incidents_number", type_="unique")
        batch.drop_constraint("uq_incidents_compound_id_number_year_number_seq", type_="unique")
        batch.alter_column("phase", existing_type=sa.String(16), nullable=False)
        batch.alter_column("confidence", existing_type=sa.Float(), nullable=False)
        for column_ in _columns():
            batch.drop_column(str(column_.name))
    op.create_index("ix_incidents_site_raised_at", "incidents", ["site", "raised_at"])
    op.create_index("ix_incidents_status_raised_at", "incidents", ["status", "raised_at"])
    # Plain, not by rebuilding: on SQLite that would take the append-only triggers along.
    op.execute("ALTER TABLE audit DROP COLUMN detail")
    op.execute("ALTER TABLE audit DROP COLUMN actor_role")
    with op.batch_alter_table("evidence") as batch:
        batch.alter_column("event_id", existing_type=BIG_ID, nullable=False)
        for name in ("taken_by", "note", "removed_at"):
            batch.drop_column(name)
