"""Answers kept for a day, so that a repeated request gets the first one's."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.errors import EventConflict, InvalidRequest
from service.repository.database import Database
from service.tables import IdempotencyRow

__all__ = ["KeptAnswer", "begin_request", "forget_old_answers", "forget_request", "keep_answer"]

_KEEP = timedelta(days=1)
# A request that has no answer after so long died with its process.
_ABANDONED = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What an earlier request was answered."""

    status: int
    media_type: str
    body: str


def _name(caller: str, key: str) -> str:
    return hashlib.sha256(f"{caller}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()


def begin_request(
    database: Database, *, caller: str, key: str, request_sha256: str
) -> KeptAnswer | None:
    """Claim the key for this request; the answer of an earlier one when there is one.

    Args:
        database: Where answers are kept.
        caller: Whose key it is (a digest of the credential); two callers never meet.
        key: As the caller chose it.
        request_sha256: Digest of method, path and body.

    Raises:
        InvalidRequest: The key was used for another request.
        EventConflict: The first request is still under way.
    """

    def work(session: Session) -> KeptAnswer | None:
        now = datetime.now(UTC)
        row = session.get(IdempotencyRow, _name(caller, key), with_for_update=True)
        if row is None:
            session.add(
                IdempotencyRow(
                    key=_name(caller, key),
                    request_sha256=request_sha256,
                    status=None,
                    media_type="",
                    body="",
                    created_at=now,
                )
            )
            session.flush()
            return None
        if row.request_sha256 != request_sha256:
            raise InvalidRequest(
                "Idempotency-Key: was used for another request; take a new key for each",
                (("header.idempotency-key", "used for another request"),),
            )
        if row.status is not None:
            return KeptAnswer(status=row.status, media_type=row.media_type, body=row.body)
        if now - row.created_at < _ABANDONED:
            raise EventConflict(
                "Idempotency-Key: the first request with it is still under way; try again"
            )
        row.created_at = now
        return None

    return database.transact(work)


def keep_answer(database: Database, *, caller: str, key: str, answer: KeptAnswer) -> None:
    """Remember what the request was answered."""

    def work(session: Session) -> None:
        row = session.get(IdempotencyRow, _name(caller, key))
        if row is not None:
            row.status, row.media_type, row.body = answer.status, answer.media_type, answer.body

    database.transact(work)


def forget_request(database: Database, *, caller: str, key: str) -> None:
    """The request has failed for a reason that may pass: a repeat is a new try."""
    name = _name(caller, key)
    database.transact(
        lambda session: session.execute(delete(IdempotencyRow).where(IdempotencyRow.key == name))
    )


def forget_old_answers(database: Database) -> None:
    """Take away what is older than a day."""
    before = datetime.now(UTC) - _KEEP
    database.transact(
        lambda session: session.execute(
            delete(IdempotencyRow).where(IdempotencyRow.created_at < before)
        )
    )
