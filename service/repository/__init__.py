"""The ledger's SQL: transactions that take events, show incidents and keep keys and accounts.

Every function opens and ends its own transaction, but for those that take a session: they
work in their caller's. What they return is plain and detached.
"""

from service.repository.auditing import COMMAND_LINE, audit
from service.repository.backups import backup, restore
from service.repository.cameras import CameraBook, CameraReport
from service.repository.changes import ChangeFeed
from service.repository.compounds import compounds_of_sites, sites_seen
from service.repository.database import Database, parse_url
from service.repository.events import NewEvent, NewPicture, take_event, take_events
from service.repository.filters import IncidentFilter, overdue_condition, today_in_shanghai
from service.repository.findings import (
    NewFinding,
    add_picture,
    attach_pictures,
    save_pictures,
    take_finding,
)
from service.repository.idempotency import (
    KeptAnswer,
    begin_request,
    forget_old_answers,
    forget_request,
    keep_answer,
)
from service.repository.incidents import (
    audit_view,
    count_open,
    evidence_view,
    find_incident,
    get_evidence,
    get_incident,
    incident_view,
    iter_incidents,
    list_incidents,
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
from service.repository.ledger_reads import changes_after, list_audit, newest_change
from service.repository.lookbacks import (
    Campaign,
    LookBack,
    answer_lookback,
    create_campaign,
    list_campaigns,
    list_lookbacks,
)
from service.repository.master import (
    RESOURCES,
    MasterPage,
    Resource,
    create_master,
    delete_master,
    get_master,
    list_master,
    update_master,
)
from service.repository.operators import (
    DESK_OPERATOR,
    AccountScope,
    create_operator,
    ensure_first_operator,
    get_operator,
    list_operators,
    set_desk_password,
    update_operator,
)
from service.repository.pictures import PictureStore
from service.repository.retention import remove_old_pictures
from service.repository.scope import EVERYWHERE, Actor, Scope
from service.repository.sequence import next_number, next_seq
from service.repository.sessions import (
    change_password,
    find_session,
    open_session,
    sign_in,
    sign_out,
)
from service.repository.statistics import Dimension, StatRow, compact_tally, statistics
from service.repository.step import Plan, Step
from service.repository.steps import begin_rebound, edit_incident, record_step
from service.repository.timers import Timer, cancel, claim_due, finish, schedule
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
    "COMMAND_LINE",
    "DESK_OPERATOR",
    "EVERYWHERE",
    "RESOURCES",
    "AccountScope",
    "Actor",
    "Audit",
    "CameraBook",
    "CameraReport",
    "Campaign",
    "ChangeFeed",
    "Database",
    "Dimension",
    "Event",
    "Evidence",
    "Incident",
    "IncidentFilter",
    "IncidentHistory",
    "IncidentPage",
    "KeptAnswer",
    "KeyInfo",
    "LookBack",
    "MasterPage",
    "NewEvent",
    "NewFinding",
    "NewPicture",
    "Operator",
    "PictureStore",
    "Plan",
    "Resource",
    "Scope",
    "StatRow",
    "Step",
    "Taken",
    "Timer",
    "add_picture",
    "answer_lookback",
    "attach_pictures",
    "audit",
    "audit_view",
    "backup",
    "begin_rebound",
    "begin_request",
    "cancel",
    "change_password",
    "changes_after",
    "claim_due",
    "claim_site",
    "compact_tally",
    "compounds_of_sites",
    "count_open",
    "create_campaign",
    "create_key",
    "create_master",
    "create_operator",
    "delete_master",
    "edit_incident",
    "ensure_first_key",
    "ensure_first_operator",
    "evidence_view",
    "find_incident",
    "find_key",
    "find_session",
    "finish",
    "forget_old_answers",
    "forget_request",
    "get_evidence",
    "get_incident",
    "get_master",
    "get_operator",
    "incident_view",
    "iter_incidents",
    "keep_answer",
    "list_audit",
    "list_campaigns",
    "list_incidents",
    "list_keys",
    "list_lookbacks",
    "list_master",
    "list_operators",
    "newest_change",
    "next_number",
    "next_seq",
    "open_session",
    "overdue_condition",
    "parse_url",
    "record_step",
    "register_key",
    "remove_old_pictures",
    "restore",
    "revoke_key",
    "save_pictures",
    "schedule",
    "set_desk_password",
    "sign_in",
    "sign_out",
    "sites_seen",
    "statistics",
    "take_event",
    "take_events",
    "take_finding",
    "today_in_shanghai",
    "update_master",
    "update_operator",
]
