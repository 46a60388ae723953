"""What check-config says about broken site files, word for word."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.config import check_site, load_site
from pipeline.errors import ConfigError

_DATA = Path(__file__).with_name("broken_sites.txt")


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    expected: list[str]


def _cases() -> list[Case]:
    cases = []
    for block in re.split(r"^#### ", _DATA.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("\n")
        text, _, lines = rest.partition("\n----\n")
        cases.append(Case(name, f"{text}\n", lines.split("\n\n")[0].splitlines()))
    return cases


CASES = _cases()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFELANE_API_KEY", "a key that must not be shown")
    monkeypatch.setenv("LIFELANE_EMPTY", "")
    monkeypatch.setenv("LIFELANE_TEST_SECRET", "root:secret")
    monkeypatch.delenv("NO_SUCH_PASSWORD", raising=False)
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)


def _write(folder: Path, case: Case) -> Path:
    (folder / "clips").mkdir()
    (folder / "clips" / "lane.mp4").touch()
    file = folder / "site.yaml"
    file.write_text(case.text, "utf-8")
    return file


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_messages(case: Case, tmp_path: Path) -> None:
    file = _write(tmp_path, case)
    problems = check_site(file)
    said = [each.text("site.yaml").replace(str(tmp_path), "{dir}") for each in problems]
    assert said == case.expected
    assert said, "a broken file that nobody complains about"
    assert not [line for line in said if ":secret" in line or "secret@" in line or "!sec" in line]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_load_site_stops_at_errors_only(case: Case, tmp_path: Path) -> None:
    file = _write(tmp_path, case)
    errors = [each for each in check_site(file) if each.severity == "error"]
    if not errors:
        assert load_site(file).cameras
        return
    with pytest.raises(ConfigError) as caught:
        load_site(file)
    for each in errors:
        assert each.text(str(file)) in str(caught.value)


def test_there_are_enough_of_them() -> None:
    broken = [case for case in CASES if any(": warning: " not in line for line in case.expected)]
    assert len(broken) >= 35
    assert len({case.name for case in CASES}) == len(CASES)


_NOT_UTF8 = (
    "the file is not saved as UTF-8: save it again as UTF-8 (记事本: 另存为 → 编码 UTF-8) "
    "(expected UTF-8, found "
)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        pytest.param(
            "site: demo\nname: 阳光花园\n".encode("gbk"),
            f"f:2: {_NOT_UTF8}bytes that look like GBK, the usual encoding of Chinese Windows)",
            id="gbk",
        ),
        pytest.param("site: demo\n".encode("utf-16"), f"f:1: {_NOT_UTF8}UTF-16)", id="utf-16"),
        pytest.param(
            b"site: demo\n# \xff\xff\xff\n", f"f:2: {_NOT_UTF8}byte 0xFF)", id="no known encoding"
        ),
        pytest.param(
            b"site: demo\nname: \x00\n",
            "f:2: the file holds a character that YAML forbids: delete it "
            "(expected text, found control character U+0000)",
            id="zero byte",
        ),
        pytest.param(
            b"",
            "f:1: nothing stands in this file: copy examples/site.yaml and adapt it "
            "(expected site: and cameras:, found an empty file)",
            id="empty",
        ),
        pytest.param(
            b"#" * (1 << 20) + b"#",
            "f: this is too large for a site file: is it the right one? "
            "(expected at most 1048576 bytes, found 1048577 bytes)",
            id="too large",
        ),
    ],
)
def test_bytes_that_are_no_site_file(tmp_path: Path, raw: bytes, said: str) -> None:
    file = tmp_path / "site.yaml"
    file.write_bytes(raw)
    assert [each.text("f") for each in check_site(file)] == [said]


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    (missing,) = check_site(tmp_path / "gone.yaml")
    assert missing.text("gone.yaml") == (
        "gone.yaml: there is no such file: check the path, or start from examples/site.yaml "
        "(expected a YAML file, found nothing)"
    )
    (folder,) = check_site(tmp_path)
    assert folder.text("here") == (
        "here: name the site file inside this folder (expected a YAML file, found a folder)"
    )
