"""Every write of a run happens while its organisation is connected, and not a moment longer."""

from collections.abc import Iterator
from contextlib import contextmanager

from counterfoil.mirror.models import Connection
from counterfoil.mirror.scope import in_workspace


class ConnectionRemoved(Exception):
    """The organisation was removed while it was being synced; nothing more may be written for it."""

    def __init__(self) -> None:
        super().__init__("The connection of this organisation was removed, so its sync ended.")


@contextmanager
def while_connected(workspace_id: int, organisation_id: int, *, must_last: bool = True) -> Iterator[None]:
    """
    Open a transaction that holds the connection in place until it ends. Raises ConnectionRemoved.

    Who removes the connection deletes its row first, and so waits for this transaction, or makes
    this one find nothing: no record can arrive after a removal.
    """
    with in_workspace(workspace_id, must_last=must_last):
        held = Connection.objects.filter(organisation_id=organisation_id).select_for_update(no_key=True)
        if held.values_list("pk").first() is None:
            raise ConnectionRemoved
        yield
