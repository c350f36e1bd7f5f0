"""The views of what Xero holds."""

from collections.abc import Iterable

from counterfoil.features.publishing.shapes import (
    DAY,
    MOMENT,
    NUMBER,
    OF_ORGANISATION,
    ORGANISATION,
    SEEN,
    TEXT,
    WHOLE,
    YES,
    Column,
    View,
    amounts,
    id_of_xero,
    rows_of,
    same,
)


def _document(
    kind: str, *, days: Iterable[tuple[str, str]], sums: Iterable[tuple[str, str]]
) -> tuple[Column, ...]:
    return (
        *ORGANISATION,
        id_of_xero(f"{kind}_id", "Xero’s id"),
        *same(
            TEXT,
            ("number", "Its number"),
            ("reference", "Its reference"),
            ("status", "As Xero calls it"),
            ("contact_id", "The contact"),
            ("contact_name", "The contact’s name"),
        ),
        *same(DAY, ("date", "Its date"), *days),
        *amounts(("sub_total", "Without tax"), ("total_tax", "The tax"), ("total", "With tax"), *sums),
        *same(
            NUMBER,
            ("currency_rate", "How many of its currency are one of the organisation’s, as Xero writes it"),
        ),
        *SEEN,
    )


_INVOICE = {
    "days": (("due_date", "When it is due"), ("fully_paid_on", "When it was paid in full")),
    "sums": (("amount_due", "Still to be paid"), ("amount_paid", "Paid"), ("amount_credited", "Credited")),
}


def _of_line(name: str) -> str:
    return f"nullif(l.item ->> '{name}', '')"


def _lines(kind: str, table: str, condition: str) -> View:
    """Return the view of a document's lines; Xero sends them within the document, and we keep them there."""
    words = kind.replace("_", " ")
    return View(
        f"{kind}_lines",
        f"A line of {'an' if kind[0] in 'aeiou' else 'a'} {words}, in Xero’s order",
        f"from {table} r {OF_ORGANISATION} cross join lateral"
        " json_array_elements(r.raw -> 'LineItems') with ordinality as l(item, place)"
        f" where {condition} and json_typeof(r.raw -> 'LineItems') = 'array'",
        (
            *ORGANISATION,
            id_of_xero(f"{kind}_id", f"The {words}"),
            Column("line_id", TEXT, _of_line("LineItemID"), "Xero’s id of the line"),
            Column("place", WHOLE, "l.place", "The first is 1"),
            *same(
                TEXT,
                ("number", f"The {words}’s number"),
                ("status", f"The {words}’s status"),
                ("contact_id", "The contact"),
            ),
            *same(DAY, ("date", f"The {words}’s date")),
            Column("description", TEXT, _of_line("Description"), "Its text"),
            Column("item_code", TEXT, _of_line("ItemCode"), "What was sold or bought"),
            Column("account_code", TEXT, _of_line("AccountCode"), "The account"),
            Column("tax_type", TEXT, _of_line("TaxType"), "The tax rate’s type"),
            Column("quantity", NUMBER, f"{_of_line('Quantity')}::numeric", "How many"),
            Column("unit_amount", NUMBER, f"{_of_line('UnitAmount')}::numeric", "The price of one"),
            *same(
                TEXT,
                ("currency", "The currency of the amounts"),
                ("line_amount_types", "Whether the amounts of lines hold the tax, as Xero calls it"),
            ),
            Column("line_amount", NUMBER, f"{_of_line('LineAmount')}::numeric", "The line’s amount"),
            Column("tax_amount", NUMBER, f"{_of_line('TaxAmount')}::numeric", "The line’s tax"),
            *same(MOMENT, ("gone_at", f"Since when Xero no longer has the {words}")),
        ),
    )


def _paid(table: str, column: str, alias: str) -> str:
    meant = f"{alias}.organisation_id = r.organisation_id and {alias}.xero_id = r.{column}"
    return f"left join {table} {alias} on {meant}"


BOOKS: tuple[View, ...] = (
    View(
        "invoices",
        "A sales invoice",
        rows_of("mirror_invoice", "r.kind = 'ACCREC'", OF_ORGANISATION),
        _document("invoice", **_INVOICE),
    ),
    _lines("invoice", "mirror_invoice", "r.kind = 'ACCREC'"),
    View(
        "bills",
        "A bill to pay",
        rows_of("mirror_invoice", "r.kind = 'ACCPAY'", OF_ORGANISATION),
        _document("bill", **_INVOICE),
    ),
    _lines("bill", "mirror_invoice", "r.kind = 'ACCPAY'"),
    View(
        "credit_notes",
        "A credit given to a customer or received from a supplier",
        rows_of("mirror_creditnote", "true", OF_ORGANISATION),
        (
            *_document(
                "credit_note",
                days=(("fully_paid_on", "When it was used up"),),
                sums=(("remaining_credit", "Not used yet"),),
            ),
            *same(TEXT, ("kind", "ACCRECCREDIT was given, ACCPAYCREDIT received")),
        ),
    ),
    _lines("credit_note", "mirror_creditnote", "true"),
    View(
        "payments",
        "A payment of an invoice or a bill, or a refund of a credit",
        rows_of(
            "mirror_payment",
            "true",
            OF_ORGANISATION,
            _paid("mirror_invoice", "invoice_id", "i"),
            _paid("mirror_creditnote", "credit_note_id", "n"),
            _paid("mirror_prepayment", "prepayment_id", "b"),
            _paid("mirror_overpayment", "overpayment_id", "v"),
        ),
        (
            *ORGANISATION,
            id_of_xero("payment_id", "Xero’s id"),
            *same(
                TEXT,
                ("kind", "As Xero calls it"),
                ("status", "As Xero calls it"),
                ("reference", "Its reference"),
            ),
            *same(DAY, ("date", "When it was paid")),
            Column(
                "currency",
                TEXT,
                "coalesce(i.currency, n.currency, b.currency, v.currency)",
                "The currency of what was paid; empty when that is not in the copy",
            ),
            *same(
                NUMBER,
                ("amount", "How much"),
                ("bank_amount", "How much in the bank account’s currency, where Xero says it"),
                ("currency_rate", "The rate of the day, as Xero writes it"),
            ),
            *same(
                TEXT,
                ("invoice_id", "The invoice or bill that was paid"),
                ("credit_note_id", "The credit note that was refunded"),
                ("account_id", "From or to which account"),
            ),
            *same(YES, ("is_reconciled", "Whether it was matched with the bank")),
            *SEEN,
        ),
    ),
    View(
        "contacts",
        "A contact in Xero",
        rows_of("mirror_contact", "true", OF_ORGANISATION),
        (
            *ORGANISATION,
            id_of_xero("contact_id", "Xero’s id"),
            *same(
                TEXT,
                ("name", "Its name"),
                ("email", "Its e-mail address"),
                ("contact_number", "Its number"),
                ("account_number", "Its account number"),
                ("status", "As Xero calls it"),
                ("default_currency", "In which it is billed"),
                ("merged_to_id", "The contact that it was merged into"),
            ),
            *same(
                YES, ("is_customer", "Whether it was sold to"), ("is_supplier", "Whether it was bought from")
            ),
            *SEEN,
        ),
    ),
    View(
        "accounts",
        "A line of the chart of accounts",
        rows_of("mirror_account", "true", OF_ORGANISATION),
        (
            *ORGANISATION,
            id_of_xero("account_id", "Xero’s id"),
            *same(
                TEXT,
                ("code", "Its code"),
                ("name", "Its name"),
                ("kind", "Its type in Xero"),
                ("account_class", "ASSET, EQUITY, EXPENSE, LIABILITY or REVENUE"),
                ("status", "As Xero calls it"),
                ("tax_type", "Its tax rate’s type"),
                ("currency", "Of a bank account"),
            ),
            *SEEN,
        ),
    ),
    View(
        "bank_transactions",
        "Money spent or received without an invoice",
        rows_of("mirror_banktransaction", "true", OF_ORGANISATION),
        (
            *ORGANISATION,
            id_of_xero("bank_transaction_id", "Xero’s id"),
            *same(
                TEXT,
                ("kind", "SPEND or RECEIVE, as Xero calls it"),
                ("status", "As Xero calls it"),
                ("reference", "Its reference"),
                ("contact_id", "The contact"),
                ("contact_name", "The contact’s name"),
                ("account_id", "The bank account"),
            ),
            *same(DAY, ("date", "Its date")),
            *amounts(
                ("sub_total", "Without tax"),
                ("total_tax", "The tax"),
                ("total", "With tax"),
                ("currency_rate", "As Xero writes it"),
            ),
            *same(YES, ("is_reconciled", "Whether it was matched with the bank")),
            *SEEN,
        ),
    ),
)
