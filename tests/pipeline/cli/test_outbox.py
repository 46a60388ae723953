"""`lifelane outbox` on a real state folder, also while a watcher is at work on it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from event_samples import make_event
from scripted_api import Reply, ScriptedApi, wait_until
from typer.testing import CliRunner, Result

from pipeline.cli.outbox import outbox_app
from pipeline.errors import ConfigError, StateError
from pipeline.publish import Deliverer, HttpSink, SiteStore

DEAD_1, DEAD_2, PENDING = "a" * 32 + ":1", "b" * 32 + ":1", "c" * 32 + ":1"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Two dead letters and a waiting event; a watcher holds the folder."""
    with SiteStore(tmp_path / "state") as store:
        for key in "abc":
            store.record(camera_id="lane-1", state={}, events=[make_event(key * 32)])
        for key in "ab":
            entry = store.outbox.head(key * 32)
            assert entry is not None
            store.outbox.settle(entry.row_id, delivered=False, reason="HTTP 422: [bold]no zone")
        yield store.path


def run(*arguments: str | Path, stdin: str = "") -> Result:
    result = CliRunner().invoke(outbox_app, [str(word) for word in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def listed(folder: Path) -> dict[str, str]:
    answer = json.loads(run("list", folder, "--json").stdout)
    return {event["event_id"]: event["condition"] for event in answer["events"]}


def test_list_shows_what_waits_and_what_was_refused_with_the_reason(folder: Path) -> None:
    text = run("list", folder).stdout
    assert "1 pending, 2 dead, 0 delivered" in text
    for expected in (DEAD_1, DEAD_2, PENDING, "HTTP 422: [bold]no zone", "lane-1/lane"):
        assert expected in text
    assert f"lifelane outbox retry {folder}" in text


def test_list_as_json_holds_the_event_itself(folder: Path) -> None:
    answer = json.loads(run("list", folder, "--json").stdout)
    assert answer["counts"]["dead"] == 2
    assert answer["counts"]["oldest_pending_at"] is not None
    first = answer["events"][0]
    assert (first["event_id"], first["condition"]) == (DEAD_1, "dead")
    assert first["last_reason"] == "HTTP 422: [bold]no zone"
    assert first["event"]["camera_id"] == "lane-1"


def test_retry_puts_back_one_or_all(folder: Path) -> None:
    assert "1 back in the queue" in run("retry", folder, DEAD_2).stdout
    assert listed(folder) == {DEAD_1: "dead", DEAD_2: "pending", PENDING: "pending"}
    run("retry", folder)
    assert set(listed(folder).values()) == {"pending"}
    assert "nothing to do" in run("retry", folder).stdout


def test_a_running_watcher_sends_what_was_put_back(tmp_path: Path) -> None:
    with ScriptedApi(lambda _: Reply(status=422)) as api, SiteStore(tmp_path) as store:
        deliverer = Deliverer(store, HttpSink(url=api.url, api_key="llk_key"))
        deliverer.start()
        store.record(camera_id="lane-1", state={}, events=[make_event()])
        wait_until(lambda: store.counts().dead == 1)
        api.script = None
        run("retry", tmp_path)
        wait_until(lambda: store.counts().delivered == 1, timeout_s=10.0)
        deliverer.stop()


def test_drop_asks_first(folder: Path) -> None:
    assert run("drop", folder, stdin="n\n").exit_code == 1
    assert list(listed(folder).values()).count("dead") == 2
    assert run("drop", folder, stdin="y\n").exit_code == 0
    assert listed(folder) == {PENDING: "pending"}


def test_drop_keeps_what_it_deletes_in_a_log(folder: Path) -> None:
    run("drop", folder, DEAD_1, "--yes")
    assert listed(folder) == {DEAD_2: "dead", PENDING: "pending"}
    (line,) = (folder / "dropped-events.log").read_text(encoding="utf-8").splitlines()
    kept = json.loads(line)
    assert kept["event_id"] == DEAD_1
    assert kept["event"]["incident_key"] == "a" * 32
    assert kept["last_reason"] == "HTTP 422: [bold]no zone"
    assert kept["dropped_at"]


@pytest.mark.parametrize("command", ["retry", "drop"])
def test_a_waiting_event_is_no_dead_letter(folder: Path, command: str) -> None:
    options = ["--yes"] if command == "drop" else []
    with pytest.raises(StateError, match=r"expected the id of a dead letter.*outbox list"):
        run(command, folder, DEAD_1, PENDING, *options)
    assert listed(folder) == {DEAD_1: "dead", DEAD_2: "dead", PENDING: "pending"}


def test_nothing_is_made_where_there_is_no_state(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="expected the state folder of a site"):
        run("list", tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigError, match="found nothing there"):
        run("list", tmp_path / "missing")


def test_set_aside_keeps_everything_and_starts_anew(tmp_path: Path) -> None:
    with SiteStore(tmp_path) as store:
        store.record(camera_id="lane-1", state={"a": 1}, events=[make_event()])
    text = run("set-aside", tmp_path, "--yes").stdout
    aside = Path(text.removeprefix("moved to ").strip())
    assert listed(aside) == {"a" * 32 + ":1": "pending"}
    with SiteStore(tmp_path) as store:
        assert store.load_state("lane-1") is None
        assert store.counts().pending == 0


def test_set_aside_leaves_a_running_watcher_alone(folder: Path) -> None:
    with pytest.raises(StateError, match="another LifeLane process"):
        run("set-aside", folder, "--yes")
    assert len(listed(folder)) == 3


def test_a_site_file_names_its_state_folder(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        "site: demo\nstate_dir: kept\ncameras:\n"
        "  - {id: lane-1, source: lane.mp4, place: fire_lane, zones: [{id: lane,"
        " kind: fire_lane, polygon: [[0.1, 0.3], [0.9, 0.3], [0.9, 0.9]]}]}\n",
        encoding="utf-8",
    )
    (tmp_path / "lane.mp4").write_bytes(b"")
    with SiteStore(tmp_path / "kept") as store:
        store.record(camera_id="lane-1", state={}, events=[make_event()])
    assert listed(site) == {"a" * 32 + ":1": "pending"}
