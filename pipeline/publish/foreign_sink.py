"""Posts events to an incident API that is not LifeLane's: a city's platform, a chat robot."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from pipeline.errors import ConfigError
from pipeline.publish.exchange import (
    KEPT_CODES,
    Answer,
    Exchange,
    Reply,
    Verdict,
    printable,
    retry_after_s,
)
from pipeline.publish.foreign_body import CLOUD_EVENTS_TYPE, cloud_event, fill_template
from pipeline.publish.outbox import OutboxEntry

__all__ = ["ForeignSink"]

# Platforms that say no inside a 200 may mean "busy" or "never": after so many it is never.
_TRIES_OF_REFUSALS_WITHIN_200: Final = 10


class ForeignSink:
    """Another system's HTTP address. `post` may be called from several threads.

    Each request carries ``Idempotency-Key`` and ``webhook-id`` (the event's id, the same at
    every try) and, with a secret, the signature of the Standard Webhooks specification:
    ``webhook-signature: v1,`` and the base64 HMAC-SHA256 of ``id.timestamp.body``.

    Args:
        name: Of the sink in the site file, for messages.
        url: Where to post.
        template: Body to fill in; None posts CloudEvents 1.0, structured.
        token: Sent as ``Authorization: Bearer``; empty sends none. Never logged.
        secret: Key of the signature; empty signs nothing. Never logged.
        pictures: Whether a CloudEvent carries the event's pictures inside.
        success_field: Field of a JSON answer that says whether it was taken, for platforms
            that answer 200 to everything; empty trusts the status code.
        success_value: What that field must hold.
        timeout_s: Limit for one exchange, in seconds.
        use_environment_proxy: Whether HTTP_PROXY and the like count.
        ca_file: PEM file of the authority behind ``https``; None means the public ones.

    Raises:
        ConfigError: The address, the token or the authority file cannot be used.
    """

    def __init__(
        self,
        *,
        name: str,
        url: str,
        template: Mapping[str, Any] | None = None,
        token: str = "",
        secret: str = "",
        pictures: bool = False,
        success_field: str = "",
        success_value: str | int | bool = 0,
        timeout_s: float = 10.0,
        use_environment_proxy: bool = False,
        ca_file: Path | None = None,
    ) -> None:
        self._name = name
        self._url = _checked(name, url)
        self._template = template
        self._secret = secret.encode()
        self._pictures = pictures and template is None
        self._success_field = success_field
        self._success_value = success_value
        if not token.isascii() or not token.isprintable():
            raise ConfigError(
                f"sinks: {name}: the token holds characters that no token has (line breaks or"
                " non-ASCII); copy it again"
            )
        self._exchange = Exchange(
            timeout_s=timeout_s,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            # Robots of chat programs carry their key in the query.
            secrets=(token, secret, *(value for _, value in httpx.URL(url).params.multi_items())),
            use_environment_proxy=use_environment_proxy,
            ca_file=ca_file,
            setting=f"sinks: {name}: ca_file",
        )

    def close(self) -> None:
        """Close the connections; a post on its way ends as unanswered."""
        self._exchange.close()

    def post(self, entry: OutboxEntry, pictures: Mapping[str, bytes]) -> Answer:
        """Post one event, and judge the answer: 2xx is taken, most of 4xx is never."""
        if self._template is None:
            document: Any = cloud_event(entry, pictures if self._pictures else {})
            kind = CLOUD_EVENTS_TYPE
        else:
            document = fill_template(self._template, entry)
            kind = "application/json; charset=utf-8"
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": kind,
            "Idempotency-Key": entry.event_id,
            "webhook-id": entry.event_id,
            "webhook-timestamp": timestamp,
        }
        if self._secret:
            signed = b".".join((entry.event_id.encode(), timestamp.encode(), body))
            digest = hmac.digest(self._secret, signed, hashlib.sha256)
            headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        reply = self._exchange.post(self._url, headers=headers, content=body)
        return reply if isinstance(reply, Answer) else self._judge(reply, entry)

    def _judge(self, reply: Reply, entry: OutboxEntry) -> Answer:
        code = reply.code
        said = printable(self._exchange.redact(reply.text))
        reason = f"HTTP {code}: {said}" if said else f"HTTP {code}"
        if 200 <= code < 300:
            if self._says_taken(reply.text):
                return Answer(verdict=Verdict.DELIVERED)
            reason = (
                f"{reason} (sinks: {self._name}: expected {self._success_field} ="
                f" {self._success_value!r} in the answer)"
            )
            if entry.attempts + 1 < _TRIES_OF_REFUSALS_WITHIN_200:
                return Answer(verdict=Verdict.POSTPONED, reason=reason, loud=True)
            return Answer(verdict=Verdict.REFUSED, reason=reason, loud=True)
        if 400 <= code < 500 and code not in KEPT_CODES:
            return Answer(verdict=Verdict.REFUSED, reason=reason, loud=True)
        advice = ""
        if 300 <= code < 400:
            advice = f"a redirect, never followed; check sinks: {self._name}: url"
        elif code in {401, 403}:
            advice = f"the token is missing or wrong; check sinks: {self._name}: token_env"
        elif code in KEPT_CODES - {408, 425, 429}:
            advice = f"nothing takes posts there; check sinks: {self._name}: url"
        return Answer(
            verdict=Verdict.POSTPONED,
            reason=f"{reason} ({advice})" if advice else reason,
            loud=bool(advice),
            retry_after_s=retry_after_s(reply.headers.get("Retry-After", "")),
        )

    def _says_taken(self, text: str) -> bool:
        if not self._success_field:
            return True
        try:
            answer = json.loads(text)
        except ValueError:
            return False
        if not isinstance(answer, dict) or self._success_field not in answer:
            return False
        found = answer[self._success_field]
        # 0 and false, 1 and true are equal to Python, not to a platform.
        return type(found) is type(self._success_value) and found == self._success_value


def _checked(name: str, url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ConfigError(f"sinks: {name}: url: not an address: {error}") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ConfigError(
            f"sinks: {name}: url: expected an address such as https://platform.example/events,"
            f" got {parsed.scheme or 'no scheme'}"
        )
    return url
