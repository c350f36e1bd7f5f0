"""Answers a person who asks what is known about them, or to be erased."""

from collections.abc import Sequence
from pathlib import Path

from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.organisations import find_workspace
from counterfoil.cli.speech import Exit, Stopped, remark, say
from counterfoil.features.privacy.erasing import Erasure, NotErased, erase_person, preview_erasure
from counterfoil.features.privacy.handing_over import hand_over


def hand_over_person(path: Path, asked: Sequence[str], *, workspace: str | None) -> None:
    """Write the file, and say what is in it."""
    with open_database():
        firm = find_workspace(workspace)
        try:
            sections = hand_over(path, workspace=firm, asked=asked, now=timezone.now())
        except OSError as problem:
            raise Stopped(f"The file could not be written: {problem.strerror}.", Exit.FAILURES) from problem
    if not sections:
        raise Stopped(f"{firm.name} knows nothing about {', '.join(asked)}.", Exit.FAILURES)
    for section in sections:
        say(f"{len(section.rows):>6}  {section.title}")
    remark(f"{path}. Look through it before you hand it over: a text may name somebody else, too.")


def erase(asked: Sequence[str], *, workspace: str | None, is_agreed: bool) -> None:
    """Say what erasing takes and what it leaves; do it once that was agreed to."""
    now = timezone.now()
    with open_database():
        firm = find_workspace(workspace)
        erasure = preview_erasure(workspace=firm, asked=asked, now=now)
        if is_agreed and erasure.is_possible:
            try:
                erasure = erase_person(workspace=firm, asked=asked, now=now)
            except NotErased as refused:  # it came up meanwhile
                raise Stopped(str(refused), Exit.FAILURES) from refused
    if erasure.is_nothing and not erasure.obstacles:
        raise Stopped(f"{firm.name} knows nothing about {', '.join(asked)}.", Exit.FAILURES)
    _say(erasure)
    if erasure.obstacles:
        raise Stopped(" ".join(erasure.obstacles), Exit.FAILURES)
    if not erasure.gone:
        remark("There is nothing of the firm's own to erase.")
    elif is_agreed:
        remark("Erased. A backup made before still holds it: the next ones do not.")
    else:
        remark("Nothing was changed. The same with --yes erases it, for good.")


def _say(erasure: Erasure) -> None:
    say(f"Known as: {', '.join(erasure.names) or 'nobody by that name'}")
    say("Goes:")
    for title, rows in erasure.gone.items():
        say(f"{rows:>6}  {title}")
    say("Stays:")
    for kept in erasure.stays:
        say(f"{kept.rows:>6}  {kept.title}. {kept.reason}")
