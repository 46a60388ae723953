"""Counters that the database itself keeps, and the one number that orders all changes.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

from service.tables.base import BIG_ID

__all__: list[str] = []

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DIMENSIONS = ("compound_id", "building_id", "kind", "source", "status", "found_month")
# What one incident adds to the counters of its place, kind, source, status and month.
MEASURES = {
    "found": "1",
    "registered": "CASE WHEN {row}.registered_at IS NULL THEN 0 ELSE 1 END",
    "rechecked": "CASE WHEN {row}.rechecked_at IS NULL THEN 0 ELSE 1 END",
    "failed_rechecks": "{row}.failed_rechecks",
    "rebounds": "CASE WHEN {row}.rebounded_at IS NULL THEN 0 ELSE 1 END",
    "transfers": "CASE WHEN {row}.transferred_at IS NULL THEN 0 ELSE 1 END",
    "dissuasions": "{row}.dissuasions",
    "removed_weight_kg": "COALESCE({row}.removed_weight_kg, 0)",
}
WATCHED = (
    *DIMENSIONS,
    "registered_at",
    "rechecked_at",
    "failed_rechecks",
    "rebounded_at",
    "transferred_at",
    "dissuasions",
    "removed_weight_kg",
)


def _count(row: str, sign: str) -> str:
    dimensions = ", ".join(
        f"COALESCE({row}.{name}, 0)" if name == "building_id" else f"{row}.{name}"
        for name in DIMENSIONS
    )
    measures = ", ".join(f"{sign}({text.format(row=row)})" for text in MEASURES.values())
    return (
        "INSERT INTO tally (compound_id, building_id, kind, source, status, month,"
        f" {', '.join(MEASURES)}) VALUES ({dimensions}, {measures});"
    )


def _triggers(*, sqlite: bool) -> tuple[str, ...]:
    watched = ", ".join(WATCHED)
    differs = "IS NOT" if sqlite else "IS DISTINCT FROM"
    changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in WATCHED)
    if sqlite:
        return (
            f"CREATE TRIGGER tally_insert AFTER INSERT ON incidents BEGIN {_count('NEW', '+')} END",
            f"CREATE TRIGGER tally_delete AFTER DELETE ON incidents BEGIN {_count('OLD', '-')} END",
            (
                f"CREATE TRIGGER tally_update AFTER UPDATE OF {watched} ON incidents"
                f" WHEN {changed} BEGIN {_count('OLD', '-')} {_count('NEW', '+')} END"
            ),
        )
    return (
        f"""CREATE FUNCTION lifelane_tally() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP <> 'INSERT' THEN {_count("OLD", "-")} END IF;
        IF TG_OP <> 'DELETE' THEN {_count("NEW", "+")} END IF;
        RETURN NULL; END $$""",
        (
            "CREATE TRIGGER tally_change AFTER INSERT OR DELETE ON incidents"
            " FOR EACH ROW EXECUTE FUNCTION lifelane_tally()"
        ),
        (
            f"CREATE TRIGGER tally_update AFTER UPDATE OF {watched} ON incidents"
            f" FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION lifelane_tally()"
        ),
    )


def upgrade() -> None:
    """Make the counters, count what there is, and set the triggers."""
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feed"),
    )
    op.create_table(
        "tally",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("compound_id", BIG_ID, nullable=False),
        sa.Column("building_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("registered", sa.Integer(), nullable=False),
        sa.Column("rechecked", sa.Integer(), nullable=False),
        sa.Column("failed_rechecks", sa.Integer(), nullable=False),
        sa.Column("rebounds", sa.Integer(), nullable=False),
        sa.Column("transfers", sa.Integer(), nullable=False),
        sa.Column("dissuasions", sa.Integer(), nullable=False),
        sa.Column("removed_weight_kg", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tally"),
    )
    op.create_index("ix_tally_compound_id_month", "tally", ["compound_id", "month"])
    _start_counting()


def _start_counting() -> None:
    op.execute(
        "INSERT INTO feed (id, last) VALUES (1, (SELECT COALESCE(max(id), 0) FROM incidents))"
    )
    measures = ", ".join(f"sum({text.format(row='incidents')})" for text in MEASURES.values())
    op.execute(
        "INSERT INTO tally (compound_id, building_id, kind, source, status, month,"
        f" {', '.join(MEASURES)}) SELECT compound_id, 0, kind, source, status, found_month,"
        f" {measures} FROM incidents GROUP BY compound_id, kind, source, status, found_month"
    )
    for statement in _triggers(sqlite=op.get_bind().dialect.name == "sqlite"):
        op.execute(statement)


def downgrade() -> None:
    """Take triggers and counters away."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name in ("tally_insert", "tally_delete") if sqlite else ("tally_change",):
        op.execute(f"DROP TRIGGER {name}" + ("" if sqlite else " ON incidents"))
    op.execute("DROP TRIGGER tally_update" + ("" if sqlite else " ON incidents"))
    if not sqlite:
        op.execute("DROP FUNCTION lifelane_tally()")
    op.drop_table("tally")
    op.drop_table("feed")
