"""LifeLane's desk half: the incident API, its ledger and the desk page."""

__all__: list[str] = []
