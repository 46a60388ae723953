"""Posts one event to the incident API and judges the answer by the table of docs/wire.md."""

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path

import httpx

from pipeline.errors import ConfigError
from pipeline.publish.outbox import OutboxEntry

__all__ = ["Answer", "HttpSink", "Verdict"]

_CONNECT_TIMEOUT_S = 5.0
_ANSWER_LIMIT_BYTES = 64 * 1024
_REASON_LIMIT = 500
# 404 and the like come from a wrong address or a proxy in between: nothing was refused.
_WRONG_PLACE = frozenset({404, 405, 407, 421, 426})
_KEPT = _WRONG_PLACE | {401, 403, 408, 425, 429}
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class Verdict(StrEnum):
    """What becomes of an event after a try."""

    DELIVERED = "delivered"
    REFUSED = "refused"  # for good: a dead letter
    # Its incident waits. Also for answers that look like everybody's trouble: a 403 may be
    # about the site of this event alone, and must not stop those of the others.
    POSTPONED = "postponed"
    UNANSWERED = "unanswered"  # nobody is there: everything waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The outcome of one try.

    Attributes:
        verdict: What becomes of the event.
        reason: Why it was not taken, without secrets; empty when it was.
        loud: Whether somebody has to act (a wrong key, a wrong address).
        retry_after_s: The wait that the API asked for, in seconds.
    """

    verdict: Verdict
    reason: str = ""
    loud: bool = False
    retry_after_s: float | None = None


class HttpSink:
    """The incident API over HTTP. `post` may be called from several threads.

    Redirects are never followed: an event that lands on a login page is not delivered. The
    proxy variables of the environment are ignored unless asked for, because the API of a
    site is on its own network or its own machine, and a desk's proxy for the open Internet
    would swallow 127.0.0.1 just the same.

    Args:
        url: Base address of the incident API, such as ``http://127.0.0.1:8000``; a path in
            it stays in front.
        api_key: Bearer key; never logged.
        timeout_s: Limit for the whole exchange, in seconds.
        use_environment_proxy: Whether HTTP_PROXY and the like count.
        ca_file: PEM file of the authority that signed an ``https`` API's certificate; None
            means the public ones.

    Raises:
        ConfigError: The address, the key or the authority file cannot be used.
    """

    def __init__(
        self,
        *,
        url: str,
        api_key: str,
        timeout_s: float = 10.0,
        use_environment_proxy: bool = False,
        ca_file: Path | None = None,
    ) -> None:
        self._events_url = _events_url(url)
        self._key = _checked_key(api_key)
        self._timeout_s = timeout_s
        self._client = httpx.Client(
            follow_redirects=False,
            trust_env=use_environment_proxy,
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_TIMEOUT_S)),
            verify=_trust(ca_file),
            headers={"Authorization": f"Bearer {self._key}", "User-Agent": "lifelane"},
        )

    def close(self) -> None:
        """Close the connections; a post on its way ends as unanswered."""
        self._client.close()

    def post(self, entry: OutboxEntry, pictures: Mapping[str, bytes]) -> Answer:
        """Post one event with those of its pictures that are at hand.

        Args:
            entry: The event.
            pictures: SHA-256 hex digest -> bytes. One that is missing here is taken off the
                event too, because the API refuses an event that lists what does not come.
        """
        files = [
            ("evidence", (f"{sha256}.{_EXTENSIONS.get(kind, 'bin')}", pictures[sha256], kind))
            for sha256, kind in dict(entry.pictures).items()
            if sha256 in pictures
        ]
        headers = {"Idempotency-Key": entry.event_id}
        body = _without_missing(entry, pictures).encode()
        deadline_s = time.monotonic() + self._timeout_s
        try:
            if files:
                event = ("event", (None, body, "application/json"))
                request = self._client.build_request(
                    "POST", self._events_url, headers=headers, files=[event, *files]
                )
            else:
                headers["Content-Type"] = "application/json"
                request = self._client.build_request(
                    "POST", self._events_url, headers=headers, content=body
                )
            response = self._client.send(request, stream=True)
            try:
                text = _read_start(response, deadline_s)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            return Answer(verdict=Verdict.UNANSWERED, reason=self._redact(_name(error)))
        except httpx.TimeoutException as error:
            reason = f"no answer within {self._timeout_s:g} s ({type(error).__name__})"
            return Answer(verdict=Verdict.POSTPONED, reason=reason)
        except (httpx.HTTPError, RuntimeError) as error:
            # RuntimeError: the client was closed while this was on its way.
            return Answer(verdict=Verdict.POSTPONED, reason=self._redact(_name(error)))
        return self._judge(response, text, entry.event_id)

    def _judge(self, response: httpx.Response, text: str, event_id: str) -> Answer:
        code = response.status_code
        said = _printable(self._redact(text))  # a key cut in two would not be found any more
        reason = f"HTTP {code}: {said}" if said else f"HTTP {code}"
        if code in {200, 201} and _names_event(text, event_id):
            return Answer(verdict=Verdict.DELIVERED)
        if 400 <= code < 500 and code not in _KEPT:
            return Answer(verdict=Verdict.REFUSED, reason=reason, loud=True)
        advice = ""
        if code < 300:
            advice = (
                f"something else than LifeLane's incident API answers at {self._events_url};"
                " check incident_api.url"
            )
        elif code < 400:
            target = _printable(self._redact(response.headers.get("Location", "nowhere")))
            reason = f"HTTP {code}: a redirect to {target}"
            advice = "never followed; set incident_api.url to the incident API itself"
        elif code in {401, 403}:
            advice = (
                "the API key is missing, wrong or of another site; set the variable that"
                " incident_api.key_env names to a key of this site"
            )
        elif code in _WRONG_PLACE:
            advice = f"no incident API at {self._events_url}; check incident_api.url"
        return Answer(
            verdict=Verdict.POSTPONED,
            reason=f"{reason} ({advice})" if advice else reason,
            loud=bool(advice),
            retry_after_s=_retry_after_s(response.headers.get("Retry-After", "")),
        )

    def _redact(self, text: str) -> str:
        return text.replace(self._key, "***")


def _without_missing(entry: OutboxEntry, pictures: Mapping[str, bytes]) -> str:
    if all(sha256 in pictures for sha256, _ in entry.pictures):
        return entry.body  # to the letter as it was recorded
    event = json.loads(entry.body)
    event["evidence"] = [ref for ref in event["evidence"] if ref["sha256"] in pictures]
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _events_url(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ConfigError(f"incident_api.url: not an address: {error}") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ConfigError(
            f"incident_api.url: expected an address such as http://127.0.0.1:8000, got"
            f" {parsed.scheme or 'no scheme'}"
        )
    if parsed.userinfo:
        raise ConfigError(
            "incident_api.url: expected no user or password in the address; the API key goes"
            " into the variable that incident_api.key_env names"
        )
    if parsed.query or parsed.fragment:
        raise ConfigError("incident_api.url: expected an address without ? and #")
    return f"{str(parsed).rstrip('/')}/api/v1/events"


def _checked_key(api_key: str) -> str:
    key = api_key.strip()
    if not key:
        raise ConfigError(
            "incident API: the API key is empty; set the variable that incident_api.key_env"
            " names (LIFELANE_API_KEY by default) to the key that `lifelane serve` showed on"
            " its first start"
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(
            "incident API: the API key holds characters that no key has (spaces, line breaks"
            " or non-ASCII); copy it again as `lifelane serve` showed it"
        )
    return key


def _trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"incident_api.ca_file: {ca_file}: expected a PEM file with certificates: {error}"
        ) from error


def _read_start(response: httpx.Response, deadline_s: float) -> str:
    """Read so much of the answer as matters; a server that only trickles is cut off."""
    start = b""
    for piece in response.iter_bytes():
        start += piece
        if len(start) >= _ANSWER_LIMIT_BYTES:
            break
        if time.monotonic() > deadline_s:
            raise httpx.ReadTimeout("the answer only trickles", request=response.request)
    return start[:_ANSWER_LIMIT_BYTES].decode("utf-8", errors="replace")


def _names_event(text: str, event_id: str) -> bool:
    try:
        answer = json.loads(text)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("event_id") == event_id


def _retry_after_s(header: str) -> float | None:
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()


def _printable(text: str) -> str:
    clean = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(clean.split())[:_REASON_LIMIT]


def _name(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
