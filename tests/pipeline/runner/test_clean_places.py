"""From an approved reference to a clutter incident, with nothing that any detector knows."""

from pathlib import Path

import pytest
import yaml
from corridor_scenes import CLIP, NOW, frames_of

from pipeline.clutter import ReferenceLibrary
from pipeline.config import Site, load_site
from pipeline.detectors import FakeDetector
from pipeline.runner import ReplayedEvent, replay_recording
from pipeline.types import HazardKind, Phase

(CLEAN,) = frames_of(CLIP, 2)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    zone = {
        "id": "floor",
        "kind": "corridor",
        "polygon": [[0.35, 0.15], [0.5, 0.15], [0.95, 1.0], [0.33, 1.0]],
        "raise_after_s": 5,
        "clear_after_s": 5,
    }
    camera = {"id": "c", "source": str(CLIP), "place": "corridor", "sample_fps": 2, "zones": [zone]}
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump({"site": "demo", "cameras": [camera]}), "utf-8")
    return load_site(file)


def play(site: Site) -> list[ReplayedEvent]:
    blind = FakeDetector(lambda _, __: [], classes=("person", "carton"))
    told = replay_recording(
        CLIP,
        site="demo",
        camera=site.camera("c"),
        detector=blind,
        start_at=NOW,
        references=ReferenceLibrary(site.state_path),
    )
    return [each for each in told if isinstance(each, ReplayedEvent)]


def test_an_approved_reference_finds_cartons_that_no_detector_names(site: Site) -> None:
    library = ReferenceLibrary(site.state_path)
    taken = library.add(camera_id="c", image=CLEAN, taken_at=NOW, origin="test")
    assert play(site) == []  # nobody has approved it
    library.approve("c", taken.id, by="王工")
    started = [each.event for each in play(site) if each.event.phase is Phase.START]
    (event,) = started
    assert event.kind is HazardKind.CORRIDOR_CLUTTER
    assert {subject.class_name for subject in event.subjects} == {"foreign"}
    # The last carton is put down in second 13.
    assert 5 <= (event.raised_at - NOW).total_seconds() <= 28


def test_a_changed_reference_file_takes_nothing_down(site: Site) -> None:
    library = ReferenceLibrary(site.state_path)
    taken = library.add(camera_id="c", image=CLEAN, taken_at=NOW, origin="test")
    library.approve("c", taken.id, by="王工")
    (library.folder / "c" / f"{taken.id}.png").write_bytes(b"not a picture")
    assert play(site) == []
