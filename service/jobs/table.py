"""Every job of the service, in one table."""

from datetime import UTC, datetime
from functools import partial

from service.jobs.runner import Job
from service.repository import (
    Database,
    PictureStore,
    compact_tally,
    forget_old_answers,
    remove_old_pictures,
)
from service.settings import Settings

__all__ = ["build_jobs"]


def build_jobs(database: Database, pictures: PictureStore, settings: Settings) -> list[Job]:
    """The jobs of one application.

    Args:
        database: The ledger.
        pictures: The evidence files.
        settings: What the installation has set.
    """

    def remove_pictures() -> None:
        remove_old_pictures(
            database,
            pictures,
            keep_days=settings.keep_pictures_days,
            now=datetime.now(UTC),
        )

    return [
        Job(name="tally", every_s=60.0, run=partial(compact_tally, database)),
        Job(name="retention", every_s=3600.0, run=remove_pictures),
        Job(name="idempotency", every_s=3600.0, run=partial(forget_old_answers, database)),
    ]
