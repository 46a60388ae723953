import tomllib
from pathlib import Path

import pytest
import yaml

FOURTEEN = [
    *("person", "bicycle", "ebike", "tricycle", "car", "truck", "bus"),
    *("wheelchair", "pram", "trolley", "luggage", "carton", "furniture", "bundle"),
]


@pytest.fixture
def taxonomy(script):
    return script("datasets/taxonomy.py").load_taxonomy()


def test_classes_are_the_fourteen_in_id_order(taxonomy):
    assert list(taxonomy.names) == FOURTEEN


def test_every_class_says_what_counts_in_both_languages(taxonomy):
    for item in taxonomy.classes:
        assert all("\u4e00" <= c <= "\u9fff" for c in item.zh), item.name
        assert len({item.counts, item.excludes, item.boxing}) == 3, item.name


def test_registry_lists_the_same_classes(taxonomy, repo_root):
    registry = tomllib.loads((repo_root / "models" / "registry.toml").read_text(encoding="utf-8"))
    for name, entry in registry["models"].items():
        assert tuple(entry["classes"]) == taxonomy.names, name


def test_coco_motorcycles_are_ebikes_and_scooter_sets_map_alike(taxonomy):
    coco = taxonomy.coco_mapping()
    assert coco[3] == taxonomy.id_of("ebike")
    assert coco[0] == taxonomy.id_of("person")
    assert coco[28] == taxonomy.id_of("luggage")
    assert 4 not in coco  # airplanes have no class of ours
    assert taxonomy.mapping("street_bike_car") == {0: 2, 1: 6, 2: 4}
    assert taxonomy.mapping("two_wheeler_riders") == coco
    assert taxonomy.mapping("kick_scooter") == {}


def test_every_set_with_a_reader_is_in_the_taxonomy(taxonomy, script):
    for name in script("datasets/set_readers.py").SETS:
        taxonomy.mapping(name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw["classes"][3].pop("zh"), "class 'tricycle': field 'zh' is missing"),
        (lambda raw: raw["classes"].reverse(), "class 'bundle': id is 13, but its place in the"),
        (
            lambda raw: raw["classes"][2]["also"].update(coco=["moped"]),
            "class 'ebike': also.coco: that set has no label 'moped'",
        ),
    ],
)
def test_a_broken_taxonomy_names_class_and_field(change, message, script, repo_root, tmp_path):
    module = script("datasets/taxonomy.py")
    raw = yaml.safe_load((repo_root / "datasets" / "taxonomy.yaml").read_text(encoding="utf-8"))
    change(raw)
    broken = tmp_path / "taxonomy.yaml"
    broken.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    with pytest.raises(module.TaxonomyError, match=message.replace(".", r"\.")):
        module.load_taxonomy(Path(broken))
