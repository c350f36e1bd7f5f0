"""Invoices and bills: the lists as pages show them, and one document with its lines."""

from collections.abc import Mapping, Sequence
from datetime import date as Day  # noqa: N812 - a field is called date
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import Amount, Page, write_amount, write_number
from counterfoil.features.invoices.documents import Question, Source, View, list_documents, look_up
from counterfoil.features.invoices.listed import BILLS, SALES, Listed, describe
from counterfoil.features.invoices.ordering import Place
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Invoice

router = Router()

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class Asked(Schema):
    """What is asked of documents; what is left out narrows nothing."""

    view: View = Field(default=View.ALL, description="As the tabs of the page")
    search: str = Field(default="", max_length=200, description="In numbers, references and amounts")
    contact_id: str = Field(default="", max_length=50)
    currency: str = Field(default="", max_length=3)
    dated_from: Day | None = None
    dated_to: Day | None = None
    due_from: Day | None = None
    due_to: Day | None = None
    cursor: str = ""


class Document(Schema):
    """An invoice or a bill, as Xero holds it, with the status that people know it by."""

    id: str = Field(description="Xero's id")
    number: str
    reference: str
    contact_id: str
    contact_name: str
    date: Day | None
    due_date: Day | None
    status: str = Field(description="As people know it", examples=["Overdue"])
    xero_status: str = Field(description="As Xero writes it", examples=["AUTHORISED"])
    total: Amount
    total_tax: Amount
    amount_due: Amount
    amount_paid: Amount
    amount_credited: Amount
    updated_at: datetime | None = Field(description="When Xero last changed it")
    gone_at: datetime | None = Field(description="When Xero was found to have it no more")


class Line(Schema):
    """One line of a document."""

    id: str
    description: str
    quantity: str | None
    unit_amount: str | None
    line_amount: Amount | None
    tax_amount: Amount | None
    account_code: str
    tax_type: str
    item_code: str


class WholeDocument(Document):
    """A document with its lines."""

    lines: list[Line]


@router.get("organisations/{int:organisation_id}/invoices", response=Page[Document], **needs(Permission.READ))
def list_invoices(request: HttpRequest, organisation_id: int, asked: Query[Asked]) -> dict[str, Any]:
    """List sales invoices, the newest first."""
    return _list(request, organisation_id, asked, SALES)


@router.get("organisations/{int:organisation_id}/bills", response=Page[Document], **needs(Permission.READ))
def list_bills(request: HttpRequest, organisation_id: int, asked: Query[Asked]) -> dict[str, Any]:
    """List bills, the newest first."""
    return _list(request, organisation_id, asked, BILLS)


@router.get(
    "organisations/{int:organisation_id}/invoices/{str:xero_id}",
    response=WholeDocument,
    **needs(Permission.READ),
)
def show_invoice(request: HttpRequest, organisation_id: int, xero_id: str) -> WholeDocument:
    """Show a sales invoice with its lines."""
    return _show(request, organisation_id, xero_id, SALES)


@router.get(
    "organisations/{int:organisation_id}/bills/{str:xero_id}",
    response=WholeDocument,
    **needs(Permission.READ),
)
def show_bill(request: HttpRequest, organisation_id: int, xero_id: str) -> WholeDocument:
    """Show a bill with its lines."""
    return _show(request, organisation_id, xero_id, BILLS)


def _list(request: HttpRequest, organisation_id: int, asked: Asked, kind: str) -> dict[str, Any]:
    place = find_place(request, organisation_id)
    sources = [Source(place.organisation, place.today)]
    question = Question(
        view=asked.view,
        kind=kind,
        search=asked.search.strip(),
        by_name=True,
        dated_from=asked.dated_from,
        dated_to=asked.dated_to,
        due_from=asked.due_from,
        due_to=asked.due_to,
        currency=asked.currency,
        contact_id=asked.contact_id,
        after=read_cursor(request, Place, asked.cursor),
    )
    page = list_documents(sources, look_up(sources, question))
    return {
        "data": [Document(**_tell(one)) for one in page.rows],
        "next_cursor": write_cursor(request, page.next_place),
    }


def _show(request: HttpRequest, organisation_id: int, xero_id: str, kind: str) -> WholeDocument:
    place = find_place(request, organisation_id)
    found = Invoice.objects.filter(organisation=place.organisation, xero_id=xero_id, kind=kind).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such document.")
    record: Mapping[str, Any] = _decode(found.raw)
    lines = [_tell_line(one, found.currency) for one in record.get("LineItems") or ()]
    return WholeDocument(**_tell(describe(found, place.today)), lines=lines)


def _tell(listed: Listed) -> dict[str, Any]:
    row = listed.invoice
    amounts: Sequence[str] = ("total", "total_tax", "amount_due", "amount_paid", "amount_credited")
    return {
        "id": row.xero_id,
        "number": row.number,
        "reference": row.reference,
        "contact_id": row.contact_id,
        "contact_name": row.contact_name,
        "date": row.date,
        "due_date": row.due_date,
        "status": listed.word,
        "xero_status": row.status,
        **{name: write_amount(getattr(row, name), row.currency) for name in amounts},
        "updated_at": row.updated_at,
        "gone_at": row.gone_at,
    }


def _tell_line(line: Mapping[str, Any], currency: str) -> Line:
    def number(name: str) -> str | None:
        return None if line.get(name) is None else write_number(Decimal(line[name]))

    def amount(name: str) -> Amount | None:
        return None if line.get(name) is None else write_amount(Decimal(line[name]), currency)

    return Line(
        id=str(line.get("LineItemID") or ""),
        description=str(line.get("Description") or ""),
        quantity=number("Quantity"),
        unit_amount=number("UnitAmount"),
        line_amount=amount("LineAmount"),
        tax_amount=amount("TaxAmount"),
        account_code=str(line.get("AccountCode") or ""),
        tax_type=str(line.get("TaxType") or ""),
        item_code=str(line.get("ItemCode") or ""),
    )
