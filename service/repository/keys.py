"""API keys: one site each, only their digests kept, the secret shown once."""

import hashlib
import hmac
import secrets
import shlex
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.errors import NotAllowed, NotFound, SettingsError
from service.repository.auditing import COMMAND_LINE, audit
from service.repository.database import Database
from service.repository.scope import Actor
from service.repository.views import KeyInfo
from service.tables import ApiKeyRow, Permission, Role

__all__ = [
    "MIN_KEY_CHARACTERS",
    "bind_key",
    "check_key_site",
    "claim_site",
    "create_key",
    "ensure_first_key",
    "find_key",
    "list_keys",
    "register_key",
    "revoke_key",
]

MIN_KEY_CHARACTERS = 16
# `last used` is for people; a row written on every post would make writers queue.
_LAST_USED_STEP = timedelta(minutes=1)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _info(row: ApiKeyRow) -> KeyInfo:
    return KeyInfo(
        id=row.id,
        role=Role(row.role),
        site=row.site,
        scopes=None if row.scopes is None else tuple(row.scopes),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )


def _add(
    session: Session,
    token: str,
    *,
    key_id: str,
    site: str | None,
    role: Role,
    scopes: Collection[Permission] | None = None,
    actor: Actor = COMMAND_LINE,
) -> None:
    now = datetime.now(UTC)
    session.add(
        ApiKeyRow(
            id=key_id,
            key_sha256=_digest(token),
            role=role.value,
            site=site,
            scopes=None if scopes is None else sorted(scope.value for scope in scopes),
            created_at=now,
        )
    )
    note = f"key {key_id}, role {role}, site {site or 'of its first use'}"
    audit(session, at=now, actor=actor, action="key_created", note=note)


def _new_token() -> tuple[str, str]:
    key_id = secrets.token_hex(4)
    return key_id, f"llk_{key_id}_{secrets.token_hex(24)}"


def create_key(
    database: Database,
    *,
    site: str | None,
    role: Role = Role.CAMERA,
    scopes: Collection[Permission] | None = None,
    actor: Actor = COMMAND_LINE,
) -> str:
    """Make a key and give back its text, which is kept nowhere: show it once.

    Args:
        database: Where keys are kept.
        site: Whose it is; None lets the first site that posts have it.
        role: What it may do.
        scopes: Permissions that narrow the role's; None leaves it whole.
        actor: Who makes it.
    """
    key_id, token = _new_token()
    database.transact(
        lambda session: _add(
            session, token, key_id=key_id, site=site, role=role, scopes=scopes, actor=actor
        )
    )
    return token


def ensure_first_key(database: Database, *, site: str | None) -> str | None:
    """Make the first key of an installation; None when there has ever been one."""
    key_id, token = _new_token()

    def work(session: Session) -> bool:
        if session.scalar(select(func.count()).select_from(ApiKeyRow)):
            return False
        _add(session, token, key_id=key_id, site=site, role=Role.CAMERA)
        return True

    return token if database.transact(work) else None


def register_key(database: Database, token: str, *, site: str | None) -> None:
    """Take a key that the installer chose; the same one again changes nothing.

    Raises:
        SettingsError: It is too short, not plain ASCII, or was revoked.
    """
    if len(token) < MIN_KEY_CHARACTERS or not token.isascii() or not token.isprintable():
        raise SettingsError(
            f"LIFELANE_API_KEY: expected at least {MIN_KEY_CHARACTERS} plain characters, got"
            f" {len(token)}; take a long random one, or leave it empty and use the key that"
            " `lifelane serve` shows at its first start"
        )

    def work(session: Session) -> None:
        row = session.scalar(select(ApiKeyRow).where(ApiKeyRow.key_sha256 == _digest(token)))
        if row is None:
            _add(session, token, key_id=secrets.token_hex(4), site=site, role=Role.CAMERA)
        elif row.revoked_at is not None:
            raise SettingsError(
                f"LIFELANE_API_KEY: this key (id {row.id}) was revoked; set another one, or"
                " make one with `lifelane keys create SITE`"
            )
        elif row.site is None:
            row.site = site

    database.transact(work)


def find_key(database: Database, token: str) -> KeyInfo | None:
    """The key that this text is, or None when it is unknown or revoked."""
    digest = _digest(token)
    with database.read() as session:
        row = session.scalar(select(ApiKeyRow).where(ApiKeyRow.key_sha256 == digest))
    if row is None or not hmac.compare_digest(row.key_sha256, digest):
        return None
    if row.revoked_at is not None:
        return None
    now = datetime.now(UTC)
    if row.last_used_at is None or now - row.last_used_at >= _LAST_USED_STEP:
        with database.write() as session:
            session.execute(
                update(ApiKeyRow).where(ApiKeyRow.id == row.id).values(last_used_at=now)
            )
    return _info(row)


def bind_key(session: Session, key_id: str, site: str, *, now: datetime) -> None:
    """Make sure that the key may post for ``site``; a key without one is this site's now.

    Raises:
        NotAllowed: The key belongs to another site, or was revoked meanwhile.
    """
    if check_key_site(session, key_id, site) is None:
        # The condition lets exactly one of two first posts have the key.
        bound = session.scalar(
            update(ApiKeyRow)
            .where(ApiKeyRow.id == key_id, ApiKeyRow.site.is_(None))
            .values(site=site)
            .returning(ApiKeyRow.site)
            .execution_options(synchronize_session=False)
        )
        if bound is not None:
            note = f"key {key_id} belongs to site {site} from its first use on"
            actor = Actor(name=f"key {key_id}", role=Role.CAMERA)
            audit(session, at=now, actor=actor, action="key_bound", note=note)
        # Another site may have been quicker.
        session.expire_all()
        check_key_site(session, key_id, site)


def claim_site(database: Database, key_id: str, site: str) -> None:
    """Make sure that the key may speak for ``site``; see `bind_key`.

    Raises:
        NotAllowed: The key belongs to another site, or was revoked meanwhile.
    """
    with database.read() as session:
        if check_key_site(session, key_id, site) is not None:
            return
    database.transact(lambda session: bind_key(session, key_id, site, now=datetime.now(UTC)))


def check_key_site(session: Session, key_id: str, site: str) -> str | None:
    """The key's site, None while no site has it.

    Raises:
        NotAllowed: It is another site than ``site``, or the key was revoked meanwhile.
    """
    row = session.get(ApiKeyRow, key_id)
    if row is None or row.revoked_at is not None:
        raise NotAllowed("the API key was revoked; make another with `lifelane keys create SITE`")
    owner = row.site
    if owner is not None and owner != site:
        raise NotAllowed(
            f"the API key (id {key_id}) belongs to site {owner!r}, the event says site"
            f" {site!r}; make a key for it with: lifelane keys create {shlex.quote(site)}"
        )
    return owner


def list_keys(database: Database) -> list[KeyInfo]:
    """Every key there has been, oldest first."""
    with database.read() as session:
        rows = session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at, ApiKeyRow.id))
        return [_info(row) for row in rows]


def revoke_key(database: Database, key_id: str, *, actor: Actor = COMMAND_LINE) -> None:
    """End a key for good; one that is revoked already stays so.

    Raises:
        NotFound: There is no key with this id.
    """

    def work(session: Session) -> None:
        row = session.get(ApiKeyRow, key_id)
        if row is None:
            raise NotFound(f"no API key has the id {key_id!r}; `lifelane keys list` shows them")
        if row.revoked_at is None:
            now = datetime.now(UTC)
            row.revoked_at = now
            note = f"key {key_id}, site {row.site or 'none yet'}"
            audit(session, at=now, actor=actor, action="key_revoked", note=note)

    database.transact(work)
