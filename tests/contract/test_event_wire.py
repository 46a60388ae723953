"""What the pipeline really produces, posted into the real application over a real socket."""

import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn
from event_samples import make_event
from hypothesis import given
from hypothesis import strategies as st
from scripted_api import wait_until

from pipeline.evidence import EvidenceMaker
from pipeline.incidents import CameraMonitor
from pipeline.publish import Deliverer, HttpSink, SiteStore, event_to_json
from pipeline.publish.wire import event_to_text
from pipeline.types import (
    Detections,
    Frame,
    HazardEvent,
    HazardKind,
    Phase,
    SubjectBox,
    Tracks,
    ZoneKind,
)
from pipeline.zones import Zone
from service.app import create_app, open_database
from service.repository import create_key
from service.routes.wire import EventIn, EvidenceIn, SubjectIn, parse_event
from service.settings import Settings
from service.tables import CAMERA_KINDS, Role
from service.tables import Phase as ServicePhase

CLASSES = ("car", "ebike", "carton")
WHOLE = ((0.05, 0.05), (0.95, 0.05), (0.95, 0.95), (0.05, 0.95))
START = datetime(2026, 1, 5, 2, 11, 9, 123_457, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Api:
    url: str
    key: str

    def get(self, path: str) -> httpx.Response:
        answer = httpx.get(
            self.url + path, headers={"Authorization": f"Bearer {self.key}"}, trust_env=False
        )
        answer.raise_for_status()
        return answer

    def incidents(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.get("/api/v1/incidents").json()["items"]
        return items


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    settings = Settings(data_dir=tmp_path / "service", desk=False)
    database = open_database(settings)
    key = create_key(database, site="demo", role=Role.CAMERA)
    app = create_app(settings, database=database)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started, what="the application starts")
        yield Api(f"http://127.0.0.1:{listener.getsockname()[1]}", key)
        server.should_exit = True
        thread.join()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SiteStore]:
    with SiteStore(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def deliver(store: SiteStore, api: Api) -> Iterator[Callable[[], Deliverer]]:
    started: list[Deliverer] = []

    def start() -> Deliverer:
        deliverer = Deliverer(store, HttpSink(url=api.url, api_key=api.key))
        deliverer.start()
        started.append(deliverer)
        wait_until(lambda: store.counts().pending == 0)
        return deliverer

    yield start
    for deliverer in started:
        deliverer.stop(drain_s=0.0)


def story(zone_kind: ZoneKind, class_name: str) -> list[tuple[HazardEvent, dict[str, bytes]]]:
    """Something comes, stays, the camera goes blind, sees again, and it is gone."""
    zone = Zone(
        id="zone",
        kind=zone_kind,
        polygon_norm=WHOLE,
        raise_after_s=3.0,
        clear_after_s=3.0,
        update_every_s=5.0,
        k_of_n=(2, 3),
        min_confidence=0.3,
    )
    camera_id = f"{zone_kind.value}-1"
    monitor = CameraMonitor(
        site="demo", camera_id=camera_id, zones=[zone], classes=CLASSES, model="lifelane-n@0.1.0"
    )
    evidence = EvidenceMaker(zones={zone.id: zone.polygon_norm}, classes=CLASSES)
    told: list[tuple[HazardEvent, dict[str, bytes]]] = []
    for second in range(40):
        at = START + timedelta(seconds=second)
        count = 1 if second < 25 else 0
        tracks = Tracks(
            detections=Detections(
                xyxy=np.array([[200, 150, 440, 330]] * count, np.float32).reshape(-1, 4),
                confidence=np.full(count, 0.87, np.float32),
                class_id=np.full(count, CLASSES.index(class_name), np.int64),
            ),
            track_id=np.full(count, second, np.int64),
        )
        image = np.full((360, 640, 3), second * 5, np.uint8)
        frame = Frame(
            camera_id=camera_id,
            index=second,
            captured_at=at,
            media_time_s=float(second),
            image=image,
        )
        if second == 15:
            told += [
                (event, {})
                for event in monitor.lose_sight(
                    at=at, media_time_s=float(second), reason="camera_offline"
                )
            ]
            continue
        events = monitor.observe(
            tracks=tracks,
            frame_size_wh=frame.size_wh,
            captured_at=at,
            media_time_s=frame.media_time_s,
        )
        evidence.see(frame, tracks.detections, is_quiet=False)
        told += [evidence.document(event) for event in events]
    return told


@pytest.mark.parametrize(
    ("hazard", "scene"),
    [
        (HazardKind.FIRE_LANE_BLOCKED, (ZoneKind.FIRE_LANE, "car")),
        (HazardKind.EBIKE_IN_ELEVATOR, (ZoneKind.ELEVATOR, "ebike")),
        (HazardKind.EBIKE_INDOORS, (ZoneKind.CORRIDOR, "ebike")),
        (HazardKind.CORRIDOR_CLUTTER, (ZoneKind.CORRIDOR, "carton")),
    ],
)
def test_a_whole_story_arrives_as_one_incident_with_its_pictures(
    api: Api,
    store: SiteStore,
    deliver: Callable[[], Deliverer],
    hazard: HazardKind,
    scene: tuple[ZoneKind, str],
) -> None:
    told = story(*scene)
    assert {event.phase for event, _ in told} == set(Phase)
    for event, pictures in told:
        store.record(camera_id=event.camera_id, state={}, events=[event], pictures=pictures)
    status = deliver().status
    assert (status.dead, status.delivered) == (0, len(told)), status.last_error

    (incident,) = api.incidents()
    last = told[-1][0]
    assert incident["incident_key"] == last.incident_key
    assert incident["kind"] == hazard.value
    assert incident["phase"] == "end"
    assert incident["status"] == "found"
    assert incident["last_sequence"] == len(told)
    assert incident["measures"] == dict(last.measures)
    for name in ("first_seen", "last_seen", "raised_at"):
        assert datetime.fromisoformat(incident[name]) == getattr(last, name)

    detail = api.get(f"/api/v1/incidents/{incident['id']}").json()
    assert [event["body"] for event in detail["events"]] == [
        event_to_json(event) for event, _ in told
    ]
    sent = {name: content for _, pictures in told for name, content in pictures.items()}
    assert {picture["sha256"] for picture in detail["evidence"]} == set(sent)
    for picture in detail["evidence"]:
        assert api.get(picture["url"]).content == sent[picture["sha256"]]


def test_the_same_again_changes_nothing_and_something_else_is_a_dead_letter(
    api: Api, tmp_path: Path
) -> None:
    told = story(ZoneKind.FIRE_LANE, "car")
    first, pictures = told[0]
    for number, event in enumerate((first, first, replace(first, confidence=0.5))):
        with SiteStore(tmp_path / f"state-{number}") as store:
            store.record(camera_id="lane-1", state={}, events=[event], pictures=pictures)
            deliverer = Deliverer(store, HttpSink(url=api.url, api_key=api.key))
            deliverer.start()
            deliverer.stop(drain_s=10.0)
            assert store.counts().dead == (1 if number == 2 else 0)
            assert store.counts().pending == 0
            reasons = [letter.last_reason for letter in store.dead_letters()]
    assert "409" in reasons[0]
    (incident,) = api.incidents()
    assert incident["confidence"] == first.confidence


def test_an_incident_whose_start_was_refused_is_made_from_its_next_event(
    api: Api, store: SiteStore, deliver: Callable[[], Deliverer]
) -> None:
    start = make_event(measures={"No measure of ours": 1.0})
    store.record(camera_id="lane-1", state={}, events=[start, make_event(sequence=2)])
    deliver()
    (letter,) = store.dead_letters()
    assert letter.sequence == 1
    assert "422" in letter.last_reason
    assert "measures" in letter.last_reason
    (incident,) = api.incidents()
    assert (incident["phase"], incident["last_sequence"]) == ("update", 2)


def test_an_event_whose_picture_is_lost_is_taken_without_it(
    api: Api, store: SiteStore, deliver: Callable[[], Deliverer]
) -> None:
    event, pictures = story(ZoneKind.FIRE_LANE, "car")[0]
    store.record(camera_id="lane-1", state={}, events=[event], pictures=pictures)
    store.pictures.delete(event.evidence[0].sha256)
    assert deliver().status.dead == 0
    (incident,) = api.incidents()
    detail = api.get(f"/api/v1/incidents/{incident['id']}").json()
    assert [picture["sha256"] for picture in detail["evidence"]] == [event.evidence[1].sha256]


def test_a_wrong_key_keeps_the_event_and_the_right_one_delivers_it(
    api: Api, store: SiteStore, deliver: Callable[[], Deliverer]
) -> None:
    store.record(camera_id="lane-1", state={}, events=[make_event()])
    wrong = Deliverer(store, HttpSink(url=api.url, api_key=f"llk_{secrets.token_hex(16)}"))
    wrong.start()
    wait_until(lambda: wrong.status.last_error != "")
    assert "HTTP 401" in wrong.status.last_error
    wrong.stop(drain_s=0.0)
    assert store.counts().pending == 1
    deliver()
    assert len(api.incidents()) == 1


def test_a_key_of_another_site_keeps_the_event(api: Api, store: SiteStore, tmp_path: Path) -> None:
    store.record(camera_id="lane-1", state={}, events=[make_event(site="another")])
    deliverer = Deliverer(store, HttpSink(url=api.url, api_key=api.key))
    deliverer.start()
    wait_until(lambda: deliverer.status.last_error != "")
    assert "HTTP 403" in deliverer.status.last_error
    deliverer.stop(drain_s=0.0)
    assert (store.counts().pending, store.counts().dead) == (1, 0)


def test_both_halves_know_the_same_words() -> None:
    assert {kind.value for kind in HazardKind} == {kind.value for kind in CAMERA_KINDS}
    assert {phase.value for phase in Phase} == {phase.value for phase in ServicePhase}


def test_the_committed_api_description_names_exactly_our_fields(repo_root: Path) -> None:
    description = json.loads((repo_root / "service" / "openapi.json").read_text(encoding="utf-8"))
    schemas = description["components"]["schemas"]
    event, _ = story(ZoneKind.FIRE_LANE, "car")[0]
    written = event_to_json(event)
    for name, sample in (
        ("EventIn", written),
        ("SubjectIn", written["subjects"][0]),
        ("EvidenceIn", written["evidence"][0]),
    ):
        assert set(schemas[name]["properties"]) == set(sample)
        # The page lets two fields be left out.
        assert set(schemas[name]["required"]) == set(sample) - {
            "camera_name",
            "previous_incident_key",
        }
        assert schemas[name]["additionalProperties"] is False
    assert {EventIn.__name__, SubjectIn.__name__, EvidenceIn.__name__} <= set(schemas)


SHARE = st.floats(0, 1)
NAME = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=50)
MOMENT = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001  (hypothesis wants naive bounds)
    max_value=datetime(2900, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(
    st.builds(
        HazardEvent,
        kind=st.sampled_from(HazardKind),
        phase=st.sampled_from(Phase),
        site=NAME,
        camera_id=NAME,
        zone_id=NAME,
        camera_name=st.one_of(st.just(""), NAME),
        incident_key=st.text("0123456789abcdef", min_size=32, max_size=32),
        sequence=st.integers(1, 10**6),
        occurred_at=MOMENT,
        first_seen=MOMENT,
        last_seen=MOMENT,
        raised_at=MOMENT,
        media_time_s=st.floats(0, 1e9),
        confidence=SHARE,
        measures=st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True), SHARE),
        subjects=st.lists(
            st.builds(
                SubjectBox,
                class_name=NAME,
                confidence=SHARE,
                xyxy_norm=st.tuples(SHARE, SHARE, SHARE, SHARE),
            ),
            max_size=3,
        ).map(tuple),
        model=NAME,
        rule_version=NAME,
        reason=st.sampled_from(["", "clear", "camera_offline", "zone_removed"]),
        previous_key=st.one_of(st.just(""), st.text("0123456789abcdef", min_size=32, max_size=32)),
    )
)
def test_whatever_the_pipeline_may_say_the_service_understands(event: HazardEvent) -> None:
    understood, posted = parse_event(event_to_text(event).encode())
    assert posted == event_to_json(event)
    for name in (
        "occurred_at",
        "first_seen",
        "last_seen",
        "raised_at",
        "confidence",
        "sequence",
        "camera_name",
    ):
        assert getattr(understood, name) == getattr(event, name)
    assert dict(understood.measures) == dict(event.measures)
