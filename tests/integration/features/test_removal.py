"""Removing an organisation while a worker is in the midst of a page."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from django.db import IntegrityError, connection

from counterfoil.features.connections.removal import purge_organisation
from counterfoil.features.workspaces.audit import let_entries_go
from counterfoil.mirror.models import Invoice, Organisation, Run, StreamRun, Workspace
from counterfoil.mirror.scope import across_workspaces
from tests.integration.web.firms import NOW, Firm, make_firm, make_invoice, make_organisation


@pytest.fixture
def firm(transactional_db: None) -> Iterator[Firm]:
    made = make_firm()
    yield made
    with across_workspaces():
        let_entries_go()
        Workspace.objects.all().delete()


def start_stream(firm: Firm, organisation: Organisation) -> StreamRun:
    with firm.inside():
        run = Run.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            kind=Run.Kind.FULL,
            reason="connected",
            started_at=NOW,
        )
        return StreamRun.objects.create(
            organisation=organisation, workspace=firm.workspace, run=run, stream="Invoices", place=0
        )


def test_a_page_that_was_being_written_is_undone_with_the_removal(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_invoice(firm, organisation)
    row = start_stream(firm, organisation)
    is_written, may_end, failures = Event(), Event(), []

    def write_a_page() -> None:
        try:
            with firm.inside():
                make_invoice(firm, organisation, number="TOO LATE")
                is_written.set()
                may_end.wait(10)
                row.rows_read += 1
                row.save()
        except IntegrityError as error:
            failures.append(error)
        finally:
            connection.close()

    worker = Thread(target=write_a_page)
    worker.start()
    is_written.wait(10)
    with firm.inside():
        removed = purge_organisation(organisation, now=NOW)
    may_end.set()
    worker.join(10)

    assert removed["invoices and bills"] == 1
    assert len(failures) == 1
    with firm.inside():
        assert Invoice.objects.count() == 0
        assert Run.objects.count() == 0
