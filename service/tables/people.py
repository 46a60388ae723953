"""Who may speak to the service: keys of camera sites, accounts of people, their sign-ins."""

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import BIG_ID, Base, UtcDateTime

__all__ = ["ApiKeyRow", "DeskSessionRow", "OperatorRow", "OperatorScopeRow"]


class ApiKeyRow(Base):
    """A key of one site; ``site`` is empty until a first key is first used."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    key_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    site: Mapped[str | None] = mapped_column(String(100))
    #: Permissions that narrow the role's; None leaves it whole.
    scopes: Mapped[list[str] | None] = mapped_column(JSON())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class OperatorRow(Base):
    """A person's account; the password is kept as an argon2id hash (older ones: scrypt)."""

    __tablename__ = "operators"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(100), default="")
    #: Empty where only the identity provider may sign in.
    password_hash: Mapped[str] = mapped_column(String(256))
    role: Mapped[str] = mapped_column(String(16))
    #: Without it the account sees only what ``operator_scopes`` names.
    sees_all: Mapped[bool] = mapped_column(Boolean(), default=False)
    must_change_password: Mapped[bool] = mapped_column(Boolean(), default=False)
    oidc_subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class OperatorScopeRow(Base):
    """One town, community or compound that an account may see; exactly one of the three."""

    __tablename__ = "operator_scopes"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    operator_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("operators.id"), index=True)
    town_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("towns.id"))
    community_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("communities.id"))
    compound_id: Mapped[int | None] = mapped_column(BIG_ID, ForeignKey("compounds.id"))


class DeskSessionRow(Base):
    """A desk sign-in; only the digest of its cookie is kept."""

    __tablename__ = "desk_sessions"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    operator_id: Mapped[int] = mapped_column(BIG_ID, ForeignKey("operators.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
