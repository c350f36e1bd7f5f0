"""Whether Xero still tells of changes, judged by what deltas and sweeps find without it (PAIN 7, PAIN 9)."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from counterfoil.features.operating.retaining import forget_all
from counterfoil.features.webhooks.feed import (
    FIRST_CALL_WITHIN,
    PATIENCE,
    Feed,
    FeedState,
    describe_feed_of,
)
from counterfoil.features.webhooks.models import KnownKey
from counterfoil.features.webhooks.operations import (
    count_refusal,
    note_keys,
    replay_notices,
)
from counterfoil.mirror.models import Change, Notice, Organisation, XeroApp
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.app import WebhookKey
from counterfoil.sync.deliveries import Incoming, store_deliveries, unpack_deliveries
from tests.integration.web.firms import NOW, Firm, make_firm, make_invoice, make_organisation

MINUTE = timedelta(minutes=1)
OURS = WebhookKey("client", "the-key-of-the-installation")


@pytest.fixture
def firm(db: None, settings: Settings) -> Firm:
    """A firm on an installation whose app, "client", has a key."""
    settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY = OURS.client_id, OURS.key
    note_keys(now=NOW)
    return make_firm()


@pytest.fixture
def organisation(firm: Firm) -> Organisation:
    """An organisation that was connected through that app."""
    return make_organisation(firm)


def judge(firm: Firm, organisation: Organisation, *, at: datetime) -> Feed:
    with firm.inside():
        return describe_feed_of(Organisation.objects.get(pk=organisation.pk), now=at)


def hear(
    *told: tuple[Organisation, str, datetime],
    at: datetime,
    first: int = 0,
    is_test: bool = False,
    signer: WebhookKey = OURS,
) -> None:
    """Receive a delivery that tells of these invoices; without any it is an intent to receive."""
    events = [
        {
            "resourceId": invoice,
            "eventDateUtc": said_at.isoformat().removesuffix("+00:00"),
            "eventCategory": "INVOICE",
            "tenantId": organisation.tenant_id,
        }
        for organisation, invoice, said_at in told
    ]
    numbers = {"firstEventSequence": first, "lastEventSequence": first + max(0, len(events) - 1)}
    body = json.dumps({"events": events, **numbers}).encode()
    store_deliveries([Incoming(body, [signer], is_test, at)])
    unpack_deliveries(now=at)


def change(firm: Firm, organisation: Organisation, *, at: datetime, **fields: Any) -> str:
    """Have a delta find an invoice that changed in Xero at a moment."""
    invoice = make_invoice(firm, organisation, updated_at=at, **fields)
    log_change(firm, organisation, invoice.xero_id, at=at)
    return invoice.xero_id


def log_change(firm: Firm, organisation: Organisation, xero_id: str, *, at: datetime) -> None:
    with firm.inside():
        Change.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            stream="Invoices",
            xero_id=xero_id,
            kind=Change.Kind.CHANGED,
            at=at + MINUTE,
            why="scheduled",
            before={},
            after={},
        )


def test_without_a_key_webhooks_are_not_set_up(
    firm: Firm, organisation: Organisation, settings: Settings
) -> None:
    settings.XERO_WEBHOOK_KEY = ""

    assert judge(firm, organisation, at=NOW).state is FeedState.NOT_SET_UP


def test_after_the_key_xero_has_an_hour_for_its_first_call(firm: Firm, organisation: Organisation) -> None:
    waiting = judge(firm, organisation, at=NOW + FIRST_CALL_WITHIN - MINUTE)
    silent = judge(firm, organisation, at=NOW + FIRST_CALL_WITHIN + MINUTE)

    assert (waiting.state, waiting.needs_person) == (FeedState.WAITING, False)
    assert (silent.state, silent.needs_person) == (FeedState.SILENT, True)
    assert silent.sentence == "Xero has never called this address since its key was entered."
    assert "send the intent to receive" in silent.next_step


def test_the_intent_to_receive_makes_it_heard(firm: Firm, organisation: Organisation) -> None:
    hear(at=NOW + MINUTE)

    feed = judge(firm, organisation, at=NOW + 2 * MINUTE)

    assert (feed.state, feed.heard_at, feed.shown_at) == (FeedState.HEARING, NOW + MINUTE, NOW + MINUTE)


def test_a_test_of_our_own_is_no_call_of_xeros(firm: Firm, organisation: Organisation) -> None:
    hear(at=NOW + MINUTE, is_test=True)

    assert judge(firm, organisation, at=NOW + 2 * MINUTE).state is FeedState.WAITING


def test_changes_that_nothing_told_of_make_it_silent_after_a_fair_time(
    firm: Firm, organisation: Organisation
) -> None:
    hear(at=NOW)
    change(firm, organisation, at=NOW + 10 * MINUTE)
    change(firm, organisation, at=NOW + 11 * MINUTE)

    early = judge(firm, organisation, at=NOW + 9 * MINUTE + PATIENCE)
    late = judge(firm, organisation, at=NOW + 12 * MINUTE + PATIENCE)

    assert (early.state, early.untold) == (FeedState.HEARING, 0)
    assert (late.state, late.untold) == (FeedState.SILENT, 2)
    assert late.sentence == (
        "Xero has stopped telling us of changes: 2 records changed in Xero since it was last heard,"
        " and nothing told of it."
    )
    assert "disables an address after 24 hours of failures" in late.next_step
    assert "Nothing is lost" in late.next_step


def test_changes_that_were_told_of_are_no_silence(firm: Firm, organisation: Organisation) -> None:
    hear(at=NOW)
    changed_at = NOW + 10 * MINUTE
    invoice = change(firm, organisation, at=changed_at)
    # Their clock is ahead of ours, so that it is heard before it happened.
    hear((organisation, invoice, changed_at), at=changed_at - MINUTE)

    feed = judge(firm, organisation, at=changed_at + 2 * PATIENCE)

    assert (feed.state, feed.untold, feed.told_at) == (FeedState.HEARING, 0, changed_at - MINUTE)


def test_being_told_again_ends_the_silence(firm: Firm, organisation: Organisation) -> None:
    hear(at=NOW)
    invoice = change(firm, organisation, at=NOW + 10 * MINUTE)
    later = NOW + 20 * MINUTE + PATIENCE
    assert judge(firm, organisation, at=later).state is FeedState.SILENT

    hear((organisation, invoice, later), at=later)

    assert judge(firm, organisation, at=later + MINUTE).state is FeedState.HEARING


def test_what_only_a_sweep_can_see_is_no_silence(firm: Firm, organisation: Organisation) -> None:
    hear(at=NOW)
    # Its stamp did not move, so Xero has no event for it.
    invoice = make_invoice(firm, organisation, updated_at=NOW - timedelta(days=3))
    log_change(firm, organisation, invoice.xero_id, at=NOW + MINUTE)

    assert judge(firm, organisation, at=NOW + 2 * PATIENCE).state is FeedState.HEARING


def test_silence_about_one_organisation_is_seen_while_others_are_told_of(
    firm: Firm, organisation: Organisation
) -> None:
    hear(at=NOW)
    other = make_organisation(firm, "Kōwhai Ltd")
    hear((organisation, make_invoice(firm, organisation).xero_id, NOW), at=NOW + MINUTE)
    change(firm, organisation, at=NOW + 10 * MINUTE)
    hear((other, make_invoice(firm, other).xero_id, NOW), at=NOW + PATIENCE)

    feed = judge(firm, organisation, at=NOW + 2 * PATIENCE)

    assert feed.state is FeedState.SILENT
    assert feed.sentence.startswith("Xero tells of others, but not of this organisation: 1 record changed")
    assert judge(firm, other, at=NOW + 2 * PATIENCE).state is FeedState.HEARING


def test_wrong_signatures_in_place_of_right_ones_are_named(firm: Firm, organisation: Organisation) -> None:
    for second in range(4):
        count_refusal(now=NOW + 2 * MINUTE + timedelta(seconds=second))

    during = judge(firm, organisation, at=NOW + 2 * MINUTE + timedelta(seconds=5))
    after = judge(firm, organisation, at=NOW + 4 * MINUTE)

    # Half of Xero's own test is signed wrong on purpose, so that it is given its time.
    assert during.state is FeedState.WAITING
    assert (after.state, after.refused) == (FeedState.REFUSING, 4)
    assert after.sentence.startswith("4 posts came with a signature that does not fit the key")
    assert "copy the webhook key once more" in after.next_step


def test_strangers_cannot_make_a_feed_that_works_look_broken(firm: Firm, organisation: Organisation) -> None:
    hear(at=NOW)
    count_refusal(now=NOW + 10 * MINUTE)

    feed = judge(firm, organisation, at=NOW + 20 * MINUTE)

    assert (feed.state, feed.refused) == (FeedState.HEARING, 1)


def test_a_changed_key_is_named_once_changes_go_untold(firm: Firm, organisation: Organisation) -> None:
    hear(at=NOW)
    change(firm, organisation, at=NOW + 10 * MINUTE)
    count_refusal(now=NOW + 10 * MINUTE)

    assert judge(firm, organisation, at=NOW + 2 * PATIENCE).state is FeedState.REFUSING


@pytest.mark.parametrize(
    ("numbers", "missed"),
    [
        ([1, 2, 3], 0),
        ([1, 2, 2, 3], 0),  # delivered twice
        ([1, 3, 2], 0),  # out of order
        ([1, 2, 7], 4),
        ([40, 42, 50], 8),
    ],
)
def test_numbers_that_never_arrived_are_counted(
    firm: Firm, organisation: Organisation, numbers: Sequence[int], missed: int
) -> None:
    hear(at=NOW)
    invoice = make_invoice(firm, organisation).xero_id
    for minute, number in enumerate(numbers, start=1):
        hear((organisation, invoice, NOW + minute * MINUTE), at=NOW + minute * MINUTE, first=number)

    assert judge(firm, organisation, at=NOW + 20 * MINUTE).missed == missed


def test_numbers_begin_anew_with_a_new_test_of_the_address(firm: Firm, organisation: Organisation) -> None:
    invoice = make_invoice(firm, organisation).xero_id
    hear((organisation, invoice, NOW), at=NOW, first=900)
    hear(at=NOW + MINUTE)
    hear((organisation, invoice, NOW + 2 * MINUTE), at=NOW + 2 * MINUTE, first=1)

    assert judge(firm, organisation, at=NOW + 3 * MINUTE).missed == 0


def test_another_firms_app_of_the_same_name_is_not_heard_for_us(
    firm: Firm, organisation: Organisation
) -> None:
    hear(at=NOW, signer=WebhookKey("client", "their own key", workspace_id=firm.workspace.pk + 1))

    assert judge(firm, organisation, at=NOW + MINUTE).heard_at is None


def test_a_key_is_known_since_it_was_entered_and_anew_when_it_changes(firm: Firm, settings: Settings) -> None:
    with firm.inside():
        XeroApp.objects.create(
            workspace=firm.workspace, client_id="own", webhook_key="first key", saved_at=NOW
        )
    note_keys(now=NOW + MINUTE)
    note_keys(now=NOW + 2 * MINUTE)
    settings.XERO_WEBHOOK_KEY = "another key"
    note_keys(now=NOW + 3 * MINUTE)

    known = KnownKey.objects.order_by("client_id").values_list("client_id", "firm_id", "since")
    assert list(known) == [
        ("client", None, NOW + 3 * MINUTE),
        ("own", firm.workspace.pk, NOW + MINUTE),
    ]
    settings.XERO_WEBHOOK_KEY = ""
    note_keys(now=NOW + 4 * MINUTE)
    assert [one.client_id for one in KnownKey.objects.all()] == ["own"]


def test_how_it_is_asks_as_much_whatever_there_is(
    firm: Firm, organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    hear(at=NOW)
    for minute in range(3):
        change(firm, organisation, at=NOW + minute * MINUTE)

    with firm.inside():
        seen = Organisation.objects.select_related("connection__grant").get(pk=organisation.pk)
        with django_assert_num_queries(10):
            describe_feed_of(seen, now=NOW + 2 * PATIENCE)


def test_a_replay_of_records_touches_no_other_firm(firm: Firm, organisation: Organisation) -> None:
    theirs = make_firm("Theirs")
    other = make_organisation(theirs)
    for whose, place in ((firm, organisation), (theirs, other)):
        hear((place, make_invoice(whose, place).xero_id, NOW), at=NOW)
    with across_workspaces():
        Notice.objects.update(settled_at=NOW)
        every = list(Notice.objects.values_list("pk", flat=True))

    with firm.inside():
        count = replay_notices(organisation, notice_ids=every, now=NOW + MINUTE)

    assert count == 1
    with across_workspaces():
        again = Notice.objects.filter(settled_at=None).values_list("organisation_id", "replayed_at")
        assert list(again) == [(organisation.pk, NOW + MINUTE)]
    with firm.inside(), pytest.raises(ValueError, match="Name the notices"):
        replay_notices(organisation, now=NOW)


def test_a_replay_does_not_pass_for_xeros_voice(firm: Firm, organisation: Organisation) -> None:
    invoice = make_invoice(firm, organisation).xero_id
    hear((organisation, invoice, NOW), at=NOW)
    change(firm, organisation, at=NOW + 10 * MINUTE)

    with firm.inside():
        replay_notices(organisation, since=NOW, now=NOW + PATIENCE)

    feed = judge(firm, organisation, at=NOW + 2 * PATIENCE)
    assert (feed.state, feed.told_at) == (FeedState.SILENT, NOW)


def test_old_counts_are_forgotten_and_when_xero_was_last_heard_is_not(
    firm: Firm, organisation: Organisation
) -> None:
    count_refusal(now=NOW)
    hear(at=NOW)
    later = NOW + timedelta(days=40)

    forget_all(now=later)

    feed = judge(firm, organisation, at=later)
    assert (feed.state, feed.heard_at, feed.refused) == (FeedState.HEARING, NOW, 0)
