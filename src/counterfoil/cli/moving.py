"""Takes a firm out of an installation, and brings it into another."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.organisations import find_workspace
from counterfoil.cli.speech import Exit, Stopped, is_watched, remark, say
from counterfoil.features.moving.archives import AlteredExport, NotAnExport, OtherTables
from counterfoil.features.moving.bringing_in import Arrived, bring_in
from counterfoil.features.moving.taking_out import take_out


def export_workspace(path: Path, *, workspace: str | None) -> None:
    """Write the firm's export, and say what is in it."""
    with open_database(), _saying_why():
        firm = find_workspace(workspace)
        made = take_out(path, workspace=firm, now=timezone.now(), tell=_draw)
    say(f"{path}: {made.rows:,} rows of {len(made.parts)} tables of {firm.name}.")
    remark(
        "No token, key or password is in it; names, amounts and messages are. Keep it as you keep your books."
    )


def import_workspace(path: Path, *, name: str | None) -> None:
    """Bring an export in, and say what waits for a person."""
    with open_database(), _saying_why():
        arrived = bring_in(path, name=name, now=timezone.now())
    say(
        f"{arrived.workspace.name}: {arrived.manifest.rows:,} rows,"
        f" as they were at {arrived.manifest.made_at}."
    )
    _tell_what_waits(arrived)


def _tell_what_waits(arrived: Arrived) -> None:
    held = arrived.held
    say(
        "Connect each organisation anew, then sync. Everything is read once more, and compared. People"
        " sign in by “Forgot your password?” where they are new here."
    )
    if held.writes or held.doubtful:
        say(
            f"Writes to Xero that wait for approval again: {held.writes}; that are not sent because nobody"
            f" knows whether Xero has them: {held.doubtful}. Look in Xero before you let any go."
        )
    if held.campaigns or held.billing:
        say(
            f"Campaigns of reminders paused: {held.campaigns}; organisations that no longer bill by"
            f" themselves: {held.billing}. End them where the firm came from before you switch them on here."
        )
    say("Put in anew what is secret: the app at Xero, the senders of messages, tokens, addresses for events.")
    if arrived.lost_wishes:
        say(
            f"Wishes of people about messages that could not be taken over, because nobody knows any more"
            f" whose they are: {arrived.lost_wishes}. Bring in your provider’s opt-outs before you"
            " remind anybody."
        )


def _draw(done: int, of: int) -> None:
    if is_watched():
        remark(f"{done} of {of} tables")


@contextmanager
def _saying_why() -> Iterator[None]:
    try:
        yield
    except (NotAnExport, AlteredExport, OtherTables) as problem:
        raise Stopped(str(problem), Exit.PERSON_MUST_ACT) from problem
    except OSError as problem:
        raise Stopped(
            f"The file could not be read or written: {problem.strerror or problem}.", Exit.FAILURES
        ) from problem
