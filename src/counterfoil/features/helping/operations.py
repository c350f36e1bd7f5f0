"""What can be done with the help: say whether it answered the question."""

from datetime import datetime

from counterfoil.features.helping.models import HelpAnswer
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
