"""Bank transactions and manual journals through the API (FACTS 7.5, 7.7)."""

from datetime import date
from decimal import Decimal

from xero_sandbox.books.bank import build_bank_transaction
from xero_sandbox.books.documents import (
    CREDIT_KINDS,
    build_credit,
    contact_stub,
    read_day,
    set_day,
    set_totals,
    settle_credit,
)
from xero_sandbox.books.links import refresh_links
from xero_sandbox.books.locks import check_open
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused, NotModifiable, WrongDocument
from xero_sandbox.books.rows import Record
from xero_sandbox.wire.datekit import render_day
from xero_sandbox.writing.headers import check_header, read_amounts, read_currency
from xero_sandbox.writing.lines import Chart, LineRules, build_lines, round_to, tax_of
from xero_sandbox.writing.parties import resolve_contact
from xero_sandbox.writing.shapes import DAY, DOCUMENT, FLAG, GUID, NUMBER, TEXT, TRACKING, Element, Shape
from xero_sandbox.writing.write import Write, choose, find_account

BANK_TRANSACTION: Shape = {
    **DOCUMENT,
    "BankTransactionID": GUID,
    "Url": TEXT,
    "BankAccount": {"AccountID": GUID, "Code": TEXT},
    "IsReconciled": FLAG,
}
JOURNAL: Shape = {
    "ManualJournalID": GUID,
    "Narration": TEXT,
    "JournalLines": [
        {
            "LineAmount": NUMBER,
            "AccountCode": TEXT,
            "AccountID": GUID,
            "Description": TEXT,
            "TaxType": TEXT,
            "TaxAmount": NUMBER,
            "Tracking": [TRACKING],
        }
    ],
    "Date": DAY,
    "LineAmountTypes": TEXT,
    "Status": TEXT,
    "Url": TEXT,
    "ShowOnCashBasisReports": FLAG,
}
_TYPES = (
    *("SPEND", "RECEIVE", "SPEND-PREPAYMENT", "RECEIVE-PREPAYMENT"),
    *("SPEND-OVERPAYMENT", "RECEIVE-OVERPAYMENT"),
)
_GONE = frozenset({"DELETED", "VOIDED"})
_ADVANCES = {"PREPAYMENT": "Prepayments", "OVERPAYMENT": "Overpayments"}


def save_bank_transaction(write: Write, element: Element) -> Record:
    """Spend or receive money, change or delete that. Raises ActRefused."""
    books = write.books
    wanted = write.record_id or (None if write.creating else element.get("BankTransactionID"))
    if wanted is None:
        return _create(write, element)
    row = books.tables["BankTransactions"].find(wanted)
    if row is None:
        raise WrongDocument
    return _update(write, row.read(), element)


def _create(write: Write, element: Element) -> Record:
    books = write.books
    if not element.get("Type"):
        raise ActRefused("Bank transaction Type must be specified.")
    kind = choose(element, "Type", _TYPES, "SPEND")
    if choose(element, "Status", ("AUTHORISED", "DELETED", "VOIDED"), "AUTHORISED") != "AUTHORISED":
        raise ActRefused("Bank transaction not of valid status for creation")
    account = _find_bank(books, element.get("BankAccount"))
    contact = resolve_contact(write, element.get("Contact"))
    currency, rate = read_currency(books, {"CurrencyCode": account["CurrencyCode"]} | element, {})
    amounts = read_amounts(element)
    sales = kind.startswith("RECEIVE")
    lines = build_lines(
        element.get("LineItems", []), LineRules(books, sales, amounts, approved=True, fine=write.fine)
    )
    day: date = element.get("Date") or books.today()
    check_open(books, day)
    record = build_bank_transaction(
        transaction_id=books.new_id(),
        type_=kind,
        contact=contact_stub(contact["ContactID"], contact["Name"]),
        account=account,
        lines=lines,
        day=day,
        currency=currency,
        currency_rate=rate,
        reconciled=element.get("IsReconciled", False),
        amounts=amounts,
    )
    record["Reference"] = element.get("Reference", "")
    if "Url" in element:
        record["Url"] = element["Url"]
    check_header(write, element, status="AUTHORISED", total_cents=0, lines=len(lines))
    advance = _ADVANCES.get(kind.partition("-")[2])
    if advance is not None:
        _add_advance(books, advance, record)
    return books.write("BankTransactions", record)


def _add_advance(books: Organisation, endpoint: str, record: Record) -> None:
    """Add the prepayment or overpayment that this money is, and name it on the transaction."""
    kind = CREDIT_KINDS[endpoint]
    credit = build_credit(
        kind,
        credit_id=books.new_id(),
        type_=record["Type"],
        contact=record["Contact"],
        lines=[line | {"LineItemID": books.new_id()} for line in record["LineItems"]],
        day=read_day(record, "Date") or books.today(),
        status="AUTHORISED",
        currency=record["CurrencyCode"],
        currency_rate=record.get("CurrencyRate", 1.0),
        amounts=record["LineAmountTypes"],
        reference=record["Reference"],
    )
    books.write(endpoint, credit)
    record[kind.id_field] = credit[kind.id_field]


def _find_bank(books: Organisation, given: Element | None) -> Record:
    account = find_account(books, given)
    if account is None or account["Type"] != "BANK":
        raise ActRefused("BankAccount must be an existing account of type BANK")
    if account["Status"] != "ACTIVE":
        raise ActRefused("BankAccount has been archived")
    return account


def _update(write: Write, record: Record, element: Element) -> Record:
    books = write.books
    if record["Status"] in _GONE or record["Type"].endswith("TRANSFER"):
        raise ActRefused("Bank transaction not of valid status for modification")
    check_open(books, read_day(record, "Date"), element.get("Date"))
    status = choose(element, "Status", ("AUTHORISED", "DELETED", "VOIDED"), record["Status"])
    if status in _GONE:
        return _take_back(write, record, status)
    if str(element.get("Type", record["Type"])).upper() != record["Type"]:
        raise ActRefused("The Type of a bank transaction cannot be changed.")
    if "-" in record["Type"] and set(element) & {"LineItems", "LineAmountTypes", "Contact"}:
        raise ActRefused("The lines of a prepayment or overpayment cannot be changed.")
    if "BankAccount" in element:
        account = _find_bank(books, element["BankAccount"])
        record["BankAccount"] = {key: account[key] for key in ("AccountID", "Code", "Name")}
    if "Contact" in element:
        contact = resolve_contact(write, element["Contact"])
        record["Contact"] = contact_stub(contact["ContactID"], contact["Name"])
    if element.get("Date"):
        set_day(record, "Date", element["Date"])
    for name in ("Reference", "Url", "IsReconciled"):
        if name in element:
            record[name] = element[name]
    amounts = read_amounts(element, record["LineAmountTypes"])
    if "LineItems" in element or amounts != record["LineAmountTypes"]:
        old = {line["LineItemID"]: line for line in record["LineItems"]}
        given = element.get("LineItems", [{"LineItemID": key} for key in old])
        sales = record["Type"].startswith("RECEIVE")
        record["LineAmountTypes"] = amounts
        record["LineItems"] = build_lines(
            given, LineRules(books, sales, amounts, approved=True, fine=write.fine, old=old)
        )
        set_totals(record)
    check_header(write, element, status="AUTHORISED", total_cents=0, lines=len(record["LineItems"]))
    return books.write("BankTransactions", record)


def _take_back(write: Write, record: Record, status: str) -> Record:
    books = write.books
    if record["IsReconciled"]:
        raise ActRefused("This bank transaction cannot be deleted because it is reconciled.")
    for endpoint in _ADVANCES.values():
        kind = CREDIT_KINDS[endpoint]
        if kind.id_field in record:
            credit = books.read(endpoint, record[kind.id_field])
            if credit["Allocations"] or credit["Payments"]:
                raise ActRefused("This bank transaction cannot be deleted because it has been allocated.")
            credit["Status"] = "VOIDED"
            settle_credit(credit)
            books.write(endpoint, credit)
    saved = books.write("BankTransactions", record | {"Status": status})
    refresh_links(books, record["BankTransactionID"])
    return saved


_MOVES = {
    "DRAFT": {"DRAFT", "POSTED", "DELETED"},
    "POSTED": {"POSTED", "VOIDED"},
}
_CLOSED_TO_JOURNALS = frozenset({"DEBTORS", "CREDITORS", "RETAINEDEARNINGS"})


def save_journal(write: Write, element: Element) -> Record:
    """Add a manual journal whose lines sum to zero, change or void it. Raises ActRefused."""
    books = write.books
    wanted = write.record_id or (None if write.creating else element.get("ManualJournalID"))
    if wanted is None:
        status = choose(element, "Status", ("DRAFT", "POSTED"), "DRAFT")
        record: Record = {
            "Date": render_day(books.today()),
            "Status": "DRAFT",
            "LineAmountTypes": "NoTax",
            "UpdatedDateUTC": "",
            "ManualJournalID": books.new_id(),
            "Narration": "",
            "JournalLines": [],
            "ShowOnCashBasisReports": True,
            "HasAttachments": False,
        }
    else:
        row = books.tables["ManualJournals"].find(wanted)
        if row is None:
            raise WrongDocument
        record = row.read()
        status = choose(element, "Status", ("DRAFT", "POSTED", "VOIDED", "DELETED"), record["Status"])
    if status not in _MOVES.get(record["Status"], set()):
        raise NotModifiable
    if record["Status"] == "POSTED":
        check_open(books, read_day(record, "Date"))
    record["Status"] = status
    if status not in _GONE:
        _edit_journal(books, record, element)
    return books.write("ManualJournals", record)


def _edit_journal(books: Organisation, record: Record, element: Element) -> None:
    for name in ("Narration", "Url", "ShowOnCashBasisReports"):
        if name in element:
            record[name] = element[name]
    if not record["Narration"].strip():
        raise ActRefused("Narration must be specified.")
    if element.get("Date"):
        record["Date"] = render_day(element["Date"])
    amounts = read_amounts(element, record["LineAmountTypes"])
    record["LineAmountTypes"] = amounts
    if "JournalLines" in element:
        record["JournalLines"] = _journal_lines(books, element["JournalLines"], record)
    if len(record["JournalLines"]) < 2:
        raise ActRefused("A manual journal must have at least two lines.")
    debits = sum(_gross(line, record) for line in record["JournalLines"])
    if debits:
        raise ActRefused("The total debits must equal the total credits.")
    if record["Status"] == "POSTED":
        check_open(books, read_day(record, "Date"))


def _gross(line: Record, record: Record) -> Decimal:
    tax = Decimal(str(line["TaxAmount"])) if record["LineAmountTypes"] == "Exclusive" else Decimal(0)
    return Decimal(str(line["LineAmount"])) + tax


def _journal_lines(books: Organisation, given: list[Element], record: Record) -> list[Record]:
    chart = Chart.of(books)
    lines: list[Record] = []
    for item in given:
        account = find_account(books, {"AccountID": item.get("AccountID"), "Code": item.get("AccountCode")})
        code = item.get("AccountCode", "")
        closed = account is None or account["Type"] == "BANK" or account["Status"] != "ACTIVE"
        if account is None or closed or account.get("SystemAccount") in _CLOSED_TO_JOURNALS:
            raise ActRefused(f"Account code '{code}' is not a valid code for this document.")
        tax_type = item.get("TaxType", "NONE" if record["LineAmountTypes"] == "NoTax" else account["TaxType"])
        if tax_type not in chart.rates:
            raise ActRefused(f"The TaxType code '{tax_type}' does not exist.")
        amount = round_to(item.get("LineAmount", Decimal(0)))
        rate = Decimal(str(chart.rates[tax_type]["EffectiveRate"]))
        tax = item.get("TaxAmount", tax_of(amount, rate, record["LineAmountTypes"]))
        if record["LineAmountTypes"] == "NoTax":
            tax = Decimal(0)
        lines.append(
            {
                "LineAmount": float(amount),
                "AccountCode": account["Code"],
                "AccountID": account["AccountID"],
                "Description": item.get("Description", record["Narration"]),
                "TaxType": tax_type,
                "TaxAmount": float(round_to(tax)),
                "Tracking": [],
                "IsBlank": False,
            }
        )
    return lines
