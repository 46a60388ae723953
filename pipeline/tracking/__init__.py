"""What the rest of the pipeline needs from a tracker.

The adapter to a vendor is imported by its own name (``pipeline.tracking.byte_track``), so that
the pure core never loads the vendor.
"""

from pipeline.tracking.tracker import Tracker

__all__ = ["Tracker"]
