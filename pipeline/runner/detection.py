"""The detector that a site's zones need."""

from pipeline.config import Site
from pipeline.detectors import Detector, open_detector
from pipeline.rules import hold_confidence

__all__ = ["open_site_detector"]


def open_site_detector(site: Site) -> Detector:
    """Open the site's model, reporting boxes as weak as its most lenient zone can use.

    A confidence in the site file wins over that: it is what somebody chose.

    Raises:
        ModelError: The weights are missing, changed, or do not fit.
    """
    options = site.model.detector_options()
    if options["confidence"] is None:
        zones = [zone.to_zone() for camera in site.cameras for zone in camera.zones]
        options["confidence"] = min((hold_confidence(zone) for zone in zones), default=None)
    return open_detector(**options)
