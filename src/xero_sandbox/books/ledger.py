"""A double entry for every approved document, in base currency: the ground of the reports."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xero_sandbox.books.documents import CREDIT_KINDS, read_day
from xero_sandbox.books.money import to_base_cents, to_cents
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.rows import Record
from xero_sandbox.wire.datekit import to_ms

RECEIVABLE, PAYABLE, TAX, ROUNDING, BANK, REALISED = "610", "800", "820", "860", "090", "499"

_APPROVED = frozenset({"AUTHORISED", "PAID", "POSTED"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One document's effect: account codes with cents, debits positive, summing to zero."""

    day_ms: int
    amounts: dict[str, int]


def build_entries(organisation: Organisation) -> Iterator[Entry]:
    """Return the entries of everything that has a ledger effect."""
    tables = organisation.tables
    for row in tables["Invoices"]:
        if row.status in _APPROVED:
            invoice = row.read()
            control = RECEIVABLE if row.kind == "ACCREC" else PAYABLE
            yield _document_entry(invoice, row.date or 0, control, sign=-1 if row.kind == "ACCREC" else 1)
    for endpoint in CREDIT_KINDS:
        for row in tables[endpoint]:
            if row.status in _APPROVED:
                sales = row.kind in {"ACCRECCREDIT", "RECEIVE-PREPAYMENT", "RECEIVE-OVERPAYMENT"}
                yield _credit_entry(endpoint, row.read(), row.date or 0, sales=sales)
    for row in tables["BankTransactions"]:
        # A prepayment's own document already holds its bank side.
        if row.status in _APPROVED and row.kind in {"SPEND", "RECEIVE"}:
            sign = 1 if row.kind == "SPEND" else -1
            record = row.read()
            bank = record["BankAccount"].get("Code", BANK)
            yield _document_entry(record, row.date or 0, bank, sign=sign)
    for row in tables["Payments"]:
        if row.status in _APPROVED:
            payment = row.read()
            yield _payment_entry(payment, row.date or 0, issued_at=_find_rate(organisation, payment))
    for row in tables["ManualJournals"]:
        if row.status in _APPROVED:
            yield _journal_entry(row.read(), row.date or 0)


def build_cash_entries(organisation: Organisation) -> Iterator[Entry]:
    """
    Return what counts on the day when money moves, as reports on cash show it.

    A part that is paid or credited brings in its part of the document. What Xero does with the cents is
    not published: here all parts together are the document.
    """
    tables = organisation.tables
    for endpoint in ("Invoices", "CreditNotes"):
        for row in tables[endpoint]:
            if row.status in _APPROVED:
                yield from _list_parts(row.read(), row.date or 0, row.kind or "")
    for row in tables["BankTransactions"]:
        if row.status in _APPROVED and row.kind in {"SPEND", "RECEIVE"}:
            sign = 1 if row.kind == "SPEND" else -1
            yield _document_entry(row.read(), row.date or 0, BANK, sign=sign)
    for row in tables["Payments"]:
        if row.status in _APPROVED:
            payment = row.read()
            entry = _payment_entry(payment, row.date or 0, issued_at=_find_rate(organisation, payment))
            yield Entry(entry.day_ms, {REALISED: entry.amounts.get(REALISED, 0)})
    for row in tables["ManualJournals"]:
        journal = row.read()
        if row.status in _APPROVED and journal.get("ShowOnCashBasisReports", True):
            yield _journal_entry(journal, row.date or 0)


_CREDIT_STUBS = ("CreditNotes", "Prepayments", "Overpayments")


def _list_parts(document: Record, day_ms: int, kind: str) -> Iterator[Entry]:
    """Yield the part of a document that each payment and credit brings in."""
    sign = -1 if kind in {"ACCREC", "ACCPAYCREDIT"} else 1
    whole = _document_entry(document, day_ms, RECEIVABLE, sign=sign).amounts
    total = to_cents(document["Total"])
    if not total:
        yield Entry(day_ms, whole)
        return
    parts = [(_day_of(part), to_cents(part["Amount"])) for part in document["Payments"]]
    stubs = [stub for name in _CREDIT_STUBS for stub in document.get(name, [])]
    parts += [(_day_of(stub), to_cents(stub["AppliedAmount"])) for stub in stubs]
    parts += [(_day_of(part), to_cents(part["Amount"])) for part in document.get("Allocations", [])]
    settled, brought = 0, dict.fromkeys(whole, 0)
    for day, cents in sorted(parts):
        settled += cents
        until_now = {code: _share(amount, settled, total) for code, amount in whole.items()}
        yield Entry(day, {code: until_now[code] - brought[code] for code in whole})
        brought = until_now


def _day_of(part: Record) -> int:
    day = read_day(part, "Date")
    return to_ms(day) if day else 0


def _share(cents: int, settled: int, total: int) -> int:
    """Return the share of an amount, halves going away from zero."""
    parts = (2 * abs(cents) * settled + total) // (2 * total)
    return parts if cents >= 0 else -parts


def sum_entries(
    organisation: Organisation, spans: Sequence[tuple[int | None, int]], *, is_cash: bool = False
) -> list[dict[str, int]]:
    """
    Return each account's movement in cents for every span of (first, last) day in milliseconds.

    Both days count, and None means from the beginning. On accrual each span's movements sum to zero.
    """
    sums: list[defaultdict[str, int]] = [defaultdict(int) for _ in spans]
    for entry in build_cash_entries(organisation) if is_cash else build_entries(organisation):
        for (first, last), balances in zip(spans, sums, strict=True):
            if (first is None or entry.day_ms >= first) and entry.day_ms <= last:
                for code, cents in entry.amounts.items():
                    balances[code] += cents
    return [dict(balances) for balances in sums]


def _document_entry(document: Record, day_ms: int, control: str, *, sign: int) -> Entry:
    """Post lines and tax against a control account; `sign` is the lines' side, debit positive."""
    rate = document.get("CurrencyRate", 1.0)
    inclusive = document["LineAmountTypes"] == "Inclusive"
    amounts: defaultdict[str, int] = defaultdict(int)
    for line in document["LineItems"]:
        tax = to_cents(line["TaxAmount"])
        net = to_cents(line["LineAmount"]) - (tax if inclusive else 0)
        amounts[line.get("AccountCode") or ROUNDING] += sign * to_base_cents(net, rate)
        amounts[TAX] += sign * to_base_cents(tax, rate)
    total = -sign * to_base_cents(to_cents(document["Total"]), rate)
    amounts[control] += total
    # Lines converted one by one may miss the converted total by a cent.
    amounts[ROUNDING] -= sum(amounts.values())
    return Entry(day_ms, dict(amounts))


def _credit_entry(endpoint: str, credit: Record, day_ms: int, *, sales: bool) -> Entry:
    sign = 1 if sales else -1
    control = RECEIVABLE if sales else PAYABLE
    if endpoint == "CreditNotes":
        return _document_entry(credit, day_ms, control, sign=sign)
    cents = sign * to_base_cents(to_cents(credit["Total"]), credit["CurrencyRate"])
    return Entry(day_ms, {BANK: cents, control: -cents})


_RECEIPTS = frozenset({"ACCRECPAYMENT", "APCREDITPAYMENT", "APPREPAYMENTPAYMENT", "APOVERPAYMENTPAYMENT"})
_SALES_SIDE = frozenset({"ACCRECPAYMENT", "ARCREDITPAYMENT", "ARPREPAYMENTPAYMENT", "AROVERPAYMENTPAYMENT"})


_HOLDERS = {
    "Invoice": "Invoices",
    "CreditNote": "CreditNotes",
    "Prepayment": "Prepayments",
    "Overpayment": "Overpayments",
}


def _find_rate(organisation: Organisation, payment: Record) -> float:
    """Return the rate of the document that was paid; only a foreign one has another than the base's."""
    if payment["CurrencyRate"] == 1:
        return 1.0
    holder = next(name for name in _HOLDERS if name in payment)
    rate: float = organisation.read(_HOLDERS[holder], payment[holder][f"{holder}ID"])["CurrencyRate"]
    return rate


def _payment_entry(payment: Record, day_ms: int, *, issued_at: float) -> Entry:
    """
    Post a payment: the bank at the payment's rate, the control account at the document's.

    What lies between is a realised currency gain; the posts sum to zero.
    """
    cents = to_cents(payment["Amount"])
    sign = 1 if payment["PaymentType"] in _RECEIPTS else -1
    control = RECEIVABLE if payment["PaymentType"] in _SALES_SIDE else PAYABLE
    banked = sign * to_base_cents(cents, payment["CurrencyRate"])
    settled = sign * to_base_cents(cents, issued_at)
    amounts = {payment["Account"].get("Code", BANK): banked, control: -settled}
    if banked != settled:
        amounts[REALISED] = settled - banked
    return Entry(day_ms, amounts)


def _journal_entry(journal: Record, day_ms: int) -> Entry:
    amounts: defaultdict[str, int] = defaultdict(int)
    for line in journal["JournalLines"]:
        tax = to_cents(line["TaxAmount"])
        net = to_cents(line["LineAmount"]) - (tax if journal["LineAmountTypes"] == "Inclusive" else 0)
        amounts[line["AccountCode"]] += net
        amounts[TAX] += tax
    return Entry(day_ms, dict(amounts))
