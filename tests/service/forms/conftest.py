"""Sample values of forms, and readers of what was written."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from docx import Document
from PIL import Image

from service.forms import FormCase, FormPhoto, FormSettings


def picture(width: int = 64, height: int = 48) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, "JPEG")
    return out.getvalue()


_CASE = FormCase(
    number="yangguang-2026-0001",
    source="摄像机",
    community="中兴社区",
    compound="阳光花园",
    building="2号楼",
    spot="1单元门厅",
    kind="ebike_indoors",
    kind_zh="电动车进楼道",
    content="电动自行车停放于公共门厅并充电",
    found_at=datetime(2026, 3, 4, 17, 30, tzinfo=UTC),
    responsible_unit="阳光物业",
    responsible_person="李四",
    measure="移至集中充电棚",
    deadline=date(2026, 3, 20),
    status_zh="整改中",
    before=(FormPhoto(name="证据 7", sha256="ab" * 32, content=picture()),),
    height_m=54.0,
)


@pytest.fixture
def make_case() -> Callable[..., FormCase]:
    def make(**changes: Any) -> FormCase:
        return replace(_CASE, **changes)

    return make


@pytest.fixture
def office() -> FormSettings:
    return FormSettings(issuer="虎峰镇消安办", issuer_phone="023-45000000")


@pytest.fixture
def docx_text() -> Callable[[bytes], str]:
    def text_of(content: bytes) -> str:
        """All text of the body in reading order, a line a paragraph or cell."""
        document = Document(io.BytesIO(content))
        lines: list[str] = []
        for block in document.element.body.iter():
            if block.tag.endswith("}p"):
                runs = [
                    "\n" if run.tag.endswith("}br") else (run.text or "")
                    for run in block.iter()
                    if run.tag.endswith(("}t", "}br"))
                ]
                lines.append("".join(runs))
        return "\n".join(lines)

    return text_of
