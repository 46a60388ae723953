"""LifeLane's camera half: from a camera or a photo to a hazard event.

One direction, no way back::

    Source -> Frame -> Detector -> Detections -> Tracker -> Tracks
           -> zones (state of place) -> rules -> HazardEvent -> evidence -> outbox -> incident API
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
