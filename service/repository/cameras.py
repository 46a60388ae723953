"""How the cameras are doing, as their sites said last.

Kept in memory: what is not said again every minute is not true any more.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

__all__ = ["CameraBook", "CameraReport"]

#: A site that has said nothing for so long has lost its watcher or its network.
_SILENT_AFTER = timedelta(seconds=180)
_MAX_CAMERAS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraReport:
    """What was said of one camera.

    Attributes:
        site: Its site.
        camera_id: Its id there.
        camera_name: Where it looks, in people's words.
        state: ``online``, ``offline``, ``covered``, ...; ``silent`` where its site has said
            nothing lately.
        since: When the state began, by the site's clock.
        reason: Why, in words for people; empty while all is well.
        reported_at: When it was said last, by our clock.
    """

    site: str
    camera_id: str
    camera_name: str
    state: str
    since: datetime
    reason: str
    reported_at: datetime


class CameraBook:
    """The last word on every camera. Safe from several threads."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], CameraReport] = {}
        self._changing = threading.Lock()

    def note(self, site: str, reports: Sequence[CameraReport], *, is_complete: bool) -> None:
        """Take what a site says.

        Args:
            site: The site.
            reports: Its cameras.
            is_complete: These are all it has: the others are forgotten.
        """
        with self._changing:
            if is_complete:
                self._said = {key: said for key, said in self._said.items() if key[0] != site}
            for report in reports:
                if len(self._said) < _MAX_CAMERAS or (site, report.camera_id) in self._said:
                    self._said[site, report.camera_id] = report

    def read(self, site: str | None = None) -> list[CameraReport]:
        """Every camera of a site, or of all, by site and id."""
        oldest = datetime.now(UTC) - _SILENT_AFTER
        with self._changing:
            said = [each for each in self._said.values() if site is None or each.site == site]
        return [
            each if each.reported_at >= oldest else _silent(each)
            for each in sorted(said, key=lambda each: (each.site, each.camera_id))
        ]


def _silent(report: CameraReport) -> CameraReport:
    return CameraReport(
        site=report.site,
        camera_id=report.camera_id,
        camera_name=report.camera_name,
        state="silent",
        since=report.reported_at,
        reason=f"last known: {report.state}",
        reported_at=report.reported_at,
    )
