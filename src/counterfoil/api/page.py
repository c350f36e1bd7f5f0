"""The page that describes the API: drawn from its OpenAPI document, with nothing from elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from counterfoil.api.problems import Problem
from counterfoil.api.service import api

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Endpoint:
    """One thing that can be asked or done."""

    method: str
    path: str
    scope: str
    is_of_firm: bool
    asks_xero: bool
    summary: str
    parameters: list[Mapping[str, Any]]

    @property
    def parts(self) -> list[str]:
        """The path, cut where a narrow page may break it."""
        return self.path.strip("/").split("/")


@require_GET
def show_reference(request: HttpRequest) -> HttpResponse:
    """Show every endpoint by kind of thing, and every problem."""
    told = {
        "groups": _list_groups(),
        "problems": list(Problem),
        "first_address": request.build_absolute_uri("/api/v1/organisations"),
    }
    return render(request, "api/reference.html", told)


@cache
def _list_groups() -> dict[str, list[Endpoint]]:
    groups: dict[str, list[Endpoint]] = {}
    for tag, endpoint in _list_endpoints(api.get_openapi_schema()):
        groups.setdefault(tag, []).append(endpoint)
    return groups


def _list_endpoints(document: Mapping[str, Any]) -> Iterator[tuple[str, Endpoint]]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                told = methods[method]
                yield (
                    told["tags"][0],
                    Endpoint(
                        method=method.upper(),
                        path=path,
                        scope=told["x-scope"],
                        is_of_firm=told["x-of-firm"],
                        asks_xero=told.get("x-asks-xero", False),
                        summary=told.get("description", told["summary"]),
                        parameters=[one for one in told["parameters"] if one["in"] == "query"],
                    ),
                )
