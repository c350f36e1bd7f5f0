"""
How fast costs are read, attributed and reported at full size: 100,000 invoices, 50,000 bank transactions.

    python -m benchmarks.profitability [--invoices N] [--spent N] [--rules N]   prints a table
"""

import argparse
import json
import os
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from benchmarks.bare_spending import read_bare, scan_bare
from benchmarks.own_database import own_database, print_lines
from benchmarks.pages import fill_firm
from benchmarks.past import PAGE, START
from benchmarks.timing import Taken, take_time

TIMES = 9


def main() -> None:
    """Fill a database of its own, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--spent", type=int, default=50_000)
    parser.add_argument("--rules", type=int, default=200)
    given = parser.parse_args()
    with own_database():
        print_lines(measure(given.invoices, given.spent, given.rules))


def measure(invoices: int, spent: int, rules: int) -> Iterator[str]:
    """Yield a line for each job, with its seconds, and for each page, with its median and slowest."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from counterfoil.features.spending.attributing import attribute_all_costs
    from counterfoil.features.spending.gathering import gather_lines
    from counterfoil.features.spending.models import Line
    from counterfoil.mirror.scope import in_workspace

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    user, organisation = fill_firm(invoices)
    with in_workspace(organisation.workspace_id):
        _spend(organisation, spent)
    bare = take_time(lambda: read_bare(organisation))
    yield "| job | seconds (computing here + in the database) | bare | ratio |\n|---|---|---|---|"
    first = take_time(lambda: gather_lines(organisation, now=START + timedelta(hours=2)))
    yield _compare("read and attribute all lines", first, bare)
    again = take_time(lambda: gather_lines(organisation, now=START + timedelta(days=30)))
    yield _compare("find that nothing changed", again)
    with in_workspace(organisation.workspace_id):
        _rule(organisation, rules)
        lines, costs = Line.objects.count(), Line.objects.filter(side="cost").count()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    yield from _scan(organisation)
    ruled = take_time(lambda: attribute_all_costs(organisation))
    yield _compare(f"ask {rules} rules of {costs:,} costs, and keep what they say", ruled)
    again = take_time(lambda: attribute_all_costs(organisation))
    yield _compare("the same, when nothing is decided otherwise", again)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    settings.ALLOWED_HOSTS = ["testserver"]
    browser = Client()
    browser.force_login(user)
    yield f"\n{lines:,} lines.\n"
    yield "| page | computing here + in the database | by the clock | queries |\n|---|---|---|---|"
    for name, path in _list_pages(organisation):
        answer = browser.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
        taken = take_time(partial(_open_often, browser, path))
        with CaptureQueriesContext(connection) as asked:
            browser.get(path)
        here, there, clock = (
            f"{seconds / TIMES * 1000:.0f}" for seconds in (taken.here, taken.database, taken.seconds)
        )
        yield f"| {name} | {here} + {there} ms | {clock} ms | {len(asked)} |"
        slow = sorted(asked.captured_queries, key=lambda one: -float(one["time"]))[:2]
        if os.environ.get("BENCH_QUERIES"):
            yield "\n".join(f"    {one['time']} s {one['sql'][:400]}" for one in slow)


def _open_often(browser: Any, path: str) -> None:
    for _ in range(TIMES):
        browser.get(path)


def _compare(name: str, taken: Taken, bare: Taken | None = None) -> str:
    beside = f"{bare} | {taken.computing / bare.computing:.1f}×" if bare else " | "
    return f"| {name} | {taken} | {beside} |"


def _scan(organisation: Any) -> Iterator[str]:
    """Ask the rules of what was spent from the bank, written nowhere: what a scan for recharges asks."""
    from counterfoil.domain.criteria import RuleBook
    from counterfoil.features.spending.attributing import describe_spent, read_criteria
    from counterfoil.features.spending.models import Line, Rule
    from counterfoil.mirror.scope import in_workspace

    with in_workspace(organisation.workspace_id):
        # One line of each transaction.
        spent = list(Line.objects.filter(stream="BankTransactions", line_key__endswith="-0"))
        rules = [(read_criteria(rule), rule) for rule in Rule.objects.all()]
    book = RuleBook.of(rules)
    taken = take_time(lambda: [book.find(describe_spent(line)) for line in spent])
    plain = [(criteria.contact_id, criteria.description) for criteria, _ in rules]
    bare = take_time(lambda: scan_bare(plain, [(line.contact_id, line.description) for line in spent]))
    yield _compare(f"ask {len(rules)} rules of {len(spent):,} bank transactions", taken, bare)


def _spend(organisation: Any, spent: int) -> None:
    """Bring in accounts, spent money of two lines, hours, and what an hour costs."""
    from counterfoil.features.billing.models import Rate, RateCard, TimeEntry
    from counterfoil.features.clients.models import Client
    from counterfoil.mirror.models import Account, BankTransaction

    workspace = organisation.workspace
    held = {
        "organisation": organisation,
        "workspace": workspace,
        "digest": b"",
        "first_seen_at": START,
        "changed_here_at": START,
    }
    for code, account_class in (("200", "REVENUE"), ("429", "EXPENSE")):
        Account.objects.create(
            **held, xero_id=code, raw="{}", code=code, name=code, account_class=account_class,
            enable_payments=False,
        )  # fmt: skip
    for page in range(0, spent, PAGE):
        BankTransaction.objects.bulk_create(
            BankTransaction(
                **held,
                xero_id=f"spent-{number}",
                raw=json.dumps(_write_spent(number)),
                kind="SPEND",
                status="AUTHORISED",
                date=date(2025, 1, 1) + timedelta(days=number % 700),
                currency="GBP",
                currency_rate=1,
                sub_total=30,
                total_tax=0,
                total=30,
                is_reconciled=True,
                has_attachments=False,
                contact_id=f"contact-{number % 20_000}",
                contact_name=f"Contact {number % 20_000}",
                account_id="card",
            )
            for number in range(page, page + PAGE)
        )
    card = RateCard.objects.create(
        workspace=workspace, name="Cost", kind="cost", currency="GBP", created_at=START
    )
    Rate.objects.create(workspace=workspace, card=card, since=date(2024, 1, 1), amount=30)
    clients = list(Client.objects.values_list("pk", flat=True))
    TimeEntry.objects.bulk_create(
        TimeEntry(
            workspace=workspace,
            client_id=clients[number % len(clients)],
            day=date(2025, 1, 1) + timedelta(days=number % 700),
            who="Ann",
            hours=Decimal("1.5"),
            created_at=START,
        )
        for number in range(20_000)
    )


def _write_spent(number: int) -> dict[str, Any]:
    words = f"Subscription {number % 400}, seats and support for the month"
    lines = [
        {"LineItemID": f"spent-{number}-{line}", "Description": words, "LineAmount": 15.0, "TaxAmount": 0.0,
         "AccountCode": "429", "Tracking": []}
        for line in range(2)
    ]  # fmt: skip
    return {"LineAmountTypes": "Exclusive", "BankAccount": {"AccountID": "card"}, "LineItems": lines}


def _rule(organisation: Any, rules: int) -> None:
    """Make rules by words, which no index of rules can narrow down; one in five is by supplier."""
    from counterfoil.features.clients.models import Client
    from counterfoil.features.spending.models import Rule, RuleShare

    clients = list(Client.objects.values_list("pk", flat=True)[:rules])
    for number in range(rules):
        by_supplier = number % 5 == 0
        rule = Rule.objects.create(
            workspace_id=organisation.workspace_id,
            organisation=organisation,
            place=number,
            name=f"Rule {number}",
            contact_id=f"contact-{number}" if by_supplier else "",
            description="" if by_supplier else f"subscription {number},",
            act="attribute",
            made_at=START,
        )
        RuleShare.objects.create(
            workspace_id=organisation.workspace_id,
            rule=rule,
            client_id=clients[number % len(clients)],
            weight=1,
        )


def _list_pages(organisation: Any) -> Iterator[tuple[str, str]]:
    year = "from=2025-01-01&to=2025-12-31"
    yield "profitability, a year, by client", f"/reports/profitability/?{year}"
    for by in ("deal", "owner", "month"):
        yield f"the same, by {by}", f"/reports/profitability/?{year}&by={by}"
    yield "profitability, two years", "/reports/profitability/?from=2025-01-01&to=2026-12-31"
    yield (
        "what stands behind all revenue",
        f"/o/{organisation.pk}/reports/profitability/documents/?figure=revenue&" + year,
    )
    yield "costs", "/costs/"
    yield "costs, attributed", "/costs/?view=decided"
    yield "costs, search", "/costs/?q=contact+19"
    yield "rules", "/costs/rules/"


if __name__ == "__main__":
    main()
