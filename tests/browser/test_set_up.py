"""A new camera set up in a real Chromium, over real RTSP, and watched from what was saved."""

import json
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from processes import DESK_PASSWORD, Service

from pipeline.config import load_site
from pipeline.demo import LoopbackRtsp

pytestmark = [pytest.mark.browser, pytest.mark.rtsp]

_WAIT_MS = 120_000
expect.set_options(timeout=_WAIT_MS)
PASSWORD = "p@ss/w#rd:1"
_BEGINNING = """\
# The gate's own notes stay.
site: my-compound
cameras:
  - id: gate-1  # by hand
    source: gate.mp4
    place: fire_lane
    zones:
      - {id: lane, kind: fire_lane, polygon: [[0.1, 0.3], [0.9, 0.3], [0.9, 0.9]]}
"""


@pytest.fixture
def site_file(tmp_path: Path, repo_root: Path) -> Path:
    clip = repo_root / "datasets/clips/lane.mp4"
    (tmp_path / "gate.mp4").symlink_to(clip)
    path = tmp_path / "site.yaml"
    path.write_text(_BEGINNING, "utf-8")
    return path


@pytest.fixture
def set_up_page(browser: Browser, tmp_path: Path, site_file: Path) -> Iterator[Page]:
    service = Service(
        tmp_path, site="my-compound", desk=True, options=["--site-file", str(site_file)]
    )
    context = browser.new_context(viewport={"width": 1360, "height": 1000})
    try:
        service.start_and_wait()
        page = context.new_page()
        page.set_default_timeout(_WAIT_MS)
        page.goto(f"{service.url}/login")
        page.fill("input[name=password]", DESK_PASSWORD)
        page.click("button")
        expect(page.locator(".desk")).to_be_visible()
        page.goto(f"{service.url}/setup")
        expect(page.get_by_text("gate-1")).to_be_visible(timeout=_WAIT_MS)
        yield page
    finally:
        context.close()
        service.kill()


def _fill(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).fill(text)


def _click(page: Page, x: float, y: float) -> None:
    """Click on the picture at shares of its width and height."""
    box = page.locator(".zone-picture img").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.down()
    page.mouse.up()


def test_a_camera_from_its_address_to_its_zone(
    set_up_page: Page, site_file: Path, repo_root: Path, rtsp_installed: None
) -> None:
    page = set_up_page
    files = {"lift": repo_root / "datasets/clips/lift.mp4"}
    with LoopbackRtsp(files, user="admin", password=PASSWORD) as server:
        address = f"rtsp://127.0.0.1:{server.port}/lift"
        page.get_by_role("button", name="添加摄像头").click()
        page.get_by_label("品牌").click()
        page.get_by_role("option", name="其他（完整地址）").click()
        _fill(page, "完整地址（不含账号密码）", address)
        _fill(page, "摄像头账号", "admin")
        _fill(page, "摄像头密码", "wrong-password")
        _fill(page, "编号（字母、数字、-）", "lift-3")
        _fill(page, "名称，如 3号楼 电梯", "3号楼 电梯")
        page.get_by_label("场所类型").click()
        page.get_by_role("option", name="电梯轿厢").click()
        page.get_by_role("button", name="测试").click()
        expect(page.get_by_text("没有画面：")).to_be_visible(timeout=_WAIT_MS)
        assert "wrong-password" not in page.locator("body").inner_text()
        _fill(page, "摄像头密码", PASSWORD)
        page.get_by_role("button", name="测试").click()
        expect(page.get_by_text("连接成功 · 640×360")).to_be_visible(timeout=_WAIT_MS)
        page.get_by_role("button", name="保存摄像头").click()

        expect(page.locator(".zone-picture img")).to_be_visible(timeout=_WAIT_MS)
        page.wait_for_function("document.querySelector('.zone-picture img').naturalWidth > 0")
        page.get_by_role("button", name="画新区域").click()
        for corner in ((0.2, 0.2), (0.8, 0.2), (0.8, 0.9), (0.3, 0.5), (0.2, 0.9)):
            _click(page, *corner)
        page.get_by_role("button", name="撤销").click()  # the last corner
        page.get_by_role("button", name="撤销").click()  # and the one before
        _click(page, 0.2, 0.9)
        _click(page, 0.2, 0.2)
        expect(page.locator(".zone-picture polygon")).to_have_count(1)
        expect(page.get_by_text("可发现：电动车进电梯")).to_be_visible()
        page.get_by_label("角点 1 x").fill("10")
        page.get_by_label("角点 1 x").press("Tab")
        page.screenshot(path=site_file.parent / "zones.png")
        page.get_by_role("button", name="保存区域").click()
        expect(page.get_by_text("区域: 1")).to_have_count(2, timeout=_WAIT_MS)
        page.screenshot(path=site_file.parent / "saved.png")
        _check_what_was_saved(site_file, server.url("lift"))


def _check_what_was_saved(site_file: Path, url: str) -> None:
    text = site_file.read_text("utf-8")
    assert "# The gate's own notes stay." in text
    assert "# by hand" in text
    assert PASSWORD not in text
    secret = site_file.with_suffix(".secrets")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert list(site_file.parent.glob("site.yaml.*.bak"))
    # The very file that `lifelane watch` reads.
    site = load_site(site_file)
    camera = site.camera("lift-3")
    assert camera.source == url
    assert "p%40ss%2Fw%23rd%3A1" in url
    (zone,) = camera.zones
    assert zone.kind.value == "elevator"
    drawn = [tuple(corner) for corner in zone.to_zone().polygon_norm]
    wanted = [(0.1, 0.2), (0.8, 0.2), (0.8, 0.9), (0.2, 0.9)]
    for corner, near in zip(drawn, wanted, strict=True):
        assert corner == pytest.approx(near, abs=0.01)
    probed = subprocess.run(
        [sys.executable, "-m", "pipeline.cli.main", "probe", "-", "--json"],
        input=camera.source,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(probed.stdout)
    assert report["ok"], report
    assert report["size_wh"] == [640, 360]
    assert not re.search("p@ss|p%40ss", probed.stdout + probed.stderr)


def test_an_edit_by_hand_in_between_wins(set_up_page: Page, site_file: Path) -> None:
    page = set_up_page
    by_hand = site_file.read_text("utf-8") + "# somebody was here\n"
    site_file.write_text(by_hand, "utf-8")
    page.get_by_role("button", name="删除摄像头").click()
    # Without the camera the file would be refused as well; the edit is what counts first.
    expect(page.get_by_text(re.compile("未保存"))).to_be_visible(timeout=_WAIT_MS)
    assert site_file.read_text("utf-8") == by_hand
