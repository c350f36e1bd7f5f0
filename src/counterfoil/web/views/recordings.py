"""Writing down at Xero what is known of one of its invoices: a payment that came, an expected day, a note."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from counterfoil.domain.datekit import today_in
from counterfoil.domain.outbox import OutboxState
from counterfoil.features.invoicing import recording, withdrawing
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Invoice, Operation
from counterfoil.sync.outbox.kinds import KIND_BY_NAME
from counterfoil.sync.rights import NotTwoWay
from counterfoil.web.guards import for_people_who_may, get_current
from counterfoil.web.recordingforms import CreditForm, NoteForm, PaymentForm, PromiseForm, WithdrawForm
from counterfoil.web.requests import FirmRequest
from counterfoil.web.typed import show_number
from counterfoil.xero.wishes import (
    AddNote,
    DeleteInvoice,
    EditInvoice,
    NewCreditNote,
    NewPayment,
    VoidInvoice,
    Wish,
)


@dataclass(frozen=True)
class Act:
    """One thing that can be written down: its form, and why it cannot be, if so."""

    name: str
    title: str
    text: str
    button: str
    form: forms.Form
    why_not: str
    is_dangerous: bool = False


_DELETING = (
    "Delete the draft",
    "It counted for nothing yet, and goes from Xero’s lists. Nobody can take that back.",
    "Delete it in Xero",
)
_VOIDING = (
    "Void the invoice",
    "It keeps its number and counts for nothing, neither in what is owed nor in its month’s profit and loss."
    " Nobody can take that back. The customer is told nothing.",
    "Void it in Xero",
)


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def record_on_invoice(request: FirmRequest, organisation_id: int, xero_id: str) -> HttpResponse:
    """Show what can be written down about a sales invoice, and put what was filled in into the outbox."""
    invoice = get_object_or_404(
        Invoice.objects.select_related("organisation").defer("digest"),
        organisation=get_current(request),
        xero_id=xero_id,
        kind="ACCREC",
        gone_at=None,
    )
    acts = list(_list_acts(request, invoice))
    if request.method == "GET":
        return _render(request, invoice, acts)
    act = next((one for one in acts if one.name == request.POST.get("act")), None)
    if act is None:
        raise Http404("There is no such button.")
    if not act.form.is_valid():
        return _render(request, invoice, acts, status=422)
    try:
        operation = _do(request, invoice, act.name, act.form.cleaned_data)
    except (recording.CannotRecord, NotTwoWay) as refusal:
        field = refusal.field if isinstance(refusal, recording.CannotRecord) else ""
        act.form.add_error(field if field in act.form.fields else None, str(refusal))
        return _render(request, invoice, acts, status=422)
    waits = operation.status is OutboxState.WAITING
    said = "It waits in the outbox to be approved." if waits else "It is on its way to Xero."
    messages.success(request, said)
    page = reverse("record_on_invoice", args=[organisation_id, xero_id])
    return redirect(f"{page}#underway")  # else the browser keeps to the form that was sent


def _do(request: FirmRequest, invoice: Invoice, act: str, said: dict[str, Any]) -> Operation:
    by, now, asked = request.user, timezone.now(), str(said["asked"])
    match act:
        case "payment":
            return recording.record_payment(
                invoice,
                amount=said["amount"],
                day=said["day"],
                account_id=said["account"],
                reference=said["reference"],
                rate=said.get("rate"),
                asked=asked,
                by=by,
                now=now,
            )
        case "promise":
            return recording.expect_payment(invoice, day=said["day"], asked=asked, by=by, now=now)
        case "credit":
            return withdrawing.give_credit(
                invoice, day=said["day"], reference=said["reference"], asked=asked, by=by, now=now
            )
        case "withdraw":
            return withdrawing.withdraw(invoice, typed=said["typed"], asked=asked, by=by, now=now)
        case _:
            return recording.add_note(invoice, words=said["words"], asked=asked, by=by, now=now)


def _list_acts(request: FirmRequest, invoice: Invoice) -> Iterator[Act]:
    """Yield what the invoice is open to, each form filled with what was sent to it."""
    standing = request.standing
    assert standing is not None
    today = today_in(standing.zone, timezone.now())
    if recording.is_owed(invoice):
        payment = PaymentForm(
            _read(request, "payment"),
            initial=_fill(amount=show_number(invoice.amount_due, least=2), day=today),
            auto_id="payment-%s",
            invoice=invoice,
            accounts=recording.list_accounts(invoice),
            base=standing.profile.base_currency if standing.profile else "",
        )
        yield Act(
            "payment",
            "A payment that came",
            "For money that Xero does not show on this invoice yet. Its line of the bank is then reconciled"
            " with this payment in Xero.",
            "Record the payment",
            payment,
            _find_why_not(invoice, NewPayment),
        )
        promise = PromiseForm(
            _read(request, "promise"),
            initial=_fill(day=invoice.expected_payment_date),
            auto_id="promise-%s",
        )
        yield Act(
            "promise",
            "When payment is expected",
            "As the customer promised it. Xero shows the day beside the invoice; its due date stays.",
            "Record the day",
            promise,
            _find_why_not(invoice, EditInvoice),
        )
    if invoice.status != "DELETED":
        note = NoteForm(_read(request, "note"), initial=_fill(), auto_id="note-%s")
        why_not = _find_why_not(invoice, AddNote)
        yield Act(
            "note", "A note", "For whoever looks at the invoice in Xero.", "Add the note", note, why_not
        )
    if invoice.status in withdrawing.APPROVED:
        yield Act(
            "credit",
            "A credit note for it",
            "Raised in Xero as a draft with the lines of the invoice, for all of it. Somebody changes it"
            " there if it is for less, approves it, and sets it against the invoice.",
            "Raise the draft",
            CreditForm(_read(request, "credit"), initial=_fill(day=today), auto_id="credit-%s"),
            _find_why_not(invoice, NewCreditNote),
        )
    yield from _list_ways_back(request, invoice)


def _list_ways_back(request: FirmRequest, invoice: Invoice) -> Iterator[Act]:
    """Yield how an invoice can be made to count for nothing, if it can."""
    is_draft = invoice.status in withdrawing.DRAFTED
    if not is_draft and not withdrawing.is_untouched(invoice):
        return
    title, text, button = _DELETING if is_draft else _VOIDING
    form = WithdrawForm(
        _read(request, "withdraw"),
        initial=_fill(),
        auto_id="withdraw-%s",
        number=withdrawing.name_to_type(invoice),
    )
    why_not = _find_why_not(invoice, DeleteInvoice if is_draft else VoidInvoice)
    yield Act("withdraw", title, text, button, form, why_not, is_dangerous=True)


def _read(request: FirmRequest, act: str) -> Any:
    return request.POST if request.method == "POST" and request.POST.get("act") == act else None


def _fill(**first: Any) -> dict[str, Any]:
    return {"asked": uuid4(), **first}


def _find_why_not(invoice: Invoice, wish: type[Wish]) -> str:
    return recording.find_why_not(invoice.organisation, wish)


def _render(request: FirmRequest, invoice: Invoice, acts: list[Act], *, status: int = 200) -> HttpResponse:
    underway = recording.list_underway(invoice).operations
    return render(
        request,
        "invoicing/record.html",
        {
            "organisation": invoice.organisation,
            "invoice": invoice,
            "acts": acts,
            "underway": [(one, KIND_BY_NAME[one.kind].title) for one in underway],
        },
        status=status,
    )
