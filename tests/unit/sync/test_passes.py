"""Which readings a stream needs."""

from datetime import UTC, datetime

import pytest

from counterfoil.mirror.models import Run
from counterfoil.sync.passes import OVERLAP, Pass, plan_passes
from counterfoil.sync.streams import OPEN_DOCUMENTS, STREAM_BY_NAME, STREAMS, Walk

SINCE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CHANGES = SINCE - OVERLAP


def plan(name: str, kind: str, since: datetime | None = SINCE) -> list[Pass]:
    return plan_passes(STREAM_BY_NAME[name], kind=kind, since=since)


@pytest.mark.parametrize("kind", list(Run.Kind))
def test_a_stream_that_never_succeeded_is_read_whole_whatever_the_run_is(kind: str) -> None:
    readings = [plan_passes(stream, kind=kind, since=None) for stream in STREAMS]

    assert [len(reading) for reading in readings] == [1] * len(STREAMS)
    assert {reading[0].modified_since for reading in readings} == {None}


def test_a_delta_asks_for_changes_since_a_little_before_the_cursor() -> None:
    assert plan("Payments", Run.Kind.DELTA) == [Pass(Walk.BACKWARDS, modified_since=CHANGES)]


def test_archived_contacts_are_asked_for_in_every_reading() -> None:
    readings = [reading for kind in Run.Kind for reading in plan("Contacts", kind)]

    assert {reading.params["includeArchived"] for reading in readings} == {"true"}


def test_a_sweep_reads_changes_first_and_the_open_documents_again() -> None:
    assert plan("Invoices", Run.Kind.SWEEP) == [
        Pass(Walk.BACKWARDS, {"unitdp": "4"}, modified_since=CHANGES),
        Pass(Walk.BACKWARDS, {"unitdp": "4", **OPEN_DOCUMENTS}),
    ]


def test_a_sweep_reads_all_contacts_and_can_tell_who_is_gone() -> None:
    assert plan("Contacts", Run.Kind.SWEEP) == [
        Pass(Walk.BY_ID, {"includeArchived": "true", "order": "ContactID"}, is_whole=True, shows_all=True)
    ]


def test_manual_journals_are_never_asked_for_in_an_order() -> None:
    """With an order, Xero forgets the pages of this list."""
    readings = [reading for kind in Run.Kind for reading in plan("ManualJournals", kind, None)]

    assert all("order" not in reading.params for reading in readings)
