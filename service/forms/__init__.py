"""Forms that an office accepts, written from plain values; no database, no clock.

Annex 1 and 2, the hazard ledger, the two lists, rectification notice, dissuasion slip,
assignment list, monthly report, statistics and the property firm's score sheet.
"""

from service.forms.annex1 import (
    ANNEX1_HEADINGS,
    BuildingRow,
    ImportedBuildings,
    ImportProblem,
    annex1_csv,
    annex1_title,
    annex1_xlsx,
    read_annex1,
)
from service.forms.annex2 import (
    ANNEX2_HEADINGS,
    ANNEX2_TITLE,
    CampaignTask,
    TaskReminder,
    annex2_xlsx,
    seeded_tasks,
    task_reminders,
)
from service.forms.assignment import AssignmentList
from service.forms.cases import FormCase, FormPhoto
from service.forms.copies import export_copy
from service.forms.ledger_sheet import (
    HAZARD_LIST_HEADINGS,
    LEDGER_HEADINGS,
    RESPONSIBILITY_LIST_HEADINGS,
    ledger_csv,
    ledger_xlsx,
    two_lists_xlsx,
)
from service.forms.legal import LegalBasis, legal_basis
from service.forms.monthly import (
    MonthlyPeriod,
    MonthlySnapshot,
    ReportState,
    monthly_report_docx,
    snapshot_digest,
)
from service.forms.notices import DissuasionSlip, RectificationNotice, notice_number
from service.forms.score_sheet import (
    QUESTIONS,
    FirmFigures,
    ScoreAnswer,
    firm_answers,
    score_sheet_docx,
)
from service.forms.statistics import (
    DIMENSIONS,
    Tally,
    check_sums,
    statistics_xlsx,
    tally_all,
    tally_cases,
    total,
)
from service.forms.words import TIMEZONE, FormSettings, date_text, day_of

__all__ = [
    "ANNEX1_HEADINGS",
    "ANNEX2_HEADINGS",
    "ANNEX2_TITLE",
    "DIMENSIONS",
    "HAZARD_LIST_HEADINGS",
    "LEDGER_HEADINGS",
    "QUESTIONS",
    "RESPONSIBILITY_LIST_HEADINGS",
    "TIMEZONE",
    "AssignmentList",
    "BuildingRow",
    "CampaignTask",
    "DissuasionSlip",
    "FirmFigures",
    "FormCase",
    "FormPhoto",
    "FormSettings",
    "ImportProblem",
    "ImportedBuildings",
    "LegalBasis",
    "MonthlyPeriod",
    "MonthlySnapshot",
    "RectificationNotice",
    "ReportState",
    "ScoreAnswer",
    "Tally",
    "TaskReminder",
    "annex1_csv",
    "annex1_title",
    "annex1_xlsx",
    "annex2_xlsx",
    "check_sums",
    "date_text",
    "day_of",
    "export_copy",
    "firm_answers",
    "ledger_csv",
    "ledger_xlsx",
    "legal_basis",
    "monthly_report_docx",
    "notice_number",
    "read_annex1",
    "score_sheet_docx",
    "seeded_tasks",
    "snapshot_digest",
    "statistics_xlsx",
    "tally_all",
    "tally_cases",
    "task_reminders",
    "total",
    "two_lists_xlsx",
]
