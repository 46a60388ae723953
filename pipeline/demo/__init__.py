"""The demo site: three rendered clips played as cameras, with incident API and desk."""

from pipeline.demo.loopback import LoopbackRtsp, rtsp_server_missing
from pipeline.demo.stage import DemoClip, find_clips, write_site_file

__all__ = ["DemoClip", "LoopbackRtsp", "find_clips", "rtsp_server_missing", "write_site_file"]
