"""What invoices and credit notes have in common above their lines (FACTS 7.1)."""

from datetime import date
from urllib.parse import urlsplit

from xero_sandbox.books.documents import set_day
from xero_sandbox.books.money import LineAmountTypes
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.books.rows import Record
from xero_sandbox.generate.regions import REGIONS
from xero_sandbox.writing.shapes import Element
from xero_sandbox.writing.write import Write, choose

_AMOUNTS: tuple[LineAmountTypes, ...] = ("Exclusive", "Inclusive", "NoTax")
_NOT_EMPTY = frozenset({"SUBMITTED", "AUTHORISED"})
ONLY_APPROVED_SENT = "Only AUTHORISED invoices may have SentToContact updated."


def read_amounts(element: Element, default: LineAmountTypes = "Exclusive") -> LineAmountTypes:
    """Return how the line amounts stand to their tax."""
    chosen = choose(element, "LineAmountTypes", _AMOUNTS, default)
    return next(amounts for amounts in _AMOUNTS if amounts == chosen)


def read_currency(books: Organisation, element: Element, contact: Record) -> tuple[str, float]:
    """Return a document's currency and its rate, foreign per base; raise ActRefused for one not in use."""
    base: str = books.profile["BaseCurrency"]
    code = str(element.get("CurrencyCode") or contact.get("DefaultCurrency") or base).upper()
    if code not in books.tables["Currencies"].rows:
        raise ActRefused(f"Organisation is not subscribed to currency {code}")
    if code == base:
        return code, 1.0
    given = float(element.get("CurrencyRate", 0))
    return code, given if given > 0 else REGIONS[books.country].foreign.get(code, 1.0)


def check_header(write: Write, element: Element, *, status: str, total_cents: int, lines: int) -> None:
    """Raise ActRefused with everything that is wrong about a document's header."""
    problems: list[str] = []
    if status in _NOT_EMPTY and not lines:
        problems.append("One or more line items must be specified")
    if status in _NOT_EMPTY and total_cents < 0:
        problems.append("The total of a document must not be negative.")
    if element.get("Url") and not _is_absolute(element["Url"]):
        problems.append("Url must be a valid absolute url")
    for name in ("InvoiceNumber", "CreditNoteNumber", "Reference"):
        if len(element.get(name, "")) > 255:
            problems.append(f"The field {name} has a maximum length of 255 characters.")
    theme = element.get("BrandingThemeID")
    if theme and theme not in write.books.tables["BrandingThemes"].rows:
        problems.append(f"Branding theme with id {theme} does not exist")
    if problems:
        raise ActRefused(*problems)


def _is_absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def set_simple_members(write: Write, record: Record, element: Element, *, status: str) -> None:
    """Write the members that need no rule but their own."""
    for name in ("Url", "BrandingThemeID"):
        if name in element:
            record[name] = element[name]
    if "Reference" in element and record["Type"] != "ACCPAY":
        record["Reference"] = element["Reference"]
    for name in ("DueDate", "ExpectedPaymentDate", "PlannedPaymentDate"):
        if isinstance(element.get(name), date):
            set_day(record, name, element[name])
            if name != "DueDate":
                record.pop(f"{name}String")
    if "SentToContact" in element and element["SentToContact"] != record.get("SentToContact"):
        if status in {"AUTHORISED", "PAID"}:
            record["SentToContact"] = element["SentToContact"]
        else:
            write.warnings.append(ONLY_APPROVED_SENT)
