"""What can be done with the help: read it, and say whether it answered the question."""

from datetime import datetime

from django.db.models import F

from counterfoil.features.helping.models import HelpAnswer, ReadsOfDay
from counterfoil.features.workspaces.models import User

LONGEST_WORDS = 2000


def answer(
    *, workspace_id: int, article: str, who: User, helped: bool, words: str, now: datetime
) -> HelpAnswer:
    """Keep whether the page answered this person's question; a later answer replaces the earlier one."""
    kept, _ = HelpAnswer.objects.update_or_create(
        workspace_id=workspace_id,
        article=article,
        who=who,
        defaults={"helped": helped, "words": words.strip()[:LONGEST_WORDS], "at": now},
    )
    return kept


def count_read(*, article: str, now: datetime) -> None:
    """Count that somebody opened the page; who it was is not kept."""
    today = ReadsOfDay.objects.filter(article=article, day=now.date())
    if not today.update(reads=F("reads") + 1):
        # The first of the day; whoever is first as well finds the row there, and both are counted.
        ReadsOfDay.objects.bulk_create([ReadsOfDay(article=article, day=now.date())], ignore_conflicts=True)
        today.update(reads=F("reads") + 1)
