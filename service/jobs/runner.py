"""Periodic jobs in threads of their own; of many processes one at a time does each."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from service.errors import ServiceError
from service.repository import Database

__all__ = ["Job", "JobRunner"]

_log = logging.getLogger("lifelane.service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do every so often.

    Attributes:
        name: A stable word; the lock between processes carries it.
        every_s: Seconds from the end of one run to the next.
        run: Does it; called in a thread, must come to an end by itself.
    """

    name: str
    every_s: float
    run: Callable[[], object]


class JobRunner:
    """Runs jobs until it is stopped. A job that fails is tried again at its next time.

    Args:
        database: Whose locks decide which process runs a job.
        jobs: What to run.
    """

    def __init__(self, database: Database, jobs: Sequence[Job]) -> None:
        self._database = database
        self._jobs = jobs
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin; returns at once."""
        for job in self._jobs:
            thread = threading.Thread(
                target=self._loop, args=(job,), name=f"job-{job.name}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Let what is under way end, and begin nothing new."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(10)

    def run_once(self, job: Job) -> bool:
        """Run a job now, unless another process is at it; whether it ran."""
        with self._database.exclusive(f"job:{job.name}") as ours:
            if ours:
                job.run()
            return ours

    def _loop(self, job: Job) -> None:
        while not self._stopping.wait(job.every_s):
            try:
                self.run_once(job)
            except (ServiceError, SQLAlchemyError, OSError) as error:
                # The database may be away for a while; the job's next time comes.
                _log.error("job %s failed: %s", job.name, error, exc_info=error)
