"""References on disk: whole, attributed, and one damaged one takes no other with it."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from corridor_scenes import CLIP, NOW, Image, frames_of, infrared

from pipeline.clutter import CleanReference, LightMode, ReferenceLibrary
from pipeline.errors import StateError

(CLEAN,) = frames_of(CLIP, 2)


def take(library: ReferenceLibrary, image: Image = CLEAN, camera: str = "cam") -> CleanReference:
    return library.add(camera_id=camera, image=image, taken_at=NOW, origin="stream")


def audit(library: ReferenceLibrary) -> list[dict[str, object]]:
    lines = (library.folder / "audit.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_taken_approved_read_back_and_dropped(tmp_path: Path) -> None:
    library = ReferenceLibrary(tmp_path)
    assert library.load("cam") == ([], [])
    taken = take(library)
    assert not taken.approved
    before = library.signature("cam")
    library.approve("cam", taken.id[:6], by=" 王  工 ")
    assert library.signature("cam") != before
    ((found,), troubles) = library.load("cam")
    assert not troubles
    assert found.approved
    assert (found.approved_by, found.mode, found.size_wh) == ("王 工", LightMode.DAY, (640, 360))
    assert (found.taken_at, found.origin, found.sha256) == (NOW, "stream", taken.sha256)
    assert np.array_equal(found.image, CLEAN)
    library.drop("cam", taken.id, by="李工")
    assert library.load("cam") == ([], [])
    assert not list(library.folder.glob("cam/*"))
    assert [(line["act"], line["by"]) for line in audit(library)] == [
        ("take", ""),
        ("approve", "王 工"),
        ("drop", "李工"),
    ]
    assert {line["sha256"] for line in audit(library)} == {taken.sha256}


def test_infrared_is_told_from_the_picture(tmp_path: Path) -> None:
    assert take(ReferenceLibrary(tmp_path), infrared(CLEAN)).mode is LightMode.INFRARED


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x00b"])
def test_an_approval_needs_a_name(tmp_path: Path, name: str) -> None:
    library = ReferenceLibrary(tmp_path)
    taken = take(library)
    with pytest.raises(StateError, match="expected a name of at most 80 characters"):
        library.approve("cam", taken.id, by=name)
    assert not library.load("cam")[0][0].approved


def test_ids_that_name_none_or_several(tmp_path: Path) -> None:
    library = ReferenceLibrary(tmp_path)
    with pytest.raises(StateError, match="found none that begins with 'abc'; there is: none"):
        library.approve("cam", "abc", by="王工")
    taken = take(library)
    with pytest.raises(StateError, match=f"there is: {taken.id}"):
        library.find("cam", "")


def test_pictures_that_show_no_place_are_refused(tmp_path: Path) -> None:
    library = ReferenceLibrary(tmp_path)
    with pytest.raises(StateError, match="found an even surface: is the lens covered"):
        take(library, np.full((360, 640, 3), 17, np.uint8))
    with pytest.raises(StateError, match="at least 120 px a side, found 100x80"):
        take(library, np.asarray(cv2.resize(CLEAN, (100, 80)), np.uint8))


def test_a_changed_or_foreign_file_is_said_and_the_others_serve(tmp_path: Path) -> None:
    library = ReferenceLibrary(tmp_path)
    good = take(library)
    changed = take(library, np.asarray(cv2.flip(CLEAN, 1), np.uint8))
    other = take(library, camera="other")
    with (library.folder / "cam" / f"{changed.id}.png").open("r+b") as file:
        file.seek(200)
        file.write(b"\0\1\2\3")
    stray = library.folder / "cam" / "stray.json"
    stray.write_bytes((library.folder / "other" / f"{other.id}.json").read_bytes())
    (library.folder / "cam" / "half.json").write_text('{"schema": ')
    usable, troubles = library.load("cam")
    assert [each.id for each in usable] == [good.id]
    assert len(troubles) == 3
    said = "\n".join(troubles)
    assert "the picture was changed: expected sha256" in said
    assert "expected camera cam, found 'other'" in said
    assert "half.json: cannot be used" in said


def test_a_full_disk_or_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "references").write_text("in the way")
    with pytest.raises(StateError, match="cannot be written"):
        take(ReferenceLibrary(tmp_path))
