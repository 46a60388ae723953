"""What an installation may set. Built by the command line or a test, never read at import."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from service.errors import SettingsError
from service.forms.words import FormSettings

__all__ = ["API_PREFIX", "SESSION_COOKIE", "Settings", "read_office"]

#: Where the API's routes begin.
API_PREFIX = "/api/v1"
#: Name of the cookie that holds a desk sign-in.
SESSION_COOKIE = "lifelane_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that ``create_app`` needs to know.

    Attributes:
        data_dir: Folder of the database file and the evidence; made when absent.
        database_url: SQLAlchemy URL, such as ``postgresql+psycopg://user@host/db``;
            None means ``lifelane.sqlite3`` in ``data_dir``.
        site: Binds the first API key to this site at once; None lets the first site that
            posts with the key have it.
        desk: Whether the desk page is mounted.
        secure_cookies: Mark session cookies ``Secure``; set where TLS is served.
        session_hours: How long a desk sign-in lasts, in hours.
        alerts: Whether this process decides and sends what is due.
        forms: What the office prints on its forms.
        form_templates: A folder of the office's own Word templates, None for ours.
        site_file: The cameras' site file, to be set up in the browser; None hides that page.
        max_event_bytes: Limit of the event's JSON.
        max_picture_bytes: Limit of one picture.
        max_pictures: Pictures in one post.
        max_photo_bytes: Limit of one photo of a patrol.
        max_photos: Photos in one upload, those inside archives counted.
        max_upload_bytes: Limit of one upload, and of what its archives unpack to.
        keep_pictures_days: Days after close-out that pictures are kept; open cases keep
            theirs. State Council Order 799 asks for at least 30.
        max_failures_per_minute: Wrong keys or passwords from one address before it must wait.
    """

    data_dir: Path
    database_url: str | None = None
    site: str | None = None
    desk: bool = True
    secure_cookies: bool = False
    session_hours: float = 12.0
    alerts: bool = False
    forms: FormSettings = field(default_factory=FormSettings)
    form_templates: Path | None = None
    site_file: Path | None = None
    max_event_bytes: int = 256 * 1024
    max_picture_bytes: int = 10 * 1024 * 1024
    max_pictures: int = 8
    max_photo_bytes: int = 32 * 1024 * 1024
    max_photos: int = 500
    max_upload_bytes: int = 512 * 1024 * 1024
    max_failures_per_minute: int = 30
    keep_pictures_days: int = 30

    @property
    def evidence_dir(self) -> Path:
        """Where the pictures lie, named by their content."""
        return self.data_dir / "evidence"


def read_office(path: Path) -> FormSettings:
    """What an office prints on its forms, from a YAML file with the fields of `FormSettings`.

    Raises:
        SettingsError: It cannot be read, or a field is unknown or of another type.
    """
    try:
        data = yaml.safe_load(path.read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"--office {path}: cannot be read as YAML: {error}") from error
    known = {each.name: type(each.default) for each in fields(FormSettings)}
    if not isinstance(data, dict):
        raise SettingsError(f"--office {path}: expected the fields {', '.join(known)}")
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name not in known:
            raise SettingsError(
                f"--office {path}: {name}: no such field: expected one of {', '.join(known)}"
            )
        wanted = known[name]
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            values[name] = float(value)
        elif isinstance(value, wanted):
            values[name] = value
        else:
            raise SettingsError(
                f"--office {path}: {name}: expected {'text' if wanted is str else 'a number'},"
                f" found {value!r}"
            )
    return FormSettings(**values)
