"""
How fast the past is: lists and totals as at a moment, over a table and a change log of full size.

    python -m benchmarks.past [--invoices N] [--changes N]   prints one JSON object
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from benchmarks.own_database import own_database

PAGE = 1000
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = START + timedelta(days=30)
CURRENCIES = ("GBP", "GBP", "GBP", "EUR", "USD")


def main() -> None:
    """Fill a database of its own, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=5_000)
    given = parser.parse_args()
    with own_database():
        sys.stdout.write(json.dumps(measure(given.invoices, given.changes), indent=2) + "\n")


def measure(invoices: int, changes: int) -> dict[str, Any]:
    """Return the seconds that each question takes, the best of three."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from counterfoil.features.history.past import ask_as_dated, ask_as_seen
    from counterfoil.features.history.restated import Period, list_restated
    from counterfoil.features.invoices.documents import Question, Source, View, list_documents
    from counterfoil.features.invoices.owed import list_owing, sum_owed
    from counterfoil.mirror.models import Organisation, Workspace
    from counterfoil.mirror.scope import across_workspaces

    call_command("migrate", verbosity=0)
    with across_workspaces():
        firm = Workspace.objects.create(name="Bench")
        organisation = Organisation.objects.create(workspace=firm, tenant_id="bench", name="Bench")
        records = [make_invoice(number) for number in range(invoices)]
        for page in range(0, invoices, PAGE):
            write(organisation, records[page : page + PAGE], START, is_first_copy=True)
        for page in range(0, changes, PAGE):
            size = min(PAGE, changes - page)
            random = Random(page)
            changed = [pay(records[random.randrange(invoices)], page) for _ in range(size)]
            write(organisation, changed, MOMENT + timedelta(days=1, minutes=page))
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze mirror_invoice")
        cursor.execute("vacuum analyze mirror_change")

    today = MOMENT.date()
    source, question = Source(organisation, today), Question(view=View.ALL)
    asked: dict[str, Callable[[], object]] = {
        "list_now": lambda: list_documents([source], question),
        "totals_now": lambda: sum_owed(source),
        "list_then": lambda: ask_as_seen(organisation, MOMENT, lambda: list_documents([source], question)),
        "totals_then": lambda: ask_as_seen(organisation, MOMENT, lambda: sum_owed(source)),
        "contacts_then": lambda: ask_as_seen(organisation, MOMENT, lambda: list_owing(source)),
        "totals_by_dates": lambda: ask_as_dated(organisation, today, lambda: sum_owed(source)),
        "closed_period": lambda: list_restated(
            organisation, Period(date(2025, 6, 1), date(2025, 6, 30), MOMENT), base="GBP"
        ),
    }
    figures: dict[str, Any] = {"invoices": invoices, "changes": changes}
    with across_workspaces():
        for name, ask in asked.items():
            figures[name] = round(min(_time(ask) for _ in range(3)), 3)
    return figures


def _time(ask: Callable[[], object]) -> float:
    begun = time.perf_counter()
    ask()
    return time.perf_counter() - begun


def write(organisation: Any, records: list[dict[str, Any]], at: datetime, **more: Any) -> None:
    """Bring records in as a sync does."""
    from counterfoil.mirror.upsert import Arrival, Incoming, write_records
    from counterfoil.sync.streams import STREAM_BY_NAME
    from counterfoil.xero.records import read_record
    from counterfoil.xero.records.base import columns_of

    stream = STREAM_BY_NAME["Invoices"]
    values = columns_of(stream.record)

    def incoming() -> Iterator[Incoming]:
        for record in records:
            raw = json.dumps(record).encode()
            yield Incoming(record["InvoiceID"], values(read_record(stream.record, raw)), raw)

    arrival = Arrival(organisation.workspace_id, organisation.pk, "Invoices", None, "bench", at, **more)
    write_records(stream.model, stream.record.columns(), incoming(), arrival)


def make_invoice(number: int) -> dict[str, Any]:
    """Return an invoice of four lines, as long as real ones are."""
    day = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=number % 365)
    total = round(100 + number % 9000 * 1.37, 2)
    is_open = number % 5 == 0
    paid_on = day + timedelta(days=30 + number % 20_000 % 23 - 5)
    payment = {"PaymentID": f"payment-{number}", "Date": _write_date(paid_on), "Amount": total}
    return {
        "Type": "ACCREC" if number % 4 else "ACCPAY",
        "InvoiceID": f"{number:08d}-0000-4000-8000-000000000000",
        "InvoiceNumber": f"INV-{number:06d}", "Reference": f"PO {number % 977}",
        "Payments": [] if is_open else [payment],
        **({} if is_open else {"FullyPaidOnDate": _write_date(paid_on)}),
        "AmountDue": total if is_open else 0.0,
        "AmountPaid": 0.0 if is_open else total, "AmountCredited": 0.0,
        "CurrencyRate": 1.0, "HasAttachments": False, "Status": "AUTHORISED" if is_open else "PAID",
        "Contact": {"ContactID": f"contact-{number % 20_000}", "Name": f"Contact {number % 20_000}"},
        "Date": _write_date(day), "DueDate": _write_date(day + timedelta(days=30)),
        "LineItems": [
            {"LineItemID": f"{number}-{line}", "Description": "Website design by the day, workshops, notes",
             "UnitAmount": 620.0, "TaxType": "OUTPUT2", "TaxAmount": 961.0, "LineAmount": 4805.0,
             "AccountCode": "200" if number % 4 else "429", "Quantity": 7.75, "Tracking": []}
            for line in range(4)
        ],
        "CurrencyCode": CURRENCIES[number % len(CURRENCIES)],
        "SubTotal": total, "TotalTax": 0.0, "Total": total,
        "UpdatedDateUTC": "/Date(1767225600000+0000)/",
    }  # fmt: skip


def pay(invoice: dict[str, Any], salt: int) -> dict[str, Any]:
    """Return the invoice as paid in part, or with another reference when nothing is due."""
    paid = round(invoice["AmountDue"] / 3, 2)
    return invoice | {
        "AmountDue": round(invoice["AmountDue"] - paid, 2),
        "AmountPaid": round(invoice["AmountPaid"] + paid, 2),
        "Reference": f"changed {salt}",
        "Payments": [{"PaymentID": f"p-{salt}", "Amount": paid, "Date": "/Date(1767225600000+0000)/"}],
    }


def _write_date(moment: datetime) -> str:
    return f"/Date({int(moment.timestamp() * 1000)}+0000)/"


if __name__ == "__main__":
    main()
