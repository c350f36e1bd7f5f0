"""Rows of tables as plain tuples: for fifty thousand people, making models would take the longest."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import BooleanField, F, Func, Value

from counterfoil.features.reminding.models import ContactChoice, Reach
from counterfoil.mirror.models import Contact, Invoice, Organisation

# Xero's ids are letters, digits and hyphens.
_BETWEEN = ","


class ContactRow(NamedTuple):
    """What decides about a contact, and names it."""

    xero_id: str
    name: str
    first_name: str
    status: str
    gone_at: datetime | None


class InvoiceRow(NamedTuple):
    """What decides about an invoice, and is said of it."""

    xero_id: str
    contact_id: str
    number: str
    status: str
    currency: str
    amount_due: Decimal
    amount_paid: Decimal
    amount_credited: Decimal
    due_date: date | None
    expected_payment_date: date | None
    gone_at: datetime | None


class ReachRow(NamedTuple):
    """How a contact can be reached, or why not."""

    contact_id: str
    number: str
    region: str
    zones: list[str]
    number_digest: bytes | None
    number_problem: str
    email: str
    email_digest: bytes | None


class ChoiceRow(NamedTuple):
    """What people here chose for a contact."""

    contact_id: str
    language: str
    is_excluded: bool


def read_contacts(organisation: Organisation, ids: Collection[str]) -> dict[str, ContactRow]:
    """Return the contacts by id; one query, as are those below."""
    return {row.xero_id: row for row in _read(ContactRow, select(Contact, organisation, xero_id=ids))}


def read_invoices(organisation: Organisation, ids: Collection[str]) -> dict[str, InvoiceRow]:
    """Return the invoices by id."""
    return {row.xero_id: row for row in _read(InvoiceRow, select(Invoice, organisation, xero_id=ids))}


def read_reaches(organisation: Organisation, ids: Collection[str]) -> dict[str, ReachRow]:
    """Return how contacts can be reached, by their ids."""
    return {row.contact_id: row for row in _read(ReachRow, select(Reach, organisation, contact_id=ids))}


def read_choices(organisation: Organisation, ids: Collection[str]) -> dict[str, ChoiceRow]:
    """Return what was chosen for contacts, by their ids."""
    rows = select(ContactChoice, organisation, contact_id=ids)
    return {row.contact_id: row for row in _read(ChoiceRow, rows)}


def select(model: Any, organisation: Organisation, **wanted: Collection[str]) -> Any:
    """Return the organisation's rows with one of these values in a column."""
    conditions = [
        _IsAnyOf(F(column), Value(_BETWEEN.join(values)), Value(_BETWEEN))
        for column, values in wanted.items()
    ]
    return model.objects.filter(*conditions, organisation=organisation)


class _IsAnyOf(Func):
    """Asks with one text for all of them: `in` has a parameter for each, an array is checked one by one."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Return the question, and what it is asked with."""
        column, values, between = (compiler.compile(one) for one in self.get_source_expressions())
        asked = f"{column[0]} = any(string_to_array({values[0]}, {between[0]}))"
        return asked, [*column[1], *values[1], *between[1]]


def _read(kind: Any, rows: Any) -> Any:
    return map(kind._make, rows.values_list(*kind._fields))
