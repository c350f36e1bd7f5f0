"""A person's own views and columns of the lists."""

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.lists import operations
from counterfoil.features.lists.models import SavedView
from counterfoil.features.lists.queries import read_view_query
from counterfoil.web.columns import COLUMNS
from counterfoil.web.guards import for_firm
from counterfoil.web.paging import find_way_back
from counterfoil.web.requests import FirmRequest

# The lists that can be kept, by the names of their pages.
_PAGES = ("invoices", "bills")


def address_of(view: SavedView) -> str:
    """Return the address of a saved view, in the organisation that is in view when it is opened."""
    return f"{reverse(view.page)}?{view.query}"


@require_GET
@for_firm
def show_views(request: FirmRequest) -> HttpResponse:
    """List the person's own views, to rename or delete them."""
    views = SavedView.objects.filter(person=request.user).order_by("page", "name", "pk")
    return render(request, "lists/views.html", {"saved_views": [(view, address_of(view)) for view in views]})


@require_POST
@for_firm
def save_view(request: FirmRequest) -> HttpResponse:
    """Keep a list as it is filtered and sorted, and show it."""
    page = _read_page(request)
    try:
        view = operations.save_view(
            workspace_id=request.membership.workspace_id,
            by=request.user,
            page=page,
            name=request.POST.get("name", ""),
            query=read_view_query(QueryDict(request.POST.get("query", "")[:1000])),
            now=timezone.now(),
        )
    except operations.NameMissing as problem:
        messages.error(request, str(problem))
        return redirect(find_way_back(request))
    messages.success(request, f"Saved as “{view.name}”. It is above the list from now on.")
    return redirect(address_of(view))


@require_POST
@for_firm
def rename_view(request: FirmRequest, view_id: int) -> HttpResponse:
    """Call a view by another name."""
    try:
        operations.rename_view(_get_view(request, view_id), name=request.POST.get("name", ""))
    except (operations.NameMissing, operations.NameTaken) as problem:
        messages.error(request, str(problem))
    return redirect("saved_views")


@require_POST
@for_firm
def delete_view(request: FirmRequest, view_id: int) -> HttpResponse:
    """Forget a view."""
    view = _get_view(request, view_id)
    operations.delete_view(view)
    messages.success(request, f"“{view.name}” is deleted.")
    return redirect("saved_views")


@require_POST
@for_firm
def choose_columns(request: FirmRequest) -> HttpResponse:
    """Keep which columns the person wants to see."""
    chosen = request.POST.getlist("column")
    operations.choose_columns(
        workspace_id=request.membership.workspace_id,
        by=request.user,
        page=_read_page(request),
        columns=[column.key for column in COLUMNS if column.key in chosen],
    )
    return redirect(find_way_back(request))


def _get_view(request: FirmRequest, view_id: int) -> SavedView:
    return get_object_or_404(SavedView, pk=view_id, person=request.user)


def _read_page(request: FirmRequest) -> str:
    page = request.POST.get("list", "")
    if page not in _PAGES:
        raise Http404("No such list.")
    return page
