"""A lift over HTTP: each beat is a POST."""

from collections.abc import Callable
from typing import Any

import httpx

__all__ = ["WebhookPort"]


class WebhookPort:
    """Posts ``{"hold", "beat", "ttl_s"}`` and ``{"voice", "incident"}`` as JSON.

    Args:
        url: Where to; may hold no secret but in ``token``.
        token: Bearer token; empty for none.
        timeout_s: Limit of one exchange.
    """

    name = "webhook"

    def __init__(self, *, url: str, token: str = "", timeout_s: float) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._url = url
        self._client = httpx.Client(
            timeout=timeout_s, headers=headers, trust_env=False, follow_redirects=False
        )

    def open(self, release: Callable[[str], None]) -> None:
        """See `Port`; nobody speaks back this way."""
        del release

    def speak(self, text: str, incident_key: str) -> None:
        """See `Port`."""
        self._post({"voice": text, "incident": incident_key})

    def send(self, *, hold: bool, beat: int, ttl_s: float) -> None:
        """See `Port`."""
        self._post({"hold": hold, "beat": beat, "ttl_s": ttl_s})

    def inhibited(self) -> bool | None:
        """See `Port`; a webhook has no input."""
        return None

    def close(self) -> None:
        """See `Port`."""
        try:
            self.send(hold=False, beat=0, ttl_s=0)
        finally:
            self._client.close()

    def _post(self, body: dict[str, Any]) -> None:
        answer = self._client.post(self._url, json=body)
        if not answer.is_success:
            raise ConnectionError(f"the webhook answers HTTP {answer.status_code}")
