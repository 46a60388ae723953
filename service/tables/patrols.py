"""巡查 with photos that wait for the review's worker."""

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import BIG_ID, Base, UtcDateTime
from service.tables.vocabulary import MEDIA_TYPES

__all__ = ["PHOTO_TYPES", "PatrolPhotoRow", "PatrolRow", "PhotoState"]

#: Media type -> file extension of the photos that may be uploaded.
PHOTO_TYPES = MappingProxyType(
    {kind: ending for kind, ending in MEDIA_TYPES.items() if kind.startswith("image/")}
    | {"image/heic": "heic"}
)


class PhotoState(StrEnum):
    """What has become of an uploaded photo."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    DONE = "done"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"


class PatrolRow(Base):
    """One walk: its photos are reviewed and reported together."""

    __tablename__ = "patrols"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    #: The caller's own name for it; the same one twice is one patrol.
    patrol_key: Mapped[str] = mapped_column(String(100), unique=True)
    compound_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("compounds.id"))
    site: Mapped[str] = mapped_column(String(200))
    #: In words: building and part, as `lifelane review --place` takes them.
    place: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    created_by: Mapped[str] = mapped_column(String(200))


class PatrolPhotoRow(Base):
    """One uploaded photo; its file lies among the evidence, and no page shows it."""

    __tablename__ = "patrol_photos"
    __table_args__ = (
        UniqueConstraint("patrol_id", "sha256"),
        Index("ix_patrol_photos_state", "state", "id"),
        Index("ix_patrol_photos_sha256", "sha256"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    patrol_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("patrols.id"))
    file: Mapped[str] = mapped_column(String(500))
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(40))
    size_bytes: Mapped[int] = mapped_column(BIG_ID)
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text())
    #: How many hazards the review proposes.
    hazards: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    claimed_by: Mapped[str] = mapped_column(String(100))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
