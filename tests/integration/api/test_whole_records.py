"""One record whole, of every kind that has an address of its own."""

import pytest

from counterfoil.features.announcing.models import Subscription
from counterfoil.features.clients.models import Deal, Person
from counterfoil.mirror.models import Change, CreditNote, Invoice, Organisation
from tests.integration.api.conftest import Program
from tests.integration.api.test_entry import problem
from tests.integration.api.test_reading import fill
from tests.integration.web.firms import NOW, Firm


@pytest.fixture(autouse=True)
def filled(firm: Firm, organisation: Organisation) -> None:
    fill(firm, organisation, 1)


def test_everything_that_xero_says_of_a_record_is_shown_with_every_digit(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    with firm.inside():
        xero_id = Invoice.objects.filter(kind="ACCREC").get().xero_id
        Change.objects.create(
            workspace=firm.workspace, organisation=organisation, stream="Invoices", xero_id=xero_id,
            kind="changed", at=NOW, why="", before={"Reference": "A"}, after={"Reference": "B"},
        )  # fmt: skip
    path = f"organisations/{organisation.pk}/records/Invoices/{xero_id}"

    shown = program.get(path).json()

    assert (shown["id"], shown["stream"], shown["gone_at"], shown["unreadable"]) == (
        xero_id,
        "Invoices",
        None,
        [],
    )
    [line] = shown["members"]["LineItems"]
    assert (line["UnitAmount"], line["Quantity"], line["Description"]) == ("100.00", "1.0000", "Bread")
    [happened] = shown["history"]
    assert happened["kind"] == "changed"
    assert "A" in happened["what"][0]


def test_every_kind_of_record_is_shown_and_others_are_not(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    home = f"organisations/{organisation.pk}/records"
    with firm.inside():
        note = CreditNote.objects.get().xero_id

    assert program.get(f"{home}/CreditNotes/{note}").json()["stream"] == "CreditNotes"
    wrong = [program.get(f"{home}/{path}") for path in ("Payments/nothing", f"shoes/{note}")]
    assert {problem(one)["type"] for one in wrong} == {"/api/#not-found"}
    assert "CreditNotes" in str(problem(wrong[1])["detail"])


def test_people_deals_and_subscriptions_are_shown_one_by_one_as_in_their_lists(
    firm: Firm, program: Program
) -> None:
    program.post("subscriptions", {"address": "https://x.example/", "kinds": ["sync.failed"]})
    with firm.inside():
        keys = {
            "people": Person.objects.get().pk,
            "deals": Deal.objects.get().pk,
            "subscriptions": Subscription.objects.get().pk,
        }

    for path, key in keys.items():
        assert program.get(f"{path}/{key}").json() == program.get(path).json()["data"][0]
        assert problem(program.get(f"{path}/{key + 10**6}"))["type"] == "/api/#not-found"
