"""
How long reminding many people takes: how they can be reached, planning a day, asking the guard, sending.

    python -m benchmarks.reminders [--people N]   prints a table
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from benchmarks.own_database import own_database, print_lines

Result = TypeVar("Result")

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)  # ten on a Monday in Auckland
DUE = date(2026, 11, 16)
_SENT = 200


def main() -> None:
    """Plan the reminders of many people, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    people = parser.parse_args().people
    with own_database():
        print_lines(measure(people))


def measure(count: int) -> Iterator[str]:
    """Yield the lines of the table."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    django.setup()
    from django.core.management import call_command
    from tests.integration.reminding.conftest import make_desk

    from counterfoil.domain.reminders.guard import Act
    from counterfoil.features.reminding.models import Message
    from counterfoil.features.reminding.owners import describe_owner
    from counterfoil.features.reminding.planning import plan_day, store_plan
    from counterfoil.features.reminding.preparing import prepare
    from counterfoil.features.reminding.reaching import renew_reach
    from counterfoil.features.reminding.sending import send_due

    call_command("migrate", verbosity=0)
    desk = make_desk()
    desk.now = NOW
    _write(desk, count)
    campaign = desk.campaign()
    today = date(2026, 11, 23)
    yield "| | |\n|---|---|"
    yield f"| people with an invoice each that is a week overdue | {count:,} |"
    with desk.firm.inside():
        read, took = _time(lambda: renew_reach(desk.organisation, now=NOW))
        yield f"| read how all of them can be reached, once and then for changes | {took:.2f} s |"
        _, took = _time(lambda: renew_reach(desk.organisation, now=NOW))
        yield f"| the same when nothing changed | {took:.2f} s |"
        owner = describe_owner(desk.organisation, now=NOW)
        computed, in_database = time.process_time(), _ask_database_seconds()
        drafts, planning = _time(lambda: plan_day(owner, campaign, today))
        prepared, asking = _time(lambda: prepare(owner, campaign, drafts, resumed_at=NOW - timedelta(days=1)))
        kept, keeping = _time(lambda: store_plan(campaign, drafts, day=today))
        computed = time.process_time() - computed
        in_database = _ask_database_seconds() - in_database
        again, took = _time(lambda: store_plan(campaign, drafts, day=today))
        leaving = sum(one.decision.act is Act.SEND for one in prepared)
        if not read == len(drafts) == kept == leaving == count or again:
            raise SystemExit(
                f"{read}, {len(drafts)}, {kept}, {leaving} of {count} were planned, {again} twice"
            )
        yield f"| found who is to be reminded of what | {planning:.2f} s |"
        yield f"| asked the guard and wrote every message | {asking:.2f} s |"
        yield f"| kept the plan | {keeping:.2f} s |"
        yield f"| **all three** | **{planning + asking + keeping:.2f} s** |"
        yield (
            "| of which this process and the database computed, whatever else the machine did"
            f" | {computed:.2f} s and {in_database:.2f} s |"
        )
        yield f"| kept the plan once more, which adds nothing | {took:.2f} s |"
        left = Message.objects.order_by("look_at", "pk").values_list("pk", flat=True)[:_SENT]
        Message.objects.exclude(pk__in=list(left)).update(look_at=NOW + timedelta(days=1))
    report, took = _time(lambda: send_due(desk.organisation, now=lambda: NOW, carrier=desk.carrier))
    if report.states != {"sent": min(_SENT, count)}:
        raise SystemExit(f"sent: {report.states}")
    yield f"| sent one message, without the provider's own time | {took / min(_SENT, count) * 1000:.0f} ms |"


def _write(desk: Any, count: int) -> None:
    from counterfoil.mirror.models import Contact, Invoice

    kept = {"organisation": desk.organisation, "workspace": desk.firm.workspace, "first_seen_at": NOW}
    kept |= {"changed_here_at": NOW, "has_attachments": False}
    with desk.firm.inside():
        Contact.objects.bulk_create(
            (
                Contact(
                    **kept,
                    xero_id=str(UUID(int=number)),
                    digest=number.to_bytes(8),
                    name=f"Customer {number}",
                    first_name="Aroha",
                    status="ACTIVE",
                    is_customer=True,
                    is_supplier=False,
                    raw=json.dumps({"Phones": [{"PhoneType": "MOBILE", "PhoneNumber": f"021 1{number:06}"}]}),
                )
                for number in range(count)
            ),
            batch_size=2000,
        )
        Invoice.objects.bulk_create(
            (
                Invoice(
                    **kept,
                    xero_id=str(UUID(int=number)),
                    contact_id=str(UUID(int=number)),
                    digest=b"",
                    raw="{}",
                    number=f"INV-{number:06}",
                    contact_name=f"Customer {number}",
                    kind="ACCREC",
                    status="AUTHORISED",
                    date=date(2026, 10, 16),
                    due_date=DUE,
                    currency="NZD",
                    sub_total=Decimal(100),
                    total_tax=Decimal(0),
                    total=Decimal(100),
                    amount_due=Decimal(100),
                    amount_paid=Decimal(0),
                    amount_credited=Decimal(0),
                    sent_to_contact=False,
                )
                for number in range(count)
            ),
            batch_size=2000,
        )


def _ask_database_seconds() -> float:
    """Return for how long the database has computed for this connection, as Linux tells it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        told = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _time(act: Callable[[], Result]) -> tuple[Result, float]:
    begun = time.perf_counter()
    return act(), time.perf_counter() - begun


if __name__ == "__main__":
    main()
