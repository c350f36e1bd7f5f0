"""
Finds invoices, bills and credit notes by number, reference or amount, through the indexes over their keys.

Each way of finding reads so many rows and no more: "INV" begins every number, and whoever types it is
about to type on.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Q, QuerySet
from psycopg import sql

from counterfoil.domain.searching import find_tail, make_key, read_amount
from counterfoil.mirror.models import CreditNote, Invoice, Organisation

Document = TypeVar("Document", Invoice, CreditNote)

# Equal amounts may be many, of which the newest are wanted; more than these are not looked at.
_EQUALS = 500
_LAST = "\U0010ffff"

_VISIBLE = "gone_at is null and status <> 'DELETED' and organisation_id = every.id"

# Each gives the place of what it finds: the whole number before a beginning, a number before an amount.
_BY_KEY = {
    "number_key": 0,
    "number_tail": 1,
    "reference_key": 3,
    "reference_tail": 4,
}


@dataclass(frozen=True)
class Found:
    """One document and how well it fits; less is better."""

    organisation_id: int
    xero_id: str
    place: int


def find_documents(
    organisations: Sequence[Organisation], search: str, *, contacts: Collection[str], limit: int
) -> Mapping[str, list[Found]]:
    """
    Return by table what was typed, the best first, then the newest of these contacts; one query.

    Digits alone find the number that ends in them: 1042 finds INV-001042.
    """
    ways, values = _list_ways(search, contacts, limit)
    found: dict[str, list[Found]] = {"mirror_invoice": [], "mirror_creditnote": []}
    if not ways or not organisations:
        return found
    tables = [
        sql.SQL(
            "select {name} as source, every.id, found.xero_id, min(found.place) as place, max(found.day)"
            " from unnest(%(organisations)s::bigint[]) as every(id) cross join lateral ({ways}) found"
            " group by 2, 3"
        ).format(
            name=sql.Literal(table),
            ways=sql.SQL(" union all ").join(
                sql.SQL(way).format(table=sql.Identifier(table)) for way in ways
            ),
        )
        for table in found
    ]
    values["organisations"] = [organisation.pk for organisation in organisations]
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(" union all ").join(tables) + sql.SQL(" order by 4, 5 desc nulls last, 3"), values
        )
        for table, organisation_id, xero_id, place, _ in cursor.fetchall():
            found[table].append(Found(organisation_id, xero_id, place))
    return found


def _list_ways(search: str, contacts: Collection[str], limit: int) -> tuple[list[str], dict[str, Any]]:
    """Return the queries by which this text may be found, and their values."""
    key, tail, amount = make_key(search), find_tail(search), read_amount(search)
    ways: list[str] = []
    values: dict[str, Any] = {"key": key, "tail": tail, "limit": limit, "equals": _EQUALS}
    if len(key) > 1 or tail:
        ways += [_begin("number_key", "key"), _begin("reference_key", "key")]
        values["key_end"] = key + _LAST
    if tail and key.isdecimal():
        ways += [_begin("number_tail", "tail"), _begin("reference_tail", "tail")]
        values["tail_end"] = tail + _LAST
    elif tail:
        ways += [_end("number"), _end("reference")]
    if amount is not None:
        values["amount"] = int(amount * 10_000)
        ways.append(
            "(select xero_id, 2 as place, day from (select xero_id, date as day from {table}"  # noqa: S608 - our words
            f" where total_key = %(amount)s and {_VISIBLE} limit %(equals)s) equal"
            " order by day desc nulls last limit %(limit)s)"
        )
    if contacts:
        values["contacts"] = list(contacts)
        ways.append(
            "(select xero_id, 9 as place, date as day from {table}"  # noqa: S608 - our words
            f" where contact_id = any(%(contacts)s) and {_VISIBLE}"
            " order by date desc nulls last limit %(limit)s)"
        )
    return ways, values


def _begin(column: str, value: str) -> str:
    """Find what begins with the text. The order is the index's, so that reading ends with the limit."""
    return (
        f"(select xero_id, {_BY_KEY[column]} + ({column} <> %({value})s)::int * 5 as place, date as day"  # noqa: S608 - our words
        f" from {{table}} where {column} >= %({value})s and {column} < %({value}_end)s and {_VISIBLE}"
        f" order by {column} limit %(limit)s)"
    )


def _end(field: str) -> str:
    """Find what ends as the text does, and holds all of it: 2026-0017 finds INV-2026-0017."""
    return (
        f"(select xero_id, {_BY_KEY[f'{field}_tail']} as place, date as day from {{table}}"  # noqa: S608 - our words
        f" where {field}_tail = %(tail)s and strpos({field}_key, %(key)s) > 0 and {_VISIBLE}"
        " limit %(limit)s)"
    )


def read_invoices(found: Sequence[Found]) -> list[Invoice]:
    """Return these invoices in the order in which they were found; one query."""
    return _put_in_order(Invoice.objects.filter(_is_one_of(found)), found)


def read_credit_notes(found: Sequence[Found]) -> list[CreditNote]:
    """Return these credit notes in the order in which they were found; one query."""
    return _put_in_order(CreditNote.objects.filter(_is_one_of(found)), found)


def _is_one_of(found: Sequence[Found]) -> Q:
    return Q(
        organisation__in={each.organisation_id for each in found},
        xero_id__in=[each.xero_id for each in found],
    )


def _put_in_order(rows: "QuerySet[Document]", found: Sequence[Found]) -> list[Document]:
    held = {(row.organisation_id, row.xero_id): row for row in rows.defer("raw", "digest")}
    return [row for each in found if (row := held.get((each.organisation_id, each.xero_id)))]
