"""The two long-running commands: what they refuse, and what they leave behind."""

import json
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from photo_video import make_photo_video
from processes import Side
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.errors import LifeLaneError

ZONE = {
    "id": "lane",
    "kind": "fire_lane",
    "polygon": [[0.1, 0.3], [0.9, 0.3], [0.9, 0.95], [0.1, 0.95]],
    "raise_after_s": 3,
    "clear_after_s": 5,
}


def write_site(folder: Path, source: str, **more: Any) -> Path:
    camera = {"id": "lane-1", "source": source, "place": "fire_lane", "zones": [ZONE]}
    site = folder / "site.yaml"
    site.write_text(yaml.safe_dump({"site": "cli", "cameras": [camera], **more}), "utf-8")
    return site


@pytest.fixture(scope="module")
def video(wheel_photos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("video") / "lane.mp4"
    return make_photo_video(wheel_photos["bus"], target, seconds=8, fps=2, width_px=360)


def refused(*arguments: str) -> str:
    """What the command says when it refuses; `main` turns it into exit code 2."""
    result = CliRunner().invoke(app, list(arguments))
    assert isinstance(result.exception, LifeLaneError), result.output
    return str(result.exception)


def test_watch_says_how_to_get_a_key(tmp_path: Path, video: Path) -> None:
    site = write_site(tmp_path, str(video), incident_api={"url": "http://127.0.0.1:9"})
    # In a process of its own: it sets up logging for the whole process.
    command = [sys.executable, "-m", "pipeline.cli.main", "watch", str(site)]
    watch = Side("watch", command, tmp_path / "watch.log", environment={"LIFELANE_API_KEY": ""})
    watch.start()
    assert watch.wait_for_end(60.0) == 2
    assert "LIFELANE_API_KEY is empty" in watch.log
    assert "lifelane serve" in watch.log
    assert "Traceback" not in watch.log


def test_a_dry_run_watches_and_leaves_nothing_behind(tmp_path: Path, video: Path) -> None:
    site = write_site(tmp_path, str(video), incident_api={"url": "http://127.0.0.1:9"})
    command = [sys.executable, "-m", "pipeline.cli.main", "watch", str(site), "--dry-run"]
    watch = Side("watch", [*command, "--json-logs"], tmp_path / "watch.log")
    watch.start()
    watch.wait_until_says(b"fire_lane_blocked")
    assert watch.stop(signal.SIGINT) == 0, watch.log
    assert not (tmp_path / "lifelane-data").exists()
    assert all(json.loads(line) for line in watch.log.splitlines())


def test_replay_names_the_cameras_that_there_are(tmp_path: Path, video: Path) -> None:
    site = write_site(tmp_path, str(video))
    message = refused("replay", str(video), "--camera", "lane-2", "--config", str(site))
    assert "no camera 'lane-2'" in message
    assert "lane-1" in message
    missing = str(tmp_path / "nowhere.mp4")
    assert "no such file" in refused("replay", missing, "--camera", "lane-1", "--config", str(site))


def test_replay_keeps_the_pictures_and_speaks_to_people(tmp_path: Path, video: Path) -> None:
    site = write_site(tmp_path, str(video))
    command = ["replay", str(video), "--camera", "lane-1", "--config", str(site)]
    result = CliRunner().invoke(app, [*command, "--evidence", str(tmp_path / "pictures")])
    assert result.exit_code == 0, result.output
    assert "fire_lane_blocked" in result.stdout
    assert "2 events in 8 sampled frames" in result.stdout
    names = sorted(path.name.partition("-")[2] for path in (tmp_path / "pictures").iterdir())
    assert names == [
        *("001-start-clean.jpg", "001-start-snapshot.jpg"),
        *("002-update-clean.jpg", "002-update-snapshot.jpg"),
    ]


def test_replay_of_a_recording_that_breaks_off_says_so_and_fails(
    tmp_path: Path, video: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(video.read_bytes()[:2000])
    site = write_site(tmp_path, str(video))
    result = CliRunner().invoke(
        app, ["replay", str(broken), "--camera", "lane-1", "--config", str(site), "--json"]
    )
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "broken.mp4" in result.stderr


def test_a_dry_run_says_nothing_to_a_lift(tmp_path: Path, video: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as broker:
        broker.settimeout(0.2)
        file = write_site(tmp_path, str(video))
        site = yaml.safe_load(file.read_text("utf-8"))
        port = broker.getsockname()[1]
        lift = {"mqtt": {"host": "127.0.0.1", "port": port, "topic": "lift-1"}}
        site["cameras"][0] |= {"place": "elevator", "lift": lift}
        file.write_text(yaml.safe_dump(site), "utf-8")
        command = [sys.executable, "-m", "pipeline.cli.main", "watch", str(file), "--dry-run"]
        watch = Side("watch", [*command, "--json-logs"], tmp_path / "watch.log")
        watch.start()
        watch.wait_until_says(b"fire_lane_blocked")
        assert watch.stop(signal.SIGINT) == 0, watch.log
        with pytest.raises(TimeoutError):
            broker.accept()
