"""Class-agnostic clutter: what stands in a place and is not on its reviewed clean picture."""

from pipeline.clutter.library import ReferenceLibrary
from pipeline.clutter.reference import CleanReference, LightMode
from pipeline.clutter.watcher import MOVING_CLASSES, ForeignWatcher

__all__ = [
    "MOVING_CLASSES",
    "CleanReference",
    "ForeignWatcher",
    "LightMode",
    "ReferenceLibrary",
]
