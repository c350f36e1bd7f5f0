"""What can be asked about the help: how often its pages are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, Sum

from counterfoil.features.helping.models import ReadsOfDay

POPULAR_FOR = timedelta(days=90)


@dataclass(frozen=True)
class Reads:
    """How often a page was opened: ever, and lately."""

    ever: int = 0
    lately: int = 0


def count_reads(*, now: datetime) -> Mapping[str, Reads]:
    """Return for each page that was ever opened how often; "lately" is the last ninety days."""
    is_late = Q(day__gt=(now - POPULAR_FOR).date())
    counted = ReadsOfDay.objects.values("article").annotate(
        ever=Sum("reads"), lately=Sum("reads", filter=is_late, default=0)
    )
    return {row["article"]: Reads(row["ever"], row["lately"]) for row in counted}
