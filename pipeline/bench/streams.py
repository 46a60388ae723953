"""Many cameras over real RTSP through the real pipeline into the real API, against the truth."""

import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import yaml

from pipeline.bench.clips import bench_places
from pipeline.bench.figures import Figures, read_figures
from pipeline.bench.plan import BenchCamera, Seen, TrueEvent, plan_cameras, score
from pipeline.demo import await_health, free_port, lifelane_command, run_process
from pipeline.demo.loopback import LoopbackRtsp, rtsp_server_missing
from pipeline.errors import ConfigError, LifeLaneError

__all__ = ["StreamsBench", "bench_streams"]

_SITE = "bench"
_RAISE_AFTER_S = {"fire_lane": 8.0, "elevator": 0.0, "corridor": 8.0}
_CLEAR_AFTER_S = 4.0
_SETTLE_S = 4.0
_BASE_S = 8.0
_UP_LIMIT_S = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamsBench:
    """What is measured.

    Attributes:
        cameras: How many.
        seconds: How long, after the warm-up.
        warm_up_s: Until all cameras are up and the gates have settled, in seconds.
        busy: Share of the cameras in which something happens at any time, in [0, 1].
        codecs: Codings of the streams, in turn.
        model: Fields of the site file's `model`.
        camera: Further fields of every camera in the site file.
    """

    cameras: int = 16
    seconds: float = 60.0
    warm_up_s: float = 25.0
    busy: float = 0.1
    codecs: tuple[str, ...] = ("h264", "hevc")
    model: dict[str, Any] | None = None
    camera: dict[str, Any] | None = None


def bench_streams(
    asked: StreamsBench, *, progress: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Run the benchmark.

    Args:
        asked: What to measure.
        progress: Told what is being done.

    Returns:
        Figures by name; docs/benchmarks.md explains each.

    Raises:
        ConfigError: There is no RTSP server on this machine, or there are no clips.
        LifeLaneError: A part of LifeLane did not start.
    """
    missing = rtsp_server_missing()
    if missing is not None:
        raise ConfigError(f"bench streams needs a real RTSP server: {missing}")
    progress("encoding what the cameras show")
    places = bench_places(codecs=asked.codecs)
    cameras = plan_cameras(
        places,
        cameras=asked.cameras,
        seconds=asked.seconds,
        warm_up_s=asked.warm_up_s + _SETTLE_S,
        busy=asked.busy,
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lifelane-bench-")))
        key = secrets.token_urlsafe(24)
        environment = os.environ | {"LIFELANE_API_KEY": key}
        api = f"http://127.0.0.1:{free_port()}"
        command = lifelane_command("serve", "--port", api.rpartition(":")[2], "--no-desk")
        command += ["--data-dir", str(folder / "service"), "--site", _SITE]
        service_log = folder / "serve.log"
        service = stack.enter_context(run_process(command, environment, service_log))
        await_health(api, service, service_log)
        total_s = asked.warm_up_s + asked.seconds
        plan = {
            camera.id: [
                (camera.place.busy if kind == "busy" else camera.place.quiet, length_s)
                for kind, length_s in camera.segments(total_s)
                if length_s > 0
            ]
            for camera in cameras
        }
        base_mb = 0.0
        if len(cameras) > 1:
            progress("one camera alone, for its memory")
            base_mb = _base_memory_mb(asked, cameras[0], plan, folder, environment)
        with LoopbackRtsp({}, plan=plan) as server:
            site = _write_site(folder / "site.yaml", asked, cameras, server, api)
            watch_log = folder / "watch.log"
            started_s = time.monotonic()
            port = free_port()
            watch = stack.enter_context(
                run_process(_watch_command(site, port), environment, watch_log)
            )
            progress(f"{len(cameras)} cameras come up")
            _await_figures(port, watch, watch_log)
            _sleep(started_s + asked.warm_up_s - time.monotonic(), watch, watch_log)
            before, server_before_s = read_figures(port), _cpu_s(server.pid)
            begun_s = time.monotonic()
            progress(f"measuring for {asked.seconds:g} s")
            _sleep(asked.seconds, watch, watch_log)
            after, server_after_s = read_figures(port), _cpu_s(server.pid)
            until_s = time.monotonic()
            began_s = dict(server.began_s)
        incidents = _incidents(api, key)
    figures = _costs(asked, before, after, until_s - begun_s, base_mb)
    figures["server_cpu_s_per_camera_s"] = round(
        (server_after_s - server_before_s) / (until_s - begun_s) / asked.cameras, 5
    )
    figures |= _truth(cameras, began_s, incidents, begun_s, until_s)
    return {"bench": "streams", "cores": len(os.sched_getaffinity(0)), **figures}


def _watch_command(site: Path, port: int) -> list[str]:
    return lifelane_command("watch", str(site), "--json-logs", "--metrics-port", str(port))


def _await_figures(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the watcher answers; a loaded machine takes its time to load a model."""
    until_s = time.monotonic() + _UP_LIMIT_S
    while True:
        _sleep(0.5, process, log)
        try:
            read_figures(port)
        except LifeLaneError:
            if time.monotonic() > until_s:
                raise
        else:
            return


def _sleep(seconds: float, process: subprocess.Popen[bytes], log: Path) -> None:
    until_s = time.monotonic() + seconds
    while (left_s := until_s - time.monotonic()) > 0:
        if process.poll() is not None:
            tail = log.read_text("utf-8", "replace")[-2000:]
            raise LifeLaneError(f"`lifelane watch` ended by itself; its log ends with:\n{tail}")
        time.sleep(min(left_s, 0.5))


def _cpu_s(pid: int | None) -> float:
    """CPU time of a process so far, in seconds; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _write_site(
    target: Path,
    asked: StreamsBench,
    cameras: Sequence[BenchCamera],
    server: LoopbackRtsp,
    api: str | None,
) -> Path:
    site: dict[str, Any] = {
        "site": _SITE,
        "state_dir": str(target.with_suffix("")),
        "model": asked.model or {},
        "cameras": [
            {
                "id": camera.id,
                "source": server.url(camera.id),
                "place": camera.place.clip.place,
                "zones": [
                    {
                        "id": "zone",
                        "kind": camera.place.clip.place,
                        "polygon": [list(point) for point in camera.place.clip.polygon_norm],
                        "raise_after_s": _RAISE_AFTER_S[camera.place.clip.place],
                        "clear_after_s": _CLEAR_AFTER_S,
                    }
                ],
                **(asked.camera or {}),
            }
            for camera in cameras
        ],
    }
    if api is not None:
        site["incident_api"] = {"url": api, "key_env": "LIFELANE_API_KEY"}
    target.write_text(yaml.safe_dump(site, sort_keys=False), "utf-8")
    return target


def _base_memory_mb(
    asked: StreamsBench,
    camera: BenchCamera,
    plan: dict[str, list[tuple[Path, float]]],
    folder: Path,
    environment: dict[str, str],
) -> float:
    """What one camera takes, with the model and everything that others will share."""
    with LoopbackRtsp({}, plan={camera.id: plan[camera.id]}) as server:
        site = _write_site(folder / "one.yaml", asked, [camera], server, None)
        port, log = free_port(), folder / "one.log"
        with run_process(_watch_command(site, port), environment, log) as watch:
            _await_figures(port, watch, log)
            _sleep(_BASE_S, watch, log)
            return read_figures(port).memory_mb


def _incidents(api: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=api, headers=headers, trust_env=False, timeout=30) as client:
        cursor: str | None = None
        while True:
            parameters: dict[str, Any] = {"limit": 200} | ({"cursor": cursor} if cursor else {})
            page = client.get("/api/v1/incidents", params=parameters).raise_for_status().json()
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found


def _costs(
    asked: StreamsBench, before: Figures, after: Figures, passed_s: float, base_mb: float
) -> dict[str, Any]:
    split = {
        part: round((after.cpu_s[part] - before.cpu_s[part]) / passed_s / asked.cameras, 5)
        for part in after.cpu_s
    }
    looked, inferences = after.looked - before.looked, after.inferences - before.inferences
    others = max(asked.cameras - 1, 1)
    return {
        "cameras": asked.cameras,
        "seconds": round(passed_s, 1),
        "busy_share": asked.busy,
        "cpu_s_per_camera_s": round(sum(split.values()), 5),
        "cpu_split": split,
        "loop_share": {
            work: round((after.loop_s[work] - before.loop_s[work]) / passed_s, 3)
            for work in after.loop_s
        },
        **{
            f"frame_age_p{share:g}_s": after.age_quantile_s(before, share / 100)
            for share in (50, 95, 99)
        },
        "looked_a_second": after.rate_by_place(before, "looked", passed_s),
        "inferences_a_second": round(inferences / passed_s, 2),
        "gate_rate": round(inferences / max(looked, 1), 4),
        "keys_only_share": after.keys_only_share,
        "dropped": after.dropped - before.dropped,
        "decode_errors": after.decode_errors - before.decode_errors,
        "states": after.states,
        "shortage": after.shortage,
        "memory_mb": round(after.memory_mb, 1),
        "memory_mb_per_camera": round((after.memory_mb - base_mb) / others, 1) if base_mb else None,
        "memory_first_camera_mb": round(base_mb, 1) if base_mb else None,
    }


def _truth(
    cameras: Sequence[BenchCamera],
    began_s: dict[str, float],
    incidents: list[dict[str, Any]],
    from_s: float,
    until_s: float,
) -> dict[str, Any]:
    """Compare on this machine's monotonic clock, which server, watch and API share."""
    wall_less_monotonic_s = time.time() - time.monotonic()

    def moment_s(text: str) -> float:
        return datetime.fromisoformat(text).timestamp() - wall_less_monotonic_s

    truth = [
        TrueEvent(
            camera_id=camera.id,
            kind=happening.kind,
            place=camera.place.clip.place,
            begins_s=began_s[camera.id] + at_s + happening.begins_s,
            ends_s=began_s[camera.id] + at_s + happening.ends_s,
            raise_after_s=_RAISE_AFTER_S[camera.place.clip.place],
        )
        for camera in cameras
        if camera.id in began_s
        for at_s in camera.busy_at_s
        for happening in camera.place.happenings
    ]
    seen = [
        Seen(
            camera_id=incident["camera_id"],
            kind=incident["kind"],
            first_seen_s=moment_s(incident["first_seen"]),
            stored_s=moment_s(incident["created_at"]),
        )
        for incident in incidents
    ]
    result = score(truth, seen, from_s=from_s, until_s=until_s)
    alerts = sorted(value for values in result.alert_s.values() for value in values)
    return {
        "expected": result.expected,
        "recall": round(result.found / result.expected, 4) if result.expected else None,
        "missed": list(result.missed),
        "false_starts": len(result.false_starts),
        "false_start_list": list(result.false_starts),
        "alert_p50_s": _quantile(alerts, 0.5),
        "alert_p95_s": _quantile(alerts, 0.95),
        "alert_p95_s_by_place": {
            place: _quantile(sorted(values), 0.95) for place, values in result.alert_s.items()
        },
        "dated_after_p95_s_by_place": {
            place: _quantile(sorted(values), 0.95) for place, values in result.sight_s.items()
        },
        "never_connected": sorted(camera.id for camera in cameras if camera.id not in began_s),
    }


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 3)
