"""
Doing once what a program posts under a key of its own, however often it asks.

All of it happens in the transaction of the act itself. Of two requests with one key the second waits at
the key until the first has ended, and then finds its answer, or, if nothing came of it, does it anew.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from counterfoil.features.access.models import ApiToken, KeptAnswer

LONGEST_KEY = 200


class KeyUsedForAnother(Exception):
    """The key belongs to something else that was posted before."""


@dataclass(frozen=True)
class Given:
    """What was answered before."""

    status: int
    body: str


def begin(token: ApiToken, *, key: str, method: str, path: str, body: bytes, now: datetime) -> Given | None:
    """
    Take a key; return what was answered under it before, or None when it is to be done now.

    Raises KeyUsedForAnother.
    """
    digest = sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest()
    fresh = KeptAnswer(workspace_id=token.workspace_id, token=token, key=key, digest=digest, kept_at=now)
    KeptAnswer.objects.bulk_create([fresh], ignore_conflicts=True)
    kept = KeptAnswer.objects.get(token=token, key=key)
    if kept.digest != digest:
        raise KeyUsedForAnother
    return Given(kept.status, kept.body) if kept.status else None


def keep(token: ApiToken, *, key: str, status: int, body: str) -> None:
    """Keep the answer to what was done under the key."""
    KeptAnswer.objects.filter(token=token, key=key).update(status=status, body=body)
