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
    cameras: Annotated[int, typer.Option(min=1, max=512, help="How many cameras.")] = 16,
    seconds: Annotated[float, typer.Option(min=10, help="How long it is measured.")] = 60.0,
    warm_up: Annotated[float, typer.Option(min=5, help="Seconds before measuring.")] = 25.0,
    busy: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the cameras where something happens.")
    ] = 0.1,
    codec: Annotated[
        str, typer.Option(help="Coding of the streams: h264, hevc or both in turn.")
    ] = "both",
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of the inference; default: automatic.")
    ] = None,
    input_size: Annotated[int | None, typer.Option(help="Model input, in pixels.")] = None,
    model: Annotated[str, typer.Option(help="A model's name, or a path to weights.")] = "default",
    decode: Annotated[
        str | None, typer.Option(help="auto, all or keys; default: by kind of place.")
    ] = None,
    baseline: Annotated[
        bool,
        typer.Option("--baseline", help="Also measure ultralytics, OpenCV and the bare bound."),
    ] = False,
    as_json: _Json = False,
) -> None:
    """Many cameras over real RTSP, through the real pipeline, into the real API.

    A third lifts, a third lanes, a third corridors, 640x360 at 15 frames a second; what is
    raised is compared with what really happens in the recordings.
    """
    from pipeline.bench import StreamsBench, bench_baselines, bench_streams

    codecs = ("h264", "hevc") if codec == "both" else (codec,)
    if not set(codecs) <= {"h264", "hevc"}:
        raise ConfigError(f"--codec: expected h264, hevc or both, got {codec!r}")
    chosen: dict[str, Any] = {"name": model}
    chosen |= {} if threads is None else {"threads": threads}
    chosen |= {} if input_size is None else {"input_size": input_size}
    asked = StreamsBench(
        cameras=cameras,
        seconds=seconds,
        warm_up_s=warm_up,
        busy=busy,
        codecs=codecs,
        model=chosen,
        camera={} if decode is None else {"decode": decode},
    )
    with Console(stderr=True).status("starting") as status:
        tell = status.update
        figures = bench_streams(asked, progress=lambda what: tell(f"bench streams: {what}"))
        if baseline:
            figures["baselines"] = bench_baselines(
                asked, figures, progress=lambda what: tell(f"base line: {what}")
            )
    _show(figures, as_json=as_json)


@bench_app.command("gate")
def gate(
    config: Annotated[
        Path | None, typer.Argument(metavar="[SITE.yaml]", help="Default: the demo's clips.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the inference.")] = 1,
    as_json: _Json = False,
) -> None:
    """What the change gate costs in recall, on recordings: boxes that it would have missed."""
    from pipeline.bench import bench_gate
    from pipeline.config import load_site
    from pipeline.demo import find_clips, write_site_file
    from pipeline.detectors import open_detector

    with tempfile.TemporaryDirectory() as folder:
        if config is None:
            config = Path(folder) / "site.yaml"
            write_site_file(config, clips=find_clips(), urls={}, api_url="http://127.0.0.1:8000")
        with Console(stderr=True).status("starting") as status:
            figures = bench_gate(
                load_site(config).cameras,
                open_detector(threads=threads),
                progress=lambda what: status.update(f"bench gate: {what}"),
            )
    _show(figures, as_json=as_json)


@bench_app.command("service")
def service(
    url: Annotated[
        str | None, typer.Option(help="A running API (key in LIFELANE_API_KEY); default: our own.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="An empty PostgreSQL for our own API; default: SQLite in a new folder."),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.5, help="How long new events come.")] = 20.0,
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Connections at once.")] = 2,
    batch: Annotated[int, typer.Option(min=5, max=100, help="Events a post.")] = 100,
    as_json: _Json = False,
) -> None:
    """Events a second that the incident API takes; the same ones three times more."""
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
            environment.pop("LIFELANE_DATABASE_URL", None)
            if database is not None:
                environment["LIFELANE_DATABASE_URL"] = database
            process = stack.enter_context(run_process(command, environment, log))
            await_health(url, process, log)
        elif not key:
            raise ConfigError("LIFELANE_API_KEY is empty: it holds the key of the API at --url")
        with Console(stderr=True).status("starting") as status:
            figures = bench_service(
                url,
                api_key=key,
                database="sqlite" if database is None else database.partition(":")[0],
                seconds=seconds,
                parallel=parallel,
                batch=batch,
                progress=lambda what: status.update(f"measuring {what}"),
            )
    _show(figures, as_json=as_json)


@bench_app.command("desk")
def desk(
    desks: Annotated[int, typer.Option(min=1, max=64, help="Desks that are open at once.")] = 20,
    rate: Annotated[float, typer.Option(min=0.1, max=100, help="Incidents a second.")] = 10.0,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="How long they come.")] = 15.0,
    as_json: _Json = False,
) -> None:
    """How soon the desk shows what is stored, and how soon its pages can be used.

    In a real Chromium (apt-get install chromium; pip install playwright) on the same machine.
    """
    from pipeline.bench import bench_desk
    from pipeline.demo import await_health, free_port, lifelane_command, run_process

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        key, password, port = secrets.token_urlsafe(24), secrets.token_urlsafe(12), free_port()
        url = f"http://127.0.0.1:{port}"
        command = lifelane_command("serve", "--port", str(port), "--site", "bench")
        command += ["--data-dir", str(folder / "service")]
        environment = os.environ | {"LIFELANE_API_KEY": key, "LIFELANE_DESK_PASSWORD": password}
        environment.pop("LIFELANE_DATABASE_URL", None)
        log = folder / "serve.log"
        process = stack.enter_context(run_process(command, environment, log))
        await_health(url, process, log)
        with Console(stderr=True).status("starting") as status:
            figures = bench_desk(
                url,
                api_key=key,
                password=password,
                desks=desks,
                rate=rate,
                seconds=seconds,
                progress=lambda what: status.update(f"measuring {what}"),
            )
    _show(figures, as_json=as_json)


@bench_app.command("rules")
def rules(
    tracks: Annotated[int, typer.Option(min=1, max=200, help="Boxes a frame.")] = 20,
    zones: Annotated[int, typer.Option(min=1, max=50, help="Zones.")] = 6,
    frames: Annotated[int, typer.Option(min=10, help="Frames that are judged.")] = 600,
    as_json: _Json = False,
) -> None:
    """CPU milliseconds a frame, on one core, of the rules and of the clean reference."""
    from pipeline.bench import bench_rules

    with Console(stderr=True).status("starting") as status:
        figures = bench_rules(
            tracks=tracks,
            zones=zones,
            frames=frames,
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
