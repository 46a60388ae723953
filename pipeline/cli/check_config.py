"""`lifelane check-config`: what is wrong in a site file, line by line."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.types import ZoneKind

if TYPE_CHECKING:
    from pipeline.config import Camera, Site

__all__ = ["check_config"]

# Wide enough for a camera's line where the output goes into a file or a pipe.
_PLAIN_WIDTH = 140


def check_config(
    config: Annotated[Path, typer.Argument(metavar="SITE.yaml", help="The site file.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object with every problem.")
    ] = False,
) -> None:
    """Check a site file and say what to mend: file, line, field, expected, found.

    Exit codes: 0 the file can be used (there may be warnings), 2 it cannot.
    """
    from pipeline.config import read_site
    from pipeline.rules import defaults_for

    site, problems = read_site(config)
    if as_json:
        report = {
            "file": str(config),
            "ok": site is not None,
            "problems": [asdict(each) for each in problems],
            "zone_kinds": {
                kind.value: asdict(defaults_for(kind)) | {"hazards": _hazards(kind)}
                for kind in ZoneKind
            },
        }
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        for each in problems:
            typer.echo(each.text(str(config)))
        errors = sum(each.severity == "error" for each in problems)
        counts = f"{_count(errors, 'error')}, {_count(len(problems) - errors, 'warning')}"
        if site is None:
            typer.echo(f"{config}: {counts}: mend the errors and check again")
        else:
            _print_summary(site)
            typer.echo(f"{config}: can be used: {counts}")
    if site is None:
        raise typer.Exit(2)


def _hazards(kind: ZoneKind) -> list[str]:
    from pipeline.rules import rules_for

    return sorted({rule.kind.value for rule in rules_for(kind)})


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _print_summary(site: "Site") -> None:
    api = site.incident_api
    typer.echo(f"site {site.site}" + (f" ({site.name})" if site.name else ""))
    typer.echo(f"  incident API  {api.url if api else 'none: events stay on this machine'}")
    typer.echo(f"  model         {site.model.name}, {site.model.backend}")
    typer.echo(f"  state         {site.state_dir}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("camera", "name", "place", "fps", "source"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "fps" else "left")
    table.add_column("zones (raise / clear)", overflow="fold")
    for camera in site.cameras:
        table.add_row(
            *(
                Text(cell)
                for cell in (
                    camera.id if camera.enabled else f"{camera.id} (off)",
                    camera.name or "",
                    camera.place.value,
                    f"{camera.effective_sample_fps:g}",
                    camera.redacted_source,
                    _zones(camera),
                )
            )
        )
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PLAIN_WIDTH)
    console.print(table)


def _zones(camera: "Camera") -> str:
    zones = [each.to_zone() for each in camera.zones]
    return "\n".join(
        f"{zone.id}: {zone.kind.value} {zone.raise_after_s:g} s / {zone.clear_after_s:g} s"
        for zone in zones
    )
