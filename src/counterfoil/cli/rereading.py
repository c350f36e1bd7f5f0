"""Reads kinds of record again in the foreground: shows what would change, and writes it when asked to."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.organisations import find_organisation
from counterfoil.cli.proving import exit_of
from counterfoil.cli.speech import Exit, Stopped, say, say_json, say_table
from counterfoil.cli.syncing import EXIT_OF_STATE, build_report
from counterfoil.domain.resync import Fate, ResyncPlan, UnsafePlan
from counterfoil.mirror.models import Organisation, Resync, Run
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync import applying, resync
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.lease import AlreadySyncing
from counterfoil.xero.errors import XeroError

_WHO = "the command line"


def reread(*, org: str | None, streams: Sequence[str], preview: bool, agreed: bool, as_json: bool) -> Exit:
    """Read the streams, show what that would change, and apply it unless only a preview is wanted."""
    with open_database():
        with across_workspaces():
            organisation = find_organisation(org)
        wish, plan = _read(organisation, _choose(streams))
        run = None if preview else _apply(wish, agreed=agreed)
        report = build_report(run, organisation) if run else _describe(wish, plan, organisation)
    if as_json:
        say_json(report | {"plan": msgspec.to_builtins(plan)})
    else:
        _print(plan, organisation, is_applied=run is not None)
    return EXIT_OF_STATE[Run.State(run.state)] if run else Exit.DONE


def _choose(streams: Sequence[str]) -> list[str]:
    """Return the streams that are meant, whatever their case; all of them when none is named."""
    known = {stream.name.casefold(): stream.name for stream in resync.READABLE}
    unknown = [name for name in streams if name.casefold() not in known]
    if unknown:
        raise Stopped(
            f"There is no kind of record called {unknown[0]!r}. There are: {', '.join(known.values())}",
            Exit.USAGE,
        )
    return [known[name.casefold()] for name in streams] or list(known.values())


def _read(organisation: Organisation, streams: Sequence[str]) -> tuple[Resync, ResyncPlan]:
    with in_workspace(organisation.workspace_id):
        if resync.is_under_way(resync.find_latest(organisation), now=timezone.now()):
            raise Stopped("Records are being read again already; wait for that.", Exit.TRY_LATER)
        wish = resync.ask(organisation, streams=streams, asked_by=_WHO, now=timezone.now())
    try:
        return wish, resync.preview(wish, now=timezone.now)
    except AlreadySyncing as busy:
        resync.settle(wish, Resync.State.FAILED, str(busy), "", now=timezone.now())
        raise Stopped(str(busy), Exit.TRY_LATER) from busy
    except NotConnected as lost:
        resync.settle(wish, Resync.State.FAILED, str(lost), "", now=timezone.now())
        raise Stopped(str(lost), Exit.PERSON_MUST_ACT) from lost
    except XeroError as error:
        raise Stopped(f"{error.sentence} {error.next_step}", exit_of(error)) from error


def _apply(wish: Resync, *, agreed: bool) -> Run:
    try:
        return applying.apply(wish, agreed=agreed, applied_by=_WHO, now=timezone.now)
    except UnsafePlan as unsafe:
        raise Stopped(f"{unsafe} Nothing was changed. To apply it, add --yes.", Exit.FAILURES) from unsafe
    except (AlreadySyncing, applying.RunUnfinished) as busy:
        raise Stopped(f"{busy} Nothing was changed.", Exit.TRY_LATER) from busy
    except NotConnected as lost:
        raise Stopped(str(lost), Exit.PERSON_MUST_ACT) from lost


def _describe(wish: Resync, plan: ResyncPlan, organisation: Organisation) -> dict[str, Any]:
    return {
        "organisation": organisation.name,
        "tenant_id": organisation.tenant_id,
        "kind": "preview",
        "verdict": "surprising" if plan.surprising else "different" if plan.changes else "same",
        "sentence": plan.sentence,
        "calls": wish.calls,
        "bytes": wish.bytes_received,
    }


def _print(plan: ResyncPlan, organisation: Organisation, *, is_applied: bool) -> None:
    rows = [
        [one.title, f"{one.held:,}", f"{one.read:,}", *(f"{one.count(fate):,}" for fate in Fate)]
        for one in plan.streams
    ]
    columns = ["", "here", "read", *(str(fate) for fate in Fate)]
    say_table(columns, rows, right=range(1, len(columns)))
    for one in plan.streams:
        for effect in one.money:
            say(f"{one.title}, {effect.what}: {effect.before} → {effect.after} {effect.currency}")
        for example in one.examples:
            said = ", ".join(f"{change.name} {change.before} → {change.after}" for change in example.fields)
            say(f"  {example.fate}: {example.title}{f': {said}' if said else ''}")
    say(f"{organisation.name}: {plan.sentence}{' Applied.' if is_applied else ' Nothing was changed.'}")
