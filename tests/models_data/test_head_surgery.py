import copy

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed: make setup-test")
pytest.importorskip("ultralytics", reason="ultralytics is not installed: make setup-test")


@pytest.fixture(scope="module")
def surgery(script):
    return script("models/head_surgery.py")


@pytest.fixture(scope="module")
def taxonomy(script):
    return script("datasets/taxonomy.py").load_taxonomy()


@pytest.fixture(scope="module")
def base(surgery, base_weights):
    return surgery.load_detector(base_weights)


@pytest.fixture(scope="module")
def grafted(surgery, base, taxonomy):
    return surgery.graft_head(base, taxonomy.names)


def test_copied_rows_give_the_very_scores_of_the_base(base, grafted, taxonomy):
    import torch

    images = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        before, after = base.eval()(images)[0][0], grafted.eval()(images)[0][0]
    assert after.shape[0] == 4 + len(taxonomy.names)
    coco = {name: i for i, name in base.names.items()}
    for ours, theirs in {"person": "person", "ebike": "motorcycle", "bus": "bus"}.items():
        mine, its = after[4 + taxonomy.id_of(ours)], before[4 + coco[theirs]]
        torch.testing.assert_close(mine, its, rtol=1e-4, atol=1e-9, msg=ours)
    torch.testing.assert_close(after[:4], before[:4])


@pytest.fixture(scope="module")
def detectors(surgery, grafted, base_weights, tmp_path_factory):
    """The grafted model, saved and loaded again, and the base."""
    from pipeline.detectors import open_detector

    path = tmp_path_factory.mktemp("graft") / "graft.pt"
    surgery.save_checkpoint(grafted, path, note="test")
    return [open_detector(p, backend="ultralytics", confidence=0.25) for p in (path, base_weights)]


def test_the_bus_photo_shows_the_same_people_and_bus(detectors, wheel_photos):
    from pipeline.sources.photos import load_photo

    image = load_photo(wheel_photos["bus"]).image
    ours, base = (d.detect([image])[0] for d in detectors)
    for name in ("person", "bus"):
        mine = ours.class_id == detectors[0].classes.index(name)
        theirs = base.class_id == detectors[1].classes.index(name)
        assert mine.sum() == theirs.sum() > 0
        np.testing.assert_allclose(ours.xyxy[mine], base.xyxy[theirs], atol=0.05)
        np.testing.assert_allclose(ours.confidence[mine], base.confidence[theirs], atol=1e-3)


def test_an_unknown_class_is_named(surgery, base):
    with pytest.raises(ValueError, match="class 'tank' has no entry in HEAD_SEEDS"):
        surgery.graft_head(base, ("person", "tank"))


def test_grafting_a_grafted_model_is_refused(surgery, grafted, taxonomy):
    with pytest.raises(ValueError, match="COCO weights are expected"):
        surgery.graft_head(grafted, taxonomy.names)


def test_interpolation_ends_at_both_models_and_halves_between(surgery, grafted):
    import torch

    tuned = copy.deepcopy(grafted)
    with torch.no_grad():
        for parameter in tuned.parameters():
            parameter.add_(0.5)
    key = "model.0.conv.weight"
    start = grafted.state_dict()[key]
    for alpha in (0.0, 0.3, 1.0):
        mixed = surgery.mix_weights(grafted, tuned, alpha).state_dict()[key]
        torch.testing.assert_close(mixed, start + 0.5 * alpha)
    mixed = surgery.mix_weights(grafted, tuned, 0.3, learnt=[7]).state_dict()
    rows, start_rows = (m["model.23.cv3.0.2.weight"] for m in (mixed, grafted.state_dict()))
    torch.testing.assert_close(rows[7], start_rows[7] + 0.5)
    torch.testing.assert_close(rows[6], start_rows[6] + 0.15)
    with pytest.raises(ValueError, match=r"alpha is 1\.2"):
        surgery.mix_weights(grafted, tuned, 1.2)


def test_shifted_confidence_moves_one_class_by_logits_and_no_box(surgery, grafted, taxonomy):
    import torch

    person = taxonomy.id_of("person")
    moved = surgery.shift_confidence(grafted, {person: 0.5}).eval()
    images = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        before, after = grafted.eval()(images)[0][0], moved(images)[0][0]
    expected = torch.sigmoid(torch.logit(before[4 + person].double()) + 0.5).float()
    torch.testing.assert_close(after[4 + person], expected, rtol=1e-4, atol=1e-7)
    others = [i for i in range(after.shape[0]) if i != 4 + person]
    torch.testing.assert_close(after[others], before[others])


def test_interpolation_refuses_another_shape(surgery, grafted, base):
    with pytest.raises((ValueError, RuntimeError)):
        surgery.mix_weights(base, grafted, 0.5)
