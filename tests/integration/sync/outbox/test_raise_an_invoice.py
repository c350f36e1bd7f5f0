"""From a draft here to an invoice in Xero and back; what was refused there is mended by a mapping."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.features.invoicing import drafting, pushing
from counterfoil.features.invoicing.mapping import Meaning, map_service
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft
from counterfoil.features.invoicing.queries import describe_drafts
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Account, Contact, Grant, Operation
from tests.integration.sync.outbox.conftest import Books


class Desk:
    """Somebody who raises invoices in an organisation whose copy is there."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.by = User.objects.create_user("mara@firm.example")
        books.sync(kind="full")

    def begin(self, *lines: DraftLine) -> InvoiceDraft:
        books = self.books
        with books.inside():
            contact = Contact.objects.filter(organisation=books.organisation, status="ACTIVE")[0]
            draft = drafting.begin_draft(
                books.organisation, contact_id=contact.xero_id, by=self.by, now=books.now()
            )
            drafting.save_draft(draft, fields={"reference": "PO 7"}, lines=lines, now=books.now())
        return draft

    def map(self, service: str, code: str, *, was: str = "") -> None:
        with self.books.inside():
            account = Account.objects.get(organisation=self.books.organisation, code=code)
            meaning = Meaning(account_id=account.xero_id, tax_type="OUTPUT2")
            map_service(
                self.books.organisation,
                ours=service,
                was=was,
                meaning=meaning,
                by=self.by,
                now=self.books.now(),
            )

    def send(self, *drafts: InvoiceDraft) -> list[Operation]:
        with self.books.inside():
            pushed = pushing.push(drafts, by=self.by, now=self.books.now())
        assert pushed.refused == []
        self.books.push()
        return [self.books.again(operation) for operation in pushed.operations]

    def status(self, draft: InvoiceDraft) -> str:
        with self.books.inside():
            (found,) = describe_drafts([draft], today={draft.organisation_id: date(2026, 11, 22)})
        return found.status.value if found.status else ""

    def archive(self, code: str) -> None:
        """Archive an account in Xero, of which the copy here does not know yet."""
        [account] = [one for one in self.books.records("Accounts") if one.get("Code") == code]
        with self.books.inside():
            token = Grant.objects.get().access_token
        headers = {"authorization": f"Bearer {token}", "xero-tenant-id": self.books.tenant}
        path = f"/api.xro/2.0/Accounts/{account['AccountID']}"
        self.books.sandbox.client.post(path, headers=headers, json={"Status": "ARCHIVED"}).raise_for_status()


@pytest.fixture
def desk(make_books: Callable[..., Books]) -> Desk:
    return Desk(make_books(raises_approved=False))


def line(**more: Any) -> DraftLine:
    values = {"service": "Monthly fee", "quantity": Decimal(3), "unit_amount": Decimal("33.333")}
    return DraftLine(**(values | more))


def test_an_invoice_is_raised_as_a_draft_and_its_approval_in_xero_flows_back(desk: Desk) -> None:
    """X18, X20, X21, X22, PAIN 11: 3 × 33.33 = 99.99, less 5 % 94.99, tax 19.00: 113.99 here and there."""
    desk.map("Monthly fee", "200")
    draft = desk.begin(
        line(discount_rate=Decimal(5)),
        line(service="", quantity=None, unit_amount=None, description="Thanks"),
    )

    [operation] = desk.send(draft)
    [made] = desk.books.records("Invoices")
    desk.books.sync()
    raised = desk.status(draft)
    desk.books.sandbox.act(desk.books.tenant, f"invoices/{made['InvoiceID']}/approve")
    desk.books.sync()

    assert (operation.state, operation.amount) == ("done", Decimal("113.99"))
    assert (made["Status"], made["SubTotal"], made["TotalTax"], made["Total"]) == (
        "DRAFT",
        94.99,
        19.0,
        113.99,
    )
    assert [item["Description"] for item in made["LineItems"]] == ["Monthly fee", "Thanks"]
    assert (raised, desk.status(draft)) == ("Draft", "Open")


def test_what_xero_refused_is_mended_by_a_mapping_and_becomes_one_invoice(desk: Desk) -> None:
    """PAIN 6, PAIN 8, PAIN 9: mending one mapping lets all go that wait on it, each as the same wish."""
    desk.map("Monthly fee", "200")
    drafts = [desk.begin(line()), desk.begin(line(unit_amount=Decimal(10)))]
    desk.archive("200")

    refused = desk.send(*drafts)
    desk.map("Monthly fee", "260", was="Monthly fee")
    done = desk.send(*drafts)

    words = (
        "Account code '200' has been archived, or has been deleted. Each line item must reference a valid "
        "account."
    )
    assert [(one.state, one.xero_words) for one in refused] == [("refused", [words])] * 2
    assert [(one.pk, one.state) for one in done] == [(one.pk, "done") for one in refused]
    made = desk.books.records("Invoices")
    assert sorted(one["Total"] for one in made) == [36.0, 119.99]
    assert {item["AccountCode"] for one in made for item in one["LineItems"]} == {"260"}
