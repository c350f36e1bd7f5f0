"""Reads records of one kind once more, by their ids: what lies in quarantine, tried again."""

from collections.abc import Callable, Sequence
from datetime import datetime

from counterfoil.mirror.models import Run
from counterfoil.sync import runs
from counterfoil.sync.engine import execute_run, find_connection
from counterfoil.sync.lease import AlreadySyncing, hold_lease

REASON = "tried again"


def read_records_again(
    organisation_id: int, *, stream: str, xero_ids: Sequence[str], now: Callable[[], datetime]
) -> Run:
    """
    Read these records of a stream from Xero and return the run; what can be read now leaves quarantine.

    The stream's cursor stays where it is. Raises AlreadySyncing while another run is unfinished, and
    NotConnected. What goes wrong with Xero is in the run.
    """
    connection = find_connection(organisation_id)
    with hold_lease(organisation_id):
        if runs.has_unfinished_run(connection.organisation):
            raise AlreadySyncing
        run = runs.begin_run(
            connection.organisation, kind=Run.Kind.AGAIN, reason=REASON, now=now(), streams={stream}
        )
        execute_run(connection, run, now=now, wanted={stream: xero_ids})
    return run
