"""Taking events: idempotent, many in one transaction, pictures first."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from service.errors import NotAllowed, ServiceError
from service.repository.database import Database
from service.repository.event_batch import (
    EventBatch,
    NewEvent,
    NewPicture,
    known_events,
    repeat_of,
)
from service.repository.keys import check_key_site
from service.repository.pictures import PictureStore
from service.repository.views import Taken

__all__ = ["NewEvent", "NewPicture", "take_event", "take_events"]


def take_event(
    database: Database, pictures: PictureStore, event: NewEvent, *, key_id: str
) -> Taken:
    """Take one event: make its incident, or move the known one on.

    When this returns, pictures and rows are on the disk. It may be called any number of
    times with the same event, also at the same moment. An event never touches the status.

    Args:
        database: Where the rows go.
        pictures: Where the pictures go.
        event: What was posted.
        key_id: The API key that posted it; one without a site becomes that of the event's.

    Raises:
        EventConflict: The ``event_id`` is known with other content.
        InvalidRequest: The ``incident_key`` belongs to another place or kind.
        NotAllowed: The key belongs to another site.
        StorageUnavailable: The disk refuses.
    """
    answer = take_events(database, pictures, [event], key_id=key_id)[0]
    if isinstance(answer, ServiceError):
        raise answer
    return answer


def take_events(
    database: Database, pictures: PictureStore, events: Sequence[NewEvent], *, key_id: str
) -> list[Taken | ServiceError]:
    """Take many events in one transaction; each gets an answer of its own.

    The order counts for events of one incident. What one event is refused for does not
    concern the others.

    Args:
        database: Where the rows go.
        pictures: Where the pictures go.
        events: What was posted, at most some hundreds.
        key_id: The API key that posted them.

    Returns:
        For each event what became of it, or why it was refused.

    Raises:
        StorageUnavailable: The disk refuses; none was taken.
    """
    with database.read() as session:
        # Of what will be refused nothing is written, not even its pictures.
        answers = _first_look(session, events, key_id)
    wanted = [at for at, answer in enumerate(answers) if answer is None]
    # Before the commit, so that no row ever names a picture that is not there. Known
    # pictures are looked for too: a repeated post mends a lost file.
    for at, event in enumerate(events):
        if not isinstance(answers[at], ServiceError):
            _save(pictures, event)
    if wanted:
        chosen = [events[at] for at in wanted]
        taken = database.transact(lambda session: EventBatch(session, key_id).take(chosen))
        for at, answer in zip(wanted, taken, strict=True):
            answers[at] = answer
        if any(isinstance(answer, Taken) and not answer.duplicate for answer in taken):
            database.changes.bump()
    return [answer for answer in answers if answer is not None]


def _save(pictures: PictureStore, event: NewEvent) -> None:
    for picture in event.pictures:
        pictures.save(
            picture.content,
            sha256=picture.sha256,
            media_type=picture.media_type,
            size_bytes=picture.size_bytes,
        )


def _first_look(
    session: Session, events: Sequence[NewEvent], key_id: str
) -> list[Taken | ServiceError | None]:
    sites: dict[str, ServiceError | None] = {}
    for site in {event.site for event in events}:
        try:
            check_key_site(session, key_id, site)
            sites[site] = None
        except NotAllowed as error:
            sites[site] = error
    known = known_events(session, events)
    return [sites[event.site] or repeat_of(event, known) for event in events]
