"""Where to look: zones, their limits, their hours and their calibrated ground."""

from pipeline.zones.hours import BEIJING, Hours, Window
from pipeline.zones.zone import Zone

__all__ = ["BEIJING", "Hours", "Window", "Zone"]
