"""Addresses of cameras as their makers have them, so that nobody has to look them up."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from service.errors import InvalidRequest

__all__ = ["MAKERS", "CameraAddress", "build_address"]

#: Maker -> its name in both languages. ``other`` is an address typed by hand.
MAKERS: Final = {
    "hikvision": ("海康威视", "Hikvision"),
    "dahua": ("大华", "Dahua"),
    "uniview": ("宇视", "Uniview"),
    "other": ("其他（完整地址）", "Other (full address)"),
}
_PATHS = {
    "hikvision": "/Streaming/Channels/{channel}0{stream}",
    "dahua": "/cam/realmonitor?channel={channel}&subtype={subtype}",
    "uniview": "/video{stream}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAddress:
    """An address with its password apart.

    Attributes:
        written: For the site file: the password is ``${NAME}``.
        connectable: For the test: with the password.
        secret: The password, percent-encoded as it stands in the address; empty without one.
    """

    written: str
    connectable: str
    secret: str


def build_address(
    *,
    maker: str,
    host: str,
    port: int = 554,
    channel: int = 1,
    substream: bool = True,
    user: str = "",
    password: str = "",
    variable: str,
) -> CameraAddress:
    """Put a camera's address together.

    Args:
        maker: One of `MAKERS`.
        host: Name or IP address; for ``other`` the whole address, without user and password.
        port: RTSP port.
        channel: Channel of a recorder; a camera has one.
        substream: The small stream, which is plenty; else the main one.
        user: May be empty.
        password: As it is typed; percent-encoded here.
        variable: Name of the variable that stands for the password in the site file.

    Raises:
        InvalidRequest: Something is missing or cannot be an address.
    """
    if maker not in MAKERS:
        raise InvalidRequest(f"maker: expected one of {', '.join(MAKERS)}, got {maker!r}")
    host = host.strip()
    if maker == "other":
        scheme, separator, rest = host.partition("://")
        if scheme.lower() not in ("rtsp", "rtsps", "http", "https") or not separator or not rest:
            raise InvalidRequest("address: expected rtsp://... or http://..., got something else")
        if "@" in rest.partition("/")[0]:
            raise InvalidRequest(
                "address: leave user and password out of it and type them into their own fields"
            )
        begin, end = f"{scheme.lower()}://", rest
    else:
        bare = host.strip("[]")
        allowed = bare and all(char.isalnum() or char in ".-_:" for char in bare)
        if not allowed or not bare.isascii():
            raise InvalidRequest(f"host: expected an IP address or a host name, got {host!r}")
        if not 1 <= port <= 65535 or not 1 <= channel <= 512:
            raise InvalidRequest("port: expected 1 to 65535; channel: expected 1 to 512")
        path = _PATHS[maker].format(
            channel=channel, stream=2 if substream else 1, subtype=1 if substream else 0
        )
        shown = f"[{bare}]" if ":" in bare else bare
        begin, end = "rtsp://", f"{shown}:{port}{path}"
    if not user:
        return CameraAddress(written=begin + end, connectable=begin + end, secret="")
    name, secret = quote(user, safe=""), quote(password, safe="")
    # In a site file ${ begins a variable; a user name is encoded and holds none.
    inside = f"{name}:${{{variable}}}@" if secret else f"{name}@"
    return CameraAddress(
        written=f"{begin}{inside}{end}",
        connectable=f"{begin}{name}{':' + secret if secret else ''}@{end}",
        secret=secret,
    )
