"""The chosen case: its pictures, facts and history; its buttons are drawn by `CaseActions`."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from nicegui import ui

from service.desk.case import Case
from service.desk.case_actions import CaseActions
from service.desk.queue import chip, evidence_url, local_time
from service.desk.texts import Texts
from service.repository import Evidence, Incident
from service.settings import API_PREFIX

__all__ = ["PICTURE_VIEWS", "picture_views", "show_detail"]

#: What the big picture may show: view -> roles of the evidence.
PICTURE_VIEWS = {
    "boxes": ("snapshot",),
    "plain": ("clean",),
    "free": ("free", "before"),
    "after": ("after", "recheck"),
}
_MOST_THUMBS = 16
_MOST_LINES = 60


def picture_views(case: Case) -> dict[str, Evidence]:
    """View -> the picture that it shows, of those that this case has."""
    found = {view: case.newest(*roles) for view, roles in PICTURE_VIEWS.items()}
    views = {view: picture for view, picture in found.items() if picture is not None}
    if case.clip is not None:
        views["clip"] = case.clip
    return views


def show_detail(
    texts: Texts,
    case: Case | None,
    actions: CaseActions,
    *,
    view: str,
    picture_id: int | None,
    may_read_forms: bool,
    on_view: Callable[[str], Awaitable[None]],
    on_picture: Callable[[int], Awaitable[None]],
) -> None:
    """Draw the case into the current container.

    Args:
        texts: The tab's language.
        case: What to show; None asks to choose something.
        actions: Draws the buttons.
        view: Which picture is large, a key of `picture_views`, or ``both``.
        picture_id: A picture that was clicked; goes before ``view``.
        may_read_forms: Whether papers may be opened.
        on_view: Called with another view.
        on_picture: Called with the id of a small picture that was clicked.
    """
    if case is None:
        with ui.column().classes("w-full items-center q-pa-xl empty"):
            ui.icon("touch_app", size="48px")
            ui.label(texts("choose"))
        return
    incident = case.incident
    with ui.row().classes("items-center w-full gap-2"):
        ui.label(f"#{incident.id} {texts(f'kind.{incident.kind}')}").classes("text-h6").mark(
            "title"
        )
        chip(texts, "severity", incident.severity)
        if incident.phase is not None:
            chip(texts, "phase", incident.phase)
        chip(texts, "status", incident.status.value)
    actions.show(case)
    _banners(texts, case)
    _pictures(texts, case, view=view, picture_id=picture_id, on_view=on_view, on_picture=on_picture)
    _facts(texts, incident)
    _papers(texts, case, may_read=may_read_forms)
    _history(texts, case)


def _banners(texts: Texts, case: Case) -> None:
    lines: list[tuple[str, str]] = []
    if case.incident.proposes_clear:
        lines.append(("visibility", texts("seen_clear_hint")))
    if case.mute is not None:
        said = texts("muted_until").format(
            until=local_time(case.mute.until), reason=case.mute.reason
        )
        lines.append(("notifications_paused", said))
    if case.report is not None:
        key = "report_drafted" if case.report.sent_at is None else "report_sent"
        lines.append(("outgoing_mail", texts(key).format(to=case.report.recipient)))
    if case.incident.rebound_of_id is not None:
        lines.append(("replay", texts("rebound_of").format(id=case.incident.rebound_of_id)))
    for icon, said in lines:
        with ui.row().classes("banner items-center no-wrap gap-2 w-full"):
            ui.icon(icon, size="20px")
            ui.label(said)


def _image(incident: Incident, picture: Evidence, *, alt: str) -> None:
    if picture.media_type.startswith("video/"):
        film = ui.element("video").classes("big").props("controls preload=metadata").mark("film")
        film.props["src"] = evidence_url(incident.id, picture.id)
        film.props["aria-label"] = alt
        return
    big = ui.element("img").classes("big").mark("picture")
    big.props["src"] = evidence_url(incident.id, picture.id)
    big.props["alt"] = alt


def _pictures(
    texts: Texts,
    case: Case,
    *,
    view: str,
    picture_id: int | None,
    on_view: Callable[[str], Awaitable[None]],
    on_picture: Callable[[int], Awaitable[None]],
) -> None:
    incident, views = case.incident, picture_views(case)
    clicked = next((each for each in case.history.evidence if each.id == picture_id), None)
    kind = texts(f"kind.{incident.kind}")
    if not views and clicked is None:
        with ui.column().classes("w-full items-center q-pa-md empty"):
            ui.icon("image_not_supported", size="40px")
            ui.label(texts("no_picture"))
        return
    pair = [views[each] for each in ("free", "after") if each in views]
    if "boxes" in views and len(pair) == 1:
        pair.append(views["boxes"])
    names = {each: texts(f"view.{each}") for each in views}
    if len(pair) == 2:
        names["both"] = texts("view.both")
    chosen = view if view in names else next(iter(names), "")
    if len(names) > 1:
        toggle = ui.toggle(names, value=None if clicked else chosen).props(
            "dense no-caps unelevated"
        )
        toggle.classes("views").mark("picture-view")
        toggle.on_value_change(lambda change: on_view(str(change.value)))
    if clicked is not None:
        _image(incident, clicked, alt=f"{kind} · {texts(f'role.{clicked.role}')}")
    elif chosen == "both":
        with ui.element("div").classes("pair"):
            for picture in sorted(pair, key=lambda each: each.created_at):
                with ui.element("figure"):
                    words = f"{texts(f'role.{picture.role}')} · {local_time(picture.created_at)}"
                    _image(incident, picture, alt=f"{kind} · {words}")
                    with ui.element("figcaption"):
                        ui.label(words).classes("text-caption")
    elif chosen:
        _image(incident, views[chosen], alt=f"{kind} · {names[chosen]}")
    _thumbs(texts, case, on_picture)


def _thumbs(texts: Texts, case: Case, on_picture: Callable[[int], Awaitable[None]]) -> None:
    kept = [each for each in case.history.evidence if each.removed_at is None]
    if len(kept) < 2:
        return
    with ui.row().classes("gap-2 w-full"):
        for picture in reversed(kept[-_MOST_THUMBS:]):
            words = f"{picture.sequence or picture.taken_by} · {texts(f'role.{picture.role}')}"
            show = partial(on_picture, picture.id)
            with ui.element("button").classes("thumb").props("type=button") as small:
                small.props["aria-label"] = words
                small.on("click", show)
                if picture.media_type.startswith("video/"):
                    ui.icon("play_circle", size="36px")
                else:
                    image = ui.element("img").props('loading=lazy alt=""')
                    image.props["src"] = evidence_url(case.incident.id, picture.id)
                ui.tooltip(words)


def _facts(texts: Texts, incident: Incident) -> None:
    def when(moment: datetime | None) -> str:
        return "—" if moment is None else local_time(moment)

    measures = incident.measures
    facts = {
        "number": incident.number or "—",
        "dwell": texts.duration(measures.get("dwell_s", 0.0)),
        "where": " · ".join(dict.fromkeys(filter(None, (incident.location, incident.camera_name))))
        or "—",
        "camera": incident.camera_id or "—",
        "zone": incident.zone_id or "—",
        "site": incident.site,
        "source": texts(f"source.{incident.source}"),
        "first_seen": when(incident.first_seen),
        "raised_at": when(incident.raised_at),
        "last_seen": when(incident.last_seen),
        "ended_at": when(incident.ended_at),
    }
    if "clear_width_m" in measures:
        left = f"{measures['clear_width_m']:.1f} m"
        if "required_width_m" in measures:
            left += f" / {texts('required')} {measures['required_width_m']:.1f} m"
        facts["clear_width"] = left
    if "zone_share" in measures:
        facts["zone_share"] = f"{measures['zone_share']:.0%}"
    if "footprints" in measures:
        facts["footprints"] = f"{measures['footprints']:.0f}"
    if incident.confidence is not None:
        facts["confidence"] = f"{incident.confidence:.0%}"
    if incident.dissuasions:
        facts["dissuasions"] = str(incident.dissuasions)
    if incident.responsible_name:
        unit = incident.responsible_unit
        facts["field.responsible"] = incident.responsible_name + (f"（{unit}）" if unit else "")
    if incident.measure:
        facts["field.measure"] = incident.measure
    if incident.deadline is not None:
        facts["field.deadline"] = incident.deadline.isoformat()
    if incident.model:
        facts["model"] = f"{incident.model} / {incident.rule_version}"
    with ui.element("dl").classes("facts"):
        for key, value in facts.items():
            with ui.element("div"):
                with ui.element("dt"):
                    ui.label(texts(key))
                with ui.element("dd"):
                    ui.label(value)


def _papers(texts: Texts, case: Case, *, may_read: bool) -> None:
    if not case.papers:
        return
    ui.label(texts("papers")).classes("text-subtitle2")
    with ui.column().classes("gap-1"):
        for paper in case.papers:
            words = f"{texts(f'paper.{paper.kind}')} {paper.number} · {local_time(paper.issued_at)}"
            with ui.row().classes("items-center gap-2"):
                ui.icon("description", size="18px").classes("quiet")
                if may_read:
                    ui.link(words, f"{API_PREFIX}/papers/{paper.id}/docx")
                else:
                    ui.label(words)


def _history(texts: Texts, case: Case) -> None:
    history = case.history
    lines: list[tuple[datetime, str, str]] = [
        (event.occurred_at, "videocam", texts(f"event.{event.phase}")) for event in history.events
    ]
    for deed in history.audit:
        said = f"{deed.actor}: {texts(f'action.{deed.action}')}"
        detail = deed.detail or {}
        told = [str(detail[name]) for name in ("method", "person", "result") if detail.get(name)]
        said += "".join(f" · {each}" for each in (*told, deed.note) if each)
        lines.append((deed.at, "person", said))
    ui.label(texts("history")).classes("text-subtitle2")
    with ui.element("ol").classes("timeline"):
        for moment, icon, text in sorted(lines, reverse=True)[:_MOST_LINES]:
            with ui.element("li"):
                ui.icon(icon, size="18px").classes("quiet")
                ui.label(local_time(moment)).classes("text-caption quiet moment")
                ui.label(text)
