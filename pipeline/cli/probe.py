"""`lifelane probe`: whether a camera answers, and what it shows."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.errors import ConfigError

__all__ = ["probe"]

_MOST_ADDRESS = 4096
_LONG_SIDE_PX = 1280


def probe(
    address: Annotated[
        str, typer.Argument(help="rtsp://..., http://..., a file; - reads it from standard input.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    picture: Annotated[
        Path | None, typer.Option(help="Write the first picture here, as JPEG.")
    ] = None,
    timeout_s: Annotated[float, typer.Option(min=1.0, max=120.0, help="Give up after so long.")] = (
        15.0
    ),
) -> None:
    """Open a camera once and say whether it gives pictures 测试摄像头.

    An address on the command line can be seen by others on this machine while the command runs;
    with a password in it, give - and write the address to standard input.

    Exit code 1: no picture came; the reason is said.
    """
    from pipeline.sources.redact import redact_url

    if address == "-":
        address = sys.stdin.readline(_MOST_ADDRESS).strip()
    if not address:
        raise ConfigError("expected a camera's address, found nothing")
    found = _look(address, timeout_s=timeout_s, picture=picture)
    report: dict[str, Any] = {"ok": not found.get("reason"), "address": redact_url(address)} | found
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    elif report["ok"]:
        width, height = report["size_wh"]
        typer.echo(
            f"{report['address']}: a picture of {width}x{height} after {report['took_s']} s"
            + (f", written to {picture}" if picture else "")
        )
    else:
        typer.secho(f"{report['address']}: {report['reason']}", fg="red", err=True)
    if not report["ok"]:
        raise typer.Exit(1)


def _look(address: str, *, timeout_s: float, picture: Path | None) -> dict[str, Any]:
    from pipeline.evidence import encode_jpeg
    from pipeline.evidence.drawing import limit_size
    from pipeline.sources import CameraSource, SourceSpec

    spec = SourceSpec(
        camera_id="probe",
        url=address,
        sample_fps=25.0,
        connect_timeout_s=timeout_s,
        stall_timeout_s=timeout_s,
    )
    begun_s = time.monotonic()
    frame = None
    with CameraSource(spec) as source:
        while frame is None and time.monotonic() - begun_s < timeout_s:
            frame = source.get(0.2)
            status = source.status
            # One answer is enough: a wrong password is not tried again.
            if frame is None and status.error is not None:
                return {"reason": str(status.error), "code": status.error.code}
    if frame is None:
        return {"reason": f"no picture within {timeout_s:g} s", "code": "stalled"}
    took_s = round(time.monotonic() - begun_s, 2)
    if picture is not None:
        try:
            picture.write_bytes(encode_jpeg(limit_size(frame.image, _LONG_SIDE_PX)))
        except OSError as error:
            raise ConfigError(f"--picture {picture}: cannot be written: {error}") from error
    return {"size_wh": list(frame.size_wh), "took_s": took_s}
