"""
Fills an organisation's review queue by itself, on its own calendar day; nothing is ever sent by itself.

Only agreements that say so take part. The rest waits for somebody to start a run.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta

from django.db import transaction

from counterfoil.domain.datekit import find_zone, today_in
from counterfoil.features.billing.generating import generate, look_ahead
from counterfoil.features.billing.models import BillingChoices, BillingRun
from counterfoil.features.billing.runs import start_run
from counterfoil.mirror.models import Organisation, OrganisationProfile

BY_ITSELF = "Counterfoil, by itself"


def get_billing_choices(organisation: Organisation) -> BillingChoices:
    """Return whether its queue fills itself; without a stored answer it does not."""
    found = BillingChoices.objects.filter(organisation=organisation).first()
    return found or BillingChoices(organisation=organisation, workspace_id=organisation.workspace_id)


def choose_automatic(organisation: Organisation, *, is_automatic: bool, days_before: int) -> BillingChoices:
    """Keep whether its queue fills itself, and how many days before an invoice's date. Raises ValueError."""
    if not 0 <= days_before <= 31:
        raise ValueError("Choose between 0 and 31 days before.")
    choices, _ = BillingChoices.objects.update_or_create(
        organisation=organisation,
        defaults={
            "workspace_id": organisation.workspace_id,
            "is_automatic": is_automatic,
            "days_before": days_before,
            "made_up_to": None,
        },
    )
    return choices


@transaction.atomic
def fill_queue(choices: BillingChoices, *, now: datetime) -> BillingRun | None:
    """Make what is due by now, in the run of its month; return that run, or None when there was nothing."""
    profile = OrganisationProfile.objects.filter(organisation=choices.organisation_id).first()
    if profile is None or not hasattr(choices.organisation, "connection"):
        return None
    up_to = today_in(find_zone(profile.timezone), now) + timedelta(days=choices.days_before)
    if choices.made_up_to is not None and choices.made_up_to >= up_to:
        return None
    organisation = choices.organisation
    run = None
    if look_ahead(organisation, last_day=up_to, is_automatic=True).invoices:
        first, last = _find_month(up_to)
        run = start_run(organisation, first_day=first, last_day=last, by=BY_ITSELF, now=now)
        generate(run, now=now, up_to=up_to, is_automatic=True)
    BillingChoices.objects.filter(pk=choices.pk).update(made_up_to=up_to)
    return run


def _find_month(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
