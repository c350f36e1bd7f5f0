"""Everything that the firm holds about one person, table by table."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql

from counterfoil.features.moving.tables import Table, list_tables
from counterfoil.features.privacy.finding import Subject


@dataclass(frozen=True)
class Section:
    """One kind of data: its rows, column by column, as the database writes them."""

    title: str
    table: str
    rows: list[dict[str, Any]]


_BY_CONTACT = "contact_id = any(%(contacts)s)"
_BY_CLIENT = "client_id = any(%(clients)s)"
_BY_ADDRESS = (
    f"{_BY_CONTACT} or lower(address) = any(%(emails)s)"
    " or right(regexp_replace(address, '\\D', '', 'g'), 8) = any(%(digits)s)"
)

# What is asked of which table, under which title: in this order, since later ones ask for documents found.
_DOCUMENTS = {
    "mirror_invoice": "Invoices and bills",
    "mirror_creditnote": "Credit notes",
    "mirror_prepayment": "Prepayments",
    "mirror_overpayment": "Overpayments",
    "mirror_banktransaction": "Money spent or received without an invoice",
    "mirror_repeatinginvoice": "Repeating invoices",
}
_ASKED: tuple[tuple[str, str, str], ...] = (
    ("Contacts in Xero", "mirror_contact", "xero_id = any(%(contacts)s) or xero_id = any(%(mentioned)s)"),
    *((title, table, _BY_CONTACT) for table, title in _DOCUMENTS.items()),
    (
        "Payments",
        "mirror_payment",
        "invoice_id = any(%(documents)s) or credit_note_id = any(%(documents)s)"
        " or prepayment_id = any(%(documents)s) or overpayment_id = any(%(documents)s)",
    ),
    ("Files on documents, by name", "mirror_attachment", "document_id = any(%(documents)s)"),
    ("What changed in these records", "mirror_change", "xero_id = any(%(records)s)"),
    ("Written to Xero, or to be written", "mirror_operation", _BY_CONTACT),
    ("Clients", "clients_client", "id = any(%(clients)s)"),
    ("Addresses", "clients_address", _BY_CLIENT),
    ("People at clients", "clients_person", "id = any(%(people)s) or " + _BY_CLIENT),
    ("Deals", "clients_deal", _BY_CLIENT),
    ("Which contact is which client", "clients_link", f"{_BY_CONTACT} or {_BY_CLIENT}"),
    ("What was decided about contacts", "clients_decision", f"{_BY_CONTACT} or {_BY_CLIENT}"),
    ("Agreements", "billing_agreement", _BY_CLIENT),
    ("Time", "billing_timeentry", _BY_CLIENT),
    ("Expenses", "billing_expense", _BY_CLIENT),
    ("Invoices written here", "invoicing_invoicedraft", f"{_BY_CONTACT} or {_BY_CLIENT}"),
    ("Costs that are paid back", "recharging_recharge", _BY_CLIENT),
    ("Messages", "reminding_message", _BY_ADDRESS),
    ("Replies", "reminding_reply", _BY_ADDRESS),
    ("Reminders that are held back", "reminding_held", _BY_CONTACT),
    ("Choices about messages", "reminding_contactchoice", _BY_CONTACT),
    ("Wishes and consent about messages", "reminding_ledgerentry", "digest = any(%(digests)s)"),
    ("Lines of imported files", "importing_uploadrow", "cells::text ilike any(%(words)s)"),
    ("Lines of an earlier tool", "migrating_stagedrow", "said::text ilike any(%(words)s)"),
    ("The audit log", "workspaces_auditentry", "what ilike any(%(words)s) or who_name ilike any(%(words)s)"),
)


def gather(subject: Subject) -> list[Section]:
    """Return what there is, kind by kind; kinds of which there is nothing are left out."""
    tables = {table.name: table for table in list_tables()}
    given: dict[str, Any] = {
        **{name: getattr(subject, name) for name in subject.__dataclass_fields__},
        "words": subject.words,
        "documents": [],
        "records": [*subject.contacts],
    }
    sections = []
    for title, name, condition in _ASKED:
        rows = _read(tables[name], condition, given)
        found = [row["xero_id"] for row in rows] if name in _DOCUMENTS or name == "mirror_payment" else []
        given["records"] += found
        if name in _DOCUMENTS:
            given["documents"] += found
        if rows:
            sections.append(Section(title, name, rows))
    return sections


def _read(table: Table, condition: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    columns = [column for column in table.written if not column.name.endswith("digest")]
    picked = [
        sql.SQL("{}" if column.is_native else "{}::text").format(sql.Identifier(column.name))
        for column in columns
    ]
    query = sql.SQL("select {} from {} where {} order by 1").format(
        sql.SQL(", ").join(picked), sql.Identifier(table.name), sql.SQL(condition)
    )
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return [
            {column.name: value for column, value in zip(columns, row, strict=True)}
            for row in cursor.fetchall()
        ]
