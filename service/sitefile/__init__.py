"""The site file of the cameras, as the browser edits it."""

from service.sitefile.commands import ProbeResult, check_site_file, probe_camera, zone_defaults
from service.sitefile.document import CameraEntry, SiteDocument, ZoneEntry
from service.sitefile.presets import MAKERS, CameraAddress, build_address
from service.sitefile.secret_file import fill_in, put_secret, variable_for

__all__ = [
    "MAKERS",
    "CameraAddress",
    "CameraEntry",
    "ProbeResult",
    "SiteDocument",
    "ZoneEntry",
    "build_address",
    "check_site_file",
    "fill_in",
    "probe_camera",
    "put_secret",
    "variable_for",
    "zone_defaults",
]
