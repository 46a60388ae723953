"""The site file: read, checked and explained line by line."""

from pipeline.config.camera import Camera
from pipeline.config.evidence import EvidenceConfig
from pipeline.config.lift import LiftConfig, LiftModbus, LiftMqtt
from pipeline.config.loading import check_site, load_site, load_sound_zones, read_site
from pipeline.config.model import ModelConfig
from pipeline.config.problems import Problem
from pipeline.config.sink import SinkConfig
from pipeline.config.site import IncidentApi, Site
from pipeline.config.zone import ZoneConfig

__all__ = [
    "Camera",
    "EvidenceConfig",
    "IncidentApi",
    "LiftConfig",
    "LiftModbus",
    "LiftMqtt",
    "ModelConfig",
    "Problem",
    "SinkConfig",
    "Site",
    "ZoneConfig",
    "check_site",
    "load_site",
    "load_sound_zones",
    "read_site",
]
