"""Examines the installation, and changes its keys."""

from collections.abc import Iterable
from dataclasses import asdict

from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.speech import Exit, Stopped, remark, say, say_json
from counterfoil.features.operating.alone import DatabaseInUse
from counterfoil.features.operating.examining import examine, examine_machine
from counterfoil.features.operating.rotating import OneKeyOnly, rotate
from counterfoil.sync.probing import Check, Verdict

_SIGNS = {Verdict.GOOD: "good", Verdict.BAD: "BAD", Verdict.UNKNOWN: "note"}


def examine_installation(*, as_json: bool) -> Exit:
    """Print what was found with what to do; leave with 1 when something is bad."""
    found: list[Check] = []

    def note(checks: Iterable[Check]) -> None:
        for check in checks:
            found.append(check)
            if not as_json:
                _print(check)

    note(examine_machine())
    try:
        with open_database(even_if_outdated=True):
            note(examine(now=timezone.now))
    except Stopped as stopped:  # the database is part of what is examined
        note([Check("Database", Verdict.BAD, str(stopped), "Start it, or correct DATABASE_URL.")])
    bad = sum(1 for check in found if check.verdict is Verdict.BAD)
    if as_json:
        say_json({"verdict": "bad" if bad else "good", "checks": [asdict(check) for check in found]})
    else:
        say(f"{bad} of {len(found)} checks found something to do." if bad else "All is well.")
    return Exit.FAILURES if bad else Exit.DONE


def rotate_keys() -> Exit:
    """Change the key of tokens and secrets, and say what is left to do."""
    with open_database():
        try:
            done = rotate()
        except OneKeyOnly as problem:
            raise Stopped(str(problem), Exit.PERSON_MUST_ACT) from problem
        except DatabaseInUse as problem:
            raise Stopped(str(problem), Exit.TRY_LATER) from problem
    say(f"Tokens and secrets encrypted with the new key: {done.renewed}.")
    if done.lost:
        remark(
            f"None of the keys opens {done.lost} of them; the old key stays. Connect those organisations"
            " again (counterfoil status says which), and run this once more."
        )
        return Exit.PERSON_MUST_ACT
    if done.is_named:
        say("Now leave the first key alone in COUNTERFOIL_ENCRYPTION_KEYS on every machine.")
    say("Take a backup now: the secrets in earlier ones are opened by the old key only.")
    return Exit.DONE


def _print(check: Check) -> None:
    step = f" {check.next_step}" if check.next_step and check.verdict is not Verdict.GOOD else ""
    say(f"{_SIGNS[check.verdict]:4}  {check.title}: {check.words}{step}")
