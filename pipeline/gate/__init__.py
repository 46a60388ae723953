"""Whether a picture differs from what the detector saw last: a cheap question asked often."""

from pipeline.gate.change import LUMA_WH, ChangeGate
from pipeline.gate.mask import zone_cells
from pipeline.gate.pace import Pace, Pacer

__all__ = ["LUMA_WH", "ChangeGate", "Pace", "Pacer", "zone_cells"]
