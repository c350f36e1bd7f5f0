"""What is written down at Xero about an invoice that it has: money that came, a day, a note, a way back."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.entry import Place, find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.resources.drafts import Sent
from counterfoil.api.shapes import Day, Digits, Page, XeroId, read_digits
from counterfoil.features.access.tokens import Caller
from counterfoil.features.invoicing import recording, withdrawing
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Invoice, Operation
from counterfoil.xero.wishes import LONGEST_NOTE

router = Router()
_INVOICE = "organisations/{int:organisation_id}/invoices/{str:xero_id}"
_WORKING = needs(Permission.WORK)

_Rate = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$", examples=["1.274500"])]
_Reference = Annotated[str, Field(max_length=200)]
_Written = Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE, pattern=r"\S")]


class PaidIntoOut(Schema):
    """An account that a payment of the invoice can go into."""

    id: str = Field(alias="account_id", description="Xero's id")
    name: str
    currency: str
    method: str = Field(
        description="The way of paying that is mapped to it; empty for every account by itself"
    )


class PaymentIn(Schema):
    """Money that came for one invoice, in the invoice's currency."""

    amount: Digits
    date: Day = Field(description="When it came; no day to come")
    account_id: XeroId = Field(description="One of `payment-accounts`")
    currency_rate: _Rate | None = Field(
        default=None,
        description="Of that day, for an invoice in another currency; without it Xero takes its own",
    )
    reference: _Reference = ""


class ExpectedIn(Schema):
    """The day on which payment is expected."""

    date: Day


class NoteIn(Schema):
    """A note for the invoice's history, where nobody can change it afterwards."""

    text: _Written


class CreditIn(Schema):
    """A credit note for the whole invoice."""

    date: Day
    reference: _Reference = Field(default="", description="Empty: the number of the invoice")


class Meant(Schema):
    """Which invoice is meant, said once more, because nobody can take it back."""

    number: str = Field(max_length=255, description="Of the invoice; `no number` for one that has none")


@router.get(f"{_INVOICE}/payment-accounts", response=Page[PaidIntoOut], **needs(Permission.READ))
def list_payment_accounts(request: HttpRequest, organisation_id: int, xero_id: str) -> dict[str, Any]:
    """List where a payment of the invoice can go, the accounts that are mapped to a way of paying first."""
    invoice = _find_invoice(find_place(request, organisation_id), xero_id)
    return {"data": recording.list_accounts(invoice)}


@router.post(f"{_INVOICE}/payments", response={202: Sent}, **_WORKING)
def record_payment(
    request: HttpRequest, organisation_id: int, xero_id: str, given: PaymentIn
) -> Status[Sent]:
    """Have a payment that came written to Xero."""
    return _write(
        request,
        organisation_id,
        xero_id,
        recording.record_payment,
        amount=read_digits(given.amount),
        day=given.date,
        account_id=given.account_id,
        reference=given.reference,
        rate=read_digits(given.currency_rate),
    )


@router.post(f"{_INVOICE}/expected-payment-date", response={202: Sent}, **_WORKING)
def expect_payment(
    request: HttpRequest, organisation_id: int, xero_id: str, given: ExpectedIn
) -> Status[Sent]:
    """Have the day on which payment is expected written to Xero; the due date stays."""
    return _write(request, organisation_id, xero_id, recording.expect_payment, day=given.date)


@router.post(f"{_INVOICE}/notes", response={202: Sent}, **_WORKING)
def add_note(request: HttpRequest, organisation_id: int, xero_id: str, given: NoteIn) -> Status[Sent]:
    """Have a note written into the invoice's history in Xero."""
    return _write(request, organisation_id, xero_id, recording.add_note, words=given.text.strip())


@router.post(f"{_INVOICE}/credit", response={202: Sent}, **_WORKING)
def give_credit(request: HttpRequest, organisation_id: int, xero_id: str, given: CreditIn) -> Status[Sent]:
    """Have a credit note raised in Xero as a draft, with the lines of the invoice, for all of it."""
    return _write(
        request,
        organisation_id,
        xero_id,
        withdrawing.give_credit,
        day=given.date,
        reference=given.reference,
    )


@router.post(f"{_INVOICE}/void", response={202: Sent}, **_WORKING)
def void(request: HttpRequest, organisation_id: int, xero_id: str, given: Meant) -> Status[Sent]:
    """Have an approved invoice voided in Xero, for which nothing was paid or credited."""
    return _write(request, organisation_id, xero_id, withdrawing.void, typed=given.number)


@router.post(f"{_INVOICE}/delete", response={202: Sent}, **_WORKING)
def delete_draft(request: HttpRequest, organisation_id: int, xero_id: str, given: Meant) -> Status[Sent]:
    """Have the draft of an invoice deleted in Xero."""
    return _write(request, organisation_id, xero_id, withdrawing.delete_draft, typed=given.number)


# What the features call a field, and what a program sent it as.
_SENT_AS = {"day": "date", "account": "account_id", "rate": "currency_rate", "typed": "number"}


def _write(
    request: HttpRequest, organisation_id: int, xero_id: str, act: Callable[..., Operation], **said: Any
) -> Status[Sent]:
    """Put what was asked into the outbox, once for each key. Raises ApiProblem, CannotRecord, NotTwoWay."""
    place = find_place(request, organisation_id)
    invoice, asked = _find_invoice(place, xero_id), _name_press(request)
    try:
        operation = act(invoice, **said, asked=asked, by=who(request), now=place.now)
    except recording.CannotRecord as refusal:
        if not refusal.field:
            raise
        where = f"body/given/{_SENT_AS.get(refusal.field, refusal.field)}"
        errors = [{"where": where, "what": str(refusal)}]
        raise ApiProblem(Problem.NOT_VALID, str(refusal), errors=errors) from refusal
    return Status(202, Sent(operation_id=operation.pk, state=operation.state))


def _name_press(request: HttpRequest) -> str:
    """Return the program's key as the outbox keeps it, which is for longer than answers are kept."""
    caller: Caller = request.caller  # type: ignore[attr-defined]  # set by the middleware
    key = request.headers["Idempotency-Key"]
    return str(uuid5(NAMESPACE_URL, f"{caller.token.pk} {request.path_info} {key}"))


def _find_invoice(place: Place, xero_id: str) -> Invoice:
    mine = Invoice.objects.filter(organisation=place.organisation, kind="ACCREC", gone_at=None)
    found = mine.select_related("organisation").filter(xero_id=xero_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such sales invoice.")
    return found
