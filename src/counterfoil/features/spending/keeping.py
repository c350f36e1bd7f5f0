"""
Reads lines to decide about them, and keeps what came of it: plain rows, for there are hundreds of thousands.

Making a model of each line and each part takes longer than to ask two hundred rules of them.
"""

import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from counterfoil.features.spending.models import Line, Part
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.storing import overwrite_values, store_values


@dataclass(slots=True)
class Known:
    """A stored line, as far as who decides about it asks; `version` tells whether it was written since."""

    pk: int
    document_id: str
    line_key: str
    day: date
    number: str
    reference: str
    contact_id: str
    bank_account_id: str
    account_code: str
    description: str
    tracking: list[str]
    net: Decimal
    amount: Decimal | None
    settled: Decimal | None
    digest: bytes
    side: str
    standing: str
    why: str
    rule_id: int | None
    verdict_id: int | None
    has_changed: bool
    is_skipped: bool
    is_stale: bool
    version: int


Costed: TypeAlias = Line | Known
"""A line that is decided about: not stored yet, or read as a plain row."""


class Portion(NamedTuple):
    """Whose part of a line it is, and what it comes to."""

    client_id: int | None
    deal_id: int | None
    side: str
    standing: str
    day: date
    net: Decimal
    amount: Decimal
    settled: Decimal


@contextmanager
def making_many_rows() -> Iterator[None]:
    """
    Have Python look for no cycles while so many rows are made that it would look all the time.

    Plain rows have none: they are gone when the last one who holds them lets go.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def read_known(lines: "QuerySet[Line]") -> list[Known]:
    """Return these lines as plain rows, each with the version that is stored."""
    wanted = lines.annotate(version=RawSQL("spending_line.xmin::text::bigint", []))
    return [Known(*row) for row in wanted.values_list(*(one.name for one in fields(Known)))]


def read_portions(lines: Sequence[Known]) -> Mapping[int, list[Portion]]:
    """Return the parts that these lines have, in the order in which they were made."""
    held: dict[int, list[Portion]] = defaultdict(list)
    parts = Part.objects.filter(line__any_of=[line.pk for line in lines]).order_by("pk")
    for line_id, *values in parts.values_list("line_id", *Portion._fields):
        held[line_id].append(Portion(*values))
    return held


def store_portions(organisation: Organisation, made: Mapping[int, Sequence[Portion]]) -> None:
    """Store the parts of lines, given by the line's key."""
    owner = (organisation.pk, organisation.workspace_id)
    rows = [(*owner, line_id, *portion) for line_id, portions in made.items() for portion in portions]
    store_values(Part, ("organisation_id", "workspace_id", "line_id", *Portion._fields), rows)


def replace_portions(organisation: Organisation, made: Mapping[int, Sequence[Portion]]) -> None:
    """
    Make the parts of lines these, given by the line's key.

    What a line has is written over: of a new part the database would look up all that it refers to.
    """
    there: dict[int, list[int]] = defaultdict(list)
    parts = Part.objects.filter(line__any_of=list(made)).order_by("pk")
    for line_id, part_id in parts.values_list("line_id", "pk"):
        there[line_id].append(part_id)
    written = [
        (part_id, *portion)
        for line_id, portions in made.items()
        for part_id, portion in zip(there[line_id], portions, strict=False)
    ]
    left = [part_id for line_id, portions in made.items() for part_id in there[line_id][len(portions) :]]
    overwrite_values(Part, Portion._fields, written)
    Part.objects.filter(pk__any_of=left).delete()
    store_portions(organisation, {line_id: made[line_id][len(there[line_id]) :] for line_id in made})


_OUTCOME = {
    "standing": "text",
    "why": "text",
    "rule_id": "bigint",
    "verdict_id": "bigint",
    "has_changed": "boolean",
    "is_skipped": "boolean",
}


def write_outcomes(lines: Sequence[Known]) -> None:
    """
    Write what came of many lines at once: a case for each of them would take the database minutes.

    A line that was written since it was read is left out; whoever wrote it has marked it.
    """
    if not lines:
        return
    assigned = ", ".join(f"{name} = given.{name}" for name in _OUTCOME)
    columns = ", ".join(f"unnest(%s::{kind}[]) as {name}" for name, kind in _OUTCOME.items())
    values = [[getattr(line, name) for line in lines] for name in _OUTCOME]
    keys = [line.pk for line in lines]
    with connection.cursor() as cursor:
        cursor.execute(
            f"update spending_line set {assigned}, is_stale = false"  # noqa: S608  # our own names
            f" from (select unnest(%s::bigint[]) as id, unnest(%s::bigint[]) as version, {columns}) given"
            " where spending_line.id = given.id and spending_line.xmin::text::bigint = given.version"
            # They were read in this order: without it the database looks through all lines for them.
            " and spending_line.id between %s and %s",
            [keys, [line.version for line in lines], *values, min(keys), max(keys)],
        )
