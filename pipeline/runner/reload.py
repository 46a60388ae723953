"""Takes over a changed site file while the cameras run."""

import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from pipeline.config import Site, load_site
from pipeline.detectors import Detector
from pipeline.errors import LifeLaneError
from pipeline.runner.detection import lowest_confidence, open_site_detector

__all__ = ["SiteFileWatch"]

_log = structlog.get_logger("lifelane.watch")

_LOOK_EVERY_S = 2.0


class SiteFileWatch:
    """Looks at the site file every two seconds, and at once when told to (SIGHUP).

    A file that has something wrong with it changes nothing and is said loudly: the cameras go on
    as they were. What is not about cameras needs a restart, and that is said too.

    Args:
        file: The site file.
        site: What has been loaded from it.
        take_over: Called with the new version, and a detector where the thresholds want one.
    """

    def __init__(
        self, file: Path, site: Site, *, take_over: Callable[[Site, Detector | None], None]
    ) -> None:
        self._file = file
        self._site = site
        self._take_over = take_over
        self._stamp = _stamp(file)
        self._asked = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="site file")

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._asked.set()
        self._thread.join(5.0)

    def look_now(self) -> None:
        """Read the file again even if it seems unchanged; safe from a signal handler."""
        self._asked.set()

    def _run(self) -> None:
        while True:
            is_asked = self._asked.wait(_LOOK_EVERY_S)
            self._asked.clear()
            stamp = _stamp(self._file)
            if self._stopping.is_set():
                return
            if not is_asked and stamp == self._stamp:
                continue
            self._stamp = stamp
            try:
                self._load()
            except (LifeLaneError, OSError) as error:
                _log.error("site file not taken over, cameras go on as before", error=str(error))

    def _load(self) -> None:
        before, now = self._site, load_site(self._file)
        if now == before:
            _log.info("site file unchanged", file=str(self._file))
            return
        fixed = [
            name
            for name in ("site", "incident_api", "sinks", "state_dir")
            if getattr(now, name) != getattr(before, name)
        ]
        if fixed:
            _log.warning("changed in the site file, needs a restart", fields=fixed)
        detector = None
        if now.model != before.model or lowest_confidence(now) != lowest_confidence(before):
            detector = open_site_detector(now)
        self._site = now
        self._take_over(now, detector)


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        status = file.stat()
    except OSError:  # being replaced just now
        return (0, 0, 0)
    return (status.st_mtime_ns, status.st_size, status.st_ino)
