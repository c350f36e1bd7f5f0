"""What can be done with hours, units and expenses: write them down, change them until they are billed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction

from counterfoil.features.billing.models import Expense, TimeEntry, UnitCount
from counterfoil.features.billing.refusing import NotPossible
from counterfoil.features.billing.wording import say_day
from counterfoil.features.workspaces.audit import name_person
from counterfoil.features.workspaces.models import User

Entered = TypeVar("Entered", TimeEntry, UnitCount, Expense)


@dataclass(frozen=True)
class CellChange:
    """One day of a row of the week: `like` is an entry of the row, `entry_id` the one that stands there."""

    day: date
    hours: Decimal | None
    entry_id: int | None = None
    like_id: int | None = None


class EntryBilled(NotPossible):
    """What was billed stays as its invoice says."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"The entry of {say_day(day)} was billed and stays. Discard its invoice in the run first, if it"
            " has not left."
        )


def enter(record: Entered, *, fields: Mapping[str, Any], by: User, now: datetime) -> Entered:
    """Write down hours, units or an expense. Raises ValidationError."""
    record.created_by, record.created_at = name_person(by), now
    return _save(record, fields)


@transaction.atomic
def change(record: Entered, *, fields: Mapping[str, Any]) -> Entered:
    """Change what was written down. Raises EntryBilled and ValidationError."""
    return _save(_lock(record), fields)


@transaction.atomic
def remove(record: Entered) -> None:
    """Take away what was written down. Raises EntryBilled."""
    _lock(record).delete()


@transaction.atomic
def save_week(
    changes: Sequence[CellChange],
    *,
    rows: Sequence[Mapping[str, Any]] = (),
    workspace_id: int,
    by: User,
    now: datetime,
) -> int:
    """
    Keep what was typed into the cells of a week and the entries of new rows; return how many changed.

    An emptied cell takes its entry away. Raises EntryBilled and ValidationError; then nothing is kept.
    """
    wanted = {one.entry_id or one.like_id or 0 for one in changes}
    here = {one.pk: one for one in TimeEntry.objects.select_for_update(of=("self",)).filter(pk__in=wanted)}
    count = len(rows)
    for fields in rows:
        enter(TimeEntry(workspace_id=workspace_id), fields=fields, by=by, now=now)
    for one in changes:
        entry = here.get(one.entry_id or one.like_id or 0)
        if entry is None:
            continue
        if one.entry_id is None and one.hours is not None:
            names = ("client", "deal", "who", "role", "note", "is_billable")
            same = {name: getattr(entry, name) for name in names}
            fresh = TimeEntry(workspace_id=entry.workspace_id)
            enter(fresh, fields=same | {"day": one.day, "hours": one.hours}, by=by, now=now)
            count += 1
        elif one.entry_id is not None and one.hours is None:
            remove(entry)
            count += 1
        elif one.entry_id is not None and one.hours != entry.hours:
            change(entry, fields={"hours": one.hours})
            count += 1
    return count


def _lock(record: Entered) -> Entered:
    current = type(record)._default_manager.select_for_update(of=("self",)).get(pk=record.pk)
    if current.billed_by_id is not None:
        raise EntryBilled(current.day)
    return current


def _save(record: Entered, fields: Mapping[str, Any]) -> Entered:
    for name, value in fields.items():
        setattr(record, name, value)
    record.full_clean(exclude=["created_by", "created_at", "billed_by"])
    record.save()
    return record
