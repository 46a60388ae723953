"""The patrol as web pages that need nothing else: pictures inside, no script, no network."""

import base64
from collections.abc import Iterator
from datetime import datetime
from html import escape
from itertools import islice
from pathlib import Path
from typing import Final

from pipeline.review.journal import Journal
from pipeline.review.record import Outcome, Record
from pipeline.review.words import CLASS_WORDS, HAZARD_WORDS, ORIGIN_WORDS, PLACE_WORDS

__all__ = ["REPORT_NAME", "write_report_pages"]

REPORT_NAME: Final = "report.html"
_FINDINGS_A_PAGE = 100
_CLEAN_A_PAGE = 600
_FILES_A_PAGE = 5000

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --accent: #c62828; }
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif;
  margin: 0 auto; max-width: 1180px; padding: 20px; }
h1 { margin: 0 0 4px; } h2 { margin: 28px 0 10px; } small, .en { opacity: .7; font-weight: 400; }
nav { display: flex; flex-wrap: wrap; gap: 6px; margin: 12px 0; }
nav a, nav b { padding: 2px 10px; border: 1px solid var(--line); border-radius: 14px;
  text-decoration: none; }
.sums { display: flex; flex-wrap: wrap; gap: 12px; }
.sums div { background: var(--soft); border-radius: 10px; padding: 8px 16px; }
.sums b { display: block; font-size: 26px; }
article { display: grid; grid-template-columns: minmax(0, 3fr) minmax(240px, 2fr); gap: 16px;
  border: 1px solid var(--line); border-radius: 10px; padding: 12px; margin: 0 0 14px;
  break-inside: avoid; }
article img { width: 100%; border-radius: 6px; }
.kind { font-size: 19px; font-weight: 600; color: var(--accent); margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 8px 0; }
dt { opacity: .7; } dd { margin: 0; overflow-wrap: anywhere; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); gap: 10px; }
figure { margin: 0; } figure img { width: 100%; aspect-ratio: 4 / 3; object-fit: cover;
  border-radius: 6px; } figcaption { font-size: 12px; overflow-wrap: anywhere; opacity: .8; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: 4px 8px;
  border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
@media (max-width: 760px) { article { grid-template-columns: 1fr; } }
@media print { nav { display: none; } body { max-width: none; } }
"""


def write_report_pages(folder: Path, journal: Journal, *, pictures: str, made_at: datetime) -> int:
    """Write ``report.html`` and, for a large patrol, ``report-2.html`` and so on.

    Args:
        folder: The review's folder.
        journal: Its record.
        pictures: Name of the folder of its pictures.
        made_at: For the heading, aware.

    Returns:
        How many pages there are.
    """
    for old in folder.glob("report-*.html"):
        old.unlink()
    sums = journal.counts()
    hazards = sum(1 for _ in journal.records(Outcome.DONE, with_hazards=True))
    clean = sums[Outcome.DONE] - hazards
    count = (
        _pages(hazards, _FINDINGS_A_PAGE, least=1)
        + _pages(clean, _CLEAN_A_PAGE)
        + _pages(sums[Outcome.DUPLICATE] + sums[Outcome.UNREADABLE], _FILES_A_PAGE)
    )
    sections = _sections(journal, folder / pictures)
    for number in range(1, count + 1):
        path = folder / _page_name(number)
        partial = path.with_suffix(".part")
        with partial.open("w", encoding="utf-8", newline="\n") as page:
            page.write(_head(number))
            if number == 1:
                page.write(_summary(sums, made_at))
            page.write(_navigation(number, count))
            page.writelines(next(sections))
            page.write("</body></html>\n")
        partial.replace(path)
    return count


def _sections(journal: Journal, pictures: Path) -> Iterator[Iterator[str]]:
    findings = journal.records(Outcome.DONE, with_hazards=True)
    first = list(islice(findings, _FINDINGS_A_PAGE))
    yield _findings(first, pictures)
    while page := list(islice(findings, _FINDINGS_A_PAGE)):
        yield _findings(page, pictures)
    clean = journal.records(Outcome.DONE, with_hazards=False)
    while page := list(islice(clean, _CLEAN_A_PAGE)):
        yield _clean(page)
    rest = (
        record
        for outcome in (Outcome.UNREADABLE, Outcome.DUPLICATE)
        for record in journal.records(outcome)
    )
    while page := list(islice(rest, _FILES_A_PAGE)):
        yield _files(page)


def _pages(count: int, size: int, *, least: int = 0) -> int:
    return max(-(-count // size), least)


def _page_name(number: int) -> str:
    return REPORT_NAME if number == 1 else f"report-{number}.html"


def _head(number: int) -> str:
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>巡查照片检查报告 {number}</title><style>{_STYLE}</style></head><body>\n"
    )


def _summary(sums: dict[str, int], made_at: datetime) -> str:
    boxes = (
        ("文件", "files", sum(sums[outcome] for outcome in Outcome)),
        ("已检查", "looked at", sums[Outcome.DONE]),
        ("疑似隐患", "proposed hazards", sums["hazards"]),
        ("重复", "duplicates", sums[Outcome.DUPLICATE]),
        ("无法读取", "unreadable", sums[Outcome.UNREADABLE]),
    )
    cells = "".join(
        f'<div><b>{value}</b>{zh} <span class="en">{en}</span></div>' for zh, en, value in boxes
    )
    return (
        "<h1>巡查照片检查报告 <small>Patrol photo review</small></h1>"
        f"<p>{made_at:%Y-%m-%d %H:%M}。以下是模型的提示，须经人工确认；单张照片不能说明滞留时间。"
        '<br><span class="en">Proposals of the model, for a person to confirm; a photo says'
        f' nothing about dwell.</span></p><div class="sums">{cells}</div>\n'
    )


def _navigation(number: int, count: int) -> str:
    if count == 1:
        return ""
    links = (
        f"<b>{each}</b>" if each == number else f'<a href="{_page_name(each)}">{each}</a>'
        for each in range(1, count + 1)
    )
    return f'<nav aria-label="页 pages">{"".join(links)}</nav>\n'


def _findings(records: list[Record], pictures: Path) -> Iterator[str]:
    yield '<h2>疑似隐患 <span class="en">Proposed hazards</span></h2>\n'
    if not records:
        yield '<p>没有发现。<span class="en">None.</span></p>\n'
    for record in records:
        kinds = "".join(
            f'<p class="kind">{escape(HAZARD_WORDS[proposal.kind][0])}'
            f' <span class="en">{escape(HAZARD_WORDS[proposal.kind][1])}'
            f" {proposal.confidence:.0%}</span></p>"
            + ("" if proposal.place_known else "<p>场所类型未知，仅按物品判断。</p>")
            for proposal in record.hazards
        )
        things = "、".join(
            dict.fromkeys(
                CLASS_WORDS.get(subject.class_name, subject.class_name)
                for proposal in record.hazards
                for subject in proposal.subjects
            )
        )
        yield (
            f'<article><img loading="lazy" alt="{escape(record.file)}"'
            f' src="{_data_uri(_bytes_of(pictures / record.picture))}"><div>{kinds}'
            f"{_facts(record, things)}</div></article>\n"
        )


def _facts(record: Record, things: str) -> str:
    facts = {
        "地点": record.place.words or "未知",
        "场所": "未知" if record.place.kind is None else PLACE_WORDS[record.place.kind][0],
        "地点来源": ORIGIN_WORDS.get(record.place.origin, record.place.origin),
        "物品": things,
        "拍摄时间": record.taken_at or "照片未写时间",
        "坐标": "" if record.position is None else "{:.6f}, {:.6f}".format(*record.position),
        "备注": record.note,
        "文件": record.file,
        "模型": record.model,
    }
    rows = (
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items() if value
    )
    return f"<dl>{''.join(rows)}</dl>"


def _clean(records: list[Record]) -> Iterator[str]:
    yield (
        '<h2>未提示隐患的照片 <span class="en">No proposal</span></h2><p>模型看不见的隐患（防盗窗、'
        "飞线、锁闭、设施损坏等）请人工查看。"
        '<span class="en">Look for what a model cannot see.</span></p><div class="grid">\n'
    )
    for record in records:
        yield (
            f'<figure><img loading="lazy" alt="" src="{_data_uri(record.thumbnail)}"><figcaption>'
            f"{escape(record.place.words)} {escape(record.file)}</figcaption></figure>\n"
        )
    yield "</div>\n"


def _files(records: list[Record]) -> Iterator[str]:
    yield (
        '<h2>重复与无法读取的文件 <span class="en">Duplicates and unreadable files</span></h2>'
        "<table><tr><th>文件</th><th>结果</th><th>原因</th></tr>\n"
    )
    for record in records:
        word = "重复" if record.outcome is Outcome.DUPLICATE else "无法读取"
        yield (
            f"<tr><td>{escape(record.file)}</td><td>{word}</td><td>{escape(record.reason)}</td>"
            "</tr>\n"
        )
    yield "</table>\n"


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # removed by hand: the report is still a report
        return b""


def _data_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else ""
