"""The pages of agreements: listed, begun, written with a preview beside, changed from a day on (X36)."""

from datetime import date
from decimal import Decimal
from html import unescape

import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from counterfoil.features.billing.models import Agreement, AgreementLine
from tests.integration.billing.conftest import Office
from tests.integration.web.firms import NOW

VAT = "20% (VAT on Income)"
HEAD = {
    "name": "Care",
    "currency": "GBP",
    "every": "month",
    "billed": "in_advance",
    "anchor": "2026-12-01",
    "starts_on": "2026-12-01",
    "reference": "Care {month}, PO {po|none}",
}


def line(**texts: str) -> dict[str, list[str]]:
    """Return one line as the form sends it."""
    names = (
        *("line_id", "kind", "description", "quantity", "price", "service", "item", "account", "tax"),
        *("unit", "included", "rate_card", "markup", "parts", "line_from", "line_to"),
    )
    values = {"kind": "fixed", "description": "Care in {month}", "price": "300", "account": "200"} | texts
    return {name: [values.get(name, "")] for name in names}


def text_of(answer: object) -> str:
    """Return the words of a page, without what only a browser reads."""
    page = answer.content.decode()  # type: ignore[attr-defined]  # Django's test response
    return " ".join(unescape(strip_tags(page.replace("><", "> <"))).split())


def begin(office: Office) -> Agreement:
    answer = office.firm.client.post(
        "/agreements/new/",
        {
            "client": office.customer.pk,
            "name": "Care",
            "starts_on": "2026-12-01",
            "every": "month",
            "billed": "in_advance",
        },
    )
    agreement = Agreement.objects.get()
    assert answer["Location"] == f"/agreements/{agreement.pk}/edit/"
    return agreement


@time_machine.travel(NOW)
def test_an_agreement_is_begun_written_seen_and_activated(office: Office) -> None:
    agreement = begin(office)
    head = HEAD | {"bill_to": f"{office.organisation.pk}/"}

    preview = text_of(office.firm.client.post(f"/agreements/{agreement.pk}/preview/", head | line(tax=VAT)))
    answer = office.firm.client.post(
        f"/agreements/{agreement.pk}/edit/", head | line(tax=VAT) | {"act": "activate"}
    )

    assert "1 Dec 2026 360.00 GBP" in preview
    assert "Reference Care December 2026, PO none" in preview
    assert "1 Feb 2027 360.00 GBP" in preview
    assert answer["Location"] == f"/agreements/{agreement.pk}/"
    agreement.refresh_from_db()
    assert (agreement.state, agreement.currency) == ("active", "GBP")
    page = text_of(office.firm.client.get(answer["Location"]))
    assert "Care in {month} A fixed fee each period 300.00 GBP" in page
    assert "Activated: runs bill it." in page


def test_what_is_wrong_is_said_and_nothing_is_kept(office: Office) -> None:
    agreement = begin(office)

    answer = office.firm.client.post(
        f"/agreements/{agreement.pk}/edit/",
        HEAD
        | {"bill_to": f"{office.organisation.pk}/", "last_day": "2026-11-01", "reference": "{order}"}
        | line(price="", tax="No such rate", description="Care {moon}"),
    )

    page = text_of(answer)
    assert answer.status_code == 422
    for sentence in (
        "The last day is before the first.",
        "Reference: There is no field {order}.",
        "Line 1: Say what it costs.",
        "Line 1: There is no tax rate for sales “No such rate” in use in Xero.",
        "Line 1: There is no field {moon}.",
    ):
        assert sentence in page
    assert not AgreementLine.objects.exists()


def test_a_problem_keeps_an_agreement_from_being_activated(office: Office) -> None:
    agreement = begin(office)

    office.firm.client.post(f"/agreements/{agreement.pk}/state/", {"act": "activate"})

    agreement.refresh_from_db()
    assert agreement.state == "draft"
    page = text_of(office.firm.client.get(f"/agreements/{agreement.pk}/edit/"))
    assert "Kept, and not activated yet: There is no line yet: it bills nothing." in page


def test_prices_pauses_and_ends_are_set_from_a_day_on(office: Office) -> None:
    agreement = office.agree(starts_on=date(2026, 12, 1))
    place = f"/agreements/{agreement.pk}"

    def post(page: str, **said: object) -> str:
        return text_of(office.firm.client.post(f"{place}/{page}/", said, follow=True))

    line_id = agreement.lines.get().pk
    assert "350.00 GBP from 1 Mar 2027" in post("price", line=line_id, amount="350", since="2027-03-01")
    assert "1 Jan 2027 to 31 Jan 2027 Refit" in post(
        "pause", first_day="2027-01-01", last_day="2027-01-31", why="Refit"
    )
    assert "Say from which day" in post("price", line=line_id, amount="", since="2027-03-01")
    assert "Last day 31 May 2027" in post("end", last_day="2027-05-31")
    price = agreement.lines.get().prices.get(amount=Decimal(350))
    assert "from 1 Mar 2027" not in post(f"prices/{price.pk}/drop").split("History")[0]
    assert "Never paused." in post(f"pauses/{agreement.pauses.get().pk}/resume", on="2026-12-01")
    copied = office.firm.client.post(f"{place}/copy/", {"starts_on": "2027-06-01"})
    assert copied["Location"] == f"/agreements/{Agreement.objects.latest('pk').pk}/edit/"
    post("state", act="archive")
    agreement.refresh_from_db()
    assert agreement.state == "archived"


def test_the_list_costs_as_many_queries_for_one_as_for_many(office: Office) -> None:
    office.agree("One")
    with CaptureQueriesContext(connection) as one:
        office.firm.client.get("/agreements/")
    for number in range(3):
        office.agree(f"More {number}")
    with CaptureQueriesContext(connection) as more:
        page = text_of(office.firm.client.get("/agreements/"))

    assert len(more) == len(one)
    assert "4 agreements, 1,200.00 GBP a month" in page
    exported = b"".join(office.firm.client.get("/agreements/export/?form=csv")).decode()
    assert "Harbour Foods,More 1,Active,Brightwater Studio Ltd,Monthly" in exported
