"""Which day it is where an organisation keeps its books."""

from datetime import UTC, date, datetime

import pytest

from counterfoil.mirror.days import find_today, find_todays, list_todays
from counterfoil.mirror.models import Organisation, OrganisationProfile
from tests.integration.web.firms import Firm, make_firm, make_organisation

EVENING = datetime(2026, 11, 5, 20, 0, tzinfo=UTC)


@pytest.fixture
def firm(db: None) -> Firm:
    return make_firm()


def make_organisations(firm: Firm, *timezones: str) -> list[Organisation]:
    made = [make_organisation(firm, f"In {name or 'no zone yet'}") for name in timezones]
    with firm.inside():
        for organisation, name in zip(made, timezones, strict=True):
            profiles = OrganisationProfile.objects.filter(organisation=organisation)
            if name:
                profiles.update(timezone=name)
            else:
                profiles.delete()
    return made


def test_each_organisation_has_the_day_of_its_zone_and_greenwich_when_nobody_knows_it(firm: Firm) -> None:
    auckland, atlantis, unread = make_organisations(firm, "NEWZEALANDSTANDARDTIME", "ATLANTIS", "")

    with firm.inside():
        todays = find_todays([auckland, atlantis, unread], EVENING)
        known = list_todays(EVENING)
        alone = find_today(auckland, EVENING)

    today, tomorrow = date(2026, 11, 5), date(2026, 11, 6)
    assert todays == {auckland.pk: tomorrow, atlantis.pk: today, unread.pk: today}
    assert known == {auckland.pk: tomorrow, atlantis.pk: today}
    assert alone == tomorrow


def test_an_organisation_that_was_forgotten_has_the_day_in_greenwich() -> None:
    assert find_today(None, EVENING) == date(2026, 11, 5)
