"""`lifelane review`: the photos of a patrol."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from pipeline.errors import ConfigError
from pipeline.types import PlaceKind

if TYPE_CHECKING:
    from rich.progress import Progress

    from pipeline.review import FindingPoster, Item, Journal, Patrol, PlaceFinder, Record

__all__ = ["review"]

_LEDGER_NAME = "ledger.xlsx"
_LINES_NAME = "review.jsonl"


def review(
    out: Annotated[
        Path, typer.Option(help="Folder for the report, the ledger rows and the record.")
    ],
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Photos, folders of photos, zip archives.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON line a file on stdout.")
    ] = False,
    place: Annotated[
        str, typer.Option(help="Where they were taken: community/compound/building/part.")
    ] = "",
    place_kind: Annotated[
        PlaceKind | None, typer.Option(help="What kind of place that is; default: from its words.")
    ] = None,
    places: Annotated[
        Path | None, typer.Option(help="CSV with the columns file, place (and kind, note).")
    ] = None,
    path_pattern: Annotated[
        str | None, typer.Option(help="Where a path names the place: '{compound}/{building}/*'.")
    ] = None,
    qr: Annotated[bool, typer.Option(help="Look for places' QR codes in the pictures.")] = True,
    timezone: Annotated[
        str, typer.Option(help="Of cameras that write a time without it.")
    ] = "Asia/Shanghai",
    model: Annotated[
        str, typer.Option(help="Name of a released model, or path of an .onnx file.")
    ] = "default",
    confidence: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Drop boxes at or below this.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Decoders; default: the CPUs, 4 at most.")
    ] = None,
    post: Annotated[
        str | None,
        typer.Option(help="Incident API to post the proposals to; its key in LIFELANE_API_KEY."),
    ] = None,
    site: Annotated[
        str, typer.Option(help="The compound's word, as its cameras post with it; for --post.")
    ] = "",
    worker: Annotated[
        bool, typer.Option("--worker", help="Review what was uploaded into the service's queue.")
    ] = False,
    api: Annotated[
        str | None,
        typer.Option(help="Incident API of the queue, with --worker; key in LIFELANE_API_KEY."),
    ] = None,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="With --worker: end when nothing waits.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option(help="List what would be reviewed; nothing is written.")
    ] = False,
) -> None:
    """Review the photos of a patrol 巡查照片检查.

    Every file is accounted for: done, duplicate, or unreadable with the reason. A review that
    was stopped goes on where it was; one that is finished changes nothing.

    Exit code 1: some files could not be read. Exit code 2: there was nothing to review.
    """
    from pipeline.review import NOWHERE, PathPattern, PlaceFinder, load_place_table, place_of_words

    if worker or api is not None or until_empty:
        from pipeline.cli.review_worker import work_queue

        others = (place, place_kind, places, path_pattern, post, site, as_json, dry_run, not qr)
        if not worker or api is None or paths or any(others):
            raise ConfigError(
                "--worker: expected --worker --api URL --out FOLDER (and --model, --confidence,"
                " --processes, --timezone, --until-empty); the patrols themselves say where their"
                " photos were taken"
            )
        work_queue(
            api,
            out,
            model=model,
            confidence=confidence,
            processes=processes,
            timezone=_zone(timezone),
            until_empty=until_empty,
        )
        return
    paths = paths or []
    choice = NOWHERE
    if place or place_kind:
        choice = place_of_words(place, origin="choice", kind=place_kind)
    finder = PlaceFinder(
        table=None if places is None else load_place_table(places),
        pattern=None if path_pattern is None else PathPattern(path_pattern),
        choice=choice,
        use_qr=qr,
    )
    zone = _zone(timezone)
    poster = None if post is None else _poster(post, site)
    items = _collect(paths, leave_out=[out, *([] if places is None else [places])])
    if dry_run:
        _list(items, out, as_json=as_json)
        return
    settings = _settings(
        model, confidence, place, place_kind, path_pattern, qr, timezone, _hash_of(places)
    )
    with _Folder(out) as journal:
        from pipeline.detectors import open_detector
        from pipeline.detectors.onnx_model import default_threads
        from pipeline.review import Patrol

        patrol = Patrol(
            out,
            journal,
            detector=open_detector(model, confidence=confidence, threads=1),
            places=finder,
            settings=settings,
            processes=processes or default_threads(),
            timezone=zone,
        )
        failed = _run(patrol, items, as_json=as_json)
        _write_reports(patrol, journal, out, zone)
        _say_sums(patrol, journal, out, finder, as_json=as_json)
        if poster is not None:
            failed += _post(poster, journal, out)
    if failed:
        raise typer.Exit(1)


def _poster(url: str, site: str) -> "FindingPoster":
    from pipeline.review import FindingPoster

    if not site:
        raise ConfigError("--post: give --site as well, the compound's word of its cameras")
    return FindingPoster(url=url, api_key=os.environ.get("LIFELANE_API_KEY", ""), site=site)


def _post(poster: "FindingPoster", journal: "Journal", out: Path) -> int:
    from pipeline.review import PICTURES_NAME

    with poster:
        sums = poster.post_all(journal, out / PICTURES_NAME)
    counts = f"{sums.taken} new, {sums.known} known, {len(sums.refused)} refused"
    typer.echo(f"ledger: {counts}", err=True)
    for reason in sums.refused:
        typer.secho(reason, fg="red", err=True)
    return len(sums.refused)


class _Folder:
    """Makes the folder, holds it for this process and opens its record."""

    def __init__(self, out: Path) -> None:
        self._out = out

    def __enter__(self) -> "Journal":
        from pipeline.publish.lock import FolderLock
        from pipeline.review import Journal

        try:
            self._out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"--out {self._out}: cannot be made: {error.strerror}") from error
        self._lock = FolderLock(self._out)
        self._journal = Journal(self._out)
        return self._journal

    def __exit__(self, *_: object) -> None:
        self._journal.close()
        self._lock.release()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f"--timezone {name}: there is no such zone; expected one such as Asia/Shanghai"
        ) from None


def _collect(paths: Sequence[Path], *, leave_out: Sequence[Path]) -> list["Item"]:
    from pipeline.review import list_items

    items = list(list_items(paths, leave_out=leave_out))
    if not any(not item.refusal for item in items):
        for item in items:
            typer.secho(f"{item.file}: {item.refusal}", fg="red", err=True)
        raise ConfigError(
            "no photo to review in: "
            + ", ".join(map(str, paths))
            + "; expected photos (jpg png webp heic), folders of them, or zip archives"
        )
    return items


def _settings(*values: object) -> str:
    return hashlib.sha256(repr([str(value) for value in values]).encode()).hexdigest()[:16]


def _hash_of(path: Path | None) -> str:
    return "" if path is None else hashlib.sha256(path.read_bytes()).hexdigest()


def _list(items: Iterable["Item"], out: Path, *, as_json: bool) -> None:
    from pipeline.review import Outcome

    planned = 0
    for item in items:
        outcome = Outcome.UNREADABLE.value if item.refusal else "planned"
        planned += not item.refusal
        if as_json:
            line = {"file": item.file, "outcome": outcome, "hazards": [], "reason": item.refusal}
            typer.echo(json.dumps(line, ensure_ascii=False))
        else:
            typer.echo(f"{item.file}: {item.refusal or outcome}")
    typer.secho(f"{planned} photos would be reviewed into {out}; nothing was written", err=True)


def _run(patrol: "Patrol", items: Sequence["Item"], *, as_json: bool) -> int:
    failed = 0
    with _progress(len(items)) as progress:
        task = progress.add_task("photos 照片", total=len(items), found=0)
        found = 0
        for record in patrol.run(iter(items)):
            failed += _is_failure(record)
            found += len(record.hazards)
            if as_json:
                typer.echo(record.to_line())
            progress.update(task, advance=1, found=found)
    return failed


def _is_failure(record: "Record") -> bool:
    from pipeline.review import Outcome

    return record.outcome is Outcome.UNREADABLE and not record.is_system


def _write_reports(patrol: "Patrol", journal: "Journal", out: Path, zone: ZoneInfo) -> None:
    """Write the reports, unless nothing has changed since they were written."""
    from pipeline.review import (
        PICTURES_NAME,
        REPORT_NAME,
        Outcome,
        write_ledger_sheet,
        write_report_pages,
    )

    files = (REPORT_NAME, _LEDGER_NAME, _LINES_NAME)
    is_whole = journal.fact("reported") == "yes" and all((out / name).is_file() for name in files)
    if is_whole and not patrol.reviewed:
        return
    journal.remember("reported", "no")
    try:
        write_report_pages(out, journal, pictures=PICTURES_NAME, made_at=datetime.now(zone))
        write_ledger_sheet(out / _LEDGER_NAME, journal, PICTURES_NAME)
        with (out / _LINES_NAME).open("w", encoding="utf-8") as lines:
            for outcome in Outcome:
                lines.writelines(f"{record.to_line()}\n" for record in journal.records(outcome))
    except OSError as error:
        raise ConfigError(f"--out {out}: the report cannot be written: {error}") from error
    journal.remember("reported", "yes")


def _say_sums(
    patrol: "Patrol", journal: "Journal", out: Path, finder: "PlaceFinder", *, as_json: bool
) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from pipeline.review import HAZARD_WORDS, REPORT_NAME, Outcome

    errors = Console(stderr=True)
    if not as_json:
        table = Table("file 文件", "hazard 隐患", "place 地点")
        for record in journal.records(Outcome.DONE, with_hazards=True):
            kinds = "\n".join(
                f"{HAZARD_WORDS[proposal.kind][0]} {proposal.confidence:.2f}"
                for proposal in record.hazards
            )
            table.add_row(escape(record.file), kinds, escape(record.place.words))
        if table.row_count:
            Console().print(table)
        for record in journal.records(Outcome.UNREADABLE):
            if not record.is_system:
                errors.print(f"[red]{escape(record.file)}: {escape(record.reason)}", soft_wrap=True)
    missing = [] if finder.table is None else finder.table.unused()
    if missing and patrol.reviewed:
        errors.print(
            f"[yellow]{len(missing)} files of the table are not among the photos:"
            f" {escape(', '.join(missing[:5]))}{' ...' if len(missing) > 5 else ''}",
            soft_wrap=True,
        )
    sums = journal.counts()
    if not patrol.reviewed:
        errors.print("nothing new: every file was reviewed before; nothing was changed")
    errors.print(
        f"{sums['done']} done, {sums['duplicate']} duplicates, {sums['unreadable']} unreadable,"
        f" {sums['hazards']} proposed hazards; report: {escape(str(out / REPORT_NAME))}",
        soft_wrap=True,
    )


def _progress(count: int) -> "Progress":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    errors = Console(stderr=True)
    # Left to itself, rich takes over standard output as well, and the JSON lines with it.
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[found]} hazards 隐患"),
        console=errors,
        disable=count <= 8 or not errors.is_terminal,
        redirect_stdout=False,
        redirect_stderr=False,
        transient=True,
    )
