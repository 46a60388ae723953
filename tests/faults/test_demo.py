"""`lifelane demo` as a newcomer sees it: three incidents, then a clean end on Ctrl-C."""

import os
import signal
import sys
from pathlib import Path

import psutil
from processes import Side, free_port
from scripted_api import wait_until

KINDS = {"fire_lane_blocked", "ebike_in_elevator", "corridor_clutter"}


def test_three_cameras_three_incidents_and_a_clean_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pipeline.cli.main", "demo", "--port", str(free_port())]
    demo = Side("demo", [*command, "--data-dir", str(tmp_path / "demo")], tmp_path / "demo.log")
    demo.start()
    assert demo.process is not None
    try:
        demo.wait_until_says("打开 open".encode(), timeout_s=90)
        parts = psutil.Process(demo.process.pid).children(recursive=True)
        wait_until(
            lambda: all(kind.encode() in demo.since_start for kind in KINDS),
            timeout_s=150,
            what=f"three kinds of incident\n{demo.log}",
        )
        if os.environ.get("CI"):
            assert b"rtsp://127.0.0.1" in demo.since_start, demo.log
        assert demo.stop(signal.SIGINT) == 0, demo.log
        assert b"stopped" in demo.since_start
        assert not [part for part in parts if part.is_running()], "something was left running"
    finally:
        if demo.process.poll() is None:  # the parts of a demo that was killed would stay
            demo.stop(signal.SIGTERM)


def test_a_folder_that_the_demo_did_not_make_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "data" / "precious.txt"
    precious.parent.mkdir()
    precious.write_text("mine")
    command = [sys.executable, "-m", "pipeline.cli.main", "demo", "--port", str(free_port())]
    demo = Side("demo", [*command, "--data-dir", str(precious.parent)], tmp_path / "demo.log")
    demo.start()
    assert demo.wait_for_end(60) == 2
    assert "not made by the demo" in demo.log
    assert precious.read_text() == "mine"
