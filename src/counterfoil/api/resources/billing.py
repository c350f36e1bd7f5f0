"""What clients pay: agreements, hours, units and expenses, and billing the month."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.clients import find_client
from counterfoil.api.shapes import (
    Amount,
    Currency,
    Day,
    Digits,
    Id,
    Page,
    read_digits,
    write_amount,
    write_money,
    write_number,
)
from counterfoil.features.billing import agreed
from counterfoil.features.billing.agreeing import set_state
from counterfoil.features.billing.entered import Place, Question, Show, list_entered
from counterfoil.features.billing.models import (
    Agreement,
    AgreementLine,
    BillingRun,
    Expense,
    TimeEntry,
    UnitCount,
)
from counterfoil.features.billing.reviewing import RunPlace, list_run_page
from counterfoil.features.billing.runs import start_run
from counterfoil.features.billing.tasks import request_making, request_sending
from counterfoil.features.billing.worked import enter
from counterfoil.features.clients.models import Client
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


class Asked(Schema):
    """What is asked of entries, the latest day first."""

    show: Show = Show.ALL
    client_id: Id | None = None
    first_day: Day | None = None
    last_day: Day | None = None
    cursor: str = ""


class TimeIn(Schema):
    """Hours that somebody worked for a client on a day."""

    client_id: Id
    day: Day
    who: str = Field(min_length=1, max_length=255)
    role: str = Field(default="", max_length=100)
    hours: Digits
    note: str = Field(default="", max_length=1000)
    is_billable: bool = True


class TimeOut(Schema):
    """Hours, and whether they were billed."""

    id: int
    client_id: int
    day: str
    who: str
    role: str
    hours: str
    note: str
    is_billable: bool
    is_billed: bool


class ExpenseIn(Schema):
    """Something paid for a client, to be passed on."""

    client_id: Id
    day: Day
    description: str = Field(min_length=1, max_length=1000)
    amount: Digits
    currency: Currency


class ExpenseOut(Schema):
    """An expense, and whether it was billed."""

    id: int
    client_id: int
    day: str
    description: str
    amount: Amount
    is_billed: bool


class UnitsIn(Schema):
    """How many units of an agreement's line were used on a day."""

    line_id: Id
    day: Day
    quantity: Digits
    note: str = Field(default="", max_length=255)


class UnitsOut(Schema):
    """Units, and whether they were billed."""

    id: int
    line_id: int
    day: str
    quantity: str
    note: str
    is_billed: bool


class RunIn(Schema):
    """Up to which day everything that is due is billed."""

    up_to: Day


class RunOut(Schema):
    """One go of billing."""

    id: int
    organisation_id: int | None
    first_day: str
    last_day: str
    state: str
    doing: str
    done: int
    total: int
    failure: str
    left_out: list[str]
    created_at: datetime


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


@router.get("time", response=Page[TimeOut], **_READING)
def list_time(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """List hours, the latest day first."""
    page = list_entered(TimeEntry, _question(asked), after=read_cursor(request, Place, asked.cursor))
    rows = [_tell_time(one) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.post("time", response={201: TimeOut}, **_WORKING)
def enter_time(request: HttpRequest, given: TimeIn) -> Status[TimeOut]:
    """Write down hours."""
    client = _find_active(given.client_id)
    fields = given.dict(exclude={"client_id"}) | {"client": client, "hours": read_digits(given.hours)}
    return Status(201, _tell_time(_enter(request, TimeEntry(workspace_id=client.workspace_id), fields)))


@router.get("expenses", response=Page[ExpenseOut], **_READING)
def list_expenses(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """List expenses, the latest day first."""
    page = list_entered(Expense, _question(asked), after=read_cursor(request, Place, asked.cursor))
    rows = [_tell_expense(one) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.post("expenses", response={201: ExpenseOut}, **_WORKING)
def enter_expense(request: HttpRequest, given: ExpenseIn) -> Status[ExpenseOut]:
    """Write down an expense."""
    client = _find_active(given.client_id)
    fields = given.dict(exclude={"client_id"}) | {"client": client, "amount": read_digits(given.amount)}
    return Status(201, _tell_expense(_enter(request, Expense(workspace_id=client.workspace_id), fields)))


@router.get("units", response=Page[UnitsOut], **_READING)
def list_units(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """List units, the latest day first."""
    page = list_entered(UnitCount, _question(asked), after=read_cursor(request, Place, asked.cursor))
    rows = [_tell_units(one) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.post("units", response={201: UnitsOut}, **_WORKING)
def enter_units(request: HttpRequest, given: UnitsIn) -> Status[UnitsOut]:
    """Write down units."""
    line = AgreementLine.objects.filter(pk=given.line_id, kind=AgreementLine.Kind.UNITS).first()
    if line is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no line of this number that counts units.")
    fields = given.dict(exclude={"line_id"}) | {"line": line, "quantity": read_digits(given.quantity)}
    return Status(201, _tell_units(_enter(request, UnitCount(workspace_id=line.workspace_id), fields)))


@router.get(
    "organisations/{int:organisation_id}/billing-runs", response=Page[RunOut], **needs(Permission.READ)
)
def list_runs(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List the organisation's month-end runs, the latest first."""
    place = find_place(request, organisation_id)
    rows, following = list_run_page(place.organisation, after=read_cursor(request, RunPlace, cursor))
    return {"data": [_tell_run(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.post(
    "organisations/{int:organisation_id}/billing-runs", response={202: RunOut}, **needs(Permission.WORK)
)
def make_run(request: HttpRequest, organisation_id: int, given: RunIn) -> Status[RunOut]:
    """Begin billing what is due up to a day; its invoices are made in the background, and nothing is sent."""
    place = find_place(request, organisation_id)
    first_day = given.up_to.replace(day=1)
    run = start_run(
        place.organisation, first_day=first_day, last_day=given.up_to, by=_who(request).email, now=place.now
    )
    request_making(run, now=place.now)
    run.refresh_from_db()
    return Status(202, _tell_run(run))


@router.post(
    "organisations/{int:organisation_id}/billing-runs/{int:run_id}/send",
    response={202: RunOut},
    **needs(Permission.WORK),
)
def send_run(request: HttpRequest, organisation_id: int, run_id: int) -> Status[RunOut]:
    """Put what is ready into the outbox, in the background."""
    place = find_place(request, organisation_id)
    run = BillingRun.objects.filter(organisation=place.organisation, pk=run_id).first()
    if run is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no run with this number.")
    request_sending(run, by=_who(request), now=place.now)
    run.refresh_from_db()
    return Status(202, _tell_run(run))


def _who(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]  # set by the middleware
    return user


def _enter(request: HttpRequest, record: Any, fields: dict[str, Any]) -> Any:
    return enter(record, fields=fields, by=_who(request), now=timezone.now())


def _find_active(client_id: int) -> Client:
    client = find_client(client_id)
    if client.archived_at is not None:
        raise ApiProblem(Problem.NOT_POSSIBLE_NOW, "This client is archived. Restore it first.")
    return client


def _question(asked: Asked) -> Question:
    return Question(
        show=asked.show, client_id=asked.client_id, first_day=asked.first_day, last_day=asked.last_day
    )


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


def _tell_time(one: TimeEntry) -> TimeOut:
    return TimeOut(
        id=one.pk,
        client_id=one.client_id,
        day=one.day.isoformat(),
        who=one.who,
        role=one.role,
        hours=write_number(one.hours, 2),
        note=one.note,
        is_billable=one.is_billable,
        is_billed=one.billed_by_id is not None,
    )


def _tell_expense(one: Expense) -> ExpenseOut:
    return ExpenseOut(
        id=one.pk,
        client_id=one.client_id,
        day=one.day.isoformat(),
        description=one.description,
        amount=write_amount(one.amount, one.currency),
        is_billed=one.billed_by_id is not None,
    )


def _tell_units(one: UnitCount) -> UnitsOut:
    return UnitsOut(
        id=one.pk,
        line_id=one.line_id,
        day=one.day.isoformat(),
        quantity=write_number(one.quantity),
        note=one.note,
        is_billed=one.billed_by_id is not None,
    )


def _tell_run(run: BillingRun) -> RunOut:
    return RunOut(
        id=run.pk,
        organisation_id=run.organisation_id,
        first_day=run.first_day.isoformat(),
        last_day=run.last_day.isoformat(),
        state=run.state,
        doing=run.doing,
        done=run.done,
        total=run.total,
        failure=run.failure,
        left_out=[str(one) for one in run.left_out],
        created_at=run.created_at,
    )
