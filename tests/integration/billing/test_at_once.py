"""Two people work on the same run in the same moment: each day is billed once, each invoice goes one way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from counterfoil.features.billing.models import RunInvoice, Service
from counterfoil.features.billing.tasks import make_invoices, send_invoices
from counterfoil.mirror.models import Operation
from tests.integration.billing.conftest import Office
from tests.integration.writing_firms import make_writing_firm
from tests.unit.xero_sandbox.conftest import Xero

AGREEMENTS = 12


@pytest.fixture
def two(transactional_db: None, books: Xero) -> Office:
    made = Office(**vars(make_writing_firm(books, client="Harbour Foods")))
    with made.firm.inside():
        for number in range(AGREEMENTS):
            made.agree(f"Care {number:02}", starts_on=date(2026, 5, 1), anchor=date(2026, 5, 1))
    return made


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of these in the same moment, each in a thread with a connection of its own."""
    together = Barrier(len(acts))

    def do(act: Callable[[], Any]) -> Any:
        together.wait(timeout=20)
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result(timeout=60) for one in [pool.submit(do, act) for act in acts]]


def test_two_browsers_make_hold_approve_and_send_and_nothing_is_billed_twice(two: Office) -> None:
    """X36, PAIN 6: the jobs run beside each other too, as two workers run them."""
    with two.firm.inside():
        run = two.run()
    mara, joe = two.firm.client, Client()
    joe.force_login(two.firm.user)
    page = f"/billing/{run.pk}/"

    pressed = at_once(lambda: mara.post(f"{page}make/"), lambda: joe.post(f"{page}make/"))
    at_once(*[lambda: make_invoices(run_id=run.pk)] * 2)

    assert [one.status_code for one in pressed] == [302, 302]
    with two.firm.inside():
        invoices = list(RunInvoice.objects.order_by("pk").values_list("pk", flat=True))
        days = list(Service.objects.values_list("agreement", "start", "end"))
    assert len(invoices) == len(set(days)) == len(days) == AGREEMENTS * 2

    at_once(
        lambda: mara.post(f"{page}decide/", {"act": "ready", "invoice": invoices}),
        lambda: joe.post(f"{page}decide/", {"act": "hold", "why": "Wait.", "invoice": invoices[::2]}),
    )
    send = {"run_id": run.pk, "user_id": two.firm.user.pk}
    at_once(
        lambda: send_invoices(**send),
        lambda: send_invoices(**send),
        lambda: joe.post(f"{page}decide/", {"act": "hold", "why": "Wait.", "invoice": invoices[::3]}),
        lambda: mara.post(f"{page}decide/", {"act": "discard", "invoice": invoices[:2]}),
    )

    with two.firm.inside():
        sent = list(Operation.objects.values_list("cause_id", flat=True))
        stored = RunInvoice.objects.exclude(draft=None).values_list("draft_id", "state")
        state_of = {str(draft): state for draft, state in stored}
        days = list(Service.objects.values_list("agreement", "start", "end"))
    assert len(sent) == len(set(sent))
    assert {state_of[draft] for draft in sent} == {"pushed"}
    assert sorted(sent) == sorted(draft for draft, state in state_of.items() if state == "pushed")
    assert len(set(days)) == len(days) == len(state_of)
