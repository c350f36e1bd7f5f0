"""Webhooks from the terminal: how they are, a test of the address, and reading again what was told."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from counterfoil.cli.installation import open_database
from counterfoil.cli.organisations import find_organisation, find_workspace
from counterfoil.cli.speech import Exit, Stopped, say, say_json
from counterfoil.features.webhooks.feed import describe_feed_of
from counterfoil.features.webhooks.operations import replay_notices
from counterfoil.features.webhooks.selftest import Check, Outcome, get_receiver_address, has_passed
from counterfoil.features.webhooks.testing import NoWebhookKey, run_test
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.deliveries import replay_deliveries, replay_for

_MARKS = {Outcome.PASSED: "ok", Outcome.NOTED: "note", Outcome.FAILED: "FAILED"}


def describe_feed_as_json(organisation: Organisation) -> dict[str, Any]:
    """Return how the feed of an organisation is; call it across workspaces."""
    feed = describe_feed_of(organisation, now=timezone.now())
    return {
        "state": feed.state.value,
        "sentence": feed.sentence,
        "next_step": feed.next_step,
        "heard_at": _say(feed.heard_at),
        "told_at": _say(feed.told_at),
        "intent_shown_at": _say(feed.shown_at),
        "untold": feed.untold,
        "refused_in_24_hours": feed.refused,
        "missed_in_24_hours": feed.missed,
    }


def show_feeds(*, as_json: bool) -> Exit:
    """Print how the feed of each organisation is; a person must act when one is silent or refusing."""
    with open_database(), across_workspaces():
        connected = Organisation.objects.filter(connection__isnull=False).select_related("connection__grant")
        rows = [
            {"organisation": one.name, **describe_feed_as_json(one)}
            for one in connected.order_by("name", "pk")
        ]
    if as_json:
        say_json({"address": get_receiver_address(), "organisations": rows})
    else:
        say(f"Address for Xero: {get_receiver_address()}")
        for row in rows:
            say(f"{row['organisation']}: {row['state'].replace('_', ' ')}. {row['sentence']}")
            for line in (f"last told {row['told_at'] or 'never'}", row["next_step"]):
                if line:
                    say(f"  {line}")
    needs_person = any(row["state"] in ("silent", "refusing") for row in rows)
    return Exit.PERSON_MUST_ACT if needs_person else Exit.DONE


def test(*, workspace: str | None, as_json: bool) -> Exit:
    """Post to our own address as Xero would, print each check, and fail when one does."""
    with open_database():
        try:
            checks = run_test(workspace_id=find_workspace(workspace).pk, now=timezone.now)
        except NoWebhookKey as missing:
            raise Stopped(str(missing), Exit.PERSON_MUST_ACT) from missing
    if as_json:
        found = [check.render() for check in checks]
        say_json({"address": get_receiver_address(), "passed": has_passed(checks), "checks": found})
    else:
        say(get_receiver_address())
        for check in checks:
            say(_write(check))
    return Exit.DONE if has_passed(checks) else Exit.FAILURES


def replay(*, since: str | None, delivery: int | None, org: str | None, as_json: bool) -> Exit:
    """Have read again what one delivery, or all since a moment, told of: of all organisations, or one."""
    now = timezone.now()
    with open_database(), across_workspaces():
        moment = _read_moment(since) if since is not None else None
        if org is None:
            count = replay_deliveries(since=moment, delivery_id=delivery, now=now)
            what = "delivery" if count == 1 else "deliveries"
        else:
            count = _replay_of(find_organisation(org), moment, delivery, now)
            what = "record" if count == 1 else "records"
        if delivery is not None and org is None and not count:
            raise Stopped(f"There is no delivery {delivery}.", Exit.USAGE)
    if as_json:
        say_json({"replayed": count, "what": what})
    else:
        say(f"{count:,} {what} to be read again; the worker does it within seconds.")
    return Exit.DONE


def _replay_of(
    organisation: Organisation, since: datetime | None, delivery: int | None, now: datetime
) -> int:
    if delivery is None:
        return replay_notices(organisation, since=since, now=now)
    count = replay_for(organisation, delivery_id=delivery, now=now)
    if count is None:
        raise Stopped(f"There is no delivery {delivery}.", Exit.USAGE)
    return count


def _read_moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise Stopped(f"{text!r} is no moment; write 2026-11-22T09:00, or with a zone.", Exit.USAGE)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _write(check: Check) -> str:
    line = f"  {_MARKS[check.outcome]:<6}  {check.title}"
    return f"{line}\n{'':10}{check.found}" if check.found else line


def _say(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
