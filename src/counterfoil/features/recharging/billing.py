"""
Bills recharges: one draft for each client and currency, shown to the cent before, each recharge on one only.

A line says what its terms say of it, and costs what the recharge charges. A supply bears our tax, as every
line does; of a disbursement the tax that was paid is in the amount, and no tax is added.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from counterfoil.domain.datekit import find_zone, today_in
from counterfoil.domain.fields import BadText, ValueMissing
from counterfoil.domain.recharging import RechargeState
from counterfoil.domain.totals import AmountsAre
from counterfoil.domain.wording import say_amount
from counterfoil.features.billing.models import BillingRun, RunInvoice
from counterfoil.features.clients.models import Client, Link
from counterfoil.features.invoicing.books import read_books
from counterfoil.features.invoicing.drafting import find_due_date
from counterfoil.features.invoicing.mapping import get_choices
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft
from counterfoil.features.invoicing.pushing import Prepared, Pushed, prepare_lines, push
from counterfoil.features.recharging.models import Recharge, Terms
from counterfoil.features.recharging.moves import move_recharges, select_billable, take_turn
from counterfoil.features.recharging.terming import write_wording
from counterfoil.features.workspaces.audit import name_person
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation

_ONE = Decimal(1)
_LONGEST_WORDS = 4000


@dataclass(frozen=True)
class Bill:
    """What one client is billed in one currency: a draft that is not stored yet, or why there can be none."""

    client: Client
    currency: str
    recharges: Sequence[Recharge]
    draft: InvoiceDraft
    lines: Sequence[DraftLine]
    problem: str = ""

    @property
    def amount(self) -> Decimal:
        """What it comes to before our tax."""
        return sum((one.charge or Decimal(0) for one in self.recharges), Decimal(0))


@dataclass(frozen=True)
class Made:
    """What came of billing: the drafts, what the outbox said of them, and what could not be billed."""

    drafts: Sequence[InvoiceDraft]
    pushed: Pushed
    left: Sequence[Bill]


def plan_bills(
    organisation: Organisation, recharges: Sequence[Recharge], *, now: datetime, day: date | None = None
) -> list[Bill]:
    """Return what would be billed, by client and currency; as many queries for a hundred as for one."""
    groups: dict[tuple[int, str], list[Recharge]] = defaultdict(list)
    for one in sorted(recharges, key=lambda each: (each.source.day, each.source_id, each.place, each.pk)):
        groups[one.client_id, one.currency].append(one)
    contacts = _find_contacts(organisation, [client_id for client_id, _ in groups])
    known = [contact_id for contact_id, _ in contacts.values() if contact_id]
    books = read_books([organisation.pk], contact_ids=known)[organisation.pk]
    choices = get_choices(organisation)
    date_of = day or today_in(find_zone(books.timezone), now)
    bills = []
    for (client_id, currency), mine in groups.items():
        contact_id, problem = contacts[client_id]
        draft = InvoiceDraft(
            workspace_id=organisation.workspace_id,
            organisation=organisation,
            client=mine[0].client,
            contact_id=contact_id,
            date=date_of,
            due_date=find_due_date(books, choices, contact_id=contact_id, day=date_of),
            currency=currency,
            # What a recharge charges is without our tax, whatever other invoices are.
            amounts_are=AmountsAre.EXCLUSIVE.value,
            decimals=choices.decimals,
            created_at=now,
            changed_at=now,
        )
        lines, of_words = _build_lines(draft, mine)
        bill = Bill(mine[0].client, currency, mine, draft, lines, problem or of_words)
        bills.append(_refuse_negative(bill))
    return sorted(bills, key=lambda bill: (bill.client.name.casefold(), bill.client.pk, bill.currency))


def preview_bills(bills: Sequence[Bill]) -> list[Prepared | None]:
    """Return each bill as it would be sent, with its totals as Xero computes them; None where none can be."""
    able = [bill for bill in bills if not bill.problem]
    prepared = iter(prepare_lines([(bill.draft, bill.lines) for bill in able]))
    return [None if bill.problem else next(prepared) for bill in bills]


def list_billable(organisation: Organisation) -> list[Recharge]:
    """Return everything that may be put on an invoice now, whenever it is to be billed."""
    return list(select_billable(organisation).filter(client__archived_at=None).order_by("pk"))


def bill_now(organisation: Organisation, seen: Mapping[int, Decimal], *, by: User, now: datetime) -> Made:
    """
    Put recharges on drafts, and the drafts into the outbox; each draft goes, or says why not.

    `seen` is what each charged as a person saw it. One that comes to something else by now, that somebody
    billed meanwhile, or that asks, is left out. Files and links go along.
    """
    with transaction.atomic():
        take_turn(organisation)
        waiting = select_billable(organisation).filter(pk__in=seen, client__archived_at=None)
        found = [one for one in waiting if one.charge == seen[one.pk]]
        bills = plan_bills(organisation, found, now=now)
        able = [bill for bill in bills if not bill.problem]
        for bill in able:
            bill.draft.created_by = by
        drafts = _store(able)
        for bill in able:
            what = f"On a draft to {bill.client.name}: {say_amount(bill.amount, bill.currency)} before tax."
            _move(bill, RechargeState.DRAFTED, what=what, by=name_person(by), now=now)
        pushed = push(drafts, by=by, now=now)
    return Made(drafts, pushed, [bill for bill in bills if bill.problem])


def gather_into_run(run: BillingRun, *, until: date, now: datetime) -> list[str]:
    """Put what waits for the month's billing into its run; return what could not be, in sentences."""
    organisation = run.organisation
    if organisation is None:
        return []
    take_turn(organisation)
    waiting = select_billable(organisation).filter(
        terms__when=Terms.When.RUN, source__day__lt=until, client__archived_at=None
    )
    bills = plan_bills(organisation, list(waiting), now=now, day=run.last_day)
    able = [bill for bill in bills if not bill.problem]
    _store(able)
    for bill in able:
        invoice = RunInvoice.objects.create(
            workspace_id=run.workspace_id,
            run=run,
            organisation=organisation,
            client=bill.client,
            currency=bill.currency,
            date=bill.draft.date,
            draft=bill.draft,
        )
        what = f"Gathered into the billing of {run.first_day:%-d %B} to {run.last_day:%-d %B %Y}."
        _move(bill, RechargeState.GATHERED, what=what, by="", now=now, run_invoice=invoice)
    return [f"{bill.client.name}, recharges: {bill.problem}" for bill in bills if bill.problem]


def find_line(recharge: Recharge, lines: Sequence[DraftLine]) -> DraftLine | None:
    """
    Return the line of a draft that bills a recharge, also after somebody wrote in the draft.

    It is the one with its words, or else the one in its place, and costs what the recharge charges.
    """
    mine = [line for line in lines if line.unit_amount == recharge.charge and line.quantity in (None, _ONE)]
    words = _write_words(recharge)[0]
    by_words = [line for line in mine if line.description == words]
    if len(by_words) == 1:
        return by_words[0]
    in_place = [line for line in by_words or mine if line.place == recharge.draft_place]
    return in_place[0] if in_place else None


def _find_contacts(organisation: Organisation, client_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return for each client the contact that it is in this organisation, or why that is not known."""
    found: dict[int, list[str]] = defaultdict(list)
    links = Link.objects.filter(organisation=organisation, client__in=client_ids).order_by("pk")
    for client_id, contact_id in links.values_list("client_id", "contact_id"):
        found[client_id].append(contact_id)
    return {client_id: _choose(found[client_id]) for client_id in client_ids}


def _choose(contact_ids: Sequence[str]) -> tuple[str, str]:
    if len(contact_ids) == 1:
        return contact_ids[0], ""
    if not contact_ids:
        return "", "The client has no contact in this organisation: link one to the client first."
    return "", (
        f"The client has {len(contact_ids)} contacts in this organisation, and nothing says which one pays."
        " Leave one linked, or raise the invoice by hand."
    )


def _build_lines(draft: InvoiceDraft, recharges: Sequence[Recharge]) -> tuple[list[DraftLine], str]:
    lines, problems = [], []
    for place, one in enumerate(recharges, start=1):
        words, problem = _write_words(one)
        problems += [problem] if problem else []
        lines.append(
            DraftLine(
                workspace_id=draft.workspace_id,
                draft=draft,
                place=place,
                description=words,
                quantity=_ONE,
                unit_amount=one.charge,
                account_code=one.terms.account_code,
                tax_type=one.terms.tax_type,
                tracking=one.terms.tracking,
            )
        )
    return lines, " ".join(dict.fromkeys(problems))


def _write_words(recharge: Recharge) -> tuple[str, str]:
    """Return what the line says, and what is wrong with its wording, if anything."""
    try:
        return write_wording(recharge)[:_LONGEST_WORDS], ""
    except (BadText, ValueMissing) as problem:
        return "", f"The wording: {problem}"


def _refuse_negative(bill: Bill) -> Bill:
    if bill.problem or bill.amount >= 0:
        return bill
    problem = (
        "More is given back than billed, and Xero takes no invoice below zero. It goes with the next invoice"
        " that is larger. If the client gets a credit note instead, write it in Xero, and say so on the page"
        " of the recharge."
    )
    return Bill(bill.client, bill.currency, bill.recharges, bill.draft, bill.lines, problem)


def _store(bills: Sequence[Bill]) -> list[InvoiceDraft]:
    drafts = [bill.draft for bill in bills]
    InvoiceDraft.objects.bulk_create(drafts)
    lines = [line for bill in bills for line in bill.lines]
    for line in lines:
        line.draft_id = line.draft.pk
    DraftLine.objects.bulk_create(lines)
    return drafts


def _move(bill: Bill, to: RechargeState, *, what: str, by: str, now: datetime, **fields: object) -> None:
    moved = move_recharges(bill.recharges, to, what=what, by=by, now=now, draft=bill.draft, **fields)
    places: Mapping[int, int] = {one.pk: place for place, one in enumerate(bill.recharges, start=1)}
    for one in moved:
        one.draft_place = places[one.pk]
    Recharge.objects.bulk_update(moved, ["draft_place"])
