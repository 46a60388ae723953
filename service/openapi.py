"""Prints the API's description: ``python -m service.openapi > service/openapi.json``."""

import json
import sys
import tempfile
from pathlib import Path

from service.app import create_app
from service.settings import Settings

__all__ = ["render_openapi"]


def render_openapi() -> str:
    """The description as it is committed: sorted, indented, with a newline at the end."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=Path(folder), desk=False))
        try:
            described = app.openapi()
        finally:
            app.state.services.database.close()
    return json.dumps(described, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render_openapi())
