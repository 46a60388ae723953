"""How each kind of channel takes a message: apprise, MQTT, signed webhook.

A channel's URL holds tokens and passwords. Nothing here logs it, and every reason that comes
out has its parts struck out.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import re
import time
import warnings
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import apprise
import httpx

from service.errors import InvalidRequest
from service.notify.messages import Message, SendFailed, cloud_event

__all__ = ["CHANNEL_KINDS", "check_channel", "send", "shown_url"]

#: apprise reaches WeCom, DingTalk, Feishu, mail and a hundred more by their URLs.
CHANNEL_KINDS = ("apprise", "mqtt", "webhook")

# It writes each request's whole URL into its log, with the robot's key in the query.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)
# apprise writes whole URLs too, when it loads one: its lines are caught below, go nowhere else.
logging.getLogger("apprise").propagate = False
logging.getLogger("apprise").addHandler(logging.NullHandler())
logging.getLogger("apprise").addFilter(lambda record: record.levelno >= logging.WARNING)

_TIMEOUT_S = 15.0
# What would act on this machine instead of telling somebody.
_LOCAL_SCHEMES = frozenset({"dbus", "qt", "glib", "gnome", "macosx", "windows", "syslog", "file"})
_REASON_LIMIT = 300
# A wrong key or address is mended by people, after which the message goes out.
_NOT_FOR_GOOD = frozenset({401, 403, 404, 408, 425, 429})


def shown_url(url: str) -> str:
    """The URL's scheme and host kind only, such as ``wecombot://***``."""
    scheme, _, _ = url.partition("://")
    return f"{scheme}://***"


def check_channel(kind: str, url: str) -> None:
    """Refuse what could never be sent to.

    Raises:
        InvalidRequest: The kind is unknown, or the URL is none of its kind.
    """
    if kind not in CHANNEL_KINDS:
        raise InvalidRequest(f"kind: expected one of {', '.join(CHANNEL_KINDS)}, got {kind!r}")
    scheme = url.partition("://")[0].lower()
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if kind == "webhook" and (scheme not in ("http", "https") or not host):
        raise InvalidRequest("url: expected http(s)://HOST/PATH for a webhook (not shown here)")
    if kind == "mqtt":
        topic = urlsplit(url).path.strip("/") if host else ""
        if scheme not in ("mqtt", "mqtts") or not topic or "#" in url or "+" in topic:
            raise InvalidRequest(
                "url: expected mqtt://USER:PASSWORD@HOST:PORT/TOPIC without wildcards"
            )
    if kind == "apprise" and (
        scheme in _LOCAL_SCHEMES
        or apprise.Apprise.instantiate(url, suppress_exceptions=True) is None
    ):
        raise InvalidRequest(
            "url: expected an address that apprise knows, such as wecombot://KEY,"
            " dingtalk://TOKEN, feishu://TOKEN or mailtos://USER:PASSWORD@HOST"
        )


def send(kind: str, url: str, secret: str, message: Message) -> None:
    """Send one message; returns once the other side has taken it.

    Raises:
        SendFailed: It did not; the reason holds no secret.
    """
    try:
        if kind == "webhook":
            _webhook(url, secret, message)
        elif kind == "mqtt":
            asyncio.run(_mqtt(url, message))
        else:
            _apprise(url, message)
    except SendFailed as error:
        raise SendFailed(_struck(str(error), url, secret), for_good=error.for_good) from None
    except Exception as error:  # noqa: BLE001  (a channel's library raises what it likes)
        reason = f"{type(error).__name__}: {error}"
        raise SendFailed(_struck(reason, url, secret)) from None


def _struck(reason: str, url: str, secret: str) -> str:
    parts = {secret, url, *re.split(r"[/:@?&=#]+", url), *re.split(r"[/:@?&=#]+", unquote(url))}
    host = ""
    with suppress(ValueError):
        host = urlsplit(url).hostname or ""
    for part in sorted(parts, key=len, reverse=True):
        # Short pieces are ports and words such as "send", no keys.
        if len(part) >= 6 and part != host:
            reason = reason.replace(part, "***")
    return " ".join(reason.split())[:_REASON_LIMIT]


def _webhook(url: str, secret: str, message: Message) -> None:
    body = json.dumps(cloud_event(message), ensure_ascii=False, separators=(",", ":")).encode()
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "User-Agent": "lifelane",
        "webhook-id": message.id,
        "webhook-timestamp": timestamp,
    }
    if secret:
        signed = b".".join((message.id.encode(), timestamp.encode(), body))
        digest = hmac.digest(secret.encode(), signed, hashlib.sha256)
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
        answer = client.post(url, content=body, headers=headers)
    if 200 <= answer.status_code < 300:
        return
    gone = 400 <= answer.status_code < 500 and answer.status_code not in (
        401,
        403,
        404,
        408,
        425,
        429,
    )
    raise SendFailed(f"HTTP {answer.status_code}: {answer.text[:200]}", for_good=gone)


async def _mqtt(url: str, message: Message) -> None:
    import aiomqtt  # noqa: PLC0415  (an extra: only who has such a channel needs it)

    parts = urlsplit(url)
    payload = json.dumps(cloud_event(message), ensure_ascii=False).encode()
    async with aiomqtt.Client(
        hostname=parts.hostname or "",
        port=parts.port or (8883 if parts.scheme == "mqtts" else 1883),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls_params=aiomqtt.TLSParameters() if parts.scheme == "mqtts" else None,
        timeout=_TIMEOUT_S,
    ) as client:
        # 1: the broker has it when this returns.
        await client.publish(parts.path.strip("/"), payload, qos=1, timeout=_TIMEOUT_S)


def _robot(url: str) -> Any:
    with warnings.catch_warnings():
        # Loading its plug-ins meets what Python is about to drop; none of our doing.
        warnings.simplefilter("ignore", DeprecationWarning)
        return apprise.Apprise.instantiate(url, suppress_exceptions=True)


def _apprise(url: str, message: Message) -> None:
    robot = _robot(url)
    if robot is None:
        raise SendFailed("apprise does not know this address any more", for_good=True)
    capture: Any = apprise.LogCapture
    with capture(level=logging.WARNING, fmt="%(message)s") as said:
        taken = robot.notify(title=message.title, body=message.body)
        words = said.getvalue()
    if not taken:
        raise SendFailed(words or "the service did not take it")
