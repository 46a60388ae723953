"""A site file that people and the browser both edit."""

import stat
from pathlib import Path

import pytest

from service.errors import ChangedMeanwhile, InvalidRequest
from service.sitefile import (
    CameraEntry,
    SiteDocument,
    ZoneEntry,
    build_address,
    check_site_file,
    fill_in,
    put_secret,
    variable_for,
    zone_defaults,
)

LIFT = ZoneEntry(id="car", kind="elevator", polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))


@pytest.fixture
def site_file(tmp_path: Path, repo_root: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_bytes((repo_root / "examples/site.yaml").read_bytes())
    return path


def fine(_: Path) -> None:
    """A check that is content with everything."""


def test_what_is_not_touched_stays_as_it_was_written(site_file: Path) -> None:
    before = site_file.read_text("utf-8")
    document = SiteDocument.read(site_file)
    first = document.cameras()[0]
    document.put_zones(first.id, first.zones)
    document.put_camera(first)
    comments = [line.strip() for line in before.splitlines() if line.strip().startswith("#")]
    after = document.text()
    assert comments
    assert [line.strip() for line in after.splitlines() if line.strip().startswith("#")] == comments
    document.save(fine)
    assert SiteDocument.read(site_file).cameras() == document.cameras()


def test_a_zone_keeps_what_the_browser_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(
        "site: x  # ours\n"
        "cameras:\n"
        "  - id: lift-3\n"
        "    source: lift.mp4\n"
        "    place: elevator\n"
        "    zones:\n"
        "      - id: car  # the whole car\n"
        "        kind: elevator\n"
        "        polygon: [[0, 0], [1, 0], [1, 1]]\n"
        "        min_confidence: 0.55\n"
        "      - {id: old, kind: elevator, polygon: [[0, 0], [1, 0], [1, 1]]}\n",
        "utf-8",
    )
    document = SiteDocument.read(path)
    moved = ZoneEntry(id="car", kind="elevator", polygon=((0.1, 0.1), (0.9, 0.1), (0.5, 0.87654)))
    new = ZoneEntry(id="elevator-1", kind="elevator", polygon=LIFT.polygon)
    document.put_zones("lift-3", (moved, new))
    document.save(fine)
    text = path.read_text("utf-8")
    assert "# the whole car" in text
    assert "# ours" in text
    assert "min_confidence: 0.55" in text
    assert "[[0.1, 0.1], [0.9, 0.1], [0.5, 0.8765]]" in text
    assert [zone.id for zone in SiteDocument.read(path).cameras()[0].zones] == ["car", "elevator-1"]


def test_somebody_elses_edit_is_not_overwritten(site_file: Path) -> None:
    document = SiteDocument.read(site_file)
    document.put_camera(CameraEntry(id="new", name="", source="rtsp://x/1", place="corridor"))
    theirs = site_file.read_text("utf-8") + "# edited by hand\n"
    site_file.write_text(theirs, "utf-8")
    with pytest.raises(ChangedMeanwhile):
        document.save(fine)
    assert site_file.read_text("utf-8") == theirs
    assert not list(site_file.parent.glob(".*.yaml"))


def test_a_backup_is_kept_and_a_refused_text_is_not_written(site_file: Path) -> None:
    before = site_file.read_bytes()
    site_file.chmod(0o600)
    document = SiteDocument.read(site_file)
    document.put_camera(CameraEntry(id="new", name="", source="rtsp://x/1", place="corridor"))

    def refuse(_: Path) -> None:
        raise InvalidRequest("no")

    with pytest.raises(InvalidRequest):
        document.save(refuse)
    assert site_file.read_bytes() == before
    backup = document.save(fine)
    assert backup is not None
    assert backup.read_bytes() == before
    assert stat.S_IMODE(site_file.stat().st_mode) == 0o600
    assert document.save(fine) is not None  # and again, without reading anew


def test_a_new_file_passes_the_real_check(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    document = SiteDocument.read(path)
    put_secret(path, variable_for("lift-3"), "p%40ss")
    address = build_address(
        maker="hikvision",
        host="192.0.2.13",
        user="admin",
        password="p@ss",
        variable=variable_for("lift-3"),
    )
    assert address.written == (
        "rtsp://admin:${CAMERA_LIFT_3_PASSWORD}@192.0.2.13:554/Streaming/Channels/102"
    )
    assert fill_in(path, address.written) == address.connectable
    document.put_camera(
        CameraEntry(id="lift-3", name="3号楼 电梯", source=address.written, place="elevator")
    )
    document.put_zones("lift-3", (LIFT,))
    document.save(lambda candidate: check_site_file(candidate, path))
    assert "p%40ss" not in path.read_text("utf-8")
    assert stat.S_IMODE(path.with_suffix(".secrets").stat().st_mode) == 0o600
    # The watcher reads both files.
    from pipeline.config import load_site

    assert load_site(path).cameras[0].source == address.connectable

    document.put_zones("lift-3", (ZoneEntry(id="bad", kind="moon", polygon=LIFT.polygon),))
    with pytest.raises(InvalidRequest, match="kind"):
        document.save(lambda candidate: check_site_file(candidate, path))


@pytest.mark.parametrize("text", ["site: [", "- a\n", "cameras: 7\n", "\ttabs: 1\n"])
def test_what_is_no_site_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidRequest, match=r"site\.yaml"):
        SiteDocument.read(path)


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({"maker": "dahua"}, "rtsp://192.0.2.1:554/cam/realmonitor?channel=1&subtype=1"),
        (
            {"maker": "dahua", "substream": False, "channel": 7},
            "rtsp://192.0.2.1:554/cam/realmonitor?channel=7&subtype=0",
        ),
        ({"maker": "uniview", "port": 8554}, "rtsp://192.0.2.1:8554/video2"),
        ({"maker": "uniview", "host": "[2001:db8::1]"}, "rtsp://[2001:db8::1]:554/video2"),
        ({"maker": "other", "host": "RTSP://192.0.2.1/live"}, "rtsp://192.0.2.1/live"),
    ],
)
def test_addresses_of_makers(changes: dict[str, object], url: str) -> None:
    values: dict[str, object] = {"maker": "hikvision", "host": "192.0.2.1", "variable": "V"}
    assert build_address(**(values | changes)).connectable == url  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "192.0.2.1/x"},
        {"host": "a b"},
        {"host": ""},
        {"host": "cam@evil"},
        {"maker": "other", "host": "file:///etc/passwd"},
        {"maker": "other", "host": "rtsp://u:p@h/1"},
        {"maker": "sony"},
        {"port": 0},
    ],
)
def test_addresses_that_are_none(changes: dict[str, object]) -> None:
    values: dict[str, object] = {"maker": "hikvision", "host": "192.0.2.1", "variable": "V"}
    with pytest.raises(InvalidRequest):
        build_address(**(values | changes))  # type: ignore[arg-type]


def test_a_password_with_every_sign_is_encoded() -> None:
    found = build_address(
        maker="uniview", host="h", user="a:b@c", password="p@/?#:%${X}", variable="V"
    )
    assert found.connectable == ("rtsp://a%3Ab%40c:p%40%2F%3F%23%3A%25%24%7BX%7D@h:554/video2")
    assert found.written == "rtsp://a%3Ab%40c:${V}@h:554/video2"


def test_secrets_keep_the_other_lines(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    secret = tmp_path / "site.secrets"
    secret.write_text("# mine\nOTHER=x\nV=old\n", "utf-8")
    put_secret(path, "V", "new")
    assert secret.read_text("utf-8") == "# mine\nOTHER=x\nV=new\n"
    with pytest.raises(InvalidRequest):
        put_secret(path, "V", "a\nOTHER=y")
    with pytest.raises(InvalidRequest, match="NOWHERE"):
        fill_in(path, "rtsp://u:${NOWHERE}@h/")


def test_kinds_of_zones_are_told_by_the_camera_half(tmp_path: Path) -> None:
    kinds = zone_defaults(tmp_path / "site.yaml")
    assert kinds["elevator"]["hazards"] == ["ebike_in_elevator"]
    assert kinds["fire_lane"]["raise_after_s"] == 180.0
