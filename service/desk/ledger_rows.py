"""The ledger's columns, its rows as plain values, and how its cells are drawn."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from service.desk.queue import evidence_url, local_time
from service.desk.style import COLOURS
from service.desk.texts import Texts
from service.repository import LEDGER_SORTS, Incident

__all__ = ["CELLS", "columns", "row_of"]

_COLUMNS = (
    "picture",
    "id",
    "number",
    "raised_at",
    "severity",
    "kind",
    "where",
    "status",
    "responsible",
    "deadline",
)

_BADGE = '<q-badge rounded :color="props.row.{0}_colour">{{{{ props.row.{0} }}}}</q-badge>'
_LINK = '<a :href="props.row.link" class="row-link">#{{ props.row.id }}</a>'
_IMAGE = (
    '<img v-if="props.row.picture" :src="props.row.picture" class="row-picture" alt=""'
    ' loading="lazy">'
)
_LATE = (
    '{{ props.row.deadline }} <q-badge v-if="props.row.late" rounded color="red-10">'
    "{{ props.row.late }}</q-badge>"
)


def _cell(inner: str) -> str:
    return f'<q-td :props="props">{inner}</q-td>'


#: Slot of the table -> its template. Values are bound, never put together as HTML.
CELLS: Mapping[str, str] = MappingProxyType(
    {
        "body-selection": (
            '<q-checkbox v-model="props.selected" :aria-label="props.row.link_words" />'
        ),
        "body-cell-picture": _cell(_IMAGE),
        "body-cell-id": _cell(_LINK),
        "body-cell-severity": _cell(_BADGE.format("severity")),
        "body-cell-status": _cell(_BADGE.format("status")),
        "body-cell-deadline": _cell(_LATE),
        # On a phone a row is a card.
        "item": (
            '<div class="col-12 q-pa-xs"><q-card flat bordered class="row-card">'
            '<q-checkbox v-model="props.selected" :aria-label="props.row.link_words" dense />'
            f'{_IMAGE}<div class="row-words"><div>{_LINK} <b>{{{{ props.row.kind }}}}</b></div>'
            f"<div>{_BADGE.format('severity')} {_BADGE.format('status')}</div>"
            '<div class="quiet">{{ props.row.where }} · {{ props.row.raised_at }}</div>'
            f'<div v-if="props.row.is_registered">{{{{ props.row.number }}}} · {_LATE}</div>'
            "</div></q-card></div>"
        ),
    }
)


def columns(texts: Texts) -> list[dict[str, Any]]:
    """The table's columns."""
    return [
        {
            "name": name,
            "field": name,
            "label": texts(f"column.{name}"),
            "align": "left",
            "sortable": name in LEDGER_SORTS,
        }
        for name in _COLUMNS
    ]


def row_of(texts: Texts, incident: Incident, today: date) -> dict[str, Any]:
    """One row as plain values; ``today`` in Asia/Shanghai."""
    where = (incident.location, incident.camera_name, incident.camera_id)
    picture = None
    if incident.snapshot_id is not None:
        picture = evidence_url(incident.id, incident.snapshot_id)
    kind = texts(f"kind.{incident.kind}")
    return {
        "id": incident.id,
        "link": f"/?incident={incident.id}",
        "link_words": f"#{incident.id} {kind}",
        "picture": picture,
        "is_registered": incident.number is not None,
        "number": incident.number or "—",
        "raised_at": local_time(incident.raised_at),
        "severity": texts(f"severity.{incident.severity}"),
        "severity_colour": COLOURS[incident.severity],
        "kind": kind,
        "where": next(filter(None, where), "—"),
        "status": texts(f"status.{incident.status}"),
        "status_colour": COLOURS[incident.status.value],
        "responsible": incident.responsible_name or "—",
        "deadline": incident.deadline.isoformat() if incident.deadline is not None else "—",
        "late": texts("overdue") if incident.is_overdue(today) else "",
    }
