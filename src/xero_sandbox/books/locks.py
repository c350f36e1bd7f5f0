"""Lock dates: days on which the books are closed (FACTS 7.8)."""

from datetime import date

from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import PeriodLocked
from xero_sandbox.wire.datekit import parse_ms, render_day, to_day

_LOCKS = {"PeriodLockDate": "period", "EndOfYearLockDate": "end of year"}


def set_lock_dates(organisation: Organisation, **days: date | None) -> None:
    """Close the books up to `PeriodLockDate` or `EndOfYearLockDate`, that day included; None opens them."""
    profile = organisation.profile
    for field in _LOCKS:
        if field not in days:
            continue
        day = days[field]
        if day is None:
            profile.pop(field, None)
        else:
            profile[field] = render_day(day)
    organisation.tables["Organisation"].put(profile)


def check_open(organisation: Organisation, *days: date | None) -> None:
    """Raise PeriodLocked when one of the days is closed."""
    profile = organisation.profile
    for field, kind in _LOCKS.items():
        if field not in profile:
            continue
        locked = to_day(parse_ms(profile[field]))
        if any(day is not None and day <= locked for day in days):
            raise PeriodLocked(kind, locked)
