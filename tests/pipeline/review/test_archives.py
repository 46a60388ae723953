"""Zip archives: their names, and every trick that they can play."""

import io
import zipfile
from pathlib import Path

import pytest
from patrol_photos import jpeg, noise

from pipeline.errors import PhotoError
from pipeline.review.archives import list_members, read_member


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    return jpeg(noise(1), tmp_path / "photo.jpg").read_bytes()


def test_members_and_what_is_refused(tmp_path: Path, photo: bytes) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sub/", "")
        archive.writestr("sub/good.JPG", photo)
        archive.writestr("../up.jpg", photo)
        archive.writestr("/etc/root.jpg", photo)
        archive.writestr("..\\windows.jpg", photo)
        archive.writestr("C:/drive.jpg", photo)
        archive.writestr("bomb.png", bytes(3_000_000))
        archive.writestr("inner.zip", b"PK")
        archive.writestr("movie.mp4", b"...")
    refused = {member.name: member.refusal for member in list_members(path)}
    assert refused.pop("sub/good.JPG") == ""
    for name in ("../up.jpg", "/etc/root.jpg", "C:/drive.jpg"):
        assert "leads out of the archive" in refused.pop(name)
    assert "leads out of the archive" in refused.pop(
        next(name for name in refused if "windows" in name)
    )
    assert "no photo shrinks like that" in refused.pop("bomb.png")
    assert "inside an archive" in refused.pop("inner.zip")
    assert "no photo: .mp4" in refused.pop("movie.mp4")
    assert not refused


def test_a_second_file_of_the_same_name_is_accounted_for(tmp_path: Path, photo: bytes) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.jpg", photo)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("x.jpg", photo + b"0")
    first, second = list_members(path)
    assert (first.refusal, read_member(path, first.index, "x").getvalue()) == ("", photo)
    assert second.refusal.startswith("a second file of this name")
    assert second.name != first.name


def test_chinese_names_of_old_archivers(tmp_path: Path, photo: bytes) -> None:
    path = tmp_path / "a.zip"
    raw = "三号楼/电梯.jpg".encode("gbk")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("N" * len(raw) + ".jpg", photo)
    # zipfile itself always writes UTF-8 for such names: put the bytes of Windows in their place.
    path.write_bytes(path.read_bytes().replace(b"N" * len(raw) + b".jpg", raw + b".jpg"))
    (member,) = list_members(path)
    assert member.name == "三号楼/电梯.jpg.jpg"
    assert read_member(path, member.index, "x").getvalue() == photo


def test_a_member_whose_bytes_were_changed(tmp_path: Path, photo: bytes) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.jpg", photo)
    content = bytearray(path.read_bytes())
    content[200] ^= 255
    path.write_bytes(content)
    (member,) = list_members(path)
    with pytest.raises(PhotoError, match="damaged inside its archive"):
        read_member(path, member.index, "a.zip!/x.jpg")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no zip archive"),
        (b"PK\x03\x04" + bytes(100), "no zip archive"),
        (None, "no such file"),
    ],
)
def test_no_archive(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "a.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PhotoError, match=said):
        list(list_members(path))


def test_an_empty_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    path.write_bytes(buffer.getvalue())
    with pytest.raises(PhotoError, match="the archive is empty"):
        list(list_members(path))
