"""The tables of reminders."""

from counterfoil.features.reminding.models.campaigns import Campaign, Channel, Step, Wording
from counterfoil.features.reminding.models.messages import Message, MessageInvoice, Reply
from counterfoil.features.reminding.models.people import (
    ContactChoice,
    Held,
    LedgerEntry,
    LedgerKey,
    PackEdit,
    PackEvent,
    Reach,
    WayOut,
)
from counterfoil.features.reminding.models.senders import SenderChoices

__all__ = [
    "Campaign",
    "Channel",
    "ContactChoice",
    "Held",
    "LedgerEntry",
    "LedgerKey",
    "Message",
    "MessageInvoice",
    "PackEdit",
    "PackEvent",
    "Reach",
    "Reply",
    "SenderChoices",
    "Step",
    "WayOut",
    "Wording",
]
