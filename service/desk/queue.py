"""The queue: one card an incident, the newest on top."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

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


_BADGES = """
<div class="row gap-1">
  <q-badge v-for="chip in props.row.chips" :key="chip.text" rounded :color="chip.colour">
    {{ chip.text }}</q-badge>
</div>
"""
# Drawn by the browser from plain rows: twenty desks keep up with ten incidents a second.
# Values are bound, never put together as HTML.
_CARD = f"""
<div class="col-12">
  <q-card flat bordered role="button" tabindex="0" class="incident no-shadow"
    :class="{{ chosen: props.row.chosen }}" :aria-current="props.row.chosen"
    @click="() => $parent.$emit('choose', props.row.id)"
    @keydown.enter="() => $parent.$emit('choose', props.row.id)"
    @keydown.space.prevent="() => $parent.$emit('choose', props.row.id)">
    <div class="row no-wrap gap-3 w-full">
      <img v-if="props.row.picture" :src="props.row.picture" loading="lazy" alt="">
      <q-icon v-else name="image_not_supported" size="40px" class="no-picture" />
      <div class="column gap-1 words">
        <div class="text-weight-bold">{{{{ props.row.kind }}}}</div>
        {_BADGES}
        <div class="text-caption two-lines quiet">{{{{ props.row.line }}}}</div>
      </div>
    </div>
  </q-card>
</div>
"""


class QueueList:
    """The cards of one tab; what has not changed stays as it is under the mouse.

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
        self._rows: list[dict[str, Any]] = []
        self._empty = ui.column().classes("w-full items-center q-pa-lg empty").mark("queue-empty")
        self._empty.set_visibility(False)
        self._cards = ui.table(rows=[], columns=[], row_key="id").classes("cards")
        self._cards.props("grid flat hide-header hide-pagination hide-no-data")
        self._cards.props[":pagination"] = "{rowsPerPage: 0}"
        self._cards.add_slot("item", _CARD)
        self._cards.on("choose", self._choose)
        self._older = ui.button(on_click=on_older).props("flat no-caps").classes("w-full")
        self._older.set_visibility(False)
        self._said_empty = ""

    async def _choose(self, event: GenericEventArguments) -> None:
        number = event.args
        # A browser may send anything.
        if isinstance(number, int) and any(row["id"] == number for row in self._rows):
            await self._on_choose(number)

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
        rows = [self._row(each, chosen=each.id == chosen_id) for each in incidents]
        if rows != self._rows:
            self._rows = rows
            self._cards.update_rows(rows, clear_selection=False)
        self._older.set_text(f"{self._texts('older')} ({total - len(incidents)})")
        self._older.set_visibility(total > len(incidents))
        self._say_empty("" if incidents else empty)

    def _row(self, incident: Incident, *, chosen: bool) -> dict[str, Any]:
        texts = self._texts
        words = [("severity", incident.severity)]
        if incident.phase is not None:
            words.append(("phase", incident.phase))
        if incident.status is not Status.FOUND:
            words.append(("status", incident.status.value))
        dwell = texts.duration(incident.measures.get("dwell_s", 0.0))
        where = incident.camera_name or incident.camera_id or incident.location
        picture = None
        if incident.snapshot_id is not None:
            picture = evidence_url(incident.id, incident.snapshot_id)
        return {
            "id": incident.id,
            "kind": texts(f"kind.{incident.kind}"),
            "chips": [
                {"text": texts(f"{group}.{word}"), "colour": COLOURS.get(word, "grey-8")}
                for group, word in words
            ],
            "line": f"#{incident.id} · {where} · {local_time(incident.raised_at)} · {dwell}",
            "picture": picture,
            "chosen": chosen,
        }

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
