"""Invoices and bills through the API: created, changed line by line, moved, voided (FACTS 7.1)."""

from datetime import date, timedelta

from xero_sandbox.books.documents import (
    build_invoice,
    contact_stub,
    read_day,
    set_day,
    set_totals,
    settle_invoice,
)
from xero_sandbox.books.invoices import MOVES, STARTING, claim_number, has_settlements
from xero_sandbox.books.links import refresh_links
from xero_sandbox.books.locks import check_open
from xero_sandbox.books.money import to_cents
from xero_sandbox.books.problems import (
    ActRefused,
    HasSettlements,
    NotModifiable,
    WrongDocument,
)
from xero_sandbox.books.rows import Record
from xero_sandbox.writing.headers import check_header, read_amounts, read_currency, set_simple_members
from xero_sandbox.writing.lines import LineRules, build_lines
from xero_sandbox.writing.parties import resolve_contact
from xero_sandbox.writing.settled import edit_settled
from xero_sandbox.writing.shapes import Element
from xero_sandbox.writing.write import Write, choose

_LIVE = frozenset({"AUTHORISED", "PAID"})


def save_invoice(write: Write, element: Element) -> Record:
    """Create or update an invoice or a bill. Raises ActRefused."""
    old = _find_old(write, element)
    if old is None:
        return _create(write, element)
    return _update(write, old, element)


def _find_old(write: Write, element: Element) -> Record | None:
    table = write.books.tables["Invoices"]
    wanted = write.record_id or (None if write.creating else element.get("InvoiceID"))
    if wanted:
        row = table.find(wanted)
        if row is None:
            raise WrongDocument
        return row.read()
    number = element.get("InvoiceNumber")
    if write.creating or not number or element.get("Type") == "ACCPAY":
        return None
    row = table.find(number)
    return row.read() if row is not None and row.status != "DELETED" else None


def _create(write: Write, element: Element) -> Record:
    books = write.books
    if not element.get("Type"):
        raise ActRefused("Invoice Type must be specified.")
    kind = choose(element, "Type", ("ACCREC", "ACCPAY"), "ACCREC")
    status = element.get("Status", "DRAFT").upper()
    if status not in STARTING:
        raise ActRefused("Invoice not of valid status for creation")
    contact = resolve_contact(write, element.get("Contact"))
    currency, rate = read_currency(books, element, contact)
    amounts = read_amounts(element)
    rules = LineRules(
        books, kind == "ACCREC", amounts, status == "AUTHORISED", write.fine, discounts=kind == "ACCREC"
    )
    day: date = element.get("Date") or books.today()
    due: date | None = element.get("DueDate")
    if due is None and status == "AUTHORISED":
        due = _default_due(write, kind, day)
    invoice = build_invoice(
        invoice_id=books.new_id(),
        kind=kind,
        contact=contact_stub(contact["ContactID"], contact["Name"]),
        lines=build_lines(element.get("LineItems", []), rules),
        day=day,
        due=due,
        status=status,
        amounts=amounts,
        number=claim_number(books, kind, element.get("InvoiceNumber")),
        currency=currency,
        currency_rate=rate,
        branding_theme_id=next(iter(books.tables["BrandingThemes"].rows)),
    )
    _check(write, invoice, element, status)
    if status == "AUTHORISED":
        check_open(books, day)
    set_simple_members(write, invoice, element, status=status)
    _note_discount(invoice)
    return books.write("Invoices", invoice)


def _check(write: Write, invoice: Record, element: Element, status: str) -> None:
    total = to_cents(invoice["Total"])
    check_header(write, element, status=status, total_cents=total, lines=len(invoice["LineItems"]))


def _update(write: Write, invoice: Record, element: Element) -> Record:
    books = write.books
    if not MOVES[invoice["Status"]]:
        raise NotModifiable
    before = invoice["Status"]
    status = str(element.get("Status", before)).upper()
    if str(element.get("Type", invoice["Type"])).upper() != invoice["Type"]:
        raise ActRefused("The Type of a document cannot be changed.")
    if has_settlements(invoice):
        if status == "VOIDED" or (status == "AUTHORISED" and before == "PAID"):
            raise HasSettlements(status)
        if status != before:
            raise NotModifiable
        check_open(books, read_day(invoice, "Date"))
        return edit_settled(write, invoice, element)
    # An invoice of nothing is paid as soon as it is approved, and can be voided or edited like an open one.
    open_status = "AUTHORISED" if before == "PAID" else before
    if status == "PAID" and before == "PAID":
        status = open_status
    if status not in MOVES[open_status]:
        raise NotModifiable
    if before in _LIVE:
        check_open(books, read_day(invoice, "Date"))
    if status in {"VOIDED", "DELETED"}:
        invoice["Status"] = status
    else:
        invoice["Status"] = status
        _edit(write, invoice, element)
    settle_invoice(invoice)
    saved = books.write("Invoices", invoice)
    if saved["Status"] != before:
        refresh_links(books, saved["InvoiceID"])
    return saved


def _edit(write: Write, invoice: Record, element: Element) -> None:
    books, kind, status = write.books, invoice["Type"], invoice["Status"]
    if "Contact" in element:
        contact = resolve_contact(write, element["Contact"])
        invoice["Contact"] = contact_stub(contact["ContactID"], contact["Name"])
    if "CurrencyCode" in element or "CurrencyRate" in element:
        given = {"CurrencyCode": invoice["CurrencyCode"], "CurrencyRate": invoice["CurrencyRate"]} | element
        invoice["CurrencyCode"], invoice["CurrencyRate"] = read_currency(books, given, {})
    if element.get("Date"):
        set_day(invoice, "Date", element["Date"])
    number = element.get("InvoiceNumber")
    if number is not None and number != invoice["InvoiceNumber"]:
        invoice["InvoiceNumber"] = claim_number(books, kind, number, invoice["InvoiceID"])
    amounts = read_amounts(element, invoice["LineAmountTypes"])
    approves = status == "AUTHORISED"
    if "LineItems" in element or amounts != invoice["LineAmountTypes"] or approves:
        old = {line["LineItemID"]: line for line in invoice["LineItems"]}
        given_lines = element.get("LineItems", [{"LineItemID": key} for key in old])
        rules = LineRules(books, kind == "ACCREC", amounts, approves, write.fine, kind == "ACCREC", old)
        if "LineItems" not in element:
            # Prices that were kept with four decimals stay, whatever this request's precision is.
            rules.fine = True
        invoice["LineAmountTypes"] = amounts
        invoice["LineItems"] = build_lines(given_lines, rules)
        set_totals(invoice)
        _note_discount(invoice)
    _check(write, invoice, element, status)
    set_simple_members(write, invoice, element, status=status)
    day = read_day(invoice, "Date") or books.today()
    if approves:
        check_open(books, day)
        if "DueDate" not in invoice:
            set_day(invoice, "DueDate", _default_due(write, kind, day))


def _default_due(write: Write, kind: str, day: date) -> date:
    side = "Sales" if kind == "ACCREC" else "Bills"
    term = write.books.profile.get("PaymentTerms", {}).get(side, {})
    return day + timedelta(days=term.get("Day", 0) if term.get("Type") == "DAYSAFTERBILLDATE" else 0)


def _note_discount(invoice: Record) -> None:
    invoice["IsDiscounted"] = any(
        line.get("DiscountRate") or line.get("DiscountAmount") for line in invoice["LineItems"]
    )
