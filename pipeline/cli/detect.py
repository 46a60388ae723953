"""`lifelane detect`: what the model sees on photos."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import ConfigError, PhotoError

if TYPE_CHECKING:
    from rich.progress import Progress

    from pipeline.detectors import Detector
    from pipeline.sources.photos import Photo
    from pipeline.types import Detections

__all__ = ["BackendChoice", "detect"]

_BATCH = 8
# Eight photos of a phone are 600 MB as pixels; a batch is cut short before that.
_BATCH_PIXELS = 60_000_000


class BackendChoice(StrEnum):
    """What runs the weights."""

    ONNX = "onnx"
    ULTRALYTICS = "ultralytics"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """A photo that gave no result, and why."""

    path: Path
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """A photo with its boxes."""

    photo: "Photo"
    detections: "Detections"


def detect(
    images: Annotated[list[Path], typer.Argument(help="Photos, or folders of photos.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON line a photo on stdout.")
    ] = False,
    model: Annotated[
        str, typer.Option(help="Name of a released model, or path of an .onnx or .pt file.")
    ] = "default",
    input_size: Annotated[
        int | None, typer.Option(min=1, help="Side of the model's input in pixels.")
    ] = None,
    confidence: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Drop boxes at or below this.")
    ] = None,
    backend: Annotated[
        BackendChoice, typer.Option(help="What runs the model; ultralytics needs torch.")
    ] = BackendChoice.ONNX,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads for one photo; default: the CPUs, 4 at most.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Folder for copies with the boxes drawn.")
    ] = None,
) -> None:
    """Find people, vehicles and things on photos 照片检测.

    A photo that cannot be read is named, and the rest goes on.

    Exit code 1: some photos could not be read. Exit code 2: there was nothing to look at.
    """
    from pipeline.detectors import open_detector
    from pipeline.sources.photos import PHOTO_SUFFIXES

    items = _collect(images)
    if not any(isinstance(item, Path) for item in items):
        for item in items:
            if isinstance(item, _Failure):
                _report_failure(item, as_json=as_json)
        raise ConfigError(
            "no photo to look at in: "
            + ", ".join(map(_shown, images))
            + f"; expected files, or folders with {' '.join(sorted(PHOTO_SUFFIXES))}"
        )
    detector = open_detector(
        model,
        backend=backend.value,
        input_size=input_size,
        confidence=confidence,
        threads=threads,
    )
    writer = _CopyWriter(save, detector.classes, items) if save is not None else None
    rows: list[tuple[str, str, str]] = []
    failed = 0
    with _progress(len(items)) as progress:
        task = progress.add_task("photos 照片", total=len(items))
        for outcome in _run(items, detector):
            if isinstance(outcome, _Failure):
                failed += 1
                _report_failure(outcome, as_json=as_json)
            else:
                if as_json:
                    typer.echo(json.dumps(_to_json(outcome, detector), ensure_ascii=False))
                else:
                    rows.append(_to_row(outcome, detector))
                if writer is not None:
                    writer.write(outcome)
            progress.advance(task)
    if not as_json:
        _print_table(rows, detector.model_version)
    if failed:
        raise typer.Exit(1)


def _collect(arguments: Sequence[Path]) -> list[Path | _Failure]:
    """Walk folders, in the order of the arguments; what is not there is named in its place."""
    from pipeline.sources.photos import PHOTO_SUFFIXES

    items: list[Path | _Failure] = []

    def blame(error: OSError) -> None:
        path = Path(error.filename or "?")
        items.append(_Failure(path=path, message=f"cannot be read: {error.strerror}"))

    for argument in arguments:
        try:
            is_folder, is_there = argument.is_dir(), argument.exists()
        except OSError as error:
            blame(error)
            continue
        if is_folder:
            for folder, folders, names in os.walk(argument, onerror=blame):
                folders.sort()
                found = (Path(folder, name) for name in sorted(names))
                items.extend(path for path in found if path.suffix.lower() in PHOTO_SUFFIXES)
        elif is_there:
            # Named by hand: load_photo says so if its ending is none of a photo.
            items.append(argument)
        else:
            items.append(_Failure(path=argument, message="there is no such file or folder"))
    return items


def _run(items: Sequence[Path | _Failure], detector: "Detector") -> Iterator[_Result | _Failure]:
    """Load and detect in batches; results keep the order of ``items``."""
    from pipeline.sources.photos import load_photo

    batch: list[Photo | _Failure] = []
    pixels = 0
    for item in items:
        loaded: Photo | _Failure
        if isinstance(item, _Failure):
            loaded = item
        else:
            try:
                loaded = load_photo(item)
                pixels += loaded.image.shape[0] * loaded.image.shape[1]
            except PhotoError as error:
                loaded = _Failure(path=item, message=str(error))
        batch.append(loaded)
        if len(batch) == _BATCH or pixels > _BATCH_PIXELS:
            yield from _detect_batch(batch, detector)
            batch, pixels = [], 0
    yield from _detect_batch(batch, detector)


def _detect_batch(
    batch: Sequence["Photo | _Failure"], detector: "Detector"
) -> Iterator[_Result | _Failure]:
    images = [item.image for item in batch if not isinstance(item, _Failure)]
    found = iter(detector.detect(images))
    for item in batch:
        if isinstance(item, _Failure):
            yield item
        else:
            yield _Result(photo=item, detections=next(found))


def _to_json(result: _Result, detector: "Detector") -> dict[str, Any]:
    height, width = result.photo.image.shape[:2]
    found = result.detections
    return {
        "file": _shown(result.photo.path),
        "width": int(width),
        "height": int(height),
        "model": detector.model_version,
        "detections": [
            {
                "class": detector.classes[int(class_id)],
                "confidence": round(float(confidence), 4),
                "xyxy": [round(float(side), 2) for side in xyxy],
            }
            for xyxy, confidence, class_id in zip(
                found.xyxy, found.confidence, found.class_id, strict=True
            )
        ],
    }


def _to_row(result: _Result, detector: "Detector") -> tuple[str, str, str]:
    height, width = result.photo.image.shape[:2]
    by_class: dict[str, list[float]] = {}
    for class_id, confidence in zip(
        result.detections.class_id, result.detections.confidence, strict=True
    ):
        by_class.setdefault(detector.classes[int(class_id)], []).append(float(confidence))
    words = [f"{name} {' '.join(f'{c:.2f}' for c in found)}" for name, found in by_class.items()]
    return _shown(result.photo.path), f"{width}x{height}", "\n".join(words) or "-"


def _print_table(rows: Sequence[tuple[str, str, str]], model_version: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    table = Table(Column("photo", overflow="fold"), "pixels", f"seen by {model_version}")
    for row in rows:
        table.add_row(*map(escape, row))
    if rows:
        Console().print(table)


def _report_failure(failure: _Failure, *, as_json: bool) -> None:
    if as_json:
        line = {"file": _shown(failure.path), "error": failure.message}
        typer.echo(json.dumps(line, ensure_ascii=False))
    else:
        message = failure.message
        # Most messages begin with the path already.
        if not message.startswith(str(failure.path)):
            message = f"{failure.path}: {message}"
        typer.secho(message.encode("utf-8", "replace").decode(), fg="red", err=True)


def _progress(count: int) -> "Progress":
    from rich.console import Console
    from rich.progress import Progress

    errors = Console(stderr=True)
    # Left to itself, rich takes over standard output as well, and the JSON lines with it.
    return Progress(
        console=errors,
        disable=count <= _BATCH or not errors.is_terminal,
        redirect_stdout=False,
        redirect_stderr=False,
        transient=True,
    )


def _shown(path: Path) -> str:
    """Return the path as text that can always be printed, bytes that are no UTF-8 replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


class _CopyWriter:
    """Writes a copy of each photo with its boxes; no photo and no other copy is overwritten."""

    def __init__(
        self, folder: Path, classes: Sequence[str], items: Sequence[Path | _Failure]
    ) -> None:
        self._folder = folder
        self._classes = classes
        self._taken: set[str] = set()
        photos = [item for item in items if isinstance(item, Path)]
        if folder.resolve() in {photo.resolve().parent for photo in photos}:
            raise ConfigError(
                f"--save {folder}: the photos themselves lie there and would be overwritten;"
                " name another folder"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"--save {folder}: cannot be made: {error.strerror or error}"
            ) from error

    def write(self, result: _Result) -> None:
        from pipeline.evidence import annotate_detections, encode_jpeg

        picture = annotate_detections(result.photo.image, result.detections, self._classes)
        stem = result.photo.path.stem
        name, number = stem, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name.casefold())
        target = self._folder / f"{name}.jpg"
        try:
            target.write_bytes(encode_jpeg(picture))
        except OSError as error:
            raise ConfigError(f"--save {target}: cannot be written: {error}") from error
