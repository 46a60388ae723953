"""Posts one event to the incident API and judges the answer by the table of docs/wire.md."""

import json
from collections.abc import Mapping
from pathlib import Path

import httpx

from pipeline.errors import ConfigError
from pipeline.publish.exchange import (
    KEPT_CODES,
    WRONG_PLACE_CODES,
    Answer,
    Exchange,
    Reply,
    Verdict,
    printable,
    retry_after_s,
)
from pipeline.publish.outbox import OutboxEntry

__all__ = ["HttpSink"]

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
}


class HttpSink:
    """The incident API over HTTP. `post` may be called from several threads.

    Redirects are never followed: an event that lands on a login page is not delivered.

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
        key = _checked_key(api_key)
        self._exchange = Exchange(
            timeout_s=timeout_s,
            headers={"Authorization": f"Bearer {key}"},
            secrets=(key,),
            use_environment_proxy=use_environment_proxy,
            ca_file=ca_file,
        )

    def close(self) -> None:
        """Close the connections; a post on its way ends as unanswered."""
        self._exchange.close()

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
        if files:
            event = ("event", (None, body, "application/json"))
            reply = self._exchange.post(self._events_url, headers=headers, files=[event, *files])
        else:
            headers["Content-Type"] = "application/json"
            reply = self._exchange.post(self._events_url, headers=headers, content=body)
        return reply if isinstance(reply, Answer) else self._judge(reply, entry.event_id)

    def _judge(self, reply: Reply, event_id: str) -> Answer:
        code = reply.code
        said = printable(
            self._exchange.redact(reply.text)
        )  # a key cut in two would not be found any more
        reason = f"HTTP {code}: {said}" if said else f"HTTP {code}"
        if code in {200, 201} and _names_event(reply.text, event_id):
            return Answer(verdict=Verdict.DELIVERED)
        if 400 <= code < 500 and code not in KEPT_CODES:
            return Answer(verdict=Verdict.REFUSED, reason=reason, loud=True)
        advice = ""
        if code < 300:
            advice = (
                f"something else than LifeLane's incident API answers at {self._events_url};"
                " check incident_api.url"
            )
        elif code < 400:
            target = printable(self._exchange.redact(reply.headers.get("Location", "nowhere")))
            reason = f"HTTP {code}: a redirect to {target}"
            advice = "never followed; set incident_api.url to the incident API itself"
        elif code in {401, 403}:
            advice = (
                "the API key is missing, wrong or of another site; set the variable that"
                " incident_api.key_env names to a key of this site"
            )
        elif code in WRONG_PLACE_CODES:
            advice = f"no incident API at {self._events_url}; check incident_api.url"
        return Answer(
            verdict=Verdict.POSTPONED,
            reason=f"{reason} ({advice})" if advice else reason,
            loud=bool(advice),
            retry_after_s=retry_after_s(reply.headers.get("Retry-After", "")),
        )


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


def _names_event(text: str, event_id: str) -> bool:
    try:
        answer = json.loads(text)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("event_id") == event_id
