"""The command line: one command, `lifelane`, over both halves."""

__all__: list[str] = []
