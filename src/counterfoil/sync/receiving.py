"""
Takes webhooks in: those that come at once are kept in one transaction, and answered when it is on disk.

Xero may post a thousand in a second. A transaction and a look at the keys for each would take most of a
small machine; shared by all that wait, they take next to nothing, and nobody waits longer for it.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from counterfoil.sync.app import WebhookKey, list_webhook_keys
from counterfoil.sync.deliveries import Incoming, find_signers, store_deliveries


@dataclass(eq=False)
class _Post:
    body: bytes
    signature: str
    is_test: bool
    now: datetime
    is_done: bool = False
    signers: Sequence[WebhookKey] = field(default_factory=list)
    error: BaseException | None = None


class Mailroom:
    """Where the requests of one process meet; whoever comes first does the work of all who wait."""

    def __init__(self) -> None:
        self._waiting: list[_Post] = []
        self._adding = threading.Lock()
        self._working = threading.Lock()

    def take_in(self, body: bytes, signature: str, *, is_test: bool, now: datetime) -> bool:
        """
        Keep a post, and say whether any app has signed it; what nobody has signed is not kept.

        When this returns, it is on disk. Raises what the database raises; then nothing is kept.
        """
        post = _Post(body, signature, is_test, now)
        with self._adding:
            self._waiting.append(post)
        with self._working:
            if not post.is_done:
                self._do_all()
        if post.error is not None:
            raise post.error
        return bool(post.signers)

    def _do_all(self) -> None:
        with self._adding:
            posts, self._waiting = self._waiting, []
        error: BaseException | None = None
        try:
            _keep(posts)
        except BaseException as problem:  # noqa: BLE001 - each of those who wait raises it
            error = problem
        for post in posts:
            post.error, post.is_done = error, True


def _keep(posts: Sequence[_Post]) -> None:
    keys = list_webhook_keys()
    for post in posts:
        post.signers = find_signers(post.body, post.signature, keys)
    store_deliveries(
        Incoming(post.body, post.signers, post.is_test, post.now) for post in posts if post.signers
    )


MAILROOM = Mailroom()
