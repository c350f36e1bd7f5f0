"""A month-end run: beginning one, and what everything that is done with it asks first."""

from datetime import date, datetime

from django.db import connection, transaction

from counterfoil.features.billing.models import BillingRun
from counterfoil.mirror.models import Organisation

_LOCKS = 0x42494C4C
"""Tells locks for billing from all other advisory locks: "BILL"."""


class RunIsArchived(Exception):
    """What was archived does not change."""

    def __init__(self) -> None:
        super().__init__("This run is archived: it stays as it was sent. Start another run instead.")


class NotPossible(Exception):
    """What was asked cannot be done to a run, or to an invoice of one, as it stands."""


@transaction.atomic
def start_run(
    organisation: Organisation, *, first_day: date, last_day: date, by: str, now: datetime
) -> BillingRun:
    """Begin a run for the days given, and return it; one that is open for the same days is gone on with."""
    if last_day < first_day:
        raise NotPossible("The last day is before the first.")
    wait_for_turn(organisation.workspace_id)
    same = {"first_day": first_day, "last_day": last_day, "organisation": organisation}
    begun = BillingRun.objects.filter(state=BillingRun.State.OPEN, **same).first()
    return begun or BillingRun.objects.create(
        workspace_id=organisation.workspace_id, created_by=by, created_at=now, **same
    )


def lock_open(run: BillingRun) -> BillingRun:
    """Return the run as it is now, kept from others until the transaction ends. Raises RunIsArchived."""
    current = BillingRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if current.state == BillingRun.State.ARCHIVED:
        raise RunIsArchived
    return current


def wait_for_turn(workspace_id: int) -> None:
    """Let one transaction at a time bill for a workspace; the lock ends with it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCKS, workspace_id])
