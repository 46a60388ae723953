"""The ledger's SQL: transactions that take events, show incidents and keep keys and accounts.

Every function opens and ends its own transaction, but for those that take a session: they
work in their caller's. What they return is plain and detached.
"""

from service.repository.auditing import COMMAND_LINE, audit
from service.repository.cameras import CameraBook, CameraReport
from service.repository.changes import ChangeFeed
from service.repository.compounds import sites_seen
from service.repository.database import Database, parse_url
from service.repository.events import NewEvent, NewPicture, take_event
from service.repository.filters import IncidentFilter, overdue_condition, today_in_shanghai
from service.repository.findings import NewFinding, add_picture, save_pictures, take_finding
from service.repository.firms import firm_figures
from service.repository.form_cases import (
    LoadPicture,
    form_cases,
    iter_form_cases,
    picture_cases,
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
from service.repository.papers import (
    PAPER_KINDS,
    Paper,
    get_paper,
    issue_paper,
    list_papers,
    note_export,
    receive_paper,
    return_case,
)
from service.repository.pictures import PictureStore
from service.repository.reports import (
    MonthlyReport,
    annex1_rows,
    draft_report,
    finish_task,
    get_report,
    list_tasks,
    period_words,
    send_report,
    snapshot_month,
)
from service.repository.scope import EVERYWHERE, Actor, Scope
from service.repository.sequence import next_number, next_seq
from service.repository.sessions import (
    change_password,
    find_session,
    open_session,
    sign_in,
    sign_out,
)
from service.repository.step import Plan, Step
from service.repository.steps import begin_rebound, record_step
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
    "PAPER_KINDS",
    "AccountScope",
    "Actor",
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
    "LoadPicture",
    "MonthlyReport",
    "NewEvent",
    "NewFinding",
    "NewPicture",
    "Operator",
    "Paper",
    "PictureStore",
    "Plan",
    "Scope",
    "Step",
    "Taken",
    "Timer",
    "add_picture",
    "annex1_rows",
    "audit",
    "audit_view",
    "begin_rebound",
    "cancel",
    "change_password",
    "claim_due",
    "claim_site",
    "count_open",
    "create_key",
    "create_operator",
    "draft_report",
    "ensure_first_key",
    "ensure_first_operator",
    "evidence_view",
    "find_incident",
    "find_key",
    "find_session",
    "finish",
    "finish_task",
    "firm_figures",
    "form_cases",
    "get_evidence",
    "get_incident",
    "get_operator",
    "get_paper",
    "get_report",
    "incident_view",
    "issue_paper",
    "iter_form_cases",
    "iter_incidents",
    "list_incidents",
    "list_keys",
    "list_operators",
    "list_papers",
    "list_tasks",
    "next_number",
    "next_seq",
    "note_export",
    "open_session",
    "overdue_condition",
    "parse_url",
    "period_words",
    "picture_cases",
    "receive_paper",
    "record_step",
    "register_key",
    "return_case",
    "revoke_key",
    "save_pictures",
    "schedule",
    "send_report",
    "set_desk_password",
    "sign_in",
    "sign_out",
    "sites_seen",
    "snapshot_month",
    "take_event",
    "take_finding",
    "today_in_shanghai",
    "update_operator",
]
