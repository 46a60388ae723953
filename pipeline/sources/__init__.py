"""Where frames come from: cameras, streams, recordings and photos.

Photos live in `pipeline.sources.photos`, which is not imported here: a capture process starts
faster without an imaging library that it never uses.
"""

from pipeline.sources.camera import CameraSource
from pipeline.sources.pool import CapturePool
from pipeline.sources.redact import redact_url
from pipeline.sources.scripted import ScriptedSource
from pipeline.sources.spec import SourceKind, SourceSpec, SourceState, SourceStatus, WatchPlan

__all__ = [
    "CameraSource",
    "CapturePool",
    "ScriptedSource",
    "SourceKind",
    "SourceSpec",
    "SourceState",
    "SourceStatus",
    "WatchPlan",
    "redact_url",
]
