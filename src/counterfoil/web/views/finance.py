"""The plain lists of the books: payments, credit notes, bank transactions, accounts, contact groups."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import FileResponse, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from counterfoil.domain.datekit import today_in
from counterfoil.domain.money import Money
from counterfoil.features.finance.ledgers import LEDGERS, Ledger, Shape
from counterfoil.features.finance.queries import (
    Asked,
    Entry,
    Place,
    iterate_entries,
    list_entries,
    sum_entries,
)
from counterfoil.features.invoices.documents import has_invoices
from counterfoil.web.documents import list_presets
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.paging import read_day, read_search
from counterfoil.web.requests import FirmRequest
from counterfoil.web.xero_pages import find_page


@require_GET
@for_firm
def show_ledger(request: FirmRequest, page: str, organisation_id: int | None = None) -> HttpResponse:
    """Show one page of a list."""
    organisation, ledger = get_current(request), LEDGERS[page]
    if organisation is None or request.standing is None:
        return render(request, "finance/not_connected.html", {"ledger": ledger})
    asked = _read_asked(request.GET, ledger)
    found = list_entries(organisation, ledger, asked)
    short_code = request.standing.short_code
    export = request.GET.copy()
    return render(
        request,
        "finance/ledger.html",
        {
            "organisation": organisation,
            "ledger": ledger,
            "asked": asked,
            "page": found,
            "totals": sum_entries(organisation, ledger, asked),
            "rows": [_describe(entry, ledger, short_code) for entry in found.entries],
            "presets": list_presets(today_in(request.standing.zone, timezone.now())),
            "export_page": f"{reverse('export_ledger', args=[organisation.pk, page])}?{export.urlencode()}",
            "has_any": found.count > 0 or has_invoices(organisation),
        },
    )


@require_GET
@for_firm
def export_ledger(request: FirmRequest, organisation_id: int, page: str) -> HttpResponseBase:
    """Send every row of the list as it is filtered, as CSV or as an Excel workbook."""
    organisation, ledger = get_current(request), LEDGERS.get(page)
    assert organisation is not None
    if ledger is None:
        return render(request, "errors/404.html", status=404)
    form = read_form(request.GET)
    titles = [title for column in ledger.columns for title in _titles(column.title, column.shape)]
    entries = iterate_entries(organisation, ledger, _read_asked(request.GET, ledger))
    name = f"{slugify(organisation.name) or 'organisation'}-{page.replace('_', '-')}.{form}"
    return FileResponse(
        write_file(titles, _flatten(entries, ledger), form=form), as_attachment=True, filename=name
    )


def _titles(title: str, shape: Shape) -> list[str]:
    return [title, f"{title}, currency"] if shape is Shape.MONEY else [title]


def _flatten(entries: Iterator[Entry], ledger: Ledger) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a file, in which an amount and its currency are two cells."""
    for entry in entries:
        cells: list[Any] = []
        for column, value in zip(ledger.columns, entry.values, strict=True):
            if isinstance(value, Money):
                cells += [value.amount, value.currency]
            elif column.shape is Shape.MONEY:
                cells += [value, ""]
            else:
                cells.append(value)
        yield tuple(cells)


def _describe(entry: Entry, ledger: Ledger, short_code: str) -> dict[str, Any]:
    record: Any = entry.record
    is_group = ledger.page == "contact_groups"
    return {
        "page": reverse("contact_group", args=[record.organisation_id, record.xero_id]) if is_group else "",
        "xero_id": record.xero_id,
        "title": entry.values[0],
        "cells": list(zip(ledger.columns, entry.values, strict=True))[1:],
        "link": find_page(
            ledger.stream, record.xero_id, kind=getattr(record, "kind", ""), short_code=short_code
        ),
    }


def _read_asked(query: QueryDict, ledger: Ledger) -> Asked:
    kind = query.get("kind", "")
    return Asked(
        search=read_search(query),
        kind=kind if kind in ledger.kind_words else "",
        currency=query.get("currency", "")[:3] if ledger.amount else "",
        valid_only="valid" in query and ledger.is_dated,
        dated_from=read_day(query, "from") if ledger.is_dated else None,
        dated_to=read_day(query, "to") if ledger.is_dated else None,
        after=_read_place(query, ledger),
    )


def _read_place(query: QueryDict, ledger: Ledger) -> Place | None:
    after, given = query.get("after"), query.get("after_by") or ""
    if not after:
        return None
    value: str | date | None = read_day(query, "after_by") if ledger.is_dated else given
    return None if given and value is None else Place(value, after)
