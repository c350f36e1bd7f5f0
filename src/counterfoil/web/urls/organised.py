"""How a page of one organisation is addressed."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path


def of_organisation(route: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """Give a page an address for each organisation, and a bare one for the organisation last seen."""
    return [path(route, view, name=name), path(f"o/<int:organisation_id>/{route}", view, name=name)]
