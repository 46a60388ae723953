"""Word documents: a template that the office may replace, filled in and returned as bytes."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from PIL import Image, UnidentifiedImageError

from service.errors import SettingsError
from service.forms.cases import FormPhoto
from service.forms.words import clean

__all__ = ["TEMPLATES", "Document"]

#: The templates that come with LifeLane; a folder of the office's own may hold others.
TEMPLATES = Path(__file__).with_name("templates")

_PHOTO_LONG_SIDE_PX = 1280
_PICTURE_LIMIT_PX = 60_000_000


class Document:
    """One form about to be filled in.

    Args:
        name: The template's file name, such as ``rectification_notice.docx``.
        folder: A folder of the office's own templates, looked into first; None for ours only.

    Raises:
        SettingsError: The template cannot be opened.
    """

    def __init__(self, name: str, *, folder: Path | None = None) -> None:
        own = None if folder is None else folder / name
        self._path = own if own is not None and own.is_file() else TEMPLATES / name
        try:
            self._template = DocxTemplate(str(self._path))
            # Opens the file now, so that a broken one is told before anything is numbered.
            self._template.init_docx()
        except Exception as error:
            raise SettingsError(
                f"the form template {self._path} cannot be opened: expected a Word document"
                f" (.docx), {type(error).__name__}: {error}"
            ) from error

    def photo(self, photo: FormPhoto, *, width_mm: float, height_mm: float) -> Any:
        """The picture as the template can print it, or words where there is none.

        It is made small enough to mail, and fits into the box whatever its shape.
        """
        if not photo.content:
            return "（照片缺失 picture missing）"
        try:
            with Image.open(io.BytesIO(photo.content)) as picture:
                if picture.width * picture.height > _PICTURE_LIMIT_PX:
                    return "（照片过大 picture too large）"
                shrunk = picture.convert("RGB")
                shrunk.thumbnail((_PHOTO_LONG_SIDE_PX, _PHOTO_LONG_SIDE_PX))
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError):
            return "（照片无法打开 picture unreadable）"
        out = io.BytesIO()
        shrunk.save(out, "JPEG", quality=85)
        out.seek(0)
        if shrunk.width / shrunk.height > width_mm / height_mm:
            return InlineImage(self._template, out, width=Mm(width_mm))
        return InlineImage(self._template, out, height=Mm(height_mm))

    def fill(self, context: Mapping[str, Any]) -> bytes:
        """The filled-in document.

        Args:
            context: What the template names; texts are made printable and escaped here.

        Raises:
            SettingsError: The template names something that this form has not.
        """
        # Sandboxed: an office's own template fills in blanks, it runs no code of its own.
        environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
        try:
            self._template.render(_printable(context), jinja_env=environment)
        except TemplateError as error:
            raise SettingsError(
                f"the form template {self._path} cannot be filled in: {error}; compare it with"
                f" {TEMPLATES / self._path.name}"
            ) from error
        out = io.BytesIO()
        self._template.save(out)
        return out.getvalue()


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {key: _printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value
