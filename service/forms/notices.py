"""整改通知书 (rectification notice) and 劝阻提示单 (dissuasion slip)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from service.errors import InvalidRequest
from service.forms.cases import FormCase
from service.forms.documents import Document
from service.forms.legal import LegalBasis, legal_basis
from service.forms.words import FormSettings, date_text, day_of, moment_text

__all__ = ["DissuasionSlip", "RectificationNotice", "notice_number"]

_PHOTOS_MOST = 8


def notice_number(word: str, year: int, number: int) -> str:
    """Such as 整改〔2026〕12号; 〔〕 is how official papers bracket the year."""
    return f"{word}〔{year}〕{number}号"


def _pairs(photos: Sequence[Any]) -> list[list[Any]]:
    blank = {"picture": "", "caption": ""}
    padded = [*photos, blank] if len(photos) % 2 else list(photos)
    return [padded[index : index + 2] for index in range(0, len(padded), 2)]


def _basis(cases: Sequence[FormCase], settings: FormSettings) -> list[LegalBasis]:
    found: list[LegalBasis] = []
    for case in cases:
        found += [basis for basis in legal_basis(case, settings) if basis not in found]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class RectificationNotice:
    """整改通知书: what is wrong, by which law, until when; receipt and recheck blocks.

    Attributes:
        number: As `notice_number` gives it.
        recipient: The unit that has to put it right.
        cases: What is wrong; all in that unit's hands.
        deadline: The last good day.
        issued_at: Aware time.
        issued_by: Who signs.

    Raises:
        InvalidRequest: There is no case, or one is a private thing that nobody may order away.
    """

    number: str
    recipient: str
    cases: tuple[FormCase, ...]
    deadline: date
    issued_at: datetime
    issued_by: str

    def __post_init__(self) -> None:
        if not self.cases:
            raise InvalidRequest("整改通知书没有隐患 (the notice: expected a case, got none)")
        for case in self.cases:
            if case.is_private:
                raise InvalidRequest(
                    f"隐患 {case.number} 属于居民私有财产，不得责令整改，请改用劝阻提示单或移交"
                    f" (case {case.number} is a resident's own property: it cannot be ordered"
                    " away; print a dissuasion slip, or transfer the case)"
                )

    def docx(self, settings: FormSettings, *, templates: Path | None = None) -> bytes:
        """The notice as a Word document, ready to sign and seal."""
        document = Document("rectification_notice.docx", folder=templates)
        photos = [
            {
                "picture": document.photo(photo, width_mm=72, height_mm=54),
                "caption": f"{case.number} {photo.name}"
                + (f"（{moment_text(photo.taken_at)}）" if photo.taken_at else ""),
            }
            for case in self.cases
            for photo in case.before
        ]
        return document.fill(
            {
                "number": self.number,
                "recipient": self.recipient,
                "compound": "、".join(dict.fromkeys(case.compound for case in self.cases)),
                "cases": [
                    {
                        "index": str(index),
                        "number": case.number,
                        "place": case.place,
                        "kind": case.kind_zh,
                        "content": case.content or case.kind_zh,
                        "found_at": moment_text(case.found_at),
                        "measure": case.measure or "立即清除，恢复畅通",
                    }
                    for index, case in enumerate(self.cases, start=1)
                ],
                "basis": [
                    {"citation": basis.citation, "text": basis.text}
                    for basis in _basis(self.cases, settings)
                ],
                "deadline": date_text(self.deadline),
                "issuer": settings.issuer or "＿＿＿＿＿＿＿＿＿＿",
                "phone": settings.issuer_phone or "＿＿＿＿＿＿＿＿",
                "issued_by": self.issued_by,
                "issued_on": date_text(day_of(self.issued_at)),
                "photo_rows": _pairs(photos[:_PHOTOS_MOST]),
                "more_photos": max(0, len(photos) - _PHOTOS_MOST),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DissuasionSlip:
    """劝阻提示单, in two copies: time, place, kind, demand, limit, which attempt it is.

    Attributes:
        number: As `notice_number` gives it.
        case: The hazard.
        person: Who is spoken to; empty leaves a line.
        attempt: 第几次劝阻, from 1.
        method: How: 当面, 电话, 短信, 微信, 上门, 广播.
        demand: What is asked for.
        limit: Until when, in words or a day.
        at: Aware time of the dissuasion.
        by: Who dissuades.
        attempts_before_report: After so many attempts it is reported to the sub-district.
    """

    number: str
    case: FormCase
    person: str
    attempt: int
    method: str
    demand: str
    limit: str
    at: datetime
    by: str
    attempts_before_report: int = 3

    def docx(self, settings: FormSettings, *, templates: Path | None = None) -> bytes:
        """The slip as a Word document of two copies, a page each."""
        document = Document("dissuasion_slip.docx", folder=templates)
        case = self.case
        pictures = [document.photo(photo, width_mm=58, height_mm=36) for photo in case.before[:1]]
        return document.fill(
            {
                "copies": ["第一联：交当事人", "第二联：存根"],
                "number": self.number,
                "case_number": case.number,
                "person": self.person or "＿＿＿＿＿＿＿＿",
                "at": moment_text(self.at),
                "place": f"{case.compound}{case.place}",
                "kind": case.kind_zh,
                "content": case.content or case.kind_zh,
                "demand": self.demand,
                "limit": self.limit,
                "attempt": str(self.attempt),
                "method": self.method,
                "by": self.by,
                "basis": [
                    {"citation": basis.citation, "text": basis.text}
                    for basis in legal_basis(case, settings)
                ],
                "attempts_before_report": str(self.attempts_before_report),
                "issuer": settings.issuer or "＿＿＿＿＿＿＿＿＿＿",
                "phone": settings.issuer_phone or "＿＿＿＿＿＿＿＿",
                "picture": pictures[0] if pictures else "",
                "has_picture": bool(pictures),
            }
        )
