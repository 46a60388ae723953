"""`lifelane replay`: a recording through the whole pipeline, faster than real time."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pipeline.errors import ConfigError, SourceError

__all__ = ["replay"]


def replay(
    video: Annotated[Path, typer.Argument(help="A recording, such as lane.mp4.")],
    camera: Annotated[str, typer.Option("--camera", help="Camera id in the site file.")],
    config: Annotated[Path, typer.Option("--config", help="The site file.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON line a hazard event on stdout.")
    ] = False,
    start_at: Annotated[
        datetime | None,
        typer.Option(help="Wall clock of the first frame (local time); default now."),
    ] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="Folder for the pictures of each event.")
    ] = None,
) -> None:
    """Play a recording through detector, zones and rules, in media time.

    Prints each hazard event: what would have been raised, and when. Nothing is sent.
    """
    from pipeline.clutter import ReferenceLibrary
    from pipeline.config import load_site
    from pipeline.runner import ReplayedEvent, open_site_detector, replay_recording

    site = load_site(config)
    chosen = next((each for each in site.cameras if each.id == camera), None)
    if chosen is None:
        known = ", ".join(each.id for each in site.cameras) or "none"
        raise ConfigError(f"{config}: there is no camera {camera!r}; the file has: {known}")
    if not video.is_file():
        raise ConfigError(f"{video}: no such file")
    detector = open_site_detector(site)
    failed = False
    frames = shown = 0
    errors = Console(stderr=True)
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=errors,
        # The events belong to stdout, also when only stdout is a file.
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with progress:
        task = progress.add_task(f"{video.name}: 0 s")
        try:
            for item in replay_recording(
                video,
                site=site.site,
                camera=chosen,
                detector=detector,
                start_at=start_at.astimezone() if start_at else None,
                references=ReferenceLibrary(site.state_path),
                with_evidence=evidence is not None,
            ):
                if isinstance(item, ReplayedEvent):
                    shown += 1
                    line = item.to_json()
                    typer.echo(json.dumps(line, ensure_ascii=False) if as_json else _in_words(line))
                    if evidence is not None:
                        _save(item, evidence)
                else:
                    frames += 1
                    progress.update(task, description=f"{video.name}: {item.media_time_s:.0f} s")
        except SourceError as error:
            failed = True
            errors.print(f"lifelane: {error}", style="red", markup=False)
    if not as_json:
        typer.echo(f"{shown} events in {frames} sampled frames")
    if failed:
        raise typer.Exit(1)


def _in_words(line: dict[str, Any]) -> str:
    return (
        f"{line['last_seen_s']:8.1f} s  {line['phase']:<8} {line['kind']:<22}"
        f" zone {line['zone']}  since {line['first_seen_s']:.1f} s"
        f"  confidence {line['confidence']:.2f}"
    )


def _save(item: Any, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    event = item.event
    for ref in event.evidence:
        picture = item.pictures.get(ref.sha256)
        if picture is not None:
            name = f"{event.incident_key[:8]}-{event.sequence:03d}-{event.phase}-{ref.role}.jpg"
            (folder / name).write_bytes(picture)
