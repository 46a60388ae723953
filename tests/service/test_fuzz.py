"""Whatever is posted, the answer is one of those the wire format lists; never 500."""

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LISTED = {200, 201, 403, 409, 413, 415, 422}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**62, max_value=2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["2026-01-05T02:11:09Z", "9999-12-31T23:59:59Z", "\x00", "\ud800", "1" * 200, "image/png"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["class", "role", "sha256", "dwell_s"]) | st.text(max_size=8),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
CHECKED = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@CHECKED
@given(data=st.data())
def test_any_change_of_an_event_gets_a_listed_answer(
    shared_api: Any, wire: Any, data: st.DataObject
) -> None:
    body = copy.deepcopy(wire.event())
    for name in data.draw(st.lists(st.sampled_from(sorted(body)), min_size=1, max_size=3)):
        if data.draw(st.booleans(), label="drop"):
            body.pop(name, None)
        else:
            body[name] = data.draw(JSON, label=name)
    headers = shared_api.headers() | {"Content-Type": "application/json"}
    answer = shared_api.http.post("/api/v1/events", content=json.dumps(body), headers=headers)
    assert answer.status_code in LISTED, answer.text
    assert answer.status_code in (200, 201) or answer.json()["detail"]


@CHECKED
@given(value=JSON)
def test_any_json_gets_a_listed_answer(shared_api: Any, value: Any) -> None:
    headers = shared_api.headers() | {"Content-Type": "application/json"}
    answer = shared_api.http.post("/api/v1/events", content=json.dumps(value), headers=headers)
    assert answer.status_code == 422


@CHECKED
@given(
    pieces=st.lists(
        st.binary(max_size=40)
        | st.sampled_from(
            [
                b"--b\r\n",
                b"\r\n--b--\r\n",
                b"\r\n--b\r\n",
                b'Content-Disposition: form-data; name="event"\r\n\r\n',
                b'Content-Disposition: form-data; name="evidence"; filename="x"\r\n\r\n',
                b"Content-Disposition: form-data\r\n\r\n",
                b"\r\n",
                b"{}",
            ]
        ),
        max_size=8,
    )
)
def test_any_multipart_gets_a_listed_answer(shared_api: Any, pieces: list[bytes]) -> None:
    headers = shared_api.headers() | {"Content-Type": "multipart/form-data; boundary=b"}
    answer = shared_api.http.post("/api/v1/events", content=b"".join(pieces), headers=headers)
    assert answer.status_code in LISTED - {200, 201}


@CHECKED
@given(
    query=st.dictionaries(
        st.sampled_from(
            ["status", "phase", "kind", "site", "camera_id", "since", "until", "limit", "cursor"]
        ),
        st.text(st.characters(codec="utf-8"), max_size=30) | st.integers().map(str),
        max_size=3,
    )
)
def test_any_query_gets_a_listed_answer(shared_api: Any, query: dict[str, str]) -> None:
    answer = shared_api.get("/incidents", **query)
    assert answer.status_code in (200, 403, 422), answer.text
