"""What a person has kept of the lists."""

from collections.abc import Sequence

from django.http import QueryDict

from counterfoil.features.lists.models import ChosenColumns, SavedView
from counterfoil.features.workspaces.models import User

PAGE_SIZE = 50
# What belongs to a view of a list; where somebody had paged to does not.
_KEPT = ("view", "q", "status", "currency", "contact", "from", "to", "due_from", "due_to", "sort")


def read_view_query(query: QueryDict) -> str:
    """Return what of an address makes a view, always in the same order, so that two can be compared."""
    kept = QueryDict(mutable=True)
    for name in _KEPT:
        if query.get(name):
            kept[name] = query.get(name, "")
    return kept.urlencode()


def list_page(by: User, *, after: int = 0) -> tuple[Sequence[SavedView], int | None]:
    """Return a page of the person's views of all lists, the oldest first, and where it ends; one query."""
    rows = list(SavedView.objects.filter(person=by, pk__gt=after).order_by("pk")[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None


def list_views(by: User, page: str) -> list[SavedView]:
    """Return the person's views of a list in the firm they work in now, by name; one query."""
    return list(SavedView.objects.filter(person=by, page=page).order_by("name", "pk"))


def find_columns(by: User, page: str) -> list[str] | None:
    """Return the columns that the person chose, or None when they never chose any; one query."""
    chosen = ChosenColumns.objects.filter(person=by, page=page).first()
    return chosen.columns if chosen else None
