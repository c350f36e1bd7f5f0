"""Hours, units and expenses: written down, changed, and taken away until they are billed."""

from typing import Any, TypeVar

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.clients import find_active_client, find_deal
from counterfoil.api.shapes import (
    Amount,
    Currency,
    Day,
    Digits,
    Id,
    Page,
    read_digits,
    write_amount,
    write_number,
)
from counterfoil.features.billing.entered import Place, Question, Show, list_entered
from counterfoil.features.billing.models import AgreementLine, Expense, TimeEntry, UnitCount
from counterfoil.features.billing.worked import change, enter, remove
from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_READING = needs(Permission.READ, of_firm=True)
_WORKING = needs(Permission.WORK, of_firm=True)
_NUMBERS = ("hours", "amount", "quantity")

Entered = TypeVar("Entered", TimeEntry, UnitCount, Expense)


class Asked(Schema):
    """What is asked of entries, the latest day first."""

    show: Show = Show.ALL
    client_id: Id | None = None
    first_day: Day | None = None
    last_day: Day | None = None
    cursor: str = ""


class TimeChange(Schema):
    """What is to be otherwise about hours; what is not sent stays. Without a deal: null."""

    client_id: Id | None = None
    deal_id: Id | None = None
    day: Day | None = None
    who: str | None = Field(default=None, min_length=1, max_length=255)
    role: str | None = Field(default=None, max_length=100)
    hours: Digits | None = None
    note: str | None = Field(default=None, max_length=1000)
    is_billable: bool | None = None


class TimeIn(TimeChange):
    """Hours that somebody worked for a client on a day."""

    client_id: Id
    day: Day
    who: str = Field(min_length=1, max_length=255)
    hours: Digits


class TimeOut(Schema):
    """Hours, and whether they were billed."""

    id: int
    client_id: int
    deal_id: int | None
    day: str
    who: str
    role: str
    hours: str
    note: str
    is_billable: bool
    is_billed: bool


class ExpenseChange(Schema):
    """What is to be otherwise about an expense; what is not sent stays."""

    client_id: Id | None = None
    deal_id: Id | None = None
    day: Day | None = None
    description: str | None = Field(default=None, min_length=1, max_length=1000)
    amount: Digits | None = None
    currency: Currency | None = None


class ExpenseIn(ExpenseChange):
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
    deal_id: int | None
    day: str
    description: str
    amount: Amount
    is_billed: bool


class UnitsChange(Schema):
    """What is to be otherwise about units; what is not sent stays."""

    line_id: Id | None = None
    day: Day | None = None
    quantity: Digits | None = None
    note: str | None = Field(default=None, max_length=255)


class UnitsIn(UnitsChange):
    """How many units of an agreement's line were used on a day."""

    line_id: Id
    day: Day
    quantity: Digits


class UnitsOut(Schema):
    """Units, and whether they were billed."""

    id: int
    line_id: int
    day: str
    quantity: str
    note: str
    is_billed: bool


@router.get("time", response=Page[TimeOut], **_READING)
def list_time(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """List hours, the latest day first."""
    page = list_entered(TimeEntry, _question(asked), after=read_cursor(request, Place, asked.cursor))
    rows = [_tell_time(one) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.post("time", response={201: TimeOut}, **_WORKING)
def enter_time(request: HttpRequest, given: TimeIn) -> Status[TimeOut]:
    """Write down hours."""
    return Status(201, _tell_time(_enter(request, TimeEntry, given)))


@router.get("time/{int:timeentry_id}", response=TimeOut, **_READING)
def show_time(request: HttpRequest, timeentry_id: int) -> TimeOut:
    """Show one entry of hours."""
    return _tell_time(_find(TimeEntry, timeentry_id))


@router.post("time/{int:timeentry_id}", response=TimeOut, **_WORKING)
def change_time(request: HttpRequest, timeentry_id: int, given: TimeChange) -> TimeOut:
    """Change hours that were not billed yet."""
    return _tell_time(_change(_find(TimeEntry, timeentry_id), given))


@router.post("time/{int:timeentry_id}/remove", response={204: None}, **_WORKING)
def remove_time(request: HttpRequest, timeentry_id: int) -> Status[None]:
    """Take hours away that were not billed yet."""
    remove(_find(TimeEntry, timeentry_id))
    return Status(204, None)


@router.get("expenses", response=Page[ExpenseOut], **_READING)
def list_expenses(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """List expenses, the latest day first."""
    page = list_entered(Expense, _question(asked), after=read_cursor(request, Place, asked.cursor))
    rows = [_tell_expense(one) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.post("expenses", response={201: ExpenseOut}, **_WORKING)
def enter_expense(request: HttpRequest, given: ExpenseIn) -> Status[ExpenseOut]:
    """Write down an expense."""
    return Status(201, _tell_expense(_enter(request, Expense, given)))


@router.get("expenses/{int:expense_id}", response=ExpenseOut, **_READING)
def show_expense(request: HttpRequest, expense_id: int) -> ExpenseOut:
    """Show one expense."""
    return _tell_expense(_find(Expense, expense_id))


@router.post("expenses/{int:expense_id}", response=ExpenseOut, **_WORKING)
def change_expense(request: HttpRequest, expense_id: int, given: ExpenseChange) -> ExpenseOut:
    """Change an expense that was not billed yet."""
    return _tell_expense(_change(_find(Expense, expense_id), given))


@router.post("expenses/{int:expense_id}/remove", response={204: None}, **_WORKING)
def remove_expense(request: HttpRequest, expense_id: int) -> Status[None]:
    """Take an expense away that was not billed yet."""
    remove(_find(Expense, expense_id))
    return Status(204, None)


@router.get("units", response=Page[UnitsOut], **_READING)
def list_units(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """List units, the latest day first."""
    page = list_entered(UnitCount, _question(asked), after=read_cursor(request, Place, asked.cursor))
    rows = [_tell_units(one) for one in page.rows]
    return {"data": rows, "next_cursor": write_cursor(request, page.next_place)}


@router.post("units", response={201: UnitsOut}, **_WORKING)
def enter_units(request: HttpRequest, given: UnitsIn) -> Status[UnitsOut]:
    """Write down units."""
    return Status(201, _tell_units(_enter(request, UnitCount, given)))


@router.get("units/{int:unitcount_id}", response=UnitsOut, **_READING)
def show_units(request: HttpRequest, unitcount_id: int) -> UnitsOut:
    """Show one entry of units."""
    return _tell_units(_find(UnitCount, unitcount_id))


@router.post("units/{int:unitcount_id}", response=UnitsOut, **_WORKING)
def change_units(request: HttpRequest, unitcount_id: int, given: UnitsChange) -> UnitsOut:
    """Change units that were not billed yet."""
    return _tell_units(_change(_find(UnitCount, unitcount_id), given))


@router.post("units/{int:unitcount_id}/remove", response={204: None}, **_WORKING)
def remove_units(request: HttpRequest, unitcount_id: int) -> Status[None]:
    """Take units away that were not billed yet."""
    remove(_find(UnitCount, unitcount_id))
    return Status(204, None)


def _enter(request: HttpRequest, kind: type[Entered], given: Schema) -> Entered:
    user: User = request.user  # type: ignore[assignment]  # set by the middleware
    record = kind(workspace_id=request.membership.workspace_id)  # type: ignore[attr-defined]  # as above
    return enter(record, fields=_read(given, record), by=user, now=timezone.now())


def _change(record: Entered, given: Schema) -> Entered:
    return change(record, fields=_read(given, record))


def _read(given: Schema, record: TimeEntry | UnitCount | Expense) -> dict[str, Any]:
    """Return what was sent as the record holds it. Raises ApiProblem for what is not there."""
    sent = given.dict(exclude_unset=True).items()
    fields = {name: value for name, value in sent if value is not None or name == "deal_id"}
    for name in _NUMBERS:
        if name in fields:
            fields[name] = read_digits(fields[name])
    if "line_id" in fields:
        fields["line"] = _find_line(fields.pop("line_id"))
    if "client_id" in fields:
        fields["client"] = find_active_client(fields.pop("client_id"))
    if not isinstance(record, UnitCount):
        client = fields.get("client") or record.client
        if "deal_id" in fields:
            fields["deal"] = find_deal(fields.pop("deal_id"), client)
        elif record.deal is not None and record.deal.client_id != client.pk:
            fields["deal"] = None  # it is a deal of the client before
    return fields


def _find(kind: type[Entered], number: int) -> Entered:
    found: Entered | None = kind._default_manager.filter(pk=number).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no entry with this number.")
    return found


def _find_line(line_id: int) -> AgreementLine:
    line = AgreementLine.objects.filter(pk=line_id, kind=AgreementLine.Kind.UNITS).first()
    if line is None:
        raise ApiProblem(Problem.NOT_FOUND, "The firm has no line of this number that counts units.")
    return line


def _question(asked: Asked) -> Question:
    return Question(
        show=asked.show, client_id=asked.client_id, first_day=asked.first_day, last_day=asked.last_day
    )


def _tell_time(one: TimeEntry) -> TimeOut:
    return TimeOut(
        id=one.pk,
        client_id=one.client_id,
        deal_id=one.deal_id,
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
        deal_id=one.deal_id,
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
