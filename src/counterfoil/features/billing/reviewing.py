"""What can be asked about runs: the list, a run's invoices beside the last ones, what became of them."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db.models import Count, Q, QuerySet

from counterfoil.domain.outbox import OutboxState
from counterfoil.domain.statuses import DisplayStatus
from counterfoil.features.billing.comparing import Comparison, compare
from counterfoil.features.billing.models import Agreement, BillingRun, RunInvoice
from counterfoil.features.billing.repeating import find_repeating, say_repeating
from counterfoil.features.billing.standing import Stand, list_standing, with_stand
from counterfoil.features.billing.writing import find_contacts
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.features.invoicing.pushing import CAUSE, prepare
from counterfoil.features.invoicing.queries import Standing, describe_drafts, status_of
from counterfoil.mirror.models import Invoice, Operation, Organisation

PAGE_SIZE = 40
_RUNS = 30
_GIVES_UP_AFTER = timedelta(minutes=10)


class Only(StrEnum):
    """Which of the invoices that stand so are shown."""

    ALL = ""
    PROBLEM = "problem"
    DIFFERENT = "different"
    SAME = "same"


@dataclass(frozen=True)
class Place:
    """An invoice's place in the list, by client."""

    name: str
    pk: int


@dataclass(frozen=True)
class Row:
    """One invoice of a run as it is reviewed, beside the last one."""

    invoice: RunInvoice
    stand: Stand
    standing: Standing | None
    comparison: Comparison
    before: Standing | None
    problems: Sequence[str]
    repeating: Sequence[str]

    @property
    def total(self) -> Decimal | None:
        """What it comes to as Xero computes it; None once its draft is gone."""
        return self.standing.prepared.totals.total if self.standing else None

    @property
    def total_before(self) -> Decimal | None:
        """What the last one came to: what Xero has, or what was written here."""
        if self.before is None:
            return None
        return self.before.in_xero.total if self.before.in_xero else self.before.prepared.totals.total

    @property
    def is_plain(self) -> bool:
        """Say whether nothing about it asks for a look."""
        is_clear = not (self.problems or self.repeating)
        return is_clear and self.comparison.is_as_before and bool(self.standing)


@dataclass(frozen=True)
class RunPage:
    """One page of a run's invoices, how many stand where, and where the next page begins."""

    rows: Sequence[Row]
    counts: Mapping[str, int]
    next_place: Place | None


@dataclass(frozen=True)
class Sent:
    """What became of what was sent: how many in which state of the outbox, and with which status in Xero."""

    in_outbox: Mapping[OutboxState, int]
    in_xero: Mapping[DisplayStatus, int]

    @property
    def is_moving(self) -> bool:
        """Say whether something of it is on its way."""
        moving = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)
        return any(self.in_outbox.get(state) for state in moving)


def list_runs() -> "QuerySet[BillingRun]":
    """Return the latest runs, each with how many invoices it has."""
    invoices = Count("invoices", filter=~Q(invoices__state=RunInvoice.State.DISCARDED))
    return (
        BillingRun.objects.defer("archive")
        .select_related("organisation")
        .annotate(invoice_count=invoices)
        .order_by("-pk")[:_RUNS]
    )


@dataclass(frozen=True)
class RunPlace:
    """A run's place in the list, the latest first."""

    pk: int


def list_run_page(
    organisation: Organisation, *, after: RunPlace | None = None, size: int = 50
) -> tuple[Sequence[BillingRun], RunPlace | None]:
    """Return a page of an organisation's runs, the latest first, and where the next begins; one query."""
    found = BillingRun.objects.filter(organisation=organisation).defer("archive").order_by("-pk")
    rows = list((found if after is None else found.filter(pk__lt=after.pk))[: size + 1])
    return rows[:size], RunPlace(rows[size - 1].pk) if len(rows) > size else None


def is_busy(run: BillingRun, *, now: datetime) -> bool:
    """Say whether a job works on it; one that ended in no word for long was stopped."""
    return bool(run.doing) and run.asked_at is not None and now - run.asked_at < _GIVES_UP_AFTER


def count_stands(run: BillingRun) -> Mapping[str, int]:
    """Return how many invoices stand where; one query."""
    stood = with_stand(run.invoices.order_by())
    return stood.aggregate(**{stand.value: Count("pk", filter=Q(stand=stand.value)) for stand in Stand})


def list_invoices(
    run: BillingRun,
    *,
    today: date,
    stand: Stand = Stand.REVIEW,
    only: Only = Only.ALL,
    after: Place | None = None,
) -> RunPage:
    """Return one page of the invoices that stand so, by client; as many queries for one as for many."""
    counts = count_stands(run)
    matching = list_standing(run.invoices.all(), stand)
    if only is not Only.ALL:
        matching = matching.filter(pk__in=_find_only(list(matching.select_related("draft")), only))
    if after is not None:
        matching = matching.filter(
            Q(client__name__gt=after.name) | Q(client__name=after.name, pk__gt=after.pk)
        )
    ordered = matching.select_related("client", "draft__organisation", "draft__client")
    found = list(ordered.order_by("client__name", "pk")[: PAGE_SIZE + 1])
    last = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    return RunPage(
        rows=describe_invoices(found[:PAGE_SIZE], today=today),
        counts=counts,
        next_place=Place(last.client.name, last.pk) if last else None,
    )


def describe_invoices(invoices: Sequence[RunInvoice], *, today: date) -> list[Row]:
    """Return invoices with their `stand` as they are reviewed."""
    compared = compare(invoices)
    before = [one.before for one in compared.values() if one.before is not None]
    drafts = {one.draft.pk: one.draft for one in [*invoices, *before] if one.draft is not None}
    days = {draft.organisation_id: today for draft in drafts.values()}
    standings = {one.draft.pk: one for one in describe_drafts(list(drafts.values()), today=days)}
    repeating = find_repeating(days, [draft.contact_id for draft in drafts.values()])
    contactless = _say_contactless([one for one in invoices if one.draft and not one.draft.contact_id])
    rows = []
    for one in invoices:
        comparison, standing = compared[one.pk], standings.get(one.draft_id or 0)
        last = comparison.before
        key = (one.organisation_id or 0, one.draft.contact_id if one.draft else "")
        rows.append(
            Row(
                invoice=one,
                stand=Stand(one.stand),  # type: ignore[attr-defined]  # annotated by `with_stand`
                standing=standing,
                comparison=comparison,
                before=standings.get(last.draft_id or 0) if last else None,
                problems=list(_list_problems(one, standing, contactless.get(one.pk, ""))),
                repeating=[say_repeating(row) for row in repeating.get(key, ())],
            )
        )
    return rows


def find_plain(run: BillingRun, invoice_ids: Collection[int], *, today: date) -> list[int]:
    """Return those of the invoices to be reviewed that are as the last ones, without a problem."""
    among = run.invoices.filter(pk__in=invoice_ids)
    found = list_standing(among, Stand.REVIEW).select_related("client", "draft__organisation")
    rows = describe_invoices(list(found.order_by("pk")), today=today)
    return [row.invoice.pk for row in rows if row.is_plain]


def summarise_sent(run: BillingRun, *, today: date) -> Sent:
    """Return what became of what was sent (X22); three queries, however many there are."""
    drafts = run.invoices.exclude(draft=None).values_list("draft_id", flat=True)
    operations = Operation.objects.filter(cause_kind=CAUSE, cause_id__in=[str(key) for key in drafts])
    latest = {
        cause: (state, xero_id)
        for cause, state, xero_id in operations.order_by("pk").values_list("cause_id", "state", "xero_id")
    }
    ids = [xero_id for _, xero_id in latest.values() if xero_id]
    rows = Invoice.objects.filter(organisation=run.organisation_id, xero_id__in=ids).defer("raw", "digest")
    return Sent(
        in_outbox=Counter(OutboxState(state) for state, _ in latest.values()),
        in_xero=Counter(status_of(row, today) for row in rows),
    )


def _list_problems(one: RunInvoice, standing: Standing | None, no_contact: str) -> Iterator[str]:
    if one.problem:
        yield one.problem
    if no_contact:
        yield no_contact
    elif standing is not None:
        operation = standing.prepared.operation
        if operation is not None and operation.status is OutboxState.REFUSED:
            yield f"Xero refused it. {operation.sentence} {operation.next_step}".strip()
        elif operation is not None and operation.status is OutboxState.HELD:
            yield "Somebody marked it as “Do not send” in the outbox."
        for finding in standing.prepared.findings:
            if finding.blocks:
                where = f"Line {finding.line}: " if finding.line else ""
                yield f"{where}{finding.ours} {finding.todo}"


def _say_contactless(invoices: Sequence[RunInvoice]) -> dict[int, str]:
    """Return for invoices without a contact why there is none; one query, or two where there are any."""
    if not invoices:
        return {}
    pairs = dict(
        RunInvoice.objects.filter(pk__in=[one.pk for one in invoices]).values_list(
            "pk", "services__agreement"
        )
    )
    agreements = Agreement.objects.select_related("client").in_bulk(set(filter(None, pairs.values())))
    reasons = find_contacts(agreements.values())
    return {pk: reasons[key][1] for pk, key in pairs.items() if key in reasons}


def _find_only(invoices: Sequence[RunInvoice], only: Only) -> list[int]:
    compared = compare(invoices)
    match only:
        case Only.PROBLEM:
            blocked = {
                one.draft.pk
                for one in prepare([one.draft for one in invoices if one.draft is not None])
                if one.blocks
            }
            return [one.pk for one in invoices if one.problem or one.draft_id in blocked]
        case Only.DIFFERENT:
            return [one.pk for one in invoices if not compared[one.pk].is_as_before]
        case _:
            return [one.pk for one in invoices if compared[one.pk].is_as_before]


def find_run_of(draft: InvoiceDraft) -> BillingRun | None:
    """Return the run that a draft was made by, if any."""
    return BillingRun.objects.defer("archive").filter(invoices__draft=draft).first()
