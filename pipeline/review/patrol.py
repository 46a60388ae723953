"""A patrol's photos from the first to the last: decoded, compared, looked at, written down."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.detectors import Detector
from pipeline.errors import StateError
from pipeline.evidence import Privacy, encode_jpeg
from pipeline.evidence.drawing import LabelledBox, draw_boxes, limit_size
from pipeline.review.decoders import DecoderPool
from pipeline.review.decoding import Decoded, DecodeJob, Refused
from pipeline.review.inputs import Item
from pipeline.review.journal import Journal, Twin
from pipeline.review.judging import PHOTO_RULES_VERSION, Proposal, judge_photo
from pipeline.review.likeness import LikenessIndex, is_same_sketch
from pipeline.review.place_table import PlaceTable
from pipeline.review.places import NOWHERE, PathPattern, Place, place_of_qr, place_of_words
from pipeline.review.record import Outcome, Record
from pipeline.review.words import CLASS_WORDS
from pipeline.types import Detections

__all__ = ["PICTURES_NAME", "Patrol", "PlaceFinder"]

#: Folder of the pictures with boxes, below the review's folder.
PICTURES_NAME: Final = "pictures"
# Photos that go to the model together: one after the other on a CPU, at once on an accelerator.
_GROUP = 4
_THUMBNAIL_PX = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFinder:
    """Says where a photo was taken.

    The table goes before the QR code in the picture, that before the path's pattern, that before
    the choice for all, and that before the names of the folders.

    Attributes:
        table: Rows by file; None where there is no table.
        pattern: Reads the path; None where there is no pattern.
        choice: For all photos of which nothing better is known.
        use_qr: Whether to look for QR codes.
    """

    table: PlaceTable | None = None
    pattern: PathPattern | None = None
    choice: Place = NOWHERE
    use_qr: bool = True

    def find(self, below: str, qr_texts: Sequence[str]) -> tuple[Place, str]:
        """Place and note of the photo at ``below``, its path below the folder."""
        row = None if self.table is None else self.table.row(below)
        note = "" if row is None else row.note
        if row is not None and (row.place.words or row.place.kind):
            return row.place, note
        for text in qr_texts:
            if (place := place_of_qr(text)) is not None:
                return place, note
        if self.pattern is not None and (place := self.pattern.place(below)) is not None:
            return place, note
        if self.choice is not NOWHERE:
            return self.choice, note
        folders = below.rpartition("/")[0]
        return (place_of_words(folders, origin="folder") if folders else NOWHERE), note


class Patrol:
    """Reviews photos into a folder.

    Args:
        folder: The review's folder, which must exist and be held by the caller.
        journal: Its record.
        detector: Looks at the photos; it is called from several threads at once.
        places: Says where they were taken.
        settings: A word that changes whenever anything would be judged in another way.
        processes: Decoders beside this process.
        timezone: Where a camera wrote a time without offset, it is of this zone.
    """

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        *,
        detector: Detector,
        places: PlaceFinder,
        settings: str,
        processes: int,
        timezone: tzinfo,
    ) -> None:
        self._pictures = folder / PICTURES_NAME
        self._journal = journal
        self._detector = detector
        self._places = places
        self._settings = f"{settings} {detector.model_version} {PHOTO_RULES_VERSION}"
        self._processes = processes
        self._timezone = timezone
        self._likeness = LikenessIndex()
        self._pending: deque[_Step] = deque()
        self._ahead = (processes + 1) * _GROUP
        self._row = 1
        self.reviewed = 0
        """Files that were looked at in this run; the others were known already."""

    def run(self, items: Iterator[Item]) -> Iterator[Record]:
        """Give the record of each file, in order, as soon as it is on disk.

        Raises:
            StateError: The folder or the record cannot be written.
        """
        self._journal.forget_other_settings(self._settings)
        self._row = self._journal.next_row()
        for row, known in self._journal.hashes():
            self._likeness.add(row, known)
        with (
            DecoderPool(self._processes) as decoders,
            # The model runs on one thread a photo, which is faster than several on each.
            ThreadPoolExecutor(self._processes, "look") as lookers,
        ):
            group: list[_Step] = []
            for step, decoded in decoders.map(self._steps(items)):
                step.decoded = decoded
                if isinstance(decoded, Decoded):
                    self._compare(step, decoded)
                self._pending.append(step)
                if step.is_new_photo:
                    group.append(step)
                if len(group) == _GROUP or (group and len(self._pending) >= self._ahead):
                    self._send(group, lookers)
                    group = []
                yield from self._settle(at_most=self._ahead)
            self._send(group, lookers)
            yield from self._settle(at_most=0)

    def _send(self, group: list["_Step"], lookers: ThreadPoolExecutor) -> None:
        looks = lookers.submit(self._look, group)
        for step in group:
            step.looks = looks

    def _steps(self, items: Iterator[Item]) -> Iterator[tuple["_Step", DecodeJob | None]]:
        for item in items:
            known = self._journal.find(item.key, item.mark, self._settings)
            if known is not None or item.refusal:
                # What it is called may change with the folder that the command is started in.
                yield _Step(item=item, known=known and replace(known, file=item.file)), None
                continue
            self._journal.forget(item.key)
            job = DecodeJob(
                file=item.file,
                path=item.path,
                member=item.member,
                look_for_qr=self._places.use_qr,
            )
            yield _Step(item=item), job

    def _compare(self, step: "_Step", decoded: Decoded) -> None:
        """Find the photo that this one repeats, among those on disk and those about to be."""
        twin = self._journal.same_bytes(decoded.sha256)
        for each in self._pending:
            if each.is_new_photo and each.photo.sha256 == decoded.sha256:
                twin = each.as_twin()
        if twin is not None:
            step.twin, step.reason = twin, f"the same file as {twin.file}"
            return
        pending = {each.row: each for each in self._pending if each.is_new_photo}
        for row in self._likeness.candidates(decoded.perceptual_hash):
            twin = pending[row].as_twin() if row in pending else self._journal.twin(row)
            if twin is not None and is_same_sketch(twin.sketch, decoded.sketch):
                step.twin, step.reason = twin, f"the same picture as {twin.file}"
                return
        step.row = self._take_row()
        self._likeness.add(step.row, decoded.perceptual_hash)

    def _take_row(self) -> int:
        self._row += 1
        return self._row - 1

    def _look(self, group: list["_Step"]) -> None:
        """Look at photos and write their records; runs beside the main thread."""
        found = self._detector.detect([step.photo.image for step in group])
        for step, detections in zip(group, found, strict=True):
            step.record = self._record(step, detections)

    def _settle(self, *, at_most: int) -> list[Record]:
        """Write down what is finished and give it, in order.

        Args:
            at_most: Wait until no more than so many files are on their way.
        """
        ready: list[_Step] = []
        while self._pending and (self._pending[0].is_settled or len(self._pending) > at_most):
            step = self._pending.popleft()
            if step.looks is not None:
                step.looks.result()
            ready.append(step)
        if not ready:
            return []
        records = [step.known or step.record or self._record(step, None) for step in ready]
        with self._journal.transaction():
            for step, record in zip(ready, records, strict=True):
                if step.known is not None:
                    continue
                self.reviewed += 1
                decoded = step.decoded if isinstance(step.decoded, Decoded) else None
                self._journal.write(
                    step.row or self._take_row(),
                    record,
                    settings=self._settings,
                    perceptual_hash=None if decoded is None else decoded.perceptual_hash,
                    sketch=None if decoded is None else decoded.sketch,
                )
        return records

    def _record(self, step: "_Step", detections: Detections | None) -> Record:
        item, decoded = step.item, step.decoded
        refusal = item.refusal or (decoded.reason if isinstance(decoded, Refused) else "")
        qr_texts = decoded.qr_texts if isinstance(decoded, Decoded) else ()
        place, note = self._places.find(item.below, qr_texts)
        record = Record(
            key=item.key,
            file=item.file,
            mark=item.mark,
            outcome=Outcome.UNREADABLE,
            reason=refusal,
            place=place,
            note=note,
            is_system=item.is_system,
            reviewed_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        if not isinstance(decoded, Decoded):
            return record
        record = replace(
            record,
            outcome=Outcome.DUPLICATE,
            reason=step.reason,
            twin_of="" if step.twin is None else step.twin.key,
            taken_at=self._taken_at(decoded),
            position=decoded.position,
            size_wh=decoded.size_wh,
            sha256=decoded.sha256,
        )
        if detections is None:
            return record
        hazards = judge_photo(
            detections,
            vocabulary=self._detector.classes,
            size_wh=(decoded.image.shape[1], decoded.image.shape[0]),
            place=place.kind,
        )
        # Reports are passed on: heads and plates are made unreadable in all their pictures.
        shown = Privacy().hidden(decoded.image, detections, self._detector.classes)
        return replace(
            record,
            outcome=Outcome.DONE,
            hazards=hazards,
            picture=self._draw(decoded.sha256, shown, hazards) if hazards else "",
            model=self._detector.model_version,
            thumbnail=encode_jpeg(limit_size(shown, _THUMBNAIL_PX), quality=70),
        )

    def _taken_at(self, decoded: Decoded) -> str:
        taken_at = decoded.taken_at
        if taken_at is None:
            return ""
        if taken_at.tzinfo is None:
            taken_at = taken_at.replace(tzinfo=self._timezone)
        return taken_at.isoformat(timespec="seconds")

    def _draw(self, sha256: str, image: NDArray[np.uint8], hazards: tuple[Proposal, ...]) -> str:
        boxes = [
            LabelledBox(
                text=f"{CLASS_WORDS.get(subject.class_name, subject.class_name)}"
                f" {subject.confidence:.2f}",
                xyxy_norm=subject.xyxy_norm,
            )
            for subject in dict.fromkeys(
                subject for proposal in hazards for subject in proposal.subjects
            )
        ]
        content = encode_jpeg(draw_boxes(image, boxes), quality=80)
        name = f"{sha256[:32]}.jpg"
        try:
            self._pictures.mkdir(exist_ok=True)
            partial = self._pictures / f"{name}.part"
            partial.write_bytes(content)
            partial.replace(self._pictures / name)
        except OSError as error:
            raise StateError(
                f"{self._pictures / name}: cannot be written: {error.strerror}; check space and"
                " rights of the folder, then start the review again: it goes on where it was"
            ) from error
        return name


@dataclass(slots=True, kw_only=True, eq=False)
class _Step:
    """One file on its way through."""

    item: Item
    known: Record | None = None
    decoded: Decoded | Refused | None = None
    twin: Twin | None = None
    reason: str = ""
    row: int = 0
    looks: Future[None] | None = None
    record: Record | None = None

    @property
    def is_new_photo(self) -> bool:
        return self.row > 0

    @property
    def is_settled(self) -> bool:
        return not self.is_new_photo or (self.looks is not None and self.looks.done())

    @property
    def photo(self) -> Decoded:
        assert isinstance(self.decoded, Decoded)  # noqa: S101  (a row is given to photos alone)
        return self.decoded

    def as_twin(self) -> Twin:
        return Twin(key=self.item.key, file=self.item.file, sketch=self.photo.sketch)
