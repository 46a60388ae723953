"""Parts of a camera's picture that must stay clear, each with its limits."""

from pipeline.zones.zone import Zone

__all__ = ["Zone"]
