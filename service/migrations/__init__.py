"""Alembic's folder: the service brings its database up to date by itself at start."""

__all__: list[str] = []
