"""Every error that LifeLane's camera half raises on purpose.

LifeLaneError
├── ConfigError            a site file or a command-line value is wrong
├── SourceError            a camera, stream or file gives no frames
│   ├── SourceAuthError    the camera refused the user or password
│   ├── SourceUnreachable  nothing answers at that address
│   ├── SourceStalled      connected, but no frame within the limit
│   └── SourceUnreadable   it answers, but what comes is no video
├── PhotoError             a photo cannot be used (empty, no picture, too large)
├── ModelError             weights are missing, changed or do not fit
├── StateError             the state on disk cannot be read or written
└── DeliveryError          the incident API refused an event for good

Messages say what was expected, what was found and how to mend it. They never hold a
password or a key.
"""

__all__ = [
    "ConfigError",
    "DeliveryError",
    "LifeLaneError",
    "ModelError",
    "PhotoError",
    "SourceAuthError",
    "SourceError",
    "SourceStalled",
    "SourceUnreachable",
    "SourceUnreadable",
    "StateError",
]


class LifeLaneError(Exception):
    """Root of every error raised on purpose; the command line prints it without a traceback."""


class ConfigError(LifeLaneError):
    """A site file or a command-line value is wrong; the message names the field and the fix."""


class SourceError(LifeLaneError):
    """A camera, stream or file gives no frames."""

    #: Stable word for metrics and the API; subclasses narrow it.
    code = "source_error"


class SourceAuthError(SourceError):
    """The camera refused the user name or the password."""

    code = "auth_failed"


class SourceUnreachable(SourceError):  # noqa: N818  (reads as the state it reports)
    """Nothing answers at that address."""

    code = "unreachable"


class SourceStalled(SourceError):  # noqa: N818
    """The connection stands, but no frame came within the limit."""

    code = "stalled"


class SourceUnreadable(SourceError):  # noqa: N818
    """Something answers, but what comes is no video that can be decoded."""

    code = "unreadable"


class PhotoError(LifeLaneError):
    """A photo cannot be used: empty, no picture at all, cut short or too large."""


class ModelError(LifeLaneError):
    """Weights are missing, changed since their release, or do not fit the registry."""


class StateError(LifeLaneError):
    """The state on disk cannot be read or written."""


class DeliveryError(LifeLaneError):
    """The incident API refused an event for good; the event is kept as a dead letter."""
