"""交办清单 (assignment list): a batch of cases handed to one street or county, with receipt."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from service.errors import InvalidRequest
from service.forms.cases import FormCase
from service.forms.documents import Document
from service.forms.words import FormSettings, date_text, day_of, moment_text

__all__ = ["AssignmentList"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentList:
    """One batch: who gets it, until when an answer is wanted, what came back.

    Attributes:
        number: As `notices.notice_number` gives it.
        recipient: The street, county or office.
        cases: What is handed over; each once.
        reply_by: The last good day for the answer.
        issued_at: Aware time.
        issued_by: Who hands it over.
        received_by: Who signed for it; empty while nobody has.
        received_at: When, None while nobody has.

    Raises:
        InvalidRequest: There is no case, or one stands twice.
    """

    number: str
    recipient: str
    cases: tuple[FormCase, ...]
    reply_by: date
    issued_at: datetime
    issued_by: str
    received_by: str = ""
    received_at: datetime | None = None

    def __post_init__(self) -> None:
        numbers = [case.number for case in self.cases]
        if not numbers:
            raise InvalidRequest("交办清单没有隐患 (the list: expected a case, got none)")
        if len(set(numbers)) != len(numbers):
            raise InvalidRequest("交办清单中有重复编号 (a case stands twice on the list)")

    def docx(self, settings: FormSettings, *, templates: Path | None = None) -> bytes:
        """The list as a Word document with the receipt below; its totals reconcile."""
        closed = sum(case.is_closed for case in self.cases)
        return Document("assignment_list.docx", folder=templates).fill(
            {
                "number": self.number,
                "recipient": self.recipient,
                "issuer": settings.issuer or "＿＿＿＿＿＿＿＿＿＿",
                "phone": settings.issuer_phone or "＿＿＿＿＿＿＿＿",
                "issued_by": self.issued_by,
                "issued_on": date_text(day_of(self.issued_at)),
                "reply_by": date_text(self.reply_by),
                "cases": [
                    {
                        "index": str(index),
                        "number": case.number,
                        "place": f"{case.community} {case.compound} {case.place}".strip(),
                        "content": case.content or case.kind_zh,
                        "responsible": "\n".join(
                            part
                            for part in (case.responsible_unit, case.responsible_person)
                            if part
                        ),
                        "measure": case.measure,
                        "deadline": date_text(case.deadline),
                        "result": f"已销号\n{moment_text(case.closed_at)}"
                        if case.is_closed
                        else case.status_zh,
                    }
                    for index, case in enumerate(self.cases, start=1)
                ],
                "total": str(len(self.cases)),
                "closed": str(closed),
                "open": str(len(self.cases) - closed),
                "received_by": self.received_by or "＿＿＿＿＿＿＿＿",
                "received_at": moment_text(self.received_at) or "＿＿＿＿年＿＿月＿＿日",
            }
        )
