"""Finds people, vehicles and things in pictures.

`open_detector` gives a `Detector` by name or path; the registry lists the released weights;
`FakeDetector` says what a script tells it. onnxruntime and torch load when they are needed.
"""

from pipeline.detectors.fake import FakeBox, FakeDetector
from pipeline.detectors.opening import open_detector
from pipeline.detectors.protocol import Backend, Detector, Padding
from pipeline.detectors.registry import ModelEntry, Registry, load_registry
from pipeline.detectors.verify import ModelCheck, verify_registry

__all__ = [
    "Backend",
    "Detector",
    "FakeBox",
    "FakeDetector",
    "ModelCheck",
    "ModelEntry",
    "Padding",
    "Registry",
    "load_registry",
    "open_detector",
    "verify_registry",
]
