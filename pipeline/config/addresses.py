"""Where pictures come from and where incidents go: checked before anything is opened."""

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import ValidationInfo

from pipeline.config.fields import wrong
from pipeline.config.problems import describe, did_you_mean
from pipeline.sources.redact import connectable_url

__all__ = ["api_url", "fill_in", "is_file_source", "resolve_path", "source_address"]

_STREAMS = ("rtsp", "rtsps", "http", "https")
_SOURCES = "a file path, rtsp://…, http://…, https://… or webcam:0"
_MOST_WEBCAMS = 63
_VARIABLE = re.compile(r"\$(\$)?\{([^}]*)(\}?)")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
_BARE_ADDRESS = re.compile(r"(?:\S*@)?(?:\d{1,3}(?:\.\d{1,3}){3}|localhost)(?::\d+)?(?:/\S*)?")


def is_file_source(source: str) -> bool:
    """Whether a checked source is a recording on disk."""
    return not source.startswith((*(f"{scheme}://" for scheme in _STREAMS), "webcam:"))


def source_address(value: Any, info: ValidationInfo) -> str:
    """A camera's source with variables filled in and relative paths made absolute.

    Raises:
        PydanticCustomError: It is no source that LifeLane can open.
    """
    if isinstance(value, bool | int | float):
        raise wrong(
            f"a source is text: for the first webcam write webcam:{int(value)}",
            expected=_SOURCES,
            found=describe(value),
        )
    if not isinstance(value, str) or not value.strip():
        raise wrong("say where the pictures come from", expected=_SOURCES, found=describe(value))
    source = fill_in(value, info).strip()
    if source.lower() == "webcam":
        raise _no_webcam(value)
    if not source:
        raise wrong(
            "is empty once the variables are filled in", expected=_SOURCES, found=describe(value)
        )
    match = _SCHEME.fullmatch(source)
    if match is None or not (match[2].startswith("/") or match[2].isdigit() or _known(match[1])):
        return _file_source(source, value, info)
    scheme, rest = match[1].lower(), match[2]
    if scheme == "webcam":
        if not rest.isdigit() or int(rest) > _MOST_WEBCAMS:
            raise _no_webcam(value)
        return f"webcam:{int(rest)}"
    if scheme == "file":
        raise wrong(
            "write the path alone, without file://", expected=_SOURCES, found=describe(value)
        )
    if scheme not in _STREAMS:
        meant = did_you_mean(scheme, (*_STREAMS, "webcam"), {"video": "webcam", "rtmp": ""})
        hint = f": did you mean {meant}?" if meant else ": take the camera's RTSP address"
        raise wrong(f"{scheme} cannot be opened{hint}", expected=_SOURCES, found=describe(value))
    if not rest.startswith("//"):
        raise wrong(f"write {scheme}:// with two slashes", expected=_SOURCES, found=describe(value))
    # A password typed as it is gets its percent signs when the stream is opened; the summary
    # warns about it, since other programs will not be so kind.
    _split(connectable_url(source), value)
    return source


def api_url(value: Any, info: ValidationInfo) -> str:
    """The incident API's address without a slash at its end.

    Raises:
        PydanticCustomError: It is no plain ``http(s)://host:port``.
    """
    expected = "http://HOST:PORT or https://HOST:PORT"
    if not isinstance(value, str) or not value.strip():
        raise wrong("say where the incident API is", expected=expected, found=describe(value))
    url = fill_in(value, info).strip()
    if "://" not in url:
        raise wrong("write http:// before it", expected=expected, found=describe(value))
    if url.split("://", 1)[0].lower() not in ("http", "https"):
        raise wrong("the incident API speaks HTTP", expected=expected, found=describe(value))
    parts = _split(url, value)
    if "@" in parts.netloc:
        raise wrong(
            "no user or password here: the API key goes into the variable that key_env names",
            expected=expected,
            found=describe(value),
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise wrong(
            "end it after the port: LifeLane adds /api/v1/… itself",
            expected=expected,
            found=describe(value),
        )
    return f"{parts.scheme.lower()}://{parts.netloc}"


def fill_in(written: str, info: ValidationInfo) -> str:
    """The text with each ``${NAME}`` replaced from the environment; ``$${`` stays ``${``.

    Raises:
        PydanticCustomError: A variable is not set, or the brace is not closed.
    """
    environ: Mapping[str, str] = (info.context or {}).get("environ", os.environ)

    def value_of(match: re.Match[str]) -> str:
        escaped, name, closed = match.groups()
        if escaped:
            return match[0][1:]
        if not closed or not _VARIABLE_NAME.fullmatch(name):
            raise wrong(
                "write a variable as ${NAME}; for the characters themselves write $${",
                expected="${NAME}",
                found=describe(written),
            )
        if name not in environ:
            raise wrong(
                f"the environment variable {name} is not set: export {name}=… before the start, "
                "or put it into the service's environment file",
                expected=f"a value for ${{{name}}}",
                found="no such variable",
            )
        return environ[name]

    return _VARIABLE.sub(value_of, written)


def resolve_path(path: str | Path, info: ValidationInfo) -> Path:
    """An absolute path; a relative one begins at the site file's folder."""
    base: Path = (info.context or {}).get("base_dir", Path())
    return Path(os.path.abspath(base / Path(path).expanduser()))  # noqa: PTH100 (keeps links)


def _no_webcam(value: str) -> Exception:
    return wrong(
        "a webcam is named by its number: the first one is webcam:0",
        expected=f"webcam:0 to webcam:{_MOST_WEBCAMS}",
        found=describe(value),
    )


def _known(scheme: str) -> bool:
    return scheme.lower() in (*_STREAMS, "webcam")


def _file_source(source: str, value: str, info: ValidationInfo) -> str:
    if "\0" in source:
        raise wrong("holds a zero byte: write it again", expected=_SOURCES, found="a zero byte")
    path = resolve_path(source, info)
    if not path.exists() and _BARE_ADDRESS.fullmatch(source):
        raise wrong(
            "an address needs its protocol: write rtsp:// before it",
            expected=_SOURCES,
            found=describe(value),
        )
    if path.is_dir():
        raise wrong(
            "is a folder: name one video file (folders of photos go to `lifelane detect`)",
            expected=_SOURCES,
            found=describe(value),
        )
    return str(path)


def _split(url: str, written: str) -> SplitResult:
    """Take an address apart, or say which part is broken."""
    found = describe(written)

    def refuse(message: str, expected: str) -> Exception:
        return wrong(message, expected=expected, found=found)

    example = f"{url.split('://', 1)[0].lower()}://USER:PASSWORD@HOST:PORT/PATH"
    if any(char.isspace() for char in url):
        raise refuse("an address holds no spaces: take them out, or write %20", example)
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise refuse("the host is broken: an IPv6 address stands in [ ]", example) from None
    try:
        port = parts.port
    except ValueError:
        raise refuse("the port is wrong", "a port from 1 to 65535") from None
    if port == 0:
        raise refuse("the port is wrong", "a port from 1 to 65535")
    if not host:
        raise refuse("the host is missing", example)
    _check_host(host, refuse, example)
    return parts


def _check_host(host: str, refuse: Any, example: str) -> None:
    numeric = re.fullmatch(r"[\d.]+", host)
    if ":" in host or numeric:
        try:
            ipaddress.ip_address(host.split("%", 1)[0])
        except ValueError:
            raise refuse(
                "the IP address is wrong", "four numbers from 0 to 255, such as 192.168.1.64"
            ) from None
    elif not _HOST.fullmatch(host):
        raise refuse("the host name holds characters that no host has", example)
