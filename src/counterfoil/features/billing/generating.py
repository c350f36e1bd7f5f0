"""
Makes a run's invoices: everything that is due and not billed yet, a few hundred agreements at a time.

Generating once more adds only what is missing. Two people who do it at once wait for each other, and
should they not, the database refuses a day of service that is billed already.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import transaction

from counterfoil.domain.money import Money
from counterfoil.features.billing.loading import list_billable, load_terms
from counterfoil.features.billing.models import (
    Agreement,
    BillingRun,
    Expense,
    RunInvoice,
    Service,
    TimeEntry,
    UnitCount,
)
from counterfoil.features.billing.planning import PlannedInvoice, plan_agreement
from counterfoil.features.billing.runs import NotPossible, lock_open, wait_for_turn
from counterfoil.features.billing.signals import run_gathers
from counterfoil.features.billing.writing import build_draft, build_line, find_contacts
from counterfoil.features.invoicing.books import Books, read_books
from counterfoil.features.invoicing.mapping import get_choices
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import in_workspace

_AT_ONCE = 250


@dataclass(frozen=True)
class Outlook:
    """What a run would bill: how many invoices, their sums at the agreements' prices, and what is amiss."""

    invoices: int
    agreements: int
    sums: Sequence[Money]
    problems: Sequence[str]


@dataclass(frozen=True)
class Generated:
    """What generating made: new invoices, and what could not be billed, in words."""

    invoices: Sequence[RunInvoice]
    problems: Sequence[str]


def look_ahead(organisation: Organisation, *, last_day: date, is_automatic: bool = False) -> Outlook:
    """Return what would be billed up to a day, without storing anything."""
    until = last_day + timedelta(days=1)
    agreements = list_billable(organisation_id=organisation.pk, is_automatic=is_automatic)
    planned = [
        one for terms in load_terms(agreements, until=until) for one in plan_agreement(terms, until=until)
    ]
    made = [one for one in planned if one.services]
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for one in made:
        sums[one.terms.agreement.currency] += one.amount
    contacts = find_contacts(one.terms.agreement for one in made)
    return Outlook(
        invoices=len(made),
        agreements=len({one.terms.agreement.pk for one in made}),
        sums=[Money(sums[currency], currency) for currency in sorted(sums)],
        problems=[*_say_problems(planned), *sorted({problem for _, problem in contacts.values() if problem})],
    )


def generate(
    run: BillingRun, *, now: datetime, up_to: date | None = None, is_automatic: bool = False
) -> Generated:
    """
    Make an invoice for everything that is due up to the run's last day, or an earlier one, and unbilled.

    Every few hundred agreements are kept by themselves, so that a crash loses none of those before it.
    Raises RunIsArchived and NotPossible. What was missed before the run's first day is caught up.
    """
    until = (up_to or run.last_day) + timedelta(days=1)
    invoices: list[RunInvoice] = []
    problems: list[str] = []
    with in_workspace(run.workspace_id):
        run = _lock(run)
        agreements = list(list_billable(organisation_id=run.organisation_id, is_automatic=is_automatic))
        _tell_progress(run, total=len(agreements))
        _carry_over(run)
    for some in _cut(agreements):
        with in_workspace(run.workspace_id):
            made = _generate_some(_lock(run), some, until=until, now=now)
            run.done += len(some)
            _tell_progress(run, done=run.done)
        invoices += made.invoices
        problems += made.problems
    with in_workspace(run.workspace_id):
        run = _lock(run)
        if not is_automatic:
            for _, said in run_gathers.send(sender=None, run=run, until=until, now=now):
                problems += said or []
        _tell_progress(run, generated_at=now, left_out=problems)
    return Generated(invoices, problems)


def _lock(run: BillingRun) -> BillingRun:
    wait_for_turn(run.workspace_id)
    current = lock_open(run)
    if current.organisation_id is None:
        raise NotPossible("The organisation of this run was forgotten. Start another run instead.")
    return current


def _tell_progress(run: BillingRun, **fields: object) -> None:
    BillingRun.objects.filter(pk=run.pk).update(**fields)


def _carry_over(run: BillingRun) -> None:
    """Go on with what was on hold when an earlier run was archived: it is billed, and nobody has it yet."""
    RunInvoice.objects.filter(
        run__organisation=run.organisation_id,
        run__state=BillingRun.State.ARCHIVED,
        state=RunInvoice.State.HELD,
    ).update(run=run)


def _cut(agreements: Sequence[Agreement]) -> Iterator[list[Agreement]]:
    """Yield a few hundred at a time; a client's stay together, for they share its hours and expenses."""
    some: list[Agreement] = []
    for _, of_client in groupby(agreements, key=lambda one: one.client_id):
        some += of_client
        if len(some) >= _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _generate_some(
    run: BillingRun, agreements: Sequence[Agreement], *, until: date, now: datetime
) -> Generated:
    terms = load_terms(agreements, until=until)
    planned = [invoice for one in terms for invoice in plan_agreement(one, until=until)]
    return Generated(_Making(run, planned, now=now).perform(), _say_problems(planned))


def _say_problems(planned: Iterable[PlannedInvoice]) -> list[str]:
    sentences = (
        f"{one.terms.agreement.client.name}, {one.terms.agreement.name}: {problem}"
        for one in planned
        for problem in one.problems
    )
    return list(dict.fromkeys(sentences))


class _Making:
    """Stores planned invoices with their drafts, in a few statements however many there are."""

    def __init__(self, run: BillingRun, planned: Iterable[PlannedInvoice], *, now: datetime) -> None:
        self._run, self._now = run, now
        self._planned = [one for one in planned if one.services]
        agreements = {one.terms.agreement.pk: one.terms.agreement for one in self._planned}
        self._contacts = find_contacts(agreements.values())
        organisations = {one.organisation for one in agreements.values()}
        ids = [organisation.pk for organisation in organisations if organisation]
        contact_ids = sorted({contact for contact, _ in self._contacts.values() if contact})
        self._books: dict[int, Books] = dict(read_books(ids, contact_ids=contact_ids)) if ids else {}
        self._choices = {one.pk: get_choices(one) for one in organisations if one}

    @transaction.atomic
    def perform(self) -> list[RunInvoice]:
        """Return the invoices, stored."""
        written = [self._write(one) for one in self._planned]
        drafts = [draft for draft, _ in written]
        InvoiceDraft.objects.bulk_create(drafts)
        invoices = [
            self._build_invoice(one, draft, problem)
            for one, (draft, problem) in zip(self._planned, written, strict=True)
        ]
        RunInvoice.objects.bulk_create(invoices)
        services, lines, sources = [], [], []
        for one, invoice, draft in zip(self._planned, invoices, drafts, strict=True):
            for place, planned in enumerate(one.services, start=1):
                service = Service(
                    workspace_id=self._run.workspace_id,
                    invoice=invoice,
                    line=planned.line,
                    agreement=one.terms.agreement,
                    place=place,
                    start=planned.days.start,
                    end=planned.days.end,
                    description=planned.description,
                    quantity=planned.quantity,
                    price=planned.price,
                    amount=planned.amount,
                    is_of_days=planned.is_of_days,
                )
                services.append(service)
                sources.append((service, planned.sources))
                if planned.is_shown:
                    lines.append(build_line(draft, planned, agreement=one.terms.agreement, place=place))
        Service.objects.bulk_create(services)
        DraftLine.objects.bulk_create(lines)
        _mark_billed(sources)
        return invoices

    def _write(self, one: PlannedInvoice) -> tuple[InvoiceDraft, str]:
        agreement = one.terms.agreement
        assert agreement.organisation_id is not None
        contact, _ = self._contacts[agreement.pk]
        return build_draft(
            one,
            contact_id=contact,
            books=self._books[agreement.organisation_id],
            choices=self._choices[agreement.organisation_id],
            now=self._now,
        )

    def _build_invoice(self, one: PlannedInvoice, draft: InvoiceDraft, of_words: str) -> RunInvoice:
        agreement = one.terms.agreement
        return RunInvoice(
            workspace_id=self._run.workspace_id,
            run=self._run,
            organisation_id=agreement.organisation_id,
            client_id=agreement.client_id,
            currency=agreement.currency,
            date=one.date,
            draft=draft,
            problem=" ".join(filter(None, [of_words, *one.problems])),
        )


def _mark_billed(sources: Iterable[tuple[Service, Iterable[Any]]]) -> None:
    rows: dict[type[Any], list[Any]] = {TimeEntry: [], UnitCount: [], Expense: []}
    for service, found in sources:
        for source in found:
            source.billed_by = service
            rows[type(source)].append(source)
    for kind, some in rows.items():
        kind._default_manager.bulk_update(some, ["billed_by"], batch_size=2_000)
