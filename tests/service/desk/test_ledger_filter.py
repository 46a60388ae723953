"""The ledger's filter survives the address bar, and says the same to page and export."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from service.desk.ledger_filter import LedgerFilter
from service.repository import EVERYWHERE
from service.tables import HazardKind, Source, Status

_DAYS = st.none() | st.dates(date(1970, 1, 1), date(2999, 12, 31))
FILTERS = st.builds(
    LedgerFilter,
    search=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20),
    status=st.lists(st.sampled_from([each.value for each in Status]), unique=True).map(tuple),
    kind=st.lists(st.sampled_from([each.value for each in HazardKind]), max_size=3).map(tuple),
    source=st.lists(st.sampled_from([each.value for each in Source]), max_size=2).map(tuple),
    compound_id=st.none() | st.integers(1, 10**9),
    building_id=st.none() | st.integers(1, 10**9),
    since_day=_DAYS,
    until_day=_DAYS,
    overdue=st.booleans(),
    rebound=st.booleans(),
)


@given(FILTERS)
def test_an_address_gives_the_same_filter_back(wanted: LedgerFilter) -> None:
    query = dict(parse_qsl(urlsplit(wanted.address()).query))
    assert LedgerFilter.read(query) == wanted
    assert LedgerFilter.read(wanted.plain()) == wanted


def test_nonsense_narrows_nothing() -> None:
    given_by_somebody = {
        "status": "open,found",
        "kind": "x",
        "compound_id": "1 or 1",
        "since_day": "yesterday",
        "until_day": "9999-12-31",
        "overdue": "perhaps",
    }
    assert LedgerFilter.read(given_by_somebody) == LedgerFilter(status=("found",))


def test_days_are_those_of_shanghai_and_both_included() -> None:
    wanted = LedgerFilter(since_day=date(2026, 1, 1), until_day=date(2026, 1, 31), overdue=True)
    which = wanted.to_incidents(EVERYWHERE)
    assert which.since == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert which.until == datetime(2026, 1, 31, 16, tzinfo=UTC)
    said = parse_qs(urlsplit("/x" + wanted.query()).query)
    assert said == {
        "since": ["2026-01-01T00:00:00+08:00"],
        "until": ["2026-02-01T00:00:00+08:00"],
        "overdue": ["true"],
    }
