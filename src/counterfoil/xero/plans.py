"""
Xero's plans for apps: what they allow, what they include, and what they cost.

Source: Xero's developer pricing page and its FAQ, plans since 2 March 2026, as compiled on 21 November 2026;
prices in Australian dollars without tax, for one app with all its organisations. Not said by Xero: whether
bytes are counted as they travel, compressed, or as they are unpacked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

COMPILED_ON = date(2026, 11, 21)

GIGABYTE = 2**30
"""Xero counts what it sends in GiB."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan; None where Xero names no figure: no limit, not metered, or a price on request."""

    name: str
    calls_a_day: int
    connections: int | None
    monthly: Decimal | None
    included_gb: int | None
    each_further_gb: Decimal | None


_FURTHER = Decimal("2.40")

PLANS: Sequence[Plan] = (
    Plan("Starter", 1000, 5, Decimal(0), None, None),
    Plan("Core", 5000, 50, Decimal(35), 10, _FURTHER),
    Plan("Plus", 5000, 1000, Decimal(245), 50, _FURTHER),
    Plan("Advanced", 5000, 10000, Decimal(1445), 250, _FURTHER),
    Plan("Enterprise", 5000, None, None, None, _FURTHER),
)

SMALLEST_DAY = min(plan.calls_a_day for plan in PLANS)


def find_day_limit(remaining: int) -> int:
    """
    Return the day's limit that an answer's "calls left today" speaks of.

    Xero states what is left, never the limit: it is the smallest one that can hold what is left. Above every
    known plan, as a stand-in may be set, what is left is all that is known of it.
    """
    able = [plan.calls_a_day for plan in PLANS if plan.calls_a_day >= remaining]
    return min(able, default=remaining)
