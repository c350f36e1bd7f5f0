"""Answers a person who asks what is known about them."""

from collections.abc import Sequence
from pathlib import Path

from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.organisations import find_workspace
from counterfoil.cli.speech import Exit, Stopped, remark, say
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
