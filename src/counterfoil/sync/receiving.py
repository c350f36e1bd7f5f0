"""
Takes webhooks in: those that come at once are kept in one transaction, and answered when it is on disk.

Xero may post a thousand in a second. A transaction and a look at the keys for each would take most of a
small machine; shared by all that wait, they take next to nothing, and nobody waits longer for it.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from counterfoil.sync.app import WebhookKey, list_webhook_keys
from counterfoil.sync.deliveries import Incoming, find_signers, store_deliveries

# How long whoever does the work waits for others to come.
_GATHERS_S = 0.003


@dataclass(eq=False)
class _Post:
    body: bytes
    signature: str
    is_test: bool
    now: datetime
    signers: Sequence[WebhookKey] = field(default_factory=list)
    error: BaseException | None = None
    is_done: bool = False
    # Set when it is done, and when it is its turn to do the work of all who wait.
    is_called: threading.Event = field(default_factory=threading.Event)


class Mailroom:
    """Where the requests of a process meet: one does the work of all who wait, and then calls the next."""

    def __init__(self) -> None:
        self._waiting: list[_Post] = []
        self._is_somebody_at_work = False
        self._changing = threading.Lock()

    def take_in(self, body: bytes, signature: str, *, is_test: bool, now: datetime) -> bool:
        """
        Keep a post, and say whether any app has signed it; what nobody has signed is not kept.

        When this returns, it is on disk. Raises what the database raises; then nothing is kept.
        """
        post = _Post(body, signature, is_test, now)
        with self._changing:
            self._waiting.append(post)
            must_wait, self._is_somebody_at_work = self._is_somebody_at_work, True
        if must_wait:
            post.is_called.wait()
        if not post.is_done:
            self._do_all()
        if post.error is not None:
            raise post.error
        return bool(post.signers)

    def _do_all(self) -> None:
        time.sleep(_GATHERS_S)
        with self._changing:
            posts, self._waiting = self._waiting, []
        error: BaseException | None = None
        try:
            _keep(posts)
        except BaseException as problem:  # noqa: BLE001 - each of those who wait raises it
            error = problem
        for post in posts:
            post.error, post.is_done = error, True
            post.is_called.set()
        with self._changing:
            self._is_somebody_at_work = bool(self._waiting)
            if self._waiting:
                self._waiting[0].is_called.set()


def _keep(posts: Sequence[_Post]) -> None:
    keys = list_webhook_keys()
    for post in posts:
        post.signers = find_signers(post.body, post.signature, keys)
    store_deliveries(
        Incoming(post.body, post.signers, post.is_test, post.now) for post in posts if post.signers
    )


MAILROOM = Mailroom()
