"""What changed in a record, field by field, and the append-only log of it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from django.db import connection
from psycopg.types.json import Jsonb

from counterfoil.mirror.models import Change

if TYPE_CHECKING:
    from counterfoil.mirror.upsert import Arrival

_read = msgspec.json.Decoder(float_hook=Decimal).decode
_write = msgspec.json.Encoder(decimal_format="number").encode

# They move with every change and say nothing by themselves.
_STAMPS = {"UpdatedDateUTC", "UpdatedDateUTCString"}


class Difference(NamedTuple):
    """One record's change: Xero's members before and after, only those that differ."""

    kind: Change.Kind
    xero_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def find_difference(old: str, new: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the members that differ, as they were and as they are; amounts stay exact."""
    before, after = _read(old), _read(new)
    names = [name for name in before | after if name not in _STAMPS and before.get(name) != after.get(name)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )


def log_changes(differences: Iterable[Difference], arrival: "Arrival") -> None:
    """Append the changes. One that only moved the record's stamp is not worth a line."""
    rows = [
        (
            arrival.workspace_id, arrival.organisation_id, arrival.stream, difference.xero_id,
            difference.kind, arrival.at, arrival.run_id, arrival.why,
            Jsonb(difference.before, dumps=_write), Jsonb(difference.after, dumps=_write),
        )
        for difference in differences
        if difference.before or difference.after or difference.kind != Change.Kind.CHANGED
    ]  # fmt: skip
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into mirror_change (workspace_id, organisation_id, stream, xero_id, kind, at, run_id,"
            " why, before, after) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            rows,  # type: ignore[arg-type]  # the stubs do not know the driver's Jsonb
        )
