"""`lifelane evaluate detect`: boxes of a suite of labelled pictures against what is there."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.detect import BackendChoice

if TYPE_CHECKING:
    from pipeline.evaluate.detection import Outcome

__all__ = ["detect"]

_FLOOR = 0.01  # what a detector must report for average precision to mean anything
_WIDTH = 130


def detect(
    suite: Annotated[
        Path,
        typer.Option("--suite", metavar="FILE", help="A YAML file that names sets of pictures."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    model: Annotated[str, typer.Option(help="A released model or a path to weights.")] = "default",
    input_size: Annotated[
        int | None, typer.Option(min=1, help="Side of the model's input in pixels.")
    ] = None,
    confidence: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Working threshold; default: the model's own."),
    ] = None,
    backend: Annotated[
        BackendChoice, typer.Option(help="What runs the model; ultralytics needs torch.")
    ] = BackendChoice.ONNX,
    only: Annotated[str | None, typer.Option(help="Only sets whose name contains this.")] = None,
    rounds: Annotated[
        int, typer.Option(min=1, help="Resamplings behind each 95 % interval.")
    ] = 300,
    report: Annotated[
        Path | None,
        typer.Option(help="Folder for figures.json and a contact sheet of mistakes a set."),
    ] = None,
) -> None:
    """Precision, recall and mAP per class, place and condition; e-bikes in lifts; confusions.

    Real sets and rendered ones are told apart. Exit code 1: some sets could not be read; they
    are listed.
    """
    from pipeline.detectors import load_registry, open_detector
    from pipeline.errors import ConfigError
    from pipeline.evaluate.detection import evaluate_pictures
    from pipeline.evaluate.pictures import load_picture_suite

    loaded = load_picture_suite(suite)
    if only is not None:
        kept = tuple(each for each in loaded.sets if only in each.name)
        if not kept:
            names = ", ".join(each.name for each in loaded.sets)
            raise ConfigError(f"{suite}: no set's name contains {only!r}; there are {names}")
        loaded = loaded.model_copy(update={"sets": kept})
    detector = open_detector(model, backend=backend.value, input_size=input_size, confidence=_FLOOR)
    if confidence is None:
        registry = load_registry()
        known = model == "default" or model in registry.models
        confidence = registry.get(model).confidence if known else 0.25
    with _progress() as progress:
        task = progress.add_task("pictures 图片", total=None)
        outcome = evaluate_pictures(
            loaded,
            root=suite.resolve().parent,
            detector=detector,
            confidence=confidence,
            advance=lambda done, total: progress.update(task, completed=done, total=total),
        )
    figures = outcome.to_json(rounds=rounds)
    if report is not None:
        _write_report(report, outcome, figures)
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
    else:
        _show(figures)
    for failure in figures["failures"]:
        typer.secho(f"lifelane: {failure['error']}", fg="red", err=True)
    if figures["failures"]:
        raise typer.Exit(1)


def _write_report(folder: Path, outcome: "Outcome", figures: dict[str, Any]) -> None:
    from pipeline.evaluate.error_sheet import error_sheet
    from pipeline.evidence import encode_jpeg

    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, ensure_ascii=False, indent=1) + "\n"
    (folder / "figures.json").write_text(text, "utf-8")
    for each in outcome.sets:
        sheet = error_sheet(each, outcome.names, confidence=outcome.confidence)
        if sheet is not None:
            (folder / f"mistakes-{each.part.name}.jpg").write_bytes(encode_jpeg(sheet))


def _progress() -> Any:
    from rich.console import Console
    from rich.progress import Progress

    errors = Console(stderr=True)
    return Progress(
        console=errors,
        disable=not errors.is_terminal,
        redirect_stdout=False,
        redirect_stderr=False,
        transient=True,
    )


def _show(figures: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    # Beside a pipe or in a narrow window a cut heading says nothing.
    console.width = max(console.width, _WIDTH)
    table = Table(title=f"{figures['model']} at confidence {figures['confidence']:g}")
    for heading in ("set", "pictures", "class", "boxes"):
        table.add_column(heading, no_wrap=True)
    for heading in ("AP50", "AP50-95", "recall", "precision"):
        table.add_column(heading, justify="right")
    for name, each in figures["sets"].items():
        rows = {"all": {"ap50": each.get("map50"), "ap50_95": each.get("map50_95")}}
        for class_name, row in (rows | each.get("classes", {})).items():
            cells = [row.get(key) for key in ("ap50", "ap50_95", "recall", "precision")]
            table.add_row(
                f"{name} ({each['origin']})" if class_name == "all" else "",
                str(each["pictures"]) if class_name == "all" else "",
                class_name,
                str(row.get("boxes", "")),
                *("–" if cell is None else f"{cell:.3f}" for cell in cells),
            )
    console.print(table)
    for origin, lift in figures["lift"].items():
        typer.echo(f"e-bike in a lift, {origin}: {json.dumps(lift, ensure_ascii=False)}")
    for name, each in figures["sets"].items():
        for word, rates in each.get("false_alarm_rate", {}).items():
            typer.echo(f"false {word!r} on {name}: {json.dumps(rates)}")
