"""The HTTP surface: what comes in is checked here, what goes out is described here."""

from service.routes.api import include_routes
from service.routes.limits import BodyLimit
from service.routes.metrics import Metrics, RequestTimer
from service.routes.problems import install_error_handlers
from service.routes.state import Services

__all__ = [
    "BodyLimit",
    "Metrics",
    "RequestTimer",
    "Services",
    "include_routes",
    "install_error_handlers",
]
