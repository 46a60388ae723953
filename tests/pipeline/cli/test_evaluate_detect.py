"""`lifelane evaluate detect`, on pictures of the demo clip and what their clip's list says."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from typer.testing import CliRunner, Result

from pipeline.cli.main import app
from pipeline.detectors import open_detector
from pipeline.errors import ConfigError
from pipeline.sources.photos import load_photo

NAMES = ["person", "bicycle", "ebike"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", "detect", *map(str, arguments)])


@pytest.fixture
def suite(tmp_path: Path, wheel_photos: dict[str, Path]) -> Path:
    """One photo labelled by the model itself plus a person who is not there; two grey ones."""
    for part in ("images", "labels", "cards"):
        (tmp_path / "street" / part).mkdir(parents=True)
        (tmp_path / "empty" / part).mkdir(parents=True)
    photo = load_photo(wheel_photos["bus"]).image
    height, width = photo.shape[:2]
    cv2.imwrite(str(tmp_path / "street" / "images" / "a_0010.png"), photo)
    found = open_detector("default", confidence=0.5).detect([photo])[0]
    people = found.xyxy[found.class_id == 0]
    rows = [*people.tolist(), [0, 0, 60, 60]]
    (tmp_path / "street" / "labels" / "a_0010.txt").write_text(
        "".join(
            f"0 {(x0 + x1) / 2 / width} {(y0 + y1) / 2 / height} "
            f"{(x1 - x0) / width} {(y1 - y0) / height}\n"
            for x0, y0, x1, y1 in rows
        )
    )
    thing = {"class": "person", "xyxy": rows[0], "in_frame": 0.4, "note": "person covered"}
    card = {"place": "fire_lane", "look": {"infrared": True}, "instances": [thing]}
    (tmp_path / "street" / "cards" / "a_0010.json").write_text(json.dumps(card))
    for number in range(2):
        grey = np.full((96, 128, 3), 90, np.uint8)
        cv2.imwrite(str(tmp_path / "empty" / "images" / f"g_{number}.png"), grey)
        (tmp_path / "empty" / "labels" / f"g_{number}.txt").touch()
    file = tmp_path / "suite.yaml"
    document = {
        "name": "test",
        "names": NAMES,
        "sets": [
            {"name": "street", "path": "street", "origin": "rendered", "classes": ["person"]},
            {"name": "empty", "path": "empty", "origin": "real", "free_of": ["ebike"]},
        ],
    }
    file.write_text(yaml.safe_dump(document))
    return file


def test_figures_say_what_was_found_and_what_was_not(suite: Path, tmp_path: Path) -> None:
    result = run("--suite", suite, "--json", "--rounds", 5, "--report", tmp_path / "report")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    street = figures["sets"]["street"]
    people = street["classes"]["person"]["boxes"] - 1
    assert people >= 3
    assert street["classes"]["person"]["recall"] == pytest.approx(people / (people + 1), abs=1e-3)
    assert street["places"]["fire_lane"]["pictures"] == 1
    assert street["conditions"]["infrared"]["pictures"] == 1
    assert street["things"]["cut_off"] == {"boxes": 1, "recall": 1.0}
    assert street["things"]["covered"]["boxes"] == 1
    assert 0 <= street["calibration_error"] <= 1
    empty = figures["sets"]["empty"]
    assert empty["false_alarm_rate"]["ebike"]["0.35"] == 0.0
    assert figures["lift"]["real"]["negatives"] == 2
    assert json.loads((tmp_path / "report" / "figures.json").read_text("utf-8")) == figures
    sheet = cv2.imread(str(tmp_path / "report" / "mistakes-street.jpg"))
    assert sheet.shape[1] == 8 * 192  # the person who is not there
    assert not (tmp_path / "report" / "mistakes-empty.jpg").exists()


def test_a_set_that_is_not_there_is_named_and_the_rest_goes_on(suite: Path) -> None:
    document = yaml.safe_load(suite.read_text("utf-8"))
    document["sets"].append({"name": "moon", "path": "moon", "origin": "real"})
    suite.write_text(yaml.safe_dump(document))
    result = run("--suite", suite, "--rounds", 2)
    assert result.exit_code == 1
    assert "set 'moon'" in result.stderr
    assert "build it first" in result.stderr
    assert "street (rendered)" in result.stdout


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": ["dragon"]}, "set 'street', classes: no class 'dragon'"),
        ({"origin": "dreamt"}, r"sets\.0\.origin: Input should be 'real' or 'rendered'"),
        ({"colour": "red"}, r"sets\.0\.colour: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_suite_is_named(suite: Path, change: dict[str, object], message: str) -> None:
    document = yaml.safe_load(suite.read_text("utf-8"))
    document["sets"][0].update(change)
    suite.write_text(yaml.safe_dump(document))
    with pytest.raises(ConfigError, match=message):
        CliRunner().invoke(
            app, ["evaluate", "detect", "--suite", str(suite)], catch_exceptions=False
        )


def test_a_bad_label_line_is_named(suite: Path) -> None:
    label = suite.parent / "street" / "labels" / "a_0010.txt"
    label.write_text("0 0.5 0.5 0.1 0.1\n7 0.5 0.5 0.1 0.1\n")
    result = run("--suite", suite, "--rounds", 2)
    assert result.exit_code == 1
    assert "a_0010.txt:2" in result.stderr.replace("\n", "")


def test_the_shipped_suites_are_valid_and_share_no_picture_list(repo_root: Path) -> None:
    from pipeline.evaluate.pictures import load_picture_suite

    release = load_picture_suite(repo_root / "datasets" / "evaluation.yaml")
    choosing = load_picture_suite(repo_root / "datasets" / "choosing.yaml")
    taxonomy = yaml.safe_load((repo_root / "datasets" / "taxonomy.yaml").read_text("utf-8"))
    assert list(release.names) == [c["name"] for c in taxonomy["classes"]] == list(choosing.names)

    def keys(suite: object) -> set[tuple[Path, tuple[int, ...]]]:
        return {(s.path, s.seeds_ending) for s in suite.sets}  # type: ignore[attr-defined]

    assert not keys(release) & keys(choosing)
