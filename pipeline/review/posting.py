"""Proposals of a patrol, posted into the ledger: incidents that wait for a person."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx

from pipeline.errors import ConfigError, DeliveryError
from pipeline.review.journal import Journal
from pipeline.review.judging import PHOTO_RULES_VERSION, Proposal
from pipeline.review.record import Outcome, Record
from pipeline.review.words import CLASS_WORDS, HAZARD_WORDS

__all__ = ["FindingPoster", "PostedSums"]

_TIMEOUT_S = 20.0
# Refused for good; anything else is worth another run.
_REFUSALS = (400, 409, 413, 415, 422)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedSums:
    """What became of a patrol's proposals.

    Attributes:
        taken: Made into incidents now.
        known: Taken before; nothing changed.
        refused: Reasons of those that the service does not take.
    """

    taken: int
    known: int
    refused: tuple[str, ...]


class FindingPoster:
    """Posts to ``/api/v1/findings``. Redirects are never followed.

    Args:
        url: Base address of the incident API.
        api_key: Bearer key of the site; never shown.
        site: The compound's word, the same as its cameras have.

    Raises:
        ConfigError: The address or the key cannot be used.
    """

    def __init__(self, *, url: str, api_key: str, site: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"--post {url}: expected http://HOST:PORT or https://HOST:PORT")
        if not api_key.strip().isascii() or not api_key.strip():
            raise ConfigError(
                "LIFELANE_API_KEY is empty: it holds the key of the site, which"
                " `lifelane keys create` makes"
            )
        self._site = site
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            follow_redirects=False,
            trust_env=False,
            timeout=_TIMEOUT_S,
            headers={"Authorization": f"Bearer {api_key.strip()}", "User-Agent": "lifelane"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def post_all(self, journal: Journal, pictures: Path) -> PostedSums:
        """Post every proposal; one that was posted before is taken only once by the service.

        Args:
            journal: The record of the patrol.
            pictures: Folder of its pictures.

        Raises:
            DeliveryError: The service does not answer or does not know the key; run the same
                command again, nothing is posted twice.
        """
        taken = known = 0
        refused: list[str] = []
        for record in journal.records(Outcome.DONE, with_hazards=True):
            for finding in _findings(record, self._site):
                code, said = self._deliver(finding, _evidence(record, pictures))
                taken += code == 201
                known += code == 200
                if code in _REFUSALS:
                    refused.append(f"{record.file}: {said}")
        return PostedSums(taken=taken, known=known, refused=tuple(refused))

    def post_record(
        self, record: Record, pictures: Path, *, found_at: str, note: str
    ) -> tuple[str, ...]:
        """Post the proposals of one uploaded photo.

        Args:
            record: Of the photo.
            pictures: Folder of its patrol's pictures.
            found_at: ISO 8601; stands in where the photo says no time, and is the same however
                often it is reviewed.
            note: The patrol's, for photos without a note of their own.

        Returns:
            Reasons of those that the service refuses for good.

        Raises:
            DeliveryError: As `post_all`.
        """
        refused = []
        stable = replace(record, reviewed_at=found_at, note=record.note or note)
        for finding in _findings(stable, self._site):
            code, said = self._deliver(finding, _evidence(record, pictures))
            # 409: this very photo and kind is in the ledger, by another patrol or model.
            if code in _REFUSALS and code != 409:
                refused.append(said)
        return tuple(refused)

    def _deliver(self, finding: dict[str, Any], jpeg: bytes) -> tuple[int, str]:
        code, said = self._post(finding, jpeg)
        if code not in (200, 201, *_REFUSALS):
            raise DeliveryError(
                f"--post: the service answered HTTP {code}: {said}; nothing is posted"
                " twice, so mend it and run the same command again"
            )
        return code, said

    def _post(self, finding: dict[str, Any], jpeg: bytes) -> tuple[int, str]:
        parts: list[tuple[str, tuple[str | None, bytes, str]]] = []
        if jpeg:
            sha256 = hashlib.sha256(jpeg).hexdigest()
            finding["evidence"] = [
                {
                    "role": "before",
                    "sha256": sha256,
                    "media_type": "image/jpeg",
                    "size_bytes": len(jpeg),
                }
            ]
            parts.append(("evidence", (f"{sha256}.jpg", jpeg, "image/jpeg")))
        body = json.dumps(finding, ensure_ascii=False).encode()
        parts.insert(0, ("finding", (None, body, "application/json")))
        try:
            answer = self._client.post("/api/v1/findings", files=parts)
        except httpx.HTTPError as error:
            raise DeliveryError(
                f"--post: no answer from the service: {type(error).__name__}; is `lifelane serve`"
                " running there? Nothing is posted twice: run the same command again"
            ) from None
        return answer.status_code, " ".join(answer.text.split())[:300]


def _evidence(record: Record, pictures: Path) -> bytes:
    try:
        return (pictures / record.picture).read_bytes()
    except OSError:  # removed by hand
        return b""


def _findings(record: Record, site: str) -> Iterator[dict[str, Any]]:
    place = record.place
    for proposal in record.hazards:
        yield {
            "schema": "lifelane.finding/1",
            "finding_key": f"photo:{record.sha256[:40]}:{proposal.kind.value}",
            "source": "photo",
            "site": site,
            "kind": proposal.kind.value,
            "found_at": _found_at(record),
            "building": place.building[:200],
            "location": "/".join(filter(None, (place.building, place.part)))[:200],
            "content": _content(record, proposal)[:2000],
            "confidence": proposal.confidence,
            "model": record.model,
            "rule_version": PHOTO_RULES_VERSION,
        }


def _found_at(record: Record) -> str:
    # A photo without a time was found when it was reviewed; the record keeps that moment.
    moment = datetime.fromisoformat(record.taken_at or record.reviewed_at)
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _content(record: Record, proposal: Proposal) -> str:
    things = "、".join(
        f"{CLASS_WORDS.get(subject.class_name, subject.class_name)} {subject.confidence:.2f}"
        for subject in proposal.subjects
    )
    unsure = "" if proposal.place_known else "；场所类型未知"
    note = f"；{record.note}" if record.note else ""
    untimed = "" if record.taken_at else "；照片未写拍摄时间"
    return f"巡查照片：{HAZARD_WORDS[proposal.kind][0]}（{things}）{unsure}{untimed}{note}"
