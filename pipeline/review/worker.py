"""The worker of the upload queue: fetched, reviewed, posted, settled, in this order.

A photo is settled only when its proposals are in the ledger, and every step may be repeated:
the record of the review knows what was looked at, the ledger what was posted. So neither side
loses or doubles anything when it is killed between any two steps.
"""

import logging
import secrets
import threading
from collections.abc import Sequence
from datetime import UTC, tzinfo
from pathlib import Path

from pipeline.detectors import Detector
from pipeline.errors import DeliveryError, StateError
from pipeline.review.inputs import Item
from pipeline.review.journal import Journal
from pipeline.review.patrol import PICTURES_NAME, Patrol, PlaceFinder
from pipeline.review.places import NOWHERE, place_of_words
from pipeline.review.posting import FindingPoster
from pipeline.review.queue_client import QueueClient, QueuedPhoto
from pipeline.review.record import Record

__all__ = ["ReviewWorker", "worker_name"]

_log = logging.getLogger("lifelane.review")
_NAME_FILE = "worker-name"
_ORIGINALS = "originals"
# One batch: enough to keep the decoders busy, few enough that a claim never lapses.
_AT_ONCE = 32
_WAIT_S = 2.0
_TRY_AGAIN_S = 5.0


def worker_name(folder: Path) -> str:
    """The name that this folder's worker keeps for good; the first call makes it.

    Raises:
        StateError: The folder cannot be written.
    """
    path = folder / _NAME_FILE
    try:
        if not path.is_file():
            partial = path.with_name(f"{path.name}.part")
            partial.write_text(f"worker-{secrets.token_hex(8)}", encoding="ascii")
            partial.replace(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise StateError(f"{path}: cannot be used: {error.strerror}; check its rights") from error


class ReviewWorker:
    """Works the queue off, batch by batch.

    Args:
        folder: Held by the caller; each patrol has a folder of its own below.
        queue: The service's queue.
        url: Base address of the incident API, for the findings.
        api_key: Its key; never shown.
        detector: Looks at the photos.
        settings: A word that changes whenever anything would be judged in another way.
        processes: Decoders beside this process.
        timezone: Of cameras that write a time without it.
    """

    def __init__(
        self,
        folder: Path,
        queue: QueueClient,
        *,
        url: str,
        api_key: str,
        detector: Detector,
        settings: str,
        processes: int,
        timezone: tzinfo,
    ) -> None:
        self._folder = folder
        self._queue = queue
        self._url = url
        self._api_key = api_key
        self._detector = detector
        self._settings = settings
        self._processes = processes
        self._timezone = timezone

    def run(self, stopping: threading.Event, *, until_empty: bool = False) -> int:
        """Work until ``stopping`` is set, or until nothing waits.

        Returns:
            Photos settled.

        Raises:
            ConfigError: The key may not do this.
            DeliveryError: With ``until_empty``: the service does not answer.
            StateError: The folder cannot be written.
        """
        settled = 0
        while not stopping.is_set():
            try:
                photos = self._queue.claim(_AT_ONCE)
                self._sweep(photos)
                if photos:
                    self._work(photos)
                    settled += len(photos)
            except DeliveryError as error:
                if until_empty:
                    raise
                _log.warning("%s; trying again in %.0f s", error, _TRY_AGAIN_S)
                stopping.wait(_TRY_AGAIN_S)
                continue
            if not photos:
                if until_empty:
                    break
                stopping.wait(_WAIT_S)
        return settled

    def _sweep(self, held: Sequence[QueuedPhoto]) -> None:
        """Remove originals that are settled: a kill on either side may have left them behind."""
        kept = {(photo.patrol_id, str(photo.id)) for photo in held}
        for path in self._folder.glob(f"patrol-*/{_ORIGINALS}/*"):
            patrol_id = int(path.parent.parent.name.removeprefix("patrol-"))
            if (patrol_id, path.stem) not in kept:
                path.unlink(missing_ok=True)

    def _work(self, photos: Sequence[QueuedPhoto]) -> None:
        patrol = photos[0]
        folder = self._folder / f"patrol-{patrol.patrol_id}"
        originals = folder / _ORIGINALS
        try:
            originals.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(f"{originals}: cannot be made: {error.strerror}") from error
        items = []
        for photo in photos:
            path = originals / f"{photo.id}{photo.suffix}"
            self._queue.fetch(photo, path)
            items.append(_item(photo, path))
        journal = Journal(folder)
        try:
            reviewed = self._reviewed(folder, journal, patrol, items)
            poster = FindingPoster(url=self._url, api_key=self._api_key, site=patrol.site)
            with poster:
                for photo, item, record in zip(photos, items, reviewed, strict=True):
                    refused = poster.post_record(
                        record,
                        folder / PICTURES_NAME,
                        found_at=photo.created_at.astimezone(UTC).isoformat(),
                        note=photo.note,
                    )
                    self._queue.settle(
                        photo,
                        outcome=record.outcome.value,
                        reason="; ".join(filter(None, (record.reason, *refused))),
                        hazards=len(record.hazards),
                    )
                    # The service keeps the original; here it has done its work.
                    item.path.unlink(missing_ok=True)
        finally:
            journal.close()

    def _reviewed(
        self, folder: Path, journal: Journal, patrol: QueuedPhoto, items: list[Item]
    ) -> list[Record]:
        choice = place_of_words(patrol.place, origin="choice") if patrol.place else NOWHERE
        review = Patrol(
            folder,
            journal,
            detector=self._detector,
            places=PlaceFinder(choice=choice),
            settings=self._settings,
            processes=self._processes,
            timezone=self._timezone,
        )
        return list(review.run(iter(items)))


def _item(photo: QueuedPhoto, path: Path) -> Item:
    return Item(
        file=photo.file,
        key=f"photo:{photo.id}",
        below=photo.file,
        path=path,
        mark=photo.sha256,
    )
