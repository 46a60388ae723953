"""`lifelane outbox`: what waits for the incident API, and what it refused."""

import json
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import ConfigError, StateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.publish import Outbox, OutboxEntry

__all__ = ["outbox_app"]

outbox_app = typer.Typer(
    help="What waits for the incident API, and what it refused (dead letters).",
    no_args_is_help=True,
)

_DROP_LOG = "dropped-events.log"

State = Annotated[
    Path,
    typer.Argument(
        metavar="STATE_DIR|SITE.yaml", help="The state folder of a site, or its site file."
    ),
]
EventIds = Annotated[
    list[str] | None,
    typer.Argument(metavar="[EVENT_ID]...", help="Which dead letters; none means all."),
]
Sink = Annotated[
    str, typer.Option(help="Whose: the incident API's, or those of a sink of the site file.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@outbox_app.command("list")
def _list_events(state: State, as_json: AsJson = False) -> None:
    """List waiting events and dead letters, each with the reason."""
    from pipeline.publish import INCIDENT_API

    answer: dict[str, Any] = {}
    for name in _sinks(state):
        with _open(_state_folder(state), name) as outbox:
            dead, pending = outbox.entries("dead"), outbox.entries("pending")
            counts = outbox.counts()
        if as_json:
            plain = [_plain(entry) for entry in (*dead, *pending)]
            if name == INCIDENT_API:
                answer |= {"counts": _readable(asdict(counts)), "events": plain, "sinks": {}}
            else:
                answer["sinks"][name] = {"counts": _readable(asdict(counts)), "events": plain}
            continue
        head = "" if name == INCIDENT_API else f"{name}: "
        typer.echo(
            f"{head}{counts.pending} pending, {counts.dead} dead, {counts.delivered} delivered"
        )
        _print_entries((*dead, *pending))
        if dead:
            option = "" if name == INCIDENT_API else f" --sink {name}"
            typer.echo(f"once the cause is mended: lifelane outbox retry {state}{option}")
    if as_json:
        _print_json(answer)


@outbox_app.command("retry")
def _retry(
    state: State, event_ids: EventIds = None, sink: Sink = "incident_api", as_json: AsJson = False
) -> None:
    """Put dead letters back into the queue; a running watcher sends them within seconds."""
    with _open(_state_folder(state), _known(state, sink)) as outbox:
        back = outbox.retry(event_ids or None)
    _report("back in the queue", back, as_json=as_json)


@outbox_app.command("drop")
def _drop(
    state: State,
    event_ids: EventIds = None,
    sink: Sink = "incident_api",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete dead letters for good, and write them to a log in the state folder."""
    folder = _state_folder(state)
    with _open(folder, _known(state, sink)) as outbox:
        dead = outbox.dead_letters(event_ids or None)
        if dead and not yes:
            if not as_json:
                _print_entries(dead)
            typer.confirm(f"Delete {len(dead)} dead letters for good?", abort=True, err=True)
        # The log first: whatever happens next, the event is still somewhere.
        _log_dropped(folder, dead)
        # Only those that were shown: one that arrived meanwhile stays.
        gone = outbox.drop([entry.event_id for entry in dead])
    _report(f"dropped (kept in {folder / _DROP_LOG})", gone, as_json=as_json)


@outbox_app.command("set-aside")
def _set_aside(state: State, yes: Yes = False) -> None:
    """Move a damaged database and its pictures aside, keeping them, and start anew."""
    from pipeline.publish.database import set_aside as move
    from pipeline.publish.lock import FolderLock

    folder = _state_folder(state)
    if not yes:
        typer.confirm(
            "Events that wait there are then not delivered, and hazards that are open now are"
            f" raised once more. Move the state in {folder} aside?",
            abort=True,
            err=True,
        )
    lock = FolderLock(folder)
    try:
        typer.echo(f"moved to {move(folder)}")
    finally:
        lock.release()


def _state_folder(state: Path) -> Path:
    if state.is_dir():
        return state
    if state.is_file():
        from pipeline.config import load_site

        return load_site(state).state_path
    raise ConfigError(f"{state}: expected a state folder or a site file, found nothing there")


def _sinks(state: Path) -> list[str]:
    with _open(_state_folder(state)) as outbox:
        return outbox.sinks()


def _known(state: Path, sink: str) -> str:
    known = _sinks(state)
    if sink not in known:
        raise StateError(
            f"--sink {sink}: expected one of {', '.join(known)}, which this state folder knows"
        )
    return sink


@contextmanager
def _open(folder: Path, sink: str = "incident_api") -> "Iterator[Outbox]":
    from pipeline.publish import Outbox
    from pipeline.publish.database import Database

    # Beside a running watcher: no lock, SQLite sees to it that both may write.
    with closing(Database(folder, create=False)) as database:
        yield Outbox(database, sink)


def _print_entries(entries: "Sequence[OutboxEntry]") -> None:
    # Lines and no table: an id must stay in one piece, to be copied.
    for entry in entries:
        event = json.loads(entry.body)
        typer.echo(f"{entry.condition:<8} {entry.event_id}")
        typer.echo(
            f"         {event['camera_id']}/{event['zone_id']} {event['kind']} {event['phase']},"
            f" recorded {entry.recorded_at:%Y-%m-%d %H:%M:%S} UTC, {entry.attempts} tries"
        )
        if entry.last_reason:
            typer.echo(f"         {entry.last_reason}")


def _report(what: str, entries: "Sequence[OutboxEntry]", *, as_json: bool) -> None:
    if as_json:
        _print_json({"events": [_plain(entry) for entry in entries]})
        return
    for entry in entries:
        typer.echo(entry.event_id)
    typer.echo(f"{len(entries)} {what}" if entries else "no dead letters: nothing to do")


def _log_dropped(folder: Path, entries: "Sequence[OutboxEntry]") -> None:
    path = folder / _DROP_LOG
    try:
        with path.open("a", encoding="utf-8") as log:
            for entry in entries:
                line = {"dropped_at": datetime.now(UTC).isoformat(), **_plain(entry)}
                log.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        raise StateError(f"{path}: cannot be written, so nothing was dropped: {error}") from error


def _plain(entry: "OutboxEntry") -> dict[str, Any]:
    fields = _readable(asdict(entry))
    del fields["row_id"]
    fields["event"] = json.loads(fields.pop("body"))
    return fields


def _readable(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in fields.items()
    }


def _print_json(answer: dict[str, Any]) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
