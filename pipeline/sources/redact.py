"""Camera addresses: taking the secrets out for people, and mending them for the machine.

Addresses of cameras carry passwords in three places: before the ``@``, as query parameters
(``?user=admin&password=...``), and, with XiongMai and its many relabelled kin, as parameters
in the path (``/user=admin&password=...&channel=1``). Installers also type passwords as they
are, with ``@``, ``#`` or ``/`` in them, where a URL wants percent encoding. What people read is
therefore cut at the *last* ``@`` and rather hides too much than too little; what FFmpeg gets is
cut at the ``@`` that most likely stands before the host.
"""

import re
from urllib.parse import quote, unquote

__all__ = ["connectable_url", "redact_text", "redact_url"]

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_SECRET_PARAMETER = re.compile(
    r"(?i)(?<![a-z])((?:user|username|usr|login|pass|passwd|password|passwort|pwd|psw|token"
    r"|access_?token|auth|authorization|basic|key|api_?key|secret|sign|signature|sig|ticket"
    r"|session|credential|authbasic)=)([^&\s;]*)"
)
_URL_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")
_AUTHORITY_END = re.compile(r"[/?#]")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)(:\d{1,5})?")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _split_wide(url: str) -> tuple[str, str | None, str]:
    """Scheme with ``://``, all that may be secret before an ``@`` (None: nothing), the rest."""
    match = _SCHEME.match(url)
    if match is None:
        return "", None, url
    rest = url[match.end() :]
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0]
    # An @ behind the authority may belong to a raw password as soon as a colon stands before
    # it; without any colon (http://host/live@1) there is no password to hide.
    if "@" in rest and ("@" in authority or ":" in authority):
        user_part, _, tail = rest.rpartition("@")
        return match.group(0), user_part, tail
    return match.group(0), None, rest


def _split_likely(url: str) -> tuple[str, str | None, str]:
    """The same, split at the ``@`` that most likely stands before the host."""
    match = _SCHEME.match(url)
    if match is None:
        return "", None, url
    rest = url[match.end() :]
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0]
    if "@" not in authority and _HOST.fullmatch(authority):
        return match.group(0), None, rest
    cuts = [index for index, letter in enumerate(rest) if letter == "@"]
    if not cuts:
        return match.group(0), None, rest
    inside = [cut for cut in cuts if cut < len(authority)]
    for cut in inside[-1:] + [cut for cut in cuts if cut >= len(authority)]:
        host = _AUTHORITY_END.split(rest[cut + 1 :], maxsplit=1)[0]
        if _HOST.fullmatch(host) and ("." in host or ":" in host or host == "localhost"):
            break
    else:
        cut = (inside or cuts)[-1]
    return match.group(0), rest[:cut], rest[cut + 1 :]


def redact_url(url: str) -> str:
    """The address with user name, password, keys and tokens replaced by ``***``.

    Args:
        url: Any source: an address, a path, ``webcam:0``. Paths come back as they are.
    """
    scheme, user_part, rest = _split_wide(url)
    if not scheme:
        return url
    rest = _SECRET_PARAMETER.sub(r"\1***", rest)
    return f"{scheme}***@{rest}" if user_part is not None else f"{scheme}{rest}"


def _secrets(url: str) -> list[str]:
    """User part, password and user name as typed and decoded, the longest first."""
    _, user_part, rest = _split_wide(url)
    found = {match.group(2) for match in _SECRET_PARAMETER.finditer(rest)}
    if user_part:
        found.add(user_part)
        found.add(user_part.partition(":")[2])
    found |= {unquote(secret) for secret in found}
    found |= {quote(secret, safe="") for secret in found}
    # Two letters would tear holes into ordinary words.
    return sorted((s for s in found if len(s) >= 3), key=len, reverse=True)


def redact_text(text: str, url: str) -> str:
    """Free text, such as a library's message, without any secret of this address.

    Args:
        text: What may hold the address or parts of it.
        url: The address whose secrets must not appear.
    """
    text = text.replace(url, redact_url(url))
    text = _URL_IN_TEXT.sub(lambda match: redact_url(match.group(0)), text)
    for secret in _secrets(url):
        text = text.replace(secret, "***")
    return text


def connectable_url(url: str) -> str:
    """The address with user name and password percent-encoded, as FFmpeg expects them.

    What is encoded already stays; ``@``, ``#``, ``/`` and ``?`` in a password as typed become
    ``%40``, ``%23``, ``%2F`` and ``%3F``; a lone ``%`` becomes ``%25``.

    Args:
        url: An address with a scheme; anything else comes back as it is.
    """
    scheme, user_part, rest = _split_likely(url)
    if user_part is None:
        return url
    user, colon, password = _BAD_PERCENT.sub("%25", user_part).partition(":")
    safe = "%!$&'()*+,;=~-._"
    return f"{scheme}{quote(user, safe=safe)}{colon}{quote(password, safe=safe)}@{rest}"
