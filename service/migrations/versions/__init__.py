"""One file per step of the database, in order."""

__all__: list[str] = []
