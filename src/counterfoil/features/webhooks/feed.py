"""
Whether Xero tells of changes, and if it does not, why and what to do.

Derived when it is asked for: what Xero told is in the deliveries and notices, and what it should have
told of is in the change log, because deltas and sweeps find the changes anyway.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import connection as database
from django.db.models import Count, Exists, ExpressionWrapper, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.fields import DateTimeField

from counterfoil.features.webhooks.models import KnownKey, Refusal
from counterfoil.mirror.models import Change, Delivery, Mirrored, Notice, Organisation, XeroApp
from counterfoil.sync.deliveries import STREAM_BY_CATEGORY
from counterfoil.sync.streams import STREAM_BY_NAME

# Xero tries a delivery again after 15 minutes; a change that two tries did not bring counts as untold.
PATIENCE = timedelta(minutes=30)

# Who enters a key goes on to Xero's page at once; later than this something did not work.
FIRST_CALL_WITHIN = timedelta(hours=1)

# The test of an address posts wrong signatures on purpose, within half a minute.
# Source: Xero developer guide, "Webhooks", intent to receive.
_TEST_LASTS = timedelta(minutes=1)

# Xero's stamp of a change and the time of its event are a moment apart.
_STAMPS_APART = timedelta(minutes=1)

_LOOKS_BACK = timedelta(days=7)
_COUNTED = timedelta(hours=24)

# What every subscription is expected to tell of, until it is known what this one does.
_USUAL = frozenset({"Contacts", "Invoices"})

STILL_ASKING = "Nothing is lost: changes are still found by asking Xero, as often as before."
_PORTAL = "At developer.xero.com, My Apps, open your app and its Webhooks"


class FeedState(StrEnum):
    """How the feed is."""

    NOT_SET_UP = "not_set_up"
    WAITING = "waiting"
    HEARING = "hearing"
    SILENT = "silent"
    REFUSING = "refusing"

    @property
    def word(self) -> str:
        """What the state is called on pages."""
        return _WORDS[self]


_WORDS = {
    FeedState.NOT_SET_UP: "Not set up",
    FeedState.WAITING: "Waiting for Xero’s first call",
    FeedState.HEARING: "Hearing",
    FeedState.SILENT: "Silent",
    FeedState.REFUSING: "Refusing",
}


@dataclass(frozen=True)
class Feed:
    """
    The state of the feed, what it means and what to do.

    `heard_at` is when the app last posted anything real, `told_at` when it last told of this
    organisation, `shown_at` when Xero last tried the address with its intent to receive. `untold` counts
    the records that changed since and were not told of; `refused` and `missed` are of the last 24 hours.
    """

    state: FeedState
    sentence: str = ""
    next_step: str = ""
    key_since: datetime | None = None
    heard_at: datetime | None = None
    shown_at: datetime | None = None
    told_at: datetime | None = None
    untold: int = 0
    refused: int = 0
    missed: int = 0

    @property
    def needs_person(self) -> bool:
        """Say whether somebody has to do something about it."""
        return self.state in (FeedState.SILENT, FeedState.REFUSING)


@dataclass(frozen=True)
class Refused:
    """Posts with a wrong signature since a moment, and when the first of them came."""

    count: int
    first_at: datetime | None


def describe_feed(
    *, client_id: str, organisation: Organisation | None, now: datetime, workspace_id: int
) -> Feed:
    """
    Return how the feed of an app is for one organisation, or as a whole where none is connected yet.

    Call it in the workspace. The queries are as many whatever there is to tell.
    """
    key = find_key(client_id=client_id, workspace_id=workspace_id)
    if key is None:
        return Feed(
            FeedState.NOT_SET_UP,
            sentence="Xero does not tell of changes, because no webhook key is known.",
            next_step="Counterfoil asks for changes instead. Set webhooks up to see them within seconds.",
        )
    posts = list_own_posts(client_id=client_id, workspace_id=workspace_id)
    told_at = _find_told_at(organisation)
    feed = Feed(
        FeedState.WAITING,
        key_since=key.since,
        heard_at=posts.aggregate(last=Max("received_at"))["last"],
        shown_at=find_shown_at(posts),
        told_at=told_at,
        refused=count_refused(since=now - _COUNTED).count,
    )
    feed = replace(feed, missed=_count_missed(feed, client_id, workspace_id, now))
    if organisation is not None:
        feed = replace(feed, untold=_count_untold(feed, organisation, now))
    return _judge(feed, now)


def describe_feed_of(organisation: Organisation, *, now: datetime) -> Feed:
    """Return how the feed is for a connected organisation, by the app that it is connected through."""
    return describe_feed(
        client_id=organisation.connection.grant.client_id,
        organisation=organisation,
        workspace_id=organisation.workspace_id,
        now=now,
    )


def find_key(*, client_id: str, workspace_id: int) -> KnownKey | None:
    """
    Return since when the app's key is known: the firm's own, else the installation's; None without a key.

    One that was entered a moment ago is not written down yet, and is known from now on.
    """
    if (
        XeroApp.objects.filter(workspace_id=workspace_id, client_id=client_id)
        .exclude(webhook_key="")
        .exists()
    ):
        firm_id = workspace_id
    elif settings.XERO_WEBHOOK_KEY and client_id == settings.XERO_CLIENT_ID:
        firm_id = None
    else:
        return None
    key = {"client_id": client_id, "firm_id": firm_id}
    return KnownKey.objects.filter(**key).first() or KnownKey(**key)


def digest_key(key: str) -> str:
    """Return what tells one key from another without holding it."""
    return hashlib.sha256(key.encode()).hexdigest()


def list_own_posts(*, client_id: str, workspace_id: int) -> "QuerySet[Delivery]":
    """Return what Xero itself posted for an app, to this workspace's copy of it or the installation's."""
    own = Q(firm_id=None) | Q(firm_id=workspace_id)
    return Delivery.objects.filter(own, client_id=client_id, is_test=False)


def find_shown_at(posts: "QuerySet[Delivery]") -> datetime | None:
    """Return when Xero last tried the address; such a post is signed and tells of nothing."""
    intents = posts.filter(event_count=0, problem="").exclude(unpacked_at=None)
    last: datetime | None = intents.aggregate(last=Max("received_at"))["last"]
    return last


def count_refused(*, since: datetime) -> Refused:
    """Return how many posts with a wrong signature came since a moment, by the hour."""
    found = Refusal.objects.filter(last_at__gt=since).aggregate(count=Sum("count"), first=Min("first_at"))
    return Refused(count=found["count"] or 0, first_at=found["first"])


def _find_told_at(organisation: Organisation | None) -> datetime | None:
    if organisation is None:
        return None
    told = Notice.objects.filter(organisation=organisation)
    last: datetime | None = told.aggregate(last=Max("heard_at"))["last"]
    return last


def _count_missed(feed: Feed, client_id: str, workspace_id: int, now: datetime) -> int:
    """
    Count the numbers that Xero gave to events and that never arrived.

    Xero numbers the events of a subscription; one that is made anew begins anew, and with a new test of
    the address. Source: Xero developer guide, "Webhooks".
    """
    since = max(now - _COUNTED, feed.shown_at or now - _COUNTED)
    with database.cursor() as cursor:
        cursor.execute(
            "select coalesce(sum(greatest(first_sequence - before - 1, 0)), 0) from"
            " (select first_sequence, max(last_sequence) over (order by first_sequence, id"
            " rows between unbounded preceding and 1 preceding) as before from mirror_delivery"
            " where client_id = %s and (firm_id is null or firm_id = %s) and received_at >= %s"
            " and not is_test and event_count > 0 and first_sequence is not null) numbered",
            [client_id, workspace_id, since],
        )
        row = cursor.fetchone()
    return int(row[0])


def _count_untold(feed: Feed, organisation: Organisation, now: datetime) -> int:
    """
    Count the records that changed in Xero after it was last heard, and that nothing has told of since.

    Xero's own stamp of the record decides, so that a change which only a sweep can see does not count.
    """
    heard = [moment for moment in (feed.told_at, feed.shown_at) if moment is not None]
    began = max(heard) if heard else feed.key_since or now
    since = max(began, organisation.connection.connected_at, now - _LOOKS_BACK)
    told = Notice.objects.filter(organisation=organisation)
    streams = set(told.values_list("stream", flat=True).distinct()) or _USUAL
    counts = [
        _list_untold(stream, organisation, since, now - PATIENCE)
        .values("organisation_id")
        .annotate(n=Count("xero_id"))
        for stream in sorted(set(STREAM_BY_CATEGORY.values()) & streams)
    ]
    first, *others = [count.values_list("n", flat=True) for count in counts]
    return sum(first.union(*others, all=True))


def _list_untold(
    stream: str, organisation: Organisation, since: datetime, until: datetime
) -> "QuerySet[Mirrored]":
    own = {"organisation": organisation, "stream": stream}
    found = Change.objects.filter(**own, at__gt=since, kind__in=[Change.Kind.CREATED, Change.Kind.CHANGED])
    stamped = ExpressionWrapper(OuterRef("updated_at") - _STAMPS_APART, output_field=DateTimeField())
    told = Notice.objects.filter(**own, xero_id=OuterRef("xero_id"), said_at__gte=stamped)
    records = STREAM_BY_NAME[stream].model._default_manager.filter(
        organisation=organisation, updated_at__gt=since, updated_at__lt=until
    )
    return records.filter(~Exists(told), xero_id__in=found.values("xero_id")).order_by()


def _judge(feed: Feed, now: datetime) -> Feed:
    if feed.heard_at is None:
        judged = _judge_unheard(feed, now)
    elif feed.untold:
        judged = _say_silent(feed)
    else:
        return replace(
            feed, state=FeedState.HEARING, sentence="Xero tells of changes as they happen.", next_step=""
        )
    refused = count_refused(since=(feed.heard_at or feed.key_since or now) + _TEST_LASTS)
    has_lasted = refused.first_at is not None and now - refused.first_at >= _TEST_LASTS
    if refused.count and has_lasted:
        return replace(
            judged,
            state=FeedState.REFUSING,
            sentence=(
                f"{_count(refused.count, 'post')} came with a signature that does not fit the key,"
                " and none that does."
            ),
            next_step=f"{_PORTAL}, copy the webhook key once more and save it here. {STILL_ASKING}",
        )
    return judged


def _judge_unheard(feed: Feed, now: datetime) -> Feed:
    if feed.key_since is None or now - feed.key_since < FIRST_CALL_WITHIN:
        return replace(
            feed,
            state=FeedState.WAITING,
            sentence="The key is known, and Xero has not called yet.",
            next_step=f"{_PORTAL}, save the address and send the intent to receive.",
        )
    return replace(
        feed,
        state=FeedState.SILENT,
        sentence="Xero has never called this address since its key was entered.",
        next_step=(
            "Run the self-test to see whether the address can be reached."
            f" {_PORTAL}, send the intent to receive. {STILL_ASKING}"
        ),
    )


def _say_silent(feed: Feed) -> Feed:
    changed = f"{_count(feed.untold, 'record')} changed in Xero since it was last heard"
    is_about_this_one = (
        feed.told_at is not None and feed.heard_at is not None and feed.heard_at > feed.told_at
    )
    return replace(
        feed,
        state=FeedState.SILENT,
        sentence=f"Xero has stopped telling us of changes: {changed}, and nothing told of it."
        if not is_about_this_one
        else f"Xero tells of others, but not of this organisation: {changed}, and nothing told of it.",
        next_step=(
            f"Xero disables an address after 24 hours of failures. {_PORTAL}, look at the state there"
            f" and send the intent to receive again. {STILL_ASKING}"
        ),
    )


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
