"""The templates of the papers that go to a unit or a person: notice and slip."""

from service.forms.template_parts import HEI, SONG, Paper

__all__ = ["dissuasion_slip", "rectification_notice"]

_RECHECK = (
    "□ 已整改，同意销号\n□ 部分整改，继续整改至：　　年　　月　　日\n"
    "□ 未整改，移交：\n具体意见：\n\n"
)


def _basis(paper: Paper, size_pt: float, spacing_pt: float) -> None:
    paper.tag("{%p for each in basis %}")
    paper.line(
        "{{ loop.index }}.{{ each.citation }}：{{ each.text }}",
        size_pt=size_pt,
        indent=True,
        spacing_pt=spacing_pt,
    )
    paper.tag("{%p endfor %}")


def rectification_notice() -> Paper:
    """整改通知书."""
    paper = Paper()
    paper.line("{{ issuer }}", size_pt=16, font=SONG, bold=True, align="center")
    paper.line(
        "消防安全隐患整改通知书", size_pt=22, font=SONG, bold=True, align="center", before_pt=4
    )
    paper.line("{{ number }}", align="center", before_pt=4, after_pt=8)
    paper.line("{{ recipient }}：", spacing_pt=25)
    paper.line(
        "经检查，你单位负责管理的{{ compound }}存在下列消防安全隐患：",
        indent=True,
        spacing_pt=25,
        after_pt=4,
    )
    paper.table(
        (10, 34, 34, 46, 39),
        (
            ("序号", "隐患编号\n发现时间", "楼栋/部位", "隐患内容", "整改要求"),
            ("{%tr for case in cases %}", "", "", "", ""),
            (
                "{{ case.index }}",
                "{{ case.number }}\n{{ case.found_at }}",
                "{{ case.place }}",
                "{{ case.kind }}：{{ case.content }}",
                "{{ case.measure }}",
            ),
            ("{%tr endfor %}", "", "", "", ""),
        ),
        tag_rows=frozenset({1, 3}),
    )
    paper.line("上述问题不符合下列规定：", indent=True, spacing_pt=25, before_pt=6, keep_next=True)
    _basis(paper, 12, 20)
    paper.line(
        "现通知你单位于{{ deadline }}前整改完毕，并将整改情况书面报送我单位。整改期间应当采取"
        "防范措施，确保安全。逾期未整改的，将移交有关部门依法处理。",
        indent=True,
        spacing_pt=25,
        before_pt=4,
    )
    paper.line("联系电话：{{ phone }}", indent=True, spacing_pt=25)
    paper.line(
        "签发人：{{ issued_by }}　　　　（单位盖章）", align="right", before_pt=10, keep_next=True
    )
    paper.line("{{ issued_on }}", align="right", after_pt=6)
    paper.tag("{%p if photo_rows %}")
    paper.line(
        "附：整改前照片（仅供整改，不得外传）",
        size_pt=12,
        font=HEI,
        before_pt=6,
        keep_next=True,
    )
    paper.table(
        (81, 81),
        (
            ("{%tr for row in photo_rows %}", ""),
            ("{{ row[0].picture }}", "{{ row[1].picture }}"),
            ("{{ row[0].caption }}", "{{ row[1].caption }}"),
            ("{%tr endfor %}", ""),
        ),
        head=False,
        align="center",
        size_pt=9,
        tag_rows=frozenset({0, 3}),
    )
    paper.tag("{%p if more_photos %}")
    paper.line("另有{{ more_photos }}张照片见隐患台账。", size_pt=9)
    paper.tag("{%p endif %}")
    paper.tag("{%p endif %}")
    paper.line("签收与复查", size_pt=12, font=HEI, before_pt=8, keep_next=True)
    paper.table(
        (26, 55, 26, 55),
        (
            (
                "被通知单位\n签收",
                "签收人：\n职务：\n联系电话：\n签收时间：　　　年　　月　　日",
                "送达情况",
                "□ 当面送达　□ 留置送达\n□ 拒收（注明原因、见证人）：\n\n送达人：",
            ),
            (
                "复查意见",
                _RECHECK,
                "",
                "",
            ),
            ("复查人", "（不得与整改人为同一人）\n签字：", "复查时间", "　　　　年　　月　　日"),
        ),
        head=False,
        spans=((1, 1, 3),),
        heights_mm=(30, 32, 16),
        together=True,
    )
    paper.line("本通知书一式两份，一份送达被通知单位，一份存档。", size_pt=10.5, before_pt=4)
    return paper


def dissuasion_slip() -> Paper:
    """劝阻提示单, two copies."""
    paper = Paper(margins_mm=(18, 22, 16, 25))
    paper.tag("{%p for copy in copies %}")
    paper.line("消防隐患劝阻提示单", size_pt=22, font=SONG, bold=True, align="center")
    paper.line(
        "{{ number }}　　（{{ copy }}）", size_pt=12, align="center", before_pt=4, after_pt=8
    )
    paper.table(
        (28, 53, 28, 53),
        (
            ("当事人", "{{ person }}", "隐患编号", "{{ case_number }}"),
            ("时　间", "{{ at }}", "劝阻方式", "{{ method }}（第{{ attempt }}次劝阻）"),
            ("地　点", "{{ place }}", "", ""),
            ("隐患类型", "{{ kind }}", "", ""),
            ("隐患内容", "{{ content }}", "", ""),
            ("整改要求", "{{ demand }}", "", ""),
            ("完成时限", "{{ limit }}", "劝阻人", "{{ by }}"),
        ),
        head=False,
        size_pt=12,
        spans=((2, 1, 3), (3, 1, 3), (4, 1, 3), (5, 1, 3)),
        heights_mm=(10, 10, 10, 10, 14, 14, 10),
    )
    paper.line("依据：", size_pt=11, font=HEI, before_pt=4, keep_next=True)
    _basis(paper, 10.5, 16)
    paper.line(
        "为了您和邻里的生命安全，请配合消除上述隐患。"
        "经{{ attempts_before_report }}次劝阻仍不改正的，"
        "我们将依法报告街道办事处（镇人民政府）、公安派出所、消防救援机构处理。",
        size_pt=12,
        indent=True,
        spacing_pt=20,
        before_pt=4,
        after_pt=2,
    )
    paper.tag("{%p if has_picture %}")
    paper.line("{{ picture }}", align="center", before_pt=2)
    paper.line("现场照片（仅供整改，不得外传）", size_pt=9, align="center")
    paper.tag("{%p endif %}")
    paper.line(
        "当事人签字：＿＿＿＿＿＿＿＿　□ 拒签　□ 不在现场，已张贴告知",
        size_pt=12,
        before_pt=8,
    )
    paper.line("劝阻单位（盖章）：{{ issuer }}　　联系电话：{{ phone }}", size_pt=12, before_pt=10)
    paper.tag("{%p if not loop.last %}")
    breaking = paper.line("", size_pt=2)
    breaking.paragraph_format.page_break_before = True
    paper.tag("{%p endif %}")
    paper.tag("{%p endfor %}")
    return paper
