"""Sends drafts on their way: previewed, checked, and put into the outbox, where each can be granted once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from counterfoil.domain.outbox import OutboxState
from counterfoil.domain.totals import LineTotal, Totals
from counterfoil.features.invoicing.books import Books, gather_books
from counterfoil.features.invoicing.checks import check_documents
from counterfoil.features.invoicing.documents import Document, DocumentLine
from counterfoil.features.invoicing.findings import Finding
from counterfoil.features.invoicing.mapping import read_mappings
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft
from counterfoil.features.invoicing.resolving import resolve_draft
from counterfoil.features.invoicing.signals import drafts_sent
from counterfoil.features.invoicing.wishing import build_wish
from counterfoil.features.outbox.operations import approve, propose, rewrite, take_back
from counterfoil.features.workspaces.audit import name_person
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Connection, Operation, Organisation
from counterfoil.sync.outbox.kinds import kind_of
from counterfoil.sync.outbox.rules import get_rules
from counterfoil.sync.outbox.storing import NotOptedIn, Proposal
from counterfoil.sync.rights import NotTwoWay, require_two_way
from counterfoil.xero.scopes import Write

CAUSE = "invoice_draft"
LOOSE = frozenset({None, OutboxState.DRAFT, OutboxState.REFUSED, OutboxState.HELD})
"""Where an operation stands that lets its draft be changed; None is where there is no operation yet."""

_SOMEBODY_WAS_FASTER = "Somebody else sent or changed it at this moment. Look at it again."


@dataclass(frozen=True)
class Prepared:
    """A draft as it would be sent now: what is said of it, its totals, and why it cannot be sent, if so."""

    draft: InvoiceDraft
    document: Document
    books: Books
    findings: Sequence[Finding]
    totals: Totals
    operation: Operation | None
    not_two_way: str = ""

    @property
    def blocks(self) -> bool:
        """Say whether Xero would refuse it."""
        return any(finding.blocks for finding in self.findings)

    @property
    def lines_made(self) -> list[tuple[DocumentLine, LineTotal]]:
        """Each line with what Xero will make of it."""
        return list(zip(self.document.lines, self.totals.lines, strict=True))

    @property
    def is_on_its_way(self) -> bool:
        """Say whether it was sent, or is being sent, so that nothing more can be done here."""
        return self.operation is not None and self.operation.status in {
            OutboxState.SENDING,
            OutboxState.UNKNOWN,
            OutboxState.DONE,
        }

    @property
    def is_stale(self) -> bool:
        """Say whether what lies in the outbox is not what the draft would be today."""
        if self.operation is None or self.operation.status in LOOSE:
            return False
        wish = build_wish(self.document)
        return bool(kind_of(wish).build_payload(wish, self.operation.reference) != self.operation.payload)

    @property
    def waits_for_approval(self) -> bool:
        """Say whether somebody has to approve that it is sent, just as it is shown."""
        is_waiting = self.operation is not None and self.operation.status is OutboxState.WAITING
        return is_waiting and not self.is_stale

    @property
    def can_go(self) -> bool:
        """Say whether it can be put into the outbox."""
        return not (self.blocks or self.not_two_way or self.is_on_its_way)


@dataclass(frozen=True)
class Pushed:
    """What came of sending several: which are in the outbox, and why each other is not."""

    operations: Sequence[Operation]
    refused: Sequence[tuple[InvoiceDraft, str]]


def find_operations(draft_ids: Iterable[int]) -> dict[int, Operation]:
    """Return the latest operation of each draft that has one; one query."""
    wanted = [str(key) for key in draft_ids]
    found = Operation.objects.filter(cause_kind=CAUSE, cause_id__in=wanted).order_by("pk")
    return {int(operation.cause_id): operation for operation in found.defer("wish")}


def prepare(drafts: Sequence[InvoiceDraft]) -> list[Prepared]:
    """Return every draft as it would be sent; the queries are as many for a hundred as for one."""
    by_draft: dict[int, list[DraftLine]] = {draft.pk: [] for draft in drafts}
    for line in DraftLine.objects.filter(draft__in=by_draft).order_by("draft", "place"):
        by_draft[line.draft_id].append(line)
    return prepare_lines([(draft, by_draft[draft.pk]) for draft in drafts])


def prepare_lines(drafts: Sequence[tuple[InvoiceDraft, Sequence[DraftLine]]]) -> list[Prepared]:
    """Return drafts with the lines given as they would be sent; neither needs to be saved."""
    bare = [_bare(draft) for draft, _ in drafts]
    books = gather_books(bare)
    mappings, rights = read_mappings(list(books)), _find_rights(list(books))
    documents = [
        resolve_draft(
            draft, lines, books=books[draft.organisation_id], mapped=mappings[draft.organisation_id]
        )
        for draft, lines in drafts
    ]
    operations = find_operations(draft.pk for draft, _ in drafts)
    findings = check_documents(documents, books)
    return [
        Prepared(
            draft=draft,
            document=document,
            books=books[draft.organisation_id],
            findings=found,
            totals=document.compute_totals(books[draft.organisation_id].rates),
            operation=operations.get(draft.pk),
            not_two_way=rights[draft.organisation_id],
        )
        for (draft, _), document, found in zip(drafts, documents, findings, strict=True)
    ]


def push(drafts: Sequence[InvoiceDraft], *, by: User | None, now: datetime) -> Pushed:
    """
    Put drafts into the outbox, by today's mappings and checks; each goes or does not, by itself.

    One that waited, was refused or was held is written anew under the same operation or a new one, so
    that what it asks for can still be granted once only. The statements are as many for a hundred as for one.
    """
    found = [(prepared, _why_not(prepared)) for prepared in prepare(drafts)]
    going = [prepared for prepared, sentence in found if not sentence]
    became: dict[int, Operation | str] = {one.draft.pk: why for one, why in found if why}
    became |= _propose_new([one for one in going if _is_new(one)], by=_name(by), now=now)
    became |= _rewrite([one for one in going if not _is_new(one)], by=_name(by), now=now)
    operations = [one for draft in drafts if isinstance(one := became[draft.pk], Operation)]
    drafts_sent.send(sender=None, operations=operations, by=_name(by), now=now)
    return Pushed(
        operations,
        [(draft, why) for draft in drafts if isinstance(why := became[draft.pk], str)],
    )


def take_back_draft(draft: InvoiceDraft, *, by: User, now: datetime) -> bool:
    """Take a draft out of the outbox, to change it; return whether that was still possible."""
    operation = find_operations([draft.pk]).get(draft.pk)
    return operation is not None and bool(take_back([operation.pk], who=by, now=now).moved)


def approve_drafts(drafts: Sequence[InvoiceDraft], *, by: User, now: datetime) -> int:
    """
    Approve the sending of drafts that wait for it, just as they are shown; return how many.

    One that would be another today is not approved. Raises NotTwoWay.
    """
    waiting = [one.operation.pk for one in prepare(drafts) if one.operation and one.waits_for_approval]
    return len(approve(waiting, who=by, now=now).moved)


def _name(by: User | None) -> str:
    """Return who sends: a person, or whoever types on the server."""
    return name_person(by) if by is not None else "The command line"


def _is_new(prepared: Prepared) -> bool:
    return prepared.operation is None or prepared.operation.status is OutboxState.HELD


def _propose_new(going: Sequence[Prepared], *, by: str, now: datetime) -> dict[int, Operation | str]:
    became: dict[int, Operation | str] = {}
    for organisation, some in _by_organisation(going).items():
        try:
            answers = propose(
                organisation,
                [_build_proposal(one) for one in some],
                cause_kind=CAUSE,
                by=by,
                now=now,
            )
        except NotTwoWay as problem:
            became |= {one.draft.pk: str(problem) for one in some}
            continue
        for one, answer in zip(some, answers, strict=True):
            became[one.draft.pk] = answer if isinstance(answer, Operation) else str(answer)
    return became


def _rewrite(going: Sequence[Prepared], *, by: str, now: datetime) -> dict[int, Operation | str]:
    if not going:
        return {}
    opted = {one: get_rules(one).raises_approved for one in _by_organisation(going)}
    allowed = [one for one in going if opted[one.draft.organisation] or not one.document.approves]
    by_operation = {one.operation.pk: one for one in allowed if one.operation is not None}
    proposals = {key: _build_proposal(one) for key, one in by_operation.items()}
    done = rewrite(proposals, by=by, now=now)
    became: dict[int, Operation | str] = {by_operation[one.pk].draft.pk: one for one in done.moved}
    not_allowed = {one.draft.pk: str(NotOptedIn()) for one in going if one not in allowed}
    return {one.draft.pk: _SOMEBODY_WAS_FASTER for one in allowed} | not_allowed | became


def _by_organisation(going: Sequence[Prepared]) -> dict[Organisation, list[Prepared]]:
    found: dict[Organisation, list[Prepared]] = {}
    for one in going:
        found.setdefault(one.draft.organisation, []).append(one)
    return found


def _build_proposal(prepared: Prepared) -> Proposal:
    draft, document = prepared.draft, prepared.document
    return Proposal(
        wish=build_wish(document),
        intent_key=f"{CAUSE}:{draft.pk}",
        cause_id=str(draft.pk),
        contact_id=document.contact_id,
        amount=prepared.totals.total,
        currency=document.currency,
    )


def _why_not(prepared: Prepared) -> str:
    if prepared.is_on_its_way:
        return "It is in Xero, or on its way there."
    stopping = next((finding for finding in prepared.findings if finding.blocks), None)
    if stopping is not None:
        where = f"Line {stopping.line}: " if stopping.line else ""
        return f"{where}{stopping.ours} {stopping.todo}"
    return prepared.not_two_way


def _find_rights(organisations: Sequence[int]) -> Mapping[int, str]:
    """Return for each organisation why no invoice can be written there, or nothing; one query."""
    sentences = dict.fromkeys(
        organisations, "This organisation is not connected to Xero. Connect it in Settings, Account."
    )
    found = Connection.objects.filter(organisation__in=organisations).select_related("grant")
    for connection in found:
        try:
            require_two_way(connection, Write.INVOICES)
        except NotTwoWay as problem:
            sentences[connection.organisation_id] = str(problem)
        else:
            sentences[connection.organisation_id] = ""
    return sentences


def _bare(draft: InvoiceDraft) -> Document:
    """Return what the books need to know of a draft, before its lines are resolved."""
    return Document(
        organisation_id=draft.organisation_id,
        contact_id=draft.contact_id,
        date=draft.date,
        due_date=draft.due_date,
        currency=draft.currency,
        lines=(),
        number=draft.number,
        xero_id=draft.xero_id,
    )


def total_of(prepared: Sequence[Prepared]) -> dict[str, Decimal]:
    """Return what all of them come to, by currency."""
    sums: dict[str, Decimal] = {}
    for one in prepared:
        sums[one.document.currency] = sums.get(one.document.currency, Decimal(0)) + one.totals.total
    return sums
