"""`lifelane detect`, through the real command line and the released weights."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from pipeline.cli.main import app
from pipeline.errors import ConfigError, ModelError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["detect", *map(str, arguments)])


def lines_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def names_above(line: dict[str, Any], confidence: float) -> list[str]:
    return [each["class"] for each in line["detections"] if each["confidence"] > confidence]


def test_the_two_photos_of_the_wheel(wheel_photos: dict[str, Path]) -> None:
    result = run(wheel_photos["bus"], wheel_photos["zidane"], "--json")
    assert result.exit_code == 0, result.stderr
    bus, zidane = lines_of(result)
    assert set(bus) == {"file", "width", "height", "model", "detections"}
    assert (bus["file"], bus["width"], bus["height"]) == (str(wheel_photos["bus"]), 810, 1080)
    assert bus["model"].startswith("lifelane-n@")
    assert names_above(bus, 0.5).count("bus") == 1
    assert names_above(bus, 0.5).count("person") >= 3
    assert names_above(zidane, 0.5).count("person") == 2
    for each in bus["detections"]:
        assert set(each) == {"class", "confidence", "xyxy"}
        left, top, right, bottom = each["xyxy"]
        assert 0 <= left < right <= 810
        assert 0 <= top < bottom <= 1080


def test_a_photo_that_lies_on_its_side_is_turned(
    tmp_path: Path, wheel_photos: dict[str, Path]
) -> None:
    side = tmp_path / "side.jpg"
    with Image.open(wheel_photos["bus"]) as picture:
        exif = Image.Exif()
        exif[0x0112] = 6  # turn by 90 degrees to the right to look at it
        picture.transpose(Image.Transpose.ROTATE_90).save(side, exif=exif, quality=95)
    (line,) = lines_of(run(side, "--json"))
    assert (line["width"], line["height"]) == (810, 1080)
    assert "bus" in names_above(line, 0.5)


def test_a_folder_is_walked_in_order_and_other_files_are_passed_over(
    tmp_path: Path, wheel_photos: dict[str, Path]
) -> None:
    image = cv2.resize(cv2.imread(str(wheel_photos["bus"])), (203, 270))
    names = ["b/2.png", "b/1.jpg", "a.JPG", *(f"c/{number:02}.jpg" for number in range(9))]
    for name in names:
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(target), image)
    (tmp_path / "notes.txt").write_text("not a photo", encoding="utf-8")
    result = run(tmp_path, "--json", "--input-size", 320)
    assert result.exit_code == 0
    files = [Path(line["file"]).relative_to(tmp_path).as_posix() for line in lines_of(result)]
    assert files == ["a.JPG", "b/1.jpg", "b/2.png", *(f"c/{number:02}.jpg" for number in range(9))]


@pytest.fixture
def bad_photos(tmp_path: Path, wheel_photos: dict[str, Path]) -> list[Path]:
    """A text, nothing at all, half a photo, and no file."""
    text, empty, half = (tmp_path / name for name in ("text.jpg", "empty.jpg", "half.jpg"))
    text.write_text("this is a text", encoding="utf-8")
    empty.touch()
    half.write_bytes(wheel_photos["bus"].read_bytes()[:60_000])
    return [text, empty, half, tmp_path / "nowhere.jpg"]


def test_bad_photos_are_named_in_their_place_and_the_rest_goes_on(
    bad_photos: Sequence[Path], wheel_photos: dict[str, Path]
) -> None:
    result = run(bad_photos[0], wheel_photos["bus"], *bad_photos[1:], "--json")
    assert result.exit_code == 1
    lines = lines_of(result)
    assert [line["file"] for line in lines] == [
        str(path) for path in (bad_photos[0], wheel_photos["bus"], *bad_photos[1:])
    ]
    assert "bus" in names_above(lines[1], 0.5)
    for line in [lines[0], *lines[2:]]:
        assert set(line) == {"file", "error"}
    assert "0 bytes" in lines[2]["error"]
    assert "no such file" in lines[4]["error"]


def test_without_json_bad_photos_go_to_standard_error(
    bad_photos: Sequence[Path], wheel_photos: dict[str, Path]
) -> None:
    result = run(*bad_photos, wheel_photos["bus"])
    assert result.exit_code == 1
    assert "bus 0." in result.stdout
    for path in bad_photos:
        assert result.stderr.count(str(path)) == 1
        assert str(path) not in result.stdout


@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_to_look_at(tmp_path: Path, as_json: bool) -> None:
    arguments = [tmp_path, tmp_path / "nowhere.jpg", *(["--json"] if as_json else [])]
    result = run(*arguments)
    assert isinstance(result.exception, ConfigError)
    assert "no photo to look at in:" in str(result.exception)
    assert ("nowhere.jpg" in result.stdout) is as_json


def test_copies_are_saved_under_names_of_their_own(
    tmp_path: Path, wheel_photos: dict[str, Path]
) -> None:
    twin = tmp_path / "in" / "bus.jpg"
    twin.parent.mkdir()
    twin.write_bytes(wheel_photos["bus"].read_bytes())
    target = tmp_path / "out"
    result = run(wheel_photos["bus"], twin, "--save", target)
    assert result.exit_code == 0, result.stderr
    assert sorted(path.name for path in target.iterdir()) == ["bus-2.jpg", "bus.jpg"]
    original, drawn = (cv2.imread(str(path)) for path in (twin, target / "bus.jpg"))
    assert drawn.shape == original.shape
    assert (abs(drawn.astype(int) - original) > 60).any(axis=2).mean() > 0.005


def test_copies_never_overwrite_the_photos(tmp_path: Path, wheel_photos: dict[str, Path]) -> None:
    photo = tmp_path / "bus.jpg"
    photo.write_bytes(wheel_photos["bus"].read_bytes())
    result = run(photo, "--save", tmp_path)
    assert isinstance(result.exception, ConfigError)
    assert photo.read_bytes() == wheel_photos["bus"].read_bytes()


def test_options_reach_the_detector(wheel_photos: dict[str, Path]) -> None:
    bus = wheel_photos["bus"]
    (every,) = lines_of(run(bus, "--json", "--confidence", 0.01, "--threads", 1))
    (sure,) = lines_of(run(bus, "--json", "--confidence", 0.7))
    assert len(every["detections"]) > len(sure["detections"]) > 0
    assert min(each["confidence"] for each in sure["detections"]) > 0.7
    result = run(bus, "--model", "nemo")
    assert isinstance(result.exception, ModelError)
    assert run(bus, "--confidence", 1.5).exit_code == 2
    assert run(bus, "--backend", "tflite").exit_code == 2
    assert run().exit_code == 2


def run_alone(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as the user starts it."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli.main", "detect", *map(str, arguments)],
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[3],
    )


def test_a_fresh_process_whose_first_photo_is_bad(
    bad_photos: Sequence[Path], wheel_photos: dict[str, Path]
) -> None:
    done = run_alone(bad_photos[0], wheel_photos["bus"], "--json")
    assert done.returncode == 1, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert "error" in first
    assert "bus" in names_above(second, 0.5)
    assert "Traceback" not in done.stderr


def test_a_fresh_process_with_nothing_to_look_at(tmp_path: Path) -> None:
    done = run_alone(tmp_path / "nowhere.jpg")
    assert done.returncode == 2
    assert "there is no such file or folder" in done.stderr
    assert "lifelane: no photo to look at in:" in done.stderr
    assert "Traceback" not in done.stderr


def test_detecting_needs_no_torch(wheel_photos: dict[str, Path], tmp_path: Path) -> None:
    """A machine without the extra `train`: torch and ultralytics cannot be imported."""
    for name in ("torch", "ultralytics"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('not installed')\n")
    done = run_alone(wheel_photos["bus"], "--json", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    refused = run_alone(wheel_photos["bus"], "--backend", "ultralytics", PYTHONPATH=str(tmp_path))
    assert refused.returncode == 2
    assert "pip install 'lifelane[train]'" in refused.stderr
