"""The property firm's score sheet: S4's four 是否, answered from data with evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.forms.documents import Document
from service.forms.words import FormSettings, moment_text

__all__ = ["QUESTIONS", "FirmFigures", "ScoreAnswer", "firm_answers", "score_sheet_docx"]

#: The four tests of each property firm, in the paper's words.
QUESTIONS = (
    "是否按照物业服务合同约定对物业管理区域共有设施进行维护、保养和管理",
    "是否按照物业服务合同约定开展安全巡查",
    "是否建立日常巡查制度、违规行为巡查发现制度，以及相应工作台账",
    "是否采取合理措施劝阻，劝阻无效的是否及时报告辖区街道办事处和相关职能部门",
)
_NO_DATA = "无数据"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmFigures:
    """What the ledger knows of a firm within a period. All counts, nothing typed in.

    Attributes:
        firm: Name of the property firm.
        compounds: Its compounds.
        facility_cases: Registered hazards of shared facilities and façades.
        facility_in_time: Of those, put right within the deadline.
        facility_overdue: Of those, past the deadline and open.
        days: Days of the period.
        patrol_days: Days with at least one patrol find, photo or entry of the firm's people.
        registered: All registered hazards of its compounds.
        with_full_entry: Of those, with person, measure and deadline.
        alerts: Alerts that its desk had to take notice of.
        unattended: Of those, not acknowledged within the policy's time.
        dissuaded_cases: Cases in which somebody was dissuaded.
        without_effect: Of those, still there after the attempts that the policy allows.
        reported: Of those without effect, reported to the sub-district or others.
        rebounds: Cases that came back after close-out.
    """

    firm: str
    compounds: tuple[str, ...]
    facility_cases: int
    facility_in_time: int
    facility_overdue: int
    days: int
    patrol_days: int
    registered: int
    with_full_entry: int
    alerts: int
    unattended: int
    dissuaded_cases: int
    without_effect: int
    reported: int
    rebounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreAnswer:
    """One question's answer: 是, 否 or 无数据, and the figures it stands on."""

    question: str
    answer: str
    evidence: str


def _yes(flag: bool) -> str:
    return "是" if flag else "否"


def firm_answers(figures: FirmFigures, *, patrol_share: float = 0.9) -> tuple[ScoreAnswer, ...]:
    """The four answers.

    Args:
        figures: Of the period.
        patrol_share: On at least this share of days, in [0, 1], somebody must have patrolled
            (S2 asks for a patrol every day); a proposed default, no paper sets it.
    """
    coverage = figures.patrol_days / figures.days if figures.days else 0.0
    return (
        ScoreAnswer(
            question=QUESTIONS[0],
            answer=_yes(figures.facility_overdue == 0) if figures.facility_cases else _NO_DATA,
            evidence=f"共有设施隐患{figures.facility_cases}项，按期整改{figures.facility_in_time}项，"
            f"逾期未改{figures.facility_overdue}项",
        ),
        ScoreAnswer(
            question=QUESTIONS[1],
            answer=_yes(coverage >= patrol_share) if figures.days else _NO_DATA,
            evidence=f"{figures.days}天中有巡查记录{figures.patrol_days}天（{coverage:.0%}，"
            f"标准不低于{patrol_share:.0%}）；告警{figures.alerts}次，逾时无人确认"
            f"{figures.unattended}次",
        ),
        ScoreAnswer(
            question=QUESTIONS[2],
            answer=_yes(figures.with_full_entry == figures.registered)
            if figures.registered
            else _NO_DATA,
            evidence=f"登记台账{figures.registered}项，责任人、措施、期限齐全"
            f"{figures.with_full_entry}项；反弹{figures.rebounds}项",
        ),
        ScoreAnswer(
            question=QUESTIONS[3],
            answer=_yes(figures.reported >= figures.without_effect and figures.unattended == 0)
            if figures.dissuaded_cases or figures.alerts
            else _NO_DATA,
            evidence=f"劝阻{figures.dissuaded_cases}项，劝阻无效{figures.without_effect}项，"
            f"其中已报告{figures.reported}项；逾时无人处置{figures.unattended}次",
        ),
    )


def score_sheet_docx(
    sheets: Sequence[tuple[FirmFigures, Sequence[ScoreAnswer]]],
    settings: FormSettings,
    *,
    period: str,
    made_at: datetime,
    templates: Path | None = None,
) -> bytes:
    """One block a firm: the four questions, the answers, what they stand on."""
    return Document("score_sheet.docx", folder=templates).fill(
        {
            "issuer": settings.issuer or "＿＿＿＿＿＿＿＿＿＿",
            "period": period,
            "made_at": moment_text(made_at),
            "firms": [
                {
                    "name": figures.firm,
                    "compounds": "、".join(figures.compounds) or "—",
                    "answers": [
                        {
                            "index": str(index),
                            "question": answer.question,
                            "answer": answer.answer,
                            "evidence": answer.evidence,
                        }
                        for index, answer in enumerate(answers, start=1)
                    ],
                }
                for figures, answers in sheets
            ],
        }
    )
