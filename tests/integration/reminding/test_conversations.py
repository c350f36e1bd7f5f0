"""A customer's conversation, what is held back, and the reasons on pages of invoices and clients."""

from datetime import date
from typing import Any

import pytest

from counterfoil.features.clients.models import Client, Link
from counterfoil.features.reminding.models import ContactChoice, Held
from counterfoil.mirror.models import Payment
from tests.integration.reminding.conftest import Desk
from tests.integration.reminding.test_pages import address, only, text_of
from tests.integration.web.firms import make_firm


@pytest.fixture
def today(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The pages' clock is the desk's."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: desk.now)
    return desk


def look(desk: Desk, contact: Any) -> str:
    return text_of(desk.firm.client.get(address(desk, f"with/{contact.xero_id}/")))


def do(desk: Desk, contact: Any, act: str, **form: str) -> Any:
    return desk.firm.client.post(address(desk, f"with/{contact.xero_id}/{act}/"), form)


def test_messages_answers_and_what_is_owed_stand_beside_each_other(today: Desk) -> None:
    contact = today.customer(name="Kowhai Builders")
    today.invoice(contact, number="INV-7")
    today.campaign()
    today.carrier = None  # nobody was chosen: messages are only shown
    today.send()

    do(today, contact, "answer", text="I paid yesterday")

    page = look(today, contact)
    assert page.index("INV-7 over NZD 100.00 was due") < page.index("I paid yesterday")
    assert "seems to mean: paid" in page
    assert "Still to be paid" in page


def test_the_last_payment_in_xero_stands_beside_what_is_owed(today: Desk) -> None:
    """PAIN 12: who reads “I paid yesterday” sees what Xero knows of it."""
    contact = today.customer(name="Kowhai Builders")
    paid = today.invoice(contact, number="INV-6", overdue=30)
    before = look(today, contact)

    for number, (day, amount) in enumerate([(date(2026, 10, 2), 40), (date(2026, 11, 20), 60)]):
        with today.firm.inside():
            Payment.objects.create(
                organisation=today.organisation,
                workspace=today.firm.workspace,
                xero_id=f"payment-{number}",
                raw="{}",
                digest=b"",
                first_seen_at=today.now,
                changed_here_at=today.now,
                kind="ACCRECPAYMENT",
                status="AUTHORISED",
                date=day,
                amount=amount,
                currency_rate=1,
                is_reconciled=True,
                invoice_id=paid.xero_id,
            )

    assert "Xero has no payment of theirs." in before
    assert "The last payment in Xero is of 20 Nov 2026: 60.00 NZD for" in look(today, contact)


def test_nobody_plays_a_customer_whose_messages_somebody_carries(today: Desk) -> None:
    contact = today.customer()
    today.invoice(contact)
    today.campaign()
    today.carrier = None
    today.send()
    today.choose(provider="gateway", address="http://phone.test", account="phone", secret="secret")

    refused = do(today, contact, "answer", text="STOP")

    assert refused.status_code == 404
    assert "Answer as the customer would" not in look(today, contact)


def test_what_is_held_back_stands_on_top_and_can_be_let_go_there(today: Desk) -> None:
    contact = today.customer()
    about = {"about": f"{contact.xero_id}/", "hold": "plan"}
    today.firm.client.post(address(today, "holds/add/"), about)

    page = look(today, contact)
    today.firm.client.post(address(today, f"holds/{only(today, Held).pk}/end/"))

    assert "Held back: pays by a plan" in page
    assert "Held back:" not in look(today, contact)


def test_a_customer_can_be_left_out_and_written_to_in_a_language(today: Desk) -> None:
    contact = today.customer()
    today.invoice(contact)
    today.campaign()
    do(today, contact, "choose", language="fr", is_excluded="on")
    today.send()

    assert only(today, ContactChoice).language == "fr"
    assert today.messages() == [("dropped", "excluded")]
    assert "left this customer out of all reminders" in look(today, contact)


def test_the_reason_stands_on_the_pages_of_the_invoice_the_contact_and_the_client(today: Desk) -> None:
    contact = today.customer()
    invoice = today.invoice(contact)
    with today.firm.inside():
        Held.objects.create(
            organisation=today.organisation, workspace=today.firm.workspace, contact_id=contact.xero_id,
            hold="disputed", made_by="Mara Tane", made_at=today.now,
        )  # fmt: skip
        client = Client.objects.create(workspace=today.firm.workspace, name="Kowhai", created_at=today.now)
        Link.objects.create(
            workspace=today.firm.workspace,
            organisation=today.organisation,
            client=client,
            contact_id=contact.xero_id,
            made_at=today.now,
        )
    today.campaign()
    today.send()

    records = f"/o/{today.organisation.pk}/records"
    for page in (
        f"{records}/Invoices/{invoice.xero_id}/",
        f"{records}/Contacts/{contact.xero_id}/",
        f"/clients/{client.pk}/",
    ):
        assert "The customer disputes it." in text_of(today.firm.client.get(page)), page


def test_another_firm_sees_nothing(today: Desk) -> None:
    contact = today.customer()
    stranger = make_firm("Others").client

    assert stranger.get(address(today, f"with/{contact.xero_id}/")).status_code == 404
