"""Credit notes through the API, and what is done with any credit: allocate and take back (FACTS 7.3)."""

from datetime import date

from xero_sandbox.books.credits import allocate_credit, claim_credit_number, remove_allocation
from xero_sandbox.books.documents import (
    CREDIT_KINDS,
    build_credit,
    contact_stub,
    read_day,
    set_day,
    set_totals,
    settle_credit,
)
from xero_sandbox.books.invoices import MOVES, STARTING
from xero_sandbox.books.locks import check_open
from xero_sandbox.books.money import to_cents
from xero_sandbox.books.problems import ActRefused, HasSettlements, NotModifiable, WrongDocument
from xero_sandbox.books.rows import Record
from xero_sandbox.writing.headers import check_header, read_amounts, read_currency, set_simple_members
from xero_sandbox.writing.lines import LineRules, build_lines
from xero_sandbox.writing.parties import resolve_contact
from xero_sandbox.writing.shapes import DAY, GUID, NUMBER, TEXT, Element, Shape
from xero_sandbox.writing.write import Write, choose

ALLOCATION: Shape = {"Amount": NUMBER, "Date": DAY, "Invoice": {"InvoiceID": GUID, "InvoiceNumber": TEXT}}


def save_credit_note(write: Write, element: Element) -> Record:
    """Create or update a credit note. Raises ActRefused."""
    old = _find_old(write, element)
    if old is None:
        return _create(write, element)
    return _update(write, old, element)


def _find_old(write: Write, element: Element) -> Record | None:
    table = write.books.tables["CreditNotes"]
    wanted = write.record_id or (None if write.creating else element.get("CreditNoteID"))
    if wanted:
        row = table.find(wanted)
        if row is None:
            raise WrongDocument
        return row.read()
    number = element.get("CreditNoteNumber")
    if write.creating or not number or element.get("Type") == "ACCPAYCREDIT":
        return None
    row = table.find(number)
    return row.read() if row is not None and row.status != "DELETED" else None


def _create(write: Write, element: Element) -> Record:
    books = write.books
    if not element.get("Type"):
        raise ActRefused("Credit note Type must be specified.")
    kind = choose(element, "Type", ("ACCRECCREDIT", "ACCPAYCREDIT"), "ACCRECCREDIT")
    status = str(element.get("Status", "DRAFT")).upper()
    if status not in STARTING:
        raise ActRefused("Credit note not of valid status for creation")
    contact = resolve_contact(write, element.get("Contact"))
    currency, rate = read_currency(books, element, contact)
    amounts = read_amounts(element)
    rules = LineRules(books, kind == "ACCRECCREDIT", amounts, status == "AUTHORISED", write.fine)
    day: date = element.get("Date") or books.today()
    credit = build_credit(
        CREDIT_KINDS["CreditNotes"],
        credit_id=books.new_id(),
        type_=kind,
        contact=contact_stub(contact["ContactID"], contact["Name"]),
        lines=build_lines(element.get("LineItems", []), rules),
        day=day,
        status=status,
        currency=currency,
        currency_rate=rate,
        amounts=amounts,
        number=claim_credit_number(books, kind, element.get("CreditNoteNumber")),
    )
    _check(write, credit, element)
    if status == "AUTHORISED":
        check_open(books, day)
    _set_members(write, credit, element)
    return books.write("CreditNotes", credit)


def _check(write: Write, credit: Record, element: Element) -> None:
    total = to_cents(credit["Total"])
    lines = len(credit["LineItems"])
    check_header(write, element, status=credit["Status"], total_cents=total, lines=lines)


def _set_members(write: Write, credit: Record, element: Element) -> None:
    allowed = {key: value for key, value in element.items() if key in {"BrandingThemeID", "Reference"}}
    if credit["Type"] == "ACCPAYCREDIT":
        allowed.pop("Reference", None)
    set_simple_members(write, credit, allowed, status=credit["Status"])


def _update(write: Write, credit: Record, element: Element) -> Record:
    books = write.books
    before = credit["Status"]
    status = str(element.get("Status", before)).upper()
    used = bool(credit["Allocations"] or credit["Payments"])
    if not MOVES[before]:
        raise NotModifiable
    if used:
        if status != before:
            raise HasSettlements(status)
        _set_members(write, credit, element)
        return books.write("CreditNotes", credit)
    open_status = "AUTHORISED" if before == "PAID" else before
    if status not in MOVES[open_status]:
        raise NotModifiable
    if before in {"AUTHORISED", "PAID"}:
        check_open(books, read_day(credit, "Date"))
    credit["Status"] = status
    if status not in {"VOIDED", "DELETED"}:
        _edit(write, credit, element)
    settle_credit(credit)
    return books.write("CreditNotes", credit)


def _edit(write: Write, credit: Record, element: Element) -> None:
    books, status = write.books, credit["Status"]
    if "Contact" in element:
        contact = resolve_contact(write, element["Contact"])
        credit["Contact"] = contact_stub(contact["ContactID"], contact["Name"])
    if "CurrencyCode" in element or "CurrencyRate" in element:
        given = {"CurrencyCode": credit["CurrencyCode"], "CurrencyRate": credit["CurrencyRate"]} | element
        credit["CurrencyCode"], credit["CurrencyRate"] = read_currency(books, given, {})
    if element.get("Date"):
        set_day(credit, "Date", element["Date"])
    number = element.get("CreditNoteNumber")
    if number is not None and number != credit["CreditNoteNumber"]:
        credit["CreditNoteNumber"] = claim_credit_number(
            books, credit["Type"], number, credit["CreditNoteID"]
        )
    amounts = read_amounts(element, credit["LineAmountTypes"])
    old = {line["LineItemID"]: line for line in credit["LineItems"]}
    sales, approves = credit["Type"] == "ACCRECCREDIT", status == "AUTHORISED"
    rules = LineRules(books, sales, amounts, approves, write.fine or "LineItems" not in element, old=old)
    credit["LineAmountTypes"] = amounts
    credit["LineItems"] = build_lines(element.get("LineItems", [{"LineItemID": key} for key in old]), rules)
    set_totals(credit)
    _check(write, credit, element)
    if approves:
        check_open(books, read_day(credit, "Date"))
    _set_members(write, credit, element)


def save_allocation(write: Write, endpoint: str, element: Element) -> Record:
    """Apply a credit to an invoice and return the allocation. Raises ActRefused."""
    given = element.get("Invoice", {})
    row = write.books.tables["Invoices"].find(given.get("InvoiceID") or given.get("InvoiceNumber", ""))
    if row is None or write.record_id is None:
        raise WrongDocument
    if "Amount" not in element:
        raise ActRefused("Amount must be specified for an allocation.")
    credit = allocate_credit(
        write.books,
        endpoint,
        write.record_id,
        invoice_id=row.id,
        amount=str(element["Amount"]),
        day=element.get("Date"),
        bumps_invoice=write.bumps_invoice,
    )
    made: Record = credit["Allocations"][-1]
    return made


def delete_allocation(write: Write, endpoint: str, allocation_id: str) -> Record:
    """Take an allocation back; both documents open again. Raises ActRefused."""
    return remove_allocation(
        write.books, endpoint, write.record_id or "", allocation_id, bumps_invoice=write.bumps_invoice
    )
