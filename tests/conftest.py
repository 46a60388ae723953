"""Fixtures that every room's tests may use."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from pipeline.demo import rtsp_server_missing
from pipeline.detectors.ultralytics_detector import import_quietly

ROOT = Path(__file__).resolve().parents[1]

# Tests import ultralytics by itself; imported through the adapter first, it leaves no switch
# on and PIL's `open` as it was.
if find_spec("ultralytics") is not None:
    import_quietly()


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The collected data sets that lie beside the checkout; tests skip where they are absent."""
    folder = Path(os.environ.get("LIFELANE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no data sets at {folder}; set LIFELANE_SHARED_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def rtsp_installed() -> None:
    """Skip where no RTSP server is installed; fail in CI, which has to install one."""
    reason = rtsp_server_missing()
    if reason is not None:
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


@pytest.fixture(scope="session")
def wheel_photos() -> dict[str, Path]:
    """The two photos that the ultralytics package carries, found without importing it."""
    spec = find_spec("ultralytics")
    if spec is None or spec.origin is None:
        pytest.skip("ultralytics is not installed: make setup-test")
    assets = Path(spec.origin).parent / "assets"
    return {name: assets / f"{name}.jpg" for name in ("bus", "zidane")}
