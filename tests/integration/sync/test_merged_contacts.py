"""A merge in Xero is followed, by whichever way it is heard of (pains 3 and 17)."""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from counterfoil.features.contacts.survivors import Survivor, find_survivors, name_survivors
from counterfoil.mirror.models import Change, Contact, Invoice, Run
from counterfoil.sync.deliveries import unpack_deliveries
from counterfoil.sync.inbox import fetch_told
from tests.factories.sandbox import RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored
from tests.integration.sync.test_inbox import deliver
from tests.integration.sync.test_proof import inside


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A small stand-in: nothing here is about size."""
    with running_sandbox(invoices=120, contacts=20, minute_calls=10_000, tier="advanced") as running:
        yield running


@pytest.fixture
def copied(mirrored: Mirrored) -> Mirrored:
    """An organisation with a whole copy, and the contacts that were looked at in it."""
    mirrored.sync(Run.Kind.FULL)
    mirrored.sync(Run.Kind.DELTA)
    return mirrored


def merge(mirrored: Mirrored, loser: Contact, survivor: Contact) -> None:
    mirrored.sandbox.act(
        mirrored.organisation.tenant_id, f"contacts/{loser.xero_id}/merge", ContactID=survivor.xero_id
    )


def pick(mirrored: Mirrored, count: int) -> list[Contact]:
    """Return active customers with invoices."""
    with inside(mirrored):
        busy = Invoice.objects.filter(kind="ACCREC").values_list("contact_id", flat=True)
        return list(Contact.objects.filter(status="ACTIVE", xero_id__in=set(busy)).order_by("name")[:count])


def hear_by_webhook(mirrored: Mirrored, loser: Contact) -> None:
    tenant = mirrored.organisation.tenant_id
    with inside(mirrored):
        moved = list(Invoice.objects.filter(contact_id=loser.xero_id).values_list("xero_id", flat=True))
    now = timezone.now()
    deliver(tenant, [("Contacts", loser.xero_id, now), *(("Invoices", key, now) for key in moved)])
    unpack_deliveries(now=timezone.now())
    fetch_told(mirrored.organisation.pk, now=timezone.now)


@pytest.mark.parametrize(
    "hear",
    [
        lambda mirrored, _: mirrored.sync(Run.Kind.DELTA),
        lambda mirrored, _: mirrored.sync(Run.Kind.SWEEP),
        hear_by_webhook,
    ],
    ids=["delta", "sweep", "webhook"],
)
def test_a_merge_is_seen_with_the_documents_that_moved(
    copied: Mirrored, hear: Callable[[Mirrored, Contact], object]
) -> None:
    loser, survivor = pick(copied, 2)
    with inside(copied):
        before = Invoice.objects.filter(contact_id__in=[loser.xero_id, survivor.xero_id]).count()

    merge(copied, loser, survivor)
    hear(copied, loser)

    with inside(copied):
        kept = Contact.objects.get(xero_id=loser.xero_id)
        after = Invoice.objects.filter(contact_id=survivor.xero_id).count()
        change = Change.objects.filter(stream="Contacts", xero_id=loser.xero_id).latest("pk")
    assert (kept.status, kept.merged_to_id, kept.gone_at) == ("ARCHIVED", survivor.xero_id, None)
    assert after == before
    assert change.after["MergedToContactID"] == survivor.xero_id


def test_a_chain_of_merges_ends_at_the_one_that_is_left(copied: Mirrored) -> None:
    first, second, third = pick(copied, 3)
    merge(copied, first, second)
    merge(copied, second, third)

    copied.sync(Run.Kind.DELTA)

    with inside(copied):
        contacts = list(Contact.objects.all())
        named = name_survivors(copied.organisation, contacts)
    assert named == {
        first.xero_id: Survivor(third.xero_id, third.name),
        second.xero_id: Survivor(third.xero_id, third.name),
    }


def test_a_circle_of_merges_ends(copied: Mirrored) -> None:
    first, second, third = pick(copied, 3)
    with inside(copied):
        for one, other in ((first, second), (second, third), (third, first)):
            Contact.objects.filter(xero_id=one.xero_id).update(merged_to_id=other.xero_id)

        survivors = find_survivors(copied.organisation)

    assert set(survivors) == {first.xero_id, second.xero_id, third.xero_id}
