"""Everybody can use every page: axe, the keyboard alone, a phone, and both languages."""

import os
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from desk_stage import HEADERS, incident, post_event, sign_in
from playwright.sync_api import BrowserContext, Page, expect
from processes import Service

from service.desk.shell import PAGES
from service.desk.texts import Texts

pytestmark = pytest.mark.browser

_ROUGH = ("serious", "critical")


@pytest.fixture(scope="module")
def axe() -> Callable[..., list[str]]:
    """What axe finds to be serious on a page, by all of its rules or some."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        reason = "no axe here: pip install axe-playwright-python (make setup does)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    checker = Axe()

    def find(page: Page, *rules: str) -> list[str]:
        # Halfway through a fade nothing has its contrast.
        page.wait_for_function("document.getAnimations().every((a) => a.playState !== 'running')")
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = list(rules)
        found: dict[str, Any] = checker.run(page, options=options).response
        return [
            f"{page.url} {each['id']}: {each['help']}: {node['html'][:200]}"
            for each in found["violations"]
            if each["impact"] in _ROUGH
            for node in each["nodes"]
        ]

    return find


@pytest.fixture(scope="module")
def filled(served: Service) -> int:
    number = post_event(served, camera="access-1", roles=("snapshot", "clean", "free"))
    state = {
        "camera_id": "access-1",
        "camera_name": "North gate",
        "state": "offline",
        "since": "2026-01-05T02:11:09Z",
        "reason": "refused",
    }
    said = {"schema": "lifelane.camera-state/1", "site": "browser", "complete": True}
    answer = httpx.post(
        f"{served.url}/api/v1/cameras/state", headers=HEADERS, json=said | {"cameras": [state]}
    )
    assert answer.status_code == 200, answer.text
    return number


@pytest.fixture
def page(context: BrowserContext, served: Service, filled: int) -> Page:
    sign_in(context, served, "chen")
    return context.new_page()


def _ready(page: Page) -> None:
    """The page has fetched what it shows: its timer has run and drawn."""
    expect(page.locator("#content")).to_be_visible()
    page.wait_for_load_state("networkidle")


def test_axe_finds_nothing_serious_in_light_and_dark(
    served: Service, page: Page, axe: Callable[..., list[str]]
) -> None:
    found: list[str] = []
    for each in PAGES:
        page.goto(served.url + each.path)
        _ready(page)
        found += axe(page)
        page.get_by_role("button", name="明暗切换").click()
        _ready(page)
        # The theme changes colours and nothing else.
        found += axe(page, "color-contrast")
        page.get_by_role("button", name="明暗切换").click()
    page.goto(f"{served.url}/")
    for key in ("r", "f", "u", "?"):
        expect(page.get_by_role("button", name="加照片")).to_be_visible()
        page.keyboard.press(key)
        expect(page.locator(".ask")).to_be_visible()
        found += axe(page)
        page.keyboard.press("Escape")
        expect(page.locator(".ask")).to_have_count(0)
    for path in ("/password", "/login"):
        page.goto(served.url + path)
        found += axe(page)
    assert not found, "\n".join(found)


def test_every_page_in_english_on_a_phone(served: Service, page: Page) -> None:
    zh, en = Texts("zh"), Texts("en")
    keys = {key for key in zh.keys() if zh(key) != en(key)}  # noqa: SIM118
    chinese = {zh(key) for key in keys}
    # What people have typed stays as they typed it.
    nodes = """() => { const found = [], walk = document.createTreeWalker(document.body, 4);
      while (walk.nextNode()) if (!walk.currentNode.parentElement.closest('.long, .timeline'))
        found.push(walk.currentNode.nodeValue.trim());
      return found; }"""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{served.url}/language/en")
    for each in PAGES:
        page.goto(served.url + each.path)
        _ready(page)
        shown = {text for text in page.evaluate(nodes) if text}
        assert shown & chinese <= {"楼道堆物", "值班台"}, each.path
        assert not shown & {key for key in keys if "." in key}, "a key stands for its word"
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, each.path
    page.get_by_role("button", name="Menu").click()
    page.locator(".q-menu .q-item", has_text="Ledger").click()
    expect(page).to_have_url(re.compile("/ledger$"))


def test_the_keyboard_alone_is_enough(served: Service, page: Page) -> None:
    older = post_event(served, camera="keys-1")
    newer = post_event(served, camera="keys-2")
    page.goto(f"{served.url}/")
    title = page.locator(".detail .text-h6")
    expect(title).to_contain_text(f"#{newer} ")
    page.keyboard.press("ArrowDown")
    expect(title).to_contain_text(f"#{older} ")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    # A card is reached by Tab and chosen by Enter.
    page.locator(".incident", has_text=f"#{newer} ").focus()
    page.keyboard.press("Enter")
    expect(title).to_contain_text(f"#{newer} ")
    page.keyboard.press("h")
    field = page.get_by_label("现场如何处置 *")
    expect(field).to_be_visible()
    field.focus()
    # Letters go into the field, not to the buttons behind.
    page.keyboard.type("far")
    expect(field).to_have_value("far")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="现场处置", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"#{newer} 现场处置：已记录")).to_be_visible()
    assert incident(served, newer)["status"] == "acknowledged"
