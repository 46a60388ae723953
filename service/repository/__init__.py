"""The ledger's SQL: transactions that take events, show incidents and keep keys and accounts.

Every function opens and ends its own transaction; what it returns is plain and detached.
"""

from service.repository.cameras import CameraBook, CameraReport
from service.repository.changes import ChangeFeed
from service.repository.database import Database, parse_url
from service.repository.events import NewEvent, NewPicture, take_event
from service.repository.incidents import (
    IncidentFilter,
    count_open,
    get_evidence,
    get_incident,
    list_incidents,
    record_action,
)
from service.repository.keys import (
    claim_site,
    create_key,
    ensure_first_key,
    find_key,
    list_keys,
    register_key,
    revoke_key,
)
from service.repository.operators import (
    DESK_OPERATOR,
    ensure_first_operator,
    find_session,
    set_desk_password,
    sign_in,
    sign_out,
)
from service.repository.pictures import PictureStore
from service.repository.views import (
    Audit,
    Event,
    Evidence,
    Incident,
    IncidentHistory,
    IncidentPage,
    KeyInfo,
    Operator,
    Taken,
)

__all__ = [
    "DESK_OPERATOR",
    "Audit",
    "CameraBook",
    "CameraReport",
    "ChangeFeed",
    "Database",
    "Event",
    "Evidence",
    "Incident",
    "IncidentFilter",
    "IncidentHistory",
    "IncidentPage",
    "KeyInfo",
    "NewEvent",
    "NewPicture",
    "Operator",
    "PictureStore",
    "Taken",
    "claim_site",
    "count_open",
    "create_key",
    "ensure_first_key",
    "ensure_first_operator",
    "find_key",
    "find_session",
    "get_evidence",
    "get_incident",
    "list_incidents",
    "list_keys",
    "parse_url",
    "record_action",
    "register_key",
    "revoke_key",
    "set_desk_password",
    "sign_in",
    "sign_out",
    "take_event",
]
