"""Every word of the desk exists in both languages, and every word of the wire has one."""

import re
from pathlib import Path

import pytest

from service.desk.texts import LANGUAGES, Texts
from service.repository import PAPER_KINDS
from service.tables import SEVERITIES, Action, HazardKind, Phase, Status


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_wire_is_translated(language: str) -> None:
    texts = Texts(language)
    words = [f"kind.{kind}" for kind in HazardKind]
    words += [f"{group}.{phase}" for group in ("phase", "event") for phase in Phase]
    words += [f"status.{status}" for status in Status]
    words += [f"{group}.{action}" for group in ("action", "done") for action in Action]
    words += [f"severity.{severity}" for severity in SEVERITIES.values()]
    assert set(words) <= set(texts.keys())
    assert all(texts(key).strip() for key in texts.keys())  # noqa: SIM118  (not a mapping)


def test_chinese_comes_first_and_is_chinese() -> None:
    assert next(iter(LANGUAGES)) == "zh"
    assert Texts(None).language == Texts("xx").language == "zh"
    assert re.search(r"[\u4e00-\u9fff]", Texts("zh")("title"))


def test_no_word_is_there_for_nothing(repo_root: Path) -> None:
    code = "".join(file.read_text("utf-8") for file in (repo_root / "service/desk").glob("*.py"))
    for key in Texts("zh").keys():  # noqa: SIM118
        group = key.partition(".")[0]
        used = code.replace(f'"{key}": (', "")
        assert f'"{key}"' in used or f"'{key}'" in used or f"{group}." in used, key


def test_every_deed_of_the_audit_has_words(repo_root: Path) -> None:
    code = "".join(file.read_text("utf-8") for file in (repo_root / "service").rglob("*.py"))
    deeds = set(re.findall(r'\b_?(?:action|ACTION) ?= ?"([a-z_]+)"', code))
    deeds |= {f"issue_{kind}" for kind in PAPER_KINDS}
    assert len(deeds) > 40
    assert {f"action.{deed}" for deed in deeds} <= set(Texts("zh").keys())


def test_no_word_is_said_twice(repo_root: Path) -> None:
    desk = repo_root / "service/desk"
    tables = [desk / "texts.py", *desk.glob("*_words.py")]
    code = "".join(file.read_text("utf-8") for file in tables)
    keys = re.findall(r'^ {8}"([a-z_.]+)": \(', code, re.MULTILINE)
    twice = {key for key in keys if keys.count(key) > 1}
    assert not twice, "the later one would silently win"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(10, "10 秒"), (89, "89 秒"), (180, "3 分钟"), (7200, "2.0 小时"), (259200, "3.0 天")],
)
def test_durations_as_people_say_them(seconds: float, said: str) -> None:
    assert Texts("zh").duration(seconds) == said
