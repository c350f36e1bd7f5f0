"""Says how things stand: who is connected, how fresh the copies are, what is left of the limits."""

from typing import Any

from counterfoil.cli.installation import open_database
from counterfoil.cli.speech import Exit, say, say_json
from counterfoil.cli.webhooks import describe_feed_as_json
from counterfoil.features.connections.queries import find_as_of
from counterfoil.mirror.models import Connection, GateBudget, Run
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.gate import load_budget


def show_status(*, as_json: bool) -> Exit:
    """Print every connection and return the exit code: a person must act when one is lost."""
    with open_database(), across_workspaces():
        rows = [
            _describe_connection(one)
            for one in Connection.objects.select_related("organisation", "grant").order_by("pk")
        ]
    if as_json:
        say_json({"connections": rows})
    else:
        _print_status(rows)
    is_lost = any(row["state"] == Connection.State.LOST for row in rows)
    return Exit.PERSON_MUST_ACT if is_lost else Exit.DONE


def _print_status(rows: list[dict[str, Any]]) -> None:
    if not rows:
        say("No organisation is connected.")
    for row in rows:
        left = "unknown" if row["day_left"] is None else f"{row['day_left']:,}"
        for line in (
            f"{row['organisation']}: {row['state']}, {row['mode']}, by {row['connected_by']}",
            f"  as of {row['as_of'] or 'never'}; last run {row['last_run'] or 'none'};"
            f" calls left today: {left}",
            f"  webhooks: {row['webhooks']['state'].replace('_', ' ')}; {row['webhooks']['sentence']}",
            f"  {row['lost_because'] or row['last_run_said']}",
        ):
            if line.strip():
                say(line)


def _describe_connection(one: Connection) -> dict[str, Any]:
    runs = Run.objects.filter(organisation=one.organisation).order_by("-started_at")
    last, as_of = runs.first(), find_as_of(one.organisation)
    gate = GateBudget.objects.filter(organisation=one.organisation).first()
    return {
        "organisation": one.organisation.name,
        "tenant_id": one.organisation.tenant_id,
        "state": one.state,
        "lost_because": one.lost_because,
        "mode": one.mode,
        "scopes": one.grant.scopes,
        "connected_by": one.connected_by,
        "as_of": as_of.isoformat() if as_of else None,
        "last_run": last.state if last else None,
        "last_run_said": last.sentence if last else "",
        "day_left": load_budget(gate).day_remaining if gate else None,
        "webhooks": describe_feed_as_json(one.organisation),
    }
