"""The lists of all invoices and of all bills, their export, and pins for several at once."""

from collections.abc import Sequence
from typing import IO, Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from counterfoil.domain.statuses import DisplayStatus
from counterfoil.features.clients import operations
from counterfoil.features.clients.records import find_source
from counterfoil.features.history.past import BooksAreMoving
from counterfoil.features.invoices.documents import (
    DocumentPage,
    Question,
    Source,
    Tally,
    View,
    has_invoices,
    iterate_documents,
    keep_known,
    list_documents,
    look_up,
    tally_documents,
)
from counterfoil.features.invoices.listed import BILLS, SALES
from counterfoil.features.lists.queries import find_columns, list_views, read_view_query
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation
from counterfoil.web.columns import COLUMNS, NUMBER, Column, describe_heads, name_shown, pick_columns
from counterfoil.web.documents import (
    SORTS,
    VIEW_WORDS,
    build_link,
    describe_rows,
    list_due_presets,
    list_presets,
)
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.moments import read_then
from counterfoil.web.paging import (
    find_way_back,
    read_day,
    read_document_place,
    read_order,
    read_search,
    write_document_place,
    write_order,
)
from counterfoil.web.requests import FirmRequest
from counterfoil.web.views.lists import address_of

_KINDS = {"sales": SALES, "bills": BILLS}
_PAGE = {"sales": "invoices", "bills": "bills"}
_NOUN = {"sales": "invoice", "bills": "bill"}
_STATUS_BY_SLUG = {status.slug: status for status in DisplayStatus}


@require_GET
@for_firm
def list_invoices(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List one page of invoices, the newest first; everything asked for is in the address."""
    if request.GET.get("kind") == "bills":
        return redirect(_turn_to_bills(request.GET, organisation_id))
    return _show_list(request, "sales")


@require_GET
@for_firm
def list_bills(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List one page of bills."""
    return _show_list(request, "bills")


@require_GET
@for_firm
def export_invoices(request: FirmRequest, organisation_id: int) -> HttpResponseBase:
    """Send every row of the list as it is filtered, sorted and shown, as CSV or as an Excel workbook."""
    organisation, standing = get_current(request), request.standing
    assert organisation is not None
    assert standing is not None
    kind = _read_kind(request.GET.get("kind", "sales"))
    now = timezone.now()
    then = read_then(request.GET, standing, now=now)
    if then.is_unknown:
        raise Http404("Nobody watched then.")
    source = find_source(organisation, today=then.find_day(standing, now))
    question = read_question(request.GET, kind)
    columns = pick_columns(find_columns(request.user, _PAGE[kind]))
    form = read_form(request.GET)

    def write() -> IO[bytes]:
        return _write_file([source], question, columns, form=form, short_code=standing.short_code)

    try:
        file = then.ask(organisation, write)
    except BooksAreMoving as moving:
        messages.warning(request, str(moving))
        return redirect(find_way_back(request))
    name = (
        f"{slugify(organisation.name) or 'organisation'}-{_PAGE[kind]}-{question.view}-{source.today}.{form}"
    )
    return FileResponse(file, as_attachment=True, filename=name)


@require_POST
@for_people_who_may(Permission.WORK)
def pin_chosen(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Pin the documents that were ticked, or take their pins away."""
    organisation = get_current(request)
    assert organisation is not None
    chosen = keep_known(organisation, request.POST.getlist("document"))
    if not chosen:
        messages.warning(request, "Nothing was ticked. Tick the boxes at the left of the rows first.")
    elif request.POST.get("act") == "unpin":
        count = operations.unpin_documents(organisation, document_ids=chosen)
        messages.success(request, f"{count} unpinned.")
    else:
        count = operations.pin_documents(
            organisation, document_ids=chosen, by=request.user, now=timezone.now()
        )
        messages.success(request, f"{count} pinned, for everybody in the firm.")
    return redirect(find_way_back(request))


def read_question(query: QueryDict, kind: str) -> Question:
    """Return what is asked for: everything, the newest first, unless the address says otherwise."""
    asked = {"linked": "pinned"}.get(query.get("view", ""), query.get("view", ""))
    view = View(asked) if asked in list(View) else View.ALL
    order = read_order(query)
    return Question(
        view=view,
        kind=_KINDS[kind],
        search=read_search(query),
        by_name=True,
        dated_from=read_day(query, "from"),
        dated_to=read_day(query, "to"),
        due_from=read_day(query, "due_from"),
        due_to=read_day(query, "due_to"),
        status=_STATUS_BY_SLUG.get(query.get("status", "")),
        currency=query.get("currency", "")[:3],
        contact_id=query.get("contact", "")[:50],
        order=order,
        after=read_document_place(query, order),
    )


def _turn_to_bills(query: QueryDict, organisation_id: int | None) -> str:
    """Return the address of the same question about bills, which have a page of their own."""
    asked = query.copy()
    asked.pop("kind")
    where = reverse("bills", args=[organisation_id] if organisation_id is not None else None)
    return f"{where}?{asked.urlencode()}" if asked else where


def _show_list(request: FirmRequest, kind: str) -> HttpResponse:
    organisation = get_current(request)
    if organisation is None or request.standing is None:
        return render(request, "invoices/not_connected.html")
    now = timezone.now()
    then = read_then(request.GET, request.standing, now=now)
    question = read_question(request.GET, kind)
    sources = [find_source(organisation, today=then.find_day(request.standing, now))]
    problem, page, tally = "", DocumentPage([], None), Tally(dict.fromkeys(View, 0), [])

    def ask() -> tuple[DocumentPage, Tally]:
        asked = look_up(sources, question)
        return list_documents(sources, asked), tally_documents(sources, asked)

    if not then.is_unknown:
        try:
            page, tally = then.ask(organisation, ask)
        except BooksAreMoving as moving:
            problem = str(moving)
    count = tally.counts[question.view]
    return render(
        request,
        "invoices/invoices.html",
        {
            "organisation": organisation,
            "title": "Bills" if kind == "bills" else "Invoices",
            "noun": _NOUN[kind],
            "kind": kind,
            "question": question,
            "documents": describe_rows(page.rows, sources, with_instalments=not then.is_past),
            "next_page": write_document_place(page.next_place),
            "views": [(view, VIEW_WORDS[view], tally.counts[view]) for view in View],
            "totals": tally.totals,
            "count": count,
            "statuses": list(DisplayStatus),
            "presets": list_presets(sources[0].today),
            "due_presets": list_due_presets(sources[0].today),
            "then": then,
            "problem": problem,
            "contact_name": page.rows[0].invoice.contact_name if question.contact_id and page.rows else "",
            "has_any": count > 0 or has_invoices(organisation, kind=_KINDS[kind]),
            "may_choose": request.membership.may(Permission.WORK),
            **_describe_own(request, organisation, kind, question),
        },
    )


def _describe_own(
    request: FirmRequest, organisation: Organisation, kind: str, question: Question
) -> dict[str, Any]:
    """Return what the person chose for this list: columns, order, and views of their own."""
    page = _PAGE[kind]
    columns = pick_columns(find_columns(request.user, page))
    export = request.GET.copy()
    export["kind"] = kind
    return {
        "list_page": page,
        "heads": describe_heads(columns, request.GET, question.order),
        "shown": name_shown(columns),
        "column_choices": [(column, column in columns) for column in COLUMNS],
        "sort": write_order(question.order),
        "sorts": SORTS,
        "saved_views": [(view, address_of(view)) for view in list_views(request.user, page)],
        "view_query": read_view_query(request.GET),
        "export_page": f"{reverse('export_invoices', args=[organisation.pk])}?{export.urlencode()}",
    }


def _write_file(
    sources: Sequence[Source], question: Question, columns: Sequence[Column], *, form: str, short_code: str
) -> IO[bytes]:
    """Write the rows with the columns shown, the currency of their amounts and their address in Xero."""
    titles = [NUMBER.title, *(column.title for column in columns), "Currency", "In Xero"]
    rows = (
        (
            NUMBER.read(row),
            *(column.read(row) for column in columns),
            row.invoice.currency,
            build_link(row, short_code),
        )
        for row in iterate_documents(sources, question)
    )
    return write_file(titles, rows, form=form)


def _read_kind(kind: str) -> str:
    if kind not in _KINDS:
        raise Http404("There are sales and bills.")
    return kind
