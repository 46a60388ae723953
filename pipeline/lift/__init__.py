"""The optional way from an e-bike in a lift to the lift: a voice, and a door request that expires.

Off unless a camera of the site file has ``lift``. See docs/lift-interface.md.
"""

from pipeline.lift.desk import DeskReleases
from pipeline.lift.link import AuditLog, LiftLink, Port
from pipeline.lift.machine import Decision, DoorHold, Reason

__all__ = ["AuditLog", "Decision", "DeskReleases", "DoorHold", "LiftLink", "Port", "Reason"]
