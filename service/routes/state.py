"""What one application's routes share."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from service.repository import CameraBook, Database, PictureStore
from service.routes.attempts import Attempts
from service.routes.metrics import Metrics
from service.settings import Settings

__all__ = ["Services", "services_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything behind the routes of one application; nothing is shared between two.

    Attributes:
        settings: What the installation has set.
        database: The ledger.
        pictures: The evidence files.
        cameras: How the cameras are doing.
        metrics: Counters on a registry of this application.
        key_attempts: Who has shown wrong keys lately.
        sign_in_attempts: Who has typed wrong passwords lately.
        version: LifeLane's version.
    """

    settings: Settings
    database: Database
    pictures: PictureStore
    cameras: CameraBook
    metrics: Metrics
    key_attempts: Attempts
    sign_in_attempts: Attempts
    version: str


def services_of(request: Request) -> Services:
    """The services of the application that this request came to."""
    return cast("Services", request.app.state.services)
