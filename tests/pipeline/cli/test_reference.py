"""`lifelane reference`: from a stream to an approved reference."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from corridor_scenes import CLIP, frames_of
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.errors import ConfigError, StateError

SITE = f"""\
site: demo
cameras:
  - id: corridor-1
    source: {CLIP}
    place: corridor
    zones: [{{id: floor, kind: corridor, polygon: [[0.3, 0.2], [0.9, 0.2], [0.9, 1], [0.3, 1]]}}]
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE, "utf-8")
    return file


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["reference", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_take_from_the_stream_approve_list_and_drop(site: Path) -> None:
    taken = json.loads(run("take", site, "corridor-1", "--seconds", 1, "--json"))
    assert (taken["mode"], taken["size_wh"], taken["approved_by"]) == ("day", [640, 360], "")
    kept = cv2.imread(taken["file"])
    assert kept is not None
    (clean,) = frames_of(CLIP, 2)
    assert float(np.abs(kept.astype(float) - clean).mean()) < 2
    assert "waits for approval" in run("list", site)
    run("approve", site, "corridor-1", taken["id"], "--by", "王工")
    listed = json.loads(run("list", site, "corridor-1", "--json"))
    assert [each["approved_by"] for each in listed["references"]] == ["王工"]
    run("drop", site, "corridor-1", taken["id"][:5], "--by", "李工")
    assert "no references" in run("list", site)


def test_take_from_a_picture_says_what_to_do_next(site: Path, tmp_path: Path) -> None:
    picture = tmp_path / "clean.png"
    cv2.imwrite(str(picture), frames_of(CLIP, 2)[0])
    said = run("take", site, "corridor-1", "--picture", picture)
    assert "lifelane reference approve" in said
    assert "look at it" in said


def test_mistakes_are_named(site: Path) -> None:
    with pytest.raises(ConfigError, match="there is no camera 'corridor-2'"):
        run("take", site, "corridor-2")
    with pytest.raises(StateError, match="expected the id of one reference, found none"):
        run("approve", site, "corridor-1", "abc", "--by", "王工")
    taken = json.loads(run("take", site, "corridor-1", "--seconds", 1, "--json"))
    with pytest.raises(StateError, match="expected a name"):
        run("approve", site, "corridor-1", taken["id"], "--by", " ")
