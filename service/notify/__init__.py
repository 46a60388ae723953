"""Messages to people and systems outside: texts, and how each kind of channel takes them."""

from service.notify.messages import Message, SendFailed, cloud_event
from service.notify.senders import CHANNEL_KINDS, check_channel, send, shown_url

__all__ = [
    "CHANNEL_KINDS",
    "Message",
    "SendFailed",
    "check_channel",
    "cloud_event",
    "send",
    "shown_url",
]
