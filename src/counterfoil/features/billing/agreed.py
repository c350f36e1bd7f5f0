"""What can be asked about agreements: the list with what they are worth a month, and where each stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db.models import (
    Case,
    DateField,
    DecimalField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest

from counterfoil.domain.billing_calendar import (
    Billed,
    BillingCalendar,
    Every,
    find_next_period,
    get_billing_day,
)
from counterfoil.domain.datekit import Period
from counterfoil.domain.money import Money
from counterfoil.features.billing.models import Agreement, AgreementLine, LinePrice, Pause, Service
from counterfoil.features.clients.models import Client
from counterfoil.mirror.days import list_todays
from counterfoil.mirror.models.searchable import is_known_as

PAGE_SIZE = 50
_AMOUNT = DecimalField(max_digits=19, decimal_places=4)
_NOTHING = Value(Decimal(0), output_field=_AMOUNT)


class Show(StrEnum):
    """Which agreements are listed."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDING = "ending"
    ENDED = "ended"
    DRAFTS = "drafts"
    ARCHIVED = "archived"


class Standing(StrEnum):
    """Where an agreement stands on a day."""

    DRAFT = "draft"
    ARCHIVED = "archived"
    UPCOMING = "upcoming"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDING = "ending"
    ENDED = "ended"


@dataclass(frozen=True)
class Place:
    """A row's place in the list by client and name."""

    client: str
    name: str
    pk: int


@dataclass(frozen=True)
class Row:
    """One agreement of the list: where it stands, its fixed fees a month, and when it is billed next."""

    agreement: Agreement
    standing: Standing
    worth: Money
    next_bill: date | None
    is_overdue: bool


@dataclass(frozen=True)
class AgreementPage:
    """One page, how many there are in all, what all are worth a month, and where the next page begins."""

    rows: Sequence[Row]
    count: int
    worth: Sequence[Money]
    next_place: Place | None


def list_agreements(
    *, show: Show, search: str = "", now: datetime, after: Place | None = None
) -> AgreementPage:
    """Return a page of agreements by client and name; the queries are as many for one row as for fifty."""
    matching = find_agreements(show=show, search=search, now=now)
    rows = matching.order_by("client__name", "name", "pk")
    if after is not None:
        rows = rows.filter(
            Q(client__name__gt=after.client)
            | Q(client__name=after.client, name__gt=after.name)
            | Q(client__name=after.client, name=after.name, pk__gt=after.pk)
        )
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    last = shown[-1] if len(found) > PAGE_SIZE else None
    worth = matching.order_by().values("currency").annotate(sum=Sum("worth")).order_by("currency")
    return AgreementPage(
        rows=describe(shown),
        count=matching.count(),
        worth=[Money(one["sum"], one["currency"]).rounded() for one in worth if one["sum"]],
        next_place=Place(last.client.name, last.name, last.pk) if last else None,
    )


def iterate_agreements(*, show: Show, search: str = "", now: datetime) -> Iterator[Row]:
    """Yield every agreement of the list in its order, a few hundred at a time."""
    rows = find_agreements(show=show, search=search, now=now).order_by("client__name", "name", "pk")
    batch: list[Agreement] = []
    for one in rows.iterator(chunk_size=500):
        batch.append(one)
        if len(batch) == 500:
            yield from describe(batch)
            batch = []
    yield from describe(batch)


def list_of_client(client: Client, *, now: datetime) -> list[Row]:
    """Return a client's agreements that are not put away, the latest first."""
    found = annotate(Agreement.objects.filter(client=client), now=now)
    return describe(list(found.exclude(state=Agreement.State.ARCHIVED).order_by("-pk")))


def find_row(agreement: Agreement, *, now: datetime) -> Row:
    """Return how one agreement stands."""
    [row] = describe(list(annotate(Agreement.objects.filter(pk=agreement.pk), now=now)))
    return row


def find_agreements(*, show: Show, search: str = "", now: datetime) -> "QuerySet[Agreement]":
    """Return the agreements of a list, each with today as its organisation has it, and its worth a month."""
    found = annotate(Agreement.objects.all(), now=now)
    if search:
        of_client = Q(client__in=Client.objects.filter(is_known_as(search)).values("pk"))
        found = found.filter(is_known_as(search) | of_client)
    live = Q(state=Agreement.State.ACTIVE)
    has_ended = Q(last_day__lt=F("today"))
    wanted: Mapping[Show, Q] = {
        Show.ACTIVE: live & ~Q(is_paused=True) & (Q(last_day=None) | ~has_ended),
        Show.PAUSED: live & Q(is_paused=True) & (Q(last_day=None) | ~has_ended),
        Show.ENDING: live & Q(last_day__gte=F("today")),
        Show.ENDED: live & has_ended,
        Show.DRAFTS: Q(state=Agreement.State.DRAFT),
        Show.ARCHIVED: Q(state=Agreement.State.ARCHIVED),
    }
    return found.filter(wanted[show])


def annotate(found: "QuerySet[Agreement]", *, now: datetime) -> "QuerySet[Agreement]":
    """Give each agreement its today, whether it is paused, up to when it is billed, and its worth a month."""
    today = list_todays(now)
    days = [When(organisation=key, then=Value(day)) for key, day in today.items()]
    found = found.annotate(today=Case(*days, default=Value(now.date()), output_field=DateField()))
    pauses = Pause.objects.filter(agreement=OuterRef("pk"), first_day__lte=OuterRef("today"))
    billed = Service.objects.filter(agreement=OuterRef("pk")).order_by().values("agreement")
    return found.annotate(
        is_paused=Exists(pauses.filter(Q(last_day=None) | Q(last_day__gte=OuterRef("today")))),
        billed_until=Subquery(billed.annotate(until=Max("end")).values("until")),
        worth=_worth_a_month(),
    ).select_related("client", "organisation", "deal")


def _worth_a_month() -> Greatest:
    """The fixed fees in force today less the discount, but the minimum at least, in twelfths of a year."""
    price = LinePrice.objects.filter(line=OuterRef("pk"), since__lte=OuterRef(OuterRef("today")))
    in_force = Q(starts_on=None) | Q(starts_on__lte=OuterRef("today"))
    going_on = Q(last_day=None) | Q(last_day__gte=OuterRef("today"))
    fees = (
        AgreementLine.objects.filter(
            in_force, going_on, agreement=OuterRef("pk"), kind=AgreementLine.Kind.FIXED
        )
        .annotate(price=Subquery(price.order_by("-since").values("amount")[:1], output_field=_AMOUNT))
        .order_by()
        .values("agreement")
        .annotate(fees=Sum(F("price") * F("quantity"), output_field=_AMOUNT))
        .values("fees")
    )
    a_month = Case(
        *(When(every=one.value, then=Value(Decimal(one.per_year) / 12)) for one in Every),
        output_field=DecimalField(max_digits=19, decimal_places=10),
    )
    paid = 1 - Coalesce(F("discount_rate"), _NOTHING) / 100
    fixed = Coalesce(Subquery(fees, output_field=_AMOUNT), _NOTHING) * paid
    return Greatest(fixed * a_month, Coalesce(F("minimum"), _NOTHING) * a_month, output_field=_AMOUNT)


def describe(agreements: Sequence[Agreement]) -> list[Row]:
    """Return how annotated agreements stand; one query, for their pauses."""
    pauses: dict[int, list[Period]] = {}
    for pause in Pause.objects.filter(agreement__in=[one.pk for one in agreements]):
        end = date.max if pause.last_day is None else pause.last_day + timedelta(days=1)
        pauses.setdefault(pause.agreement_id, []).append(Period(pause.first_day, end))
    return [_describe(one, pauses.get(one.pk, ())) for one in agreements]


def _describe(agreement: Agreement, pauses: Sequence[Period]) -> Row:
    today: date = agreement.today  # type: ignore[attr-defined]  # annotated
    standing = _find_standing(agreement, today)
    bills = standing not in (Standing.DRAFT, Standing.ARCHIVED)
    next_bill = _find_next_bill(agreement, pauses) if bills else None
    return Row(
        agreement,
        standing,
        Money(agreement.worth, agreement.currency).rounded(),  # type: ignore[attr-defined]  # annotated
        next_bill,
        is_overdue=next_bill is not None and next_bill < today,
    )


def _find_next_bill(agreement: Agreement, pauses: Sequence[Period]) -> date | None:
    """Return when the first period is billed that has service after what was billed."""
    end = date.max if agreement.last_day is None else agreement.last_day + timedelta(days=1)
    since = agreement.billed_until or agreement.starts_on  # type: ignore[attr-defined]  # annotated
    period = find_next_period(
        BillingCalendar(Every(agreement.every), agreement.anchor),
        since=since,
        term=Period(agreement.starts_on, end),
        pauses=pauses,
    )
    return get_billing_day(period, Billed(agreement.billed)) if period else None


def _find_standing(agreement: Agreement, today: date) -> Standing:
    if agreement.state == Agreement.State.DRAFT:
        return Standing.DRAFT
    if agreement.state == Agreement.State.ARCHIVED:
        return Standing.ARCHIVED
    if agreement.last_day is not None and agreement.last_day < today:
        return Standing.ENDED
    if agreement.is_paused:  # type: ignore[attr-defined]  # annotated
        return Standing.PAUSED
    if agreement.starts_on > today:
        return Standing.UPCOMING
    return Standing.ENDING if agreement.last_day is not None else Standing.ACTIVE
