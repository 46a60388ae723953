"""Numbers that grow: the change feed's, and those of cases and papers."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.repository.listening import notify_others
from service.tables import FeedRow, NumberRow

__all__ = ["next_number", "next_seq"]


def next_seq(session: Session) -> int:
    """The next ``changed_seq``; others who want one wait until this transaction has ended.

    Take it after every other lock and right before what it marks: the wait is then short,
    and whoever has read up to a number has missed nothing below it. Other processes hear of it.
    """
    notify_others(session)
    return session.execute(
        update(FeedRow)
        .where(FeedRow.id == 1)
        .values(last=FeedRow.last + 1)
        .returning(FeedRow.last)
        .execution_options(synchronize_session=False)
    ).scalar_one()


def next_number(session: Session, *, compound_id: int, series: str, year: int) -> int:
    """The next number of a series (``ledger``, ``notice``, …) of one compound and year, from 1.

    Without a gap: a transaction that is rolled back gives its number back.
    """
    where = (
        NumberRow.compound_id == compound_id,
        NumberRow.series == series,
        NumberRow.year == year,
    )
    found = session.execute(
        update(NumberRow)
        .where(*where)
        .values(last=NumberRow.last + 1)
        .returning(NumberRow.last)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if found is not None:
        return found
    # Two firsts at once: the unique key refuses one, which `transact` runs anew.
    session.add(NumberRow(compound_id=compound_id, series=series, year=year, last=1))
    session.flush()
    return session.execute(select(NumberRow.last).where(*where)).scalar_one()
