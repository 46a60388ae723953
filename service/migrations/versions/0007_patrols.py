"""Patrols, and their photos in the queue of the review's worker.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

from service.tables.base import BIG_ID, UtcDateTime

__all__: list[str] = []

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "patrols",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("patrol_key", sa.String(length=100), nullable=False),
        sa.Column("compound_id", BIG_ID, nullable=False),
        sa.Column("site", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compounds.id"], name=op.f("fk_patrols_compound_id_compounds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrols")),
        sa.UniqueConstraint("patrol_key", name=op.f("uq_patrols_patrol_key")),
    )
    op.create_table(
        "patrol_photos",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("patrol_id", BIG_ID, nullable=False),
        sa.Column("file", sa.String(length=500), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size_bytes", BIG_ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hazards", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=100), nullable=False),
        sa.Column("claimed_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["patrol_id"], ["patrols.id"], name=op.f("fk_patrol_photos_patrol_id_patrols")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_photos")),
        sa.UniqueConstraint("patrol_id", "sha256", name=op.f("uq_patrol_photos_patrol_id_sha256")),
    )
    op.create_index("ix_patrol_photos_state", "patrol_photos", ["state", "id"])
    op.create_index("ix_patrol_photos_sha256", "patrol_photos", ["sha256"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("patrol_photos")
    op.drop_table("patrols")
