"""What can be asked about drafts: the list with where each stands, and the contacts to raise one for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast

from counterfoil.domain.outbox import OutboxState
from counterfoil.domain.statuses import DisplayStatus, InvoiceStatus, display_status
from counterfoil.features.clients.models import Client, Link
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.features.invoicing.pushing import CAUSE, Prepared, prepare
from counterfoil.mirror.models import Contact, Invoice, Operation, Organisation

PAGE_SIZE = 50
MOST_AT_ONCE = 200
_OFFERED = 20


class Show(StrEnum):
    """Which drafts are listed."""

    WRITING = "writing"
    ON_THE_WAY = "way"
    IN_XERO = "xero"
    ALL = "all"


_STATES: Mapping[Show, frozenset[OutboxState]] = {
    Show.WRITING: frozenset({OutboxState.DRAFT, OutboxState.REFUSED, OutboxState.HELD}),
    Show.ON_THE_WAY: frozenset(
        {OutboxState.WAITING, OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN}
    ),
    Show.IN_XERO: frozenset({OutboxState.DONE}),
}


@dataclass(frozen=True)
class Place:
    """A draft's place in the list, the latest change first."""

    changed_at: datetime
    pk: int


@dataclass(frozen=True)
class Standing:
    """A draft, where it stands here, and what became of it in Xero."""

    prepared: Prepared
    in_xero: Invoice | None
    status: DisplayStatus | None

    @property
    def draft(self) -> InvoiceDraft:
        """The draft itself."""
        return self.prepared.draft

    @property
    def contact(self) -> str:
        """Whom it is for, by the name in Xero."""
        contact = self.prepared.books.contacts.get(self.draft.contact_id)
        return contact.name if contact else ""


@dataclass(frozen=True)
class DraftPage:
    """One page of drafts, how many there are of each kind, and where the next page begins."""

    rows: Sequence[Standing]
    counts: Mapping[Show, int]
    next_place: Place | None


@dataclass(frozen=True)
class Candidate:
    """A contact that an invoice can be raised for, in its organisation, and the client that it is."""

    organisation: Organisation
    contact_id: str
    name: str
    email: str
    client: Client | None


def list_drafts(
    organisations: Sequence[Organisation],
    *,
    today: Mapping[int, date],
    show: Show = Show.WRITING,
    after: Place | None = None,
) -> DraftPage:
    """Return one page of the drafts of these organisations; as many queries for one as for many."""
    every = _with_state(InvoiceDraft.objects.filter(organisation__in=organisations))
    counts = {one: _shown(every, one).count() for one in Show}
    matching = _shown(every, show).select_related("organisation", "client")
    if after is not None:
        matching = matching.filter(
            Q(changed_at__lt=after.changed_at) | Q(changed_at=after.changed_at, pk__lt=after.pk)
        )
    found = list(matching.order_by("-changed_at", "-pk")[: PAGE_SIZE + 1])
    last = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return DraftPage(
        rows=describe_drafts(found[:PAGE_SIZE], today=today),
        counts=counts,
        next_place=Place(last.changed_at, last.pk) if last else None,
    )


def describe_drafts(drafts: Sequence[InvoiceDraft], *, today: Mapping[int, date]) -> list[Standing]:
    """Return where each draft stands, and the invoice that it became, with its status there (X22)."""
    prepared = prepare(drafts)
    ids = {one.operation.xero_id for one in prepared if one.operation and one.operation.xero_id}
    ids |= {draft.xero_id for draft in drafts if draft.xero_id}
    invoices = {
        (row.organisation_id, row.xero_id): row
        for row in Invoice.objects.filter(
            organisation__in={draft.organisation_id for draft in drafts}, xero_id__in=ids
        ).defer("raw", "digest")
    }
    found = []
    for one in prepared:
        xero_id = one.draft.xero_id or (one.operation.xero_id if one.operation else "")
        row = invoices.get((one.draft.organisation_id, xero_id))
        status = status_of(row, today[one.draft.organisation_id]) if row else None
        found.append(Standing(one, row, status))
    return found


def list_unsent(organisation: Organisation) -> list[InvoiceDraft]:
    """Return the drafts that are not on their way, in the order of their dates; one query."""
    every = InvoiceDraft.objects.filter(organisation=organisation).select_related("organisation", "client")
    return list(_shown(_with_state(every), Show.WRITING).order_by("date", "pk"))


def find_draft_of(operation: Operation) -> InvoiceDraft | None:
    """Return the draft that an operation of the outbox sends, if one does and it is still here."""
    if operation.cause_kind != CAUSE:
        return None
    mine = InvoiceDraft.objects.filter(organisation=operation.organisation_id)
    return mine.filter(pk=int(operation.cause_id)).first()


def list_refused(organisation: Organisation) -> list[int]:
    """Return the drafts that Xero refused, which another mapping might mend; one query."""
    every = _with_state(InvoiceDraft.objects.filter(organisation=organisation))
    refused = every.filter(Q(state=OutboxState.REFUSED.value)).order_by("pk")
    return list(refused.values_list("pk", flat=True)[:MOST_AT_ONCE])


def find_candidates(
    organisations: Sequence[Organisation], *, search: str = "", client: Client | None = None
) -> list[Candidate]:
    """Return contacts to raise an invoice for: those of a client, or by a part of the name; three queries."""
    by_id = {organisation.pk: organisation for organisation in organisations}
    contacts = Contact.objects.filter(organisation__in=by_id, gone_at=None, status="ACTIVE")
    if client is not None:
        own = Link.objects.filter(client=client, organisation__in=by_id).values_list("contact_id", flat=True)
        contacts = contacts.filter(xero_id__in=list(own))
    elif search:
        contacts = contacts.filter(Q(name__icontains=search) | Q(email__icontains=search))
    else:
        return []
    rows = list(contacts.defer("raw", "digest").order_by("name", "organisation", "xero_id")[:_OFFERED])
    links = {
        (link.organisation_id, link.contact_id): link.client
        for link in Link.objects.filter(
            organisation__in=by_id, contact_id__in=[row.xero_id for row in rows]
        ).select_related("client")
    }
    return [
        Candidate(
            by_id[row.organisation_id],
            row.xero_id,
            row.name,
            row.email,
            links.get((row.organisation_id, row.xero_id)),
        )
        for row in rows
    ]


def _with_state(drafts: "QuerySet[InvoiceDraft]") -> "QuerySet[InvoiceDraft]":
    latest = Operation.objects.filter(
        cause_kind=CAUSE, cause_id=Cast(OuterRef("pk"), CharField(max_length=64))
    ).order_by("-pk")
    return drafts.annotate(state=Subquery(latest.values("state")[:1]))


def _shown(drafts: "QuerySet[InvoiceDraft]", show: Show) -> "QuerySet[InvoiceDraft]":
    if show is Show.ALL:
        return drafts
    states = Q(state__in=[state.value for state in _STATES[show]])
    return drafts.filter(states | Q(state=None) if show is Show.WRITING else states)


def status_of(invoice: Invoice, today: date) -> DisplayStatus:
    """Return the status of an invoice in Xero as people know it (X22)."""
    return display_status(
        status=InvoiceStatus(invoice.status),
        amount_due=invoice.amount_due,
        amount_paid=invoice.amount_paid,
        amount_credited=invoice.amount_credited,
        due_date=invoice.due_date,
        today=today,
    )
