"""The camera half's own commands, run as child processes: the service shares no code with it."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import InvalidRequest, StorageUnavailable
from service.sitefile.secret_file import read_secret_file

__all__ = ["ProbeResult", "check_site_file", "probe_camera", "zone_defaults"]

_COMMAND = (sys.executable, "-m", "pipeline.cli.main")
_CHECK_S = 60.0
_PROBE_S = 12.0
_GRACE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What a camera gave.

    Attributes:
        jpeg: Its picture; empty where none came.
        size_wh: Width and height of the stream in pixels.
        reason: Why no picture came, without any secret; empty where one came.
    """

    jpeg: bytes
    size_wh: tuple[int, int]
    reason: str

    @property
    def data_uri(self) -> str:
        """The picture as the ``src`` of an image."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


def probe_camera(address: str) -> ProbeResult:
    """Open a camera once. The address goes through standard input, where nobody else sees it.

    Raises:
        InvalidRequest: It is no network address: a browser must not read files of this machine.
    """
    if not address.startswith(("rtsp://", "rtsps://", "http://", "https://")):
        raise InvalidRequest("address: expected rtsp://... or http://...")
    if "\n" in address or "\r" in address:
        raise InvalidRequest("address: expected one line")
    with tempfile.TemporaryDirectory(prefix="lifelane-probe-") as folder:
        picture = Path(folder, "picture.jpg")
        options = ["--json", "--picture", str(picture), "--timeout-s", f"{_PROBE_S:g}"]
        found = _run("probe", "-", *options, text=address, timeout_s=_PROBE_S + _GRACE_S)
        if not found.get("ok"):
            return ProbeResult(jpeg=b"", size_wh=(0, 0), reason=str(found.get("reason") or "?"))
        width, height = found["size_wh"]
        return ProbeResult(jpeg=picture.read_bytes(), size_wh=(width, height), reason="")


def check_site_file(candidate: Path, site_file: Path) -> None:
    """Run ``check-config`` on a candidate, with the passwords of the real site file.

    Raises:
        InvalidRequest: It has errors; the message lists them.
    """
    report = _check(candidate, site_file)
    if not report.get("ok"):
        raise InvalidRequest(
            "\n".join(
                f"{each['field'] or site_file.name}: {each['message']}"
                for each in report.get("problems", ())
                if each["severity"] == "error"
            )
            or "check-config refused it"
        )


def zone_defaults(site_file: Path) -> dict[str, dict[str, Any]]:
    """Kinds of zones with their hazards and the limits that hold unless a zone sets its own."""
    with tempfile.TemporaryDirectory(prefix="lifelane-check-") as folder:
        empty = Path(folder, "site.yaml")
        empty.write_text("site: x\ncameras: []\n", "utf-8")
        kinds: dict[str, dict[str, Any]] = _check(empty, site_file).get("zone_kinds", {})
    return kinds


def _check(candidate: Path, site_file: Path) -> dict[str, Any]:
    return _run(
        "check-config",
        str(candidate),
        "--json",
        environment=read_secret_file(site_file),
        timeout_s=_CHECK_S,
    )


def _run(
    *arguments: str,
    timeout_s: float,
    text: str = "",
    environment: dict[str, str] | None = None,
) -> dict[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603  (our own interpreter and code, no shell)
            [*_COMMAND, *arguments],
            input=text,
            env=(environment or {}) | dict(os.environ),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise StorageUnavailable(
            f"lifelane {arguments[0]}: no answer within {timeout_s:g} s; try again"
        ) from None
    except (OSError, ValueError) as error:
        raise StorageUnavailable(f"lifelane {arguments[0]} failed: {error}") from error
    return found
