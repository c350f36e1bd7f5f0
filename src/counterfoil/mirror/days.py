"""Knows which day it is where an organisation keeps its books: the one by whose zone it works in Xero."""

from collections.abc import Iterable
from datetime import date, datetime

from counterfoil.domain.datekit import find_zone, today_in
from counterfoil.mirror.models import Organisation, OrganisationProfile


def find_today(organisation: Organisation | None, now: datetime) -> date:
    """Return which day it is in the organisation; of one that was forgotten, in Greenwich. One query."""
    return find_todays([organisation], now)[organisation.pk] if organisation else now.date()


def find_todays(organisations: Iterable[Organisation], now: datetime) -> dict[int, date]:
    """Return which day it is in each of these organisations; one query."""
    keys = [one.pk for one in organisations]
    known = list_todays(now, among=keys)
    return {key: known.get(key, today_in(find_zone(None), now)) for key in keys}


def list_todays(now: datetime, *, among: Iterable[int] | None = None) -> dict[int, date]:
    """Return which day it is in every organisation of the firm that was read; one query."""
    profiles = OrganisationProfile.objects.all()
    if among is not None:
        profiles = profiles.filter(organisation__in=among)
    return {
        key: today_in(find_zone(zone), now) for key, zone in profiles.values_list("organisation", "timezone")
    }
