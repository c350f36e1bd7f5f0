"""What may still be edited once something is paid or credited (FACTS 7.1)."""

from typing import Any

from xero_sandbox.books.documents import contact_stub, read_day
from xero_sandbox.books.invoices import SILENT_WHEN_PART_PAID, claim_number
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused, SettledDocument
from xero_sandbox.books.rows import Record
from xero_sandbox.writing.headers import set_simple_members
from xero_sandbox.writing.lines import LineRules, build_lines
from xero_sandbox.writing.parties import resolve_contact
from xero_sandbox.writing.shapes import Element
from xero_sandbox.writing.write import Write

_FIXED_ON_LINES = ("Quantity", "UnitAmount", "LineAmount", "TaxType", "TaxAmount", "ItemCode")
_IDENTITY = frozenset({"InvoiceID", "Type", "Status"})
_NEEDS_LINE_ID = "To update fields on a paid invoice line item, you must supply a LineItemID"


def edit_settled(write: Write, invoice: Record, element: Element) -> Record:
    """Change what stays editable on a part or fully paid invoice; raise ActRefused for anything else."""
    books = write.books
    changed = {name for name in element if name not in _IDENTITY and not _is_same(invoice, element, name)}
    if changed & {"Date", "CurrencyCode", "CurrencyRate", "LineAmountTypes"}:
        raise SettledDocument
    if "Contact" in changed:
        if invoice["CreditNotes"]:
            raise SettledDocument
        contact = resolve_contact(write, element["Contact"])
        invoice["Contact"] = contact_stub(contact["ContactID"], contact["Name"])
    if "InvoiceNumber" in changed:
        invoice["InvoiceNumber"] = claim_number(
            books, invoice["Type"], element["InvoiceNumber"], invoice["InvoiceID"]
        )
    if "LineItems" in changed:
        invoice["LineItems"] = _edit_lines(write, invoice, element["LineItems"])
    set_simple_members(write, invoice, element, status=invoice["Status"])
    silent = changed <= SILENT_WHEN_PART_PAID
    saved = books.write("Invoices", invoice, stamp=not silent)
    if "Contact" in changed or "InvoiceNumber" in changed:
        _follow_on_payments(books, saved)
    return saved


def _is_same(invoice: Record, element: Element, name: str) -> bool:
    if name == "Contact":
        given = element["Contact"]
        return set(given) == {"ContactID"} and given["ContactID"] == invoice["Contact"]["ContactID"]
    if name in {"Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate"}:
        return bool(read_day(invoice, name) == element[name])
    if name == "CurrencyRate":
        return bool(float(element[name]) == invoice["CurrencyRate"])
    if name in {"Reference", "LineItems"}:
        return invoice["Type"] == "ACCPAY" and name == "Reference"
    return bool(invoice.get(name) == element[name])


def _edit_lines(write: Write, invoice: Record, given: list[Element]) -> list[Record]:
    old = {line["LineItemID"]: line for line in invoice["LineItems"]}
    if any("LineItemID" not in line for line in given):
        raise ActRefused(_NEEDS_LINE_ID)
    if {line["LineItemID"] for line in given} != set(old) or len(given) != len(old):
        raise SettledDocument
    # Amounts are given again unchanged by most clients; only a different one is refused.
    named = [{key: value for key, value in line.items() if key != "TaxAmount"} for line in given]
    sales = invoice["Type"] == "ACCREC"
    rules = LineRules(
        write.books,
        sales,
        invoice["LineAmountTypes"],
        approved=True,
        fine=True,
        discounts=sales,
        old=old,
    )
    made = build_lines(named, rules)
    for line in made:
        before: dict[str, Any] = old[line["LineItemID"]]
        line["TaxAmount"] = before["TaxAmount"]
        if any(line.get(name) != before.get(name) for name in _FIXED_ON_LINES):
            raise SettledDocument
    return made


def _follow_on_payments(books: Organisation, invoice: Record) -> None:
    for stub in invoice["Payments"]:
        payment = books.read("Payments", stub["PaymentID"])
        payment["Invoice"] |= {"Contact": invoice["Contact"], "InvoiceNumber": invoice["InvoiceNumber"]}
        books.write("Payments", payment, stamp=False)
