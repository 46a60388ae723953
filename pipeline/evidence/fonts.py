"""Finds a font for captions: one with Chinese where the machine has it, else Pillow's own.

Nothing is shipped and nothing is required: without a Chinese font a caption is plain ASCII.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

__all__ = ["CaptionFont", "caption_font"]

_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)

# In order of preference; the first one found is taken.
_CHINESE_FONTS = (
    "NotoSansCJK*-Regular.*",
    "NotoSansSC-Regular.*",
    "SourceHanSans*-Regular.*",
    "wqy-microhei.*",
    "wqy-zenhei.*",
    "DroidSansFallback*.*",
    "PingFang.*",
    "msyh.*",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionFont:
    """A loaded font.

    Attributes:
        face: The font at its size.
        has_chinese: Whether Chinese characters can be drawn with it.
        size_px: Height of a line of text in pixels.
    """

    face: ImageFont.FreeTypeFont | ImageFont.ImageFont
    has_chinese: bool
    size_px: int

    def fit(self, text: str, width_px: int) -> str:
        """Cut ``text`` so that it is at most ``width_px`` wide; characters it lacks become ?."""
        shown = "".join(char if char.isprintable() else " " for char in text)
        if not self.has_chinese:
            shown = shown.encode("ascii", "replace").decode("ascii")
        if self.width(shown) <= width_px:
            return shown
        while shown and self.width(shown + "...") > width_px:
            shown = shown[:-1]
        return shown + "..."

    def width(self, text: str) -> int:
        """Width of ``text`` in pixels."""
        return int(self.face.getlength(text)) + 1


@cache
def caption_font(size_px: int) -> CaptionFont:
    """Load the best font of this machine at ``size_px``; kept for the life of the process."""
    found = _find_chinese_font()
    if found is not None:
        path, index = found
        face = ImageFont.truetype(str(path), size_px, index=index)
        return CaptionFont(face=face, has_chinese=True, size_px=size_px)
    return CaptionFont(face=ImageFont.load_default(size_px), has_chinese=False, size_px=size_px)


@cache
def _find_chinese_font() -> tuple[Path, int] | None:
    folders = [Path(folder).expanduser() for folder in _FOLDERS]
    for pattern in _CHINESE_FONTS:
        for folder in folders:
            for path in sorted(folder.rglob(pattern)):
                index = _simplified_index(path)
                if index is not None:
                    return path, index
    return None


def _simplified_index(path: Path) -> int | None:
    """Index of the simplified Chinese face of a font file; None where it cannot be used."""
    first: int | None = None
    for index in range(8):
        try:
            face = ImageFont.truetype(str(path), 16, index=index)
        except OSError:
            break
        first = index if first is None else first
        if (face.getname()[0] or "").endswith(" SC"):
            return index
    return first
