"""Accounts: who there is, what they are and may see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from service.errors import InUse, InvalidRequest, NotFound, SettingsError
from service.repository.auditing import COMMAND_LINE, audit
from service.repository.database import Database
from service.repository.passwords import (
    MIN_PASSWORD_CHARACTERS,
    hash_password,
    make_password,
    password_matches,
)
from service.repository.scope import EVERYWHERE, Actor, Scope
from service.repository.views import Operator
from service.tables import (
    CommunityRow,
    CompoundRow,
    DeskSessionRow,
    OperatorRow,
    OperatorScopeRow,
    Role,
    TownRow,
)

__all__ = [
    "DESK_OPERATOR",
    "AccountScope",
    "check_password",
    "create_operator",
    "ensure_first_operator",
    "get_operator",
    "list_operators",
    "operator_view",
    "set_desk_password",
    "update_operator",
]

DESK_OPERATOR = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountScope:
    """What an account may see, as an administrator says it; all empty is nothing.

    Attributes:
        everything: Every compound there is and will be.
        towns: Ids of towns with all that lies in them.
        communities: Ids of communities.
        compounds: Ids of compounds.
    """

    everything: bool = False
    towns: Collection[int] = ()
    communities: Collection[int] = ()
    compounds: Collection[int] = ()


def _scope(session: Session, row: OperatorRow) -> Scope:
    if row.sees_all:
        return EVERYWHERE
    named = select(OperatorScopeRow).where(OperatorScopeRow.operator_id == row.id).subquery("named")
    seen = session.scalars(
        select(CompoundRow.id)
        .outerjoin(CommunityRow, CommunityRow.id == CompoundRow.community_id)
        .join(
            named,
            or_(
                named.c.compound_id == CompoundRow.id,
                named.c.community_id == CompoundRow.community_id,
                named.c.town_id == CommunityRow.town_id,
            ),
        )
    )
    return Scope(compounds=frozenset(seen))


def operator_view(session: Session, row: OperatorRow) -> Operator:
    """The account as a plain value, with what it may see right now."""
    return Operator(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        role=Role(row.role),
        scope=_scope(session, row),
        must_change_password=row.must_change_password,
        disabled_at=row.disabled_at,
    )


def _set_scope(session: Session, row: OperatorRow, scope: AccountScope) -> None:
    session.execute(delete(OperatorScopeRow).where(OperatorScopeRow.operator_id == row.id))
    row.sees_all = scope.everything
    for column, table, ids in (
        ("town_id", TownRow, scope.towns),
        ("community_id", CommunityRow, scope.communities),
        ("compound_id", CompoundRow, scope.compounds),
    ):
        for number in sorted(set(ids)):
            if session.get(table, number) is None:
                raise InvalidRequest(
                    f"scope: no {table.__tablename__} entry has the id {number}",
                    ((f"scope.{table.__tablename__}", f"{number} is unknown"),),
                )
            session.add(OperatorScopeRow(operator_id=row.id, **{column: number}))


def create_operator(
    database: Database,
    *,
    name: str,
    role: Role,
    scope: AccountScope,
    display_name: str = "",
    password: str | None = None,
    oidc_subject: str | None = None,
    must_change_password: bool = True,
    actor: Actor = COMMAND_LINE,
) -> tuple[Operator, str]:
    """Make an account; returns it with its password, which is shown this once.

    Args:
        database: Where accounts are kept.
        name: What is typed at sign-in.
        role: What it may do; any but ``camera``.
        scope: What it may see.
        display_name: The person's name.
        password: None makes one.
        oidc_subject: Who it is at the identity provider.
        must_change_password: Whether the first sign-in must choose another.
        actor: Who makes it.

    Raises:
        InUse: The name is taken.
        InvalidRequest: The scope names what there is not.
        SettingsError: The password is too short.
    """
    given = make_password() if password is None else password
    check_password(given)
    hashed = hash_password(given)

    def work(session: Session) -> Operator:
        if session.scalar(select(OperatorRow.id).where(OperatorRow.name == name)) is not None:
            raise InUse(f"name: an account {name!r} exists already; choose another name")
        now = datetime.now(UTC)
        row = OperatorRow(
            name=name,
            display_name=display_name,
            password_hash=hashed,
            role=role.value,
            must_change_password=must_change_password,
            oidc_subject=oidc_subject,
            created_at=now,
        )
        session.add(row)
        session.flush()
        _set_scope(session, row, scope)
        session.flush()
        audit(session, at=now, actor=actor, action="operator_created", note=f"{name}, role {role}")
        return operator_view(session, row)

    return database.transact(work), given


def check_password(password: str) -> None:
    """Refuse a password that is too short.

    Raises:
        SettingsError: It is; the message never holds it.
    """
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise SettingsError(
            f"the password: expected at least {MIN_PASSWORD_CHARACTERS} characters, got"
            f" {len(password)}"
        )


def update_operator(
    database: Database,
    operator_id: int,
    *,
    role: Role | None = None,
    scope: AccountScope | None = None,
    display_name: str | None = None,
    disabled: bool | None = None,
    password: str | None = None,
    actor: Actor = COMMAND_LINE,
) -> Operator:
    """Change an account; what is None stays. Its sign-ins end with its password or its end.

    Raises:
        NotFound: There is no such account.
        InvalidRequest: The scope names what there is not.
        SettingsError: The password is too short.
    """
    if password is not None:
        check_password(password)
    hashed = None if password is None else hash_password(password)

    def work(session: Session) -> Operator:
        row = session.get(OperatorRow, operator_id)
        if row is None:
            raise NotFound(f"no account has the number {operator_id}")
        now = datetime.now(UTC)
        said = []
        if role is not None and row.role != role.value:
            said.append(f"role {row.role} -> {role}")
            row.role = role.value
        if display_name is not None:
            row.display_name = display_name
        if scope is not None:
            _set_scope(session, row, scope)
            said.append("scope")
        if hashed is not None:
            row.password_hash, row.must_change_password = hashed, True
            said.append("password")
        if disabled is not None and disabled != (row.disabled_at is not None):
            row.disabled_at = now if disabled else None
            said.append("disabled" if disabled else "enabled")
        if hashed is not None or disabled:
            session.execute(delete(DeskSessionRow).where(DeskSessionRow.operator_id == row.id))
        session.flush()
        note = f"{row.name}: {', '.join(said) or 'nothing'}"
        audit(session, at=now, actor=actor, action="operator_changed", note=note)
        return operator_view(session, row)

    return database.transact(work)


def list_operators(database: Database) -> list[Operator]:
    """Every account, by name."""
    with database.read() as session:
        rows = session.scalars(select(OperatorRow).order_by(OperatorRow.name))
        return [operator_view(session, row) for row in rows]


def get_operator(database: Database, operator_id: int) -> Operator:
    """One account.

    Raises:
        NotFound: There is no such account.
    """
    with database.read() as session:
        row = session.get(OperatorRow, operator_id)
        if row is None:
            raise NotFound(f"no account has the number {operator_id}")
        return operator_view(session, row)


def _add_desk(session: Session, hashed: str) -> None:
    now = datetime.now(UTC)
    session.add(
        OperatorRow(
            name=DESK_OPERATOR,
            display_name="值班台",
            password_hash=hashed,
            role=Role.DUTY.value,
            sees_all=True,
            created_at=now,
        )
    )
    audit(session, at=now, actor=COMMAND_LINE, action="operator_created", note=DESK_OPERATOR)


def ensure_first_operator(database: Database) -> str | None:
    """Make the account ``desk`` and give back its password; None when accounts exist."""
    password = make_password()
    hashed = hash_password(password)

    def work(session: Session) -> bool:
        if session.scalar(select(func.count()).select_from(OperatorRow)):
            return False
        _add_desk(session, hashed)
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
            _add_desk(session, hash_password(password))
        elif not password_matches(password, row.password_hash):
            row.password_hash = hash_password(password)
            session.execute(delete(DeskSessionRow).where(DeskSessionRow.operator_id == row.id))
            now = datetime.now(UTC)
            audit(session, at=now, actor=COMMAND_LINE, action="password_changed", note=row.name)

    database.transact(work)
