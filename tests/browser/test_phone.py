"""A patrol with a phone: photo, place, kind, send, also where there is no network."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from desk_stage import picture, sign_in, watch_hosts
from playwright.sync_api import Browser, BrowserContext, Page, expect
from processes import Service

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def building(served: Service, browser: Browser) -> int:
    """A building that an administrator has added."""
    context = browser.new_context(base_url=f"{served.url}/")
    sign_in(context, served, "chen")
    known = context.request.get("api/v1/compounds?site=browser").json()["items"]
    if not known:
        made = context.request.post(
            "api/v1/compounds", data={"site": "browser", "name": "阳光花园"}
        )
        assert made.status == 201, made.text()
        known = [made.json()]
    made = context.request.post(
        "api/v1/buildings", data={"compound_id": known[0]["id"], "name": "6号楼"}
    )
    assert made.status == 201, made.text()
    number = int(made.json()["id"])
    context.close()
    return number


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    return page


def _reported(context: BrowserContext, served: Service) -> list[dict[str, Any]]:
    answer = context.request.get(f"{served.url}/api/v1/incidents?source=person&limit=200")
    items: list[dict[str, Any]] = answer.json()["items"]
    return [item for item in items if "6号楼" in item["location"]]


def _open(page: Page, served: Service, building: int) -> None:
    page.goto(f"{served.url}/phone/?place=b{building}")
    expect(page.locator("body[data-ready]")).to_be_attached()


def _fill(page: Page, name: str, spot: str) -> None:
    page.set_input_files(
        "#camera", {"name": name, "mimeType": "image/jpeg", "buffer": picture(name)}
    )
    expect(page.locator("#pictures img")).to_have_count(1)
    page.fill("#spot", spot)
    page.select_option("#kind", "corridor_clutter")
    page.click("#send")


def test_a_photo_becomes_a_case_once_with_and_without_network(
    served: Service, context: BrowserContext, page: Page, building: int
) -> None:
    hosts = watch_hosts(page)
    page.goto(f"{served.url}/phone/")
    link = page.locator("#state a")
    expect(link).to_be_visible()
    link.click()
    page.fill("input[name=name]", "wang")
    page.fill("input[name=password]", "a-password-of-a-test")
    page.click("button")
    expect(page).to_have_url(re.compile("/phone/$"))

    _open(page, served, building)
    expect(page.locator("#place")).to_have_value(f"b{building}")
    page.click("#send")
    expect(page.locator("#wrong")).to_have_text("请先拍照或选照片")
    page.set_input_files(
        "#gallery", {"name": "not.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    )
    expect(page.locator("#wrong")).to_contain_text("not.jpg")
    _fill(page, "one", "3层")
    expect(page.locator("#state")).to_have_text("已上报")
    (first,) = _reported(context, served)
    assert first["kind"] == "corridor_clutter"
    assert first["reported_by"] == "王强"
    detail = context.request.get(f"{served.url}/api/v1/incidents/{first['id']}").json()
    (kept,) = detail["evidence"]
    content = context.request.get(f"{served.url}{kept['url']}").body()
    assert hashlib.sha256(content).hexdigest() == kept["sha256"]
    assert content.startswith(b"\xff\xd8")

    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.set_offline(True)
    _open(page, served, building)
    expect(page.locator("#state")).to_contain_text("没有网络")
    _fill(page, "two", "4层")
    expect(page.locator("#waiting li")).to_have_count(1)
    assert len(_reported_offline(page)) == 1
    page.close()
    # The page was closed in the stairwell; what it kept is sent when it is opened again.
    context.set_offline(False)
    page = context.new_page()
    _open(page, served, building)
    expect(page.locator("#waiting li")).to_have_count(0)
    assert sorted(case["location"] for case in _reported(context, served)) == [
        "6号楼 3层",
        "6号楼 4层",
    ]
    assert hosts == {served.url}


def _reported_offline(page: Page) -> list[str]:
    kept: list[str] = page.evaluate(
        """() => import('/phone/queue.js').then((q) => q.all())
        .then((jobs) => jobs.map((job) => job.id))"""
    )
    return kept


def test_what_the_service_refuses_stays_with_the_reason(
    served: Service, context: BrowserContext, page: Page, building: int
) -> None:
    sign_in(context, served, "wang")
    _open(page, served, building)
    page.evaluate("localStorage.setItem('places', '[]')")
    page.evaluate(
        """() => import('/phone/queue.js').then((q) => q.put({id: 'x', made_at: 1, label: 'broken',
        steps: [{url: '/api/v1/incidents/999999/actions', body: {action: 'submit'}}]}))"""
    )
    page.reload()
    refused = page.locator("#waiting li")
    expect(refused).to_contain_text("未被接收")
    refused.get_by_role("button", name="删除").click()
    expect(refused).to_have_count(0)


def test_its_own_digest_is_sha256(served: Service, page: Page) -> None:
    """Over plain http the browser offers none."""
    page.goto(f"{served.url}/phone/")
    sizes = [0, 1, 55, 56, 64, 119, 5000]
    found = page.evaluate(
        """(sizes) => import('/phone/sha256.js').then((m) =>
        sizes.map((n) => m.sha256OfBytes(new Uint8Array(n).map((_, i) => i * 7))))""",
        sizes,
    )
    wanted = [hashlib.sha256(bytes(i * 7 % 256 for i in range(n))).hexdigest() for n in sizes]
    assert found == wanted


def test_codes_lead_to_the_place_and_need_a_sign_in(
    served: Service, context: BrowserContext, page: Page, building: int
) -> None:
    page.goto(f"{served.url}/phone/codes")
    expect(page).to_have_url(re.compile("/login"))
    sign_in(context, served, "wang")
    page.goto(f"{served.url}/phone/codes")
    figure = page.locator("figure", has_text="6号楼")
    expect(figure.locator("svg")).to_be_visible()


def test_every_word_has_both_languages_and_is_used(repo_root: Path) -> None:
    folder = repo_root / "service" / "desk" / "phone"
    words = json.loads((folder / "words.json").read_text("utf-8"))
    assert all(set(each) == {"zh", "en"} and all(each.values()) for each in words.values())
    sources = "".join(
        path.read_text("utf-8")
        for path in (
            folder / "phone.js",
            folder / "index.html",
            folder.parent / "phone_page.py",
            folder / "queue.js",
        )
    )
    unused = [key for key in words if not re.search(rf"""['"]{key}['"]""", sources)]
    assert not unused
