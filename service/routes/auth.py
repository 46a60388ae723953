"""Who is calling: an API key of a site, or somebody signed in at the desk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from service.errors import NotAllowed, NotSignedIn
from service.repository import Actor, Scope, find_key, find_session
from service.routes.state import services_of
from service.settings import SESSION_COOKIE
from service.tables import ROLE_WORDS, Permission, Role

__all__ = ["Caller", "CameraKey", "Reader", "address_of", "check_same_origin", "needs"]

# They only describe; `_caller` below decides, with messages of its own.
_BEARER = HTTPBearer(auto_error=False, description="API key of a site: `llk_…`")
_COOKIE = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="Desk sign-in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent the request.

    Attributes:
        actor: For the workflow and the audit: ``desk``, or ``key 1a2b3c4d``.
        role: What it may do.
        key_id: Of an API key; None for somebody who has signed in.
        scope: What it may see.
    """

    actor: Actor
    role: Role
    key_id: str | None
    scope: Scope

    def sees(self, site: str | None = None) -> Scope:
        """What to narrow a reading to.

        Raises:
            NotAllowed: ``site`` is another one than the key's.
        """
        own = self.scope.site
        if site is not None and own is not None and site != own:
            raise NotAllowed(
                f"site: this API key (id {self.key_id}) reads only site {own!r}, asked for {site!r}"
            )
        return self.scope

    def require(self, permission: Permission) -> None:
        """Refuse who may not do this.

        Raises:
            NotAllowed: The role, or the key's scopes, lack the permission.
        """
        if self.actor.may(permission):
            return
        zh, en = ROLE_WORDS[self.role.value]
        raise NotAllowed(
            f"{self.actor.name} has the role {self.role} ({zh}, {en}), which lacks the"
            f" permission {permission}; ask an administrator"
            + ("" if self.key_id is None else ", or make a key: lifelane keys create SITE --role")
        )


def address_of(request: Request) -> str:
    """The address that the connection came from."""
    return request.client.host if request.client is not None else "local"


def check_same_origin(request: Request) -> None:
    """Refuse what another site's page makes a browser send with its cookie.

    Raises:
        NotAllowed: The browser says that the request comes from another site.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site is not None and site not in ("same-origin", "none")
    if site is None and origin is not None:
        foreign = urlsplit(origin).netloc != request.headers.get("host")
    if foreign:
        raise NotAllowed("the request comes from another site's page; open the desk itself")


def _bearer(request: Request) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("Authorization: expected `Bearer <API key>`, got another scheme")
    return token


def _key_caller(request: Request, token: str) -> Caller:
    services, address = services_of(request), address_of(request)
    services.key_attempts.check(address, token)
    key = find_key(services.database, token)
    if key is None:
        services.key_attempts.failed(address)
        raise NotSignedIn(
            "the API key is unknown or was revoked; `lifelane keys list` shows the known ones,"
            " `lifelane keys create SITE` makes one"
        )
    services.key_attempts.succeeded(address, token)
    return Caller(
        actor=Actor(
            name=f"key {key.id}",
            role=key.role,
            scopes=None if key.scopes is None else frozenset(map(Permission, key.scopes)),
        ),
        role=key.role,
        key_id=key.id,
        # A key that no site has used has nothing to read yet; no site has an empty name.
        scope=Scope(site=key.site or ""),
    )


def _caller(
    request: Request,
    _bearer_scheme: Annotated[object, Security(_BEARER)],
    _cookie_scheme: Annotated[object, Security(_COOKIE)],
) -> Caller:
    token = _bearer(request)
    if token is not None:
        return _key_caller(request, token)
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie is not None:
        operator = find_session(services_of(request).database, cookie)
        if operator is not None:
            if request.method not in ("GET", "HEAD"):
                check_same_origin(request)
            if operator.must_change_password:
                raise NotAllowed(
                    "the password was given by somebody else: choose your own first"
                    " (POST /api/v1/session/password)"
                )
            return Caller(
                actor=operator.actor, role=operator.role, key_id=None, scope=operator.scope
            )
        raise NotSignedIn("the desk sign-in has ended; sign in again")
    raise NotSignedIn(
        "expected the header `Authorization: Bearer <API key>` or a desk sign-in, got neither"
    )


def _camera_key(request: Request, _scheme: Annotated[object, Security(_BEARER)]) -> Caller:
    token = _bearer(request)
    if token is None:
        raise NotSignedIn("expected the header `Authorization: Bearer <API key>`, got none")
    caller = _key_caller(request, token)
    if not caller.actor.may(Permission.EVENTS_POST):
        raise NotAllowed(
            f"this API key (id {caller.key_id}) has the role {caller.role}; events are posted"
            " with a camera key: lifelane keys create SITE"
        )
    return caller


def needs(permission: Permission) -> Callable[..., Caller]:
    """A dependency that lets through only who has this permission."""

    def check(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        caller.require(permission)
        return caller

    # For the test that walks every route: which permission guards it.
    check.permission = permission  # type: ignore[attr-defined]
    return check


#: Anybody who may read incidents: a key its own site, an account what it is given.
Reader = Annotated[Caller, Depends(needs(Permission.INCIDENTS_READ))]
#: A camera site's key.
CameraKey = Annotated[Caller, Depends(_camera_key)]
