"""Subscriptions and their deliveries: handshake, batches, retries, disabling, replay (FACTS 10)."""

import asyncio
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from xero_sandbox.books.rows import Row
from xero_sandbox.clock import Clock
from xero_sandbox.webhooks.events import (
    CATEGORIES,
    Event,
    build_delivery,
    build_event,
    build_handshake,
    sign,
    spoil,
)

ANSWER_WITHIN_S = 5.0
RETRY_MS = 15 * 60_000
GIVE_UP_MS = 24 * 3_600_000
KEPT_MS = 31 * 24 * 3_600_000
_MOST_EVENTS = 100
_PAUSE_S = 0.1

REQUIRED, IN_PROGRESS = "INTENT_REQUIRED", "INTENT_IN_PROGRESS"
OK, RETRY, DISABLED = "OK", "RETRY", "DISABLED"
_RECEIVING = frozenset({OK, RETRY, DISABLED})


@dataclass
class Subscription:
    """
    Where an app wants to hear of changes; `key` signs what is sent there.

    Events wait `delay_s` of the stand-in's clock. `duplicates` sends every delivery twice and `disorder`
    turns the events of each around.
    """

    client_id: str
    url: str
    categories: frozenset[str]
    key: str = field(default_factory=lambda: secrets.token_urlsafe(66)[:88])
    delay_s: float = 1.0
    duplicates: bool = False
    disorder: bool = False
    subscription_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = REQUIRED
    next_sequence: int = 1
    queue: list[Event] = field(default_factory=list)
    failing_since_ms: int | None = None
    next_try_ms: int = 0
    delivered: int = 0

    def render(self) -> dict[str, Any]:
        """Return the subscription as the control API shows it."""
        return {
            "id": self.subscription_id,
            "client_id": self.client_id,
            "url": self.url,
            "categories": sorted(self.categories),
            "key": self.key,
            "status": self.status,
            "waiting": len(self.queue),
            "delivered": self.delivered,
        }


class PostOffice:
    """Holds the subscriptions of all apps and sends what is due."""

    def __init__(self, clock: Clock, url: str, is_connected: Callable[[str, str], bool]) -> None:
        self.clock = clock
        self.url = url
        self.subscriptions: dict[str, Subscription] = {}
        self.transport: httpx.AsyncBaseTransport | None = None
        self._is_connected = is_connected
        self._rng = Random(5)  # noqa: S311 -- order and spoilt letters, not secrets
        self._running: asyncio.Task[None] | None = None
        self._sending = asyncio.Lock()

    def add(self, subscription: Subscription) -> Subscription:
        """Register an address; it hears nothing before its intent to receive is shown."""
        self.subscriptions[subscription.subscription_id] = subscription
        return subscription

    def note(self, tenant_id: str, endpoint: str, row: Row, *, is_new: bool) -> None:
        """Queue an event for every subscription that wants it."""
        category = CATEGORIES.get(endpoint)
        if category is None or not self.subscriptions:
            return
        now_ms = self.clock.now_ms()
        body = build_event(endpoint, row, is_new=is_new, tenant_id=tenant_id, url=self.url, now_ms=now_ms)
        for item in self.subscriptions.values():
            if (
                item.status in _RECEIVING
                and category in item.categories
                and self._is_connected(item.client_id, tenant_id)
            ):
                item.queue.append(Event(body, now_ms + int(item.delay_s * 1000), now_ms))

    async def show_intent(self, item: Subscription) -> list[dict[str, Any]]:
        """Post good and bad signatures in random order; the address is OK when it tells them apart."""
        item.status = IN_PROGRESS
        plan = [True, True, False, False]
        self._rng.shuffle(plan)
        posts: list[dict[str, Any]] = []
        for good in plan:
            body = build_handshake()
            signature = sign(item.key, body)
            status = await self._post(item, body, signature if good else spoil(signature, self._rng))
            right = 200 <= status < 300 if good else status == 401
            posts.append({"good_signature": good, "answered": status, "right": right})
        item.status = OK if all(post["right"] for post in posts) else REQUIRED
        item.failing_since_ms = None
        item.next_try_ms = 0
        self.start()
        return posts

    def start(self) -> None:
        """Send what falls due from now on, without being asked."""
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while True:
            await self.deliver_due()
            await asyncio.sleep(_PAUSE_S)

    async def deliver_due(self) -> int:
        """Send everything that is due by the stand-in's clock; return how many deliveries were taken."""
        async with self._sending:
            taken = 0
            for item in list(self.subscriptions.values()):
                while await self._deliver_next(item):
                    taken += 1
            return taken

    async def _deliver_next(self, item: Subscription) -> bool:
        now_ms = self.clock.now_ms()
        item.queue = [event for event in item.queue if now_ms - event.noted_ms < KEPT_MS]
        if item.status == RETRY and item.failing_since_ms is not None:
            if now_ms - item.failing_since_ms >= GIVE_UP_MS:
                item.status = DISABLED
            elif now_ms < item.next_try_ms:
                return False
        if item.status not in {OK, RETRY}:
            return False
        due = [event for event in item.queue if event.due_ms <= now_ms][:_MOST_EVENTS]
        if not due:
            return False
        bodies = [event.body for event in due]
        delivery = build_delivery(bodies[::-1] if item.disorder else bodies, first=item.next_sequence)
        if not await self._send(item, delivery):
            item.status = RETRY
            item.failing_since_ms = item.failing_since_ms or now_ms
            item.next_try_ms = now_ms + RETRY_MS
            return False
        item.queue = [event for event in item.queue if event not in due]
        item.next_sequence += len(due)
        item.delivered += 1
        item.status, item.failing_since_ms = OK, None
        return True

    async def _send(self, item: Subscription, body: bytes) -> bool:
        """Post a delivery, once more at once when it is not taken; return whether it was."""
        signature = sign(item.key, body)
        taken = 200 <= await self._post(item, body, signature) < 300
        if not taken or item.duplicates:
            taken = 200 <= await self._post(item, body, signature) < 300 or taken
        return taken

    async def _post(self, item: Subscription, body: bytes, signature: str) -> int:
        headers = {
            "accept": "*/*",
            "content-type": "application/json; charset=utf-8",
            "x-xero-signature": signature,
        }
        try:
            async with httpx.AsyncClient(
                transport=self.transport, timeout=ANSWER_WITHIN_S, trust_env=False
            ) as client:
                answer = await client.post(item.url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0
        return answer.status_code
