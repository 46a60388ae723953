"""`lifelane reference`: pictures of a clean place, and the people who say that it is clean."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from pipeline.errors import ConfigError, SourceError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.clutter import CleanReference, ReferenceLibrary
    from pipeline.config import Camera, Site

__all__ = ["reference_app"]

reference_app = typer.Typer(
    help="Clean references 洁净参照: what a corridor looks like with nothing in it.",
    no_args_is_help=True,
)

_FRAMES: Final = 15
_PATIENCE_S: Final = 60.0

Config = Annotated[Path, typer.Argument(metavar="SITE.yaml", help="The site file.")]
CameraId = Annotated[str, typer.Argument(metavar="CAMERA", help="Camera id in the site file.")]
ReferenceId = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="Id, or its first characters.")
]
By = Annotated[str, typer.Option("--by", help="Your name 姓名; it is kept with the reference.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


@reference_app.command("take")
def _take(
    config: Config,
    camera: CameraId,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="A picture of this camera; default: its stream, now."),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(min=1, max=600, help="How long to look; who passes meanwhile is left out."),
    ] = 15.0,
    as_json: AsJson = False,
) -> None:
    """Take a picture of the place while it is clean. It counts once somebody approves it.

    Take one for each light that the place has: day, lamps on, infrared at night.
    """
    library, chosen = _open(config, camera)
    if picture is None:
        image, origin = _from_stream(chosen, seconds), "stream"
    else:
        image, origin = _from_file(picture), f"picture {picture.name}"
    kept = library.add(camera_id=camera, image=image, taken_at=datetime.now(UTC), origin=origin)
    file = library.folder / camera / f"{kept.id}.png"
    if as_json:
        typer.echo(json.dumps(_plain(kept) | {"file": str(file)}, ensure_ascii=False))
        return
    typer.echo(f"{kept.id}  {kept.mode.value}  {kept.size_wh[0]}x{kept.size_wh[1]}  {file}")
    typer.echo(
        "look at it: is the place clean, and nobody in it? 请查看图片,确认无杂物、无人。then:"
    )
    typer.echo(f"  lifelane reference approve {config} {camera} {kept.id} --by NAME")


@reference_app.command("approve")
def _approve(
    config: Config, camera: CameraId, reference: ReferenceId, by: By, as_json: AsJson = False
) -> None:
    """Say, with your name, that the place is clean on this picture."""
    library, _ = _open(config, camera)
    kept = library.approve(camera, reference, by=by)
    _say("approved", kept, as_json=as_json)


@reference_app.command("drop")
def _drop(
    config: Config, camera: CameraId, reference: ReferenceId, by: By, as_json: AsJson = False
) -> None:
    """Remove a reference; who did it stays on record."""
    library, _ = _open(config, camera)
    kept = library.drop(camera, reference, by=by)
    _say("dropped", kept, as_json=as_json)


@reference_app.command("list")
def _list(
    config: Config,
    camera: Annotated[
        str | None, typer.Argument(metavar="[CAMERA]", help="Camera id; default: all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List references and who approved them. Exit code 1 if one cannot be used."""
    from pipeline.clutter import ReferenceLibrary

    site = _load(config)
    cameras = [site.camera(camera)] if camera else list(site.cameras)
    library = ReferenceLibrary(site.state_path)
    found: list[CleanReference] = []
    troubles: list[str] = []
    for each in cameras:
        usable, broken = library.load(each.id)
        found += usable
        troubles += broken
    if as_json:
        document = {"references": [_plain(each) for each in found], "troubles": troubles}
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        for kept in found:
            _say("approved" if kept.approved else "waits for approval", kept, as_json=False)
        for line in troubles:
            typer.echo(line)
        if not found and not troubles:
            typer.echo("no references: lifelane reference take SITE.yaml CAMERA")
    if troubles:
        raise typer.Exit(1)


def _load(config: Path) -> "Site":
    from pipeline.config import load_site

    return load_site(config)


def _open(config: Path, camera_id: str) -> "tuple[ReferenceLibrary, Camera]":
    from pipeline.clutter import ReferenceLibrary

    site = _load(config)
    return ReferenceLibrary(site.state_path), site.camera(camera_id)


def _from_file(path: Path) -> "NDArray[np.uint8]":
    from pipeline.sources.photos import load_photo

    return load_photo(path).image


def _from_stream(camera: "Camera", seconds: float) -> "NDArray[np.uint8]":
    import numpy as np

    from pipeline.sources import CameraSource

    wanted_fps = min(max(_FRAMES / seconds, 0.1), 15.0)
    spec = camera.model_copy(update={"sample_fps": wanted_fps}).to_source_spec()
    images: list[NDArray[np.uint8]] = []
    deadline_s = time.monotonic() + camera.connect_timeout_s + seconds + _PATIENCE_S
    with CameraSource(spec) as source:
        while len(images) < _FRAMES and time.monotonic() < deadline_s:
            frame = source.get(0.5)
            if frame is not None:
                images.append(frame.image)
            elif source.ended:
                break
        error = source.status.error
    if not images:
        raise error or SourceError(f"camera {camera.id}: no picture within {_PATIENCE_S:g} s")
    if len({image.shape for image in images}) > 1:
        raise ConfigError(
            f"camera {camera.id}: the size of the picture changed while looking; try again"
        )
    # Whoever passes is in few of the frames at any one place: the median has not seen them.
    return np.asarray(np.median(np.stack(images), axis=0), np.uint8)


def _plain(kept: "CleanReference") -> dict[str, Any]:
    return {
        "id": kept.id,
        "camera": kept.camera_id,
        "mode": kept.mode.value,
        "size_wh": list(kept.size_wh),
        "sha256": kept.sha256,
        "taken_at": kept.taken_at.isoformat(),
        "origin": kept.origin,
        "approved_by": kept.approved_by,
        "approved_at": None if kept.approved_at is None else kept.approved_at.isoformat(),
    }


def _say(what: str, kept: "CleanReference", *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_plain(kept), ensure_ascii=False))
        return
    by = f" by {kept.approved_by}" if kept.approved_by else ""
    size = f"{kept.size_wh[0]}x{kept.size_wh[1]}"
    taken = kept.taken_at.astimezone().isoformat(timespec="minutes")
    typer.echo(f"{kept.id}  {kept.camera_id}  {kept.mode.value}  {size}  {taken}  {what}{by}")
