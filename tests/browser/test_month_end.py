"""A manager's month end: the ledger narrowed, ordered, rechecked, counted and exported."""

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from desk_stage import incident, picture, post_event, sign_in, watch_hosts
from playwright.sync_api import Browser, BrowserContext, Page, expect
from processes import Service

pytestmark = pytest.mark.browser


def _ok(page: Page, word: str) -> None:
    """Press the button of the dialog that is open."""
    page.locator(".ask").get_by_role("button", name=word, exact=True).click()


def _register(context: BrowserContext, served: Service, number: int) -> None:
    url = f"{served.url}/api/v1/incidents/{number}/actions"
    answer = context.request.post(url, data={"action": "register"})
    assert answer.ok, answer.text()


def _sheet(page: Page, button: str, item: str | None) -> Any:
    """Download a workbook and open it."""
    page.get_by_role("button", name=button).click()
    with page.expect_download() as download:
        if item is not None:
            page.get_by_text(item).click()
    content = Path(download.value.path()).read_bytes()
    return openpyxl.load_workbook(io.BytesIO(content))


def test_a_managers_month_end(
    served: Service, context: BrowserContext, browser: Browser, tmp_path: Path
) -> None:
    sign_in(context, served, "li")
    camera = "month-end"
    numbers = [post_event(served, kind="corridor_clutter", camera=camera) for _ in range(3)]
    for number in numbers[:2]:
        _register(context, served, number)
    page = context.new_page()
    hosts = watch_hosts(page)

    _order_in_one_go(page, served, numbers)
    _rectified_by_the_property_firm(browser, served, numbers[0])
    _recheck_and_close(page, served, numbers[0], tmp_path)
    _export(page, served, numbers)
    _figures_agree(page, served)
    page.goto(f"{served.url}/audit")
    page.get_by_label("事件号").fill(str(numbers[0]))
    expect(page.get_by_role("cell", name="复查合格并销号")).to_be_visible()
    assert hosts == {served.url}


def _order_in_one_go(page: Page, served: Service, numbers: list[int]) -> None:
    page.goto(f"{served.url}/ledger")
    page.get_by_label("搜索编号").fill("month-end")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(page).to_have_url(re.compile("search=month-end"))
    page.get_by_role("button", name="保存筛选").click()
    page.get_by_label("名称 *").fill("月底")
    _ok(page, "保存")
    expect(page.locator(".q-chip", has_text="月底")).to_be_visible()
    page.get_by_role("button", name="清除筛选").click()
    page.locator(".q-chip", has_text="月底").click()
    expect(rows).to_have_count(3)
    page.get_by_role("checkbox", name="选择本页全部").click()
    expect(page.get_by_text("已选 3 条")).to_be_visible()
    page.get_by_role("button", name="下达整改").click()
    page.get_by_label("整改责任人 *").fill("王强")
    page.get_by_label("整改措施 *").fill("清理楼道堆物")
    _ok(page, "下达整改")
    # Two could, and the third says why not; each has an answer of its own.
    answers = page.locator(".answers li")
    expect(answers).to_have_count(3)
    expect(page.get_by_text("批量结果：2 条成功，1 条未执行")).to_be_visible()
    expect(answers.filter(has_text=f"#{numbers[2]} ")).to_contain_text("须先登记")
    page.get_by_role("button", name="关闭").click()
    statuses = [incident(served, number)["status"] for number in numbers]
    assert statuses == ["rectifying", "rectifying", "found"]


def _rectified_by_the_property_firm(browser: Browser, served: Service, number: int) -> None:
    firm = browser.new_context()
    sign_in(firm, served, "wang")
    page = firm.new_page()
    page.goto(f"{served.url}/?incident={number}")
    page.get_by_role("button", name="报请复查 (G)").click()
    page.get_by_label("整改结果 *").click()
    page.get_by_role("option", name="已清理").click()
    _ok(page, "报请复查")
    expect(page.get_by_text(f"#{number} 报请复查：已记录")).to_be_visible()
    # Who fixes does not close: there is no such button.
    expect(page.get_by_role("button", name="复查合格并销号")).to_have_count(0)
    firm.close()


def _recheck_and_close(page: Page, served: Service, number: int, folder: Path) -> None:
    page.goto(f"{served.url}/?incident={number}")
    close = page.get_by_role("button", name="复查合格并销号")
    close.click()
    expect(page.get_by_text("还没有整改后照片")).to_be_visible()
    _ok(page, "复查合格并销号")
    # The workflow's own reason, in the dialog; what was typed is still there.
    refused = page.get_by_role("alert").filter(has_text="没有整改后照片，不能销号")
    expect(refused).to_be_visible()
    page.get_by_role("button", name="取消").click()
    photo = folder / "clean.jpg"
    photo.write_bytes(picture("clean"))
    page.get_by_role("button", name="加照片").click()
    page.locator("input[type=file]").set_input_files(photo)
    expect(page.get_by_text("照片已保存")).to_be_visible()
    close.click()
    _ok(page, "复查合格并销号")
    expect(page.get_by_text(f"#{number} 复查合格并销号：已记录")).to_be_visible()
    assert incident(served, number)["status"] == "closed"
    page.get_by_role("button", name="开单").click()
    page.get_by_label("发给").fill("安心物业")
    with page.expect_download() as download:
        page.get_by_role("button", name="开出").click()
    assert download.value.suggested_filename.endswith(".docx")
    expect(page.get_by_text("已开出").first).to_be_visible()


def _export(page: Page, served: Service, numbers: list[int]) -> None:
    page.goto(f"{served.url}/ledger?search=month-end")
    expect(page.locator("tbody tr")).to_have_count(3)
    book = _sheet(page, "导出", "隐患台账 Excel")
    cells = {str(cell.value) for row in book.active.iter_rows() for cell in row}
    for number in numbers[:2]:
        assert incident(served, number)["number"] in cells
    written = [row[0].value for row in book.active.iter_rows() if str(row[0].value)[-5:-4] == "-"]
    assert len(written) == 2, "what the table does not show is not in the file"


def _figures_agree(page: Page, served: Service) -> None:
    page.goto(f"{served.url}/figures?period=month")
    expect(page.locator(".chart", has=page.locator("canvas"))).to_have_count(5)
    total = served.get("incidents?limit=1")["total"]
    card = page.locator(".figure", has=page.get_by_text("发现", exact=True))
    expect(card).to_contain_text(str(total))
    sums = page.locator("tfoot td").all_inner_texts()
    columns = [page.locator(f"tbody td:nth-child({place})") for place in (2, 3, 4, 5)]
    for place, column in enumerate(columns):
        assert sum(int(text) for text in column.all_inner_texts()) == int(sums[place])
    assert int(sums[0]) == total
    book = _sheet(page, "统计表 Excel", None)
    values = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    # The office's form counts cases with a number, which the page counts in a column.
    assert int(sums[2]) in values
    page.get_by_role("link", name="楼道堆物").click()
    expect(page).to_have_url(re.compile("/ledger.*kind=corridor_clutter"))
    expect(page.locator("tbody tr").first).to_be_visible()
