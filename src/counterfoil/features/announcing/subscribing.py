"""What people do with subscriptions: make, switch, try, have told again, end."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Prefetch, Q

from counterfoil.features.announcing.models import TEST, Event, EventKind, Posting, Subscription
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.members import require
from counterfoil.features.workspaces.models import Membership
from counterfoil.features.workspaces.permissions import Permission

MOST = 20
_LOGGED = 10


class SubscriptionRefused(Exception):
    """A subscription cannot be made as asked; the sentence says why."""


@dataclass(frozen=True)
class MadeSubscription:
    """A subscription and the secret that signs, which is shown this once."""

    subscription: Subscription
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Standing:
    """A subscription with how many events wait, and what came of the latest tries."""

    subscription: Subscription
    waiting: int
    postings: Sequence[Posting]


def subscribe(
    *, by: Membership, address: str, kinds: Collection[str], now: datetime, holds_more: bool = False
) -> MadeSubscription:
    """
    Have an address told of these kinds of event from now on, by ids alone or with more about each.

    Raises NotAllowed, SubscriptionRefused.
    """
    with transaction.atomic():
        require(by, Permission.CONFIGURE)
        _check_address(address)
        chosen = [kind.value for kind in EventKind if kind.value in kinds]
        if not chosen or len(chosen) != len(set(kinds)):
            raise SubscriptionRefused("Choose at least one of the kinds of event.")
        if Subscription.objects.filter(workspace=by.workspace_id).count() >= MOST:
            raise SubscriptionRefused(f"A firm has {MOST} subscriptions at most. End one first.")
        secret = f"cfs_{secrets.token_urlsafe(32)}"
        made = Subscription.objects.create(
            workspace_id=by.workspace_id,
            address=address,
            kinds=chosen,
            secret=secret,
            holds_more=holds_more,
            made_by=name_person(by.user),
            made_at=now,
            next_try_at=now,
        )
        record(workspace_id=by.workspace_id, act=Act.SUBSCRIBED, who=by.user, what=_name(made), now=now)
    return MadeSubscription(made, secret)


def switch(subscription: Subscription, *, is_on: bool, by: Membership, now: datetime) -> None:
    """Stop telling an address, or go on with what waits; what happens while it is off is not told."""
    with transaction.atomic():
        require(by, Permission.CONFIGURE)
        Subscription.objects.filter(pk=subscription.pk).update(
            is_on=is_on, next_try_at=now, failures=0, failing_since=None, stopped_because=""
        )
        act = Act.SUBSCRIPTION_ON if is_on else Act.SUBSCRIPTION_OFF
        record(workspace_id=by.workspace_id, act=act, who=by.user, what=_name(subscription), now=now)


def unsubscribe(subscription: Subscription, *, by: Membership, now: datetime) -> None:
    """End a subscription, with what it was not told yet."""
    with transaction.atomic():
        require(by, Permission.CONFIGURE)
        subscription.delete()
        record(
            workspace_id=by.workspace_id, act=Act.UNSUBSCRIBED, who=by.user, what=_name(subscription), now=now
        )


def send_test(subscription: Subscription, *, now: datetime) -> Event:
    """Tell the address of an event that says it is a test; it goes where all others go."""
    Subscription.objects.filter(pk=subscription.pk, is_on=True).update(next_try_at=now)
    return Event.objects.create(
        workspace_id=subscription.workspace_id, subscription=subscription, kind=TEST, at=now
    )


def replay(subscription: Subscription, *, since: datetime, by: Membership, now: datetime) -> int:
    """Tell everything once more that happened since then, with the same ids; return how many events."""
    with transaction.atomic():
        require(by, Permission.CONFIGURE)
        told = Event.objects.filter(subscription=subscription, at__gte=since).exclude(sent_at=None)
        count = told.update(sent_at=None)
        Subscription.objects.filter(pk=subscription.pk).update(next_try_at=now)
        what = f"{count} events to {_name(subscription)}"
        record(workspace_id=by.workspace_id, act=Act.EVENTS_REPLAYED, who=by.user, what=what, now=now)
    return count


def describe_all() -> Sequence[Standing]:
    """Return how the firm's subscriptions are doing, the oldest first; two queries."""
    waiting = Count("events", filter=Q(events__sent_at=None))
    latest = Prefetch("postings", Posting.objects.order_by("-pk")[:_LOGGED], to_attr="latest")
    found = Subscription.objects.annotate(waiting=waiting).prefetch_related(latest)
    return [Standing(one, one.waiting, one.latest) for one in found.order_by("pk")]


def _check_address(address: str) -> None:
    """Raise SubscriptionRefused unless it may be posted to; where it leads is looked at when it is."""
    parts = urlsplit(address)
    if parts.scheme not in ("https", "http") or not parts.hostname or len(address) > 500:
        raise SubscriptionRefused("Write an address such as https://example.com/counterfoil.")
    if parts.scheme == "http" and not settings.COUNTERFOIL_EVENTS_ALLOWED:
        raise SubscriptionRefused("The address begins with https://, so that nobody reads along.")
    if parts.username or parts.password or parts.fragment:
        raise SubscriptionRefused("The address holds no name, password or part behind #.")


def _name(subscription: Subscription) -> str:
    """Return what the audit log calls it: the host, for a path can hold a secret of the other tool's."""
    return urlsplit(subscription.address).hostname or "an address"
