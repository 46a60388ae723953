"""Master data: where hazards are, and who looks after the place."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Float,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import BIG_ID, Base, UtcDateTime

__all__ = [
    "BuildingRow",
    "CameraRow",
    "ChargingPlaceRow",
    "CommunityRow",
    "CompoundRow",
    "ContactRow",
    "PlaceRow",
    "PropertyFirmRow",
    "TownRow",
    "ZoneRow",
]


class TownRow(Base):
    """镇街: a town or sub-district."""

    __tablename__ = "towns"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())


class CommunityRow(Base):
    """社区: a community of a town."""

    __tablename__ = "communities"
    __table_args__ = (UniqueConstraint("town_id", "name"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    town_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("towns.id"))
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())


class PropertyFirmRow(Base):
    """物业服务企业: a property firm with its manager."""

    __tablename__ = "property_firms"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    manager: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[str] = mapped_column(String(50), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())


class CompoundRow(Base):
    """小区: a compound; ``site`` is the word that its cameras and keys use."""

    __tablename__ = "compounds"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    community_id: Mapped[int | None] = mapped_column(
        BIG_ID, ForeignKey("communities.id"), index=True
    )
    property_firm_id: Mapped[int | None] = mapped_column(
        BIG_ID, ForeignKey("property_firms.id"), index=True
    )
    site: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(300), default="")
    #: 无物业小区: the community runs it (社区代管).
    no_property: Mapped[bool] = mapped_column(Boolean(), default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())


class BuildingRow(Base):
    """楼栋: a building; its height decides which law a notice cites."""

    __tablename__ = "buildings"
    __table_args__ = (UniqueConstraint("compound_id", "name"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    compound_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("compounds.id"))
    name: Mapped[str] = mapped_column(String(100))
    height_m: Mapped[float | None] = mapped_column(Float())
    floors: Mapped[int | None] = mapped_column(Integer())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())


class PlaceRow(Base):
    """部位: a lane, a lift, a landing; ``kind`` is a word of the site file."""

    __tablename__ = "places"
    __table_args__ = (UniqueConstraint("compound_id", "name"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    compound_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("compounds.id"))
    building_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("buildings.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    #: What an overhead floor opens into: 门厅, 走道, 楼梯间, 安全出口, 采光井, 天井.
    connected_to: Mapped[list[str]] = mapped_column(JSON(), default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())


class CameraRow(Base):
    """A camera as its site calls it; known from its first event on."""

    __tablename__ = "cameras"
    __table_args__ = (UniqueConstraint("site", "camera_id"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    site: Mapped[str] = mapped_column(String(100))
    camera_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200), default="")
    place_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("places.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())


class ZoneRow(Base):
    """A zone of a camera's picture."""

    __tablename__ = "zones"
    __table_args__ = (UniqueConstraint("camera_row_id", "zone_id"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    camera_row_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("cameras.id"))
    zone_id: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())


class ContactRow(Base):
    """A person whom the ledger names: grid staff, building head, manager, authority."""

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(50), default="")
    community_id: Mapped[int | None] = mapped_column(
        BIG_ID, ForeignKey("communities.id"), index=True
    )
    compound_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("compounds.id"), index=True)
    building_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("buildings.id"), index=True)
    note: Mapped[str] = mapped_column(Text(), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())


class ChargingPlaceRow(Base):
    """电动自行车充停场所: where e-bikes may be parked and charged."""

    __tablename__ = "charging_places"
    __table_args__ = (UniqueConstraint("compound_id", "name"),)

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    compound_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("compounds.id"))
    building_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("buildings.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    approved: Mapped[bool] = mapped_column(Boolean(), default=False)
    sprinkler: Mapped[bool] = mapped_column(Boolean(), default=False)
    sockets: Mapped[int | None] = mapped_column(Integer())
    recheck_due: Mapped[date | None] = mapped_column(Date())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())
