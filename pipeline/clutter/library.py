"""The clean references of a site, on disk, each with the name of whoever approved it.

In the state folder: ``references/<camera>/<id>.png`` and ``<id>.json``, and
``references/audit.jsonl``, one line for every taking, approval and removal. Files are written
whole or not at all, so that a running watcher may read at any time.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.clutter.picture import looks_infrared
from pipeline.clutter.reference import CleanReference, LightMode
from pipeline.errors import StateError

__all__ = ["ReferenceLibrary"]

_SCHEMA: Final = "lifelane.reference/1"
_LEAST_SIDE_PX: Final = 120
_LONGEST_NAME: Final = 80


class ReferenceLibrary:
    """References of all cameras of one site.

    Args:
        state_dir: The site's state folder; nothing is made until something is added.
    """

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / "references"

    def add(
        self, *, camera_id: str, image: NDArray[np.uint8], taken_at: datetime, origin: str
    ) -> CleanReference:
        """Keep a picture as a reference that waits for approval.

        Args:
            camera_id: Camera that it is of.
            image: ``(H, W, 3)`` uint8 BGR, as the camera's stream delivers it.
            taken_at: When it was taken, aware.
            origin: Where it came from; no address with a password.

        Raises:
            StateError: The picture is too small or without any contrast, or the disk refused.
        """
        height, width = image.shape[:2]
        if min(height, width) < _LEAST_SIDE_PX:
            raise StateError(
                f"reference of camera {camera_id}: expected a picture of at least"
                f" {_LEAST_SIDE_PX} px a side, found {width}x{height}"
            )
        if float(image.std()) < 4.0:
            raise StateError(
                f"reference of camera {camera_id}: expected a picture of the place, found an even"
                " surface: is the lens covered, or the light off?"
            )
        done, encoded = cv2.imencode(".png", np.ascontiguousarray(image))
        if not done:
            raise StateError(f"reference of camera {camera_id}: cannot be encoded as PNG")
        content = encoded.tobytes()
        sha256 = hashlib.sha256(content).hexdigest()
        kept = CleanReference(
            id=sha256[:12],
            camera_id=camera_id,
            mode=LightMode.INFRARED if looks_infrared(image) else LightMode.DAY,
            size_wh=(width, height),
            sha256=sha256,
            taken_at=taken_at,
            origin=origin,
            approved_by="",
            approved_at=None,
            image=image,
        )
        folder = self._camera_folder(camera_id)
        self._write(folder / f"{kept.id}.png", content)
        self._write_card(kept)
        self._note("take", kept, by="")
        return kept

    def approve(self, camera_id: str, reference_id: str, *, by: str) -> CleanReference:
        """Put a person's name to it: the place is clean on this picture.

        Args:
            camera_id: Camera.
            reference_id: Id, or its first characters if they are enough.
            by: Name of whoever has looked at it.

        Raises:
            StateError: No such reference, no name, or the disk refused.
        """
        name = _person(by)
        found = self.find(camera_id, reference_id)
        approved = replace(found, approved_by=name, approved_at=datetime.now(UTC))
        self._write_card(approved)
        self._note("approve", approved, by=name)
        return approved

    def drop(self, camera_id: str, reference_id: str, *, by: str) -> CleanReference:
        """Remove a reference for good; the line in the audit file stays.

        Raises:
            StateError: No such reference, no name, or the disk refused.
        """
        name = _person(by)
        found = self.find(camera_id, reference_id)
        self._note("drop", found, by=name)
        folder = self._camera_folder(camera_id)
        try:
            # The card first: a picture without one is not a reference.
            (folder / f"{found.id}.json").unlink(missing_ok=True)
            (folder / f"{found.id}.png").unlink(missing_ok=True)
        except OSError as error:
            raise StateError(f"{folder}: cannot delete: {error.strerror}") from error
        return found

    def find(self, camera_id: str, reference_id: str) -> CleanReference:
        """The one reference whose id begins like this.

        Raises:
            StateError: None or several do; the message lists what there is.
        """
        usable, _ = self.load(camera_id)
        found = [each for each in usable if reference_id and each.id.startswith(reference_id)]
        if len(found) != 1:
            known = ", ".join(each.id for each in usable) or "none"
            how_many = "several" if found else "none"
            raise StateError(
                f"camera {camera_id}: expected the id of one reference, found {how_many} that"
                f" begins with {reference_id!r}; there is: {known}"
            )
        return found[0]

    def load(self, camera_id: str) -> tuple[list[CleanReference], list[str]]:
        """All references of a camera, approved or not, oldest first.

        Returns:
            The references, and a message for each file that cannot be used: one damaged
            reference never takes the others with it.
        """
        found, troubles = [], []
        for card in sorted(self._camera_folder(camera_id).glob("*.json")):
            try:
                found.append(self._read(card, camera_id))
            except (OSError, ValueError, KeyError, TypeError) as error:
                troubles.append(
                    f"{card}: cannot be used: {error}; take a new one with"
                    " `lifelane reference take`, and drop this"
                )
        return sorted(found, key=lambda each: (each.taken_at, each.id)), troubles

    def signature(self, camera_id: str) -> tuple[tuple[str, int], ...]:
        """Changes whenever a reference of the camera is added, approved or dropped."""
        cards = sorted(self._camera_folder(camera_id).glob("*.json"))
        signature = []
        for card in cards:
            try:
                signature.append((card.name, card.stat().st_mtime_ns))
            except OSError:
                continue  # dropped this very moment
        return tuple(signature)

    def _camera_folder(self, camera_id: str) -> Path:
        return self.folder / camera_id

    def _read(self, card: Path, camera_id: str) -> CleanReference:
        data = json.loads(card.read_text("utf-8"))
        if data["schema"] != _SCHEMA:
            raise ValueError(f"expected schema {_SCHEMA}, found {data['schema']!r:.40}")
        if data["camera_id"] != camera_id:
            raise ValueError(f"expected camera {camera_id}, found {data['camera_id']!r:.80}")
        content = card.with_suffix(".png").read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if digest != data["sha256"]:
            raise ValueError(
                f"the picture was changed: expected sha256 {data['sha256']:.12}, found {digest:.12}"
            )
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError("the picture cannot be decoded")
        approved_at = data["approved_at"]
        return CleanReference(
            id=str(data["id"]),
            camera_id=camera_id,
            mode=LightMode(data["mode"]),
            size_wh=(int(image.shape[1]), int(image.shape[0])),
            sha256=digest,
            taken_at=datetime.fromisoformat(data["taken_at"]),
            origin=str(data["origin"]),
            approved_by=str(data["approved_by"]),
            approved_at=None if approved_at is None else datetime.fromisoformat(approved_at),
            image=np.asarray(image, np.uint8),
        )

    def _write_card(self, kept: CleanReference) -> None:
        card = {"schema": _SCHEMA, **_facts(kept)}
        path = self._camera_folder(kept.camera_id) / f"{kept.id}.json"
        self._write(path, json.dumps(card, ensure_ascii=False, indent=1).encode())

    def _write(self, path: Path, content: bytes) -> None:
        half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            with half.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
        except OSError as error:
            raise StateError(
                f"{path}: cannot be written: {error.strerror}; free space on that disk and check"
                " that this user may write there"
            ) from error

    def _note(self, act: str, kept: CleanReference, *, by: str) -> None:
        line = {"at": datetime.now(UTC).isoformat(), "act": act, "by": by, **_facts(kept)}
        path = self.folder / "audit.jsonl"
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StateError(f"{path}: cannot be written: {error.strerror}") from error


def _facts(kept: CleanReference) -> Mapping[str, Any]:
    return {
        "id": kept.id,
        "camera_id": kept.camera_id,
        "mode": kept.mode.value,
        "size_wh": list(kept.size_wh),
        "sha256": kept.sha256,
        "taken_at": kept.taken_at.isoformat(),
        "origin": kept.origin,
        "approved_by": kept.approved_by,
        "approved_at": None if kept.approved_at is None else kept.approved_at.isoformat(),
    }


def _person(by: str) -> str:
    name = " ".join(by.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise StateError(
            "a reference is approved or dropped by a person: expected a name of at most"
            f" {_LONGEST_NAME} characters, found {by!r:.100}; write --by 姓名"
        )
    return name
