"""Decoders in processes of their own: in order, and a crash or a hang costs one photo."""

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from patrol_photos import clip_picture, exif, grey_sketch, jpeg, noise
from PIL import Image, ImageDraw

from pipeline.review.decoders import DecoderPool
from pipeline.review.decoding import Decoded, DecodeJob, Refused, decode
from pipeline.review.likeness import LikenessIndex, is_same_sketch


def job(path: Path, *, qr: bool = False) -> DecodeJob:
    return DecodeJob(file=str(path), path=path, member=None, look_for_qr=qr)


def decoded(path: Path) -> Decoded:
    found = decode(job(path))
    assert isinstance(found, Decoded), found
    return found


def test_a_large_photo_is_decoded_small_upright_and_with_its_position(tmp_path: Path) -> None:
    lying = noise(1, (4000, 3000))
    path = jpeg(lying, tmp_path / "a.jpg", exif=exif(orientation=6, position=(-33.865, 151.2094)))
    found = decoded(path)
    assert found.size_wh == (3000, 4000)
    assert found.image.shape == (1000, 750, 3)
    assert found.position == pytest.approx((-33.865, 151.2094), abs=1e-5)
    assert found.taken_at is not None


def test_a_qr_code_in_the_picture_is_read(tmp_path: Path) -> None:
    segno = pytest.importorskip("segno")
    code = tmp_path / "code.png"
    segno.make("lifelane-place:compound=X&building=3", error="m").save(code, scale=6, border=4)
    scene = clip_picture("corridor")
    scene.paste(Image.open(code).convert("RGB"), (120, 90))
    path = jpeg(scene, tmp_path / "a.jpg")
    found = decode(job(path, qr=True))
    assert isinstance(found, Decoded)
    assert found.qr_texts == ("lifelane-place:compound=X&building=3",)


def test_the_same_picture_saved_again_is_found_and_a_changed_one_is_not(tmp_path: Path) -> None:
    scene = clip_picture("corridor")
    first = decoded(jpeg(scene, tmp_path / "a.jpg"))
    again = decoded(jpeg(scene.resize((900, 506)), tmp_path / "b.jpg", quality=60))
    changed_scene = scene.copy()
    ImageDraw.Draw(changed_scene).rectangle((500, 380, 640, 520), fill=(150, 110, 70))
    changed = decoded(jpeg(changed_scene, tmp_path / "c.jpg"))
    index = LikenessIndex()
    for number in range(2000):
        index.add(number, int(np.random.default_rng(number).integers(0, 2**63)))
    index.add(9999, first.perceptual_hash)
    assert index.candidates(again.perceptual_hash) == [9999]
    assert is_same_sketch(first.sketch, again.sketch)
    assert not is_same_sketch(first.sketch, changed.sketch)
    assert not is_same_sketch(grey_sketch(noise(1)), grey_sketch(noise(2)))


def test_results_come_in_order_and_a_hang_costs_one_photo(tmp_path: Path) -> None:
    photos = [jpeg(noise(number), tmp_path / f"{number}.jpg") for number in range(12)]
    pipe = tmp_path / "hangs.jpg"
    os.mkfifo(pipe)
    jobs: list[tuple[str, DecodeJob | None]] = [(path.name, job(path)) for path in photos]
    jobs.insert(5, ("hangs", job(pipe)))
    jobs.insert(3, ("nothing", None))
    with DecoderPool(2, patience_s=4.0) as pool:
        results = list(pool.map(iter(jobs)))
    assert [tag for tag, _ in results] == [tag for tag, _ in jobs]
    by_tag = dict(results)
    assert by_tag.pop("nothing") is None
    hung = by_tag.pop("hangs")
    assert isinstance(hung, Refused)
    assert "not decoded within 4 s" in hung.reason
    assert all(isinstance(result, Decoded) for result in by_tag.values())


def test_a_crash_costs_one_photo(tmp_path: Path) -> None:
    photos = [jpeg(noise(number), tmp_path / f"{number}.jpg") for number in range(6)]
    pipe = tmp_path / "crashes.jpg"
    os.mkfifo(pipe)
    jobs = [("crashes", job(pipe)), *((path.name, job(path)) for path in photos)]
    with DecoderPool(1, patience_s=60.0) as pool:

        def kill() -> None:
            # Open for writing: only once the decoder waits for the photo's bytes.
            with pipe.open("wb"):
                time.sleep(0.2)
                pool._decoders[0].process.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        results = dict(pool.map(iter(jobs)))
        killer.join()
    crashed = results.pop("crashes")
    assert isinstance(crashed, Refused)
    assert "crashed" in crashed.reason
    assert all(isinstance(result, Decoded) for result in results.values())
