"""What a person can do with their own views and columns."""

from collections.abc import Sequence
from datetime import datetime

from counterfoil.features.lists.models import ChosenColumns, SavedView
from counterfoil.features.workspaces.models import User


class NameTaken(Exception):
    """The person has another view with this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"You have a view called “{name}” already. Choose another name.")


class NameMissing(Exception):
    """A view needs a name."""

    def __init__(self) -> None:
        super().__init__("Give the view a name of up to 60 letters.")


def save_view(*, workspace_id: int, by: User, page: str, name: str, query: str, now: datetime) -> SavedView:
    """
    Keep what is filtered and sorted under a name; a view with that name is given the new address.

    Raises NameMissing.
    """
    view, _ = SavedView.objects.update_or_create(
        workspace_id=workspace_id,
        person=by,
        page=page,
        name=_read_name(name),
        defaults={"query": query},
        create_defaults={"query": query, "created_at": now},
    )
    return view


def rename_view(view: SavedView, *, name: str) -> None:
    """Call a view by another name. Raises NameMissing and NameTaken."""
    view.name = _read_name(name)
    others = SavedView.objects.filter(workspace_id=view.workspace_id, person=view.person_id, page=view.page)
    if others.filter(name=view.name).exclude(pk=view.pk).exists():
        raise NameTaken(view.name)
    view.save(update_fields=["name"])


def delete_view(view: SavedView) -> None:
    """Forget a view."""
    view.delete()


def choose_columns(*, workspace_id: int, by: User, page: str, columns: Sequence[str]) -> None:
    """Keep which columns the person wants to see; none at all means those that everybody sees at first."""
    kept = ChosenColumns.objects.filter(workspace_id=workspace_id, person=by, page=page)
    if not columns:
        kept.delete()
        return
    ChosenColumns.objects.update_or_create(
        workspace_id=workspace_id, person=by, page=page, defaults={"columns": list(columns)}
    )


def _read_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 60:
        raise NameMissing
    return name
