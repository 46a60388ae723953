import json

import cv2
import numpy as np
import pytest


def picture(seed: int, size=(120, 160)) -> np.ndarray:
    """A picture of large random blocks: survives JPEG, unlike any other seed."""
    blocks = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return cv2.resize(blocks, (size[1], size[0]), interpolation=cv2.INTER_NEAREST)


@pytest.fixture
def street(tmp_path):
    """Eight pictures of a set by hand; 0003 is 0002 once more, brighter and re-encoded."""
    folder = tmp_path / "data" / "street_bike_car"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    for number in range(8):
        image = picture(2 if number == 3 else number)
        if number == 3:
            image = cv2.convertScaleAbs(image, alpha=0.95, beta=6)
        quality = [cv2.IMWRITE_JPEG_QUALITY, 70 + number]
        cv2.imwrite(str(folder / "images" / f"{number:04}.jpg"), image, quality)
        (folder / "labels" / f"{number:04}.txt").write_text(
            "0 0.5 0.5 0.2 0.2\n2 0.9 0.5 0.4 0.2\n3 0.1 0.1 0.1 0.1\n", encoding="utf-8"
        )
    return tmp_path


@pytest.fixture
def readers(script):
    return script("datasets/set_readers.py")


@pytest.fixture
def taxonomy(script):
    return script("datasets/taxonomy.py").load_taxonomy()


def test_labels_are_mapped_clipped_and_foreign_ones_kept_as_blockers(street, readers, taxonomy):
    sample = next(
        iter(readers.read_set(street / "data", readers.SETS["street_bike_car"], taxonomy))
    )
    bike, car, ship = sample.boxes
    assert (bike.class_id, car.class_id, ship.class_id) == (2, 4, None)
    assert car.xywh_norm == pytest.approx((0.85, 0.5, 0.3, 0.2))  # cut at the right edge
    assert bike.origin == "hand"


def test_outlines_become_boxes_and_bad_lines_are_named(readers, tmp_path):
    label = tmp_path / "0001.txt"
    label.write_text("2 0.1 0.2 0.5 0.2 0.5 0.6 0.1 0.6\n", encoding="utf-8")
    assert readers.read_yolo_labels(label) == [(2, pytest.approx((0.3, 0.4, 0.4, 0.4)))]
    label.write_text("0 0.5 0.5 0.2 0.2\n0 0.5 wide 0.2 0.2\n", encoding="utf-8")
    with pytest.raises(readers.DataError, match=r"0001\.txt:2: expected numbers"):
        readers.read_yolo_labels(label)
    label.write_text("0 0.5 0.5 0.2\n", encoding="utf-8")
    with pytest.raises(readers.DataError, match=r"0001\.txt:1: expected 'class x y w h'"):
        readers.read_yolo_labels(label)


def test_near_duplicates_are_found_and_others_are_not(street, script):
    module = script("datasets/near_duplicates.py")
    images = sorted((street / "data" / "street_bike_car" / "images").iterdir())
    groups, twins = module.group_alike([module.fingerprint(i) for i in images])
    assert [i for i, twin in enumerate(twins) if twin >= 0] == [3]
    assert twins[3] == 2
    assert groups[2] == groups[3]
    assert len(set(groups)) == 7


def test_mirrored_copies_are_the_same_scene(tmp_path, script):
    module = script("datasets/near_duplicates.py")
    image = picture(5)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    cv2.imwrite(str(tmp_path / "b.png"), np.ascontiguousarray(image[:, ::-1]))
    groups, twins = module.group_alike(
        [module.fingerprint(tmp_path / n) for n in ("a.png", "b.png")]
    )
    assert groups[0] == groups[1]
    assert twins == [-1, 0]


def test_groups_are_never_spread_over_splits(script, readers, tmp_path):
    build = script("datasets/build.py")
    samples = [
        readers.Sample(set_name="wheelchair", image=tmp_path / f"{i}.jpg", camera=f"c/{i}")
        for i in range(120)
    ]
    groups = [i // 3 for i in range(120)]
    placed = build.deal_splits(samples, groups, readers.SetSpec(name="x", origin="o", licence="l"))
    by_group: dict[int, set[str]] = {}
    for group, item in zip(groups, placed, strict=True):
        by_group.setdefault(group, set()).add(item.split)
    assert all(len(splits) == 1 for splits in by_group.values())
    assert {p.split for p in placed} == {"train", "val", "test"}


def test_one_camera_is_one_group_even_over_many_scenes(script, readers, tmp_path):
    build = script("datasets/build.py")
    samples = [
        readers.Sample(set_name="x", image=tmp_path / f"{i}.jpg", camera="x/gate") for i in range(6)
    ]
    placed = build.deal_splits(
        samples, list(range(6)), readers.SetSpec(name="x", origin="o", licence="l")
    )
    assert len({p.split for p in placed}) == 1


def test_eval_only_is_never_trained_on(shared_data, script, readers, taxonomy):
    build = script("datasets/build.py")
    placed = build._place_set(shared_data, readers.SETS["lift_ebike"], taxonomy)
    kept = [p for p in placed if "eval-only" in str(p.sample.image)]
    assert len(kept) == 6
    assert {p.split for p in kept} == {"test"}
    assert {p.split for p in placed if p not in kept} <= {"train", "unused"}


def test_pseudo_labels_give_way_to_hand_labels(script, readers, taxonomy):
    pseudo = script("datasets/pseudo_labels.py")
    hand = [readers.Box(class_id=2, xywh_norm=(0.5, 0.5, 0.2, 0.2), origin="hand")]
    guesses = [
        (1, 0.9, (0.5, 0.5, 0.2, 0.22)),  # "bicycle" on the e-bike: dropped
        (0, 0.8, (0.5, 0.35, 0.1, 0.4)),  # its rider: kept
        (2, 0.3, (0.1, 0.1, 0.1, 0.1)),  # doubtful car: painted over
        (2, 0.3, (0.5, 0.5, 0.3, 0.3)),  # doubtful car over the e-bike: neither
        (4, 0.9, (0.9, 0.9, 0.1, 0.1)),  # airplane: no class of ours
        (13, 0.9, (0.8, 0.2, 0.1, 0.1)),  # bench: furniture, which this set labels by hand
    ]
    boxes, paint = pseudo.fill_missing(hand, guesses, taxonomy, ("furniture",))
    assert [(b.class_id, b.origin) for b in boxes] == [(2, "hand"), (0, "pseudo")]
    assert paint == [(0.1, 0.1, 0.1, 0.1)]


def test_a_person_may_sit_in_a_wheelchair_box_but_a_bus_is_no_truck(script, readers, taxonomy):
    pseudo = script("datasets/pseudo_labels.py")
    hand = [readers.Box(class_id=7, xywh_norm=(0.5, 0.5, 0.4, 0.8), origin="hand")]
    guesses = [
        (0, 0.9, (0.5, 0.5, 0.4, 0.8)),
        (5, 0.7, (0.2, 0.2, 0.2, 0.2)),
        (7, 0.6, (0.2, 0.2, 0.2, 0.2)),
    ]
    boxes, _ = pseudo.fill_missing(hand, guesses, taxonomy, ())
    assert [b.class_id for b in boxes] == [7, 0, 6]


def test_written_labels_and_coco_json_agree(street, script, readers, taxonomy, tmp_path):
    build = script("datasets/build.py")
    sample = next(
        iter(readers.read_set(street / "data", readers.SETS["street_bike_car"], taxonomy))
    )
    placed = build.Placed(sample=sample, group="g", split="train")
    target = tmp_path / "built"
    image = build.write_sample(placed, sample.boxes, [(0.25, 0.25, 0.1, 0.1)], target)
    rows = readers.read_yolo_labels(target / "labels" / "street_bike_car" / "0000.txt")
    assert [class_id for class_id, _ in rows] == [2, 4]
    painted = cv2.imread(str(image))[30, 40]
    assert np.abs(painted.astype(int) - 114).max() <= 12  # JPEG
    build.write_coco([(image, sample.boxes)], taxonomy, target / "x.json", root=target)
    coco = json.loads((target / "x.json").read_text(encoding="utf-8"))
    assert [a["category_id"] for a in coco["annotations"]] == [2, 4]
    assert coco["annotations"][0]["bbox"] == pytest.approx([64, 48, 32, 24])
    assert coco["images"][0]["file_name"] == "images/street_bike_car/0000.jpg"


def test_lint_names_what_is_wrong(script):
    check = script("datasets/check.py")
    rows = [
        (0, (0.5, 0.5, 0.2, 0.2)),
        (0, (0.5, 0.5, 0.2, 0.2)),
        (1, (0.95, 0.5, 0.2, 0.2)),
        (2, (0.5, 0.5, 0.01, 0.01)),
        (14, (0.5, 0.5, 0.3, 0.3)),
    ]
    found = [(f.kind, f.row) for f in check.lint_labels("a.jpg", rows, classes=14)]
    assert found == [("duplicate", 2), ("outside", 3), ("tiny", 4), ("unknown_class", 5)]


def test_a_leak_between_splits_is_found(street, script):
    check = script("datasets/check.py")
    images = sorted((street / "data" / "street_bike_car" / "images").iterdir())
    assert check.find_leaks({"train": images[:2], "test": images[4:]}) == []
    leaks = check.find_leaks({"train": images[:3], "test": images[3:]})
    assert [(a[-8:], b[-8:]) for a, b in leaks] == [("0003.jpg", "0002.jpg")]
