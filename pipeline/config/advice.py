"""What is allowed in a site file and worth a second look all the same."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.config.addresses import is_file_source
from pipeline.config.camera import Camera
from pipeline.config.evidence import EvidenceConfig
from pipeline.config.problems import Loc, Problem, field_path
from pipeline.config.sink import SinkConfig
from pipeline.config.site import IncidentApi
from pipeline.config.yaml_tree import Tree
from pipeline.sources.redact import connectable_url
from pipeline.types import Connection, PlaceKind, ZoneKind

__all__ = [
    "camera_warnings",
    "evidence_warnings",
    "incident_api_warnings",
    "same_source_warnings",
    "sink_warnings",
]

_INSIDE = frozenset(
    {
        ZoneKind.CORRIDOR,
        ZoneKind.STAIRWELL,
        ZoneKind.HALL,
        ZoneKind.UNIT_DOOR,
        ZoneKind.EXIT,
        ZoneKind.OVERHEAD_FLOOR,
        ZoneKind.CHARGING_PLACE,
    }
)
_ROAD = frozenset({ZoneKind.FIRE_LANE, ZoneKind.CLIMBING_SITE, ZoneKind.CHARGING_PLACE})
# Doors and ways in open on to the road: both kinds of zone may lie in the picture.
_BOTH = _INSIDE | _ROAD
_FITTING: Mapping[PlaceKind, frozenset[ZoneKind]] = {
    PlaceKind.FIRE_LANE: _ROAD | {ZoneKind.UNIT_DOOR, ZoneKind.EXIT},
    PlaceKind.CLIMBING_SITE: _ROAD | {ZoneKind.UNIT_DOOR, ZoneKind.EXIT},
    PlaceKind.ELEVATOR: frozenset({ZoneKind.ELEVATOR}),
    PlaceKind.CORRIDOR: _INSIDE,
    PlaceKind.STAIRWELL: _INSIDE,
    PlaceKind.HALL: _INSIDE,
    PlaceKind.UNIT_DOOR: _BOTH,
    PlaceKind.OVERHEAD_FLOOR: _BOTH,
    PlaceKind.EXIT: _BOTH,
}
_SLOWEST_LIFT_FPS = 2.0


def camera_warnings(camera: Camera, tree: Tree, at: Loc) -> Iterator[Problem]:
    """Warnings about one camera whose fields are all in order.

    Args:
        camera: The camera.
        tree: The file.
        at: Where in the file the camera stands.
    """
    if not camera.enabled:
        return

    def warn(where: Loc, message: str, expected: str, found: str) -> Problem:
        loc = at + where
        return Problem(
            line=tree.line_of(loc),
            field=field_path(loc),
            expected=expected,
            found=found,
            message=message,
            severity="warning",
        )

    if is_file_source(camera.source):
        if not Path(camera.source).exists():
            yield warn(
                ("source",),
                "there is no such file now: check the path (it is read from the site file's "
                "folder), or mount it before the start",
                "an existing video file",
                f"nothing at {camera.source}",
            )
    else:
        if camera.loop:
            yield warn(
                ("loop",), "only recordings loop: delete it", "a recording as source", "a live one"
            )
        if connectable_url(camera.source) != camera.source:
            yield warn(
                ("source",),
                "the password holds characters that an address should not: LifeLane guesses "
                "right mostly, other programs do not; write @ as %40, / as %2F, # as %23, ? as "
                "%3F, % as %25",
                "a percent-encoded password",
                f"'{camera.redacted_source}'",
            )
    if not camera.zones:
        yield warn(
            ("zones",),
            "without a zone this camera raises nothing: add one, or write enabled: false",
            "at least one zone",
            "none",
        )
    if camera.place is PlaceKind.ELEVATOR and camera.effective_sample_fps < _SLOWEST_LIFT_FPS:
        yield warn(
            ("sample_fps",),
            "too slow for a lift: an e-bike is in and gone within seconds",
            f"at least {_SLOWEST_LIFT_FPS:g}",
            f"{camera.effective_sample_fps:g}",
        )
    for index, zone in enumerate(camera.zones):
        fitting = _FITTING[camera.place]
        if zone.kind not in fitting:
            yield warn(
                ("zones", index, "kind"),
                f"this kind of zone does not fit the place {camera.place}: check both",
                " or ".join(sorted(fitting)),
                zone.kind.value,
            )
        if zone.kind is ZoneKind.OVERHEAD_FLOOR and not zone.connected_to:
            yield warn(
                ("zones", index),
                "an overhead floor that is open to nothing is no hazard, so this zone raises "
                "nothing: write connected_to: [hall] if it is open to the hall",
                f"connected_to with some of {', '.join(Connection)}",
                "none",
            )


def same_source_warnings(cameras: Mapping[int, Camera], tree: Tree) -> Iterator[Problem]:
    """Warnings about cameras that show the same pictures.

    Args:
        cameras: Cameras in order, by their position in the file.
        tree: The file.
    """
    first: dict[str, Camera] = {}
    for index, camera in cameras.items():
        other = first.setdefault(camera.source, camera)
        if other is not camera:
            loc = ("cameras", index, "source")
            yield Problem(
                line=tree.line_of(loc),
                field=field_path(loc),
                expected="a source of its own",
                found=f"the source of camera {other.id}",
                message="two cameras show the same pictures: is one copied and not adapted? To "
                "watch two areas give one camera two zones",
                severity="warning",
            )


def evidence_warnings(evidence: EvidenceConfig, tree: Tree) -> Iterator[Problem]:
    """Warnings about pictures and clips that show more than they have to."""
    if evidence.send_clips and evidence.blur:
        loc: Loc = ("evidence", "send_clips")
        yield Problem(
            line=tree.line_of(loc),
            field=field_path(loc),
            expected="false, or the consent of those who are seen",
            found="true",
            message="clips cannot be blurred or masked: faces and plates will leave the site",
            severity="warning",
        )


def incident_api_warnings(
    api: IncidentApi, tree: Tree, environ: Mapping[str, str] | None = None
) -> Iterator[Problem]:
    """A warning if the API key is not at hand where the file is checked."""
    environ = os.environ if environ is None else environ
    if not environ.get(api.key_env, "").strip():
        loc = ("incident_api", "key_env")
        yield Problem(
            line=tree.line_of(loc),
            field=field_path(loc),
            expected=f"the API key in {api.key_env}",
            found="no such variable here",
            message=f"{api.key_env} is not set here, and `lifelane watch` needs it: `lifelane "
            f"serve` shows a key on its first start; export {api.key_env}=…",
            severity="warning",
        )


def sink_warnings(
    sink: SinkConfig, tree: Tree, at: Loc, environ: Mapping[str, str] | None = None
) -> Iterator[Problem]:
    """A warning for each secret that is not at hand where the file is checked."""
    environ = os.environ if environ is None else environ
    for field in ("token_env", "secret_env"):
        name = getattr(sink, field)
        if name is not None and not environ.get(name, "").strip():
            loc = (*at, field)
            yield Problem(
                line=tree.line_of(loc),
                field=field_path(loc),
                expected=f"a value in {name}",
                found="no such variable here",
                message=f"{name} is not set here, and `lifelane watch` needs it: export {name}=…",
                severity="warning",
            )
