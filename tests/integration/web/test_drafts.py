"""Raising an invoice here: written, totalled as Xero does, checked, previewed, sent into the outbox once."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.features.invoicing import mapping
from counterfoil.features.invoicing.mapping import Meaning
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.features.workspaces.permissions import Role
from counterfoil.mirror.models import (
    Account,
    Connection,
    Invoice,
    Operation,
)
from counterfoil.sync.outbox.proposing import hold
from counterfoil.sync.outbox.rules import choose_rules
from tests.integration.web.addresses import read_whole
from tests.integration.web.firms import NOW, make_firm, make_organisation
from tests.integration.writing_firms import WritingFirm, make_writing_firm
from tests.unit.xero_sandbox.conftest import SMALL, Xero

LINE = {"description": "Bookkeeping", "quantity": "2", "price": "49.99", "account": "200", "tax": "OUTPUT2"}


@pytest.fixture(scope="module")
def xero() -> Iterator[Xero]:
    made = Xero(SMALL)
    made.connect()
    yield made
    made.client.close()


@dataclass
class Desk(WritingFirm):
    """Whoever writes an invoice there, on the pages."""

    def path(self, draft: InvoiceDraft | None = None, more: str = "") -> str:
        return f"/o/{self.organisation.pk}/drafts/{'begin/' if draft is None else f'{draft.pk}/{more}'}"

    def begin(self, **more: Any) -> InvoiceDraft:
        answer = self.firm.client.post(self.path(), {"contact": self.contact_id} | more)
        assert answer.status_code == 302
        return self.find(int(answer.headers["Location"].rstrip("/").rpartition("/")[2]))

    def find(self, key: int) -> InvoiceDraft:
        with self.firm.inside():
            return InvoiceDraft.objects.get(pk=key)

    def write(self, draft: InvoiceDraft, *lines: dict[str, str], act: str = "save", **more: Any) -> Any:
        """Press a button of the editor."""
        names = {name for line in (*lines, LINE) for name in line} | {
            *("service", "item", "discount", "tax_amount", "line_item_id")
        }
        typed = {name: [line.get(name, "") for line in lines or (LINE,)] for name in names}
        head = {"date": "2026-11-20", "due_date": "2026-12-20", "currency": "GBP", "act": act}
        head |= {"amounts_are": "Exclusive", "decimals": "2"}
        path = self.path(draft, "totals/" if act == "totals" else "")
        return self.firm.client.post(path, typed | head | more)

    def preview(self, *drafts: InvoiceDraft) -> str:
        query = "&".join(f"draft={draft.pk}" for draft in drafts)
        return text_of(self.firm.client.get(f"/drafts/preview/?{query}"))

    def send(self, *drafts: InvoiceDraft) -> str:
        answer = self.firm.client.post(
            "/drafts/send/", {"draft": [draft.pk for draft in drafts]}, follow=True
        )
        return text_of(answer)

    def operations(self) -> list[Operation]:
        with self.firm.inside():
            return list(Operation.objects.order_by("pk"))


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", read_whole(answer))))


@pytest.fixture
def desk(db: None, xero: Xero) -> Desk:
    return Desk(**vars(make_writing_firm(xero, client="Kōwhai Builders")))


def test_an_invoice_is_begun_from_a_client_in_an_organisation_that_is_named(desk: Desk) -> None:
    """PAIN 2: the page offers the client's contacts, each with its organisation, and chooses none."""
    page = text_of(desk.firm.client.get(f"/drafts/new/?client={desk.customer.pk}"))

    draft = desk.begin(client=desk.customer.pk)

    assert "Raise in Brightwater Studio Ltd" in page
    assert (draft.contact_id, draft.client_id, draft.currency) == (desk.contact_id, desk.customer.pk, "GBP")
    assert draft.due_date is not None
    assert draft.due_date > draft.date


def test_totals_are_worked_out_while_one_types_and_nothing_is_kept(desk: Desk) -> None:
    """X20, PAIN 11. 2 × 49.99 = 99.98, 20 % of it 20.00 (19.996); less 10 %: 89.98 and 18.00."""
    draft = desk.begin()

    plain = text_of(desk.write(draft, act="totals"))
    discounted = text_of(desk.write(draft, LINE | {"discount": "10%"}, act="totals"))
    wrong = text_of(desk.write(draft, LINE | {"price": "12,5"}, act="totals"))

    assert "Subtotal 99.98 Tax 20.00 Total 119.98 GBP" in plain
    assert "Discount 10.00 Subtotal 89.98 Tax 18.00 Total 107.98 GBP" in discounted
    assert "“12,5” is not a number. Write it as 1234.50." in wrong
    with desk.firm.inside():
        assert draft.lines.count() == 0


def test_what_cannot_be_read_is_said_and_everything_typed_stays(desk: Desk) -> None:
    draft = desk.begin()

    answer = desk.write(draft, LINE | {"price": "many", "account": "no such"}, reference="PO 7")

    page = read_whole(answer)
    assert answer.status_code == 422
    assert "There is no account “no such” in use in Xero." in html.unescape(page)
    assert 'value="many"' in page
    assert 'value="PO 7"' in page


def test_mappings_decide_what_a_line_leaves_open(desk: Desk) -> None:
    """X20, PAIN 8: the service's account and tax, the item's price and words."""
    with desk.firm.inside():
        account = Account.objects.get(organisation=desk.organisation, code="260")
        mapping.map_service(
            desk.organisation,
            ours="Monthly fee",
            meaning=Meaning(account_id=account.xero_id, tax_type="ZERORATEDOUTPUT"),
            by=desk.firm.user,
            now=NOW,
        )
    draft = desk.begin()

    said = text_of(
        desk.write(draft, {"service": "Monthly fee", "quantity": "1", "price": "80"}, act="totals")
    )

    assert "Monthly fee 260 · ZERORATEDOUTPUT 80.00" in said
    assert "Tax 0.00 Total 80.00 GBP Xero would take it." in said


def test_a_draft_is_previewed_sent_once_and_is_a_draft_in_xero(desk: Desk) -> None:
    """X18, X20, X21, K15, PAIN 6: pressed twice, there is one operation; it waits for approval here."""
    draft = desk.begin()
    desk.write(draft, LINE, {"description": "With thanks"}, reference="PO 7", act="preview")

    page = desk.preview(draft)
    first, second = desk.send(draft), desk.send(draft)

    [operation] = desk.operations()
    sent = json.loads(operation.payload)
    assert "One invoice is ready to go: 119.98 GBP" in page
    assert "Draft, to be approved in Xero" in page
    assert "waiting for approval" in first
    assert "waiting for approval" in second
    assert (operation.amount, operation.currency, operation.state) == (Decimal("119.98"), "GBP", "waiting")
    assert sent["Status"] == "DRAFT"
    assert sent["Contact"] == {"ContactID": desk.contact_id}
    assert sent["Reference"] == f"PO 7 ({operation.reference})"
    assert sent["LineItems"] == [
        {
            "Description": "Bookkeeping",
            "Quantity": 2,
            "UnitAmount": 49.99,
            "AccountCode": "200",
            "TaxType": "OUTPUT2",
        },
        {"Description": "With thanks"},
    ]


def test_what_xero_would_refuse_is_not_sent_and_the_rest_is(desk: Desk) -> None:
    """PAIN 9: "send 14 drafts": each goes or is told why not."""
    drafts = [desk.begin() for _ in range(14)]
    for draft in drafts:
        desk.write(draft)
    with desk.firm.inside():
        drafts[3].lines.update(account_code="999")

    page, said = desk.preview(*drafts), desk.send(*drafts)

    assert "13 invoices are ready to go: 1,559.74 GBP" in page
    assert "1 cannot, and says below why." in page
    assert "Xero would say: “Account code '999' is not a valid code for this document.”" in page
    assert "13 invoices are in the outbox, waiting for approval." in said
    assert "Line 1: There is no account 999." in said
    assert len(desk.operations()) == 13


def test_a_draft_on_its_way_is_not_changed_until_it_is_taken_back(desk: Desk) -> None:
    draft = desk.begin()
    desk.write(draft)
    desk.send(draft)

    desk.write(draft, LINE | {"price": "1"})
    on_its_way = text_of(desk.firm.client.get(desk.path(draft)))
    desk.firm.client.post(desk.path(draft, "take-back/"))
    desk.write(draft, LINE | {"price": "1"})
    desk.send(draft)

    [operation] = desk.operations()
    assert "Take it back to change it" in on_its_way
    assert (operation.amount, operation.state) == (Decimal("2.40"), "waiting")


def test_one_that_was_held_can_be_sent_again_and_is_still_one(desk: Desk) -> None:
    draft = desk.begin()
    desk.write(draft)
    desk.send(draft)
    with desk.firm.inside():
        hold([desk.operations()[0].pk], reason="Not this month.", by="Mara Tane", now=NOW)

    page = text_of(desk.firm.client.get(desk.path(draft)))
    desk.send(draft)

    assert "Marked as “Do not send” Not this month." in page
    assert [operation.state for operation in desk.operations()] == ["held", "waiting"]


def test_approved_at_once_needs_the_firms_choice_and_an_owner_or_admin(desk: Desk) -> None:
    """K15: nobody approves by ticking a box that is not offered."""
    draft = desk.begin()
    desk.write(draft, approves="yes")
    not_chosen = desk.find(draft.pk).approves
    with desk.firm.inside():
        choose_rules(desk.organisation, asks_approval=False, raises_approved=True, by="Mara Tane", now=NOW)
    desk.write(draft, approves="yes")
    desk.send(draft)

    [operation] = desk.operations()
    assert not_chosen is False
    assert (json.loads(operation.payload)["Status"], operation.state) == ("AUTHORISED", "queued")


def test_a_read_only_organisation_says_why_nothing_can_be_sent_and_what_to_do(desk: Desk) -> None:
    """K3, item 8: the draft can be written; nothing reaches the outbox."""
    with desk.firm.inside():
        Connection.objects.update(mode=Connection.Mode.READ_ONLY, writes=[])
    draft = desk.begin()
    desk.write(draft)

    editor, page, said = (
        text_of(desk.firm.client.get(desk.path(draft))),
        desk.preview(draft),
        desk.send(draft),
    )

    sentence = "This organisation is connected read-only. Make it two-way in Settings, Account."
    assert sentence in editor
    assert sentence in page
    assert f"Not sent, a draft: {sentence}" in said
    assert desk.operations() == []


def test_an_earlier_invoice_is_copied_with_its_lines_and_dated_today(desk: Desk) -> None:
    with desk.firm.inside():
        earlier = Invoice.objects.filter(kind="ACCREC", status="PAID", currency="GBP").order_by("xero_id")[0]
    path = f"/o/{desk.organisation.pk}/invoices/{earlier.xero_id}/copy/"

    answer = desk.firm.client.post(path)

    draft = desk.find(int(answer.headers["Location"].rstrip("/").rpartition("/")[2]))
    page = desk.preview(draft)
    assert (draft.xero_id, draft.number, draft.contact_id) == ("", "", earlier.contact_id)
    assert draft.date > (earlier.date or date.max)
    assert f"Total {earlier.total:,.2f} GBP" in page


def test_an_edit_shows_what_was_and_what_will_be_and_what_goes(desk: Desk) -> None:
    """PAIN 14, item 3: against Xero's record."""
    with desk.firm.inside():
        theirs = Invoice.objects.filter(
            kind="ACCREC", status="AUTHORISED", currency="GBP", amount_paid=0, amount_credited=0
        ).order_by("xero_id")[0]
    answer = desk.firm.client.post(f"/o/{desk.organisation.pk}/invoices/{theirs.xero_id}/edit/")
    draft = desk.find(int(answer.headers["Location"].rstrip("/").rpartition("/")[2]))
    again = desk.firm.client.post(f"/o/{desk.organisation.pk}/invoices/{theirs.xero_id}/edit/")
    untouched = desk.preview(draft)
    with desk.firm.inside():
        [first, *others] = draft.lines.all()
        first.unit_amount = Decimal(1)
        first.save()
        for other in others:
            other.delete()

    page = desk.preview(draft)
    desk.send(draft)

    assert again.headers["Location"] == answer.headers["Location"]
    assert f"Total {theirs.total:,.2f} GBP" in untouched
    assert "changed" in page
    assert f"Total {theirs.total:,.2f} " in page
    [operation] = desk.operations()
    sent = json.loads(operation.payload)
    assert (operation.kind, sent["InvoiceID"]) == ("invoice_edit", theirs.xero_id)
    assert [line["LineItemID"] for line in sent["LineItems"]] == [first.line_item_id]


def test_a_paid_invoice_may_change_its_reference_and_not_its_amounts(desk: Desk) -> None:
    """PAIN 14: with the credit note as the way round."""
    with desk.firm.inside():
        paid = Invoice.objects.filter(kind="ACCREC", status="PAID", currency="GBP").order_by("xero_id")[0]
    answer = desk.firm.client.post(f"/o/{desk.organisation.pk}/invoices/{paid.xero_id}/edit/")
    draft = desk.find(int(answer.headers["Location"].rstrip("/").rpartition("/")[2]))
    with desk.firm.inside():
        InvoiceDraft.objects.update(reference="PO 8")
    allowed = desk.preview(draft)
    with desk.firm.inside():
        draft.lines.update(unit_amount=Decimal(1))

    refused = desk.preview(draft)

    assert "ready to go" in allowed
    assert "Give a credit note for the difference" in refused
    assert "None of these can go now" in refused


def test_an_owner_approves_what_was_shown_and_nothing_else(desk: Desk) -> None:
    """K15: when a mapping changed since, what is shown is not what waits, and cannot be approved as such."""
    with desk.firm.inside():
        accounts = {one.code: one.xero_id for one in Account.objects.filter(code__in=["200", "260"])}

    def book_to(code: str) -> None:
        meaning = Meaning(account_id=accounts[code], tax_type="OUTPUT2")
        with desk.firm.inside():
            mapping.map_everything_else(desk.organisation, meaning=meaning, by=desk.firm.user, now=NOW)

    book_to("200")
    draft = desk.begin()
    desk.write(draft, {"description": "Work", "quantity": "1", "price": "10"})
    desk.send(draft)
    fresh = desk.preview(draft)
    book_to("260")
    stale = desk.preview(draft)
    desk.send(draft)
    desk.firm.client.post("/drafts/approve/", {"draft": draft.pk})

    [operation] = desk.operations()
    assert "One waits for approval Approve it" in fresh
    assert "This is not what lies in the outbox" in stale
    assert "Approve it" not in stale
    assert (operation.state, json.loads(operation.payload)["LineItems"][0]["AccountCode"]) == (
        "queued",
        "260",
    )


def test_a_mapping_that_goes_while_a_write_is_queued_leaves_it_as_it_was_approved(desk: Desk) -> None:
    """K15, PAIN 9: what was approved goes as it was shown; asked for again, it is approved again."""
    with desk.firm.inside():
        sales = Account.objects.get(code="200")
        meaning = Meaning(account_id=sales.xero_id, tax_type="OUTPUT2")
        mapping.map_service(desk.organisation, ours="Payroll", meaning=meaning, by=desk.firm.user, now=NOW)
    line = {"description": "Work", "quantity": "1", "price": "10", "service": "Payroll"}
    queued, later = desk.begin(), desk.begin()
    desk.write(queued, line)
    desk.write(later, line)
    desk.send(queued)
    desk.preview(queued)
    desk.firm.client.post("/drafts/approve/", {"draft": queued.pk})

    with desk.firm.inside():
        mapping.forget_service(desk.organisation, ours="Payroll")
    on_its_way = text_of(desk.firm.client.get(desk.path(queued)))
    [approved] = desk.operations()
    other = desk.preview(later)
    desk.send(queued)

    [pressed_again] = desk.operations()
    assert (approved.state, booked(approved)) == ("queued", ["200"])
    assert "Take it back to change it" in on_its_way
    assert "No account is chosen, nor mapped for this service." in other
    assert (pressed_again.pk, pressed_again.state, booked(pressed_again)) == (approved.pk, "waiting", [None])


def booked(operation: Operation) -> list[str | None]:
    """Return the account of each line that would be sent."""
    return [line.get("AccountCode") for line in json.loads(operation.payload)["LineItems"]]


def test_the_mappings_page_leads_to_what_xero_refused(desk: Desk) -> None:
    """PAIN 8, PAIN 9: mended at one place, all that waited go from there, each as the same wish."""
    drafts = [desk.begin() for _ in range(2)]
    for draft in drafts:
        desk.write(draft)
    desk.send(*drafts)
    with desk.firm.inside():
        Operation.objects.update(state="refused", sentence="The account is archived.")

    page = desk.firm.client.get(f"/o/{desk.organisation.pk}/settings/mappings/")
    editor = text_of(desk.firm.client.get(desk.path(drafts[0])))
    link = re.search(r'"(/drafts/preview/[^"]+)"', read_whole(page))
    assert link is not None
    preview = text_of(desk.firm.client.get(html.unescape(link[1])))
    desk.send(*drafts)

    assert "Xero refused it The account is archived." in editor
    assert "2 invoices are ready to go" in preview
    assert [operation.state for operation in desk.operations()] == ["waiting", "waiting"]


def test_a_write_in_the_outbox_leads_to_its_draft_while_that_is_here(desk: Desk) -> None:
    draft = desk.begin()
    desk.write(draft)
    desk.send(draft)
    [operation] = desk.operations()
    where = f"/o/{desk.organisation.pk}/outbox/{operation.pk}/"

    page = read_whole(desk.firm.client.get(where))
    with desk.firm.inside():
        InvoiceDraft.objects.all().delete()
    after = read_whole(desk.firm.client.get(where))

    assert f'href="{desk.path(draft)}">The invoice, line by line' in page
    assert "The invoice, line by line" not in after


def test_the_status_in_xero_flows_back_to_the_draft(desk: Desk) -> None:
    """X22."""
    draft = desk.begin()
    desk.write(draft)
    desk.send(draft)
    with desk.firm.inside():
        made = Invoice.objects.filter(kind="ACCREC", status="AUTHORISED").order_by("xero_id")[0]
        Invoice.objects.filter(pk=made.pk).update(status="DRAFT")
        Operation.objects.update(state="done", done_at=NOW, approved_at=NOW, xero_id=made.xero_id)

    before = text_of(desk.firm.client.get("/drafts/?show=xero"))
    with desk.firm.inside():
        Invoice.objects.filter(pk=made.pk).update(
            status="AUTHORISED", amount_due=made.total, due_date=date(2099, 1, 1)
        )
    after = text_of(desk.firm.client.get("/drafts/?show=xero"))
    page = text_of(desk.firm.client.get(desk.path(draft)))

    assert "Draft" in before
    assert "Open" in after
    assert f"{made.number}, Open" in page


def test_lists_and_previews_take_as_many_queries_for_many_as_for_one(desk: Desk) -> None:
    counts: dict[str, list[int]] = {"list": [], "preview": []}
    for _ in range(2):
        drafts = [desk.begin() for _ in range(1 if not counts["list"] else 6)]
        for draft in drafts:
            desk.write(draft, LINE, LINE)
        with CaptureQueriesContext(connection) as queries:
            desk.firm.client.get("/drafts/")
        counts["list"].append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            desk.preview(*drafts)
        counts["preview"].append(len(queries))

    assert counts["list"][0] == counts["list"][1]
    assert counts["preview"][0] == counts["preview"][1]


def test_a_viewer_reads_previews_and_writes_nothing(desk: Desk) -> None:
    viewer = make_firm(role=Role.VIEWER)
    organisation = make_organisation(viewer)

    assert viewer.client.get("/drafts/").status_code == 200
    assert viewer.client.get("/drafts/new/").status_code == 403
    assert viewer.client.post(f"/o/{organisation.pk}/drafts/begin/", {"contact": "x"}).status_code == 403
