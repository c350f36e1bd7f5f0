"""The tables of reminders."""

from counterfoil.features.reminding.models.campaigns import Campaign, Channel, Step, Wording
from counterfoil.features.reminding.models.messages import Message, MessageInvoice, PayLink, Reply
from counterfoil.features.reminding.models.people import (
    ContactChoice,
    Held,
    HeldClient,
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
    "HeldClient",
    "LedgerEntry",
    "LedgerKey",
    "Message",
    "MessageInvoice",
    "PackEdit",
    "PackEvent",
    "PayLink",
    "Reach",
    "Reply",
    "SenderChoices",
    "Step",
    "WayOut",
    "Wording",
]
