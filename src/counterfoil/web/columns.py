"""The columns of the lists of documents: what each shows, how it is sorted, and how it is exported."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from counterfoil.features.invoices.listed import Listed
from counterfoil.features.invoices.ordering import Order, Sort
from counterfoil.web.paging import write_order

_PLACE = ("after", "after_by", "after_number")


@dataclass(frozen=True)
class Column:
    """One column: what it says of a document, in a file as on the page."""

    key: str
    title: str
    read: Callable[[Listed], Any]
    sort: Sort | None = None
    is_figure: bool = False
    is_shown_first: bool = True


NUMBER = Column("number", "Number", lambda row: row.invoice.number, Sort.NUMBER)
COLUMNS = (
    Column("contact", "Contact", lambda row: row.invoice.contact_name),
    Column("reference", "Reference", lambda row: row.invoice.reference, is_shown_first=False),
    Column("date", "Date", lambda row: row.invoice.date, Sort.DATE),
    Column("due", "Due", lambda row: row.invoice.due_date, Sort.DUE),
    Column("paid_on", "Paid on", lambda row: row.invoice.fully_paid_on, is_shown_first=False),
    Column("paid", "Paid", lambda row: row.invoice.amount_paid, is_figure=True, is_shown_first=False),
    Column(
        "credited", "Credited", lambda row: row.invoice.amount_credited, is_figure=True, is_shown_first=False
    ),
    Column("balance", "Balance", lambda row: row.invoice.amount_due, Sort.BALANCE, is_figure=True),
    Column("total", "Total", lambda row: row.invoice.total, Sort.TOTAL, is_figure=True),
    Column("status", "Status", lambda row: row.word),
)
_TYPE = Column("type", "Type", lambda row: "Bill" if row.invoice.kind == "ACCPAY" else "Sales invoice")
_ORGANISATION = Column("organisation", "Organisation", lambda row: row.invoice.organisation.name)
_BY_KEY: Mapping[str, Column] = {column.key: column for column in (*COLUMNS, _TYPE, _ORGANISATION)}


@dataclass(frozen=True)
class Head:
    """The head of a column, with the address that sorts by it; `direction` says how it is sorted now."""

    column: Column
    address: str
    direction: str


def pick_columns(chosen: Sequence[str] | None) -> list[Column]:
    """Return the columns that somebody chose, in the order of the list; else those shown at first."""
    if chosen is None:
        return [column for column in COLUMNS if column.is_shown_first]
    return [column for column in COLUMNS if column.key in chosen]


def pick_record_columns(*, several: bool) -> list[Column]:
    """Return the columns of one record's documents (F29, F30)."""
    keys = ["date", "type", *(["organisation"] if several else []), "due", "balance", "total", "status"]
    return [_BY_KEY[key] for key in keys]


def name_shown(columns: Sequence[Column]) -> dict[str, bool]:
    """Return of every column whether it is shown; a template pays dearly for asking after a missing name."""
    return {column.key: column in columns for column in _BY_KEY.values()}


def describe_heads(columns: Sequence[Column], query: QueryDict, order: Order) -> list[Head]:
    """Return the heads; the address of the one that is sorted by turns it round."""
    return [_describe_head(column, query, order) for column in (NUMBER, *columns)]


def _describe_head(column: Column, query: QueryDict, order: Order) -> Head:
    if column.sort is None:
        return Head(column, "", "")
    is_now = column.sort is order.sort
    # Dates and amounts begin with the newest and the largest, which is what people look for.
    turned = Order(column.sort, is_ascending=not order.is_ascending if is_now else column.sort is Sort.NUMBER)
    asked = query.copy()
    for name in _PLACE:
        asked.pop(name, None)
    asked["sort"] = write_order(turned)
    direction = ("ascending" if order.is_ascending else "descending") if is_now else ""
    return Head(column, f"?{asked.urlencode()}", direction)
