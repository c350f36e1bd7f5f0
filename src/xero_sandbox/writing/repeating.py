"""Repeating invoices through the API: created for sales, deleted by status (FACTS 7.7)."""

from datetime import date

from xero_sandbox.books.documents import contact_stub, set_totals
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused, NotModifiable, WrongDocument
from xero_sandbox.books.repeating import step
from xero_sandbox.books.rows import Record
from xero_sandbox.wire.datekit import render_day
from xero_sandbox.writing.headers import read_amounts, read_currency
from xero_sandbox.writing.lines import LineRules, build_lines
from xero_sandbox.writing.parties import resolve_contact
from xero_sandbox.writing.shapes import CONTACT, DAY, FLAG, GUID, LINE, TEXT, WHOLE, Element, Shape
from xero_sandbox.writing.write import Write, choose

REPEATING: Shape = {
    "RepeatingInvoiceID": GUID,
    "Type": TEXT,
    "Contact": CONTACT,
    "Schedule": {
        "Period": WHOLE,
        "Unit": TEXT,
        "DueDate": WHOLE,
        "DueDateType": TEXT,
        "StartDate": DAY,
        "EndDate": DAY,
    },
    "LineItems": [LINE],
    "LineAmountTypes": TEXT,
    "Reference": TEXT,
    "BrandingThemeID": GUID,
    "CurrencyCode": TEXT,
    "Status": TEXT,
    **dict.fromkeys(("ApprovedForSending", "SendCopy", "MarkAsSent", "IncludePDF"), FLAG),
}
_DUE_TYPES = (
    *("DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "DAYSAFTERINVOICEDATE", "DAYSAFTERINVOICEMONTH"),
    *("OFCURRENTMONTH", "OFFOLLOWINGMONTH"),
)
_LONGEST_PERIOD = 24


def save_repeating(write: Write, element: Element) -> Record:
    """Create a repeating sales invoice, or delete one. Raises ActRefused."""
    books = write.books
    wanted = write.record_id or (None if write.creating else element.get("RepeatingInvoiceID"))
    if wanted is not None:
        row = books.tables["RepeatingInvoices"].find(wanted)
        if row is None:
            raise WrongDocument
        if str(element.get("Status", "")).upper() != "DELETED" or row.status == "DELETED":
            raise NotModifiable
        return books.write("RepeatingInvoices", row.read() | {"Status": "DELETED"}, stamp=False)
    if str(element.get("Type", "")).upper() != "ACCREC":
        raise ActRefused("Repeating invoices can only be created for sales.")
    status = choose(element, "Status", ("DRAFT", "AUTHORISED"), "DRAFT")
    schedule = _read_schedule(books, element.get("Schedule", {}))
    contact = resolve_contact(write, element.get("Contact"))
    if not element.get("LineItems"):
        raise ActRefused("One or more line items must be specified")
    amounts = read_amounts(element)
    currency, _ = read_currency(books, element, contact)
    rules = LineRules(books, sales=True, amounts=amounts, approved=status == "AUTHORISED", discounts=True)
    key = books.new_id()
    record: Record = {
        "Schedule": schedule,
        "RepeatingInvoiceID": key,
        "ID": key,
        "Status": status,
        "Type": "ACCREC",
        "Reference": element.get("Reference", ""),
        "HasAttachments": False,
        "Contact": contact_stub(contact["ContactID"], contact["Name"]),
        "LineAmountTypes": amounts,
        "LineItems": build_lines(element["LineItems"], rules),
        "CurrencyCode": currency,
        **{name: element.get(name, False) for name in ("ApprovedForSending", "SendCopy", "MarkAsSent")},
        "IncludePDF": element.get("IncludePDF", False),
    }
    theme = element.get("BrandingThemeID")
    if theme:
        if theme not in books.tables["BrandingThemes"].rows:
            raise ActRefused(f"Branding theme with id {theme} does not exist")
        record["BrandingThemeID"] = theme
    set_totals(record)
    return books.write("RepeatingInvoices", record, stamp=False)


def _read_schedule(books: Organisation, given: Element) -> Record:
    period, number = given.get("Period", 1), given.get("DueDate", 0)
    if not 1 <= period <= _LONGEST_PERIOD or not 0 <= number <= 366:
        raise ActRefused("The Period or DueDate of the Schedule is not valid.")
    start: date = given.get("StartDate") or books.today()
    schedule: Record = {
        "Period": period,
        "Unit": choose(given, "Unit", ("WEEKLY", "MONTHLY"), "MONTHLY"),
        "DueDate": number,
        "DueDateType": choose(given, "DueDateType", _DUE_TYPES, "DAYSAFTERBILLDATE"),
        "StartDate": render_day(start),
    }
    if not 2000 <= start.year < 2100:
        raise ActRefused("The StartDate of the Schedule is not valid.")
    following = start
    while following < books.today():
        following = step(schedule, following)
    schedule["NextScheduledDate"] = render_day(following)
    if given.get("EndDate"):
        schedule["EndDate"] = render_day(given["EndDate"])
    return schedule
