"""What the tests of the sources share: a real RTSP server, where one is installed."""

import os

import pytest

from pipeline.demo.loopback import rtsp_server_missing


@pytest.fixture(scope="session")
def rtsp_installed() -> None:
    """Skip where no RTSP server is installed; fail where the machine promises one."""
    reason = rtsp_server_missing()
    if reason is None:
        return
    if os.environ.get("LIFELANE_REQUIRE_RTSP"):
        pytest.fail(f"LIFELANE_REQUIRE_RTSP is set, but {reason}")
    pytest.skip(reason)
