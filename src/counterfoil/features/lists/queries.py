"""What a person has kept of the lists."""

from counterfoil.features.lists.models import ChosenColumns, SavedView
from counterfoil.features.workspaces.models import User


def list_views(by: User, page: str) -> list[SavedView]:
    """Return the person's views of a list in the firm they work in now, by name; one query."""
    return list(SavedView.objects.filter(person=by, page=page).order_by("name", "pk"))


def find_columns(by: User, page: str) -> list[str] | None:
    """Return the columns that the person chose, or None when they never chose any; one query."""
    chosen = ChosenColumns.objects.filter(person=by, page=page).first()
    return chosen.columns if chosen else None
