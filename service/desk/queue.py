"""The queue: one card an incident, the newest first."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from nicegui import ui

from service.desk.style import COLOURS
from service.desk.texts import Texts
from service.repository import Incident
from service.settings import API_PREFIX
from service.tables import Status

__all__ = ["VIEWS", "chip", "evidence_url", "local_time", "show_queue"]

#: View of the queue -> statuses that it shows; none means all.
VIEWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "open": (Status.FOUND.value,),
        "acknowledged": (Status.ACKNOWLEDGED.value,),
        "false_alarm": (Status.FALSE_ALARM.value,),
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
    ui.badge(texts(f"{group}.{word}"), color=COLOURS.get(word, "grey-7")).props("rounded")


def show_queue(
    texts: Texts,
    incidents: Sequence[Incident],
    *,
    total: int,
    chosen_id: int | None,
    on_choose: Callable[[int], Awaitable[None]],
    on_older: Callable[[], Awaitable[None]],
) -> None:
    """Draw the cards into the current container."""
    if not incidents:
        with ui.column().classes("w-full items-center q-pa-xl").style("opacity: .6"):
            ui.icon("verified_user", size="48px", color="green-8")
            ui.label(texts("nothing_here"))
    for incident in incidents:
        _card(texts, incident, chosen=incident.id == chosen_id, on_choose=on_choose)
    if total > len(incidents):
        ui.button(f"{texts('older')} ({total - len(incidents)})", on_click=on_older).props(
            "flat no-caps"
        ).classes("w-full")


def _card(
    texts: Texts,
    incident: Incident,
    *,
    chosen: bool,
    on_choose: Callable[[int], Awaitable[None]],
) -> None:
    card = ui.card().classes("incident no-shadow").mark(f"incident incident-{incident.id}")
    card.props("flat bordered")
    if chosen:
        card.classes("chosen")
    card.on("click", partial(on_choose, incident.id))
    with card, ui.row().classes("no-wrap gap-3 w-full"):
        if incident.snapshot_id is None:
            ui.icon("image_not_supported", size="40px").style("width:112px; opacity:.4")
        else:
            picture = ui.element("img").props('loading=lazy alt=""')
            picture.props["src"] = evidence_url(incident.id, incident.snapshot_id)
        with ui.column().classes("gap-1").style("min-width: 0"):
            ui.label(texts(f"kind.{incident.kind}")).classes("text-weight-bold")
            with ui.row().classes("gap-1"):
                chip(texts, "severity", incident.severity)
                if incident.phase is not None:
                    chip(texts, "phase", incident.phase)
                if incident.status is not Status.FOUND:
                    chip(texts, "status", incident.status.value)
            dwell = texts.duration(incident.measures.get("dwell_s", 0.0))
            where = f"#{incident.id} · {incident.camera_name or incident.camera_id}"
            ui.label(f"{where} · {local_time(incident.raised_at)} · {dwell}").classes(
                "text-caption ellipsis"
            ).style("opacity: .75")
