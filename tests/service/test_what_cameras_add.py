"""What the ledger makes of a camera's measures and of its link to an earlier incident."""

from typing import Any


def test_severity_follows_the_way_that_is_left(api: Any, wire: Any) -> None:
    """A lane is usually `high`: with 4 m left it is milder, with less than 2.5 m worse."""
    found = {}
    for sequence, clear_m in enumerate((None, 4.2, 3.1, 2.4), start=1):
        measures = {"dwell_s": 200.0, "calibrated": 1.0, "required_width_m": 4.0}
        if clear_m is not None:
            measures["clear_width_m"] = clear_m
        number = api.post(wire.event("lane", sequence, measures=measures)).json()["incident_id"]
        found[clear_m] = api.get(f"/incidents/{number}").json()["severity"]
    assert found == {None: "high", 4.2: "medium", 3.1: "high", 2.4: "critical"}


def test_a_return_names_the_incident_before_it(api: Any, wire: Any) -> None:
    first = api.post(wire.event("first")).json()["incident_id"]
    body = wire.event("second", previous_incident_key="first")
    second = api.post(body).json()["incident_id"]
    assert api.get(f"/incidents/{second}").json()["returned_of_id"] == first
    assert api.get(f"/incidents/{first}").json()["returned_of_id"] is None
    # An empty word is no word: what an earlier version posted is still the same event.
    again = api.post(wire.event("first", previous_incident_key=""))
    assert again.status_code == 200, again.text
    unknown = api.post(wire.event("third", previous_incident_key="nobody-knows")).json()
    assert api.get(f"/incidents/{unknown['incident_id']}").json()["returned_of_id"] is None
