"""The service's queue of uploaded photos, as the worker sees it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from pipeline.errors import ConfigError, DeliveryError

__all__ = ["QueueClient", "QueuedPhoto"]

_TIMEOUT_S = 30.0
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedPhoto:
    """A photo that this worker holds.

    Attributes:
        id: Its number in the service.
        patrol_id: Its patrol.
        site: The compound's word.
        place: Where it was taken, in words; may be empty.
        note: What the patrol's maker wrote; may be empty.
        file: What its sender calls it; only ever shown.
        sha256: Of its bytes.
        suffix: Ending by its content.
        created_at: When it was uploaded, aware.
    """

    id: int
    patrol_id: int
    site: str
    place: str
    note: str
    file: str
    sha256: str
    suffix: str
    created_at: datetime


class QueueClient:
    """Claims, fetches and settles. Redirects are never followed.

    Args:
        url: Base address of the incident API.
        api_key: Bearer key of the site, with the scopes ``photos.review`` and
            ``findings.post``; never shown.
        worker: Names this worker for good.

    Raises:
        ConfigError: The address or the key cannot be used.
    """

    def __init__(self, *, url: str, api_key: str, worker: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"--api {url}: expected http://HOST:PORT or https://HOST:PORT")
        key = api_key.strip()
        if not key.isascii() or not key:
            raise ConfigError(
                "LIFELANE_API_KEY is empty: it holds the key of the site, which"
                " `lifelane keys create` makes"
            )
        self._worker = worker
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1/",
            follow_redirects=False,
            trust_env=False,
            timeout=_TIMEOUT_S,
            headers={"Authorization": f"Bearer {key}", "User-Agent": "lifelane"},
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def claim(self, limit: int) -> list[QueuedPhoto]:
        """Photos of one patrol: those that this worker holds already come first.

        Raises:
            ConfigError: The key may not do this.
            DeliveryError: No answer, or one that trying again may mend.
        """
        said = self._call(
            "POST", "patrol-photos/claim", json={"worker": self._worker, "limit": limit}
        )
        return [
            QueuedPhoto(
                id=int(each["id"]),
                patrol_id=int(each["patrol_id"]),
                site=str(each["site"]),
                place=str(each["place"]),
                note=str(each["note"]),
                file=str(each["file"]),
                sha256=str(each["sha256"]),
                suffix=_ENDINGS[each["media_type"]],
                created_at=datetime.fromisoformat(each["created_at"]),
            )
            for each in said.json()["items"]
        ]

    def fetch(self, photo: QueuedPhoto, path: Path) -> None:
        """Bring the original to ``path``, whole or not at all; a whole one is left alone.

        Raises:
            DeliveryError: No answer, or other bytes than were uploaded.
        """
        if path.is_file():
            return
        digest, partial = hashlib.sha256(), path.with_name(f"{path.name}.part")
        url, query = f"patrol-photos/{photo.id}/original", {"worker": self._worker}
        try:
            with self._client.stream("GET", url, params=query) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    raise _trouble(answer)
                with partial.open("wb") as file:
                    for chunk in answer.iter_bytes():
                        digest.update(chunk)
                        file.write(chunk)
        except httpx.HTTPError as error:
            raise _silence(error) from None
        if digest.hexdigest() != photo.sha256:
            raise DeliveryError(f"photo {photo.id}: other bytes came than were uploaded")
        partial.replace(path)

    def settle(self, photo: QueuedPhoto, *, outcome: str, reason: str, hazards: int) -> None:
        """Say what became of a photo; the same once more changes nothing.

        Raises:
            ConfigError: The key may not do this.
            DeliveryError: No answer, or one that trying again may mend.
        """
        body = {
            "worker": self._worker,
            "outcome": outcome,
            "reason": reason[:2000],
            "hazards": hazards,
        }
        self._call("POST", f"patrol-photos/{photo.id}/result", json=body, may_be_gone=True)

    def _call(
        self, method: str, url: str, *, json: dict[str, Any], may_be_gone: bool = False
    ) -> httpx.Response:
        try:
            answer = self._client.request(method, url, json=json)
        except httpx.HTTPError as error:
            raise _silence(error) from None
        # Too late: its claim had lapsed, and another worker has it now.
        if may_be_gone and answer.status_code == httpx.codes.NOT_FOUND:
            return answer
        if answer.status_code != httpx.codes.OK:
            raise _trouble(answer)
        return answer


def _silence(error: httpx.HTTPError) -> DeliveryError:
    return DeliveryError(
        f"--api: no answer from the service: {type(error).__name__}; is `lifelane serve` running"
        " there?"
    )


def _trouble(answer: httpx.Response) -> ConfigError | DeliveryError:
    said = f"--api: the service answered HTTP {answer.status_code}: " + " ".join(
        answer.text.split()
    )
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return ConfigError(
            f"{said[:300]}; the worker's key needs the scopes photos.review and findings.post"
        )
    return DeliveryError(said[:300])
