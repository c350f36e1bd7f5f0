"""The mirror equals Xero, record for record (T23–T27, X9–X13)."""

from typing import Any

import pytest

from counterfoil.mirror.models import Change, Invoice, Item, Run
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.streams import STREAMS
from tests.integration.sync.conftest import Mirrored

LISTS = [stream.name for stream in STREAMS if not stream.name.startswith("Reports/")]
IN_DELTA = [stream.name for stream in STREAMS if stream.in_delta]

Records = dict[str, dict[str, Any]]

# A contact's balances move with its documents and not with its own stamp; they are computed from
# the documents instead. Source: Xero developer guide, "Requests and Responses", If-Modified-Since.
BALANCES = "Balances"


def comparable(records: Records) -> Records:
    """Return the records without what no list of changes tells."""
    return {
        key: {name: value for name, value in record.items() if name != BALANCES}
        for key, record in records.items()
    }


def assert_equal(mirrored: Mirrored, names: list[str]) -> None:
    for name in names:
        copy, original = mirrored.copy_of(name), mirrored.original_of(name)
        assert original or name in ("Prepayments", "Overpayments"), f"there is nothing to compare in {name}"
        assert comparable(copy) == comparable(original), name


def test_mirror_equals_xero_after_the_first_copy(mirrored: Mirrored) -> None:
    run = mirrored.sync(Run.Kind.FULL)

    assert run.state == Run.State.SUCCEEDED
    assert sum(len(mirrored.original_of(name)) for name in LISTS) > 3000
    assert_equal(mirrored, LISTS)


def test_mirror_equals_xero_after_500_random_changes_and_a_delta(mirrored: Mirrored) -> None:
    mirrored.sync(Run.Kind.FULL)
    made = mirrored.sandbox.change_at_random(mirrored.organisation.tenant_id, 500, seed=11)

    run = mirrored.sync(Run.Kind.DELTA)

    assert run.state == Run.State.SUCCEEDED
    assert sum(count for count in made.values() if isinstance(count, int)) >= 500
    assert_equal(mirrored, IN_DELTA)


def test_mirror_equals_xero_after_blind_changes_and_a_sweep(mirrored: Mirrored) -> None:
    mirrored.sync(Run.Kind.FULL)
    mirrored.sandbox.change_at_random(mirrored.organisation.tenant_id, 300, seed=12, blind_spots=True)

    run = mirrored.sync(Run.Kind.SWEEP)

    assert run.state == Run.State.SUCCEEDED
    assert_equal(mirrored, LISTS)


@pytest.mark.parametrize("endpoint", ["Invoices", "Contacts", "Payments", "ManualJournals"])
def test_mirror_equals_xero_when_pages_move_while_they_are_read(mirrored: Mirrored, endpoint: str) -> None:
    mirrored.sandbox.fault("during_page_change", match=endpoint, count=6, changes=40)

    first = mirrored.sync(Run.Kind.FULL)
    mirrored.sandbox.clear_faults()
    closing = mirrored.sync(Run.Kind.DELTA)

    assert [first.state, closing.state] == [Run.State.SUCCEEDED, Run.State.SUCCEEDED]
    assert_equal(mirrored, IN_DELTA)


def changes_of(mirrored: Mirrored, run: Run) -> list[tuple[str, str, str]]:
    """Return what the log says about a run: the stream, the record, and what happened to it."""
    with in_workspace(mirrored.organisation.workspace_id):
        rows = Change.objects.filter(run=run).order_by("pk")
        return [(row.stream, row.xero_id, row.kind) for row in rows]


def test_the_first_copy_is_no_news_and_what_comes_after_it_is(mirrored: Mirrored) -> None:
    tenant = mirrored.organisation.tenant_id
    first = mirrored.sync(Run.Kind.FULL)
    raised = mirrored.sandbox.act(tenant, "invoices", Amount=120)["InvoiceID"]
    renamed = next(iter(mirrored.original_of("Contacts").values()))["ContactID"]
    mirrored.sandbox.act(tenant, f"contacts/{renamed}/edit", Name="Renamed & Sons")

    second = mirrored.sync(Run.Kind.DELTA)

    assert changes_of(mirrored, first) == []
    assert {("Invoices", raised, "created"), ("Contacts", renamed, "changed")} <= set(
        changes_of(mirrored, second)
    )


def test_a_change_is_logged_with_the_fields_before_and_after(mirrored: Mirrored) -> None:
    mirrored.sync(Run.Kind.FULL)
    contact = next(iter(mirrored.original_of("Contacts").values()))
    path = f"contacts/{contact['ContactID']}/edit"
    mirrored.sandbox.act(mirrored.organisation.tenant_id, path, Name="Renamed & Sons")

    run = mirrored.sync(Run.Kind.DELTA)

    with in_workspace(run.workspace_id):
        change = Change.objects.get(stream="Contacts", xero_id=contact["ContactID"])
    assert (change.before, change.after) == ({"Name": contact["Name"]}, {"Name": "Renamed & Sons"})
    assert (change.run_id, change.why) == (run.pk, "test")


def test_a_renamed_contact_shows_its_new_name_on_every_document(mirrored: Mirrored) -> None:
    """Xero moves no document's stamp for it, so that no list of changes tells."""
    mirrored.sync(Run.Kind.FULL)
    payments = mirrored.original_of("Payments").values()
    paid = next(payment["Invoice"] for payment in payments if "Invoice" in payment)
    contact, name = paid["Contact"]["ContactID"], 'The "New" Café & Søn'
    mirrored.sandbox.act(mirrored.organisation.tenant_id, f"contacts/{contact}/edit", Name=name)

    run = mirrored.sync(Run.Kind.DELTA)

    with in_workspace(run.workspace_id):
        shown = set(Invoice.objects.filter(contact_id=contact).values_list("contact_name", flat=True))
    assert shown == {name}
    assert_equal(mirrored, IN_DELTA)
    assert mirrored.streams(run)["Invoices"].calls == 1


def test_an_item_deleted_in_xero_is_kept_here_as_gone(mirrored: Mirrored) -> None:
    mirrored.sync(Run.Kind.FULL)
    item = next(iter(mirrored.original_of("Items")))
    path = f"/sandbox/api/organisations/{mirrored.organisation.tenant_id}/items/{item}"
    mirrored.sandbox.client.delete(path).raise_for_status()

    run = mirrored.sync(Run.Kind.SWEEP)

    with in_workspace(run.workspace_id):
        kept = Item.objects.get(xero_id=item)
    assert kept.gone_at is not None
    assert ("Items", item, "gone") in changes_of(mirrored, run)
    assert_equal(mirrored, LISTS)


def test_a_list_that_suddenly_lacks_most_of_what_is_here_marks_nothing(
    mirrored: Mirrored,
) -> None:
    """PAIN 3: a wrong list must not empty the copy; a person confirms such a loss under "Read again"."""
    path = f"/sandbox/api/organisations/{mirrored.organisation.tenant_id}/items"
    for number in range(30):  # more than the organisation has from the start
        mirrored.sandbox.client.post(path, json={"Code": f"NEW-{number}"}).raise_for_status()
    mirrored.sync(Run.Kind.FULL)
    items = list(mirrored.original_of("Items"))
    for item in items[:-2]:
        mirrored.sandbox.client.delete(f"{path}/{item}").raise_for_status()

    run = mirrored.sync(Run.Kind.SWEEP)

    with in_workspace(run.workspace_id):
        assert Item.objects.filter(gone_at=None).count() == len(items)
    stream = mirrored.streams(run)["Items"]
    assert (run.state, stream.state, stream.rows_gone) == ("partial", "failed", 0)
    assert stream.error == (
        f"Xero's list of Items lacks {len(items) - 2} of the {len(items)} that are here."
        " Nothing was marked as gone, in case the list is wrong."
    )
    assert "Read again" in stream.next_step
