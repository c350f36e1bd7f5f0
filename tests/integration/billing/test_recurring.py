"""A queue that fills itself, on the organisation's own day, and never sends (issue 8, Build 3)."""

from datetime import UTC, date, datetime

import pytest

from counterfoil.features.billing.models import BillingChoices, BillingRun, RunInvoice
from counterfoil.features.billing.recurring import choose_automatic, fill_queue
from counterfoil.features.billing.tasks import fill_billing_queues
from counterfoil.mirror.models import Operation, OrganisationProfile
from tests.integration.billing.conftest import Office

EVENING_IN_LONDON = datetime(2026, 6, 29, 22, 30, tzinfo=UTC)  # 23:30 there; in Auckland the 30th has begun


def choose(office: Office, *, days_before: int = 0) -> BillingChoices:
    return choose_automatic(office.organisation, is_automatic=True, days_before=days_before)


def test_the_queue_fills_on_the_organisations_own_day_with_automatic_agreements_only(office: Office) -> None:
    office.agree("Care", is_automatic=True)
    office.agree("By hand")
    choices = choose(office)

    assert fill_queue(choices, now=EVENING_IN_LONDON) is None
    OrganisationProfile.objects.update(timezone="NEWZEALANDSTANDARDTIME")
    choices = choose(office)
    run = fill_queue(choices, now=EVENING_IN_LONDON)

    assert run is not None
    assert (run.first_day, run.last_day) == (date(2026, 6, 1), date(2026, 6, 30))
    assert [(one.date, one.state) for one in run.invoices.all()] == [(date(2026, 6, 30), "review")]
    assert not Operation.objects.exists()


def test_it_fills_days_before_and_once_only(office: Office) -> None:
    office.agree("Care", is_automatic=True)
    choices = choose(office, days_before=5)

    early = datetime(2026, 6, 25, 12, tzinfo=UTC)
    assert fill_queue(choices, now=early) is not None
    choices.refresh_from_db()
    assert choices.made_up_to == date(2026, 6, 30)
    assert fill_queue(choices, now=early) is None
    choices.made_up_to = None
    assert fill_queue(choices, now=early) is None

    assert RunInvoice.objects.count() == 1
    assert BillingRun.objects.count() == 1


def test_every_hour_those_that_chose_it_are_looked_at(office: Office) -> None:
    office.agree("Care", is_automatic=True)
    fill_billing_queues.func(timestamp=0)
    assert not BillingRun.objects.exists()

    office.firm.client.post(
        "/billing/automatic/",
        {"organisation": str(office.organisation.pk), "automatic": "yes", "days": "3"},
    )
    fill_billing_queues.func(timestamp=0)

    assert BillingRun.objects.get().created_by == "Counterfoil, by itself"
    assert "Fill its queue" in office.firm.client.get("/billing/").content.decode()


def test_more_than_a_month_before_is_refused(office: Office) -> None:
    with pytest.raises(ValueError, match="between 0 and 31"):
        choose(office, days_before=40)
