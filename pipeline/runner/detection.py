"""The detector that a site's zones need."""

from pipeline.config import Site
from pipeline.detectors import Detector, open_detector
from pipeline.rules import hold_confidence

__all__ = ["lowest_confidence", "open_site_detector"]


def lowest_confidence(site: Site) -> float | None:
    """The weakest box, in [0, 1], that any zone of the site can use; None without zones."""
    zones = [zone.to_zone() for camera in site.cameras for zone in camera.zones]
    return min((hold_confidence(zone) for zone in zones), default=None)


def open_site_detector(site: Site) -> Detector:
    """Open the site's model, reporting boxes as weak as its most lenient zone can use.

    A confidence in the site file wins over that: it is what somebody chose.

    Raises:
        ModelError: The weights are missing, changed, or do not fit.
    """
    options = site.model.detector_options()
    if options["confidence"] is None:
        options["confidence"] = lowest_confidence(site)
    return open_detector(**options)
