"""What clients pay again and again."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.shapes import (
    Amount,
    Page,
    write_money,
)
from counterfoil.features.billing import agreed
from counterfoil.features.billing.agreeing import set_state
from counterfoil.features.billing.models import (
    Agreement,
)
from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.permissions import Permission

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
    rows = [_tell_agreement(one) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.post("agreements/{int:agreement_id}/state", response=AgreementOut, **_WORKING)
def change_state(request: HttpRequest, agreement_id: int, given: StateIn) -> AgreementOut:
    """Have runs bill an agreement, make it a draft again, or put it away."""
    found = Agreement.objects.filter(pk=agreement_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no agreement with this number.")
    now = timezone.now()
    changed = set_state(found, given.state, by=_who(request), now=now)
    return _tell_agreement(agreed.find_row(changed, now=now))


def _who(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]  # set by the middleware
    return user


def _tell_agreement(row: agreed.Row) -> AgreementOut:
    return AgreementOut(
        id=row.agreement.pk,
        client_id=row.agreement.client_id,
        organisation_id=row.agreement.organisation_id,
        name=row.agreement.name,
        standing=row.standing.value,
        every=row.agreement.every,
        worth_a_month=write_money(row.worth),
        next_bill=row.next_bill.isoformat() if row.next_bill else None,
        is_overdue=row.is_overdue,
    )
