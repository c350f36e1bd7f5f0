"""
What a country asks of reminders: hours, caps, consent, names of senders. Not legal advice.

Each pack is dated and names where it comes from; a firm edits it, and ticks that it has reviewed it. Where
a law says nothing of creditors' own messages, the pack holds to what it says of others'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum

_AS_OF = date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Hours:
    """From `opens` up to, not including, `closes`, as clocks show it where the reader is."""

    opens: time
    closes: time


class SenderNames(StrEnum):
    """Whether a message may come from a name instead of a number."""

    ALLOWED = "allowed"
    IF_REGISTERED = "if_registered"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is written."""

    title: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """
    The rules for readers in one country; the empty one is for every country without its own.

    `hours` are those of Monday to Sunday, None where no message goes out. Caps are for one person, over all
    campaigns of an organisation: in a day there, in seven days, in thirty-one.
    """

    country: str
    hours: tuple[Hours | None, ...]
    sources: tuple[Source, ...]
    on_holidays: bool = False
    extra_holidays: frozenset[date] = frozenset()
    a_day: int = 1
    a_week: int = 3
    a_month: int = 10
    needs_consent: bool = False
    names: SenderNames = SenderNames.ALLOWED
    is_off: bool = False
    needs_way_out: bool = True  # every text says how to end them
    hides_details: bool = False  # no amounts, numbers or days in texts: a phone may be shared
    needs_review: bool = False  # somebody has to read these rules before a text leaves
    note: str = ""
    as_of: date = _AS_OF


def _hours(opens: str, closes: str) -> Hours:
    return Hours(time.fromisoformat(opens), time.fromisoformat(closes))


def _week(weekday: Hours, saturday: Hours | None, sunday: Hours | None) -> tuple[Hours | None, ...]:
    return (*[weekday] * 5, saturday, sunday)


_OFFICE = _week(_hours("09:00", "19:00"), None, None)
_EUROPE = Source("General Data Protection Regulation", "https://eur-lex.europa.eu/eli/reg/2016/679/oj")
_REGISTRY = Source("Registration of alphanumeric sender names, as carriers require it")

_PACKS = (
    Pack(
        "US",
        _week(_hours("08:00", "21:00"), _hours("08:00", "21:00"), _hours("08:00", "21:00")),
        (
            Source("47 CFR 64.1200", "https://www.ecfr.gov/current/title-47/section-64.1200"),
            Source("12 CFR 1006.6 (Regulation F)", "https://www.ecfr.gov/current/title-12/section-1006.6"),
        ),
        needs_consent=True,
        names=SenderNames.NEVER,
        note="Some states are stricter. Carriers want the number registered (10DLC or toll-free), and forbid"
        " texts of third-party collectors: the sender must be the business that is owed.",
    ),
    Pack(
        "CA",
        _week(_hours("09:00", "21:00"), _hours("09:00", "21:00"), _hours("09:00", "21:00")),
        (
            Source(
                "Canada's anti-spam law, S.C. 2010, c. 23", "https://laws-lois.justice.gc.ca/eng/acts/E-1.6/"
            ),
        ),
        names=SenderNames.NEVER,
        note="Offer STOP and ARRET both.",
    ),
    Pack(
        "AU",
        _week(_hours("07:30", "21:00"), _hours("09:00", "21:00"), _hours("09:00", "21:00")),
        (
            Source("Debt collection guideline for collectors and creditors, ACCC and ASIC"),
            Source("SMS Sender ID Register, in force since 1 July 2026, ACMA"),
        ),
        names=SenderNames.IF_REGISTERED,
        note="The hours are those for telephone contact; no message on national public holidays.",
    ),
    Pack(
        "NZ",
        _week(_hours("08:00", "20:00"), _hours("08:00", "20:00"), _hours("08:00", "20:00")),
        (
            Source(
                "Unsolicited Electronic Messages Act 2007",
                "https://www.legislation.govt.nz/act/public/2007/0007/latest/whole.html",
            ),
        ),
        note="Commercial messages need consent, the sender's name and a free way out in the same channel.",
    ),
    Pack(
        "GB",
        _week(_hours("08:00", "20:00"), _hours("08:00", "20:00"), None),
        (
            Source(
                "Privacy and Electronic Communications Regulations 2003",
                "https://www.legislation.gov.uk/uksi/2003/2426",
            ),
            Source("FCA Handbook, CONC 7, for consumer credit"),
        ),
        note="Keep the words neutral: one phrase that promotes makes the message marketing.",
    ),
    Pack(
        "FR",
        _week(_hours("08:00", "20:00"), None, None),
        (_EUROPE, Source("Charter of French carriers for texts to mobiles (OACP)")),
        names=SenderNames.IF_REGISTERED,
    ),
    *(
        Pack(country, _OFFICE, (_EUROPE, _REGISTRY), names=SenderNames.IF_REGISTERED)
        for country in ("IE", "FI", "ES")
    ),
    *(
        Pack(country, _OFFICE, (_REGISTRY,), names=SenderNames.IF_REGISTERED, needs_consent=True)
        for country in ("SG", "PH")
    ),
    Pack(
        "IN",
        _OFFICE,
        (Source("Telecom Commercial Communications Customer Preference Regulations, 2018, TRAI"),),
        needs_consent=True,
        names=SenderNames.IF_REGISTERED,
        is_off=True,
        note="Sender and every template must be registered (DLT) first; switch it on when they are.",
    ),
    *(
        Pack(country, _OFFICE, (_EUROPE,), note="Note the consent where you have it.")
        for country in (
            *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "GR", "HR", "HU", "IT", "LT", "LU"),
            *("LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO"),
        )
    ),
    Pack(
        "",
        _OFFICE,
        (),
        needs_consent=True,
        note="Nothing is known here of this country's rules: consent is asked for until you review it.",
    ),
)

# Islands whose numbers and rules are those of a larger neighbour.
_FOLLOWS = {"GG": "GB", "JE": "GB", "IM": "GB", "PR": "US", "GU": "US", "VI": "US", "CX": "AU", "CC": "AU"}

PACKS: Mapping[str, Pack] = {pack.country: pack for pack in _PACKS}


def narrow(
    pack: Pack,
    *,
    opens: time | None = None,
    closes: time | None = None,
    a_day: int | None = None,
    a_week: int | None = None,
    a_month: int | None = None,
) -> Pack:
    """Return the pack with what a sender allows itself, wherever that is less than the rules do."""

    def within(hours: Hours | None) -> Hours | None:
        if hours is None or opens is None or closes is None:
            return hours
        first, last = max(hours.opens, opens), min(hours.closes, closes)
        return Hours(first, last) if first < last else None

    def least(rule: int, own: int | None) -> int:
        return rule if own is None else min(rule, own)

    return replace(
        pack,
        hours=tuple(map(within, pack.hours)),
        a_day=least(pack.a_day, a_day),
        a_week=least(pack.a_week, a_week),
        a_month=least(pack.a_month, a_month),
    )


def find_pack(country: str, edited: Mapping[str, Pack] | None = None) -> Pack:
    """Return the rules for readers in a country: the firm's own version of them where it has one."""
    key = _FOLLOWS.get(country, country)
    own = edited or {}
    return own.get(key) or PACKS.get(key) or replace(own.get("") or PACKS[""], country=key)
