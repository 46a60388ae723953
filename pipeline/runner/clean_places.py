"""A camera's clean references at work: loaded, renewed when people change them, and heard."""

from collections.abc import Sequence
from typing import Final

import cv2
import structlog

from pipeline.clutter import ForeignWatcher, ReferenceLibrary
from pipeline.config import Camera
from pipeline.rules import BoxRule, rules_for
from pipeline.types import Detections, Foreign, Frame

__all__ = ["CleanPlaces"]

_log = structlog.get_logger("lifelane.watch")
_LOOK_EVERY_S: Final = 10.0


class CleanPlaces:
    """Compares a camera's frames with its approved references, if it has any.

    Args:
        camera: The camera as configured.
        library: The site's references; looked at again every few seconds, so that an approval
            or a removal takes effect without a restart.
    """

    def __init__(self, *, camera: Camera, library: ReferenceLibrary) -> None:
        self._camera_id = camera.id
        self._library = library
        self._may_change = camera.may_change
        zones = [zone.to_zone() for zone in camera.zones]
        # A lift's door or a lane's traffic change all the time: only kinds that ask for it.
        self._zones = {
            zone.id: zone.polygon_norm
            for zone in zones
            if any(isinstance(r, BoxRule) and r.takes_foreign for r in rules_for(zone.kind))
        }
        self._signature: tuple[tuple[str, int], ...] | None = None
        self._watcher: ForeignWatcher | None = None
        self._looked_s: float | None = None
        self._said = ""

    def observe(
        self, frame: Frame, detections: Detections, classes: Sequence[str]
    ) -> Foreign | None:
        """What stands in the zones that is not on the references; None without references."""
        if not self._zones:
            return None
        now_s = frame.media_time_s
        if self._looked_s is None or abs(now_s - self._looked_s) >= _LOOK_EVERY_S:
            self._looked_s = now_s
            self._renew()
        if self._watcher is None:
            return None
        found = self._watcher.observe(frame, detections, classes)
        self._say(self._watcher.trouble)
        return found

    def _renew(self) -> None:
        signature = self._library.signature(self._camera_id)
        if signature == self._signature:
            return
        self._signature = signature
        references, troubles = self._library.load(self._camera_id)
        for trouble in troubles:
            _log.warning("clean reference set aside", camera=self._camera_id, error=trouble)
        approved = [each for each in references if each.approved]
        waiting = len(references) - len(approved)
        if waiting:
            _log.warning(
                "clean references wait for approval", camera=self._camera_id, count=waiting
            )
        self._watcher = None
        if approved:
            # The pictures compared are small: threads would cost more than they bring.
            cv2.setNumThreads(1)
            self._watcher = ForeignWatcher(
                camera_id=self._camera_id,
                zones=self._zones,
                references=approved,
                may_change=self._may_change,
            )
            _log.info("clean references in use", camera=self._camera_id, count=len(approved))

    def _say(self, trouble: str) -> None:
        if trouble == self._said:
            return
        self._said = trouble
        if trouble:
            _log.warning(
                "nothing compared with the clean reference", camera=self._camera_id, error=trouble
            )
        else:
            _log.info("compared with the clean reference again", camera=self._camera_id)
