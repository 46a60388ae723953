"""Signing in at the desk: name and password for a cookie that scripts cannot read."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.errors import InvalidRequest, NotSignedIn
from service.repository import change_password, find_session, sign_in, sign_out
from service.routes.auth import address_of, check_same_origin
from service.routes.problems import problem_responses
from service.routes.state import services_of
from service.settings import API_PREFIX, SESSION_COOKIE
from service.tables import PERMISSIONS, Permission, Role

__all__ = ["router"]

router = APIRouter(prefix=f"{API_PREFIX}/session", tags=["session"])


class SignIn(BaseModel):
    """Name and password of a desk account."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")
    password: str = Field(min_length=1, max_length=1024)


@router.post(
    "",
    status_code=204,
    summary="Sign in",
    responses=problem_responses(401, 403, 413, 422, 429, 503),
)
def post_session(request: Request, body: SignIn) -> Response:
    """The cookie is HttpOnly and SameSite=Lax, and Secure where TLS is served."""
    check_same_origin(request)
    services, address = services_of(request), address_of(request)
    # Nothing is ever trusted here: a password is short enough to be guessed.
    services.sign_in_attempts.check(address, "")
    token = sign_in(
        services.database,
        name=body.name,
        password=body.password,
        hours=services.settings.session_hours,
    )
    if token is None:
        services.sign_in_attempts.failed(address)
        raise NotSignedIn("name or password is wrong")
    response = Response(status_code=204)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(services.settings.session_hours * 3600),
        httponly=True,
        samesite="lax",
        secure=services.settings.secure_cookies,
        path="/",
    )
    return response


class SignedIn(BaseModel):
    """Who is signed in, what that may do and see."""

    name: str
    display_name: str
    role: Role
    permissions: list[Permission]
    compounds: list[int] | None = Field(description="null: all there are and will be")
    must_change_password: bool


class NewPassword(BaseModel):
    """The password as it is, and as it shall be."""

    model_config = ConfigDict(extra="forbid")

    old: str = Field(min_length=1, max_length=1024)
    new: str = Field(min_length=8, max_length=1024)


@router.get("", summary="Who is signed in", responses=problem_responses(401, 503))
def get_session(request: Request) -> SignedIn:
    """Of the cookie that came; also when the password must be changed first."""
    token = request.cookies.get(SESSION_COOKIE, "")
    operator = find_session(services_of(request).database, token) if token else None
    if operator is None:
        raise NotSignedIn("expected a desk sign-in, got none; sign in")
    seen = operator.scope.compounds
    return SignedIn(
        name=operator.name,
        display_name=operator.display_name,
        role=operator.role,
        permissions=sorted(PERMISSIONS[operator.role]),
        compounds=None if seen is None else sorted(seen),
        must_change_password=operator.must_change_password,
    )


@router.post(
    "/password",
    status_code=204,
    summary="Choose another password",
    responses=problem_responses(401, 403, 413, 422, 429, 503),
)
def post_password(request: Request, body: NewPassword) -> Response:
    """The account's other sign-ins end; this one goes on."""
    check_same_origin(request)
    services, address = services_of(request), address_of(request)
    services.sign_in_attempts.check(address, "")
    token = request.cookies.get(SESSION_COOKIE, "")
    if body.new == body.old:
        raise InvalidRequest(
            "new: expected another password than the old one",
            (("body.new", "is the old password"),),
        )
    try:
        change_password(services.database, token, old=body.old, new=body.new)
    except NotSignedIn:
        services.sign_in_attempts.failed(address)
        raise
    return Response(status_code=204)


@router.delete("", status_code=204, summary="Sign out", responses=problem_responses(403, 503))
def delete_session(request: Request) -> Response:
    """Ends the sign-in of the cookie that came; without one nothing happens."""
    check_same_origin(request)
    token = request.cookies.get(SESSION_COOKIE)
    if token is not None:
        sign_out(services_of(request).database, token)
    response = Response(status_code=204)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response
