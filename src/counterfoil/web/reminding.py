"""What every page of reminders says on top, and what its address names."""

from django.shortcuts import get_object_or_404

from counterfoil.features.reminding import showing
from counterfoil.features.reminding.models import Campaign
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


def find_campaign(organisation: Organisation, campaign_id: int) -> Campaign:
    """Return the campaign that the address names."""
    return get_object_or_404(Campaign, organisation=organisation, pk=campaign_id)
