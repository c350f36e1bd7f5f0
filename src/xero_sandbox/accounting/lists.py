"""Lists: which rows a request selects, in which order, on which page, in which form (FACTS 6)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from xero_sandbox.accounting.query import ListQuery
from xero_sandbox.books.catalogue import Resource, envelope_key
from xero_sandbox.books.money import from_cents, to_cents
from xero_sandbox.books.rows import Record, Row, Table, encode
from xero_sandbox.wire.where import OrderKey, parse_order, parse_where

HIGH_VOLUME = 100_000
_MANY = 5_000
_EMPTIED = frozenset({"LineItems", "JournalLines"})


class HighVolume(ValueError):
    """The query would have to look at more than 100,000 records."""


@dataclass(frozen=True)
class Page:
    """The rows of one answer; `item_count` counts the whole selection."""

    rows: Sequence[Row]
    item_count: int
    query: ListQuery


def select_page(table: Table, query: ListQuery, *, inclusive: bool) -> Page:
    """Return the page a request asks for, or everything when it asks for no page."""
    rows = _select(table, query.selection, inclusive=inclusive)
    if query.page is None:
        return Page(rows, len(rows), query)
    start = (query.page - 1) * query.page_size
    return Page(rows[start : start + query.page_size], len(rows), query)


def _select(table: Table, query: ListQuery, *, inclusive: bool) -> list[Row]:
    known = table.cache.get(query)
    if known is not None:
        return known
    version = table.version
    # A copy, for the work may be done in a thread while the books change.
    rows = list(table.in_order)
    if query.since_ms is not None:
        rows = table.since(query.since_ms if inclusive else query.since_ms + 1_000)
    rows = _filter_by_index(table.resource, rows, query)
    rows = _filter_by_content(table.resource, rows, query)
    if query.order:
        rows = _sort(table.resource, rows, query.order)
    table.keep(query, rows, version=version)
    return rows


def is_heavy(table: Table, query: ListQuery) -> bool:
    """Return whether answering means reading very many records, which belongs in a thread."""
    reads = bool(query.where or query.search or query.order or query.page is None)
    return reads and len(table) > _MANY and query.selection not in table.cache


def _filter_by_index(resource: Resource, rows: list[Row], query: ListQuery) -> list[Row]:
    if resource.hidden_status and not query.include_archived:
        rows = [row for row in rows if row.status != resource.hidden_status]
    if resource.name == "ContactGroups":
        rows = [row for row in rows if row.status == "ACTIVE"]
    if query.ids:
        rows = [row for row in rows if row.id in query.ids]
    if query.statuses:
        rows = [row for row in rows if row.status and row.status.lower() in query.statuses]
    if query.contact_ids:
        rows = [row for row in rows if row.contact_id in query.contact_ids]
    if query.numbers:
        rows = [row for row in rows if row.number and row.number.lower() in query.numbers]
    return rows


def _filter_by_content(resource: Resource, rows: list[Row], query: ListQuery) -> list[Row]:
    if not (query.where or query.search or query.links):
        return rows
    if len(rows) > HIGH_VOLUME:
        raise HighVolume(f"This request would process {len(rows)} records.")
    if query.where:
        predicate = parse_where(query.where, type_name=resource.type_name, fields=resource.fields)
        rows = [row for row in rows if predicate(row.read())]
    if query.search:
        rows = [row for row in rows if _has_term(row.read(), resource, query.search.lower())]
    for field, wanted in query.links:
        rows = [row for row in rows if str(row.read().get(field, "")).lower() == wanted]
    return rows


def _has_term(record: Record, resource: Resource, term: str) -> bool:
    return any(term in str(record.get(field, "")).lower() for field in resource.search_fields)


_INDEXED: dict[str, Callable[[Row], tuple[bool, Any]]] = {
    "date": lambda row: (row.date is not None, row.date),
    "duedate": lambda row: (row.due is not None, row.due),
    "updateddateutc": lambda row: (True, row.stamp),
}


def _sort(resource: Resource, rows: list[Row], order: str) -> list[Row]:
    keys = parse_order(order, type_name=resource.type_name, fields=resource.fields)
    rows = sorted(rows, key=lambda row: row.id)
    for key in reversed(keys):
        if key.path.lower() == resource.id_field.lower():
            rows.sort(key=lambda row: row.id, reverse=key.descending)
            continue
        indexed = _INDEXED.get(key.path.lower())
        value_of = indexed or partial(_read_key, key)
        rows.sort(key=value_of, reverse=key.descending)
    return rows


def _read_key(key: OrderKey, row: Row) -> Any:
    return key.get(row.read())


def render_page(page: Page, resource: Resource, envelope: Record) -> bytes:
    """Return the whole JSON answer; detailed rows are joined as they are stored."""
    query = page.query
    if query.page is not None and resource.fixed_page_size is None:
        envelope["pagination"] = {
            "page": query.page,
            "pageSize": query.page_size,
            "pageCount": math.ceil(page.item_count / query.page_size),
            "itemCount": page.item_count,
        }
    drops: frozenset[str] = frozenset()
    if query.summary_only:
        drops = resource.summary_drops
    elif query.page is None and resource.paged:
        drops = resource.unpaged_drops
    if drops:
        bodies = [encode(_thin(row.read(), drops)) for row in page.rows]
    else:
        bodies = [row.body if query.fine or not row.fine else _round_body(row) for row in page.rows]
    return wrap(envelope, envelope_key(resource), bodies)


def wrap(envelope: Record, key: str, bodies: Sequence[bytes]) -> bytes:
    """Return an envelope around ready-made records."""
    head = encode(envelope)
    return b"".join((head[:-1], b',"', key.encode(), b'":[', b",".join(bodies), b"]}"))


def _round_body(row: Row) -> bytes:
    return encode(round_prices(row.read()))


def round_prices(record: Record) -> Record:
    """Show prices with two decimals, as answers do without `unitdp=4`; amounts stay (FACTS 7.2)."""
    for line in record.get("LineItems", ()):
        line["UnitAmount"] = from_cents(to_cents(line.get("UnitAmount", 0)))
    return record


def _thin(record: Record, drops: frozenset[str]) -> Record:
    thin = {field: value for field, value in record.items() if field not in drops}
    for field in drops & _EMPTIED:
        if field in record:
            thin[field] = []
    return thin
