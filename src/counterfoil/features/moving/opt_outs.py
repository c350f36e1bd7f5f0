"""
Who wants no messages, in an installation whose key is another.

Wishes are kept by keyed digests alone. Where the other installation has the same key, as after a restore,
they hold as they are. Elsewhere a wish goes along by the address that it is about, where the firm knows it.
"""

from datetime import datetime
from hashlib import sha256

from counterfoil.features.reminding.ledger import get_ledger_key, make_digest
from counterfoil.features.reminding.models import Message, Reach, Reply


def say_which_key(*, now: datetime) -> str:
    """Return by what this installation's key is told from others; nobody makes the key from it."""
    return sha256(b"which ledger key" + get_ledger_key(now=now)).hexdigest()[:16]


def find_addresses() -> dict[str, str]:
    """Return the addresses and numbers that the firm knows, by their digests as the database writes them."""
    known: dict[str, str] = {}
    for model, digest, address in (
        (Message, "digest", "address"),
        (Reply, "digest", "address"),
        (Reach, "number_digest", "number"),
        (Reach, "email_digest", "email"),
    ):
        rows = model._default_manager.exclude(**{digest: None}).exclude(**{address: ""})
        for found, text in rows.values_list(digest, address).iterator():
            known[write_bytes(bytes(found))] = text
    return known


def make_anew(key: bytes, address: str) -> str:
    """Return this installation's digest of an address, as the database writes it."""
    return write_bytes(make_digest(key, address))


def write_bytes(content: bytes) -> str:
    """Return bytes as the database writes them."""
    return "\\x" + content.hex()
