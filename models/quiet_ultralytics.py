"""Imports ultralytics with its telemetry, downloads and experiment trackers off.

The environment switches are read when ultralytics is first imported, so this module comes first:
offline mode alone already keeps its events from being sent; the setting makes it lasting.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

os.environ.setdefault("YOLO_OFFLINE", "true")
os.environ.setdefault("YOLO_AUTOINSTALL", "false")

__all__ = ["quiet"]

TRACKERS = ("clearml", "comet", "dvc", "mlflow", "neptune", "raytune", "tensorboard", "wandb")


@contextmanager
def quiet() -> Iterator[None]:
    """Import ultralytics inside this block; on leaving, its `sync` and trackers are off."""
    yield
    from ultralytics import settings

    wanted = {"sync": False} | {name: False for name in TRACKERS if name in settings}
    if any(settings[key] != value for key, value in wanted.items()):
        settings.update(wanted)
