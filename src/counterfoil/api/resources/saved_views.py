"""The views of lists that the token's person keeps: a list as it is filtered and sorted, under a name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.shapes import Page
from counterfoil.features.lists import operations, queries
from counterfoil.features.lists.models import SavedView
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_OWN = needs(Permission.READ, of_firm=True)  # as on pages: they are the person's own, whatever their role


@dataclass(frozen=True)
class Place:
    """The view after which a page begins."""

    pk: int


class ViewOut(Schema):
    """A kept view."""

    id: int
    page: str
    name: str
    query: str
    created_at: datetime


class ViewIn(Schema):
    """A list as it is filtered and sorted; a view of that name is given the new query."""

    page: Literal["invoices", "bills"]
    name: str = Field(min_length=1, max_length=60)
    query: str = Field(default="", max_length=1000, examples=["view=overdue&sort=-due"])


class RenameIn(Schema):
    """What a view is called from now on."""

    name: str = Field(min_length=1, max_length=60)


@router.get("views", response=Page[ViewOut], **_OWN)
def list_views(request: HttpRequest, cursor: str = "") -> dict[str, Any]:
    """List the views that the token's person keeps, the oldest first."""
    after = read_cursor(request, Place, cursor)
    rows, last = queries.list_page(who(request), after=after.pk if after else 0)
    following = Place(last) if last is not None else None
    return {"data": rows, "next_cursor": write_cursor(request, following)}


@router.post("views", response={201: ViewOut}, **_OWN)
def save_view(request: HttpRequest, given: ViewIn) -> Status[SavedView]:
    """Keep a list as it is filtered and sorted."""
    workspace_id: int = request.membership.workspace_id  # type: ignore[attr-defined]  # set by the middleware
    made = operations.save_view(
        workspace_id=workspace_id,
        by=who(request),
        page=given.page,
        name=given.name,
        query=queries.read_view_query(QueryDict(given.query)),
        now=timezone.now(),
    )
    return Status(201, made)


@router.get("views/{int:savedview_id}", response=ViewOut, **_OWN)
def show_view(request: HttpRequest, savedview_id: int) -> SavedView:
    """Show one view of the token's person."""
    return _find(request, savedview_id)


@router.post("views/{int:savedview_id}", response=ViewOut, **_OWN)
def rename_view(request: HttpRequest, savedview_id: int, given: RenameIn) -> SavedView:
    """Call a view by another name."""
    found = _find(request, savedview_id)
    operations.rename_view(found, name=given.name)
    return found


@router.post("views/{int:savedview_id}/remove", response={204: None}, **_OWN)
def remove_view(request: HttpRequest, savedview_id: int) -> Status[None]:
    """Forget a view."""
    operations.delete_view(_find(request, savedview_id))
    return Status(204, None)


def _find(request: HttpRequest, view_id: int) -> SavedView:
    found = SavedView.objects.filter(person=who(request), pk=view_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "The token's person keeps no view with this number.")
    return found
