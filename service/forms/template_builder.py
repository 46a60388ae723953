"""Makes the form templates that come with LifeLane: ``python -m service.forms.template_builder``.

The .docx files beside it are what is used; this only says how they came to be. A test compares
the two.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from service.forms.documents import TEMPLATES
from service.forms.template_notices import dissuasion_slip, rectification_notice
from service.forms.template_parts import HEI, SONG, Paper

__all__ = ["BUILDERS", "build_all"]


def _assignment_list() -> Paper:
    paper = Paper(landscape=True, margins_mm=(20, 15, 18, 15))
    paper.line("消防安全隐患交办清单", size_pt=22, font=SONG, bold=True, align="center")
    paper.line("{{ number }}", align="center", before_pt=2, after_pt=6)
    paper.line(
        "{{ recipient }}：现将下列{{ total }}项消防安全隐患交由你单位督促整改，请于{{ reply_by }}前"
        "反馈办理情况。",
        size_pt=12,
        indent=True,
        spacing_pt=22,
        after_pt=4,
    )
    paper.table(
        (11, 34, 50, 50, 36, 36, 25, 25),
        (
            (
                "序号",
                "隐患编号",
                "社区/小区/部位",
                "隐患内容",
                "责任单位\n整改责任人",
                "整改措施",
                "整改期限",
                "办理情况",
            ),
            ("{%tr for case in cases %}", "", "", "", "", "", "", ""),
            (
                "{{ case.index }}",
                "{{ case.number }}",
                "{{ case.place }}",
                "{{ case.content }}",
                "{{ case.responsible }}",
                "{{ case.measure }}",
                "{{ case.deadline }}",
                "{{ case.result }}",
            ),
            ("{%tr endfor %}", "", "", "", "", "", "", ""),
            (
                "合计",
                "",
                "共{{ total }}项，已销号{{ closed }}项，未销号{{ open }}项",
                "",
                "",
                "",
                "",
                "",
            ),
        ),
        tag_rows=frozenset({1, 3}),
        spans=((4, 0, 1), (4, 2, 7)),
    )
    paper.line(
        "交办单位（盖章）：{{ issuer }}　　交办人：{{ issued_by }}　　"
        "联系电话：{{ phone }}　　{{ issued_on }}",
        size_pt=12,
        before_pt=8,
        after_pt=8,
    )
    paper.line("回　执", size_pt=14, font=HEI, align="center", before_pt=4, keep_next=True)
    paper.table(
        (30, 100, 30, 107),
        (
            ("清单编号", "{{ number }}", "收到项数", "{{ total }}项"),
            (
                "接收单位\n（盖章）",
                "{{ recipient }}",
                "接收人／时间",
                "{{ received_by }}　{{ received_at }}",
            ),
            ("退回事项", "（编号、理由）", "", ""),
        ),
        head=False,
        size_pt=11,
        spans=((2, 1, 3),),
        heights_mm=(9, 14, 16),
        together=True,
    )
    return paper


def _monthly_report() -> Paper:
    paper = Paper()
    paper.tag("{%p if is_draft %}")
    paper.line("（草稿，未报送）", size_pt=12, font=HEI, align="right")
    paper.tag("{%p endif %}")
    paper.line("{{ title }}", size_pt=20, font=SONG, bold=True, align="center")
    paper.line("（{{ issue }}）", size_pt=14, align="center", after_pt=8)
    paper.line(
        "统计期间：{{ period }}；报送期限：{{ due }}；数据截取：{{ taken_at }}（北京时间）。",
        size_pt=12,
        indent=True,
        spacing_pt=22,
    )
    paper.line(
        "本期发现并登记隐患{{ month.found }}项，其中已销号{{ month.rectified }}项，"
        "整改率{{ month.rate }}；逾期未改{{ month.overdue }}项；"
        "复查{{ month.rechecked }}项；反弹{{ month.rebounds }}项；"
        "交办{{ month.assigned }}项；劝阻{{ month.dissuasions }}次，"
        "劝阻无效已报告{{ month.reported }}项；"
        "清理楼道杂物{{ month.tonnes }}吨。",
        indent=True,
        spacing_pt=25,
    )
    paper.line(
        "截至数据截取时，台账累计登记隐患{{ whole.found }}项，已销号{{ whole.rectified }}项，整改率"
        "{{ whole.rate }}；尚未销号{{ open_total }}项，其中逾期{{ whole.overdue }}项。"
        "“回头看”核查{{ look.checked }}处，保持{{ look.kept }}处，反弹{{ look.rebound }}处。",
        indent=True,
        spacing_pt=25,
        after_pt=4,
    )
    paper.tag("{%p for table in tables %}")
    paper.line("{{ table.title }}", font=HEI, before_pt=8, after_pt=2, keep_next=True)
    widths = (42, 14, 16, 18, 14, 14, 14, 14, 17)
    cells = (
        "label",
        "found",
        "rectified",
        "rate",
        "overdue",
        "rechecked",
        "rebounds",
        "assigned",
        "dissuasions",
    )
    paper.table(
        widths,
        (
            (
                "{{ table.heading }}",
                "发现",
                "已销号",
                "整改率",
                "逾期",
                "复查",
                "反弹",
                "交办",
                "劝阻",
            ),
            ("{%tr for row in table.rows %}", *[""] * 8),
            tuple(f"{{{{ row.{name} }}}}" for name in cells),
            ("{%tr endfor %}", *[""] * 8),
            ("合计", *(f"{{{{ table.sum.{name} }}}}" for name in cells[1:])),
        ),
        align="center",
        tag_rows=frozenset({1, 3}),
    )
    paper.tag("{%p endfor %}")
    paper.line("尚未销号的隐患", font=HEI, before_pt=8, after_pt=2, keep_next=True)
    paper.tag("{%p if open_cases %}")
    paper.table(
        (34, 50, 30, 28, 21),
        (
            ("编号", "部位", "隐患类型", "整改期限", "状态"),
            ("{%tr for case in open_cases %}", "", "", "", ""),
            (
                "{{ case.number }}",
                "{{ case.place }}",
                "{{ case.kind }}",
                "{{ case.deadline }}",
                "{{ case.status }}",
            ),
            ("{%tr endfor %}", "", "", "", ""),
        ),
        tag_rows=frozenset({1, 3}),
    )
    paper.tag("{%p else %}")
    paper.line("无。", indent=True)
    paper.tag("{%p endif %}")
    paper.line("报送单位（盖章）：{{ issuer }}", align="right", before_pt=14, keep_next=True)
    paper.tag("{%p if not is_draft %}")
    paper.line("报送人：{{ sent_by }}　　报送时间：{{ sent_at }}", align="right", keep_next=True)
    paper.tag("{%p endif %}")
    paper.line("数据快照 SHA-256：{{ digest }}", size_pt=8, before_pt=8)
    return paper


def _score_sheet() -> Paper:
    paper = Paper()
    paper.line("物业服务企业消防安全履职评分表", size_pt=20, font=SONG, bold=True, align="center")
    paper.line(
        "评价期间：{{ period }}　　生成时间：{{ made_at }}",
        size_pt=11,
        align="center",
        before_pt=4,
        after_pt=6,
    )
    paper.tag("{%p for firm in firms %}")
    paper.line("物业服务企业：{{ firm.name }}", font=HEI, before_pt=8, keep_next=True)
    paper.line("管理小区：{{ firm.compounds }}", size_pt=12, after_pt=4, keep_next=True)
    paper.table(
        (10, 66, 16, 71),
        (
            ("序号", "评价内容", "结论", "依据（台账数据）"),
            ("{%tr for row in firm.answers %}", "", "", ""),
            ("{{ row.index }}", "{{ row.question }}", "{{ row.answer }}", "{{ row.evidence }}"),
            ("{%tr endfor %}", "", "", ""),
        ),
        tag_rows=frozenset({1, 3}),
    )
    paper.tag("{%p endfor %}")
    paper.line(
        "结论由系统按台账数据得出，未经人工填写；“无数据”表示评价期间没有可以评价的记录。",
        size_pt=10.5,
        before_pt=6,
    )
    paper.line("核验人：＿＿＿＿＿＿＿＿　　企业负责人：＿＿＿＿＿＿＿＿", size_pt=12, before_pt=14)
    paper.line("{{ issuer }}（盖章）", size_pt=12, align="right", before_pt=10)
    return paper


#: File name -> what makes it.
BUILDERS: Mapping[str, Callable[[], Paper]] = MappingProxyType(
    {
        "rectification_notice.docx": rectification_notice,
        "dissuasion_slip.docx": dissuasion_slip,
        "assignment_list.docx": _assignment_list,
        "monthly_report.docx": _monthly_report,
        "score_sheet.docx": _score_sheet,
    }
)


def build_all(folder: Path = TEMPLATES) -> None:
    """Write every template into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, build in BUILDERS.items():
        build().save(str(folder / name))


if __name__ == "__main__":
    build_all()
