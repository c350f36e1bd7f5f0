"""AgedReceivablesByContact and AgedPayablesByContact: what one contact owes, or is owed, on a day."""

from datetime import date

from xero_sandbox.books.documents import read_day
from xero_sandbox.books.money import from_cents, to_cents
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.rows import Record

AGED = {"agedreceivablesbycontact": "ACCREC", "agedpayablesbycontact": "ACCPAY"}
_APPROVED = frozenset({"AUTHORISED", "PAID"})


class ContactMissing(ValueError):
    """The report is about one contact, and none was named."""

    def __init__(self) -> None:
        super().__init__("A contactId must be supplied for this report")


def build_aged_rows(
    organisation: Organisation, kind: str, contact_id: str, day: date, span: tuple[date | None, date | None]
) -> list[Record]:
    """Return the rows of one contact: every invoice dated in `span` that was open at the end of `day`."""
    if contact_id not in organisation.tables["Contacts"].rows:
        raise ContactMissing
    rows: list[Record] = []
    sums = [0, 0, 0, 0]
    for endpoint, key in organisation.documents_of[contact_id]:
        row = organisation.tables[endpoint].rows[key]
        if endpoint != "Invoices" or row.kind != kind or row.status not in _APPROVED:
            continue
        invoice = row.read()
        issued = read_day(invoice, "Date") or day
        if issued > day or issued < (span[0] or issued) or issued > (span[1] or issued):
            continue
        figures = _figures(invoice, day)
        if figures[3]:
            sums = [total + cents for total, cents in zip(sums, figures, strict=True)]
            rows.append(_row(invoice, figures))
    labels = ("Date", "Number", "Due Date", "", "Total", "Paid", "Credited", "Due")
    header = {"RowType": "Header", "Cells": [{"Value": label} for label in labels]}
    totals = [{"Value": "Total"}, *({"Value": ""} for _ in range(3)), *_money(sums)]
    rows.append({"RowType": "SummaryRow", "Cells": totals})
    return [header, {"RowType": "Section", "Title": "", "Rows": rows}]


def _figures(invoice: Record, day: date) -> list[int]:
    """Return total, paid, credited and due in cents, as they stood at the end of the day."""
    total = to_cents(invoice["Total"])
    paid = _settled(invoice, ("Payments",), "Amount", day)
    credited = _settled(invoice, ("CreditNotes", "Prepayments", "Overpayments"), "AppliedAmount", day)
    return [total, paid, credited, total - paid - credited]


def _settled(invoice: Record, members: tuple[str, ...], field: str, day: date) -> int:
    stubs = [stub for member in members for stub in invoice[member]]
    return sum(to_cents(stub[field]) for stub in stubs if (read_day(stub, "Date") or day) <= day)


def _row(invoice: Record, figures: list[int]) -> Record:
    mark = [{"Value": invoice["InvoiceID"], "Id": "invoiceID"}]
    texts = [invoice["DateString"], invoice["InvoiceNumber"], invoice.get("DueDateString", ""), ""]
    cells = [{"Value": text} for text in texts] + _money(figures)
    return {"RowType": "Row", "Cells": [cell | {"Attributes": mark} for cell in cells]}


def _money(figures: list[int]) -> list[Record]:
    return [{"Value": f"{from_cents(cents):.2f}"} for cents in figures]
