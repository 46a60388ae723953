"""Accounts of the desk and their sign-ins."""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.errors import SettingsError
from service.repository.database import Database
from service.repository.views import Operator
from service.tables import AuditRow, DeskSessionRow, OperatorRow, Role

__all__ = [
    "DESK_OPERATOR",
    "MIN_PASSWORD_CHARACTERS",
    "ensure_first_operator",
    "find_session",
    "set_desk_password",
    "sign_in",
    "sign_out",
]

DESK_OPERATOR = "desk"
MIN_PASSWORD_CHARACTERS = 8
# 32 MiB and some tens of milliseconds for each try.
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**15, 8, 1
_SCRYPT_MEMORY_BYTES = 64 * 1024 * 1024
# Generated passwords are read from a screen: no 0/O, 1/l/I.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=n,
        r=r,
        p=p,
        maxmem=_SCRYPT_MEMORY_BYTES,
    )


def _hash_password(password: str) -> str:
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, _SCRYPT_N, _SCRYPT_R, _SCRYPT_P)
    parts = (base64.b64encode(salt).decode(), base64.b64encode(digest).decode())
    return f"scrypt${_SCRYPT_N}${_SCRYPT_R}${_SCRYPT_P}${parts[0]}${parts[1]}"


def _matches(password: str, kept: str) -> bool:
    _, n, r, p, salt, digest = kept.split("$")
    actual = _scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(actual, base64.b64decode(digest))


# An unknown name costs as much time as a wrong password, so that neither can be told apart.
@cache
def _nobody() -> str:
    return _hash_password(secrets.token_hex(16))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _operator(row: OperatorRow) -> Operator:
    return Operator(id=row.id, name=row.name, role=Role(row.role))


def _audit(session: Session, now: datetime, *, actor: str, action: str, note: str = "") -> None:
    session.add(AuditRow(at=now, actor=actor, action=action, incident_id=None, note=note))


def _add_desk(session: Session, password: str) -> None:
    now = datetime.now(UTC)
    session.add(
        OperatorRow(
            name=DESK_OPERATOR,
            password_hash=_hash_password(password),
            role=Role.OPERATOR.value,
            created_at=now,
        )
    )
    _audit(session, now, actor="command line", action="operator_created", note=DESK_OPERATOR)


def ensure_first_operator(database: Database) -> str | None:
    """Make the account ``desk`` and give back its password; None when accounts exist."""
    password = "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))

    def work(session: Session) -> bool:
        if session.scalar(select(func.count()).select_from(OperatorRow)):
            return False
        _add_desk(session, password)
        return True

    return password if database.transact(work) else None


def set_desk_password(database: Database, password: str) -> None:
    """Give the account ``desk`` this password; its sign-ins end when it is another one.

    Raises:
        SettingsError: The password is too short.
    """
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise SettingsError(
            f"LIFELANE_DESK_PASSWORD: expected at least {MIN_PASSWORD_CHARACTERS} characters,"
            f" got {len(password)}; leave it empty to have one made"
        )

    def work(session: Session) -> None:
        row = session.scalar(select(OperatorRow).where(OperatorRow.name == DESK_OPERATOR))
        if row is None:
            _add_desk(session, password)
        elif not _matches(password, row.password_hash):
            row.password_hash = _hash_password(password)
            session.execute(delete(DeskSessionRow).where(DeskSessionRow.operator_id == row.id))
            now = datetime.now(UTC)
            _audit(session, now, actor="command line", action="password_changed", note=row.name)

    database.transact(work)


def sign_in(database: Database, *, name: str, password: str, hours: float) -> str | None:
    """Check name and password; give back a session token for a cookie, None when wrong.

    Args:
        database: Where the accounts are.
        name: Of the account.
        password: As typed.
        hours: How long the sign-in lasts, in hours.
    """
    with database.read() as session:
        row = session.scalar(select(OperatorRow).where(OperatorRow.name == name))
    if not _matches(password, row.password_hash if row is not None else _nobody()) or row is None:
        return None
    token = secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    with database.write() as session:
        session.execute(delete(DeskSessionRow).where(DeskSessionRow.expires_at < now))
        session.add(
            DeskSessionRow(
                token_sha256=_digest(token),
                operator_id=row.id,
                created_at=now,
                expires_at=now + timedelta(hours=hours),
            )
        )
        _audit(session, now, actor=row.name, action="signed_in")
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
            )
        )
    return None if row is None else _operator(row)


def sign_out(database: Database, token: str) -> None:
    """End the sign-in of this token, if there is one."""
    with database.write() as session:
        session.execute(delete(DeskSessionRow).where(DeskSessionRow.token_sha256 == _digest(token)))
