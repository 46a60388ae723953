"""`lifelane demo`: incident API, desk and three cameras on one machine, in one command."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from pipeline.errors import ConfigError, LifeLaneError

__all__ = ["demo"]

_KIND_ZH = {
    "fire_lane_blocked": "消防车道被占用",
    "ebike_in_elevator": "电动车进电梯",
    "ebike_indoors": "电动车进楼道",
    "corridor_clutter": "楼道堆物",
    "climbing_site_blocked": "登高操作场地被占用",
    "exit_blocked": "安全出口被堵塞",
}


def demo(
    port: Annotated[int, typer.Option(help="Port of the incident API and desk.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    data_dir: Annotated[
        Path, typer.Option(help="Where the demo keeps its data; emptied at each start.")
    ] = Path("lifelane-data/demo"),
    clips: Annotated[Path | None, typer.Option(help="Folder with clips and events.json.")] = None,
    rtsp: Annotated[
        bool, typer.Option(help="Play the clips over real RTSP where a server is installed.")
    ] = True,
    seconds: Annotated[
        float | None, typer.Option(help="Stop by itself after so many seconds.")
    ] = None,
) -> None:
    """Show LifeLane at work: cameras, incident API and desk, until Ctrl-C."""
    from pipeline.demo import (
        LoopbackRtsp,
        await_health,
        find_clips,
        lifelane_command,
        rtsp_server_missing,
        run_process,
        write_site_file,
    )

    found = find_clips(clips)
    _refuse_busy_port(host, port)
    # Only what an earlier demo made is removed, never a folder of somebody else's.
    marker = data_dir / ".lifelane-demo"
    if data_dir.exists() and any(data_dir.iterdir()) and not marker.exists():
        raise ConfigError(
            f"{data_dir}: not empty and not made by the demo; name another --data-dir"
        )
    shutil.rmtree(data_dir, ignore_errors=True)
    data_dir.mkdir(parents=True)
    marker.touch()
    # Who listens on every address is reached on this machine's own.
    api_url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104
    password = secrets.token_urlsafe(6)
    environment = os.environ | {
        "LIFELANE_API_KEY": f"llk_demo_{secrets.token_urlsafe(24)}",
        "LIFELANE_DESK_PASSWORD": password,
        "PYTHONUNBUFFERED": "1",
    }
    stop_at_s = time.monotonic() + seconds if seconds is not None else float("inf")
    with ExitStack() as stack:
        # A service manager and a closed terminal stop it as cleanly as Ctrl-C does; a shell
        # that starts it in the background has Ctrl-C's signal ignored unless it is asked for.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _raise_interrupt)
        try:
            urls: dict[str, str] = {}
            missing = rtsp_server_missing() if rtsp else "switched off (--no-rtsp)"
            if missing is None:
                server = stack.enter_context(
                    LoopbackRtsp({clip.camera_id: clip.file for clip in found})
                )
                urls = {clip.camera_id: server.url(clip.camera_id) for clip in found}
            else:
                typer.echo(f"no RTSP server, the clips play as files: {missing}")
            site_file = data_dir / "site.yaml"
            write_site_file(site_file, clips=found, urls=urls, api_url=api_url)
            serve = [
                *lifelane_command("serve", "--host", host, "--port", str(port)),
                *("--data-dir", str(data_dir / "service"), "--site", "demo"),
            ]
            service = stack.enter_context(run_process(serve, environment, data_dir / "serve.log"))
            await_health(api_url, service, data_dir / "serve.log")
            watch = lifelane_command("watch", str(site_file))
            watcher = stack.enter_context(run_process(watch, environment, data_dir / "watch.log"))
            _tell_where(api_url, password, found, urls, data_dir)
            _follow(api_url, environment["LIFELANE_API_KEY"], [service, watcher], stop_at_s)
        except KeyboardInterrupt:
            typer.echo("\nstopping ...")
    typer.echo("stopped 已停止")


def _raise_interrupt(number: int, frame: Any) -> None:  # noqa: ARG001
    raise KeyboardInterrupt


def _refuse_busy_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"port {port} on {host} is not free ({error.strerror}); "
                f"choose another: lifelane demo --port {port + 1}"
            ) from error


def _tell_where(
    api_url: str, password: str, clips: list[Any], urls: dict[str, str], data_dir: Path
) -> None:
    typer.secho(f"\n  打开 open   {api_url}/", bold=True)
    typer.secho(f"  登录 sign in  desk / {password}", bold=True)
    for clip in clips:
        typer.echo(f"  camera {clip.camera_id:<10} {urls.get(clip.camera_id, clip.file)}")
    typer.echo(f"  logs in {data_dir}; Ctrl-C stops\n")


def _follow(
    api_url: str, key: str, processes: list[subprocess.Popen[bytes]], stop_at_s: float
) -> None:
    """Print each incident as the API has it, until stopped or a part of the demo dies."""
    shown: dict[Any, tuple[str, str]] = {}
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=api_url, headers=headers, timeout=5, trust_env=False) as client:
        while time.monotonic() < stop_at_s:
            dead = next((each for each in processes if each.poll() is not None), None)
            if dead is not None:
                raise LifeLaneError(f"a part of the demo stopped with exit code {dead.returncode}")
            try:
                items = client.get("/api/v1/incidents", params={"limit": 50}).json()["items"]
            except (httpx.HTTPError, ValueError):
                items = []  # restarting or busy; the next round tells
            for item in reversed(items):
                now = (item["phase"], item["status"])
                if shown.get(item["id"]) != now:
                    shown[item["id"]] = now
                    kind = _KIND_ZH.get(item["kind"], "")
                    typer.echo(
                        f"  {time.strftime('%H:%M:%S')}  #{item['id']:<4} {item['phase']:<7}"
                        f" {item['status']:<12} {item['camera_id']:<10} {item['kind']} {kind}"
                    )
            time.sleep(1.0)
