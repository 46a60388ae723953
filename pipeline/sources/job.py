"""What a capture process is told to do, as one line on its standard input."""

import json
from dataclasses import fields
from datetime import datetime

from pipeline.sources.spec import SourceSpec

__all__ = ["decode_job", "encode_job"]


def encode_job(spec: SourceSpec, *, skip_s: float | None) -> bytes:
    """The job as one line of JSON.

    Args:
        spec: The source.
        skip_s: Recordings that are taken up again: leave out all up to this stream time.
    """
    values = {item.name: getattr(spec, item.name) for item in fields(spec)}
    if spec.start_at is not None:
        values["start_at"] = spec.start_at.isoformat()
    return json.dumps({"spec": values, "skip_s": skip_s}).encode() + b"\n"


def decode_job(line: bytes) -> tuple[SourceSpec, float | None]:
    """The inverse of `encode_job`."""
    job = json.loads(line)
    values = job["spec"]
    if values["start_at"] is not None:
        values["start_at"] = datetime.fromisoformat(values["start_at"])
    return SourceSpec(**values), job["skip_s"]
