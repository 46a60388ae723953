"""An operator's shift, from the first alarm to the handover, in a real Chromium."""

from pathlib import Path

import pytest
from desk_stage import (
    PASSWORD,
    incident,
    picture,
    post_event,
    sign_in,
    sign_in_by_form,
    watch_hosts,
)
from playwright.sync_api import Browser, BrowserContext, Page, expect
from processes import Service

pytestmark = pytest.mark.browser


def _ok(page: Page, word: str) -> None:
    """Press the button of the dialog that is open."""
    page.locator(".ask").get_by_role("button", name=word, exact=True).click()


def _choose(page: Page, number: int) -> None:
    page.locator(".incident", has_text=f"#{number} ").click()
    expect(page.locator(".detail .text-h6")).to_contain_text(f"#{number} ")


def _deeds(served: Service, number: int) -> list[str]:
    actions = incident(served, number)["actions"]
    assert isinstance(actions, list)
    return [deed["action"] for deed in actions]


def test_an_operators_shift(
    served: Service, context: BrowserContext, browser: Browser, repo_root: Path, tmp_path: Path
) -> None:
    page = context.new_page()
    hosts = watch_hosts(page)
    sign_in_by_form(page, served)
    lane = post_event(
        served,
        camera="lane-12",
        roles=("snapshot", "clean", "free"),
        clip=repo_root / "datasets/clips/lane.mp4",
        measures={"clear_width_m": 2.1, "required_width_m": 4.0, "calibrated": 1},
    )
    _choose(page, lane)
    _look_at_the_pictures(page)
    _act_at_once(page, served, lane)

    lift = post_event(served, kind="ebike_in_elevator", camera="lift-5")
    _choose(page, lift)
    page.keyboard.press("l")
    expect(page.get_by_text(f"#{lift} 电梯已放行")).to_be_visible()
    page.keyboard.press("f")
    page.get_by_role("button", name="认错了东西").click()
    expect(page.get_by_text(f"#{lift} 已标记为误报")).to_be_visible()
    assert _deeds(served, lift) == ["lift_released", "false_alarm"]

    _choose_in_hand(page, lane)
    _register_and_prove(page, served, lane, tmp_path)
    _hand_over(page, context, browser, served, lane)
    # An air-gapped compound: all of the shift asked nobody but its own service.
    assert hosts == {served.url}


def _look_at_the_pictures(page: Page) -> None:
    expect(page.get_by_text("2.1 m / 要求 4.0 m")).to_be_visible()
    big = page.locator("img.big")
    shown = big.get_attribute("src")
    page.keyboard.press("c")
    expect(big).not_to_have_attribute("src", shown or "")
    page.keyboard.press("c")
    expect(big).to_have_attribute("src", shown or "")
    page.get_by_role("button", name="前后对比").click()
    expect(page.locator(".pair img.big")).to_have_count(2)
    page.get_by_role("button", name="录像", exact=True).click()
    page.wait_for_function("document.querySelector('video.big')?.videoWidth > 0")
    page.get_by_role("button", name="标注图", exact=True).click()


def _act_at_once(page: Page, served: Service, lane: int) -> None:
    page.keyboard.press("w")
    _ok(page, "警示")
    expect(page.get_by_text(f"#{lane} 警示已记录")).to_be_visible()
    # Who warns has taken notice.
    assert incident(served, lane)["status"] == "acknowledged"
    page.keyboard.press("s")
    expect(page.get_by_text("第 1 次劝阻")).to_be_visible()
    _ok(page, "劝阻")
    expect(page.get_by_role("alert").filter(has_text="劝阻对象: 必填")).to_be_visible()
    page.get_by_label("劝阻对象 *").fill("车主 京A12345")
    _ok(page, "劝阻")
    expect(page.get_by_text(f"#{lane} 劝阻：已记录")).to_be_visible()
    page.keyboard.press("m")
    page.get_by_label("理由 *").fill("物业已到场")
    _ok(page, "静音")
    expect(page.get_by_text("静音至").first).to_be_visible()
    page.keyboard.press("m")
    expect(page.get_by_text("静音至")).to_have_count(0)
    assert _deeds(served, lane) == ["warn", "acknowledge", "dissuade"]


def _choose_in_hand(page: Page, number: int) -> None:
    page.get_by_role("button", name="处理中").click()
    _choose(page, number)


def _register_and_prove(page: Page, served: Service, lane: int, folder: Path) -> None:
    page.keyboard.press("r")
    page.get_by_label("楼栋、部位").fill("3号楼北侧")
    _ok(page, "登记")
    expect(page.get_by_text(f"#{lane} 登记：已记录")).to_be_visible()
    found = incident(served, lane)
    assert (found["status"], found["location"]) == ("registered", "3号楼北侧")
    expect(page.get_by_text(str(found["number"]))).to_be_visible()
    photo = folder / "after.jpg"
    photo.write_bytes(picture("after"))
    text = folder / "no-picture.jpg"
    text.write_text("not a picture")
    page.keyboard.press("u")
    page.get_by_role("button", name="整改后").click()
    page.locator("input[type=file]").set_input_files(text)
    expect(page.get_by_text("不是能用的照片")).to_be_visible()
    page.locator("input[type=file]").set_input_files(photo)
    expect(page.get_by_text("照片已保存")).to_be_visible()
    evidence = incident(served, lane)["evidence"]
    assert isinstance(evidence, list)
    assert [each["taken_by"] for each in evidence if each["role"] == "after"] == ["desk"]


def _hand_over(
    page: Page, context: BrowserContext, browser: Browser, served: Service, lane: int
) -> None:
    page.goto(f"{served.url}/handover")
    expect(page.get_by_role("link", name=f"#{lane}", exact=True).first).to_be_visible()
    page.get_by_role("button", name="交班").click()
    page.get_by_label("接班人 *").fill("赵敏")
    page.get_by_label("交代事项").fill("东门施工到20点")
    _ok(page, "交班")
    expect(page.get_by_text("交班已记录")).to_be_visible()
    other = browser.new_context()
    # Somebody else gave the password: nothing works before it is changed.
    sign_in(other, served, "night")
    night = other.new_page()
    night.goto(f"{served.url}/handover")
    expect(night.get_by_text("密码由他人设置")).to_be_visible()
    night.fill("input[name=old]", PASSWORD)
    night.fill("input[name=new]", PASSWORD + "-mine")
    night.click("button")
    expect(night.locator(".desk")).to_be_visible()
    night.goto(f"{served.url}/handover")
    expect(night.get_by_text("东门施工到20点")).to_be_visible()
    night.get_by_role("button", name="接班").first.click()
    expect(night.get_by_text("赵敏 已接班")).to_be_visible()
    other.close()
