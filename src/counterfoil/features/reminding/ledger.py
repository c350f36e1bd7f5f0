"""
Who wants messages and who does not, known by keyed digests alone.

The digest says nothing to whoever reads the table, and still tells a number again after everything else about
its owner was removed and forgotten (K25).
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from counterfoil.features.reminding.models import LedgerEntry, LedgerKey

_ABOUT_STOPPING = (LedgerEntry.Act.STOPPED, LedgerEntry.Act.STARTED, LedgerEntry.Act.MISREAD)
_ABOUT_CONSENT = (LedgerEntry.Act.CONSENTED, LedgerEntry.Act.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Wishes:
    """Of the people who were asked about: who wants no messages, and whose consent is noted."""

    stopped: frozenset[bytes]
    consented: frozenset[bytes]


def get_ledger_key(*, now: datetime) -> bytes:
    """
    Return the installation's key, made when it is first needed.

    Raises InvalidToken when it cannot be read: then nobody can be asked about, and nothing is sent.
    """
    key = LedgerKey.objects.first()
    if key is None:
        # Whoever is first makes it; everybody reads what is there.
        LedgerKey.objects.bulk_create(
            [LedgerKey(secret=secrets.token_hex(32), made_at=now)], ignore_conflicts=True
        )
        key = LedgerKey.objects.get()
    return bytes.fromhex(key.secret)


def make_digest(key: bytes, address: str) -> bytes:
    """Return the keyed digest of a number in its international form, or of an e-mail address."""
    return hmac.new(key, address.strip().casefold().encode(), hashlib.sha256).digest()


def hold_wish(digest: bytes) -> None:
    """Let nobody else change or act on what a person wants until the transaction ends."""
    number = int.from_bytes(digest[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [number])


def read_wishes(*, workspace_id: int, sender: str, channel: str, digests: Collection[bytes]) -> Wishes:
    """
    Return what these people want of a sender; two queries.

    What somebody said to the whole firm holds for each of its senders, and the other way round it does not.
    """
    stopped = _read_latest(workspace_id, sender, channel, digests, _ABOUT_STOPPING)
    consents = _read_latest(workspace_id, sender, channel, digests, _ABOUT_CONSENT)
    withdrawn = {digest for digest, act in consents if act == LedgerEntry.Act.WITHDRAWN}
    return Wishes(
        stopped=frozenset(digest for digest, act in stopped if act == LedgerEntry.Act.STOPPED),
        consented=frozenset(digest for digest, _ in consents) - withdrawn,
    )


def _read_latest(
    workspace_id: int, sender: str, channel: str, digests: Collection[bytes], acts: Collection[str]
) -> list[tuple[bytes, str]]:
    """Return the last word of each person to this sender, and that to the whole firm."""
    entries = LedgerEntry.objects.filter(
        Q(sender=sender) | Q(sender=""), workspace_id=workspace_id, channel=channel, act__in=acts
    )
    if len(digests) <= _FEW:
        entries = entries.filter(digest__in=list(digests))
    latest = entries.order_by("sender", "digest", "-pk").distinct("sender", "digest")
    return [(bytes(digest), act) for digest, act in latest.values_list("digest", "act")]


# Beyond it all of a firm's wishes are read at once: fewer than one recipient in a hundred has any.
_FEW = 1000
