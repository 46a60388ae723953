"""Brings the events of the outbox to one receiver, whatever happens in between."""

import queue
import threading
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from pipeline.errors import StateError
from pipeline.publish.backoff import Schedule
from pipeline.publish.database import Database
from pipeline.publish.exchange import Answer, Sink, Verdict
from pipeline.publish.outbox import INCIDENT_API, Outbox, OutboxEntry
from pipeline.publish.store import SiteStore

__all__ = ["Deliverer", "DeliveryStatus"]

_log = structlog.get_logger("lifelane.publish")

_BACKOFF_MIN_S = 0.5
_BACKOFF_MAX_S = 60.0
# `lifelane outbox retry` works on the database from outside: look there now and then.
_LOOK_INTERVAL_S = 5.0
_CLEAN_INTERVAL_S = 3600.0
_LOUD_INTERVAL_S = 60.0
_STATE_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """How delivery stands.

    Attributes:
        running: Whether the deliverer is at work.
        pending: Events that wait.
        dead: Events that the API refused for good.
        delivered: Events delivered since `Deliverer.start`.
        last_success_at: When an event was last delivered, aware UTC; None before the first.
        last_error: What went wrong last, without secrets; empty when nothing has.
        last_error_at: When, aware UTC.
    """

    running: bool
    pending: int
    dead: int
    delivered: int
    last_success_at: datetime | None
    last_error: str
    last_error_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    entry: OutboxEntry
    answer: Answer


@dataclass(frozen=True, slots=True)
class _Wake:
    pass


class Deliverer:
    """Delivers events in the order of each incident; incidents do not wait for each other.

    One thread decides and writes, with a database connection of its own; ``parallel`` more
    only post. An event is marked delivered after the API has said so: a crash in between
    posts it again, which the API takes as the same event.

    Args:
        store: The site's store, which must stay open until `stop` has returned.
        sink: Whom it delivers to; closed by `stop`.
        name: Whose queue of the outbox; that of the incident API unless told.
        parallel: Most posts at once, each of another incident.
        backoff_min_s: Upper bound of the first wait after a failure, in seconds.
        backoff_max_s: Upper bound of every wait, in seconds.

    Raises:
        StateError: The database cannot be opened.
    """

    def __init__(
        self,
        store: SiteStore,
        sink: Sink,
        *,
        name: str = INCIDENT_API,
        parallel: int = 4,
        backoff_min_s: float = _BACKOFF_MIN_S,
        backoff_max_s: float = _BACKOFF_MAX_S,
    ) -> None:
        self._store = store
        self._sink = sink
        self._name = name
        self._database = Database(store.path, create=False)
        self._outbox = Outbox(self._database, name)
        self._schedule = Schedule(
            parallel=parallel, min_s=backoff_min_s, max_s=backoff_max_s, clock=time.monotonic
        )
        self._inbox: queue.SimpleQueue[_Outcome | _Wake] = queue.SimpleQueue()
        self._posts: queue.SimpleQueue[OutboxEntry | None] = queue.SimpleQueue()
        self._ready: deque[str] = deque()
        self._looked_at_s = 0.0
        self._stop_at_s: float | None = None
        self._next_clean_s = time.monotonic() + _CLEAN_INTERVAL_S
        self._said_at_s: dict[str, float] = {}
        self._delivered = 0
        self._last_success_at: datetime | None = None
        self._last_error = ""
        self._last_error_at: datetime | None = None
        self._thread = threading.Thread(target=self._run, name="deliverer", daemon=True)
        self._posters = [
            threading.Thread(target=self._post, name=f"poster-{number}", daemon=True)
            for number in range(parallel)
        ]
        store.on_record(self.wake)

    def start(self) -> None:
        """Begin to deliver, first of all what an earlier run has left."""
        for thread in (*self._posters, self._thread):
            thread.start()

    def wake(self) -> None:
        """Look for new events now; the store calls this after every record."""
        if self._stop_at_s is None:
            self._inbox.put(_Wake())

    def stop(self, drain_s: float = 5.0) -> None:
        """Deliver what can be delivered within ``drain_s`` seconds, then end.

        What is left stays in the outbox for the next start. Stopping twice, or without a
        start, is fine.
        """
        if self._stop_at_s is None:
            self._stop_at_s = time.monotonic() + drain_s
        self._inbox.put(_Wake())
        if self._thread.is_alive():
            self._thread.join(drain_s + _STATE_PAUSE_S)
        for _ in self._posters:
            self._posts.put(None)
        self._sink.close()
        if not self._thread.is_alive():
            self._database.close()

    @property
    def status(self) -> DeliveryStatus:
        """How delivery stands now.

        Raises:
            StateError: The outbox cannot be read.
        """
        counts = self._store.counts(self._name)
        return DeliveryStatus(
            running=self._thread.is_alive(),
            pending=counts.pending,
            dead=counts.dead,
            delivered=self._delivered,
            last_success_at=self._last_success_at,
            last_error=self._last_error,
            last_error_at=self._last_error_at,
        )

    # The deciding thread.

    def _run(self) -> None:
        while True:
            try:
                while not self._done():
                    self._send_what_may_go()
                    self._take_news()
                    self._clean_now_and_then()
            except StateError as error:
                # The events are on disk or, with the disk gone, nowhere to be changed: wait.
                self._complain("the outbox cannot be used, will try again", str(error), loud=True)
                if self._stop_at_s is not None:
                    return
                time.sleep(_STATE_PAUSE_S)
            except Exception as error:  # noqa: BLE001  (a dead deliverer would be silent)
                self._note_error(f"{type(error).__name__}: {error}")
                _log.exception("delivery stumbled, goes on")
                if self._stop_at_s is not None:
                    return
                time.sleep(_STATE_PAUSE_S)
            else:
                return

    def _send_what_may_go(self) -> None:
        looked = False
        self._looked_at_s = time.monotonic()
        while self._schedule.has_room:
            if not self._ready:
                if looked:
                    return
                looked = True
                heads = self._outbox.heads()
                self._schedule.keep_only(heads)
                self._ready.extend(self._schedule.choose(heads))
                continue
            key = self._ready.popleft()
            if not self._schedule.choose([key]):
                continue
            entry = self._outbox.head(key)
            if entry is not None:
                self._schedule.sent(key)
                self._posts.put(entry)

    def _take_news(self) -> None:
        try:
            news = self._inbox.get(timeout=self._patience_s())
            while True:
                if isinstance(news, _Outcome):
                    self._settle(news.entry, news.answer)
                news = self._inbox.get_nowait()
        except queue.Empty:
            return

    def _patience_s(self) -> float:
        now_s = time.monotonic()
        until_s = now_s + _LOOK_INTERVAL_S
        due_s = self._schedule.next_due_s(after_s=self._looked_at_s)
        if due_s is not None:
            until_s = min(until_s, due_s)
        if self._stop_at_s is not None:
            until_s = min(until_s, self._stop_at_s)
        return max(0.0, until_s - now_s)

    def _settle(self, entry: OutboxEntry, answer: Answer) -> None:
        # The schedule first: if the disk refuses, the event is posted once more, and the API
        # says that it knows it.
        key = entry.incident_key
        match answer.verdict:
            case Verdict.DELIVERED:
                if self._schedule.is_closed:
                    _log.info("events are taken again", sink=self._name)
                self._schedule.settled(key)
                self._delivered += 1
                self._last_success_at = datetime.now(UTC)
                self._outbox.settle(entry.row_id, delivered=True)
                self._ready.append(key)
            case Verdict.REFUSED:
                self._schedule.settled(key)
                self._note_error(answer.reason)
                _log.error(
                    "refused for good",
                    sink=self._name,
                    event_id=entry.event_id,
                    reason=answer.reason,
                )
                self._outbox.settle(entry.row_id, delivered=False, reason=answer.reason)
                self._ready.append(key)
            case Verdict.POSTPONED:
                self._schedule.postponed(key, retry_after_s=answer.retry_after_s)
                self._complain_of(entry, answer)
                self._outbox.note_failure(entry.row_id, answer.reason)
            case Verdict.UNANSWERED:
                self._schedule.unanswered(key)
                self._complain_of(entry, answer)
                self._outbox.note_failure(entry.row_id, answer.reason)

    def _done(self) -> bool:
        if self._stop_at_s is None:
            return False
        now_s = time.monotonic()
        if now_s >= self._stop_at_s:
            return True
        if self._schedule.in_flight:
            return False
        due_s = self._schedule.next_due_s(after_s=now_s)
        waits_too_long = due_s is not None and due_s > self._stop_at_s
        return waits_too_long or not self._outbox.heads()

    def _clean_now_and_then(self) -> None:
        if time.monotonic() >= self._next_clean_s:
            self._next_clean_s = time.monotonic() + _CLEAN_INTERVAL_S
            self._store.clean_up()

    def _note_error(self, reason: str) -> None:
        self._last_error, self._last_error_at = reason, datetime.now(UTC)

    def _complain_of(self, entry: OutboxEntry, answer: Answer) -> None:
        self._complain(
            "not delivered, will try again",
            answer.reason,
            loud=answer.loud,
            sink=self._name,
            event_id=entry.event_id,
        )

    def _complain(self, what: str, reason: str, *, loud: bool, **details: str) -> None:
        """Remember the error, and log it, the same one at most once a minute."""
        self._note_error(reason)
        now_s = time.monotonic()
        recent = {
            said: said_at_s
            for said, said_at_s in self._said_at_s.items()
            if now_s - said_at_s < _LOUD_INTERVAL_S
        }
        if reason not in recent:
            recent[reason] = now_s
            log = _log.error if loud else _log.warning
            log(what, reason=reason, **details)
        self._said_at_s = recent

    # The posting threads.

    def _post(self) -> None:
        while (entry := self._posts.get()) is not None:
            try:
                answer = self._sink.post(entry, self._pictures_of(entry))
            except Exception as error:  # noqa: BLE001  (its incident must not stay on its way)
                _log.exception("a post stumbled", event_id=entry.event_id)
                answer = Answer(
                    verdict=Verdict.POSTPONED, reason=f"{type(error).__name__}: {error}", loud=True
                )
            self._inbox.put(_Outcome(entry, answer))

    def _pictures_of(self, entry: OutboxEntry) -> dict[str, bytes]:
        pictures: dict[str, bytes] = {}
        for sha256, _ in entry.pictures:
            content = self._store.pictures.read(sha256)
            if content is None:
                _log.warning(
                    "picture missing or damaged, the event goes without it",
                    event_id=entry.event_id,
                    path=str(self._store.pictures.path(sha256)),
                )
            else:
                pictures[sha256] = content
        return pictures
