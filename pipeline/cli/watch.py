"""`lifelane watch`: the camera pipeline of a site."""

import os
import signal
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.config import Site
    from pipeline.lift import DeskReleases
    from pipeline.publish import Deliverer, SiteStore
    from pipeline.runner import WatchMetrics

__all__ = ["watch"]

_log = structlog.get_logger("lifelane.watch")
_DRAIN_S = 5.0


def watch(
    config: Annotated[Path, typer.Argument(metavar="SITE.yaml", help="The site file.")],
    json_logs: Annotated[bool, typer.Option("--json-logs", help="Logs as JSON lines.")] = False,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            "--metrics-port", min=0, max=65535, help="Answer GET /metrics here; 0: any free port."
        ),
    ] = None,
    metrics_host: Annotated[
        str, typer.Option("--metrics-host", help="Address that /metrics listens on.")
    ] = "127.0.0.1",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Watch and log; keep nothing, send nothing.")
    ] = False,
) -> None:
    """Watch the cameras of a site and report hazards to its incident API.

    Runs until Ctrl-C or SIGTERM. Events that cannot be delivered stay on disk and go out
    when the incident API answers again. A changed site file is taken over while the cameras
    run, at the latest two seconds after it was saved (at once on SIGHUP): cameras that are the
    same are not touched.
    """
    from pipeline.cli.logs import configure_logs
    from pipeline.config import load_sound_zones
    from pipeline.publish import CameraStatePoster, SiteStore
    from pipeline.runner import SiteFileWatch, Watcher, WatchMetrics, open_site_detector

    configure_logs(as_json=json_logs)
    site, left_out = load_sound_zones(config)
    for problem in left_out:
        _log.error("zone left out", problem=problem.text(str(config)))
    api_key = None if dry_run else _api_key(site, config)
    detector = open_site_detector(site)
    with ExitStack() as stack:
        # A dry run must leave no event behind that a later, real run would send.
        dry = Path(stack.enter_context(tempfile.TemporaryDirectory())) if dry_run else None
        names = [each.id for each in site.sinks]
        store = stack.enter_context(SiteStore(dry or site.state_path, sinks=names))
        retired = store.outbox.retire(names)
        if retired:
            _log.warning("events of receivers that are gone are dead letters now", count=retired)
        deliverers = [] if dry_run else _deliverers(site, store, api_key)
        if deliverers:
            stack.callback(_stop_all, deliverers)
        watcher = Watcher(
            site=site,
            detector=detector,
            store=store,
            open_desk=_desk_of(site, api_key),
            may_act=not dry_run,
        )
        poster: CameraStatePoster | None = None
        if api_key is not None and site.incident_api is not None:
            poster = CameraStatePoster(
                url=site.incident_api.url,
                api_key=api_key,
                site=site.site,
                read=watcher.camera_reports,
                timeout_s=site.incident_api.timeout_s,
            )
            stack.callback(poster.stop)
        if metrics_port is not None:
            port = _serve_metrics(WatchMetrics(watcher), metrics_port, metrics_host)
            _log.info("metrics", url=f"http://{metrics_host}:{port}/metrics")
        site_file = SiteFileWatch(config, site, take_over=watcher.reload)
        stack.callback(site_file.stop)

        def _on_signal(number: int, frame: Any) -> None:  # noqa: ARG001
            _log.info("stopping", signal=signal.Signals(number).name)
            watcher.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _on_signal)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, lambda *_: site_file.look_now())
        site_file.start()
        if poster is not None:
            poster.start()
        for deliverer in deliverers:
            deliverer.start()
        _log.info(
            "watching starts",
            site=site.site,
            cameras=len(watcher.cameras),
            model=detector.model_version,
            state="dry run" if dry_run else str(site.state_path),
            incident_api=site.incident_api.url if api_key and site.incident_api else "none",
            sinks=names,
        )
        watcher.run()


def _desk_of(site: "Site", api_key: str | None) -> "Callable[[], DeskReleases] | None":
    """What a lift asks whether the desk has let it go."""
    from pipeline.lift import DeskReleases

    if api_key is None or site.incident_api is None:
        return None
    return partial(DeskReleases, url=site.incident_api.url, api_key=api_key)


def _serve_metrics(metrics: "WatchMetrics", port: int, host: str) -> int:
    try:
        return metrics.serve(port, host=host)
    except OSError as error:
        raise ConfigError(
            f"--metrics-port {port}: cannot listen on {host}: {error.strerror or error}; take"
            " another port, or 0 for any free one"
        ) from error


def _deliverers(site: "Site", store: "SiteStore", api_key: str | None) -> "list[Deliverer]":
    from pipeline.publish import Deliverer, ForeignSink, HttpSink

    found = []
    if api_key is not None and site.incident_api is not None:
        api = site.incident_api
        found.append(
            Deliverer(store, HttpSink(url=api.url, api_key=api_key, timeout_s=api.timeout_s))
        )
    for each in site.sinks:
        sink = ForeignSink(
            name=each.id,
            url=each.url,
            template=each.template,
            token=_secret(each.id, "token_env", each.token_env),
            secret=_secret(each.id, "secret_env", each.secret_env),
            pictures=each.pictures,
            success_field=each.success_field,
            success_value=each.success_value,
            timeout_s=each.timeout_s,
        )
        found.append(Deliverer(store, sink, name=each.id))
    return found


def _stop_all(deliverers: "list[Deliverer]") -> None:
    # All at once: a receiver that hangs must not take the others' time to finish.
    threads = [Thread(target=each.stop, kwargs={"drain_s": _DRAIN_S}) for each in deliverers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _secret(sink: str, field: str, name: str | None) -> str:
    if name is None:
        return ""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigError(
            f"sinks: {sink}: {field}: the environment variable {name} is empty; export {name}=…"
        )
    return value


def _api_key(site: "Site", config: Path) -> str | None:
    if site.incident_api is None:
        _log.warning("no incident_api in the site file: events stay on this machine")
        return None
    name = site.incident_api.key_env
    key = os.environ.get(name, "").strip()
    if not key:
        raise ConfigError(
            f"{config}: incident_api.key_env: the environment variable {name} is empty; "
            f"`lifelane serve` shows an API key on its first start: export {name}=llk_... "
            f"(or look without sending: lifelane watch {config} --dry-run)"
        )
    return key
