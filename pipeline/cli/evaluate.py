"""`lifelane evaluate`: how well LifeLane sees and judges, measured against ground truth.

Each subcommand is a module of its own, ``pipeline/cli/evaluate_<name>.py``, that holds one
function; it is registered here.
"""

import typer

from pipeline.cli.evaluate_detect import detect
from pipeline.cli.evaluate_events import events

__all__ = ["evaluate_app"]

evaluate_app = typer.Typer(
    help="How well LifeLane sees and judges, against ground truth.", no_args_is_help=True
)
evaluate_app.command("events")(events)
evaluate_app.command("detect")(detect)


@evaluate_app.callback()
def _group() -> None:
    """How well LifeLane sees and judges, against ground truth."""
