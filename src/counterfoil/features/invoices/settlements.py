"""What covered an invoice: its payments, and the credits that were applied to it (F31 to F33, K10)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from django.db import connection

from counterfoil.domain.instalments import (
    Instalment,
    SettledBy,
    Settlement,
    number_instalments,
    say_progress,
)
from counterfoil.mirror.models import Invoice, Payment
from counterfoil.xero.wire.dates import parse_calendar_date

_Key = tuple[int, str]

# The text, not the driver's own reading of it, which would make floats of the amounts.
_CREDITS = """
select organisation_id, xero_id,
       (raw -> 'CreditNotes')::text, (raw -> 'Prepayments')::text, (raw -> 'Overpayments')::text
from mirror_invoice
where organisation_id = any(%s) and xero_id = any(%s)
"""
# Xero keeps credits inside the invoice, as stubs with what was applied of each.
# Source: Xero developer documentation, "Invoices", elements of a GET.
_STUBS = (
    (SettledBy.CREDIT_NOTE, "CreditNoteID", "CreditNoteNumber"),
    (SettledBy.PREPAYMENT, "PrepaymentID", "Reference"),
    (SettledBy.OVERPAYMENT, "OverpaymentID", "Reference"),
)

_read = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(frozen=True)
class Instalments:
    """The parts in which an invoice was covered, and how far that is, in words."""

    parts: Sequence[Instalment]
    progress: str


def list_instalments(invoices: Sequence[Invoice]) -> Mapping[_Key, Instalments]:
    """
    Return by what each invoice was covered, by organisation and id; at most two queries.

    Invoices on which nothing was paid or credited are left out.
    """
    covered = {_key(each): each for each in invoices if each.amount_paid or each.amount_credited}
    if not covered:
        return {}
    found: dict[_Key, list[Settlement]] = defaultdict(list)
    _add_payments(found, list(covered.values()))
    _add_credits(found, [invoice for invoice in covered.values() if invoice.amount_credited])
    return {key: _describe(covered[key], settlements) for key, settlements in found.items()}


def _describe(invoice: Invoice, settlements: Sequence[Settlement]) -> Instalments:
    parts = number_instalments(settlements)
    return Instalments(parts, say_progress(parts, total=invoice.total, amount_due=invoice.amount_due))


def _add_payments(found: dict[_Key, list[Settlement]], invoices: Sequence[Invoice]) -> None:
    payments = Payment.objects.filter(
        organisation__in={invoice.organisation_id for invoice in invoices},
        invoice_id__in=[invoice.xero_id for invoice in invoices],
        gone_at=None,
    ).exclude(status="DELETED")
    for payment in payments.defer("raw", "digest"):
        found[payment.organisation_id, payment.invoice_id].append(
            Settlement(
                by=SettledBy.PAYMENT,
                day=payment.date,
                amount=payment.amount,
                reference=payment.reference,
                xero_id=payment.xero_id,
            )
        )


def _add_credits(found: dict[_Key, list[Settlement]], invoices: Sequence[Invoice]) -> None:
    if not invoices:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _CREDITS,
            [
                list({invoice.organisation_id for invoice in invoices}),
                [invoice.xero_id for invoice in invoices],
            ],
        )
        rows = cursor.fetchall()
    for organisation_id, xero_id, *texts in rows:
        for (by, id_name, reference_name), text in zip(_STUBS, texts, strict=True):
            for stub in _read(text) if text else []:
                found[organisation_id, xero_id].append(_read_stub(stub, by, id_name, reference_name))


def _read_stub(stub: Mapping[str, Any], by: SettledBy, id_name: str, reference_name: str) -> Settlement:
    day = stub.get("Date") or stub.get("DateString")
    return Settlement(
        by=by,
        day=parse_calendar_date(day) if day else None,
        amount=Decimal(stub.get("AppliedAmount") or 0),
        reference=stub.get(reference_name) or "",
        xero_id=stub.get(id_name) or "",
    )


def _key(invoice: Invoice) -> _Key:
    return invoice.organisation_id, invoice.xero_id
