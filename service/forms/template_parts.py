"""Building blocks of the form templates: paper, fonts and tables as official papers have them.

The layout follows GB/T 9704-2012 (党政机关公文格式): A4, title in a Song type, body in
Fangsong of size three, headings in a Hei type. A template is an ordinary Word file, which an
office may change in Word; this module only makes the ones that come with LifeLane.
"""

from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

__all__ = ["BODY", "HEI", "SONG", "Paper"]

BODY, HEI, SONG = "仿宋", "黑体", "宋体"


class Paper:
    """A template under construction.

    Args:
        landscape: A4 across instead of upright.
        margins_mm: Top, right, bottom, left.
    """

    def __init__(
        self,
        *,
        landscape: bool = False,
        margins_mm: tuple[float, float, float, float] = (25, 22, 22, 25),
    ) -> None:
        self.docx = Document()
        section = self.docx.sections[0]
        width, height = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = width, height
        section.top_margin, section.right_margin = Mm(margins_mm[0]), Mm(margins_mm[1])
        section.bottom_margin, section.left_margin = Mm(margins_mm[2]), Mm(margins_mm[3])
        self._width_mm = (297 if landscape else 210) - margins_mm[1] - margins_mm[3]
        style = self.docx.styles["Normal"]
        style.font.name = BODY
        style.font.size = Pt(14)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
        style.paragraph_format.space_after = Pt(0)
        for language in self.docx.styles.element.iter(qn("w:lang")):
            language.set(qn("w:eastAsia"), "zh-CN")
        self._page_number(section)

    def line(
        self,
        text: str,
        *,
        size_pt: float = 14,
        font: str = BODY,
        bold: bool = False,
        align: str = "left",
        indent: bool = False,
        before_pt: float = 0,
        after_pt: float = 0,
        spacing_pt: float | None = None,
        keep_next: bool = False,
        container: Any = None,
    ) -> Any:
        """A paragraph; ``indent`` moves its first line in by two characters."""
        paragraph = (container or self.docx).add_paragraph()
        self._fill(paragraph, text, size_pt=size_pt, font=font, bold=bold, align=align)
        form = paragraph.paragraph_format
        form.space_before, form.space_after = Pt(before_pt), Pt(after_pt)
        form.keep_with_next = keep_next
        if indent:
            form.first_line_indent = Pt(size_pt * 2)
        if spacing_pt is not None:
            form.line_spacing = Pt(spacing_pt)
        return paragraph

    def tag(self, text: str) -> None:
        """A paragraph that only steers the template and leaves nothing in print."""
        self.line(text, size_pt=2)

    def table(
        self,
        widths_mm: Sequence[float],
        rows: Sequence[Sequence[str]],
        *,
        size_pt: float = 10.5,
        head: bool = True,
        grid: bool = True,
        align: str = "left",
        heights_mm: Sequence[float | None] | None = None,
        tag_rows: frozenset[int] = frozenset(),
        spans: Sequence[tuple[int, int, int]] = (),
        together: bool = False,
    ) -> Any:
        """A table; row 0 is its head and is printed again on each page.

        Args:
            widths_mm: Of the columns.
            rows: Texts, one row each.
            size_pt: Of all texts.
            head: Whether row 0 is a head.
            grid: Whether lines are drawn.
            align: Of body cells.
            heights_mm: Smallest height of each row; None leaves it free.
            tag_rows: Rows that only steer the template.
            spans: ``(row, first column, last column)`` to be merged.
            together: Keep the whole table on one page.
        """
        table = self.docx.add_table(rows=len(rows), cols=len(widths_mm))
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        if grid:
            table.style = "Table Grid"
        for column, width in zip(table.columns, widths_mm, strict=True):
            column.width = Mm(width)
        for number, texts in enumerate(rows):
            row = table.rows[number]
            is_head = head and number == 0
            for cell, text, width in zip(row.cells, texts, widths_mm, strict=True):
                cell.width = Mm(width)
                cell.vertical_alignment = 1
                self._fill(
                    cell.paragraphs[0],
                    text,
                    size_pt=size_pt,
                    font=HEI if is_head else BODY,
                    align="center" if is_head else align,
                )
                form = cell.paragraphs[0].paragraph_format
                if number not in tag_rows:
                    form.space_before = form.space_after = Pt(2)
                form.keep_with_next = together and number < len(rows) - 1
            height_mm = None if heights_mm is None else heights_mm[number]
            if height_mm is not None:
                row.height = Mm(height_mm)
            if is_head:
                self._row_property(row, "w:tblHeader")
            if number not in tag_rows:
                self._row_property(row, "w:cantSplit")
        for row_number, first, last in spans:
            cells = table.rows[row_number].cells
            kept = cells[first].paragraphs[0].text
            merged = cells[first].merge(cells[last])
            for extra in merged.paragraphs[1:]:
                extra._element.getparent().remove(extra._element)  # noqa: SLF001
            if not kept:
                merged.paragraphs[0].text = ""
        return table

    def save(self, path: Any) -> None:
        """Write the template."""
        self.docx.save(path)

    @staticmethod
    def _fill(
        paragraph: Any, text: str, *, size_pt: float, font: str, bold: bool = False, align: str
    ) -> None:
        run = paragraph.add_run(text)
        run.bold = bold
        run.font.size = Pt(size_pt)
        run.font.name = font
        fonts = run._element.get_or_add_rPr().get_or_add_rFonts()  # noqa: SLF001
        fonts.set(qn("w:eastAsia"), font)
        paragraph.alignment = {
            "left": WD_ALIGN_PARAGRAPH.LEFT,
            "center": WD_ALIGN_PARAGRAPH.CENTER,
            "right": WD_ALIGN_PARAGRAPH.RIGHT,
        }[align]

    @staticmethod
    def _row_property(row: Any, name: str) -> None:
        row._tr.get_or_add_trPr().append(OxmlElement(name))  # noqa: SLF001

    @staticmethod
    def _page_number(section: Any) -> None:
        paragraph = section.footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for before, field in (("— ", "PAGE"), (" / ", "NUMPAGES"), (" —", None)):
            run = paragraph.add_run(before)
            run.font.size = Pt(10)
            if field is None:
                continue
            for kind, text in (("begin", None), (None, field), ("end", None)):
                run = paragraph.add_run()
                run.font.size = Pt(10)
                if kind is not None:
                    mark = OxmlElement("w:fldChar")
                    mark.set(qn("w:fldCharType"), kind)
                else:
                    mark = OxmlElement("w:instrText")
                    mark.text = text
                run._element.append(mark)  # noqa: SLF001
