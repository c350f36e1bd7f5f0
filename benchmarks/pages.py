"""
How long the server takes for each list: first and last page, every view and order, at full size.

    python -m benchmarks.pages [--invoices N] [--times N] [--only WORD] [--into FOLDER]   prints a table
"""

import argparse
import os
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from benchmarks.own_database import own_database, print_lines
from benchmarks.past import PAGE, START, make_invoice, write
from benchmarks.pictures import draw_milliseconds, keep_picture, name_folder


def main() -> None:
    """Fill a database of its own, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=11)
    parser.add_argument("--only", default="", help="measure the pages whose name has this word")
    name_folder(parser)
    given = parser.parse_args()
    kinds: dict[str, float] = {}
    with own_database():
        print_lines(measure(given.invoices, given.times, given.only, kinds))
    title = f"The slowest of each kind of page over {given.invoices:,} invoices, at the median"
    keep_picture(given.into, "pages", draw_milliseconds(title, kinds))


def measure(invoices: int, times: int, only: str, kinds: dict[str, float]) -> Iterator[str]:
    """
    Yield a line for each page: its name, the median and the slowest in milliseconds, its queries.

    Of each kind, such as invoices in any order, the slowest median is noted in `kinds`.
    """
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    firm, organisation = fill_firm(invoices)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    # The tests' environment is left out: it copies the context of every template, which no server does.
    settings.ALLOWED_HOSTS = ["testserver"]
    browser = Client()
    browser.force_login(firm)
    yield "| page | median | slowest | queries |\n|---|---|---|---|"
    kind = ""
    for name, path in _list_pages(organisation):
        if only not in name:
            continue
        taken = []
        for _ in range(times):
            begun = time.perf_counter()
            answer = browser.get(path, headers=_headers(path))
            taken.append((time.perf_counter() - begun) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{path} answered {answer.status_code}")
        with CaptureQueriesContext(connection) as asked:
            browser.get(path, headers=_headers(path))
        median = statistics.median(taken)
        kind = kind if name.startswith("the same") else name.split(",")[0]
        kinds[kind] = max(kinds.get(kind, 0), median)
        yield f"| {name} | {median:.0f} ms | {max(taken):.0f} ms | {len(asked)} |"


def _headers(path: str) -> dict[str, str]:
    """Ask for results as a page does while somebody types."""
    return {"HX-Request": "true"} if path.startswith("/search/") else {}


def fill_firm(invoices: int) -> tuple[Any, Any]:
    """Bring in a firm with one organisation: invoices, a fifth as many contacts, payments of most."""
    from counterfoil.features.clients.models import Client, Link
    from counterfoil.features.reports.receivables import refresh_outlook
    from counterfoil.features.workspaces.models import User
    from counterfoil.features.workspaces.operations import create_workspace
    from counterfoil.mirror.models import (
        Account,
        Connection,
        Contact,
        Grant,
        Organisation,
        OrganisationProfile,
        Payment,
    )
    from counterfoil.mirror.scope import across_workspaces, in_workspace
    from counterfoil.sync.drawing import draw_up

    user = User.objects.create_user("bench@firm.example")
    firm = create_workspace(name="Bench", owner=user, now=START)
    with across_workspaces():
        organisation = Organisation.objects.create(workspace=firm, tenant_id="bench", name="Bench")
        for page in range(0, invoices, PAGE):
            records = [make_invoice(number) for number in range(page, page + PAGE)]
            write(organisation, records, START, is_first_copy=True)
    held = {
        "organisation": organisation,
        "workspace_id": firm.pk,
        "raw": "{}",
        "digest": b"",
        "first_seen_at": START,
        "changed_here_at": START,
    }
    with in_workspace(firm.pk):
        grant = Grant.objects.create(
            workspace=firm,
            access_token="none",
            refresh_token="none",
            expires_at=START + timedelta(days=20_000),
            refreshed_at=START,
        )
        Connection.objects.create(
            organisation=organisation,
            workspace=firm,
            grant=grant,
            xero_connection_id="bench",
            connected_by="Bench",
            connected_at=START,
        )
        OrganisationProfile.objects.create(
            **held,
            xero_id="bench",
            name="Bench",
            short_code="!bench",
            base_currency="GBP",
            timezone="GMTSTANDARDTIME",
            is_demo_company=False,
        )
        contacts = [
            Contact(
                **held,
                xero_id=f"contact-{number}",
                name=f"Contact {number}",
                status="ACTIVE",
                email=f"accounts{number}@contact.example",
                is_customer=True,
                is_supplier=False,
                has_attachments=False,
            )
            for number in range(invoices // 5)
        ]
        Contact.objects.bulk_create(contacts, batch_size=PAGE)
        for code, account_class in (("200", "REVENUE"), ("400", "EXPENSE")):
            Account.objects.create(
                **held, xero_id=f"account-{code}", code=code, name=f"Account {code}", status="ACTIVE",
                kind=account_class, account_class=account_class, enable_payments=False,
            )  # fmt: skip
        payments = [
            Payment(
                **held,
                xero_id=f"payment-{number}",
                kind="ACCRECPAYMENT",
                status="AUTHORISED",
                date=date(2025, 1, 1) + timedelta(days=number % 365),
                amount=100,
                is_reconciled=False,
                invoice_id=f"{number:08d}-0000-4000-8000-000000000000",
            )
            for number in range(invoices * 77 // 100)
        ]
        Payment.objects.bulk_create(payments, batch_size=PAGE)
        clients = Client.objects.bulk_create(
            [
                Client(workspace=firm, name=f"Client {number}", created_at=START)
                for number in range(invoices // 50)
            ],
            batch_size=PAGE,
        )
        Link.objects.bulk_create(
            [
                Link(
                    workspace=firm,
                    organisation=organisation,
                    client=client,
                    contact_id=f"contact-{number}",
                    proof="by_hand",
                    made_at=START,
                )
                for number, client in enumerate(clients)
            ],
            batch_size=PAGE,
        )
        while draw_up(organisation):
            pass
        refresh_outlook(organisation, now=datetime.now(UTC))
    return user, organisation


def _list_pages(organisation: Any) -> Iterator[tuple[str, str]]:
    from counterfoil.features.clients.models import Client
    from counterfoil.features.invoices.documents import Source, View, has_view
    from counterfoil.features.invoices.ordering import Order, Sort
    from counterfoil.mirror.models import Contact, Invoice, Payment
    from counterfoil.mirror.scope import in_workspace
    from counterfoil.web.paging import write_document_place, write_order

    today = datetime.now(UTC).date()
    with in_workspace(organisation.workspace_id):
        for view in (View.OPEN, View.UNPAID, View.OVERDUE, View.PAID, View.PINNED, View.ALL):
            rows = Invoice.objects.filter(has_view(view, Source(organisation, today)), kind="ACCREC")
            for order in (Order(sort, is_ascending=way) for sort in Sort for way in (False, True)):
                if view is not View.ALL and order != Order():
                    continue
                asked = {"view": view.value, "sort": write_order(order)}
                yield f"invoices, {view.value}, {asked['sort']}, first page", f"/invoices/?{urlencode(asked)}"
                last = rows.order_by(*order.fields).reverse().defer("raw", "digest")[40:41].first()
                if last is not None:
                    place = write_document_place(order.place_of(last))
                    yield "the same, last page", f"/invoices/?{urlencode(asked | place)}"
        client = Client.objects.first()
        contact = Contact.objects.order_by("-name")[40:41].get()
        payment = Payment.objects.order_by("date", "-xero_id")[40:41].get()
        assert client is not None
    for basis in ("accrual", "cash"):
        yield (
            f"profit and loss, 12 months, {basis}",
            (f"/o/{organisation.pk}/reports/profit-and-loss/?months=12&until=2025-12&basis={basis}"),
        )
    yield (
        "profit and loss, documents of a month's income",
        (
            f"/o/{organisation.pk}/reports/profit-and-loss/documents/?part=income&from=2025-11-01&to=2025-11-30"
        ),
    )
    yield "receivables", f"/o/{organisation.pk}/reports/receivables/"
    yield "invoices, search for a number", "/invoices/?q=INV-0999"
    yield "invoices, search for a name", "/invoices/?q=contact+19999"
    yield "invoices, search for what all have", "/invoices/?q=INV"
    yield "bills", "/bills/?view=unpaid"
    yield "owed", "/owed/"
    yield "payments, first page", "/payments/"
    yield "payments, last page", f"/payments/?after={payment.xero_id}&after_by={payment.date}"
    yield "payments received, summed", "/payments/?kind=received&valid=yes&from=2025-11-01&to=2025-11-30"
    yield "contacts, first page", "/contacts/"
    last_name = urlencode({"after": contact.xero_id, "after_name": contact.name})
    yield "contacts, last page", f"/contacts/?{last_name}"
    yield "contacts, search", "/contacts/?q=contact+1999"
    yield "payments, search", "/payments/?q=PO+12"
    yield "clients", "/clients/"
    yield "clients, search", "/clients/?q=client+12"
    for what, typed in (
        ("a name", "contact 1999"),
        ("a mistyped name", "contcat"),
        ("a number", "INV-099906"),
        ("the beginning of every number", "inv"),
        ("the last digits of a number", "1042"),
        ("a reference", "PO 44"),
        ("an amount", "1,250.00"),
        ("nothing that is there", "zzzz"),
    ):
        yield f"search as one types, {what}", f"/search/?{urlencode({'q': typed})}"
    yield "one client", f"/clients/{client.pk}/"
    yield "unmatched", "/unmatched/"
    yield "dashboard", "/"


if __name__ == "__main__":
    main()
