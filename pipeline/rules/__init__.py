"""What counts as a hazard: which boxes, where they stand, and what is measured about them.

A rule is a pure judge of one frame. Time is not its business: how long a place must be
occupied, and what survives a restart, is settled in ``pipeline.incidents`` the same way for
all rules. To add one: write its module, put it into ``table.py``, describe it in docs/.
"""

from pipeline.rules.base import BoxRule, HazardRule, Presence, hold_confidence
from pipeline.rules.candidate import Candidate
from pipeline.rules.classes import class_ids, missing_names
from pipeline.rules.scene import Scene
from pipeline.rules.table import ZoneDefaults, defaults_for, missing_classes, rules_for

__all__ = [
    "BoxRule",
    "Candidate",
    "HazardRule",
    "Presence",
    "Scene",
    "ZoneDefaults",
    "class_ids",
    "defaults_for",
    "hold_confidence",
    "missing_classes",
    "missing_names",
    "rules_for",
]
