import json
import random

import cv2
import numpy as np
import pytest

pytest.importorskip("ultralytics", reason="ultralytics is not installed: make setup-test")


def test_the_mix_keeps_vehicles_before_it_seeks_a_score(script):
    choose = script("models/mix.py").choose
    rows = [
        {"alpha": 0.0, "vehicles": 0.80, "score": 0.30},
        {"alpha": 0.5, "vehicles": 0.795, "score": 0.50},
        {"alpha": 0.8, "vehicles": 0.79, "score": 0.55},
        {"alpha": 1.0, "vehicles": 0.70, "score": 0.60},
    ]
    assert choose(rows)["alpha"] == 0.8
    assert choose([rows[0], rows[3]])["alpha"] == 1.0  # nothing keeps them: the nearest


def test_the_ebike_shift_puts_the_limit_at_the_working_threshold(script):
    shift = script("models/mix.py").ebike_shift
    assert shift(0.35, 0.35) == 0.0
    assert shift(0.5, 0.35) == pytest.approx(np.log(0.35 / 0.65), abs=1e-3)
    assert shift(0.99, 0.35) == -1.5  # moves, never repairs
    assert shift(0.0, 0.35) == 1.5


def test_a_straight_down_still_is_turned_by_any_angle(script, tmp_path):
    train = script("models/train.py")
    for part in ("images", "labels", "cards"):
        (tmp_path / part).mkdir()
    for number, down in ((2, 0.95), (3, 0.4)):
        (tmp_path / "images" / f"lift_{number:05}.jpg").touch()
        (tmp_path / "labels" / f"lift_{number:05}.txt").touch()
        rotation = [[1, 0, 0], [0, 1, 0], [0, 0, down]]
        (tmp_path / "cards" / f"lift_{number:05}.json").write_text(
            json.dumps({"camera": {"camera_to_world": rotation}})
        )
    stage = train.Stage(
        name="s",
        start=None,
        start_alpha=1.0,
        rehearsal=0.0,
        lists=({"stills": "all", "turn": "some"},),
        val=(),
        sizes_px={},
        policy={},
        settings={},
    )
    entries = train.stage_entries(stage, data=tmp_path, stills=tmp_path)
    assert [e.turn for e in entries] == ["any", "some"]


@pytest.fixture
def dot(script):
    """A black picture with one white square, boxed."""
    view = script("models/camera_view.py")
    image = np.zeros((200, 300, 3), np.uint8)
    image[60:100, 180:240] = 255
    return view.Picture(
        image=image,
        xyxy=np.array([[180, 60, 240, 100]], np.float32),
        class_id=np.array([2], np.int64),
    )


def white_box(image):
    ys, xs = np.nonzero(image[..., 0] > 180)
    return [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]


@pytest.mark.parametrize("degrees", [0.0, 90.0, 200.0])
def test_boxes_follow_a_turned_picture(script, dot, degrees):
    view = script("models/camera_view.py")
    canvas = np.zeros((320, 320, 3), np.uint8)
    frame = (0, 0, 320, 320)
    matrix = view.random_view(dot, frame, random.Random(4), degrees=degrees, zoom=(0.9, 0.9))  # noqa: S311
    boxes, classes = view.place(dot, matrix, canvas, frame)
    assert classes.tolist() == [2]
    # A turned square reaches into its corners, which the rounded outline leaves out.
    np.testing.assert_allclose(boxes[0], white_box(canvas), atol=2.5 if degrees % 90 == 0 else 9)


def test_the_frame_cuts_off_what_it_should(script, dot):
    view = script("models/camera_view.py")
    frame = (0, 0, 320, 320)
    for seed in range(12):
        canvas = np.zeros((320, 320, 3), np.uint8)
        matrix = view.cut_off_view(dot, 0, frame, random.Random(seed), degrees=0.0)  # noqa: S311
        boxes, _ = view.place(dot, matrix, canvas, frame)
        whole = 60 * 40 * abs(np.linalg.det(matrix[:, :2]))
        share = float(np.prod(boxes[0, 2:] - boxes[0, :2])) / whole
        assert 0.2 < share < 0.65
        np.testing.assert_allclose(boxes[0], white_box(canvas), atol=5)


def test_boxes_follow_a_bent_picture(script, dot):
    view = script("models/camera_view.py")
    bent = view.bend(dot, 0.8, (0.5, 0.5))
    np.testing.assert_allclose(bent.xyxy[0], white_box(bent.image), atol=5)


def test_a_look_keeps_shape_and_is_repeatable(script, dot):
    look = script("models/camera_look.py").apply_look
    for seed in range(30):
        first = look(dot.image, random.Random(seed))  # noqa: S311
        assert first.shape == dot.image.shape
        assert first.dtype == np.uint8
        np.testing.assert_array_equal(first, look(dot.image, random.Random(seed)))  # noqa: S311


def test_a_pasted_thing_is_boxed_where_it_shows(script):
    paste = script("models/paste.py")
    bgra = np.full((60, 40, 4), 255, np.uint8)
    cut = paste.CutOut(class_id=2, bgra=bgra)
    hidden = np.array([[0, 0, 200, 200]], np.float32)
    pasted = 0
    for seed in range(20):
        canvas = np.full((200, 200, 3), 20, np.uint8)
        boxes, classes = paste.paste_cut_out(
            canvas,
            (0, 0, 200, 200),
            hidden,
            np.array([0]),
            cut=cut,
            draw=random.Random(seed),  # noqa: S311
        )
        if 2 not in classes:
            continue
        pasted += 1
        bright = canvas[..., 0] > canvas[..., 0].max() * 0.7
        ys, xs = np.nonzero(bright)
        np.testing.assert_allclose(
            boxes[-1], [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], atol=8
        )
    assert pasted > 10


def test_cut_outs_come_from_training_pictures_alone(script, repo_root, shared_data):
    import yaml

    drawn = yaml.safe_load((repo_root / "datasets" / "outlines.yaml").read_text("utf-8"))
    train = {p.stem for p in (shared_data / "lift_ebike" / "train" / "images").iterdir()}
    kept = {p.stem for p in (shared_data / "lift_ebike" / "eval-only" / "images").iterdir()}
    assert set(drawn["outlines"]) <= train - kept
    cut = script("datasets/cut_outs.py")
    image = cv2.imread(str(shared_data / "lift_ebike" / "train" / "images" / "12.jpg"))
    mask = cut.cut_by_outline(image, np.array(drawn["outlines"]["12"]).reshape(-1, 2))
    assert 0.08 < mask.mean() < 0.2


def test_stills_are_split_by_seed_and_stages_leave_kept_ones_out(script, tmp_path):
    train = script("models/train.py")
    for part in ("images", "labels"):
        (tmp_path / part).mkdir()
    for number in range(20):
        (tmp_path / "images" / f"lift_{number:05}.jpg").touch()
        if number != 7:
            (tmp_path / "labels" / f"lift_{number:05}.txt").touch()
    stage = train.Stage(
        name="s",
        start=None,
        start_alpha=1.0,
        rehearsal=0.0,
        lists=({"stills": "lift", "repeat": 2, "cut": 0.3},),
        val=(),
        sizes_px={},
        policy={},
        settings={},
    )
    entries = train.stage_entries(stage, data=tmp_path, stills=tmp_path)
    stems = {e.image.stem[-5:] for e in entries}
    assert len(entries) == 2 * len(stems) == 2 * 15
    assert {(e.turn, e.cut) for e in entries} == {("slight", 0.3)}
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
