"""Accounts and API keys: who there is, what they may do and see."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.errors import InvalidRequest
from service.repository import (
    AccountScope,
    Operator,
    create_key,
    create_operator,
    list_keys,
    list_operators,
    revoke_key,
    update_operator,
)
from service.routes.auth import Caller, needs
from service.routes.models import Id, RowId, Words
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX
from service.tables import Permission, Role

__all__ = ["router"]

router = APIRouter(prefix=API_PREFIX, tags=["people"])

UserAdmin = Annotated[Caller, Depends(needs(Permission.USERS_EDIT))]
KeyAdmin = Annotated[Caller, Depends(needs(Permission.KEYS_EDIT))]
_Ids = Annotated[list[RowId], Field(max_length=1000)]
_Account = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x20\x7f](.*[^\x00-\x20\x7f])?$")
]
_Password = Annotated[str, Field(min_length=8, max_length=1024)]


class ScopeIn(BaseModel):
    """What an account may see; all empty is nothing."""

    model_config = ConfigDict(extra="forbid")

    everything: bool = False
    towns: _Ids = []
    communities: _Ids = []
    compounds: _Ids = []

    def scope(self) -> AccountScope:
        """The same as the repository wants it."""
        return AccountScope(
            everything=self.everything,
            towns=self.towns,
            communities=self.communities,
            compounds=self.compounds,
        )


class UserIn(BaseModel):
    """A new account; without a password one is made and shown once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "li.na",
                    "display_name": "李娜",
                    "role": "community",
                    "scope": {"compounds": []},
                }
            ]
        },
    )

    name: _Account
    role: Role
    display_name: Words = ""
    scope: ScopeIn = ScopeIn()
    password: _Password | None = None
    oidc_subject: str | None = Field(default=None, min_length=1, max_length=255)


class UserChange(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    display_name: Words | None = None
    scope: ScopeIn | None = None
    disabled: bool | None = None
    password: _Password | None = None


class UserOut(BaseModel):
    """An account; `compounds` null means all there are and will be."""

    id: int
    name: str
    display_name: str
    role: Role
    compounds: list[int] | None
    must_change_password: bool
    disabled_at: datetime | None


class UserMade(UserOut):
    """A new account with its password, shown this once."""

    password: str


class KeyIn(BaseModel):
    """A new key of one site."""

    model_config = ConfigDict(extra="forbid")

    site: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
    role: Role = Role.CAMERA
    scopes: Annotated[list[Permission], Field(max_length=50)] | None = Field(
        default=None, description="Narrows what the role may do"
    )


class KeyOut(BaseModel):
    """A key without its secret."""

    id: str
    role: Role
    site: str | None
    scopes: list[str] | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeyMade(BaseModel):
    """The key itself, shown this once."""

    key: str


class UserList(BaseModel):
    """Every account, by name."""

    items: list[UserOut]


class KeyList(BaseModel):
    """Every key there has been, oldest first."""

    items: list[KeyOut]


def _user(operator: Operator) -> UserOut:
    compounds = operator.scope.compounds
    return UserOut(
        id=operator.id,
        name=operator.name,
        display_name=operator.display_name,
        role=operator.role,
        compounds=None if compounds is None else sorted(compounds),
        must_change_password=operator.must_change_password,
        disabled_at=operator.disabled_at,
    )


def _person(role: Role) -> None:
    if role is Role.CAMERA:
        raise InvalidRequest(
            "role: camera is for API keys; a person takes another role",
            (("body.role", "expected a person's role"),),
        )


@router.get("/users", summary="Accounts", responses=problem_responses(401, 403, 429, 503))
def get_users(request: Request, _caller: UserAdmin) -> UserList:
    """Every account, by name; never a password."""
    return UserList(items=[_user(each) for each in list_operators(services_of(request).database)])


@router.post(
    "/users",
    status_code=201,
    summary="Make an account",
    responses=problem_responses(401, 403, 409, 413, 422, 429, 503),
)
def post_user(request: Request, caller: UserAdmin, body: UserIn) -> UserMade:
    """The password is to be changed at the first sign-in."""
    _person(body.role)
    operator, password = create_operator(
        services_of(request).database,
        name=body.name,
        role=body.role,
        scope=body.scope.scope(),
        display_name=body.display_name,
        password=body.password,
        oidc_subject=body.oidc_subject,
        actor=caller.actor,
    )
    return UserMade(**_user(operator).model_dump(), password=password)


@router.patch(
    "/users/{user_id}",
    summary="Change or end an account",
    responses=problem_responses(401, 403, 404, 413, 422, 429, 503),
)
def patch_user(request: Request, caller: UserAdmin, user_id: Id, body: UserChange) -> UserOut:
    """Its sign-ins end with a new password or its end; a new password is to be changed."""
    if body.role is not None:
        _person(body.role)
    return _user(
        update_operator(
            services_of(request).database,
            user_id,
            role=body.role,
            scope=None if body.scope is None else body.scope.scope(),
            display_name=body.display_name,
            disabled=body.disabled,
            password=body.password,
            actor=caller.actor,
        )
    )


@router.get("/keys", summary="API keys", responses=problem_responses(401, 403, 429, 503))
def get_keys(request: Request, _caller: KeyAdmin) -> KeyList:
    """Every key without its secret."""
    found = list_keys(services_of(request).database)
    return KeyList(items=[KeyOut.model_validate(each, from_attributes=True) for each in found])


@router.post(
    "/keys",
    status_code=201,
    summary="Make an API key",
    responses=problem_responses(401, 403, 413, 422, 429, 503),
)
def post_key(request: Request, caller: KeyAdmin, body: KeyIn) -> KeyMade:
    """Shown this once; only its digest is kept."""
    token = create_key(
        services_of(request).database,
        site=body.site,
        role=body.role,
        scopes=body.scopes,
        actor=caller.actor,
    )
    return KeyMade(key=token)


@router.delete(
    "/keys/{key_id}",
    status_code=204,
    summary="End an API key",
    responses=problem_responses(401, 403, 404, 422, 429, 503),
)
def delete_key(request: Request, caller: KeyAdmin, key_id: str) -> Response:
    """For good; one that has ended already stays so."""
    revoke_key(services_of(request).database, key_id, actor=caller.actor)
    return Response(status_code=204)
