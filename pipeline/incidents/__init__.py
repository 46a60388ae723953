"""State of place: what has stood where for how long, and the incidents that follow from it."""

from pipeline.incidents.monitor import CameraMonitor

__all__ = ["CameraMonitor"]
