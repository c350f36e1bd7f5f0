"""
Month-end: make a run's invoices, review, hold, merge, push, and archive what was billed.

Generating once more adds only what was not billed yet. Two people who do it at once wait for each other,
and should they not, the database refuses a day of service that is billed already.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from counterfoil.domain.money import Money
from counterfoil.features.billing.loading import list_billable, load_terms
from counterfoil.features.billing.models import (
    BillingRun,
    Expense,
    RunInvoice,
    Service,
    TimeEntry,
    UnitCount,
)
from counterfoil.features.billing.planning import PlannedInvoice, plan_agreement
from counterfoil.features.billing.writing import build_draft, build_line, find_contacts
from counterfoil.features.invoicing.books import Books, read_books
from counterfoil.features.invoicing.drafting import discard_draft
from counterfoil.features.invoicing.mapping import get_choices
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft
from counterfoil.features.invoicing.pushing import find_operations, push
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Operation, Organisation, Workspace

_State = RunInvoice.State
_UNDECIDED = (_State.REVIEW, _State.READY, _State.HELD)


class RunIsArchived(Exception):
    """What was archived does not change."""

    def __init__(self) -> None:
        super().__init__("This run is archived: it stays as it was sent. Start another run instead.")


class NotPossible(Exception):
    """What was asked cannot be done to an invoice of a run as it stands."""


@dataclass(frozen=True)
class Generated:
    """What generating made: new invoices, and what could not be billed, in words."""

    invoices: Sequence[RunInvoice]
    problems: Sequence[str]


@dataclass(frozen=True)
class RunPushed:
    """What pushing came to: how many are in the outbox, and why each other is not."""

    sent: int
    refused: Sequence[tuple[RunInvoice, str]]


def start_run(
    workspace: Workspace,
    *,
    first_day: date,
    last_day: date,
    by: str,
    now: datetime,
    organisation: Organisation | None = None,
) -> BillingRun:
    """Begin a run for the days given, and return it; one that is open for the same days is gone on with."""
    same = {"first_day": first_day, "last_day": last_day, "organisation": organisation}
    with transaction.atomic():
        _wait_for_turn(workspace)
        begun = BillingRun.objects.filter(workspace=workspace, state=BillingRun.State.OPEN, **same).first()
        return begun or BillingRun.objects.create(workspace=workspace, created_by=by, created_at=now, **same)


@transaction.atomic
def generate(run: BillingRun, *, now: datetime) -> Generated:
    """
    Make an invoice for everything that is due up to the run's last day and not billed yet.

    Raises RunIsArchived. What was missed before the run's first day is caught up, and shown as such.
    """
    _wait_for_turn(run.workspace)
    run = _get_open(run)
    until = run.last_day + timedelta(days=1)
    terms = load_terms(list_billable(organisation_id=run.organisation_id), until=until)
    planned = [invoice for one in terms for invoice in plan_agreement(one, until=until)]
    made = _Making(run, planned, now=now).perform()
    BillingRun.objects.filter(pk=run.pk).update(generated_at=now)
    problems = [
        f"{one.terms.agreement.client.name}, {one.terms.agreement.name}: {problem}"
        for one in planned
        for problem in one.problems
    ]
    return Generated(made, list(dict.fromkeys(problems)))


class _Making:
    """Stores planned invoices with their drafts, in a few statements however many there are."""

    def __init__(self, run: BillingRun, planned: Iterable[PlannedInvoice], *, now: datetime) -> None:
        self._run, self._now = run, now
        self._planned = [one for one in planned if one.services]
        self._contacts = find_contacts(one.terms.agreement for one in self._planned)
        organisations = {one.terms.agreement.organisation for one in self._planned}
        ids = [organisation.pk for organisation in organisations if organisation]
        contact_ids = sorted({contact for contact, _ in self._contacts.values() if contact})
        self._books: dict[int, Books] = dict(read_books(ids, contact_ids=contact_ids)) if ids else {}
        self._choices = {one.pk: get_choices(one) for one in organisations if one}

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
        for kind in (TimeEntry, UnitCount, Expense):
            rows: list[Any] = []
            for service, found in sources:
                for source in found:
                    if isinstance(source, kind):
                        source.billed_by = service
                        rows.append(source)
            kind._default_manager.bulk_update(rows, ["billed_by"], batch_size=2_000)
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
        _, of_contact = self._contacts[agreement.pk]
        return RunInvoice(
            workspace_id=self._run.workspace_id,
            run=self._run,
            organisation_id=agreement.organisation_id,
            client_id=agreement.client_id,
            currency=agreement.currency,
            date=one.date,
            draft=draft,
            problem=" ".join(filter(None, [of_contact, of_words, *one.problems])),
        )


def mark_ready(invoice_ids: Collection[int], *, by: str, now: datetime) -> int:
    """Say of reviewed invoices with a contact that they may be sent. Return how many."""
    return _decide(invoice_ids, (_State.REVIEW, _State.HELD), _State.READY, by=by, now=now)


def hold(invoice_ids: Collection[int], *, why: str, by: str, now: datetime) -> int:
    """Put invoices on hold, with the reason; no other run bills them meanwhile. Return how many."""
    if not why.strip():
        raise NotPossible("Say why it is put on hold.")
    before = (_State.REVIEW, _State.READY)
    return _decide(invoice_ids, before, _State.HELD, by=by, now=now, why=why.strip())


def reopen(invoice_ids: Collection[int], *, by: str, now: datetime) -> int:
    """Take invoices back to be reviewed. Return how many."""
    return _decide(invoice_ids, (_State.READY, _State.HELD), _State.REVIEW, by=by, now=now)


@transaction.atomic
def discard(invoice_ids: Collection[int], *, by: str, now: datetime) -> int:
    """Throw invoices away that were not sent: what they billed is billed by the next run. Return how many."""
    invoices = _lock(invoice_ids, _UNDECIDED)
    Service.objects.filter(invoice__in=invoices).delete()
    for invoice in invoices:
        draft, invoice.draft = invoice.draft, None
        invoice.state, invoice.decided_by, invoice.decided_at = _State.DISCARDED, by, now
        invoice.why_held = ""
        invoice.save()
        if draft is not None:
            discard_draft(draft)
    return len(invoices)


@transaction.atomic
def merge(invoice_ids: Collection[int], *, by: str, now: datetime) -> RunInvoice:
    """
    Make one invoice of several for the same contact and currency, dated as the latest. Raises NotPossible.

    The lines keep their order, one invoice after the other.
    """
    invoices = _lock(invoice_ids, _UNDECIDED)
    targets = {
        (one.organisation_id, one.draft.contact_id if one.draft else None, one.client_id, one.currency)
        for one in invoices
    }
    if len(invoices) < 2 or len(targets) != 1:
        raise NotPossible("Choose two or more for the same contact, in the same organisation and currency.")
    kept = max(invoices, key=lambda one: (one.date, -one.pk))
    if kept.draft is None:
        raise NotPossible("The draft of one of them was thrown away.")
    rows, place = [], 0
    for invoice in sorted(invoices, key=lambda one: one.pk):
        place = _move_services(invoice, kept, place)
        rows += list(invoice.draft.lines.order_by("place")) if invoice.draft else []
    for number, row in enumerate(rows, start=1):
        row.draft, row.place = kept.draft, number
    DraftLine.objects.bulk_update(rows, ["draft", "place"])
    for invoice in invoices:
        if invoice.pk != kept.pk:
            draft, invoice.draft = invoice.draft, None
            invoice.state, invoice.decided_by, invoice.decided_at = _State.DISCARDED, by, now
            invoice.save()
            if draft is not None:
                discard_draft(draft)
    kept.state, kept.problem = _State.REVIEW, " ".join(filter(None, (one.problem for one in invoices)))
    kept.save()
    return kept


def push_ready(run: BillingRun, *, by: User, now: datetime) -> RunPushed:
    """Put every invoice that is ready into the outbox; each goes, or says why not. Raises RunIsArchived."""
    run = _get_open(run)
    ready = list(run.invoices.filter(state=_State.READY).select_related("draft__organisation"))
    by_draft = {one.draft_id: one for one in ready if one.draft is not None}
    pushed = push([one.draft for one in ready if one.draft is not None], by=by, now=now)
    refused = [(by_draft[draft.pk], sentence) for draft, sentence in pushed.refused]
    left = {one.pk for one, _ in refused}
    sent = [one.pk for one in by_draft.values() if one.pk not in left]
    RunInvoice.objects.filter(pk__in=sent).update(
        state=_State.PUSHED, decided_by=by.email, decided_at=now, problem=""
    )
    for invoice, sentence in refused:
        RunInvoice.objects.filter(pk=invoice.pk).update(problem=sentence)
    return RunPushed(len(sent), refused)


@transaction.atomic
def archive(run: BillingRun, *, by: str, now: datetime) -> BillingRun:
    """Close a run for good, with all it billed as it was sent. Raises RunIsArchived and NotPossible."""
    run = _get_open(run)
    if run.invoices.filter(state__in=(_State.REVIEW, _State.READY)).exists():
        raise NotPossible("Some invoices are not sent yet. Push, hold or discard them first.")
    run.archive = _build_archive(run)
    run.state, run.archived_by, run.archived_at = BillingRun.State.ARCHIVED, by, now
    run.save()
    return run


def _build_archive(run: BillingRun) -> list[dict[str, object]]:
    invoices = list(
        run.invoices.exclude(state=_State.DISCARDED).select_related("client", "draft").order_by("pk")
    )
    operations = find_operations(one.draft_id for one in invoices if one.draft_id)
    services: dict[int, list[Service]] = defaultdict(list)
    for service in Service.objects.filter(invoice__in=invoices).order_by("invoice", "place"):
        services[service.invoice_id].append(service)
    return [
        {
            "client": one.client.name,
            "organisation": one.organisation_id,
            "contact_id": one.draft.contact_id if one.draft else "",
            "date": one.date.isoformat(),
            "currency": one.currency,
            "state": one.state,
            "why_held": one.why_held,
            "reference": one.draft.reference if one.draft else "",
            "operation": operations[one.draft_id].reference if one.draft_id in operations else "",
            "total": _say_total(operations.get(one.draft_id or 0)),
            "services": [
                {
                    "agreement": service.agreement_id,
                    "from": service.start.isoformat(),
                    "to": (service.end - timedelta(days=1)).isoformat(),
                    "description": service.description,
                    "quantity": str(service.quantity),
                    "price": str(service.price),
                    "amount": str(service.amount),
                }
                for service in services[one.pk]
            ],
        }
        for one in invoices
    ]


def _say_total(operation: Operation | None) -> str:
    if operation is None or operation.amount is None:
        return ""
    return str(Money(operation.amount, operation.currency).rounded().amount)


def _move_services(invoice: RunInvoice, kept: RunInvoice, place: int) -> int:
    services = list(Service.objects.filter(invoice=invoice).order_by("place"))
    for service in services:
        place += 1
        service.invoice, service.place = kept, place
    Service.objects.bulk_update(services, ["invoice", "place"])
    return place


def _get_open(run: BillingRun) -> BillingRun:
    current = BillingRun.objects.select_for_update().get(pk=run.pk)
    if current.state == BillingRun.State.ARCHIVED:
        raise RunIsArchived
    return current


def _lock(invoice_ids: Collection[int], states: Collection[str]) -> list[RunInvoice]:
    found = RunInvoice.objects.select_for_update(of=("self",)).filter(
        pk__in=invoice_ids, state__in=states, run__state=BillingRun.State.OPEN
    )
    return list(found.select_related("draft").order_by("pk"))


@transaction.atomic
def _decide(
    invoice_ids: Collection[int],
    before: Collection[str],
    after: str,
    *,
    by: str,
    now: datetime,
    why: str = "",
) -> int:
    invoices = [
        one
        for one in _lock(invoice_ids, before)
        if after != _State.READY or (one.draft is not None and one.draft.contact_id)
    ]
    return RunInvoice.objects.filter(pk__in=[one.pk for one in invoices]).update(
        state=after, why_held=why, decided_by=by, decided_at=now
    )


def _wait_for_turn(workspace: Workspace) -> None:
    """Let one transaction at a time bill for a workspace; the lock ends with it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCKS, workspace.pk])


_LOCKS = 0x42494C4C
"""Tells locks for billing from all other advisory locks: "BILL"."""
