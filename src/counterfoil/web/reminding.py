"""What every page of reminders says on top."""

from counterfoil.features.reminding import showing
from counterfoil.mirror.models import Organisation
from counterfoil.web.guards import get_current
from counterfoil.web.requests import FirmRequest


def describe_top(organisation: Organisation) -> dict[str, object]:
    """Return the organisation, whether everything is paused or only shown, and how many replies wait."""
    return {
        "organisation": organisation,
        "is_all_paused": showing.is_all_paused(organisation),
        "is_only_shown": showing.is_only_shown(organisation),
        "unread": showing.count_unread(organisation),
    }


def get_organisation(request: FirmRequest) -> Organisation:
    """Return the organisation that the address names."""
    organisation = get_current(request)
    assert organisation is not None
    return organisation
