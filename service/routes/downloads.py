"""What all routes that give out forms share."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Response

from service.forms import export_copy
from service.routes.auth import Caller, needs
from service.routes.state import Services
from service.tables import Permission

__all__ = ["DOCX", "XLSX", "FormReader", "download", "load_copy"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

#: Anybody who may print what the ledger says.
FormReader = Annotated[Caller, Depends(needs(Permission.FORMS_READ))]


def download(content: bytes, *, name: str, media_type: str) -> Response:
    """A file for the browser to keep, with its Chinese name."""
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def load_copy(services: Services, sha256: str, media_type: str) -> bytes:
    """The picture as it may leave the house; empty when its file is lost."""
    try:
        return export_copy(services.pictures.path(sha256, media_type).read_bytes())
    except OSError:
        return b""
