"""What clients pay again and again: the list, one whole, writing it, and whether runs bill it."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreement_writing import (
    AgreementChange,
    AgreementIn,
    check,
    complete,
    read_agreement,
    read_lines,
)
from counterfoil.api.resources.clients import find_active_client
from counterfoil.api.shapes import Amount, Page, write_amount, write_money, write_number, write_optional
from counterfoil.features.billing import agreed
from counterfoil.features.billing.agreeing import (
    FROM_THE_START,
    begin_agreement,
    delete_draft,
    save_agreement,
    set_state,
)
from counterfoil.features.billing.forecasting import Forecast, forecast
from counterfoil.features.billing.models import Agreement, AgreementLine
from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.days import find_today

router = Router()
_READING = needs(Permission.READ, of_firm=True)
_WORKING = needs(Permission.WORK, of_firm=True)


class AgreementOut(Schema):
    """What a client pays again and again."""

    id: int
    client_id: int
    organisation_id: int | None
    name: str
    standing: str
    every: str
    worth_a_month: Amount
    next_bill: str | None
    is_overdue: bool


class PriceOut(Schema):
    """What a line costs from a day on."""

    since: str | None = Field(description="Null: from the start")
    amount: Amount


class AgreementLineOut(Schema):
    """One line of an agreement."""

    id: int
    kind: str
    description: str
    prices: list[PriceOut]
    quantity: str
    is_split: bool
    unit: str
    included: str
    rate_card_id: int | None
    markup_rate: str
    service: str
    item_code: str
    account_code: str
    tax_type: str
    tracking: dict[str, str]
    starts_on: str | None
    last_day: str | None


class PauseOut(Schema):
    """Days for which nothing is billed."""

    id: int
    first_day: str
    last_day: str | None
    why: str


class ComingOut(Schema):
    """An invoice to be, as Xero would compute it."""

    date: str
    total: Amount


class WholeAgreement(AgreementOut):
    """An agreement with its lines, its pauses, and what it is going to bill."""

    state: str
    contact_id: str
    deal_id: int | None
    currency: str
    billed: str
    anchor: str
    starts_on: str
    last_day: str | None
    minimum: Amount | None
    discount_rate: str | None
    due_days: int | None
    po_number: str
    reference: str
    notes: str
    is_automatic: bool
    lines: list[AgreementLineOut]
    pauses: list[PauseOut]
    coming: list[ComingOut]
    problems: list[str] = Field(description="What stops its invoices; it is not activated with one")
    cautions: list[str]


class StateIn(Schema):
    """What an agreement is to be."""

    state: Agreement.State


@router.get("agreements", response=Page[AgreementOut], **_READING)
def list_agreements(
    request: HttpRequest, show: agreed.Show = agreed.Show.ACTIVE, search: str = "", cursor: str = ""
) -> dict[str, Any]:
    """List agreements by client and name, with what each is worth a month."""
    after = read_cursor(request, agreed.Place, cursor)
    page = agreed.list_agreements(show=show, search=search.strip()[:200], now=timezone.now(), after=after)
    rows = [AgreementOut(**_tell(one)) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.get("agreements/{int:agreement_id}", response=WholeAgreement, **_READING)
def show_agreement(request: HttpRequest, agreement_id: int) -> WholeAgreement:
    """Show one agreement whole."""
    return tell_whole(find_agreement(agreement_id))


@router.post("agreements", response={201: WholeAgreement}, **_WORKING)
def write_agreement(request: HttpRequest, given: AgreementIn) -> Status[WholeAgreement]:
    """Begin an agreement. It is a draft until it is activated."""
    client, now = find_active_client(given.client_id), timezone.now()
    fields = complete(read_agreement(request, given, client))
    check(Agreement(client=client, workspace_id=client.workspace_id, created_at=now), fields)
    made = begin_agreement(client, fields=fields, by=who(request), now=now)
    lines = read_lines(made, given.lines or [])
    return Status(201, tell_whole(save_agreement(made, fields={}, lines=lines, by=who(request), now=now)))


@router.post("agreements/{int:agreement_id}", response=WholeAgreement, **_WORKING)
def change_agreement(request: HttpRequest, agreement_id: int, given: AgreementChange) -> WholeAgreement:
    """Change an agreement; what was billed is never rewritten."""
    found = find_agreement(agreement_id)
    fields = read_agreement(request, given, found.client)
    check(found, fields)
    lines = read_lines(found, given.lines)
    return tell_whole(save_agreement(found, fields=fields, lines=lines, by=who(request), now=timezone.now()))


@router.post("agreements/{int:agreement_id}/state", response=AgreementOut, **_WORKING)
def change_state(request: HttpRequest, agreement_id: int, given: StateIn) -> AgreementOut:
    """Have runs bill an agreement, if nothing stops its invoices; make it a draft again, or put it away."""
    found, now = find_agreement(agreement_id), timezone.now()
    if given.state == Agreement.State.ACTIVE and (problems := _look_ahead(found).problems):
        raise ApiProblem(Problem.NOT_POSSIBLE_NOW, f"It is not activated yet. {' '.join(problems)}")
    changed = set_state(found, given.state, by=who(request), now=now)
    return AgreementOut(**_tell(agreed.find_row(changed, now=now)))


@router.post("agreements/{int:agreement_id}/discard", response={204: None}, **_WORKING)
def discard_agreement(request: HttpRequest, agreement_id: int) -> Status[None]:
    """Throw a draft away for which nothing was billed or counted."""
    delete_draft(find_agreement(agreement_id))
    return Status(204, None)


def find_agreement(agreement_id: int) -> Agreement:
    """Return an agreement of the firm. Raises ApiProblem."""
    found = Agreement.objects.select_related("client", "organisation").filter(pk=agreement_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no agreement with this number.")
    return found


def who(request: HttpRequest) -> User:
    """Return in whose name the program acts."""
    user: User = request.user  # type: ignore[assignment]  # set by the middleware
    return user


def tell_whole(agreement: Agreement) -> WholeAgreement:
    """Return an agreement as it is answered whole."""
    ahead, row = _look_ahead(agreement), agreed.find_row(agreement, now=timezone.now())
    one = row.agreement
    return WholeAgreement(
        **_tell(row),
        state=one.state,
        contact_id=one.contact_id,
        deal_id=one.deal_id,
        currency=one.currency,
        billed=one.billed,
        anchor=one.anchor.isoformat(),
        starts_on=one.starts_on.isoformat(),
        last_day=one.last_day.isoformat() if one.last_day else None,
        minimum=write_optional(one.minimum, one.currency),
        discount_rate=write_number(one.discount_rate) if one.discount_rate is not None else None,
        due_days=one.due_days,
        po_number=one.po_number,
        reference=one.reference,
        notes=one.notes,
        is_automatic=one.is_automatic,
        lines=[_tell_line(line, one.currency) for line in one.lines.prefetch_related("prices")],
        pauses=[
            PauseOut(
                id=pause.pk,
                first_day=pause.first_day.isoformat(),
                last_day=pause.last_day.isoformat() if pause.last_day else None,
                why=pause.why,
            )
            for pause in one.pauses.all()
        ],
        coming=[
            ComingOut(
                date=each.planned.date.isoformat(),
                total=write_amount(each.prepared.totals.total, one.currency),
            )
            for each in ahead.coming
        ],
        problems=list(ahead.problems),
        cautions=list(ahead.cautions),
    )


def _look_ahead(agreement: Agreement) -> Forecast:
    now = timezone.now()
    today = find_today(agreement.organisation, now)
    return forecast(agreement, today=today, now=now)


def _tell_line(line: AgreementLine, currency: str) -> AgreementLineOut:
    return AgreementLineOut(
        id=line.pk,
        kind=line.kind,
        description=line.description,
        prices=[
            PriceOut(
                since=None if one.since == FROM_THE_START else one.since.isoformat(),
                amount=write_amount(one.amount, currency),
            )
            for one in line.prices.all()
        ],
        quantity=write_number(line.quantity),
        is_split=line.is_split,
        unit=line.unit,
        included=write_number(line.included),
        rate_card_id=line.rate_card_id,
        markup_rate=write_number(line.markup_rate),
        service=line.service,
        item_code=line.item_code,
        account_code=line.account_code,
        tax_type=line.tax_type,
        tracking=line.tracking,
        starts_on=line.starts_on.isoformat() if line.starts_on else None,
        last_day=line.last_day.isoformat() if line.last_day else None,
    )


def _tell(row: agreed.Row) -> dict[str, Any]:
    return {
        "id": row.agreement.pk,
        "client_id": row.agreement.client_id,
        "organisation_id": row.agreement.organisation_id,
        "name": row.agreement.name,
        "standing": row.standing.value,
        "every": row.agreement.every,
        "worth_a_month": write_money(row.worth),
        "next_bill": row.next_bill.isoformat() if row.next_bill else None,
        "is_overdue": row.is_overdue,
    }
