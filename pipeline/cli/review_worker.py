"""`lifelane review --worker`: what people upload into the service's queue."""

import os
import signal
import threading
from datetime import tzinfo
from pathlib import Path

import typer

from pipeline.errors import ConfigError

__all__ = ["work_queue"]


def work_queue(
    api: str,
    out: Path,
    *,
    model: str,
    confidence: float | None,
    processes: int | None,
    timezone: tzinfo,
    until_empty: bool,
) -> None:
    """Review uploaded photos until SIGTERM or Ctrl-C, or until nothing waits.

    Raises:
        ConfigError: The address, the key or the folder cannot be used.
        DeliveryError: With ``until_empty``: the service does not answer.
    """
    from pipeline.detectors import open_detector
    from pipeline.detectors.onnx_model import default_threads
    from pipeline.publish.lock import FolderLock
    from pipeline.review import QueueClient, ReviewWorker, worker_name

    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {out}: cannot be made: {error.strerror}") from error
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    lock = FolderLock(out)
    api_key = os.environ.get("LIFELANE_API_KEY", "")
    queue = QueueClient(url=api, api_key=api_key, worker=worker_name(out))
    try:
        worker = ReviewWorker(
            out,
            queue,
            url=api,
            api_key=api_key,
            detector=open_detector(model, confidence=confidence, threads=1),
            settings=f"worker {model} {confidence} {timezone}",
            processes=processes or default_threads(),
            timezone=timezone,
        )
        typer.echo(f"waiting for photos of {api}", err=True)
        settled = worker.run(stopping, until_empty=until_empty)
        typer.echo(f"{settled} photos settled", err=True)
    finally:
        queue.close()
        lock.release()
