"""The past moment that a page is asked about, as it stands in the address, and the answer for then."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar

from django.http import QueryDict

from counterfoil.domain.datekit import today_in
from counterfoil.features.connections.queries import Standing
from counterfoil.features.history.past import ask_as_dated, ask_as_seen, find_watched_since
from counterfoil.mirror.models import Organisation

T = TypeVar("T")


class By(StrEnum):
    """Which of two questions is meant by a past moment."""

    SEEN = "seen"
    DATES = "dates"


@dataclass(frozen=True)
class Then:
    """
    When a page is asked about. `moment` is None for now.

    `problem` says why the moment asked for could not be taken; the page is then about now.
    """

    by: By = By.SEEN
    moment: datetime | None = None
    watched_since: datetime | None = None
    zone_name: str = ""
    problem: str = ""

    @property
    def is_past(self) -> bool:
        """Say whether the page is about another time than now."""
        return self.moment is not None

    @property
    def is_unknown(self) -> bool:
        """Say whether the question is about what was shown before anybody watched."""
        if self.moment is None or self.by is By.DATES:
            return False
        return self.watched_since is None or self.moment < self.watched_since

    @property
    def field(self) -> str:
        """The moment as the page's field takes it."""
        return f"{self.moment:%Y-%m-%dT%H:%M}" if self.moment else ""

    def find_day(self, standing: Standing, now: datetime) -> date:
        """Return the day that counts as today for the page, in the organisation's zone."""
        return today_in(standing.zone, self.moment or now)

    def ask(self, organisation: Organisation, question: Callable[[], T]) -> T:
        """Return the answer for then. Raises BooksAreMoving."""
        if self.moment is None:
            return question()
        if self.by is By.DATES:
            return ask_as_dated(organisation, self.moment.date(), question)
        return ask_as_seen(organisation, self.moment, question)


def read_then(query: QueryDict, standing: Standing, *, now: datetime) -> Then:
    """Return the moment that the address names; a day without a time means its end."""
    text = query.get("as_at", "").strip()
    by = By.DATES if query.get("by") == By.DATES else By.SEEN
    if not text or standing.current is None:
        return Then(by=by)
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        return Then(by=by, problem=f"“{text[:40]}” is not a date and time; this is today’s list.")
    if len(text) <= len("2026-10-31"):
        given = datetime.combine(given.date(), time(23, 59, 59))
    moment = given.replace(tzinfo=standing.zone)
    if moment > now:
        return Then(by=by, problem="That moment is still to come; this is today’s list.")
    return Then(
        by=by,
        moment=moment,
        watched_since=find_watched_since(standing.current),
        zone_name=standing.zone.key,
    )
