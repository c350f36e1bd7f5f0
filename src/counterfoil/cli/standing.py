"""Says how things stand: who is connected, how fresh the copies are, what is left of the limits."""

from typing import Any

from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.speech import Exit, say, say_json
from counterfoil.cli.webhooks import describe_feed_as_json
from counterfoil.domain.health import State, say_moment
from counterfoil.features.connections.diagnostics import build_diagnostics
from counterfoil.features.connections.health import OrganisationHealth, list_health, sort_by_trouble
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces


def show_status(*, as_json: bool) -> Exit:
    """Print every connection, the one in most trouble first; a person must act when one is lost."""
    with open_database(), across_workspaces():
        found = sort_by_trouble(list_health(_list_connected(), now=timezone.now()))
        if as_json:
            say_json({"connections": [_describe(one) for one in found]})
        else:
            _print_status(found)
    is_lost = any(one.health.state is State.LOST for one in found)
    return Exit.PERSON_MUST_ACT if is_lost else Exit.DONE


def show_diagnostics() -> Exit:
    """Print the text for whoever helps; it holds no secret and nothing personal."""
    with open_database(), across_workspaces():
        now = timezone.now()
        say(build_diagnostics(list_health(_list_connected(), now=now), now=now).rstrip())
    return Exit.DONE


def _list_connected() -> list[Organisation]:
    connected = Organisation.objects.filter(connection__isnull=False)
    return list(connected.select_related("connection__grant").order_by("pk"))


def _print_status(found: list[OrganisationHealth]) -> None:
    if not found:
        say("No organisation is connected.")
    for one in found:
        connection, left = one.connection, one.budget.day_remaining
        feed = describe_feed_as_json(one.organisation)
        as_of = say_moment(one.as_of, one.zone) if one.as_of else "never"
        auto = "" if connection.auto_sync else "; auto-sync is off"
        for line in (
            f"{one.organisation.name}: {one.health.state.word}, {connection.mode},"
            f" by {connection.connected_by}",
            f"  as of {as_of}; last run {one.latest.state if one.latest else 'none'};"
            f" calls left today: {'unknown' if left is None else f'{left:,}'}{auto}",
            f"  {one.health.sentence}",
            f"  {one.health.next_step}",
            f"  webhooks: {feed['state'].replace('_', ' ')}; {feed['sentence']}",
        ):
            if line.strip():
                say(line)


def _describe(one: OrganisationHealth) -> dict[str, Any]:
    connection, latest = one.connection, one.latest
    return {
        "organisation": one.organisation.name,
        "tenant_id": one.organisation.tenant_id,
        "state": one.health.state.value,
        "sentence": one.health.sentence,
        "next_step": one.health.next_step,
        "auto_sync": connection.auto_sync,
        "lost_because": connection.lost_because,
        "mode": connection.mode,
        "scopes": connection.grant.scopes,
        "connected_by": connection.connected_by,
        "as_of": one.as_of.isoformat() if one.as_of else None,
        "last_run": latest.state if latest else None,
        "last_run_said": latest.sentence if latest else "",
        "parked_until": latest.parked_until.isoformat() if latest and latest.parked_until else None,
        "quarantined": one.quarantined,
        "day_left": one.budget.day_remaining,
        "day_limit": one.budget.day_limit,
        "webhooks": describe_feed_as_json(one.organisation),
        "next_turn": one.next_turn.isoformat(),
        "next_check": one.next_check.isoformat(),
    }
