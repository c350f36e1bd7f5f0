"""
How many calls and how long a month's drafts take to be in Xero.

    python -m benchmarks.pushing [--drafts N] [--into FOLDER]   prints a table
"""

import argparse
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.factories.sandbox import (
    CLIENT_ID,
    CLIENT_SECRET,
    WRITE_SCOPES,
    RunningSandbox,
    running_sandbox,
)

from benchmarks.own_database import own_database, print_lines
from benchmarks.pictures import draw_milliseconds, keep_picture, name_folder


def main() -> None:
    """Fill an outbox, send it, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drafts", type=int, default=500)
    name_folder(parser)
    given = parser.parse_args()
    each: dict[str, float] = {}
    with running_sandbox(watched=False, invoices=0) as sandbox, own_database():
        os.environ.update({f"XERO_{name}_URL": sandbox.url for name in ("LOGIN", "IDENTITY", "API", "WEB")})
        os.environ.update({"XERO_CLIENT_ID": CLIENT_ID, "XERO_CLIENT_SECRET": CLIENT_SECRET})
        print_lines(measure(sandbox, given.drafts, each))
    title = f"Writing {given.drafts:,} drafts to Xero, each"
    keep_picture(given.into, "pushing", draw_milliseconds(title, each))


def measure(sandbox: RunningSandbox, drafts: int, each: dict[str, float]) -> Iterator[str]:
    """Yield the lines of the table, and note the milliseconds that each draft takes."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from counterfoil.sync.outbox.sending import push_organisation

    call_command("migrate", verbosity=0)
    tenant = str(sandbox.add_organisation(name="Harbour Foods Ltd", country="GB", contacts=2)["tenantId"])
    organisation = _connect(sandbox, tenant)
    begun = time.perf_counter()
    _ask(sandbox, organisation, drafts)
    asked = time.perf_counter() - begun
    begun = time.perf_counter()
    report = push_organisation(organisation.pk, now=timezone.now)
    took = time.perf_counter() - begun
    arrived = len(sandbox.records(tenant, "Invoices"))
    if arrived != drafts:
        raise SystemExit(f"{arrived} of {drafts} drafts arrived")
    yield "| | |\n|---|---|"
    yield f"| drafts | {drafts} |"
    yield f"| calls, and calls for each document | {report.calls}, {report.calls / drafts:.3f} |"
    each.update({"asked for, approved": asked / drafts * 1000, "sent and answered": took / drafts * 1000})
    yield f"| asked for and approved | {asked:.1f} s, {asked / drafts * 1000:.0f} ms each |"
    yield f"| sent, answered and in the copy | {took:.1f} s, {took / drafts * 1000:.0f} ms each |"


def _connect(sandbox: RunningSandbox, tenant: str) -> Any:
    from counterfoil.mirror.models import Connection, Grant, Organisation, OutboxRules, Workspace
    from counterfoil.mirror.scope import in_workspace
    from counterfoil.xero.scopes import Write

    tokens, now = sandbox.tokens(tenant, scope=WRITE_SCOPES), datetime.now(UTC)
    workspace = Workspace.objects.create(name="Bench")
    with in_workspace(workspace.pk):
        organisation = Organisation.objects.create(workspace=workspace, tenant_id=tenant, name="Harbour")
        grant = Grant.objects.create(
            workspace=workspace,
            kind=Grant.Kind.CODE,
            client_id=CLIENT_ID,
            scopes=tokens["scope"].split(),
            access_token=tokens["access_token"],
            refresh_token=tokens["refresh_token"],
            expires_at=now + timedelta(minutes=30),
            refreshed_at=now,
        )
        Connection.objects.create(
            organisation=organisation,
            workspace=workspace,
            grant=grant,
            connected_at=now,
            mode=Connection.Mode.TWO_WAY,
            writes=[write.value for write in Write],
        )
        OutboxRules.objects.create(organisation=organisation, workspace=workspace, asks_approval=False)
    return organisation


def _ask(sandbox: RunningSandbox, organisation: Any, drafts: int) -> None:
    from counterfoil.mirror.scope import in_workspace
    from counterfoil.sync.outbox.storing import Proposal, propose_many
    from counterfoil.xero.wishes import ContactRef, Line, NewInvoice

    contact = str(sandbox.records(organisation.tenant_id, "Contacts")[0]["ContactID"])
    work = Line(description="Bookkeeping", quantity=Decimal(2), unit_amount=Decimal(60), account_code="200")
    wish = NewInvoice(
        contact=ContactRef(contact_id=contact),
        date=date(2026, 11, 20),
        due_date=date(2026, 12, 20),
        amounts_are="Exclusive",
        lines=[work] * 5,
        currency="GBP",
        status="DRAFT",
    )
    with in_workspace(organisation.workspace_id):
        propose_many(
            organisation,
            [Proposal(wish=wish, intent_key=f"bench:{number}") for number in range(drafts)],
            cause_kind="bench",
            now=datetime.now(UTC),
        )


if __name__ == "__main__":
    main()
