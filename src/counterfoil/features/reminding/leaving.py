"""
Ways out of the messages of a sender that cannot be answered: a link, and one press on the page behind it.

The code in the link is made with the installation's secret from sender, channel and digest, so a preview
shows the very link that is sent; what it stands for is kept when a message with it is written down.
"""

import base64
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from counterfoil.config.paths import WAY_OUT_PATH
from counterfoil.features.reminding.ledger import hold_wish
from counterfoil.features.reminding.models import Channel, LedgerEntry, Message, SenderChoices, WayOut
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces

_BYTES = 9  # of the code: nobody guesses one of so many


def write_link(*, sender: str, channel: str, digest: bytes) -> str:
    """Return the address at which this person ends this sender's messages."""
    return f"{settings.COUNTERFOIL_URL}{WAY_OUT_PATH}{_make_code(sender, channel, digest)}"


def keep_way_out(message: Message, *, sender: str, now: datetime) -> None:
    """Keep what the link in a message stands for, once; an e-mail has it where mail programs look."""
    digest = bytes(message.digest or b"")
    link = write_link(sender=sender, channel=message.channel, digest=digest)
    if link not in message.text and message.channel != Channel.EMAIL:
        return
    way = WayOut(
        workspace_id=message.workspace_id,
        code=_make_code(sender, message.channel, digest),
        sender=sender,
        channel=message.channel,
        digest=digest,
        made_at=now,
    )
    WayOut.objects.bulk_create([way], ignore_conflicts=True)


def find_way_out(code: str) -> WayOut | None:
    """Return what a code stands for, whoever asks: to have the code is the right to use it."""
    with across_workspaces():
        return WayOut.objects.filter(code=code).first()


def read_standing(way: WayOut) -> LedgerEntry | None:
    """Return the person's last word to the sender, or to the whole firm, about getting messages."""
    words = LedgerEntry.objects.filter(
        workspace=way.workspace_id,
        sender__in=("", way.sender),
        channel=way.channel,
        digest=bytes(way.digest),
        act__in=(LedgerEntry.Act.STOPPED, LedgerEntry.Act.STARTED, LedgerEntry.Act.MISREAD),
    )
    latest = list(words.order_by("sender", "-pk").distinct("sender"))
    stopped = [one for one in latest if one.act == LedgerEntry.Act.STOPPED]
    return next(iter(stopped or latest), None)


def can_undo(standing: LedgerEntry | None, way: WayOut) -> bool:
    """Say whether what stands was pressed here: a STOP that was written is taken back by writing."""
    return (
        standing is not None
        and standing.act == LedgerEntry.Act.STOPPED
        and standing.source == LedgerEntry.Source.LINK
        and standing.sender == way.sender
    )


def leave(way: WayOut, *, now: datetime) -> None:
    """Note that the person wants no more messages of this sender; a second press changes nothing."""
    with transaction.atomic():
        hold_wish(bytes(way.digest))
        standing = read_standing(way)
        if standing is None or standing.act != LedgerEntry.Act.STOPPED:
            _note(way, LedgerEntry.Act.STOPPED, now)


def come_back(way: WayOut, *, now: datetime) -> bool:
    """Take back what was pressed here, and return whether there was anything to take back."""
    with transaction.atomic():
        hold_wish(bytes(way.digest))
        if not can_undo(read_standing(way), way):
            return False
        _note(way, LedgerEntry.Act.STARTED, now)
    return True


def name_sender(way: WayOut) -> str:
    """Return what the sender calls itself; nothing once its connection was removed."""
    organisation = Organisation.objects.filter(workspace=way.workspace_id, tenant_id=way.sender).first()
    if organisation is None:
        return ""
    choices = SenderChoices.objects.filter(organisation=organisation).first()
    return (choices.business if choices else "") or organisation.name


def _note(way: WayOut, act: str, now: datetime) -> None:
    LedgerEntry.objects.create(
        workspace_id=way.workspace_id,
        sender=way.sender,
        channel=way.channel,
        digest=bytes(way.digest),
        act=act,
        source=LedgerEntry.Source.LINK,
        at=now,
    )


def _make_code(sender: str, channel: str, digest: bytes) -> str:
    said = "|".join((sender, channel, digest.hex()))
    made = salted_hmac("counterfoil.reminding.way_out", said, algorithm="sha256").digest()[:_BYTES]
    return base64.urlsafe_b64encode(made).decode()
