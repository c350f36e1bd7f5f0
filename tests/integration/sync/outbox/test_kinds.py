"""Each kind of write is done, is found again when its answer is lost, and is never done twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Operation
from counterfoil.sync.outbox.kinds import KINDS
from counterfoil.xero import wishes
from counterfoil.xero.wishes import Wish
from tests.integration.sync.outbox.conftest import Books
from tests.integration.sync.outbox.wishing import new_contact, new_invoice

DAY = date(2026, 11, 21)


@dataclass
class Scene:
    """What a wish needs in Xero before it, the wish, and how to see what it did."""

    wish: Wish
    count: Callable[[], int]
    content: bytes | None = None


def set_scene(books: Books, kind: str) -> Scene:
    """Return the scene of one kind; `count` says how often the wish shows in Xero."""

    def act(path: str, **fields: Any) -> dict[str, Any]:
        return books.sandbox.act(books.tenant, path, **fields)

    # Each scene has a contact of its own, so that none is in another's way.
    contact = str(act("contacts", Name=f"For {kind}")["ContactID"])

    def invoice(status: str = "AUTHORISED") -> str:
        return str(act("invoices", ContactID=contact, Status=status)["InvoiceID"])

    def having(endpoint: str, **members: Any) -> Callable[[], int]:
        def count() -> int:
            return sum(members.items() <= one.items() for one in books.records(endpoint))

        return count

    def note(status: str = "AUTHORISED") -> str:
        return str(act("credit-notes", ContactID=contact, Status=status)["CreditNoteID"])

    def allocations(credit_note_id: str) -> int:
        notes = {one["CreditNoteID"]: one for one in books.records("CreditNotes")}
        return len(notes[credit_note_id]["Allocations"])

    def of(endpoint: str, **members: Any) -> Callable[[], int]:
        """Count the records of this scene's contact that hold these members."""

        def count() -> int:
            mine = [one for one in books.records(endpoint) if one["Contact"]["ContactID"] == contact]
            return sum(members.items() <= one.items() for one in mine)

        return count

    bank = next(one["AccountID"] for one in books.records("Accounts") if one["Type"] == "BANK")
    match kind:
        case "contact_new":
            return Scene(new_contact("Rata Joinery"), having("Contacts", Name="Rata Joinery"))
        case "contact_edit":
            edit = wishes.EditContact(
                contact_id=contact,
                email="new@rata.example",
                phones=[wishes.Phone(kind="MOBILE", number="555 0199")],
                addresses=[wishes.Address(kind="POBOX", line_1="1 Quay Street", city="Leith")],
            )
            return Scene(edit, having("Contacts", EmailAddress="new@rata.example"))
        case "contact_archive":
            archive = wishes.ArchiveContact(contact_id=contact, status="ARCHIVED")
            return Scene(archive, having("Contacts", ContactID=contact, ContactStatus="ARCHIVED"))
        case "tax_rate_new":
            component = wishes.TaxComponent(name="VAT", rate=Decimal("12.5"))
            rate = wishes.NewTaxRate(name="Reduced", components=[component], report_tax_type="OUTPUT")
            return Scene(rate, having("TaxRates", Name="Reduced"))
        case "item_new":
            price = wishes.Price(unit_price=Decimal("12.3456"), account_code="200")
            return Scene(
                wishes.NewItem(code="HOUR", name="An hour", sales=price), having("Items", Code="HOUR")
            )
        case "item_edit":
            item = act("items", Code="DAY", Name="A day")["ItemID"]
            return Scene(
                wishes.EditItem(item_id=item, code="DAY", name="A whole day"),
                having("Items", Name="A whole day"),
            )
        case "invoice_new":
            return Scene(new_invoice(contact), of("Invoices", Status="DRAFT"))
        case "invoice_edit":
            edited = wishes.EditInvoice(invoice_id=invoice(), lines=new_invoice().lines, reference="Renamed")
            return Scene(edited, of("Invoices", Reference="Renamed"))
        case "invoice_approve":
            wish: Wish = wishes.ApproveInvoice(invoice_id=invoice("DRAFT"), status="AUTHORISED")
            return Scene(wish, of("Invoices", Status="AUTHORISED"))
        case "invoice_void":
            wish = wishes.VoidInvoice(invoice_id=invoice(), status="VOIDED")
            return Scene(wish, of("Invoices", Status="VOIDED"))
        case "invoice_delete":
            wish = wishes.DeleteInvoice(invoice_id=invoice("DRAFT"), status="DELETED")
            return Scene(wish, of("Invoices", Status="DELETED"))
        case "payment_new":
            owed = invoice()
            payment = wishes.NewPayment(
                invoice=wishes.InvoiceRef(invoice_id=owed),
                account=wishes.AccountRef(account_id=bank),
                date=DAY,
                amount=Decimal("12.34"),
            )
            return Scene(payment, having("Payments", Amount=12.34))
        case "payment_delete":
            paid = invoice()
            act(f"invoices/{paid}/pay", amount="12.50")
            [payment_id] = [
                one["PaymentID"] for one in books.records("Payments") if one["Invoice"]["InvoiceID"] == paid
            ]
            wish = wishes.DeletePayment(payment_id=payment_id, status="DELETED")
            return Scene(wish, having("Payments", PaymentID=payment_id, Status="DELETED"))
        case "credit_note_new":
            credited = wishes.NewCreditNote(
                contact=wishes.ContactRef(contact_id=contact),
                date=DAY,
                amounts_are="Exclusive",
                lines=new_invoice().lines,
                currency="GBP",
                status="AUTHORISED",
            )
            return Scene(credited, of("CreditNotes", Status="AUTHORISED"))
        case "credit_note_void":
            wish = wishes.VoidCreditNote(credit_note_id=note(), status="VOIDED")
            return Scene(wish, of("CreditNotes", Status="VOIDED"))
        case "allocation_new":
            allocation = wishes.NewAllocation(
                credit_note_id=note(),
                invoice=wishes.InvoiceRef(invoice_id=invoice()),
                amount=Decimal("5.00"),
                date=DAY,
            )
            return Scene(allocation, lambda: allocations(allocation.credit_note_id))
        case "allocation_delete":
            credit_note_id, target = note(), invoice()
            credit = act(f"credit-notes/{credit_note_id}/allocate", InvoiceID=target, amount="5.00")
            [made] = credit["Allocations"]
            wish = wishes.DeleteAllocation(credit_note_id=credit_note_id, allocation_id=made["AllocationID"])
            return Scene(wish, lambda: 1 - allocations(credit_note_id))
        case "file_new":
            file = wishes.AttachFile(
                endpoint="Invoices",
                document_id=invoice(),
                file_name="receipt (1).pdf",
                mime_type="application/pdf",
                include_online=True,
            )
            return Scene(file, of("Invoices", HasAttachments=True), content=b"%PDF-1.7 a receipt")
        case "link_new":
            bill = act("invoices", ContactID=contact, Type="ACCPAY", Amount="50.00")
            billed = act("invoices", ContactID=contact, Status="DRAFT")
            link = wishes.NewLink(
                source_id=bill["InvoiceID"],
                source_line_id=bill["LineItems"][0]["LineItemID"],
                contact_id=contact,
                target_id=billed["InvoiceID"],
                target_line_id=billed["LineItems"][0]["LineItemID"],
            )
            # Another link of the same line, which must not be taken for it.
            make_link(books, bill, ContactID=contact)
            ends = {"SourceTransactionID": bill["InvoiceID"], "TargetTransactionID": billed["InvoiceID"]}
            return Scene(link, having("LinkedTransactions", **ends, Status="ONDRAFT"))
        case "link_edit":
            bill = act("invoices", ContactID=contact, Type="ACCPAY", Amount="50.00")
            billed = act("invoices", ContactID=contact)
            edited_link = wishes.EditLink(
                link_id=make_link(books, bill, ContactID=contact),
                contact_id=contact,
                target_id=billed["InvoiceID"],
                target_line_id=billed["LineItems"][0]["LineItemID"],
            )
            return Scene(
                edited_link,
                having("LinkedTransactions", LinkedTransactionID=edited_link.link_id, Status="BILLED"),
            )
        case "link_delete":
            bill = act("invoices", ContactID=contact, Type="ACCPAY", Amount="50.00")
            link_id = make_link(books, bill)
            there = having("LinkedTransactions", LinkedTransactionID=link_id)
            return Scene(wishes.DeleteLink(link_id=link_id), lambda: 1 - there())
        case _:
            noted = wishes.AddNote(endpoint="Invoices", document_id=invoice(), details="Sent by Counterfoil.")
            return Scene(noted, lambda: count_notes(books, noted.document_id, noted.details))


def make_link(books: Books, bill: dict[str, Any], **members: Any) -> str:
    """Mark the first line of a bill as billable, as somebody does in Xero; return the link's id."""
    body = {
        "SourceTransactionID": bill["InvoiceID"],
        "SourceLineItemID": bill["LineItems"][0]["LineItemID"],
    } | members
    [made] = (
        books.call("PUT", "LinkedTransactions", json=body).raise_for_status().json()["LinkedTransactions"]
    )
    return str(made["LinkedTransactionID"])


def count_notes(books: Books, invoice_id: str, details: str) -> int:
    answer = books.call("GET", f"Invoices/{invoice_id}/History")
    return sum(one.get("Details") == details for one in answer.json()["HistoryRecords"])


NAMES = [kind.name for kind in KINDS]


def set_scenes(books: Books) -> dict[str, Scene]:
    """Set all scenes, long enough ago that none looks like what is wished for."""
    scenes = {name: set_scene(books, name) for name in NAMES}
    books.wait(minutes=10)
    books.sync("full")
    assert {name: scene.count() for name, scene in scenes.items()} == dict.fromkeys(NAMES, 0)
    return scenes


def lose(books: Books, name: str, scene: Scene, fault: str) -> Operation:
    """Wish for it, and push while no answer comes."""
    operation = books.wish(scene.wish, f"test:{name}", content=scene.content)
    books.sandbox.fault(fault, count=3, seconds=0)
    books.push()
    books.sandbox.clear_faults()
    assert books.again(operation).status is OutboxState.UNKNOWN, name
    return operation


def test_each_kind_is_found_in_xero_when_its_answer_was_lost_and_is_not_sent_again(books: Books) -> None:
    scenes, calls = set_scenes(books), {}

    for name, scene in scenes.items():
        operation = lose(books, name, scene, "commit_then_timeout")
        books.wait(minutes=8)
        calls[name] = books.push().calls
        found = books.again(operation)
        assert found.status is OutboxState.DONE, f"{name}: {found.sentence}"

    assert calls == dict.fromkeys(NAMES, 0)
    assert {name: scene.count() for name, scene in scenes.items()} == dict.fromkeys(NAMES, 1)


def test_each_kind_is_sent_again_when_it_surely_never_arrived(books: Books) -> None:
    scenes, calls = set_scenes(books), {}

    for name, scene in scenes.items():
        operation = lose(books, name, scene, "500")
        books.wait(minutes=8)
        calls[name] = books.push().calls
        sent = books.again(operation)
        assert sent.status is OutboxState.DONE, f"{name}: {sent.sentence}"

    assert calls == dict.fromkeys(NAMES, 1)
    assert {name: scene.count() for name, scene in scenes.items()} == dict.fromkeys(NAMES, 1)
