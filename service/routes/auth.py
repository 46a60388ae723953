"""Who is calling: an API key of a site, or somebody signed in at the desk."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from service.errors import NotAllowed, NotSignedIn
from service.repository import find_key, find_session
from service.routes.state import services_of
from service.settings import SESSION_COOKIE
from service.tables import Role

__all__ = ["Caller", "CameraKey", "Operator", "Reader", "address_of", "check_same_origin"]

# They only describe; `_caller` below decides, with messages of its own.
_BEARER = HTTPBearer(auto_error=False, description="API key of a site: `llk_…`")
_COOKIE = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="Desk sign-in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent the request.

    Attributes:
        name: For the audit: ``desk``, or ``key 1a2b3c4d``.
        role: What it may do.
        key_id: Of an API key; None for somebody at the desk.
        site: The key's site; None for a key that no site has used yet, and for the desk.
    """

    name: str
    role: Role
    key_id: str | None
    site: str | None

    def reads_site(self, wanted: str | None = None) -> str | None:
        """The site to narrow a reading to; None reads all (only the desk may).

        Raises:
            NotAllowed: ``wanted`` is another site than the key's.
        """
        if self.key_id is None:
            return wanted
        # A key that no site has used has nothing to read yet; no site has an empty name.
        own = self.site or ""
        if wanted is not None and wanted != own:
            raise NotAllowed(
                f"site: this API key (id {self.key_id}) reads only site {own!r}, asked for"
                f" {wanted!r}"
            )
        return own


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
    return Caller(name=f"key {key.id}", role=key.role, key_id=key.id, site=key.site)


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
            return Caller(name=operator.name, role=operator.role, key_id=None, site=None)
        raise NotSignedIn("the desk sign-in has ended; sign in again")
    raise NotSignedIn(
        "expected the header `Authorization: Bearer <API key>` or a desk sign-in, got neither"
    )


def _camera_key(request: Request, _scheme: Annotated[object, Security(_BEARER)]) -> Caller:
    token = _bearer(request)
    if token is None:
        raise NotSignedIn("expected the header `Authorization: Bearer <API key>`, got none")
    caller = _key_caller(request, token)
    if caller.role is not Role.CAMERA:
        raise NotAllowed(
            f"this API key (id {caller.key_id}) has the role {caller.role}; events are posted"
            " with a camera key: lifelane keys create SITE"
        )
    return caller


def _operator(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    if caller.role is not Role.OPERATOR:
        raise NotAllowed(
            f"this API key (id {caller.key_id}) has the role {caller.role}; acting on incidents"
            " needs a desk sign-in, or a key from: lifelane keys create SITE --role operator"
        )
    return caller


#: Anybody who may read incidents: a key (its own site) or the desk (all).
Reader = Annotated[Caller, Depends(_caller)]
#: A camera site's key.
CameraKey = Annotated[Caller, Depends(_camera_key)]
#: Somebody at the desk, or a key with the operator role.
Operator = Annotated[Caller, Depends(_operator)]
