"""
Telling subscriptions what waits for them: at least once, in order, again and again until it is taken.

A process takes a subscription by moving its next try ahead, in a statement of its own, and marks events only
when they were taken. One that is killed leaves both as they are: a minute later another goes on.
"""

import hmac
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_network
from time import monotonic

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef

from counterfoil.features.announcing.models import Event, Posting, Subscription
from counterfoil.features.announcing.reaching import NotReached, Post, post
from counterfoil.mirror.scope import in_workspace

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 100
GIVES_UP_AFTER = timedelta(days=3)
_TAKEN_FOR = timedelta(minutes=1)
_WAITS = [timedelta(minutes=one) for one in (1, 5, 15, 60, 180, 360, 720)]


def list_waiting(*, now: datetime) -> list[tuple[int, int]]:
    """Return the subscriptions that are to be told something now, each after its firm."""
    unsent = Event.objects.filter(subscription=OuterRef("pk"), sent_at=None)
    found = Subscription.objects.filter(Exists(unsent), is_on=True, next_try_at__lte=now)
    return list(found.order_by("next_try_at").values_list("workspace_id", "pk")[:500])


def tell(workspace_id: int, subscription_id: int, *, now: datetime) -> bool:
    """Tell a subscription the oldest events that wait; return whether they were taken."""
    with in_workspace(workspace_id):
        mine = Subscription.objects.filter(pk=subscription_id, is_on=True, next_try_at__lte=now)
        if not mine.update(next_try_at=now + _TAKEN_FOR):
            return False
        subscription = Subscription.objects.get(pk=subscription_id)
        events = list(
            Event.objects.filter(subscription=subscription, sent_at=None).order_by("pk")[:MOST_AT_ONCE]
        )
    if not events:
        return False
    began = monotonic()
    status, sentence = _post(subscription, events, now)
    was_taken = status is not None and 200 <= status < 300
    with in_workspace(workspace_id):
        Posting.objects.create(
            workspace_id=workspace_id,
            subscription=subscription,
            at=now,
            events=len(events),
            status=status,
            took_ms=round((monotonic() - began) * 1000),
            sentence=sentence,
            was_taken=was_taken,
        )
        if was_taken:
            Event.objects.filter(pk__in=[one.pk for one in events]).update(sent_at=now)
        _note(subscription, now=now, was_taken=was_taken, sentence=sentence)
    return was_taken


def sign(secret: str, body: bytes, *, now: datetime) -> str:
    """Return the header that proves who posts, and when: a receiver refuses what is older than minutes."""
    moment = int(now.timestamp())
    made = hmac.new(secret.encode(), f"{moment}.".encode() + body, sha256).hexdigest()
    return f"v1,t={moment},s={made}"


def write_body(events: Sequence[Event]) -> bytes:
    """Return what is posted, in its order: ids and kinds, and more where it was chosen."""
    told = [
        {
            "id": str(one.key),
            "kind": one.kind,
            "at": one.at.isoformat(),
            "organisation_id": one.organisation_id,
            "stream": one.stream,
            "record_id": one.record_id,
            **({} if one.more is None else {"more": one.more}),
        }
        for one in events
    ]
    return json.dumps({"version": 1, "events": told}, separators=(",", ":")).encode()


def _post(subscription: Subscription, events: Sequence[Event], now: datetime) -> tuple[int | None, str]:
    body = write_body(events)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Counterfoil",
        "Counterfoil-Signature": sign(subscription.secret, body, now=now),
    }
    try:
        allowed = [ip_network(one) for one in settings.COUNTERFOIL_EVENTS_ALLOWED]
        status = post(Post(subscription.address, body, headers), allowed=allowed)
    except NotReached as reason:
        return None, str(reason)
    if 300 <= status < 400:
        return status, "It answered with another address, which is not followed."
    return status, "" if status < 300 else f"It answered with the status {status}."


def _note(subscription: Subscription, *, now: datetime, was_taken: bool, sentence: str) -> None:
    """Keep how it went, and when to try again: at once after success, later and later after failures."""
    changes: dict[str, object] = {"failures": 0, "failing_since": None, "next_try_at": now}
    if not was_taken:
        since = subscription.failing_since or now
        failures = min(subscription.failures + 1, 1000)
        wait = _WAITS[min(failures, len(_WAITS)) - 1]
        changes = {"failures": failures, "failing_since": since, "next_try_at": now + wait}
        if now - since >= GIVES_UP_AFTER:
            because = f"It took nothing for three days. {sentence}"
            changes |= {"is_on": False, "stopped_because": because}
        log.info("events not taken", subscription=subscription.pk, failures=failures)
    Subscription.objects.filter(pk=subscription.pk).update(**changes)
