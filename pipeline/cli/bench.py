"""`lifelane bench`: what LifeLane costs on this machine."""

import json
import os
import secrets
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pipeline.errors import ConfigError

__all__ = ["bench_app"]

bench_app = typer.Typer(help="What LifeLane costs on this machine.", no_args_is_help=True)
_Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


@bench_app.command("streams")
def streams(
    config: Annotated[
        Path | None, typer.Argument(metavar="[SITE.yaml]", help="Default: the demo's clips.")
    ] = None,
    frames: Annotated[int, typer.Option(min=3, help="Sampled frames of each camera.")] = 60,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the inference.")] = 1,
    input_size: Annotated[int | None, typer.Option(help="Model input, in pixels.")] = None,
    as_json: _Json = False,
) -> None:
    """Milliseconds a frame: decode, detect, judge; and cameras a core."""
    from pipeline.bench import bench_streams
    from pipeline.config import load_site
    from pipeline.demo import find_clips, write_site_file

    with tempfile.TemporaryDirectory() as folder:
        if config is None:
            config = Path(folder) / "site.yaml"
            write_site_file(config, clips=find_clips(), urls={}, api_url="http://127.0.0.1:8000")
        console = Console(stderr=True)
        with console.status("reading the site file") as status:
            figures = bench_streams(
                load_site(config).cameras,
                frames=frames,
                threads=threads,
                input_size=input_size,
                progress=lambda what: status.update(f"measuring {what}"),
            )
    _show(figures, as_json=as_json)


@bench_app.command("service")
def service(
    url: Annotated[
        str | None, typer.Option(help="A running API (key in LIFELANE_API_KEY); default: our own.")
    ] = None,
    events: Annotated[int, typer.Option(min=20, help="Events to post.")] = 400,
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Connections at once.")] = 4,
    as_json: _Json = False,
) -> None:
    """Events a second that the incident API takes, beside the disk's own commits."""
    from pipeline.bench import bench_service
    from pipeline.demo import await_health, free_port, lifelane_command, run_process

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        key = os.environ.get("LIFELANE_API_KEY", "")
        if url is None:
            key = secrets.token_urlsafe(24)
            port = free_port()
            url = f"http://127.0.0.1:{port}"
            command = lifelane_command("serve", "--port", str(port), "--no-desk")
            command += ["--data-dir", str(folder / "service"), "--site", "bench"]
            log = folder / "serve.log"
            environment = os.environ | {"LIFELANE_API_KEY": key}
            process = stack.enter_context(run_process(command, environment, log))
            await_health(url, process, log)
        elif not key:
            raise ConfigError("LIFELANE_API_KEY is empty: it holds the key of the API at --url")
        with Console(stderr=True).status("starting") as status:
            figures = bench_service(
                url,
                api_key=key,
                folder=folder,
                events=events,
                parallel=parallel,
                progress=lambda what: status.update(f"measuring {what}"),
            )
    _show(figures, as_json=as_json)


@bench_app.command("review")
def review(
    photos: Annotated[int, typer.Option(min=8, help="1920x1080 JPEG photos to review.")] = 200,
    as_json: _Json = False,
) -> None:
    """Photos a second that `lifelane review` takes, beside decoding and inference alone."""
    from pipeline.bench import bench_review

    with Console(stderr=True).status("starting") as status:
        figures = bench_review(
            photos=photos, progress=lambda what: status.update(f"measuring {what}")
        )
    _show(figures, as_json=as_json)


def _show(figures: dict[str, Any], *, as_json: bool) -> None:
    typer.echo(json.dumps(figures, ensure_ascii=False, indent=None if as_json else 2))
