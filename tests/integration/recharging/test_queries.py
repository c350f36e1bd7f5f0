"""Every page of recharging asks the database as often for many rows as for one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from counterfoil.features.clients.linking import link_contact
from counterfoil.features.recharging.deciding import Split, keep_cost, recharge_line
from counterfoil.features.recharging.models import Recharge, Source
from counterfoil.features.recharging.scanning import look
from counterfoil.features.recharging.terming import set_client_terms
from tests.integration.recharging.conftest import Desk
from tests.integration.spending.conftest import line
from tests.integration.web.firms import NOW, make_contact

VIEWS = ("found", "proposed", "ready", "asks", "done", "kept")


def add(desk: Desk, name: str) -> None:
    """Have one more of everything: a client with terms, and a bill of a line for each list."""
    client = desk.customer(name)
    contact = make_contact(desk.firm, desk.organisation, name=f"{name} Ltd")
    who: dict[str, Any] = {"by": desk.firm.user, "now": NOW}
    link_contact(desk.organisation, contact_id=contact.xero_id, client=client, **who)
    set_client_terms(desk.organisation, client, fields={}, takes_all=False, by="someone", now=NOW)
    other = make_contact(desk.firm, desk.organisation, name=f"Supplier of {name}")
    for month in range(6, 11):
        desk.bill(line("9.00"), date=date(2026, month, 2), contact=other)
    desk.bill(*(line("20.00", Description=f"{name} {view}") for view in VIEWS))
    desk.rule(client)
    desk.gather()
    look(desk.organisation, now=NOW)
    for each in desk.lines():
        view = each.description.rpartition(" ")[2]
        if not each.description.startswith(f"{name} ") or view in ("found", "proposed"):
            continue
        Recharge.objects.filter(document_id=each.document_id, line_key=each.line_key).delete()
        Source.objects.filter(document_id=each.document_id, line_key=each.line_key).delete()
        if view == "kept":
            keep_cost(desk.organisation, line_id=each.pk, **who)
        else:
            split = Split([desk.charged(client)])
            recharge_line(desk.organisation, line_id=each.pk, split=split, **who)
    mine = Recharge.objects.filter(client=client, state="ready")
    mine.filter(source__description=f"{name} asks").update(
        state="asks", asks="changed", asked_in="drafted", asked_cost=5, asked_charge=5
    )
    mine.filter(source__description=f"{name} done").update(state="billed")


def count_queries(desk: Desk) -> Mapping[str, int]:
    """Return how many queries each page takes."""
    key = desk.organisation.pk
    pages = {view: f"{reverse('recharges', args=[key])}?view={view}" for view in VIEWS}
    pages |= {
        "bill": reverse("recharge_bills", args=[key]),
        "terms": reverse("recharge_terms", args=[key]),
        "renewals": reverse("recharge_renewals", args=[key]),
        "behind": f"{reverse('recharge_behind', args=[key])}?from=2026-01-01&to=2026-12-31&figure=paid",
        "report": f"{reverse('recharge_report', args=[key])}?from=2026-01-01&to=2026-12-31&by=client",
        "recharge": reverse("recharge", args=[key, Recharge.objects.filter(state="billed").latest("pk").pk]),
    }
    counted = {}
    for name, address in pages.items():
        with CaptureQueriesContext(connection) as asked:
            answer = desk.firm.client.get(address)
        assert answer.status_code == 200
        counted[name] = len(asked)
    return counted


def test_each_page_asks_the_database_as_often_for_three_rows_as_for_one(desk: Desk) -> None:
    add(desk, "Aroha")
    count_queries(desk)  # what is asked once for each process
    for_one = count_queries(desk)
    add(desk, "Birch")
    add(desk, "Cedar")

    assert count_queries(desk) == for_one
    assert Recharge.objects.filter(state="billed").count() == 3
