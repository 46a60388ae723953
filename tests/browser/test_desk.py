"""The desk in a real Chromium on a real service."""

import re

import pytest
from desk_stage import incident, post_event, sign_in_by_form, watch_hosts
from playwright.sync_api import Browser, BrowserContext, expect
from processes import Service

pytestmark = pytest.mark.browser


def test_nobody_sees_anything_without_signing_in(served: Service, context: BrowserContext) -> None:
    incident_id = post_event(served)
    page = context.new_page()
    page.goto(f"{served.url}/")
    expect(page).to_have_url(re.compile("/login$"))
    page.fill("input[name=password]", "wrong-password")
    page.click("button")
    expect(page.get_by_role("alert")).to_have_text("账号或密码不正确")
    picture = context.request.get(f"{served.url}/api/v1/incidents/{incident_id}/evidence/1")
    assert picture.status == 401


def test_an_incident_appears_by_itself_and_is_acknowledged(
    served: Service, context: BrowserContext
) -> None:
    page = context.new_page()
    hosts = watch_hosts(page)
    sign_in_by_form(page, served)
    incident_id = post_event(served, kind="ebike_in_elevator", camera="lift-7")
    card = page.locator(".incident", has_text=f"#{incident_id} · lift-7")
    expect(card).to_be_visible()
    expect(card).to_contain_text("电动车进电梯")
    card.click()
    expect(page.get_by_text(f"#{incident_id} 电动车进电梯")).to_be_visible()
    expect(page.get_by_text("3 分钟", exact=True)).to_be_visible()
    big = page.locator("img.big")
    expect(big).to_be_visible()
    page.wait_for_function("document.querySelector('img.big').naturalWidth === 640")
    page.get_by_role("button", name="确认 (A)").click()
    expect(page.get_by_text(f"#{incident_id} 已确认")).to_be_visible()
    assert incident(served, incident_id)["status"] == "acknowledged"
    # An air-gapped compound: the page asks nobody but its own service.
    assert hosts == {served.url}


def test_a_false_alarm_can_be_taken_back_by_keyboard(
    served: Service, context: BrowserContext
) -> None:
    incident_id = post_event(served, camera="lane-9")
    page = context.new_page()
    sign_in_by_form(page, served)
    page.locator(".incident", has_text=f"#{incident_id} ").click()
    expect(page.get_by_text(f"#{incident_id} 消防车道被占用")).to_be_visible()
    page.keyboard.press("f")
    expect(page.get_by_text("选一个原因即记为误报")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_text(f"#{incident_id} 已标记为误报")).to_be_visible()
    assert incident(served, incident_id)["status"] == "false_alarm"
    expect(page.get_by_role("button", name="撤销误报")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_text(f"#{incident_id} 已恢复为待处理")).to_be_visible()
    assert incident(served, incident_id)["status"] == "found"


def test_english_and_the_phone(served: Service, context: BrowserContext, browser: Browser) -> None:
    incident_id = post_event(served, camera="lane-3")
    page = context.new_page()
    sign_in_by_form(page, served)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_text("Fire lane blocked").first).to_be_visible()
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, storage_state=context.storage_state()
    )
    small = phone.new_page()
    small.goto(f"{served.url}/")
    expect(small.locator(".incident", has_text=f"#{incident_id} ")).to_be_visible()
    width = small.evaluate("document.documentElement.scrollWidth")
    phone.close()
    assert width <= 390
