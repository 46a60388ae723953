"""The wheel carries all it needs, nothing else, and works outside the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target)]
    done = subprocess.run([*command, str(repo_root)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = target.glob("lifelane-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new environment with the wheel; its libraries are those of this one, read-only."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*command, "--no-deps", "--no-index", str(wheel)], check=True)
    inside = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(inside, capture_output=True, text=True, check=True).stdout.strip())
    # A path named in a .pth file is searched, but its own .pth files are not read: the
    # editable checkout of this environment stays out of sight.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    yield folder
    where = subprocess.run(
        [python, "-c", "import pipeline; print(pipeline.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    assert where.stdout.startswith(str(folder))


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [folder / "env" / "bin" / "lifelane", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment,
    )


def test_the_wheel_holds_two_packages_and_the_weights(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"pipeline", "service"}
    carried = {name for name in names if name.startswith("pipeline/_models/")}
    assert carried == {"pipeline/_models/registry.toml", "pipeline/_models/lifelane-n.onnx"}
    assert "service/migrations/versions/0001_first.py" in names
    assert "pipeline/py.typed" in names
    assert wheel.stat().st_size < 20_000_000


def test_it_detects_outside_the_checkout(installed: Path, wheel_photos: dict[str, Path]) -> None:
    done = _run(installed, "detect", str(wheel_photos["bus"]), "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert {"file", "width", "height", "model", "detections"} <= set(found)
    assert "bus" in {detection["class"] for detection in found["detections"]}
    assert _run(installed, "models", "verify").returncode == 0


def test_it_knows_all_commands_there(installed: Path) -> None:
    done = _run(installed, "--help")
    assert done.returncode == 0, done.stderr
    for command in ("serve", "watch", "demo", "check-config", "detect", "replay", "models", "keys"):
        assert command in done.stdout
    demo = _run(installed, "demo")
    assert demo.returncode == 2
    assert "no demo clips here" in demo.stderr
