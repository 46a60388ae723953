"""Master data (towns to zones, contacts, charging places); roles and scopes of accounts.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

from service.tables.base import BIG_ID, UtcDateTime

__all__: list[str] = []

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the places; accounts and keys get roles of requirement 24."""
    op.create_table(
        "towns",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_towns"),
        sa.UniqueConstraint("name", name="uq_towns_name"),
    )
    op.create_table(
        "communities",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("town_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["town_id"], ["towns.id"], name="fk_communities_town_id_towns"),
        sa.PrimaryKeyConstraint("id", name="pk_communities"),
        sa.UniqueConstraint("town_id", "name", name="uq_communities_town_id_name"),
    )
    op.create_table(
        "property_firms",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("manager", sa.String(100), nullable=False),
        sa.Column("phone", sa.String(50), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_property_firms"),
        sa.UniqueConstraint("name", name="uq_property_firms_name"),
    )
    op.create_table(
        "compounds",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("community_id", BIG_ID, nullable=True),
        sa.Column("property_firm_id", BIG_ID, nullable=True),
        sa.Column("site", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("no_property", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name="fk_compounds_community_id_communities"
        ),
        sa.ForeignKeyConstraint(
            ["property_firm_id"],
            ["property_firms.id"],
            name="fk_compounds_property_firm_id_property_firms",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_compounds"),
        sa.UniqueConstraint("site", name="uq_compounds_site"),
    )
    op.create_index("ix_compounds_community_id", "compounds", ["community_id"])
    op.create_index("ix_compounds_property_firm_id", "compounds", ["property_firm_id"])
    op.create_table(
        "buildings",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("compound_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("height_m", sa.Float(), nullable=True),
        sa.Column("floors", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compounds.id"], name="fk_buildings_compound_id_compounds"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_buildings"),
        sa.UniqueConstraint("compound_id", "name", name="uq_buildings_compound_id_name"),
    )
    op.create_table(
        "places",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("compound_id", BIG_ID, nullable=False),
        sa.Column("building_id", BIG_ID, nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("connected_to", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"], ["buildings.id"], name="fk_places_building_id_buildings"
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compounds.id"], name="fk_places_compound_id_compounds"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_places"),
        sa.UniqueConstraint("compound_id", "name", name="uq_places_compound_id_name"),
    )
    op.create_index("ix_places_building_id", "places", ["building_id"])
    op.create_table(
        "cameras",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("site", sa.String(100), nullable=False),
        sa.Column("camera_id", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("place_id", BIG_ID, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_cameras_place_id_places"),
        sa.PrimaryKeyConstraint("id", name="pk_cameras"),
        sa.UniqueConstraint("site", "camera_id", name="uq_cameras_site_camera_id"),
    )
    op.create_index("ix_cameras_place_id", "cameras", ["place_id"])
    op.create_table(
        "zones",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("camera_row_id", BIG_ID, nullable=False),
        sa.Column("zone_id", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_row_id"], ["cameras.id"], name="fk_zones_camera_row_id_cameras"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_zones"),
        sa.UniqueConstraint("camera_row_id", "zone_id", name="uq_zones_camera_row_id_zone_id"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("phone", sa.String(50), nullable=False),
        sa.Column("community_id", BIG_ID, nullable=True),
        sa.Column("compound_id", BIG_ID, nullable=True),
        sa.Column("building_id", BIG_ID, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"], ["buildings.id"], name="fk_contacts_building_id_buildings"
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name="fk_contacts_community_id_communities"
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compounds.id"], name="fk_contacts_compound_id_compounds"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_building_id", "contacts", ["building_id"])
    op.create_index("ix_contacts_community_id", "contacts", ["community_id"])
    op.create_index("ix_contacts_compound_id", "contacts", ["compound_id"])
    op.create_table(
        "charging_places",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("compound_id", BIG_ID, nullable=False),
        sa.Column("building_id", BIG_ID, nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("sprinkler", sa.Boolean(), nullable=False),
        sa.Column("sockets", sa.Integer(), nullable=True),
        sa.Column("recheck_due", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"], ["buildings.id"], name="fk_charging_places_building_id_buildings"
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compounds.id"], name="fk_charging_places_compound_id_compounds"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_charging_places"),
        sa.UniqueConstraint("compound_id", "name", name="uq_charging_places_compound_id_name"),
    )
    op.create_index("ix_charging_places_building_id", "charging_places", ["building_id"])
    op.create_table(
        "operator_scopes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("operator_id", BIG_ID, nullable=False),
        sa.Column("town_id", BIG_ID, nullable=True),
        sa.Column("community_id", BIG_ID, nullable=True),
        sa.Column("compound_id", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name="fk_operator_scopes_community_id_communities"
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"], ["compounds.id"], name="fk_operator_scopes_compound_id_compounds"
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name="fk_operator_scopes_operator_id_operators"
        ),
        sa.ForeignKeyConstraint(["town_id"], ["towns.id"], name="fk_operator_scopes_town_id_towns"),
        sa.PrimaryKeyConstraint("id", name="pk_operator_scopes"),
    )
    op.create_index("ix_operator_scopes_operator_id", "operator_scopes", ["operator_id"])
    _accounts()


def _accounts() -> None:
    for column in (
        sa.Column("display_name", sa.String(100), nullable=False, server_default=""),
        sa.Column("sees_all", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("oidc_subject", sa.String(255), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
    ):
        op.add_column("operators", column)
    with op.batch_alter_table("operators") as batch:
        batch.create_unique_constraint("uq_operators_oidc_subject", ["oidc_subject"])
    op.add_column("api_keys", sa.Column("scopes", sa.JSON(), nullable=True))
    # There was one desk with one account that saw everything.
    op.execute("UPDATE operators SET role = 'duty', sees_all = (1 = 1)")
    op.execute("UPDATE api_keys SET role = 'duty' WHERE role = 'operator'")
    # Every site that has ever posted is a compound, and its cameras are known.
    op.execute(
        "INSERT INTO compounds (site, name, address, no_property, created_at, updated_at)"
        " SELECT site, site, '', (1 = 0), min(created_at), min(created_at) FROM incidents"
        " GROUP BY site"
    )
    op.execute(
        "INSERT INTO cameras (site, camera_id, name, created_at, updated_at)"
        " SELECT site, camera_id, max(camera_name), min(created_at), min(created_at)"
        " FROM incidents GROUP BY site, camera_id"
    )


def downgrade() -> None:
    """Drop the places; accounts and keys are operators again."""
    op.execute("UPDATE api_keys SET role = 'operator' WHERE role <> 'camera'")
    op.execute("UPDATE operators SET role = 'operator'")
    op.drop_column("api_keys", "scopes")
    with op.batch_alter_table("operators") as batch:
        batch.drop_constraint("uq_operators_oidc_subject", type_="unique")
        for column in (
            "display_name",
            "sees_all",
            "must_change_password",
            "oidc_subject",
            "disabled_at",
        ):
            batch.drop_column(column)
    for table in (
        "operator_scopes",
        "charging_places",
        "contacts",
        "zones",
        "cameras",
        "places",
        "buildings",
        "compounds",
        "property_firms",
        "communities",
        "towns",
    ):
        op.drop_table(table)
