"""Sign-ins of people: a token for a cookie, only its digest kept."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.errors import NotSignedIn
from service.repository.auditing import audit
from service.repository.database import Database
from service.repository.operators import check_password, operator_view
from service.repository.passwords import hash_password, needs_rehash, nobody, password_matches
from service.repository.views import Operator
from service.tables import DeskSessionRow, OperatorRow

__all__ = ["change_password", "find_session", "open_session", "sign_in", "sign_out"]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def sign_in(database: Database, *, name: str, password: str, hours: float) -> str | None:
    """Check name and password; give back a session token for a cookie, None when wrong.

    A hash of an earlier kind is replaced on the way.

    Args:
        database: Where the accounts are.
        name: Of the account.
        password: As typed.
        hours: How long the sign-in lasts, in hours.
    """
    with database.read() as session:
        row = session.scalar(select(OperatorRow).where(OperatorRow.name == name))
    kept = row.password_hash if row is not None and row.password_hash else nobody()
    if not password_matches(password, kept) or row is None or row.disabled_at is not None:
        return None
    renewed = hash_password(password) if needs_rehash(kept) else None
    return open_session(database, row.id, hours=hours, renewed_hash=renewed)


def open_session(
    database: Database, operator_id: int, *, hours: float, renewed_hash: str | None = None
) -> str:
    """Begin a sign-in of an account whose owner has been checked; returns its token.

    Args:
        database: Where the accounts are.
        operator_id: Whose.
        hours: How long the sign-in lasts, in hours.
        renewed_hash: Takes the place of the password's hash.
    """
    token = secrets.token_urlsafe(32)

    def work(session: Session) -> None:
        now = datetime.now(UTC)
        row = session.get_one(OperatorRow, operator_id)
        if renewed_hash is not None:
            row.password_hash = renewed_hash
        session.execute(delete(DeskSessionRow).where(DeskSessionRow.expires_at < now))
        session.add(
            DeskSessionRow(
                token_sha256=_digest(token),
                operator_id=row.id,
                created_at=now,
                expires_at=now + timedelta(hours=hours),
            )
        )
        actor = operator_view(session, row).actor
        audit(session, at=now, actor=actor, action="signed_in")

    database.transact(work)
    return token


def find_session(database: Database, token: str) -> Operator | None:
    """Who is signed in with this token; None when nobody, or no longer."""
    with database.read() as session:
        row = session.scalar(
            select(OperatorRow)
            .join(DeskSessionRow, DeskSessionRow.operator_id == OperatorRow.id)
            .where(
                DeskSessionRow.token_sha256 == _digest(token),
                DeskSessionRow.expires_at > datetime.now(UTC),
                OperatorRow.disabled_at.is_(None),
            )
        )
        return None if row is None else operator_view(session, row)


def change_password(database: Database, token: str, *, old: str, new: str) -> None:
    """Give the account of this sign-in another password; its other sign-ins end.

    Raises:
        NotSignedIn: The sign-in has ended, or the old password is wrong.
        SettingsError: The new one is too short or is the old one.
    """
    check_password(new)
    hashed = hash_password(new)
    digest = _digest(token)

    def work(session: Session) -> None:
        signed_in = session.get(DeskSessionRow, digest)
        row = None if signed_in is None else session.get(OperatorRow, signed_in.operator_id)
        if row is None or not password_matches(old, row.password_hash):
            raise NotSignedIn("the old password is wrong, or the sign-in has ended")
        row.password_hash, row.must_change_password = hashed, False
        session.execute(
            delete(DeskSessionRow).where(
                DeskSessionRow.operator_id == row.id, DeskSessionRow.token_sha256 != digest
            )
        )
        actor = operator_view(session, row).actor
        audit(session, at=datetime.now(UTC), actor=actor, action="password_changed")

    database.transact(work)


def sign_out(database: Database, token: str) -> None:
    """End the sign-in of this token, if there is one."""
    with database.write() as session:
        session.execute(delete(DeskSessionRow).where(DeskSessionRow.token_sha256 == _digest(token)))
