"""The queue: one card an incident, most urgent first where it matters; only changes are drawn."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from nicegui import ui
from nicegui.element import Element

from service.desk.style import COLOURS
from service.desk.texts import Texts
from service.repository import Incident
from service.settings import API_PREFIX
from service.tables import OPEN_STATUSES, Status

__all__ = ["VIEWS", "QueueList", "chip", "evidence_url", "local_time"]

#: View of the queue -> statuses that it shows; none means all.
VIEWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "open": (Status.FOUND.value,),
        "in_hand": tuple(sorted(each.value for each in OPEN_STATUSES if each is not Status.FOUND)),
        "over": (Status.CLOSED.value, Status.FALSE_ALARM.value),
        "all": (),
    }
)


def evidence_url(incident_id: int, evidence_id: int) -> str:
    """Where the browser fetches a picture; the API checks the sign-in."""
    return f"{API_PREFIX}/incidents/{incident_id}/evidence/{evidence_id}"


def local_time(moment: datetime) -> str:
    """A time in the machine's zone: to the second, the date only when it is not today."""
    local = moment.astimezone()
    today = datetime.now(UTC).astimezone().date()
    return local.strftime("%H:%M:%S" if local.date() == today else "%Y-%m-%d %H:%M")


def chip(texts: Texts, group: str, word: str) -> None:
    """A coloured word, such as a phase or a status."""
    ui.badge(texts(f"{group}.{word}"), color=COLOURS.get(word, "grey-8")).props("rounded")


@dataclass(slots=True)
class _Card:
    element: Element
    seq: int
    #: What of the card ages by itself.
    age: ui.label


class QueueList:
    """The cards of one tab. A card that has not changed is not drawn anew.

    A button must not vanish under a click because somewhere else an incident has come in,
    and twenty desks must keep up with ten incidents a second.

    Args:
        texts: The tab's language.
        on_choose: Called with the incident's number.
        on_older: Called for more.
    """

    def __init__(
        self,
        texts: Texts,
        *,
        on_choose: Callable[[int], Awaitable[None]],
        on_older: Callable[[], Awaitable[None]],
    ) -> None:
        self._texts = texts
        self._on_choose = on_choose
        self._cards: dict[int, _Card] = {}
        self._chosen: int | None = None
        self._empty = ui.column().classes("w-full items-center q-pa-lg empty").mark("queue-empty")
        self._empty.set_visibility(False)
        self._list = ui.element("div").classes("cards").props("role=list")
        self._older = ui.button(on_click=on_older).props("flat no-caps").classes("w-full")
        self._said_empty = ""

    def show(
        self, incidents: Sequence[Incident], *, total: int, chosen_id: int | None, empty: str
    ) -> None:
        """Bring the cards up to date.

        Args:
            incidents: What the view holds, in its order.
            total: How many there are in all.
            chosen_id: The one that the page shows.
            empty: Key of the words for an empty list.
        """
        wanted = {incident.id for incident in incidents}
        for number in [number for number in self._cards if number not in wanted]:
            self._cards.pop(number).element.delete()
        for index, incident in enumerate(incidents):
            card = self._cards.get(incident.id)
            if card is not None and card.seq != incident.changed_seq:
                card.element.delete()
                card = None
            if card is None:
                with self._list:
                    card = self._cards[incident.id] = self._card(incident)
                card.element.move(self._list, target_index=index)
            else:
                age = self._age(incident)
                if card.age.text != age:
                    card.age.set_text(age)
        if chosen_id != self._chosen or chosen_id in wanted:
            for number, card in self._cards.items():
                is_chosen = number == chosen_id
                if is_chosen != ("chosen" in card.element.classes):
                    card.element.classes(toggle="chosen")
                    card.element.props(f"aria-current={str(is_chosen).lower()}")
            self._chosen = chosen_id
        self._older.set_text(f"{self._texts('older')} ({total - len(incidents)})")
        self._older.set_visibility(total > len(incidents))
        self._say_empty("" if incidents else empty)

    def _say_empty(self, key: str) -> None:
        if key == self._said_empty:
            return
        self._said_empty = key
        self._empty.clear()
        self._empty.set_visibility(bool(key))
        if key:
            with self._empty:
                ui.icon("verified_user", size="48px", color="green-9")
                ui.label(self._texts(key)).classes("text-subtitle1")
                ui.label(self._texts(f"{key}.hint")).classes("quiet text-center")

    def _age(self, incident: Incident) -> str:
        dwell = self._texts.duration(incident.measures.get("dwell_s", 0.0))
        where = incident.camera_name or incident.camera_id or incident.location
        return f"#{incident.id} · {where} · {local_time(incident.raised_at)} · {dwell}"

    def _card(self, incident: Incident) -> _Card:
        texts = self._texts
        with ui.element("div").props("role=listitem") as item:
            card = ui.card().classes("incident no-shadow w-full")
            card.mark(f"incident incident-{incident.id}")
        card.props("flat bordered role=button tabindex=0")
        choose = partial(self._on_choose, incident.id)
        card.on("click", choose)
        card.on("keydown.enter", choose)
        card.on("keydown.space.prevent", choose)
        with card, ui.row().classes("no-wrap gap-3 w-full"):
            if incident.snapshot_id is None:
                ui.icon("image_not_supported", size="40px").classes("no-picture")
            else:
                picture = ui.element("img").props('loading=lazy alt=""')
                picture.props["src"] = evidence_url(incident.id, incident.snapshot_id)
            with ui.column().classes("gap-1 words"):
                ui.label(texts(f"kind.{incident.kind}")).classes("text-weight-bold")
                with ui.row().classes("gap-1"):
                    chip(texts, "severity", incident.severity)
                    if incident.phase is not None:
                        chip(texts, "phase", incident.phase)
                    if incident.status is not Status.FOUND:
                        chip(texts, "status", incident.status.value)
                age = ui.label(self._age(incident)).classes("text-caption two-lines quiet")
        return _Card(element=item, seq=incident.changed_seq, age=age)
