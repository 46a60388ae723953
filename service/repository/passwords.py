"""Password hashes: argon2id; the scrypt ones of earlier versions are still understood."""

import base64
import hashlib
import hmac
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = [
    "MIN_PASSWORD_CHARACTERS",
    "hash_password",
    "make_password",
    "needs_rehash",
    "nobody",
    "password_matches",
]

MIN_PASSWORD_CHARACTERS = 8
# RFC 9106, second recommended option: 64 MiB, some tens of milliseconds for each try.
_HASHER = PasswordHasher()
_SCRYPT_MEMORY_BYTES = 64 * 1024 * 1024
# Generated passwords are read from a screen: no 0/O, 1/l/I.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def make_password() -> str:
    """A password for reading aloud: four groups of four characters, 78 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def hash_password(password: str) -> str:
    """The argon2id hash with its salt and parameters."""
    return _HASHER.hash(_bytes(password))


def _scrypt_matches(password: str, kept: str) -> bool:
    _, n, r, p, salt, digest = kept.split("$")
    actual = hashlib.scrypt(
        _bytes(password),
        salt=base64.b64decode(salt),
        n=int(n),
        r=int(r),
        p=int(p),
        maxmem=_SCRYPT_MEMORY_BYTES,
    )
    return hmac.compare_digest(actual, base64.b64decode(digest))


def password_matches(password: str, kept: str) -> bool:
    """Whether this is the password of the hash; an empty hash has none."""
    if kept.startswith("scrypt$"):
        return _scrypt_matches(password, kept)
    try:
        return _HASHER.verify(kept, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(kept: str) -> bool:
    """Whether the hash is older or weaker than what is made today."""
    return kept.startswith("scrypt$") or _HASHER.check_needs_rehash(kept)


@cache
def nobody() -> str:
    """A hash nobody knows: an unknown name costs as much time as a wrong password."""
    return hash_password(secrets.token_hex(16))
