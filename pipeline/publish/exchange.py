"""One HTTP exchange with a receiver of events, whichever: limits, secrets kept out of reasons."""

import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import httpx

from pipeline.errors import ConfigError
from pipeline.publish.outbox import OutboxEntry

__all__ = [
    "KEPT_CODES",
    "WRONG_PLACE_CODES",
    "Answer",
    "Exchange",
    "Reply",
    "Sink",
    "Verdict",
    "printable",
    "retry_after_s",
]

_CONNECT_TIMEOUT_S = 5.0
_ANSWER_LIMIT_BYTES = 64 * 1024
_REASON_LIMIT = 500
#: 404 and the like come from a wrong address or a proxy in between: nothing was refused.
WRONG_PLACE_CODES = frozenset({404, 405, 407, 421, 426})
#: Answers that refuse nothing: the event is kept and tried again.
KEPT_CODES = WRONG_PLACE_CODES | {401, 403, 408, 425, 429}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a receiver said: status code, the answer's start as text, its headers."""

    code: int
    text: str
    headers: httpx.Headers


class Sink(Protocol):
    """What the deliverer wants of a receiver. `post` may be called from several threads."""

    def post(self, entry: OutboxEntry, pictures: Mapping[str, bytes]) -> Answer:
        """Post one event with those of its pictures that are at hand; judge the answer."""
        ...

    def close(self) -> None:
        """Close the connections; a post on its way ends as unanswered."""
        ...


class Exchange:
    """The client behind a sink. Redirects are never followed.

    The proxy variables of the environment are ignored unless asked for, because receivers are
    on the site's own network, and a desk's proxy for the open Internet would swallow 127.0.0.1
    just the same.

    Args:
        timeout_s: Limit for the whole exchange, in seconds.
        headers: Sent with every request.
        secrets: Texts that must not show up in any reason.
        use_environment_proxy: Whether HTTP_PROXY and the like count.
        ca_file: PEM file of the authority behind ``https``; None means the public ones.
        setting: Where ``ca_file`` was given, for the message.

    Raises:
        ConfigError: The authority file cannot be used.
    """

    def __init__(
        self,
        *,
        timeout_s: float,
        headers: dict[str, str],
        secrets: Sequence[str],
        use_environment_proxy: bool = False,
        ca_file: Path | None = None,
        setting: str = "incident_api.ca_file",
    ) -> None:
        self._timeout_s = timeout_s
        self._secrets = tuple(secret for secret in secrets if secret)
        self._client = httpx.Client(
            follow_redirects=False,
            trust_env=use_environment_proxy,
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_TIMEOUT_S)),
            verify=_trust(ca_file, setting),
            headers={**headers, "User-Agent": "lifelane"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def post(self, url: str, **request: Any) -> Reply | Answer:
        """Post, and give the reply, or what is to be made of there being none.

        Args:
            url: Where to.
            request: As `httpx.Client.build_request` takes it: headers, content or files.
        """
        deadline_s = time.monotonic() + self._timeout_s
        try:
            response = self._client.send(
                self._client.build_request("POST", url, **request), stream=True
            )
            try:
                text = _read_start(response, deadline_s)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            return Answer(verdict=Verdict.UNANSWERED, reason=self.redact(_name(error)))
        except httpx.TimeoutException as error:
            reason = f"no answer within {self._timeout_s:g} s ({type(error).__name__})"
            return Answer(verdict=Verdict.POSTPONED, reason=reason)
        except (httpx.HTTPError, RuntimeError) as error:
            # RuntimeError: the client was closed while this was on its way.
            return Answer(verdict=Verdict.POSTPONED, reason=self.redact(_name(error)))
        return Reply(code=response.status_code, text=text, headers=response.headers)

    def redact(self, text: str) -> str:
        """The text without any secret."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _trust(ca_file: Path | None, setting: str) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"{setting}: {ca_file}: expected a PEM file with certificates: {error}"
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


def retry_after_s(header: str) -> float | None:
    """The wait in seconds that a ``Retry-After`` header asks for; None when it says nothing."""
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


def printable(text: str) -> str:
    """The start of a stranger's text on one line, for a reason."""
    clean = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(clean.split())[:_REASON_LIMIT]


def _name(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
