"""Every rule has its card, and the card says what the rule does."""

import re
from pathlib import Path

import pytest

from pipeline.rules import HazardRule, defaults_for, rules_for
from pipeline.types import ZoneKind

RULES: dict[str, HazardRule] = {rule.name: rule for kind in ZoneKind for rule in rules_for(kind)}


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_card_says_what_its_rule_does(name: str, repo_root: Path) -> None:
    rule = RULES[name]
    text = (repo_root / "docs" / "rules" / f"{name}.md").read_text("utf-8")
    for heading in ("## Why", "## Source", "## Parameters", "## Failure modes"):
        assert heading in text
    assert f"`{rule.version}`" in text
    assert f"`{rule.kind.value}`" in text
    for class_name in (*rule.classes, *getattr(rule, "guards", ())):
        assert f"`{class_name}`" in text, f"{name}: {class_name}"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("fire_lane", ZoneKind.FIRE_LANE),
        ("climbing_site", ZoneKind.CLIMBING_SITE),
        ("elevator", ZoneKind.ELEVATOR),
        ("parked_ebike", ZoneKind.CORRIDOR),
        ("clutter", ZoneKind.CORRIDOR),
        ("exit", ZoneKind.EXIT),
    ],
)
def test_a_card_gives_the_true_defaults(name: str, kind: ZoneKind, repo_root: Path) -> None:
    text = (repo_root / "docs" / "rules" / f"{name}.md").read_text("utf-8")
    usual = defaults_for(kind)
    for field in ("raise_after_s", "clear_after_s", "update_every_s", "min_confidence"):
        (given,) = re.findall(rf"^\| `{field}` \| ([\d.]+)", text, re.MULTILINE)
        assert float(given) == getattr(usual, field), field
    for width in re.findall(r"`required_width_m` \| none, ([\d.]+) m", text):
        assert float(width) == usual.required_width_m


def test_no_card_is_about_a_rule_that_is_gone(repo_root: Path) -> None:
    assert {card.stem for card in (repo_root / "docs" / "rules").glob("*.md")} == set(RULES)
