"""Every component with its states, on one page, for whoever builds the next one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from counterfoil.domain.statuses import DisplayStatus


@require_GET
def show_styleguide(request: HttpRequest) -> HttpResponse:
    """Show the components; nothing here comes from the database."""
    return render(request, "styleguide/styleguide.html", {"statuses": list(DisplayStatus)})
