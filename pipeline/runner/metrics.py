"""The figures of a running watch, as Prometheus reads them; off unless a port is given."""

import resource
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Histogram, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from pipeline.health import CameraState

if TYPE_CHECKING:
    from pipeline.runner.watch import Watcher

__all__ = ["WatchMetrics"]

_QUANTILES = (0.5, 0.95, 0.99)


class WatchMetrics:
    """Figures of one watcher on a registry of their own.

    Attributes:
        registry: Holds them.
        frame_age: Seconds from a picture's arrival to its judgement, by kind of place.
    """

    def __init__(self, watcher: "Watcher") -> None:
        self.registry = CollectorRegistry()
        self.frame_age: Histogram = watcher.frame_age
        self.registry.register(self.frame_age)
        self.registry.register(_Figures(watcher))

    def serve(self, port: int, *, host: str = "127.0.0.1") -> int:
        """Answer ``GET /metrics`` from a thread of its own.

        Args:
            port: TCP port; 0 takes a free one.
            host: Address to listen on; loopback unless somebody decides otherwise.

        Returns:
            The port that it listens on.

        Raises:
            OSError: The port is taken.
        """
        server, _ = start_http_server(port, addr=host, registry=self.registry)
        return int(server.server_port)


class _Figures(Collector):
    """Reads the watcher when it is asked, so that nothing is counted twice."""

    def __init__(self, watcher: "Watcher") -> None:
        self._watcher = watcher

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Names only; collecting would need running cameras."""
        yield GaugeMetricFamily("lifelane_camera_state", "1 for the state the camera is in")

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Every figure of every camera, and of the process."""
        yield from self._states()
        yield from self._counts()
        yield from self._ages()
        yield from self._process()

    def _states(self) -> Iterator[GaugeMetricFamily]:
        state = GaugeMetricFamily(
            "lifelane_camera_state", "1 for the state the camera is in", labels=["camera", "state"]
        )
        offset = GaugeMetricFamily(
            "lifelane_camera_clock_offset_seconds",
            "Camera's wall clock less ours",
            labels=["camera"],
        )
        lag = GaugeMetricFamily(
            "lifelane_camera_lag_seconds", "How late pictures arrive", labels=["camera"]
        )
        keys = GaugeMetricFamily(
            "lifelane_camera_keys_only", "1 while only key frames are decoded", labels=["camera"]
        )
        for camera in list(self._watcher.cameras):
            status = camera.source.status
            for word in CameraState:
                state.add_metric([camera.id, word.value], float(word is camera.state))
            if status.clock_offset_s is not None:
                offset.add_metric([camera.id], status.clock_offset_s)
            lag.add_metric([camera.id], status.lag_s)
            keys.add_metric([camera.id], float(status.keys_only))
        yield from (state, offset, lag, keys)

    def _counts(self) -> Iterator[CounterMetricFamily]:
        words = {
            "frames": "Pictures handed to the detector's queue and taken",
            "looked": "Sampled pictures that the change gate looked at",
            "changed": "Of those, the ones in which something had changed",
            "decoded": "Pictures decoded",
            "dropped": "Pictures dropped because newer ones waited",
            "decode_errors": "Damaged pictures, withheld",
            "reconnects": "Times that pictures came again after an outage",
            "stalls": "Times that pictures failed to come on a standing connection",
        }
        for name, words_of_it in words.items():
            family = CounterMetricFamily(
                f"lifelane_camera_{name}", words_of_it, labels=["camera", "place"]
            )
            for camera in list(self._watcher.cameras):
                labels = [camera.id, camera.config.place.value]
                family.add_metric(labels, getattr(camera.source.status, name))
            yield family
        inferences = CounterMetricFamily(
            "lifelane_camera_inferences", "Pictures detected on", labels=["camera", "place"]
        )
        for camera in list(self._watcher.cameras):
            inferences.add_metric([camera.id, camera.config.place.value], camera.inferences)
        yield inferences
        overtaken = CounterMetricFamily(
            "lifelane_camera_overtaken",
            "Pictures that missed their time and were overtaken by newer ones",
            labels=["camera", "place"],
        )
        for camera in list(self._watcher.cameras):
            overtaken.add_metric([camera.id, camera.config.place.value], camera.overtaken)
        yield overtaken

    def _ages(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "lifelane_camera_frame_age_seconds",
            "Age of the last pictures when they had been judged",
            labels=["camera", "quantile"],
        )
        for camera in list(self._watcher.cameras):
            ages_s = sorted(camera.ages_s)
            for share in _QUANTILES if ages_s else ():
                family.add_metric([camera.id, f"{share:g}"], ages_s[int(share * (len(ages_s) - 1))])
        yield family

    def _process(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        watcher = self._watcher
        cpu = CounterMetricFamily(
            "lifelane_cpu_seconds",
            "CPU time by part; inference takes in what other threads of the process do meanwhile",
            labels=["part"],
        )
        capture_s = watcher.pool.cpu_s
        gate_s = sum(camera.source.status.gate_cpu_s for camera in list(watcher.cameras))
        cpu.add_metric(["decode"], max(capture_s - gate_s, 0.0))
        cpu.add_metric(["gate"], gate_s)
        cpu.add_metric(["inference"], watcher.detect_cpu_s)
        cpu.add_metric(["rest"], max(time.process_time() - watcher.detect_cpu_s, 0.0))
        yield cpu
        loop = CounterMetricFamily(
            "lifelane_loop_seconds", "Time of the judging loop by what it did", labels=["work"]
        )
        for work, seconds_s in watcher.loop_s.items():
            loop.add_metric([work], seconds_s)
        yield loop
        memory = GaugeMetricFamily(
            "lifelane_memory_bytes", "Proportional memory of a process", labels=["part"]
        )
        memory.add_metric(["watch"], _memory_bytes(None))
        for number, pid in enumerate(watcher.pool.pids):
            memory.add_metric([f"capture-{number}"], _memory_bytes(pid))
        yield memory
        yield GaugeMetricFamily(
            "lifelane_watch_shortage",
            "How short of time it is, 0 to 4",
            value=watcher.load.shortage,
        )
        yield GaugeMetricFamily(
            "lifelane_open_incidents", "Raised and not ended", value=watcher.open_incidents
        )


def _memory_bytes(pid: int | None) -> float:
    """Memory of a process, what it shares with others divided among them (Linux: PSS)."""
    try:
        with open(f"/proc/{pid or 'self'}/smaps_rollup", encoding="ascii") as file:  # noqa: PTH123
            for line in file:
                if line.startswith("Pss:"):
                    return float(line.split()[1]) * 1024
    except OSError:
        pass
    if pid is not None:
        return 0.0
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024
