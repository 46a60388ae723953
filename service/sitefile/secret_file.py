"""The file beside a site file that holds the cameras' passwords."""

import os
import re
import secrets
from pathlib import Path

from service.errors import InvalidRequest, StorageUnavailable

__all__ = ["fill_in", "put_secret", "read_secret_file", "secret_path", "variable_for"]


def secret_path(site_file: Path) -> Path:
    """``site.secrets`` beside ``site.yaml``; `lifelane watch` reads it there."""
    return site_file.with_suffix(".secrets")


def variable_for(camera_id: str) -> str:
    """Name of the variable that holds a camera's password."""
    return "CAMERA_" + re.sub(r"[^A-Za-z0-9]", "_", camera_id).upper() + "_PASSWORD"


def read_secret_file(site_file: Path) -> dict[str, str]:
    """Its variables; empty where there is no file."""
    try:
        text = secret_path(site_file).read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise StorageUnavailable(f"{secret_path(site_file)}: cannot be read: {error}") from None
    pairs = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {name.strip(): value.strip() for name, is_pair, value in pairs if is_pair}


def fill_in(site_file: Path, written: str) -> str:
    """Give an address of the site file with its variables, as the watcher would read it.

    Raises:
        InvalidRequest: A variable is set neither in the environment nor beside the site file.
    """
    known = read_secret_file(site_file) | dict(os.environ)

    def value_of(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise InvalidRequest(
                f"${{{match[1]}}}: not set; type the camera's password again and save it"
            )
        return known[match[1]]

    return re.sub(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value_of, written)


def put_secret(site_file: Path, name: str, value: str) -> None:
    """Write one variable, keeping all other lines; only the owner can read the file.

    Raises:
        InvalidRequest: The value has a line break.
        StorageUnavailable: The file cannot be written.
    """
    if "\n" in value or "\r" in value:
        raise InvalidRequest("password: expected one line, got a line break in it")
    path = secret_path(site_file)
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        lines = ["# Passwords of the cameras, as ${NAME} in the site file. Keep this file to 0600."]
    except (OSError, UnicodeDecodeError) as error:
        raise StorageUnavailable(f"{path}: cannot be read: {error}") from None
    kept = [line for line in lines if line.partition("=")[0].strip() != name]
    text = "\n".join([*kept, f"{name}={value}"]) + "\n"
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StorageUnavailable(f"{path}: cannot be written: {error.strerror}") from error
