"""The demo site: three rendered clips played as cameras, with incident API and desk."""

from pipeline.demo.loopback import LoopbackRtsp, rtsp_server_missing
from pipeline.demo.processes import await_health, free_port, lifelane_command, run_process
from pipeline.demo.stage import DemoClip, find_clips, write_site_file

__all__ = [
    "DemoClip",
    "LoopbackRtsp",
    "await_health",
    "find_clips",
    "free_port",
    "lifelane_command",
    "rtsp_server_missing",
    "run_process",
    "write_site_file",
]
