"""UltralyticsDetector: quiet, offline, and strict about what it opens."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.detectors import ModelEntry, open_detector
from pipeline.errors import ModelError

pytest.importorskip("ultralytics", reason="needs the extra train")


def test_a_checkpoint_that_is_not_there_is_never_fetched(tmp_path: Path) -> None:
    # Ultralytics itself would download a file of this name.
    with pytest.raises(ModelError, match="nothing is ever downloaded"):
        open_detector(tmp_path / "yolo11n.pt", backend="ultralytics")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "best.pt"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(ModelError, match=r"best\.pt: cannot be opened as a checkpoint"):
        open_detector(path, backend="ultralytics")


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"opens \.pt files"):
        open_detector(tmp_path / "best.onnx", backend="ultralytics")


def test_an_input_size_beside_the_stride_is_refused() -> None:
    with pytest.raises(ModelError, match="multiple of the model's stride 32"):
        open_detector(backend="ultralytics", input_size=330)


def test_no_picture_no_boxes(released: ModelEntry) -> None:
    detector = open_detector(backend="ultralytics", threads=1)
    assert detector.classes == released.classes
    assert detector.detect([]) == []
    black, thin = np.zeros((64, 64, 3), np.uint8), np.zeros((3, 900, 3), np.uint8)
    assert [len(found) for found in detector.detect([black, thin])] == [0, 0]


def test_importing_it_reports_nothing_home_and_prints_nothing(tmp_path: Path) -> None:
    """A fresh process, with a settings file that allows everything, and every socket watched."""
    settings = tmp_path / "Ultralytics" / "settings.json"
    code = """
import json, socket, sys
sys.addaudithook(lambda name, args: calls.append(name) if name in WATCHED else None)
calls, WATCHED = [], {"socket.connect", "socket.getaddrinfo", "socket.sendto"}
import numpy as np
from pipeline.detectors import open_detector
detector = open_detector(backend="ultralytics")
detector.detect([np.zeros((64, 64, 3), np.uint8)])
from ultralytics import settings
from ultralytics.utils.events import events
print(json.dumps({"calls": calls, "events": events.enabled, "sync": settings["sync"]}))
"""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "YOLO_CONFIG_DIR": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"calls": [], "events": False, "sync": False}
    assert settings.parent.is_dir(), "the settings were looked for somewhere else"
