"""What records of the books point to, in words: the document that was paid, the account that was used."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterfoil.mirror.models import Account, CreditNote, Invoice, Organisation, Overpayment, Prepayment


@dataclass(frozen=True)
class Name:
    """What a record points to."""

    name: str
    contact: str = ""
    currency: str = ""


Names = Mapping[str, Name]
Naming = Callable[[Organisation, Sequence[Any]], Names]

PAID = (
    (Invoice, "invoice_id", "Invoice"),
    (CreditNote, "credit_note_id", "Credit note"),
    (Prepayment, "prepayment_id", "Prepayment"),
    (Overpayment, "overpayment_id", "Overpayment"),
)


def name_paid(organisation: Organisation, payments: Sequence[Any]) -> Names:
    """Return by payment which document it was for; at most four queries."""
    found: dict[str, Name] = {}
    for model, pointer, word in PAID:
        wanted = {getattr(payment, pointer): payment.xero_id for payment in payments}
        wanted.pop("", None)
        if not wanted:
            continue
        named = {row.xero_id: row for row in _read(model, organisation, wanted)}
        for payment in payments:
            row = named.get(getattr(payment, pointer))
            if row is not None:
                name = getattr(row, "number", "") or row.reference or word
                found[payment.xero_id] = Name(name, row.contact_name, row.currency)
    return found


def name_accounts(organisation: Organisation, records: Sequence[Any]) -> Names:
    """Return by record which account it went through; one query."""
    names = dict(
        Account.objects.filter(
            organisation=organisation, xero_id__in={record.account_id for record in records}
        ).values_list("xero_id", "name")
    )
    return {
        record.xero_id: Name(names[record.account_id]) for record in records if record.account_id in names
    }


def _read(model: Any, organisation: Organisation, ids: Iterable[str]) -> Iterable[Any]:
    return model.objects.filter(organisation=organisation, xero_id__in=list(ids)).defer("raw", "digest")  # type: ignore[no-any-return]
