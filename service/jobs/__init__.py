"""What the service does by itself, now and then, beside answering requests."""

from service.jobs.runner import Job, JobRunner
from service.jobs.table import build_jobs

__all__ = ["Job", "JobRunner", "build_jobs"]
