"""Puts the rooms together: a recording through the pipeline, or a site's cameras for ever."""

from pipeline.runner.camera import CameraPipeline
from pipeline.runner.detection import open_site_detector
from pipeline.runner.metrics import WatchMetrics
from pipeline.runner.reload import SiteFileWatch
from pipeline.runner.replay import ReplayedEvent, replay_recording
from pipeline.runner.watch import Watcher

__all__ = [
    "CameraPipeline",
    "ReplayedEvent",
    "SiteFileWatch",
    "WatchMetrics",
    "Watcher",
    "open_site_detector",
    "replay_recording",
]
