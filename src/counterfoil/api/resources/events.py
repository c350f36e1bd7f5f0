"""Which addresses are told what happens."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from counterfoil.api.entry import needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import Page
from counterfoil.features.announcing.models import EventKind, Subscription
from counterfoil.features.announcing.subscribing import (
    Standing,
    SubscriptionRefused,
    describe_all,
    replay,
    send_test,
    subscribe,
    switch,
    unsubscribe,
)
from counterfoil.features.workspaces.models import Membership
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_CONFIGURING = needs(Permission.CONFIGURE, of_firm=True)


class SubscriptionIn(Schema):
    """An address, and what it is told of."""

    address: str = Field(min_length=1, max_length=500, examples=["https://example.com/counterfoil"])
    kinds: Annotated[list[EventKind], Field(min_length=1, max_length=50)]
    holds_more: bool = Field(
        default=False, description="Tell what stands in the records too, not their ids alone"
    )


class SubscriptionOut(Schema):
    """An address that is told, and how that goes."""

    id: int
    address: str
    kinds: list[str]
    holds_more: bool
    is_on: bool
    waiting: int = Field(description="How many events it was not told yet")
    failures: int
    stopped_because: str
    made_at: datetime


class SubscriptionSwitchIn(Schema):
    """Whether an address is told."""

    is_on: bool


class ReplayIn(Schema):
    """Since when everything is told once more."""

    since: AwareDatetime


class Replayed(Schema):
    """How many events are told once more."""

    events: int


class MadeOut(SubscriptionOut):
    """A new subscription, and the secret that signs, which is told this once."""

    secret: str


@router.get("subscriptions", response=Page[SubscriptionOut], **needs(Permission.READ, of_firm=True))
def list_subscriptions(request: HttpRequest) -> dict[str, Any]:
    """List the addresses that are told what happens; there are twenty at most."""
    return {"data": [_tell(one) for one in describe_all()], "next_cursor": None}


@router.get(
    "subscriptions/{int:subscription_id}", response=SubscriptionOut, **needs(Permission.READ, of_firm=True)
)
def show_subscription(request: HttpRequest, subscription_id: int) -> SubscriptionOut:
    """Show one address that is told, and how that goes."""
    found = next((one for one in describe_all() if one.subscription.pk == subscription_id), None)
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no subscription with this number.")
    return _tell(found)


@router.post("subscriptions", response={201: MadeOut}, **_CONFIGURING)
def add_subscription(request: HttpRequest, given: SubscriptionIn) -> Status[MadeOut]:
    """Have an address told of these kinds of event from now on."""
    try:
        made = subscribe(by=_by(request), **given.dict(), now=timezone.now())
    except SubscriptionRefused as reason:
        raise ApiProblem(Problem.NOT_VALID, str(reason)) from reason
    return Status(201, MadeOut(**_tell(Standing(made.subscription, 0, [])).dict(), secret=made.secret))


@router.post("subscriptions/{int:subscription_id}/switch", response=SubscriptionOut, **_CONFIGURING)
def switch_subscription(
    request: HttpRequest, subscription_id: int, given: SubscriptionSwitchIn
) -> SubscriptionOut:
    """Stop telling an address, or go on with what waits; what happens while it is off is not told."""
    switch(_find(subscription_id), is_on=given.is_on, by=_by(request), now=timezone.now())
    return show_subscription(request, subscription_id)


@router.post("subscriptions/{int:subscription_id}/test", response={202: None}, **_CONFIGURING)
def try_subscription(request: HttpRequest, subscription_id: int) -> Status[None]:
    """Tell an address of an event that says it is a test."""
    send_test(_find(subscription_id), now=timezone.now())
    return Status(202, None)


@router.post("subscriptions/{int:subscription_id}/replay", response={202: Replayed}, **_CONFIGURING)
def replay_events(request: HttpRequest, subscription_id: int, given: ReplayIn) -> Status[Replayed]:
    """Tell everything once more that happened since then, with the same ids."""
    count = replay(_find(subscription_id), since=given.since, by=_by(request), now=timezone.now())
    return Status(202, Replayed(events=count))


@router.post("subscriptions/{int:subscription_id}/end", response={204: None}, **_CONFIGURING)
def end_subscription(request: HttpRequest, subscription_id: int) -> Status[None]:
    """Tell an address nothing any more."""
    unsubscribe(_find(subscription_id), by=_by(request), now=timezone.now())
    return Status(204, None)


def _find(subscription_id: int) -> Subscription:
    found = Subscription.objects.filter(pk=subscription_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no subscription with this number.")
    return found


def _by(request: HttpRequest) -> Membership:
    membership: Membership = request.membership  # type: ignore[attr-defined]  # set by the middleware
    return membership


def _tell(one: Standing) -> SubscriptionOut:
    found = one.subscription
    return SubscriptionOut(
        id=found.pk,
        address=found.address,
        kinds=found.kinds,
        holds_more=found.holds_more,
        is_on=found.is_on,
        waiting=one.waiting,
        failures=found.failures,
        stopped_because=found.stopped_because,
        made_at=found.made_at,
    )
