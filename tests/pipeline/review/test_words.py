"""The reports have a word for everything that they may have to say."""

from pathlib import Path

import yaml

from pipeline.review.words import CLASS_WORDS, HAZARD_WORDS, PLACE_WORDS
from pipeline.types import HazardKind, PlaceKind


def test_every_word_is_there_in_both_languages(repo_root: Path) -> None:
    assert set(HAZARD_WORDS) == set(HazardKind)
    assert set(PLACE_WORDS) == set(PlaceKind)
    for words in (*HAZARD_WORDS.values(), *PLACE_WORDS.values()):
        assert all(words)
    taxonomy = yaml.safe_load((repo_root / "datasets/taxonomy.yaml").read_text("utf-8"))
    assert {each["name"]: each["zh"] for each in taxonomy["classes"]}.items() <= CLASS_WORDS.items()
