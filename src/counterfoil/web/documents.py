"""What a page with a record's documents shows: the views with counts, one page of rows, the totals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import QueryDict

from counterfoil.domain.ageing import Age, find_due_days
from counterfoil.domain.datekit import Period
from counterfoil.features.invoices.credits import list_credits
from counterfoil.features.invoices.documents import (
    Question,
    Source,
    View,
    count_views,
    list_documents,
    sum_documents,
)
from counterfoil.features.invoices.listed import BILLS, SALES, Listed
from counterfoil.features.invoices.settlements import Instalments, list_instalments
from counterfoil.mirror.models import OrganisationProfile
from counterfoil.sync.app import get_addresses
from counterfoil.web.columns import describe_heads, name_shown, pick_record_columns
from counterfoil.web.paging import (
    read_day,
    read_document_place,
    read_order,
    read_search,
    write_document_place,
    write_order,
)
from counterfoil.web.requests import FirmRequest

VIEW_WORDS = {
    View.OPEN: "Open",
    View.UNPAID: "Unpaid",
    View.OVERDUE: "Overdue",
    View.PAID: "Paid",
    View.PINNED: "Pinned",
    View.ALL: "All",
}
# The order in words, for screens on which a list has no heads to press.
SORTS = [
    ("-date", "Newest first"),
    ("date", "Oldest first"),
    ("due", "Due soonest first"),
    ("-due", "Due latest first"),
    ("-balance", "Largest balance first"),
    ("-total", "Largest total first"),
    ("number", "By number"),
]
_KINDS = {"sales": SALES, "bills": BILLS}


@dataclass(frozen=True)
class Row:
    """One document as the list shows it."""

    listed: Listed
    link: str
    is_pinned: bool
    instalments: Instalments | None


def describe_documents(request: FirmRequest, sources: Sequence[Source]) -> dict[str, Any]:
    """Return what `components/documents.html` needs; the same few queries however many rows there are."""
    question, kind = read_question(request.GET)
    page = list_documents(sources, question)
    counts = count_views(sources, question)
    columns = pick_record_columns(several=len(sources) > 1)
    return {
        "question": question,
        "kind": kind,
        "documents": describe_rows(page.rows, sources),
        "next_page": write_document_place(page.next_place),
        "heads": describe_heads(columns, request.GET, question.order),
        "shown": name_shown(columns),
        "sort": write_order(question.order),
        "sorts": SORTS,
        "views": [(view, VIEW_WORDS[view], counts[view]) for view in View],
        "balances": sum_documents(sources, kind=question.kind),
        "credits": list_credits(sources, kind=question.kind),
        "sources": sources,
        "presets": list_presets(sources[0].today) if sources else [],
        "due_presets": list_due_presets(sources[0].today) if sources else [],
    }


def list_presets(today: date) -> list[tuple[str, date, date]]:
    """Return the spans of days that are asked for most: what each is called, its first and its last day."""
    month = Period.month(today.year, today.month)
    before = month.start - timedelta(days=1)
    last_month = Period.month(before.year, before.month)
    quarter = date(today.year, today.month - (today.month - 1) % 3, 1)
    year = date(today.year, 1, 1)
    return [
        ("This month", month.start, month.last_day),
        ("Last month", last_month.start, last_month.last_day),
        ("This quarter", quarter, today),
        ("This year", year, today),
        ("Last year", date(today.year - 1, 1, 1), year - timedelta(days=1)),
    ]


def list_due_presets(today: date) -> list[tuple[str, date | None, date | None]]:
    """Return the spans of due dates that are asked for most, ages among them; None is no bound."""
    sunday = today + timedelta(days=6 - today.weekday())
    ages = [(f"{age.value} overdue", *find_due_days(age, today)) for age in Age if age is not Age.CURRENT]
    return [
        ("This week", today - timedelta(days=today.weekday()), sunday),
        ("In the next 30 days", today, today + timedelta(days=30)),
        *ages,
    ]


def describe_rows(
    rows: Sequence[Listed], sources: Sequence[Source], *, with_instalments: bool = True
) -> list[Row]:
    """Return the rows with their address in Xero, their pin, and by what they were covered until now."""
    short_codes = dict(
        OrganisationProfile.objects.filter(
            organisation__in=[source.organisation for source in sources]
        ).values_list("organisation_id", "short_code")
    )
    pinned = {(source.organisation.pk, each) for source in sources for each in source.pinned_ids}
    instalments = list_instalments([row.invoice for row in rows]) if with_instalments else {}
    keys = [(row.invoice.organisation_id, row.invoice.xero_id) for row in rows]
    return [
        Row(
            listed=row,
            link=build_link(row, short_codes.get(row.invoice.organisation_id, "")),
            is_pinned=key in pinned,
            instalments=instalments.get(key),
        )
        for row, key in zip(rows, keys, strict=True)
    ]


def build_link(row: Listed, short_code: str) -> str:
    """Return the document's own page in Xero (F28)."""
    addresses = get_addresses()
    build = addresses.bill_page if row.invoice.kind == BILLS else addresses.sales_invoice_page
    return build(short_code, row.invoice.xero_id)


def read_question(query: QueryDict) -> tuple[Question, str]:
    """Return what is asked for, Open unless something else is (F14); "linked" is Pinned by another name."""
    asked = {"linked": "pinned"}.get(query.get("view", ""), query.get("view", ""))
    kind = query.get("kind", "sales")
    order = read_order(query)
    question = Question(
        view=View(asked) if asked in list(View) else View.OPEN,
        kind=_KINDS.get(kind, SALES),
        search=read_search(query),
        dated_from=read_day(query, "from"),
        dated_to=read_day(query, "to"),
        due_from=read_day(query, "due_from"),
        due_to=read_day(query, "due_to"),
        currency=query.get("currency", "")[:3],
        order=order,
        after=read_document_place(query, order),
    )
    return question, kind if kind in _KINDS else "sales"
