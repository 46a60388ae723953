"""What a capture process is told to do, as lines of JSON on its standard input.

Never on its command line, where every user of the machine could read the password.
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pipeline.sources.spec import SourceSpec, WatchPlan

__all__ = ["decode_job", "encode_command", "encode_job"]


def encode_command(do: str, channel: int, **fields: Any) -> bytes:
    """One command as one line of JSON.

    Args:
        do: ``open``, ``close``, ``pace`` or ``clip``.
        channel: Which source it is about.
        fields: What JSON can hold.
    """
    return json.dumps({"do": do, "channel": channel, **fields}).encode() + b"\n"


def encode_job(spec: SourceSpec, *, skip_s: float | None) -> dict[str, Any]:
    """The job of one channel as JSON-able data.

    Args:
        spec: The source.
        skip_s: Recordings that are taken up again: leave out all up to this stream time.
    """
    values = asdict(spec)
    if spec.start_at is not None:
        values["start_at"] = spec.start_at.isoformat()
    return {"spec": values, "skip_s": skip_s}


def decode_job(job: dict[str, Any]) -> tuple[SourceSpec, float | None]:
    """The inverse of `encode_job`, also after JSON has made lists of tuples."""
    values = dict(job["spec"])
    if values["start_at"] is not None:
        values["start_at"] = datetime.fromisoformat(values["start_at"])
    if values["watch"] is not None:
        watch = dict(values["watch"])
        watch["zones_norm"] = tuple(
            tuple((x, y) for x, y in polygon) for polygon in watch["zones_norm"]
        )
        values["watch"] = WatchPlan(**watch)
    return SourceSpec(**values), job["skip_s"]
