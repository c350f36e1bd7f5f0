"""
How long a month of many agreements takes: looked at ahead, made, reviewed, sent, approved.

    python -m benchmarks.month_end [--agreements N]   prints a table
"""

import argparse
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from benchmarks.own_database import own_database, print_lines
from benchmarks.timing import Taken, take_time

Result = TypeVar("Result")

NOW = datetime(2026, 7, 31, 9, tzinfo=UTC)
JUNE = (date(2026, 6, 1), date(2026, 6, 30))
JULY = (date(2026, 7, 1), date(2026, 7, 31))


def main() -> None:
    """Bill two months of many agreements, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agreements", type=int, default=2_000)
    agreements = parser.parse_args().agreements
    with own_database():
        print_lines(measure(agreements))


def measure(count: int) -> Iterator[str]:
    """Yield the lines of the table."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    django.setup()
    from django.core.management import call_command
    from tests.integration.writing_firms import make_writing_firm
    from tests.unit.xero_sandbox.conftest import SMALL, Xero

    from counterfoil.features.billing import approving, generating, reviewing, runs, sending, waving

    call_command("migrate", verbosity=0)
    books = Xero(SMALL)
    books.connect()
    made = make_writing_firm(books, client="Client 0000")
    firm, organisation = made.firm, made.organisation

    def start(first: date, last: date) -> Any:
        return runs.start_run(organisation, first_day=first, last_day=last, by="bench", now=NOW)

    with firm.inside():
        _agree(made, count)
    yield "| | seconds (computing here + in the database) |\n|---|---|"
    yield f"| agreements, each with two fees and some hours | {count:,} |"
    with firm.inside():
        outlook, took = _time(lambda: generating.look_ahead(organisation, last_day=JUNE[1]))
    yield f"| looked at ahead | {took} |"
    with firm.inside():
        run = start(*JUNE)
    generated, took = _time(lambda: generating.generate(run, now=NOW))
    if not len(generated.invoices) == outlook.invoices == count:
        raise SystemExit(f"{len(generated.invoices)} of {count} were billed")
    yield f"| made, as drafts | {took} |"
    again, took = _time(lambda: generating.generate(run, now=NOW))
    if again.invoices:
        raise SystemExit("something was billed twice")
    yield f"| made once more, which adds nothing | {took} |"
    with firm.inside():
        july = start(*JULY)
    generating.generate(july, now=NOW)
    with firm.inside():
        page, took = _time(lambda: reviewing.list_invoices(july, today=JULY[1]))
    yield f"| a page of {len(page.rows)} beside last month | {took} |"
    with firm.inside():
        different, took = _time(
            lambda: reviewing.list_invoices(july, today=JULY[1], only=reviewing.Only.DIFFERENT)
        )
    yield f"| those of all that differ, a page of {len(different.rows)} | {took} |"
    with firm.inside():
        plain, took = _time(lambda: waving.wave_through(july, by="bench", today=JULY[1], now=NOW))
    yield f"| the {plain:,} without a problem or a difference | {took} |"
    pushed, took = _time(lambda: sending.push_ready(july, by=firm.user, now=NOW))
    yield f"| {pushed.sent:,} put into the outbox | {took} |"
    with firm.inside():
        waiting, took = _time(lambda: approving.list_waiting(july))
        yield f"| shown to be approved, {len(waiting.invoices):,} | {took} |"
        approved, took = _time(
            lambda: approving.approve_waiting(july, shown=waiting.mark, who=firm.user, now=NOW)
        )
    yield f"| {approved:,} approved at once | {took} |"


def _time(work: Callable[[], Result]) -> tuple[Result, Taken]:
    results: list[Result] = []
    taken = take_time(lambda: results.append(work()))
    return results[0], taken


def _agree(made: Any, count: int) -> None:
    """Let each client agree to a retainer and a smaller fee; every tenth has hours in June."""
    from counterfoil.features.billing import models
    from counterfoil.features.clients.models import Client

    workspace = made.firm.workspace
    card = models.RateCard.objects.create(workspace=workspace, name="2026", currency="GBP", created_at=NOW)
    models.Rate.objects.create(workspace=workspace, card=card, since=date(2026, 1, 1), amount=Decimal(80))
    clients = Client.objects.bulk_create(
        Client(workspace=workspace, name=f"Client {number:05}", created_at=NOW) for number in range(count)
    )
    agreements = models.Agreement.objects.bulk_create(
        models.Agreement(
            workspace=workspace,
            client=client,
            organisation=made.organisation,
            contact_id=made.contact_id,
            name="Care",
            state=models.Agreement.State.ACTIVE,
            currency="GBP",
            every="month",
            billed="in_arrears",
            anchor=date(2026, 6, 1),
            starts_on=date(2026, 6, 1),
            reference="Care {month}",
            created_at=NOW,
        )
        for client in clients
    )
    common = {"workspace": workspace, "account_code": "200", "tax_type": "OUTPUT2"}
    fees = models.AgreementLine.objects.bulk_create(
        models.AgreementLine(
            **common, agreement=agreement, place=place, kind="fixed", description=f"{word} in {{month}}"
        )
        for agreement in agreements
        for place, word in enumerate(("Care", "Backup"))
    )
    models.LinePrice.objects.bulk_create(
        models.LinePrice(
            workspace=workspace, line=line, since=date(2026, 1, 1), amount=300 - 260 * line.place
        )
        for line in fees
    )
    models.AgreementLine.objects.bulk_create(
        models.AgreementLine(
            **common, agreement=agreement, place=2, kind="time", description="Work", rate_card=card
        )
        for agreement in agreements
    )
    models.TimeEntry.objects.bulk_create(
        models.TimeEntry(
            workspace=workspace, client=client, day=date(2026, 6, 9), who="Ann", hours=2, created_at=NOW
        )
        for client in clients[::10]
    )


if __name__ == "__main__":
    main()
