"""The chosen incident: big picture, facts, buttons, and all that has happened."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from nicegui import ui

from service.desk.queue import chip, evidence_url, local_time
from service.desk.texts import Texts
from service.repository import Incident, IncidentHistory
from service.tables import Action, Role
from service.workflow import allowed_actions

__all__ = ["show_detail"]

_BUTTONS = {
    Action.ACKNOWLEDGE: ("check_circle", "positive", "A"),
    Action.FALSE_ALARM: ("report_off", "blue-grey-7", "F"),
    Action.REOPEN: ("undo", "primary", "Z"),
}


def show_detail(
    texts: Texts,
    history: IncidentHistory | None,
    *,
    role: Role,
    picture_id: int | None,
    on_picture: Callable[[int], Awaitable[None]],
    on_action: Callable[[Action], Awaitable[None]],
) -> None:
    """Draw the incident into the current container.

    Args:
        texts: The tab's language.
        history: What to show; None asks to choose something.
        role: Of whoever is signed in; decides which buttons there are.
        picture_id: The picture to show large; None shows the newest annotated one.
        on_picture: Called with the id of a small picture that was clicked.
        on_action: Called with the action of a button.
    """
    if history is None:
        with ui.column().classes("w-full items-center q-pa-xl").style("opacity: .6"):
            ui.icon("touch_app", size="48px")
            ui.label(texts("choose"))
        return
    incident = history.incident
    with ui.row().classes("items-center w-full gap-2"):
        ui.label(f"#{incident.id} {texts(f'kind.{incident.kind}')}").classes("text-h6").mark(
            "title"
        )
        chip(texts, "severity", incident.severity)
        if incident.phase is not None:
            chip(texts, "phase", incident.phase)
        chip(texts, "status", incident.status.value)
        ui.space()
        for action in allowed_actions(incident.status, role):
            # The steps that need words are done in the ledger, not with one key.
            if action not in _BUTTONS:
                continue
            icon, colour, key = _BUTTONS[action]
            ui.button(
                f"{texts(f'action.{action}')} ({key})",
                icon=icon,
                color=colour,
                on_click=partial(on_action, action),
            ).props("no-caps unelevated").mark(f"action-{action}")
    _pictures(texts, history, picture_id=picture_id, on_picture=on_picture)
    _facts(texts, incident)
    _history(texts, history)


def _pictures(
    texts: Texts,
    history: IncidentHistory,
    *,
    picture_id: int | None,
    on_picture: Callable[[int], Awaitable[None]],
) -> None:
    incident = history.incident
    large = picture_id if picture_id is not None else incident.snapshot_id
    if large is None:
        ui.label(texts("no_picture")).style("opacity: .6")
        return
    big = ui.element("img").classes("big").mark("picture")
    big.props["src"] = evidence_url(incident.id, large)
    big.props["alt"] = texts(f"kind.{incident.kind}")
    with ui.row().classes("gap-2 w-full"):
        for picture in reversed(history.evidence[-16:]):
            if picture.media_type.startswith("video/"):
                film = ui.element("video").classes("thumb").props("controls preload=none")
                film.props["src"] = evidence_url(incident.id, picture.id)
                film.props["title"] = f"{picture.sequence} · {texts(f'role.{picture.role}')}"
                continue
            small = ui.element("img").classes("thumb").props("loading=lazy")
            small.props["src"] = evidence_url(incident.id, picture.id)
            small.props["title"] = (
                f"{picture.sequence or picture.taken_by} · {texts(f'role.{picture.role}')}"
            )
            small.on("click", partial(on_picture, picture.id))


def _facts(texts: Texts, incident: Incident) -> None:
    def when(moment: datetime | None) -> str:
        return "—" if moment is None else local_time(moment)

    measures = incident.measures
    facts = {
        "number": incident.number or "—",
        "source": texts(f"source.{incident.source}"),
        "site": incident.site,
        "camera": " · ".join(filter(None, (incident.camera_name, incident.camera_id))),
        "zone": incident.zone_id,
        "dwell": texts.duration(measures.get("dwell_s", 0.0)),
        "first_seen": when(incident.first_seen),
        "raised_at": when(incident.raised_at),
        "last_seen": when(incident.last_seen),
        "ended_at": when(incident.ended_at),
        "confidence": "—" if incident.confidence is None else f"{incident.confidence:.0%}",
        "model": f"{incident.model} / {incident.rule_version}",
    }
    if "zone_share" in measures:
        facts["zone_share"] = f"{measures['zone_share']:.0%}"
    if "footprints" in measures:
        facts["footprints"] = f"{measures['footprints']:.0f}"
    with ui.element("div").classes("facts"):
        for key, value in facts.items():
            with ui.element("div"):
                ui.label(texts(key)).classes("k")
                ui.label(value)


def _history(texts: Texts, history: IncidentHistory) -> None:
    lines: list[tuple[datetime, str, str]] = [
        (event.occurred_at, "videocam", texts(f"event.{event.phase}")) for event in history.events
    ]
    lines += [
        (
            deed.at,
            "person",
            f"{deed.actor}: {texts(f'action.{deed.action}')}"
            + (f" · {deed.note}" if deed.note else ""),
        )
        for deed in history.audit
    ]
    ui.label(texts("history")).classes("text-subtitle2")
    with ui.column().classes("gap-1"):
        for moment, icon, text in sorted(lines, reverse=True)[:60]:
            with ui.row().classes("items-center gap-2"):
                ui.icon(icon, size="18px").style("opacity: .6")
                ui.label(local_time(moment)).classes("text-caption").style("opacity: .7")
                ui.label(text)
