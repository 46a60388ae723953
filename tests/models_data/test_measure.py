import numpy as np
import pytest

pytest.importorskip("ultralytics", reason="ultralytics is not installed: make setup-test")


@pytest.fixture(scope="module")
def measure(script):
    return script("models/measure.py")


def seen(measure, rows):
    return measure.Seen(
        xyxy=np.array([r[:4] for r in rows], dtype=np.float32).reshape(-1, 4),
        confidence=np.array([r[4] for r in rows], dtype=np.float32),
        class_id=np.array([r[5] for r in rows], dtype=np.int64),
    )


def labelled(measure, rows, tmp_path):
    return measure.Labelled(image=tmp_path / "x.jpg", truth=seen(measure, rows))


def test_matches_are_one_to_one_and_per_class(measure, tmp_path):
    data = [labelled(measure, [(0, 0, 10, 10, 1, 2), (20, 0, 30, 10, 1, 2)], tmp_path)]
    boxes = [
        (0, 0, 10, 10, 0.9, 2),  # found
        (0, 0, 10, 9, 0.8, 2),  # the same thing again: false
        (20, 0, 30, 10, 0.7, 1),  # right place, wrong class
        (20, 0, 30, 10, 0.2, 2),  # too unsure
    ]
    counts = measure.count_matches(data, [seen(measure, boxes)], [2], confidence=0.25)
    assert (counts.found, counts.missed, counts.false) == (1, 1, 1)
    assert counts.recall == 0.5
    assert counts.precision == 0.5


def test_a_box_below_half_overlap_is_no_match(measure, tmp_path):
    data = [labelled(measure, [(0, 0, 10, 10, 1, 4)], tmp_path)]
    for right, found in ((20.1, 0), (19.9, 1)):  # IoU 100 / (right * 10)
        boxes = seen(measure, [(0, 0, right, 10, 0.9, 4)])
        assert measure.count_matches(data, [boxes], [4], confidence=0.25).found == found


def test_average_precision_agrees_with_a_case_worked_by_hand(measure, tmp_path):
    # Two things, three boxes in order hit, miss, hit: precision 1 up to recall 0.5, 2/3 beyond.
    data = [labelled(measure, [(0, 0, 10, 10, 1, 2), (50, 0, 60, 10, 1, 2)], tmp_path)]
    boxes = seen(
        measure,
        [(0, 0, 10, 10, 0.9, 2), (80, 80, 90, 90, 0.8, 2), (50, 0, 60, 10, 0.7, 2)],
    )
    result = measure.average_precision(data, [boxes], [2, 3])
    assert set(result) == {2}
    assert result[2] == pytest.approx((51 * 1 + 50 * 2 / 3) / 101, abs=1e-3)


def test_image_rate_counts_pictures_not_boxes(measure):
    pictures = [
        seen(measure, [(0, 0, 1, 1, 0.6, 2), (0, 0, 1, 1, 0.7, 2)]),
        seen(measure, [(0, 0, 1, 1, 0.6, 0)]),
        seen(measure, []),
        seen(measure, [(0, 0, 1, 1, 0.3, 2)]),
    ]
    assert measure.image_rate(pictures, [2], confidence=0.5) == 0.25
    assert measure.image_rate(pictures, [2], confidence=0.25) == 0.5


def test_bootstrap_interval_holds_the_mean(measure):
    low, high = measure.bootstrap([0.0] * 30 + [1.0] * 70)
    assert 0.55 < low < 0.7 < high < 0.85


def test_the_mix_keeps_recall_before_it_seeks_precision(script):
    choose = script("models/mix.py").choose
    rows = [
        {"alpha": 0.0, "kept_recall": 0.80, "mean_ap50": 0.30},
        {"alpha": 0.5, "kept_recall": 0.795, "mean_ap50": 0.50},
        {"alpha": 0.8, "kept_recall": 0.79, "mean_ap50": 0.55},
        {"alpha": 1.0, "kept_recall": 0.70, "mean_ap50": 0.60},
    ]
    assert choose(rows)["alpha"] == 0.8
    assert choose([rows[0], rows[3]])["alpha"] == 1.0  # nothing keeps it: the nearest


def test_confidence_is_matched_in_the_median_and_within_bounds(script):
    shift = script("models/mix.py").confidence_shift
    base = np.full(20, 0.8, dtype=np.float32)
    assert shift(base, np.full(20, 0.7, dtype=np.float32)) == pytest.approx(0.539, abs=1e-3)
    assert shift(base, np.full(20, 0.9, dtype=np.float32)) == 0.0  # never lowers
    assert shift(base, np.full(20, 0.1, dtype=np.float32)) == 0.8  # never repairs
    assert shift(base, np.zeros(20, dtype=np.float32)) == 0.0  # nothing that both found


def test_best_confidence_is_that_of_the_right_class_and_place(measure, tmp_path):
    data = labelled(measure, [(0, 0, 10, 10, 1, 0), (50, 0, 60, 10, 1, 0)], tmp_path)
    boxes = [(0, 0, 10, 9, 0.6, 0), (0, 0, 10, 10, 0.4, 0), (50, 0, 60, 10, 0.9, 2)]
    np.testing.assert_allclose(
        measure.best_confidence(data, seen(measure, boxes), 0), [0.6, 0.0], rtol=1e-6
    )


def test_stills_are_split_by_seed_and_stages_leave_kept_ones_out(script, tmp_path):
    train = script("models/train.py")
    for part in ("images", "labels"):
        (tmp_path / part).mkdir()
    for number in range(20):
        (tmp_path / "images" / f"lift-{number:05}.jpg").touch()
        if number != 7:
            (tmp_path / "labels" / f"lift-{number:05}.txt").touch()
    stage = train.Stage(
        name="s",
        start=None,
        start_alpha=1.0,
        rehearsal=0.0,
        lists=({"stills": True, "repeat": 2},),
        val=(),
        sizes_px={},
        settings={},
    )
    files = train.stage_files(stage, data=tmp_path, stills=tmp_path)
    stems = {f[-9:-4] for f in files}
    assert len(files) == 2 * len(stems) == 2 * 15
    assert not stems & {"00000", "00001", "00010", "00011", "00007"}


def test_rehearsal_asks_for_what_the_teacher_saw_and_nothing_else(script):
    torch = pytest.importorskip("torch")
    loss = script("models/train.py").rehearsal_loss
    teacher = torch.full((1, 3, 4), -9.0)
    teacher[0, 0, 2] = 1.5  # one place where the teacher sees class 0
    assert loss(teacher, teacher, [0, 1]) == pytest.approx(0.0, abs=1e-6)
    blind, new = teacher.clone(), teacher.clone()
    blind[0, 0, 2] = -4.0
    new[0, 2] = 6.0  # a class that is not rehearsed
    new[0, 1, 0] = 6.0  # something new where the teacher saw nothing
    assert loss(blind, teacher, [0, 1]) > 1.0
    assert loss(new, teacher, [0, 1]) < 0.01


def test_recipes_are_readable_and_a_broken_one_is_named(script, repo_root, tmp_path):
    train = script("models/train.py")
    for recipe in (repo_root / "models" / "recipes").glob("*.yaml"):
        stages = train.read_recipe(recipe)
        assert stages
        assert all(sum(s.sizes_px.values()) == pytest.approx(1.0) for s in stages)
    broken = tmp_path / "r.yaml"
    broken.write_text("val: []\nsizes_px: {320: 1}\nstages: [{name: a, lists: []}]\n")
    with pytest.raises(train.RecipeError, match="stage 'a' lacks 'settings'"):
        train.read_recipe(broken)
