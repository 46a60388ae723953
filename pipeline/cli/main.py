"""The command `lifelane`: registers every subcommand and turns our errors into exit codes.

Exit codes: 0 done, 1 done with failures listed, 2 bad usage or configuration.
"""

import os
import sys
from importlib.metadata import entry_points
from typing import Annotated

import structlog
import typer

from pipeline import __version__
from pipeline.cli import (
    bench,
    check_config,
    demo,
    detect,
    evaluate,
    models,
    outbox,
    probe,
    reference,
    replay,
    review,
    watch,
)
from pipeline.errors import LifeLaneError

__all__ = ["app", "main"]

# The service half is reached by name only: pipeline never imports it.
_COMMAND_GROUP = "lifelane.commands"

app = typer.Typer(
    name="lifelane",
    help="LifeLane 生命通道: keeps fire lanes, lifts and corridors clear.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"lifelane {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """LifeLane 生命通道."""


def _register() -> None:
    app.command("demo")(demo.demo)
    app.command("watch")(watch.watch)
    app.command("check-config")(check_config.check_config)
    app.command("detect")(detect.detect)
    app.command("replay")(replay.replay)
    app.command("probe")(probe.probe)
    app.command("review")(review.review)
    app.add_typer(models.models_app, name="models")
    app.add_typer(outbox.outbox_app, name="outbox")
    app.add_typer(reference.reference_app, name="reference")
    app.add_typer(bench.bench_app, name="bench")
    app.add_typer(evaluate.evaluate_app, name="evaluate")
    for point in sorted(entry_points(group=_COMMAND_GROUP), key=lambda point: point.name):
        command = point.load()
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=point.name)
        else:
            app.command(point.name)(command)


_register()


def main() -> None:
    """Run the command line; an error of ours ends in its message and exit code 2."""
    # Ultralytics reads these on import; nothing of ours reports home or downloads.
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    # Stdout belongs to results: one log line among JSON lines, and a script can read none.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        app()
    except LifeLaneError as error:
        typer.secho(f"lifelane: {error}", fg="red", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
