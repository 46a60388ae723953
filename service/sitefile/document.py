"""A site file that people and the browser both edit: comments and hand edits survive."""

import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any, Self

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.util import load_yaml_guess_indent

from service.errors import ChangedMeanwhile, InvalidRequest, NotFound, StorageUnavailable

__all__ = ["CameraEntry", "SiteDocument", "ZoneEntry"]

_BACKUPS_KEPT = 20
_SKELETON = """\
# Made by the desk. docs/site-file.md explains every field; edit it by hand as you like.
site: my-compound
incident_api: {url: "http://127.0.0.1:8000", key_env: LIFELANE_API_KEY}
cameras: []
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneEntry:
    """One zone as the browser edits it.

    Attributes:
        id: Its id in the site file.
        kind: Which rules judge it.
        polygon: Corners as shares of the picture's width and height, in [0, 1].
    """

    id: str
    kind: str
    polygon: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEntry:
    """One camera as the browser edits it.

    Attributes:
        id: Its id in the site file.
        name: In people's words; may be empty.
        source: As it is written: with ``${NAME}`` for the password.
        place: What kind of place it looks at.
        zones: What of its picture is protected.
    """

    id: str
    name: str
    source: str
    place: str
    zones: tuple[ZoneEntry, ...] = ()


class SiteDocument:
    """One reading of a site file, to be changed and saved.

    Args:
        path: The file.
        text: What stood in it.
        is_new: Whether there is no file yet.

    Raises:
        InvalidRequest: It is no YAML, or no mapping with a list of cameras.
    """

    def __init__(self, path: Path, text: str, *, is_new: bool) -> None:
        self.path = path
        self._digest = _digest(text)
        self._is_new = is_new
        self._yaml = YAML()
        self._yaml.preserve_quotes = True
        self._yaml.width = 4096
        try:
            _, indent, block_indent = load_yaml_guess_indent(text)
            self._yaml.indent(mapping=2, sequence=indent or 4, offset=block_indent if indent else 2)
            self._data: Any = self._yaml.load(text)
        except (YAMLError, ValueError) as error:
            raise InvalidRequest(f"{path}: cannot be read as YAML: {error}") from None
        if not isinstance(self._data, CommentedMap):
            raise InvalidRequest(f"{path}: expected 'site:' and 'cameras:', found something else")
        if self._data.get("cameras") is None:
            self._data["cameras"] = CommentedSeq()
        if not isinstance(self._data["cameras"], CommentedSeq):
            raise InvalidRequest(f"{path}: cameras: expected a list")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file; where there is none, begin a new one.

        Raises:
            InvalidRequest: It cannot be read as a site file.
            StorageUnavailable: The disk refuses.
        """
        try:
            return cls(path, path.read_text("utf-8"), is_new=False)
        except FileNotFoundError:
            return cls(path, _SKELETON, is_new=True)
        except UnicodeDecodeError as error:
            raise InvalidRequest(f"{path}: expected UTF-8: {error}") from None
        except OSError as error:
            raise StorageUnavailable(f"{path}: cannot be read: {error.strerror}") from error

    def cameras(self) -> list[CameraEntry]:
        """Its cameras in their order; what is no camera is passed over."""
        return [
            CameraEntry(
                id=str(each["id"]),
                name=str(each.get("name") or ""),
                source=str(each.get("source") or ""),
                place=str(each.get("place") or ""),
                zones=tuple(_zone(zone) for zone in each.get("zones") or () if "id" in zone),
            )
            for each in self._data["cameras"]
            if isinstance(each, dict) and "id" in each
        ]

    def put_camera(self, camera: CameraEntry) -> None:
        """Add a camera, or change the one with this id; its zones and other fields stay."""
        found = self._find(camera.id)
        if found is None:
            found = CommentedMap(id=camera.id)
            cameras = self._data["cameras"]
            # An empty list is written as [], which would keep its flow style.
            cameras.fa.set_block_style()
            cameras.append(found)
        for name in ("name", "source", "place"):
            value = getattr(camera, name)
            if value and found.get(name) != value:
                found[name] = value
        found.setdefault("zones", CommentedSeq())

    def remove_camera(self, camera_id: str) -> None:
        """Take a camera out.

        Raises:
            NotFound: There is no such camera.
        """
        found = self._find(camera_id)
        if found is None:
            raise NotFound(f"camera {camera_id}: the site file has none of this id")
        self._data["cameras"].remove(found)

    def put_zones(self, camera_id: str, zones: Sequence[ZoneEntry]) -> None:
        """Replace a camera's zones; what else a kept zone has (dwell, ground, ...) stays.

        Raises:
            NotFound: There is no such camera.
        """
        camera = self._find(camera_id)
        if camera is None:
            raise NotFound(f"camera {camera_id}: the site file has none of this id")
        if camera.get("zones") is None:
            camera["zones"] = CommentedSeq()
        written = camera["zones"]
        wanted = {zone.id: zone for zone in zones}
        for index in reversed(range(len(written))):
            if str(written[index].get("id")) not in wanted:
                del written[index]
        known = {str(each.get("id")): each for each in written}
        for zone in zones:
            found = known.get(zone.id)
            if found is None:
                found = CommentedMap(id=zone.id)
                written.fa.set_block_style()
                written.append(found)
            if found.get("kind") != zone.kind:
                found["kind"] = zone.kind
            corners = [[round(x, 4), round(y, 4)] for x, y in zone.polygon]
            if [[float(x), float(y)] for x, y in found.get("polygon") or ()] != corners:
                flow = CommentedSeq(corners)
                flow.fa.set_flow_style()
                found["polygon"] = flow

    def text(self) -> str:
        """What would be written."""
        target = StringIO()
        self._yaml.dump(self._data, target)
        return target.getvalue()

    def save(self, check: Callable[[Path], None]) -> Path | None:
        """Check what would be written, keep the old file as a backup, and take its place.

        Args:
            check: Called with a file that holds the new text, beside the real one; raises
                what is wrong with it.

        Returns:
            The backup; None where there was no file.

        Raises:
            ChangedMeanwhile: Somebody has edited the file since it was read; theirs stays.
            StorageUnavailable: The disk refuses.
        """
        candidate = self.path.with_name(f".{self.path.stem}.{secrets.token_hex(4)}.yaml")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            mode = 0o640 if self._is_new else stat.S_IMODE(self.path.stat().st_mode)
            candidate.write_text(self.text(), "utf-8")
            candidate.chmod(mode)
            check(candidate)
            if self._found_digest() != (None if self._is_new else self._digest):
                raise ChangedMeanwhile(
                    f"{self.path}: somebody has edited it since this page read it; load the page"
                    " again and repeat the change"
                )
            backup = self._back_up()
            with candidate.open("rb") as written:
                os.fsync(written.fileno())
            candidate.replace(self.path)
        except OSError as error:
            raise StorageUnavailable(f"{self.path}: cannot be written: {error.strerror}") from error
        finally:
            candidate.unlink(missing_ok=True)
        self._digest, self._is_new = _digest(self.text()), False
        return backup

    def _found_digest(self) -> str | None:
        try:
            return _digest(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return None

    def _back_up(self) -> Path | None:
        if self._is_new:
            return None
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        backup = self.path.with_name(f"{self.path.name}.{stamp}.bak")
        shutil.copy2(self.path, backup)
        for old in sorted(self.path.parent.glob(f"{self.path.name}.*.bak"))[:-_BACKUPS_KEPT]:
            old.unlink(missing_ok=True)
        return backup

    def _find(self, camera_id: str) -> Any:
        for each in self._data["cameras"]:
            if isinstance(each, dict) and str(each.get("id")) == camera_id:
                return each
        return None


def _zone(written: Any) -> ZoneEntry:
    corners = [
        (float(corner[0]), float(corner[1]))
        for corner in written.get("polygon") or ()
        if isinstance(corner, list) and len(corner) == 2
    ]
    return ZoneEntry(
        id=str(written["id"]), kind=str(written.get("kind") or ""), polygon=tuple(corners)
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
