"""One attempt at a source: listening to a capture process until it ends, fails or stalls."""

import time
from collections.abc import Callable

from pipeline.errors import (
    SourceAuthError,
    SourceError,
    SourceStalled,
    SourceUnreachable,
    SourceUnreadable,
)
from pipeline.sources import link
from pipeline.sources.group import Channel
from pipeline.sources.spec import SourceSpec

__all__ = ["CaptureCrashed", "RecordingEnded", "listen"]

#: A loaded machine may take its time to start a Python with FFmpeg.
_BOOT_TIMEOUT_S = 60.0
#: The capture process has limits of its own and words them better; we step in after them.
_GRACE_S = 2.0

_ERRORS: dict[str, type[SourceError]] = {
    kind.code: kind
    for kind in (SourceError, SourceAuthError, SourceStalled, SourceUnreachable, SourceUnreadable)
}


class RecordingEnded(Exception):  # noqa: N818  (internal signal between two modules)
    """The recording has come to its end; the text says what was wrong with it, if anything."""


class CaptureCrashed(SourceError):  # noqa: N818  (internal signal between two modules)
    """The capture process died without a word, or never came up."""


def listen(
    channel: Channel,
    spec: SourceSpec,
    *,
    on_frame: Callable[[link.Message], None],
    on_figures: Callable[[link.Message], None],
    on_clip: Callable[[link.Message], None],
) -> None:
    """Take what a capture process sends of one source; always leaves by an exception.

    Args:
        channel: The attempt; whoever calls ends it afterwards.
        spec: The source that it reads.
        on_frame: Called for each picture; may block to slow the process down.
        on_figures: Called with each message that says how the attempt goes.
        on_clip: Called when a clip was cut, or could not be.

    Raises:
        RecordingEnded: There is nothing more to come.
        SourceError: Why the source was lost.
        CaptureCrashed: The process died.
    """
    waiting_for, limit_s = "boot", _BOOT_TIMEOUT_S
    sound_until_s = time.monotonic() + limit_s
    is_damaged = False
    while True:
        try:
            message = channel.receive(sound_until_s - time.monotonic())
        except link.LinkQuiet:
            raise _too_late(spec, waiting_for, is_damaged=is_damaged) from None
        except link.LinkClosed:
            raise CaptureCrashed(
                f"camera {spec.camera_id}: the process that reads {spec.redacted} died"
                f" ({channel.last_words()}); it is started again"
            ) from None
        fields = message.fields
        if "decode_errors" in fields:
            on_figures(message)
        if message.kind == "clip":
            on_clip(message)
            continue
        if message.kind == "damage":
            is_damaged = True
            continue  # damaged pictures do not prove a sound stream
        if message.kind == "ready":
            waiting_for, limit_s = "connect", spec.connect_timeout_s + _GRACE_S
        elif message.kind == "opened":
            waiting_for, limit_s = "picture", spec.stall_timeout_s
        elif message.kind == "frame":
            on_frame(message)
        elif message.kind == "end":
            raise RecordingEnded(fields["problem"])
        elif message.kind == "failed":
            raise _ERRORS[fields["code"]](fields["message"])
        is_damaged = False
        sound_until_s = time.monotonic() + limit_s


def _too_late(spec: SourceSpec, waiting_for: str, *, is_damaged: bool) -> SourceError:
    who = f"camera {spec.camera_id}"
    if waiting_for == "boot":
        return CaptureCrashed(
            f"{who}: the capture process did not start within {_BOOT_TIMEOUT_S:g} s;"
            " is the machine overloaded?"
        )
    if waiting_for == "connect":
        return SourceUnreachable(
            f"{who}: {spec.redacted} could not be opened within {spec.connect_timeout_s:g} s;"
            " check address, name server and network"
        )
    if is_damaged:
        return SourceStalled(
            f"{who}: only damaged pictures from {spec.redacted} for {spec.stall_timeout_s:g} s;"
            " check the network, or choose H.264 and a lower bit rate in the camera"
        )
    return SourceStalled(
        f"{who}: no picture from {spec.redacted} for {spec.stall_timeout_s:g} s although the"
        " connection stands; restart the camera if this lasts"
    )
