"""Addresses: no secret reaches people, and passwords as typed reach the camera."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sources import redact_url
from pipeline.sources.redact import connectable_url, redact_text

SHOWN = {
    # Hikvision, Dahua, Uniview, TP-Link
    "rtsp://admin:Hik12345@192.168.1.64:554/Streaming/Channels/101": (
        "rtsp://***@192.168.1.64:554/Streaming/Channels/101"
    ),
    "rtsp://admin:dahua%40123@10.0.0.8/cam/realmonitor?channel=1&subtype=1": (
        "rtsp://***@10.0.0.8/cam/realmonitor?channel=1&subtype=1"
    ),
    "rtsp://admin:p@ss#1/2@10.0.0.9:554/unicast/c1/s1/live": (
        "rtsp://***@10.0.0.9:554/unicast/c1/s1/live"
    ),
    "rtsp://admin@10.0.0.9/stream1": "rtsp://***@10.0.0.9/stream1",
    "rtsp://:geheim@10.0.0.9/stream1": "rtsp://***@10.0.0.9/stream1",
    # XiongMai: the password is part of the path
    "rtsp://10.0.0.7:554/user=admin&password=tlJwpbo6&channel=1&stream=0.sdp?": (
        "rtsp://10.0.0.7:554/user=***&password=***&channel=1&stream=0.sdp?"
    ),
    "http://10.0.0.7/video.cgi?usr=admin&pwd=tlJwpbo6&res=1": (
        "http://10.0.0.7/video.cgi?usr=***&pwd=***&res=1"
    ),
    "https://open.example/live.m3u8?id=7&accessToken=at.abc&expire=9": (
        "https://open.example/live.m3u8?id=7&accessToken=***&expire=9"
    ),
    "rtsp://[fe80::1]:554/live": "rtsp://[fe80::1]:554/live",
    "http://example.test/live@1": "http://example.test/live@1",
    "clips/lane@1.mp4": "clips/lane@1.mp4",
    "webcam:0": "webcam:0",
}


@pytest.mark.parametrize("url", SHOWN)
def test_what_people_see(url: str) -> None:
    assert redact_url(url) == SHOWN[url]


CONNECTED = {
    "rtsp://admin:p@ss#1/2?@10.0.0.9:554/live": "rtsp://admin:p%40ss%231%2F2%3F@10.0.0.9:554/live",
    "rtsp://admin:100%@10.0.0.9/live": "rtsp://admin:100%25@10.0.0.9/live",
    "rtsp://admin:p%40ss@10.0.0.9/live?channel=1&subtype=1": (
        "rtsp://admin:p%40ss@10.0.0.9/live?channel=1&subtype=1"
    ),
    "rtsp://admin:pw@cam-3/live": "rtsp://admin:pw@cam-3/live",
    "rtsp://管理员:密码@10.0.0.9/live": (
        "rtsp://%E7%AE%A1%E7%90%86%E5%91%98:%E5%AF%86%E7%A0%81@10.0.0.9/live"
    ),
    "http://10.0.0.5:8080/live@1.flv": "http://10.0.0.5:8080/live@1.flv",
    "rtsp://admin:pw@10.0.0.5:554/cam@1": "rtsp://admin:pw@10.0.0.5:554/cam@1",
    "clips/lane@1.mp4": "clips/lane@1.mp4",
}


@pytest.mark.parametrize("url", CONNECTED)
def test_what_ffmpeg_gets(url: str) -> None:
    assert connectable_url(url) == CONNECTED[url]


PASSWORD = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters=" "),
    min_size=6,
    max_size=20,
)


@settings(deadline=None)
@given(PASSWORD, st.sampled_from(["rtsp", "http", "https"]))
def test_no_password_is_ever_shown(password: str, scheme: str) -> None:
    url = f"{scheme}://admin:{password}@192.0.2.64:554/Streaming/Channels/101?subtype=1"
    shown = redact_url(url)
    assert shown == f"{scheme}://***@192.0.2.64:554/Streaming/Channels/101?subtype=1"
    text = redact_text(f"Failed: '{connectable_url(url)}' returned 401; {url}", url)
    marker = password if len(password) > 8 else f":{password}@"
    assert marker not in text


def test_free_text_of_libraries_is_cleaned() -> None:
    url = "rtsp://admin:p%40ss1@10.0.0.9/live"
    text = redact_text("[rtsp] auth p@ss1 / p%40ss1 refused for admin:p%40ss1", url)
    assert "ss1" not in text
