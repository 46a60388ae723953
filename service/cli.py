"""The service's commands: serve, keys, users, backup, restore."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.errors import ServiceError, SettingsError
from service.forms.words import FormSettings
from service.settings import Settings, read_office

if TYPE_CHECKING:
    # At run time it waits until a command needs it: `lifelane --help` stays quick.
    from service.repository import Database

__all__ = ["backup", "keys", "main", "restore", "serve", "users"]

_DEFAULT_DATA_DIR = Path("lifelane-data/service")

DataDir = Annotated[
    Path, typer.Option("--data-dir", help="Folder of the database file and the pictures.")
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        envvar="LIFELANE_DATABASE_URL",
        # The value may hold a password; help must not show it.
        show_envvar=True,
        show_default=False,
        help="postgresql+psycopg://user@host/database; default: a SQLite file in --data-dir.",
    ),
]


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Our own errors reach the terminal as one message and exit code 2, no traceback."""
    try:
        yield
    except ServiceError as error:
        typer.echo(f"lifelane: {error}", err=True)
        raise typer.Exit(2) from error


def _listen(host: str, port: int) -> socket.socket:
    """Bind before anything else starts, so that a busy port costs nothing."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise SettingsError(
            f"--host {host}: expected an address of this machine, such as 127.0.0.1 or 0.0.0.0"
            f" ({error.strerror})"
        ) from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"{host}:{port} cannot be listened on: {error.strerror}. Is another `lifelane serve`"
            " running? Stop it, or choose another port with --port"
        ) from error
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _first_start(settings: Settings) -> None:
    """Make or take the first key and account; whatever is made is shown this once."""
    from service.app import open_database
    from service.repository import (
        DESK_OPERATOR,
        ensure_first_key,
        ensure_first_operator,
        register_key,
        set_desk_password,
    )

    database = open_database(settings)
    try:
        given = os.environ.get("LIFELANE_API_KEY", "")
        if given:
            register_key(database, given, site=settings.site)
            typer.echo("API key: the one in LIFELANE_API_KEY")
        else:
            token = ensure_first_key(database, site=settings.site)
            if token is not None:
                typer.echo(f"API key (shown once): {token}")
        if not settings.desk:
            return
        password = os.environ.get("LIFELANE_DESK_PASSWORD", "")
        if password:
            set_desk_password(database, password)
            typer.echo(f"Desk sign-in: {DESK_OPERATOR} / the one in LIFELANE_DESK_PASSWORD")
        else:
            made = ensure_first_operator(database)
            if made is not None:
                typer.echo(f"Desk sign-in (shown once): {DESK_OPERATOR} / {made}")
    finally:
        database.close()


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    data_dir: DataDir = _DEFAULT_DATA_DIR,
    database_url: DatabaseUrl = None,
    site: Annotated[
        str | None,
        typer.Option(help="Site of the first API key; default: the first one that posts."),
    ] = None,
    office: Annotated[
        Path | None,
        typer.Option(help="YAML of what the office prints on its forms: issuer, place, …"),
    ] = None,
    form_templates: Annotated[
        Path | None, typer.Option(help="Folder of the office's own Word templates.")
    ] = None,
    no_desk: Annotated[bool, typer.Option("--no-desk", help="The API alone.")] = False,
    keep_days: Annotated[
        int, typer.Option(min=1, help="Days that pictures stay after close-out.")
    ] = 30,
    site_file: Annotated[
        Path | None, typer.Option(help="The cameras' SITE.yaml, to be set up in the browser.")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate (PEM) to serve https with.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
) -> None:
    """Run the incident API and the desk until Ctrl-C."""
    import uvicorn

    from service.app import create_app

    with _plain_errors():
        if (tls_cert is None) != (tls_key is None):
            raise SettingsError("--tls-cert and --tls-key: expected both or neither, got one")
        for option, path in (("--tls-cert", tls_cert), ("--tls-key", tls_key)):
            if path is not None and not path.is_file():
                raise SettingsError(f"{option} {path}: expected a PEM file, there is none")
        settings = Settings(
            data_dir=data_dir,
            database_url=database_url,
            site=site,
            desk=not no_desk,
            secure_cookies=tls_cert is not None,
            keep_pictures_days=keep_days,
            alerts=True,
            forms=FormSettings() if office is None else read_office(office),
            form_templates=form_templates,
            site_file=site_file,
        )
        listener = _listen(host, port)
        with listener:
            _first_start(settings)
            app = create_app(settings)
            scheme = "http" if tls_cert is None else "https"
            shown = f"[{host}]" if ":" in host else host
            what = "API" if no_desk else "Desk and API"
            typer.echo(f"{what}: {scheme}://{shown}:{listener.getsockname()[1]}/")
            if tls_cert is None and not _is_loopback(host):
                typer.echo(
                    f"warning: {host} can be reached by others and is served without TLS: keys,"
                    " passwords and pictures cross the network in the clear. Give --tls-cert"
                    " and --tls-key, or put a reverse proxy with TLS in front.",
                    err=True,
                )
            config = uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                # A header must not let a caller choose the address that is counted.
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=10,
                ssl_certfile=tls_cert,
                ssl_keyfile=tls_key,
            )
            # Ctrl-C is how one stops it; uvicorn has by then answered what was under way.
            with suppress(KeyboardInterrupt):
                uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _running_database(data_dir: Path, database_url: str | None) -> "Iterator[Database]":
    """The database that `lifelane serve` has made; a mistyped folder must not make another."""
    from service.app import database_file, open_database

    with _plain_errors():
        settings = Settings(data_dir=data_dir, database_url=database_url, desk=False)
        file = database_file(settings)
        if file is not None and not file.is_file():
            raise SettingsError(
                f"{file}: there is no such database; give the --data-dir or --database-url that"
                " `lifelane serve` runs with (it makes the database at its first start)"
            )
        database = open_database(settings)
        try:
            yield database
        finally:
            database.close()


keys = typer.Typer(help="API keys of the camera sites.", no_args_is_help=True)


@keys.command("create")
def _create(
    site: Annotated[str, typer.Argument(help="The site whose cameras post with it.")],
    role: Annotated[
        str, typer.Option(help="camera posts events; duty and the other roles act on incidents.")
    ] = "camera",
    data_dir: DataDir = _DEFAULT_DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a key for SITE and show it once."""
    from service.repository import create_key
    from service.tables import Role

    with _plain_errors():
        if role not in [known.value for known in Role]:
            raise SettingsError(f"--role: expected one of {', '.join(Role)}, got {role!r}")
        if not site.strip() or len(site) > 100 or not site.isprintable():
            raise SettingsError("SITE: expected 1 to 100 printable characters")
        with _running_database(data_dir, database_url) as database:
            token = create_key(database, site=site, role=Role(role))
    typer.echo(f"API key (shown once): {token}")


@keys.command("list")
def _list(data_dir: DataDir = _DEFAULT_DATA_DIR, database_url: DatabaseUrl = None) -> None:
    """Show every key without its secret."""
    from service.repository import list_keys

    with _running_database(data_dir, database_url) as database:
        found = list_keys(database)
    if not found:
        typer.echo("no keys yet; make one with: lifelane keys create SITE")
    for key in found:
        used = "never used" if key.last_used_at is None else f"used {key.last_used_at:%F %T}Z"
        state = "" if key.revoked_at is None else f"  revoked {key.revoked_at:%F %T}Z"
        owner = key.site if key.site is not None else "(of its first use)"
        typer.echo(f"{key.id}  {key.role:<8}  {owner}  made {key.created_at:%F %T}Z  {used}{state}")


@keys.command("revoke")
def _revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `lifelane keys list` shows it.")],
    data_dir: DataDir = _DEFAULT_DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """End the key with this ID for good."""
    from service.repository import revoke_key

    with _running_database(data_dir, database_url) as database:
        revoke_key(database, key_id)
    typer.echo(f"key {key_id} is revoked")


users = typer.Typer(help="Accounts of people.", no_args_is_help=True)


@users.command("create")
def _create_user(
    name: Annotated[str, typer.Argument(help="What is typed at sign-in.")],
    role: Annotated[
        str, typer.Option(help="duty, patrol, property, community, street, fire, inspector, admin.")
    ],
    person: Annotated[str, typer.Option(help="The person's name.")] = "",
    site: Annotated[
        list[str] | None,
        typer.Option(help="Sees the compound of this site; may be given several times."),
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Sees all compounds.")] = False,
    data_dir: DataDir = _DEFAULT_DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Make an account and show its password once; it is to be changed at the first sign-in."""
    from service.repository import AccountScope, compounds_of_sites, create_operator
    from service.tables import Role

    with _plain_errors():
        if role not in [known.value for known in Role if known is not Role.CAMERA]:
            raise SettingsError(f"--role: expected the role of a person, got {role!r}")
        if not name.strip() or len(name) > 64 or not name.isprintable():
            raise SettingsError("NAME: expected 1 to 64 printable characters")
        with _running_database(data_dir, database_url) as database:
            scope = AccountScope(
                everything=everything, compounds=compounds_of_sites(database, site or [])
            )
            _, password = create_operator(
                database, name=name, role=Role(role), scope=scope, display_name=person
            )
    typer.echo(f"Password (shown once): {password}")
    if not everything and not site:
        typer.echo("it sees nothing yet: give --site or --everything", err=True)


@users.command("list")
def _list_users(data_dir: DataDir = _DEFAULT_DATA_DIR, database_url: DatabaseUrl = None) -> None:
    """Show every account."""
    from service.repository import list_operators

    with _running_database(data_dir, database_url) as database:
        found = list_operators(database)
    for each in found:
        seen = each.scope.compounds
        sees = "everything" if seen is None else f"{len(seen)} compounds"
        state = "" if each.disabled_at is None else f"  ended {each.disabled_at:%F %T}Z"
        typer.echo(f"{each.name}  {each.role}  {each.display_name}  sees {sees}{state}")


def backup(
    archive: Annotated[Path, typer.Argument(help="The archive to write, such as x.tar.gz.")],
    data_dir: DataDir = _DEFAULT_DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the ledger with all pictures into one archive; the service may run meanwhile."""
    from service.repository import backup as write

    with _running_database(data_dir, database_url) as database:
        settings = Settings(data_dir=data_dir, database_url=database_url, desk=False)
        counts = write(database, settings.evidence_dir, archive)
    typer.echo(f"{archive}: {counts['incidents']} incidents, {counts['pictures']} pictures")


def restore(
    archive: Annotated[Path, typer.Argument(help="What `lifelane backup` has written.")],
    data_dir: DataDir = _DEFAULT_DATA_DIR,
    database_url: DatabaseUrl = None,
) -> None:
    """Bring an archive back into an empty database; SQLite and PostgreSQL alike."""
    from service.app import open_database
    from service.repository import restore as read

    with _plain_errors():
        settings = Settings(data_dir=data_dir, database_url=database_url, desk=False)
        database = open_database(settings)
        try:
            counts = read(database, settings.evidence_dir, archive)
        finally:
            database.close()
    typer.echo(f"{archive}: {counts['incidents']} incidents, {counts['pictures']} pictures")


def main() -> None:
    """Run without the `lifelane` command: ``python -m service.cli serve``."""
    app = typer.Typer(no_args_is_help=True, add_completion=False)
    app.command("serve")(serve)
    app.add_typer(keys, name="keys")
    app.add_typer(users, name="users")
    app.command("backup")(backup)
    app.command("restore")(restore)
    app()


if __name__ == "__main__":
    main()
