"""The application: database and evidence folder opened, routes and desk put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.alerting import AlertWorker
from service.errors import SettingsError
from service.jobs import JobRunner, build_jobs
from service.repository import CameraBook, Database, PictureStore, parse_url
from service.routes import (
    BodyLimit,
    Metrics,
    RequestTimer,
    Services,
    include_routes,
    install_error_handlers,
)
from service.routes.attempts import Attempts
from service.routes.case_pictures import PicturesIn
from service.routes.findings import FindingIn
from service.routes.idempotent import IdempotentRequests
from service.routes.problems import Problem
from service.routes.wire import EventIn
from service.settings import Settings

__all__ = ["create_app", "database_file", "database_url", "open_database"]

# Of the wire, not of the release: the committed openapi.json changes only with the API.
_API_VERSION = "1"


def database_url(settings: Settings) -> str:
    """The URL that is given, else the file in the data folder."""
    if settings.database_url is not None:
        return settings.database_url
    return f"sqlite+pysqlite:///{settings.data_dir / 'lifelane.sqlite3'}"


def database_file(settings: Settings) -> Path | None:
    """The file that the database is, None where it is a server."""
    url = parse_url(database_url(settings))
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def open_database(settings: Settings) -> Database:
    """Open the database and bring its tables up to date.

    Raises:
        SettingsError: The URL is wrong, the database does not answer, or a newer LifeLane
            made it.
    """
    try:
        # The pictures show people: nobody else on this machine need look into the folder.
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"--data-dir {settings.data_dir}: the folder cannot be made: {error.strerror}"
        ) from error
    database = Database(database_url(settings))
    try:
        database.migrate()
    except BaseException:
        database.close()
        raise
    return database


def _installed_version() -> str:
    try:
        return version("lifelane")
    except PackageNotFoundError:
        return "0+checkout"


def _describe(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        # The events route reads its body by itself, so FastAPI does not know the model.
        event = EventIn.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = schema["components"]["schemas"]
        schemas.update(event.pop("$defs"))
        schemas["EventIn"] = event
        for model in (FindingIn, PicturesIn):
            posted = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(posted.pop("$defs", {}))
            schemas[model.__name__] = posted
        # Error answers name it by hand, because their media type is not JSON's own.
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs"))
        schemas["Problem"] = problem
        app.openapi_schema = schema
    return app.openapi_schema


def create_app(settings: Settings, *, database: Database | None = None) -> FastAPI:
    """Build the application; two of them in one process share nothing.

    Args:
        settings: What the installation has set.
        database: An opened and migrated one; None opens that of ``settings``. The
            application closes it at its shutdown.

    Raises:
        SettingsError: The database cannot be used.
        StorageUnavailable: The evidence folder cannot be used.
    """
    database = database or open_database(settings)
    services = Services(
        settings=settings,
        database=database,
        pictures=PictureStore(settings.evidence_dir),
        cameras=CameraBook(),
        metrics=Metrics(database),
        key_attempts=Attempts(limit=settings.max_failures_per_minute),
        sign_in_attempts=Attempts(limit=settings.max_failures_per_minute),
        version=_installed_version(),
    )

    runner = JobRunner(database, build_jobs(database, services.pictures, settings))
    worker = AlertWorker(database) if settings.alerts else None

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        database.listen()
        runner.start()
        if worker is not None:
            worker.start()
        yield
        if worker is not None:
            worker.stop()
        runner.stop()
        database.close()

    app = FastAPI(
        title="LifeLane incident API",
        version=_API_VERSION,
        description="Takes hazard events of cameras, keeps incidents, shows what became of them.",
        lifespan=lifespan,
        # Both would fetch their scripts from elsewhere; nothing is downloaded at run time.
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    app.add_middleware(IdempotentRequests, database=database)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestTimer, metrics=services.metrics)
    install_error_handlers(app)
    include_routes(app)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]
    if settings.desk:
        from service.desk import mount  # noqa: PLC0415  (the API alone needs no NiceGUI)

        mount(
            app,
            database=database,
            pictures=services.pictures,
            cameras=services.cameras,
            settings=settings,
        )
    return app
