"""`lifelane evaluate events`: incidents of a suite of clips against what really happened."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table

if TYPE_CHECKING:
    from pipeline.evaluate import EventReport, Suite

__all__ = ["events"]

_WIDTH = 150
_COLUMNS = {
    "events": "events",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "false_alarms": "false",
    "duplicates": "twice",
    "false_alarms_per_camera_day": "false a camera-day",
    "time_to_raise_p50_s": "raise p50 s",
    "time_to_raise_p95_s": "raise p95 s",
    "time_to_clear_p95_s": "clear p95 s",
}


def events(
    suite: Annotated[
        Path,
        typer.Option(
            "--suite", metavar="DIR", help="A folder with suite.yaml or events.json and its clips."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    model: Annotated[str, typer.Option(help="A released model or a path to weights.")] = "default",
    only: Annotated[
        str | None, typer.Option(help="Only clips whose file or conditions contain this.")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder where detections are kept, so that a second run is fast."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the JSON there as well.")] = None,
) -> None:
    """Precision, recall, false alarms per camera-day and time to raise, event by event.

    Exit code 1: some clips could not be played; they are listed.
    """
    from pipeline.evaluate import load_suite, simulate

    loaded, index = load_suite(suite)
    with Console(stderr=True).status("opening") as status:
        if loaded.simulated is None:
            outcome = _play(loaded, index, model=model, only=only, cache=cache, status=status)
        else:
            outcome = simulate(loaded.suite, loaded.simulated, progress=status.update)
    found = outcome.to_json()
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _show(found)
    for failure in found["failures"]:
        typer.secho(f"lifelane: {failure['clip']}: {failure['error']}", fg="red", err=True)
    if found["failures"]:
        raise typer.Exit(1)


def _play(
    suite: "Suite",
    index: Path,
    *,
    model: str,
    only: str | None,
    cache: Path | None,
    status: Status,
) -> "EventReport":
    from pipeline.errors import ConfigError
    from pipeline.evaluate import evaluate_suite
    from pipeline.evaluate.detections import open_suite_detector

    if only is not None:
        kept = tuple(
            clip
            for clip in suite.clips
            if only in clip.file or any(only in word for word in clip.conditions)
        )
        if not kept:
            raise ConfigError(f"{index}: no clip's file or conditions contain {only!r}")
        suite = suite.model_copy(update={"clips": kept})
    return evaluate_suite(
        suite,
        folder=suite.folder(index),
        detector=open_suite_detector(suite, model=model, cache=cache),
        progress=lambda name: status.update(f"playing {name}"),
    )


def _show(found: dict[str, Any]) -> None:
    table = Table(title=f"{found['suite']}, {found['model']}, {found['camera_hours']} camera-hours")
    table.add_column("", no_wrap=True)
    for heading in _COLUMNS.values():
        table.add_column(heading, justify="right")
    rows = {"all": found, **found["by_kind"], **found["by_condition"]}
    for name, figures in rows.items():
        cells = [figures[key] for key in _COLUMNS]
        table.add_row(name, *("–" if cell is None else f"{cell:g}" for cell in cells))
    console = Console()
    # Beside a pipe or in a narrow window a cut heading says nothing.
    console.width = max(console.width, _WIDTH)
    console.print(table)
    for clip in found["clips"]:
        for word in ("missed", "false_alarms"):
            for each in clip[word]:
                typer.echo(f"{word}: {clip['clip']}: {each}")
