"""Trying again what lies in quarantine: one call, and what can be read now leaves it (PAIN 3)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from counterfoil.mirror.models import Cursor, Quarantined, Run
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.lease import AlreadySyncing
from counterfoil.sync.reading_again import read_records_again
from tests.integration.sync.conftest import Mirrored


@pytest.mark.parametrize(
    "stream", ["Invoices", "CreditNotes", "ManualJournals", "Accounts", "LinkedTransactions"]
)
def test_a_record_that_can_be_read_now_leaves_quarantine_at_the_cost_of_one_call(
    mirrored: Mirrored, stream: str
) -> None:
    xero_id = next(iter(mirrored.original_of(stream)))
    organisation = mirrored.organisation
    with in_workspace(organisation.workspace_id):
        Quarantined.objects.create(
            organisation=organisation,
            workspace_id=organisation.workspace_id,
            stream=stream,
            xero_id=xero_id,
            digest=b"1",
            raw="{}",
            problem="unreadable",
            seen_at=timezone.now(),
        )

    run = read_records_again(organisation.pk, stream=stream, xero_ids=[xero_id], now=timezone.now)

    row = mirrored.streams(run)[stream]
    assert (run.kind, run.state, row.calls) == (Run.Kind.AGAIN, Run.State.SUCCEEDED, 1)
    assert xero_id in mirrored.copy_of(stream)
    with in_workspace(organisation.workspace_id):
        assert Quarantined.objects.get().settled_at is not None
        assert not Cursor.objects.exists()


def test_a_parked_run_goes_first(mirrored: Mirrored) -> None:
    organisation = mirrored.organisation
    with in_workspace(organisation.workspace_id):
        Run.objects.create(
            organisation=organisation,
            workspace_id=organisation.workspace_id,
            kind=Run.Kind.FULL,
            reason="test",
            state=Run.State.PARKED,
            started_at=timezone.now(),
            parked_until=timezone.now() + timedelta(hours=1),
        )

    with pytest.raises(AlreadySyncing):
        read_records_again(organisation.pk, stream="Invoices", xero_ids=["x"], now=timezone.now)
