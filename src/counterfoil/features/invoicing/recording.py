"""
What people have written down at Xero about an invoice that it has: money that came, a day, a note.

Each goes through the outbox as everything that is written, so that it is approved where the firm wants that,
and is done once however often the button was pressed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from counterfoil.domain.outbox import OutboxState
from counterfoil.domain.statuses import InvoiceStatus
from counterfoil.features.invoicing.mapping import EVERYTHING_ELSE, read_mappings
from counterfoil.features.outbox.operations import propose
from counterfoil.features.workspaces.audit import name_person
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.days import find_today
from counterfoil.mirror.models import Account, Invoice, Operation, Organisation, OrganisationProfile
from counterfoil.sync.outbox.facts import Facts
from counterfoil.sync.outbox.kinds import kind_of_wish
from counterfoil.sync.outbox.obstacles import find_obstacle
from counterfoil.sync.outbox.storing import Proposal, require_right
from counterfoil.sync.rights import NotTwoWay
from counterfoil.xero.wishes import (
    AccountRef,
    AddNote,
    EditInvoice,
    InvoiceRef,
    NewPayment,
    Wish,
)

CAUSE = "invoice"
_ENDED = (OutboxState.DONE, OutboxState.HELD)
_CENTS, _OF_RATE = 2, 6  # as many decimals as Xero keeps


class CannotRecord(Exception):
    """Xero would not take it; the sentence says why, and what can be done. `field` is what to correct."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class PaidInto:
    """An account that money can be paid into; `method` is the way of paying that is mapped to it, if so."""

    account_id: str
    name: str
    currency: str
    method: str = ""


@dataclass(frozen=True)
class Underway:
    """What was asked for about an invoice and is not done yet, and how much of it is money."""

    operations: Sequence[Operation]

    @property
    def paid(self) -> Decimal:
        """What the payments among them come to, in the invoice's currency."""
        payments = (one.amount for one in self.operations if one.kind == "payment_new")
        return sum((amount for amount in payments if amount is not None), Decimal(0))


def list_accounts(invoice: Invoice) -> list[PaidInto]:
    """
    Return where a payment of this invoice can go, those mapped to a way of paying first; three queries.

    Money crosses into an account of the invoice's currency or of the organisation's own, and no other.
    """
    currencies = {invoice.currency, find_base(invoice)}
    takes_payments = Q(kind="BANK") | Q(enable_payments=True)
    found = Account.objects.filter(
        takes_payments, organisation=invoice.organisation_id, status="ACTIVE", gone_at=None
    )
    accounts = {
        one.xero_id: PaidInto(one.xero_id, f"{one.code} {one.name}".strip(), one.currency)
        for one in found.defer("raw", "digest").order_by("code", "name")
        if not one.currency or one.currency in currencies
    }
    mapped = read_mappings([invoice.organisation_id])[invoice.organisation_id].payment_accounts
    first = [
        PaidInto(account.account_id, account.name, account.currency, method or "Any way of paying")
        for method, account_id in sorted(mapped.items(), key=lambda pair: (pair[0] == EVERYTHING_ELSE, pair))
        if (account := accounts.get(account_id)) is not None
    ]
    return [*first, *accounts.values()]


def find_base(invoice: Invoice) -> str:
    """Return the currency of the books that the invoice is in, or nothing while it is unknown; one query."""
    profiles = OrganisationProfile.objects.filter(organisation=invoice.organisation_id)
    return profiles.values_list("base_currency", flat=True).first() or ""


def is_owed(invoice: Invoice) -> bool:
    """Say whether money can come for it: approved, and not paid in full."""
    return invoice.status == InvoiceStatus.AUTHORISED and invoice.amount_due > 0


def list_underway(invoice: Invoice) -> Underway:
    """Return what was asked for about the invoice and did not come to its end; one query."""
    mine = Operation.objects.filter(
        organisation=invoice.organisation_id, cause_kind=CAUSE, cause_id=invoice.xero_id
    )
    return Underway(list(mine.exclude(state__in=_ENDED).order_by("pk")))


def find_why_not(organisation: Organisation, wish: type[Wish]) -> str:
    """Return why nothing of this kind can be written to the organisation, or nothing; one query."""
    try:
        require_right(organisation, kind_of_wish(wish))
    except NotTwoWay as problem:
        return str(problem)
    return ""


def record_payment(
    invoice: Invoice,
    *,
    amount: Decimal,
    day: date,
    account_id: str,
    reference: str,
    rate: Decimal | None,
    asked: str,
    by: User,
    now: datetime,
) -> Operation:
    """
    Have a payment of an invoice written to Xero; `asked` names the press of the button, which counts once.

    Without a rate Xero takes its own of that day. Raises CannotRecord, and NotTwoWay.
    """
    if not is_asked(invoice, asked):
        _check_money(invoice, amount=amount, rate=rate)
        if day > find_today(invoice.organisation, now):
            sentence = "That day has not come yet. Note when the payment is expected instead."
            raise CannotRecord(sentence, field="day")
        if all(one.account_id != account_id for one in list_accounts(invoice)):
            raise CannotRecord(
                "No payment of this invoice can go into that account. Choose a bank account, or one that Xero"
                f" enables payments to, in {invoice.currency} or the currency of the books.",
                field="account",
            )
    wish = NewPayment(
        invoice=InvoiceRef(invoice_id=invoice.xero_id),
        account=AccountRef(account_id=account_id),
        date=day,
        amount=amount,
        currency_rate=rate,
        reference=reference or None,
    )
    return ask(invoice, wish, asked=asked, by=by, now=now, amount=amount)


def expect_payment(invoice: Invoice, *, day: date, asked: str, by: User, now: datetime) -> Operation:
    """Have the day on which payment is expected written to Xero. Raises CannotRecord, and NotTwoWay."""
    if not is_owed(invoice) and not is_asked(invoice, asked):
        raise CannotRecord("Nothing is owed on this invoice, so that no payment of it is expected.")
    wish = EditInvoice(invoice_id=invoice.xero_id, expected_payment_date=day)
    return ask(invoice, wish, asked=asked, by=by, now=now)


def add_note(invoice: Invoice, *, words: str, asked: str, by: User, now: datetime) -> Operation:
    """Have a note written into an invoice's history in Xero. Raises CannotRecord, and NotTwoWay."""
    if invoice.status == InvoiceStatus.DELETED and not is_asked(invoice, asked):
        raise CannotRecord("The invoice is deleted in Xero, and takes no note any more.")
    wish = AddNote(endpoint="Invoices", document_id=invoice.xero_id, details=words)
    return ask(invoice, wish, asked=asked, by=by, now=now)


def ask(
    invoice: Invoice, wish: Wish, *, asked: str, by: User, now: datetime, amount: Decimal | None = None
) -> Operation:
    """Put a wish about an invoice into the outbox, once for each press. Raises CannotRecord, NotTwoWay."""
    obstacle = find_obstacle(wish, Facts(invoice.organisation))
    if obstacle is not None and not is_asked(invoice, asked):
        raise CannotRecord(f"{obstacle.sentence} {obstacle.way_round}")
    proposal = Proposal(
        wish=wish,
        intent_key=_name_intent(invoice, asked),
        cause_id=invoice.xero_id,
        contact_id=invoice.contact_id,
        amount=amount,
        currency=invoice.currency if amount is not None else "",
    )
    [answer] = propose(invoice.organisation, [proposal], cause_kind=CAUSE, by=name_person(by), now=now)
    if isinstance(answer, Exception):
        raise CannotRecord(str(answer)) from answer
    return answer


def is_asked(invoice: Invoice, asked: str) -> bool:
    """Say whether this press of the button has been stored before, so that it stands in its own way."""
    mine = Operation.objects.filter(
        organisation=invoice.organisation_id, intent_key=_name_intent(invoice, asked)
    )
    return mine.exclude(state=OutboxState.HELD).exists()


def _name_intent(invoice: Invoice, asked: str) -> str:
    return f"{CAUSE}:{invoice.xero_id}:{asked}"


def _check_money(invoice: Invoice, *, amount: Decimal, rate: Decimal | None) -> None:
    """Refuse what is no amount or no rate, and more than is owed. Raises CannotRecord."""
    if amount <= 0 or not _has_decimals(amount, _CENTS):
        raise CannotRecord("A payment is more than zero, with two decimals at most.", field="amount")
    left = invoice.amount_due - list_underway(invoice).paid
    if is_owed(invoice) and amount > left:
        raise CannotRecord(_say_left(invoice, left), field="amount")
    if rate is None:
        return
    if rate <= 0 or not _has_decimals(rate, _OF_RATE):
        raise CannotRecord("A rate is more than zero, with six decimals at most.", field="rate")
    if invoice.currency == find_base(invoice):
        raise CannotRecord("The invoice is in the currency of the books: there is no rate.", field="rate")


def _has_decimals(value: Decimal, most: int) -> bool:
    return value == round(value, most)


def _say_left(invoice: Invoice, left: Decimal) -> str:
    owed = f"{max(left, Decimal(0)):,.2f} {invoice.currency}"
    return (
        f"Only {owed} is still owed on the invoice, payments on their way to Xero taken off."
        " Change the amount; book the rest as an overpayment in Xero."
    )
