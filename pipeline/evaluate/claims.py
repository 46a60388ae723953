"""From the phases of incidents to one claim each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.evaluate.truth import Claim
from pipeline.types import HazardEvent, Phase

__all__ = ["fold_claims"]

_STAGE_RAISED = 2.0


@dataclass(slots=True)
class _Told:
    claim: Claim
    raised: bool


def fold_claims(events: Iterable[HazardEvent], *, start_at: datetime) -> list[Claim]:
    """Turn the phases of incidents into one claim each, in seconds after ``start_at``.

    A warning (stage 1) is no claim yet; it becomes one when it is raised.
    """

    def seconds(moment: datetime) -> float:
        return (moment - start_at).total_seconds()

    told: dict[str, _Told] = {}
    for event in events:
        width = event.measures.get("clear_width_m")
        known = told.get(event.incident_key)
        raised = event.measures.get("stage", _STAGE_RAISED) >= _STAGE_RAISED
        if known is None:
            known = told[event.incident_key] = _Told(
                claim=Claim(
                    kind=event.kind,
                    zone_id=event.zone_id,
                    first_seen_s=seconds(event.first_seen),
                    raised_at_s=seconds(event.occurred_at),
                    clear_width_m=width,
                ),
                raised=raised,
            )
        elif raised and not known.raised:
            known.raised = True
            known.claim = replace(
                known.claim, raised_at_s=seconds(event.occurred_at), clear_width_m=width
            )
        if event.phase is Phase.END:
            known.claim = replace(known.claim, ended_at_s=seconds(event.occurred_at))
    return [each.claim for each in told.values() if each.raised]
