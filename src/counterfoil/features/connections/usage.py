"""What the sync costs: what was spent, what is left, and what another rhythm would take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from counterfoil.domain.rhythm import INTERVALS, bytes_a_day, calls_a_day, fits
from counterfoil.sync.cadence import Rhythm

_DAYS_A_MONTH = 30


@dataclass(frozen=True)
class Offer:
    """One interval that may be chosen, with what it takes of the day and of the month."""

    every: timedelta
    calls_a_day: int
    percent: int
    bytes_a_month: int
    is_within_share: bool
    is_current: bool

    @property
    def percent_said(self) -> str:
        """The share of the day, as it is written."""
        return f"{self.percent:,} %" if self.percent else "under 1 %"

    @property
    def is_choosable(self) -> bool:
        """Say whether a person may choose it; an installation's own setting can be another."""
        return self.every in INTERVALS

    @property
    def seconds(self) -> int:
        """The interval as a form sends it."""
        return round(self.every.total_seconds())


def list_offers(rhythm: Rhythm) -> Sequence[Offer]:
    """Return what each interval would cost this organisation, by what its own runs took."""
    offered = INTERVALS if rhythm.every in INTERVALS else (rhythm.every, *INTERVALS)
    return [
        Offer(
            every=every,
            calls_a_day=calls_a_day(rhythm.cost, every),
            percent=round(calls_a_day(rhythm.cost, every) * 100 / rhythm.day_limit),
            bytes_a_month=bytes_a_day(rhythm.cost, every) * _DAYS_A_MONTH,
            is_within_share=fits(rhythm.cost, every, day_limit=rhythm.day_limit),
            is_current=every == rhythm.every,
        )
        for every in offered
    ]
